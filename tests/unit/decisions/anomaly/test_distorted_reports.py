"""Reports that can't be, are late, or say something else than before: named, and no reason to pause what is well."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from math import nan

import pytest

from common.domain.calendar import HOUR
from common.domain.figures import FiguresReport, HourFigures
from tests.watched_market import Distorted, WatchedMarket, each_hour, shop

DAY = timedelta(days=1)
FIRST, LAST = 2, 3.5
"""Days of the flight between which reports are distorted; the day after shows what comes of their end."""
WITHOUT_GA4 = {"kind": "ga4_disconnect", "at": "2026-06-01T00:00"}
Changed = Callable[[HourFigures, datetime], HourFigures | None]


def hourly(change: Changed) -> Distorted:
    """Each hour of a report changed."""
    return lambda report, now: each_hour(report, lambda row: change(row, now))


def by_turns(distorted: Distorted) -> Distorted:
    """Two hours of distorted reports, then two of honest ones."""
    return lambda report, now: distorted(report, now) if now.hour % 4 < 2 else report


def older(report: FiguresReport, hours: int) -> FiguresReport:
    """The report as it was some hours ago."""
    until = report.complete_until - hours * HOUR
    kept = {name: tuple(row for row in rows if row.hour < until) for name, rows in report.hours.items()}
    return FiguresReport(until, kept)


def elsewhere(report: FiguresReport, _: datetime) -> FiguresReport:
    """A report whose hours are those of a time zone far in the east."""
    moved = each_hour(report, lambda row: replace(row, hour=row.hour + 9 * HOUR))
    return replace(moved, complete_until=report.complete_until + 9 * HOUR)


class Stuck:
    """Says of each hour from some day on what the last day before it had there."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, datetime], HourFigures] = {}
        self._from: datetime | None = None

    def __call__(self, report: FiguresReport, now: datetime) -> FiguresReport:
        """A report of today's hours with that day's figures."""
        self._from = self._from or now + FIRST * DAY
        for name, rows in report.hours.items():
            self._known |= {(name, row.hour): row for row in rows}
        hours = {name: tuple(self._of(name, row, self._from) for row in rows) for name, rows in report.hours.items()}
        return replace(report, hours=hours)

    def _of(self, name: str, row: HourFigures, start: datetime) -> HourFigures:
        hour = row.hour
        while hour >= start - 4 * HOUR:  # what is reported once it has begun
            hour -= DAY
        return replace(self._known.get((name, hour), row), hour=row.hour)


def _nothing(row: HourFigures, now: datetime) -> HourFigures:
    fresh = now - row.hour < 12 * HOUR
    return replace(row, micros=0, clicks=0.0, impressions=0.0, conversions=0.0) if fresh else row


def _less(row: HourFigures, _: datetime) -> HourFigures:
    return replace(row, micros=row.micros * 6 // 10, clicks=row.clicks * 0.6, conversions=row.conversions * 0.6)


def _growing(row: HourFigures, now: datetime) -> HourFigures:
    fresh = now - row.hour < 5 * HOUR
    return replace(row, micros=row.micros // 3, clicks=row.clicks / 3) if fresh else row


def _without_search(report: FiguresReport, _: datetime) -> FiguresReport:
    return replace(report, hours={name: rows for name, rows in report.hours.items() if name != "search"})


FAULTS: dict[str, tuple[str, Callable[[], Distorted]]] = {
    "hours are missing": ("counter_went_back", lambda: hourly(lambda row, _: None if row.hour.hour % 5 == 0 else row)),
    "nothing is reported": ("counter_went_back", lambda: hourly(lambda row, now: None)),
    "new hours are zero and come later": ("restated", lambda: hourly(_nothing)),
    "nothing is reported by turns": ("counter_went_back", lambda: by_turns(hourly(lambda row, now: None))),
    "hours grow after they were reported": ("restated", lambda: hourly(_growing)),
    "counters go back by turns": ("counter_went_back", lambda: by_turns(hourly(_less))),
    "a report from before by turns": ("report_went_back", lambda: by_turns(lambda report, _: older(report, 6))),
    "hours of another time zone": ("hours_from_the_future", lambda: elsewhere),
    "hours of another time zone by turns": ("hours_from_the_future", lambda: by_turns(elsewhere)),
    "not a number": ("impossible_figures", lambda: hourly(lambda row, _: replace(row, clicks=nan))),
    "negative": ("impossible_figures", lambda: hourly(lambda row, _: replace(row, micros=-row.micros))),
    "one day's figures as every day's": ("repeats_yesterday", Stuck),
    "half a day late": ("report_late", lambda: lambda report, _: older(report, 9)),
    "not answered for": ("not_answered_for", lambda: _without_search),
}
COUNTED_ANEW = (
    "hours are missing",
    "nothing is reported by turns",
    "counters go back by turns",
    "one day's figures as every day's",
)


def played(fault: Distorted, *, ga4: bool) -> WatchedMarket:
    """Some days of a healthy shop, with the fault in the middle."""
    begun: list[datetime] = []

    def distorted(report: FiguresReport, now: datetime) -> FiguresReport:
        begun[:] = begun or [now]
        told = fault(report, now)
        return told if FIRST * DAY <= now - begun[0] < LAST * DAY else report

    return WatchedMarket(shop(*([] if ga4 else [WITHOUT_GA4])), distorted).play(4.5)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_distorted_report_is_named_and_pauses_nothing(fault: str) -> None:
    code, made = FAULTS[fault]
    market = played(made(), ga4=True)
    assert market.named[code] > 0
    assert market.paused == []


@pytest.mark.parametrize("fault", COUNTED_ANEW)
def test_without_ga4_a_platform_that_counts_anew_is_not_taken_for_one_that_stopped(fault: str) -> None:
    """Its own conversions are all there is to go by then."""
    code, made = FAULTS[fault]
    market = played(made(), ga4=False)
    assert market.named[code] > 0
    assert market.paused == []


def test_an_honest_report_has_no_fault() -> None:
    named = set(played(lambda report, _: report, ga4=True).named)
    assert named.isdisjoint(code for code, _ in FAULTS.values())
