"""Days and hours are the tenant's, also on the nights when the clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.calendar import Flight, TenantCalendar, window_start
from common.domain.errors import InvalidInput
from common.domain.model import parse

ZONES = ["UTC", "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "Australia/Lord_Howe"]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Madrid", date(2026, 3, 29), 23),
        ("Europe/Madrid", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Asia/Kolkata", date(2026, 3, 29), 24),
        ("UTC", date(2026, 3, 29), 24),
    ],
)
def test_a_local_day_has_the_hours_that_its_clocks_give_it(zone: str, day: date, hours: int) -> None:
    calendar = TenantCalendar.of(zone)
    starts = calendar.hours(day)
    assert len(starts) == hours
    assert all(calendar.day_of(start) == day for start in starts)


def test_a_day_in_india_starts_at_half_past_in_utc() -> None:
    start, end = TenantCalendar.of("Asia/Kolkata").bounds(date(2026, 5, 4))
    assert start == datetime(2026, 5, 3, 18, 30, tzinfo=UTC)
    assert end - start == timedelta(days=1)


@given(st.sampled_from(ZONES), st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_days_follow_each_other_without_a_gap(zone: str, day: date) -> None:
    calendar = TenantCalendar.of(zone)
    assert calendar.bounds(day)[1] == calendar.bounds(day + timedelta(days=1))[0]
    assert calendar.day_of(calendar.bounds(day)[0]) == day


INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.sampled_from(ZONES), INSTANTS)
def test_hours_left_end_where_the_day_ends(zone: str, instant: datetime) -> None:
    calendar = TenantCalendar.of(zone)
    left = timedelta(hours=calendar.hours_left(instant))
    assert timedelta() < left <= timedelta(hours=25)
    assert abs(instant + left - calendar.bounds(calendar.day_of(instant))[1]) < timedelta(milliseconds=1)


def test_a_flight_counts_both_its_ends() -> None:
    flight = Flight(start=date(2026, 3, 1), end=date(2026, 3, 30))
    assert flight.days == 30
    assert flight.days_left(date(2026, 2, 1)) == 30
    assert flight.days_left(date(2026, 3, 30)) == 1
    assert flight.days_left(date(2026, 3, 31)) == 0
    assert date(2026, 3, 30) in flight
    assert date(2026, 3, 31) not in flight


def test_a_flight_that_ends_before_it_starts_is_refused_with_both_dates() -> None:
    with pytest.raises(InvalidInput, match="ends on 2026-02-01, before it starts on 2026-03-01"):
        parse(Flight, {"start": "2026-03-01", "end": "2026-02-01"}, "a flight")


def test_windows_are_floors_of_the_publish_time() -> None:
    assert window_start(datetime(2026, 3, 1, 10, 59, 59, tzinfo=UTC), timedelta(hours=1)) == datetime(
        2026, 3, 1, 10, tzinfo=UTC
    )
    assert window_start(datetime(2026, 3, 1, 10, 59, tzinfo=UTC), timedelta(minutes=15)).minute == 45
