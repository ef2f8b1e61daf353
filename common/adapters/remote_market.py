"""A simulated market that another process serves: its platforms and its clock, behind the same ports as real ones."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from common.domain.change import Setting, Value
from common.domain.figures import FiguresReport, HourFigures
from common.domain.spend_report import HourSpend, SpendReport
from common.ports.ad_platform import (
    Answer,
    EntityRef,
    Live,
    PlatformChange,
    PlatformRefused,
    Platforms,
    PlatformUnavailable,
)

CLOCK_TIMEOUT = 10.0
"""Seconds to wait for the time of day."""


class RemoteClock:
    """The market's instant."""

    def __init__(self, url: str) -> None:
        self._url = url

    def now(self) -> datetime:
        """The market's instant, UTC.

        Raises:
            PlatformUnavailable: nobody serves a market there.
        """
        return datetime.fromisoformat(_ask(f"{self._url}/now", None, CLOCK_TIMEOUT)["now"])


def remote_platforms(url: str) -> Platforms:
    """The platforms of the market at this URL."""
    return lambda tenant_id, platform: RemotePlatform(f"{url}/{tenant_id}/{platform}")


class RemotePlatform:
    """One platform of the market."""

    def __init__(self, url: str) -> None:
        self._url = url

    def live(self, refs: Sequence[EntityRef], *, timeout: float) -> Mapping[str, Live]:
        """The live settings by entity id."""
        found = self._call("live", timeout, refs=[asdict(ref) for ref in refs])
        return {entity_id: _live(body) for entity_id, body in found.items()}

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """Write these settings; one answer a change."""
        bodies = [
            {
                "ref": asdict(change.ref),
                "change": {"setting": change.setting, "before": change.before, "after": change.after},
            }
            for change in changes
        ]
        return tuple(Answer(**answer) for answer in self._call("apply", timeout, key=key, changes=bodies))

    def spend(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> SpendReport:
        """Reported spend by hour."""
        found = self._call("spend", timeout, refs=[asdict(ref) for ref in refs], since=since.isoformat())
        hours = {
            entity_id: tuple(HourSpend(datetime.fromisoformat(hour), micros) for hour, micros in rows)
            for entity_id, rows in found["hours"].items()
        }
        return SpendReport(datetime.fromisoformat(found["complete_until"]), hours)

    def figures(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> FiguresReport:
        """Reported figures by hour."""
        found = self._call("figures", timeout, refs=[asdict(ref) for ref in refs], since=since.isoformat())
        hours = {
            entity_id: tuple(HourFigures(datetime.fromisoformat(hour), *numbers) for hour, *numbers in rows)
            for entity_id, rows in found["hours"].items()
        }
        return FiguresReport(datetime.fromisoformat(found["complete_until"]), hours)

    def _call(self, name: str, timeout: float, **body: object) -> Any:
        return _ask(f"{self._url}/{name}", {**body, "timeout": timeout}, timeout)


def _live(body: Mapping[str, Any]) -> Live:
    values: dict[Setting, Value] = {Setting(name): _value(value) for name, value in body["values"].items()}
    at = body["changed_at"]
    return Live(values, body["changed_by"], None if at is None else datetime.fromisoformat(at))


def _value(value: Any) -> Value:
    return tuple(value) if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _ask(url: str, body: Mapping[str, object] | None, timeout: float) -> Any:
    data = None if body is None else json.dumps(body).encode()
    try:
        request = Request(url, data, {"content-type": "application/json"})  # noqa: S310 - the URL is the operator's own
        with urlopen(request, timeout=timeout) as answer:  # noqa: S310
            return json.load(answer)
    except HTTPError as error:
        raise _raised(error, url) from error
    except (OSError, HTTPException, ValueError) as error:
        raise PlatformUnavailable(f"{url} does not answer as a market does: {error}") from error


def _raised(error: HTTPError, url: str) -> Exception:
    """What the platform would have raised here."""
    try:
        told: Mapping[str, str] = json.load(error)
    except ValueError:
        return PlatformUnavailable(f"{url} is no market: it answers {error.code} {error.reason}")
    if "refused" in told:
        return PlatformRefused(told["code"], told["refused"])
    if "unavailable" in told:
        return PlatformUnavailable(told["unavailable"])
    return PlatformRefused("bad_request", f"{url}: {told.get('error')}")
