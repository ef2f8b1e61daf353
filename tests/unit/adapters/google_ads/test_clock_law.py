"""Whatever the zone and the day: no hour's money is lost, counted twice, or put into another day."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from common.adapters.platforms.google_ads.reports import Hours
from common.domain.calendar import HOUR, TenantCalendar
from sandbox.servers.google_ads.fields import made
from sandbox.servers.google_ads.gaql import Query
from tests.property.reach import holds

CHANGES = {
    "Europe/Madrid": [date(2026, 3, 29), date(2026, 10, 25)],
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
    "America/Santiago": [date(2026, 4, 4), date(2026, 9, 6)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],
    "Pacific/Auckland": [date(2026, 4, 5), date(2026, 9, 27)],
    "Africa/Cairo": [date(2026, 4, 24), date(2026, 10, 29)],
    "Asia/Kolkata": [date(2026, 6, 1)],
}
"""Zones, and days on which their clocks change; the last has none."""


def row(day: date, hour: int, micros: int) -> Any:
    """An hour of a campaign, as Google Ads dates it."""
    fields = {
        "campaign.resource_name": "customers/1/campaigns/7",
        "segments.date": str(day),
        "segments.hour": hour,
        "metrics.cost_micros": micros,
    }
    return made([fields], Query(tuple(fields), "campaign"))[0]


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, date, dict[int, int]]:
    """A zone, a day near a change of its clocks, and what some of the hours that its clock shows have cost."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    day = draw(st.sampled_from(CHANGES[zone])) + timedelta(days=draw(st.sampled_from([0, 0, 0, -1, 1])))
    shown = {TenantCalendar.of(zone).local(start).hour for start in TenantCalendar.of(zone).hours(day)}
    money = st.integers(min_value=0, max_value=10**9)
    return zone, day, draw(st.dictionaries(st.sampled_from(sorted(shown)), money, min_size=1))


def law(case: tuple[str, date, dict[int, int]]) -> bool:
    """True where the clock changes on that day."""
    zone, day, costs = case
    calendar = TenantCalendar.of(zone)
    start, end = calendar.bounds(day)
    rows = [row(day, hour, micros) for hour, micros in costs.items()]
    told = Hours(calendar, start - HOUR, end + HOUR).spend(rows)["7"]
    assert sum(one.micros for one in told) == sum(costs.values())
    assert len({one.hour for one in told}) == len(told)
    assert all(start <= one.hour < end for one in told)
    for hour, micros in costs.items():
        there = [one.micros for one in told if calendar.local(one.hour).hour == hour]
        assert sum(there) == micros
        assert max(there) - min(there) <= 1
    return len(calendar.hours(day)) != 24 or zone == "Australia/Lord_Howe"


def test_hours_add_up_in_every_zone_and_stay_in_their_day() -> None:
    holds(cases(), law, examples=300, least=0.3)
