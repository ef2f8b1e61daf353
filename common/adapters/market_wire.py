"""How a served market is asked, in JSON over HTTP; what it does not answer is raised as a platform would."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from http.client import HTTPException
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from common.domain.figures import PartFigures
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import PlatformRefused, PlatformUnavailable

Row = TypeVar("Row")


def ask(url: str, body: Mapping[str, object] | None, timeout: float) -> Any:
    """What is answered there within `timeout` seconds; without a body it is only fetched.

    Raises:
        PlatformUnavailable: no answer, or not a market's.
        PlatformRefused: the market says no.
    """
    data = None if body is None else json.dumps(body).encode()
    try:
        request = Request(url, data, {"content-type": "application/json"})  # noqa: S310 - the URL is the operator's own
        with urlopen(request, timeout=timeout) as answer:  # noqa: S310
            return json.load(answer)
    except HTTPError as error:
        raise _raised(error, url) from error
    except (OSError, HTTPException, ValueError) as error:
        raise PlatformUnavailable(f"{url} does not answer as a market does: {error}") from error


def hours_of(report: Mapping[str, Any], row: Callable[..., Row]) -> dict[str, tuple[Row, ...]]:
    """The rows of a report by entity id; on the wire a row is its hour and its numbers."""
    return {
        entity_id: tuple(row(datetime.fromisoformat(hour), *numbers) for hour, *numbers in rows)
        for entity_id, rows in report["hours"].items()
    }


def days_of(report: Mapping[str, Any], row: Callable[..., Row]) -> dict[str, tuple[Row, ...]]:
    """The same of a report by day."""
    return {
        entity_id: tuple(row(date.fromisoformat(day), *numbers) for day, *numbers in rows)
        for entity_id, rows in report["days"].items()
    }


def parts_of(report: Mapping[str, Any]) -> dict[str, tuple[PartFigures, ...]]:
    """The parts of campaigns by entity id; on the wire a part is its name and its numbers."""
    return {entity_id: tuple(PartFigures(*row) for row in rows) for entity_id, rows in report.items()}


def end_of(report: Mapping[str, Any]) -> datetime:
    """How far a report goes."""
    return datetime.fromisoformat(report["complete_until"])


def settled_of(report: Mapping[str, Any]) -> datetime | None:
    """Until when it is not restated any more, where its source tells."""
    told = report.get("settled_until")
    return None if told is None else datetime.fromisoformat(told)


def _raised(error: HTTPError, url: str) -> Exception:
    """What the platform would have raised here."""
    try:
        told: Mapping[str, Any] = json.load(error)
    except ValueError:
        return PlatformUnavailable(f"{url} is no market: it answers {error.code} {error.reason}")
    if "refused" in told:
        return PlatformRefused(told["code"], told["refused"])
    if "unavailable" in told:
        return PlatformUnavailable(told["unavailable"], _trouble(told["trouble"]))
    return PlatformRefused("bad_request", f"{url}: {told.get('error')}")


def _trouble(told: Mapping[str, Any] | None) -> Trouble | None:
    if told is None:
        return None
    after = None if told["after"] is None else timedelta(seconds=told["after"])
    return Trouble(TroubleKind(told["kind"]), told["code"], told["said"], after, told["request_id"])
