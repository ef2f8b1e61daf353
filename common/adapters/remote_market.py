"""A simulated market that another process serves: its platforms and its clock, behind the same ports as real ones."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from common.adapters.market_wire import ask, days_of, end_of, hours_of, parts_of
from common.domain.change import Setting, Value
from common.domain.figures import DayFigures, DaysReport, FiguresReport, HourFigures
from common.domain.spend_report import HourSpend, SpendReport
from common.ports.ad_platform import (
    ALL,
    Answer,
    EntityRef,
    Live,
    PartsReport,
    PlatformChange,
    Platforms,
    SomeSettings,
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
        return datetime.fromisoformat(ask(f"{self._url}/now", None, CLOCK_TIMEOUT)["now"])


def remote_platforms(url: str) -> Platforms:
    """The platforms of the market at this URL."""
    return lambda tenant_id, platform: RemotePlatform(f"{url}/{tenant_id}/{platform}")


class RemotePlatform:
    """One platform of the market."""

    def __init__(self, url: str) -> None:
        self._url = url

    def live(self, refs: Sequence[EntityRef], *, timeout: float, settings: SomeSettings = ALL) -> Mapping[str, Live]:
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
        return SpendReport(end_of(found), hours_of(found, HourSpend))

    def figures(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> FiguresReport:
        """Reported figures by hour."""
        found = self._call("figures", timeout, refs=[asdict(ref) for ref in refs], since=since.isoformat())
        return FiguresReport(end_of(found), hours_of(found, HourFigures))

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayFigures]:
        """Reported figures by day."""
        found = self._call("days", timeout, refs=[asdict(ref) for ref in refs], first=first.isoformat())
        return DaysReport(end_of(found), days_of(found, DayFigures))

    def geos(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """Reported figures by geo."""
        return self._parts("geos", refs, first, last, timeout)

    def ads(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """Reported figures by ad."""
        return self._parts("ads", refs, first, last, timeout)

    def _parts(self, name: str, refs: Sequence[EntityRef], first: date, last: date, timeout: float) -> PartsReport:
        between = {"first": first.isoformat(), "last": last.isoformat()}
        return parts_of(self._call(name, timeout, refs=[asdict(ref) for ref in refs], **between))

    def _call(self, name: str, timeout: float, **body: object) -> Any:
        return ask(f"{self._url}/{name}", {**body, "timeout": timeout}, timeout)


def _live(body: Mapping[str, Any]) -> Live:
    values: dict[Setting, Value] = {Setting(name): _value(value) for name, value in body["values"].items()}
    at = body["changed_at"]
    return Live(values, body["changed_by"], None if at is None else datetime.fromisoformat(at))


def _value(value: Any) -> Value:
    return tuple(value) if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
