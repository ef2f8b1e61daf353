"""Time left as shares of a usual day: hours that exist, weekdays that weigh, flights that begin and end."""

from datetime import UTC, date, datetime, timedelta

import pytest

from common.decisions.time_left import FLAT_DAY, FLAT_WEEK, Clock, Curve, curve_of
from common.domain.calendar import Flight, TenantCalendar

MADRID = TenantCalendar.of("Europe/Madrid")
MARCH = Flight(start=date(2026, 3, 1), end=date(2026, 3, 31))
OCTOBER = Flight(start=date(2026, 10, 1), end=date(2026, 10, 31))
MORNING = Curve(FLAT_WEEK, (*(1.0,) * 12, *(0.5,) * 12))
"""Twice as much an hour before noon as after it: 12 + 6."""
WEEKENDS = Curve((1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0), FLAT_DAY)


def at(local: str, flight: Flight = MARCH) -> Clock:
    """The clock at a local time."""
    moment = datetime.fromisoformat(local).replace(tzinfo=MADRID.zone)
    return Clock.at(moment.astimezone(UTC), MADRID, flight)


def test_the_share_of_today_follows_the_hours() -> None:
    """At noon a third of a morning's day is left; half an hour later half of noon's hour is gone."""
    assert at("2026-03-11T12:00").left(MORNING).today == pytest.approx(6 / 18)
    assert at("2026-03-11T12:30").left(MORNING).today == pytest.approx(5.75 / 18)


def test_the_next_check_is_an_hour_away_but_not_beyond_midnight() -> None:
    """An hour that straddles two of the day's hours takes part of each."""
    assert at("2026-03-11T11:30").left(MORNING).check == pytest.approx(0.75 / 18)
    late = at("2026-03-11T23:45").left(MORNING)
    assert late.check == late.today == pytest.approx(0.125 / 18)


@pytest.mark.parametrize(
    ("midnight", "flight", "hours"),
    [("2026-03-29T00:00", MARCH, 23), ("2026-10-25T00:00", OCTOBER, 25), ("2026-03-11T00:00", MARCH, 24)],
)
def test_a_day_has_the_hours_that_it_has(midnight: str, flight: Flight, hours: int) -> None:
    """Nights on which the clocks change have one more or one less; a whole day is left at its start all the same."""
    left = at(midnight, flight).left(Curve())
    assert left.today == pytest.approx(1)
    assert left.check == pytest.approx(1 / hours)


def test_after_the_missing_hour_less_is_left() -> None:
    """At three in the morning of the short day two of its 23 hours are over."""
    assert at("2026-03-29T03:00").left(Curve()).today == pytest.approx(21 / 23)


def test_days_left_weigh_what_their_weekdays_weigh() -> None:
    """On Thursday 26 March: Friday, a weekend that counts double, Monday, Tuesday."""
    assert at("2026-03-26T00:00").left(WEEKENDS).days == pytest.approx(1 + 1 + 2 + 2 + 1 + 1)
    assert at("2026-03-28T12:00").left(WEEKENDS).days == pytest.approx((0.5 * 2 + 2 + 1 + 1) / 2)


def test_whole_weeks_count_like_their_days() -> None:
    """The days are the same one by one and in weeks."""
    for day in range(1, 32):
        one_by_one = sum(WEEKENDS.weekday[date(2026, 3, later).weekday()] for later in range(day, 32))
        clock = at(f"2026-03-{day:02}T00:00")
        assert clock.left(WEEKENDS).days * WEEKENDS.weekday[clock.weekday] == pytest.approx(one_by_one)


def test_the_last_day_shrinks_to_nothing() -> None:
    """On the last day only today's share is left; after it nothing."""
    last = at("2026-03-31T18:00").left(Curve())
    assert last.days == last.today == pytest.approx(0.25)
    assert at("2026-04-01T00:00").left(Curve()) == (0, 0, 0)


def test_before_the_flight_all_of_its_days_are_left() -> None:
    """The evening before it starts, too."""
    assert at("2026-02-28T20:00").left(Curve()).days == pytest.approx(31)
    assert at("2026-02-28T20:00").day_start == datetime(2026, 2, 28, tzinfo=UTC) - timedelta(hours=1)


def test_an_entity_without_a_curve_spends_evenly() -> None:
    """Nothing learned yet, or nothing known."""
    assert curve_of(None) == curve_of({"visible": 0}) == Curve()
    assert curve_of({"weekday": [2.0] * 7, "hours": [1.0] * 24}).weekday == [2.0] * 7
