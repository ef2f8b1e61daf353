"""Local days and hours, also where the clocks change and where whole hours begin at half past in UTC."""

from datetime import UTC, datetime

import pytest

from sandbox.hours import Hours
from sandbox.scenario import parse_scenario
from tests.unit.sandbox.scenarios import hourly_spend, market_of, scenario_file


def hours_of(timezone: str, start: str, end: str) -> Hours:
    return Hours(parse_scenario(scenario_file(timezone=timezone, flight={"start": start, "end": end}, history_days=2)))


def local_hours(hours: Hours, day: int) -> list[int]:
    number = hours.flight_day + day
    return list(hours.local[hours.first[number] : hours.first[number + 1]])


def test_spring_day_has_23_hours() -> None:
    hours = hours_of("Europe/Madrid", "2026-03-28", "2026-03-30")
    assert local_hours(hours, 1) == [0, 1, *range(3, 24)]
    assert hours.flight_end - hours.flight_start == 71


def test_autumn_day_has_25_hours() -> None:
    hours = hours_of("America/New_York", "2026-10-31", "2026-11-02")
    assert local_hours(hours, 1) == [0, 1, 1, *range(2, 24)]
    assert hours.flight_end - hours.flight_start == 73


def test_a_day_without_midnight_starts_at_one() -> None:
    """In Santiago de Chile the clocks go forward at midnight."""
    hours = hours_of("America/Santiago", "2026-09-05", "2026-09-07")
    assert local_hours(hours, 1) == list(range(1, 24))
    assert hours.instant(hours.first[hours.flight_day + 1]) == datetime(2026, 9, 6, 4, tzinfo=UTC)


def test_indian_hours_begin_at_half_past() -> None:
    hours = hours_of("Asia/Kolkata", "2026-06-01", "2026-06-02")
    assert hours.instant(hours.flight_start) == datetime(2026, 5, 31, 18, 30, tzinfo=UTC)
    assert hours.index(datetime(2026, 5, 31, 19, 29, tzinfo=UTC)) == hours.flight_start
    assert hours.index(datetime(2026, 5, 31, 19, 30, tzinfo=UTC)) == hours.flight_start + 1


def test_a_change_within_an_hour_holds_from_its_start() -> None:
    """A tick on the whole UTC hour falls into the middle of an Indian hour."""
    late, early = (market_of(timezone="Asia/Kolkata", expected=True) for _ in range(2))
    late.advance_to(datetime(2026, 6, 2, 10, 15, tzinfo=UTC))
    early.advance_to(datetime(2026, 6, 2, 9, 30, tzinfo=UTC))
    for market in (late, early):
        market.set("t/search", "daily_budget", 30)
    assert hourly_spend(late) == hourly_spend(early)


def test_an_hour_is_visible_only_once_it_ended_and_the_delay_passed() -> None:
    market = market_of(timezone="Asia/Kolkata")
    market.advance_to(datetime(2026, 6, 1, 22, 29, tzinfo=UTC))
    before = market.visible_until("t/search")
    market.advance_to(datetime(2026, 6, 1, 22, 30, tzinfo=UTC))
    assert market.visible_until("t/search") == before + 1
    assert market.hours.instant(before + 1) == datetime(2026, 6, 1, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "hour"),
    [("2026-03-29T02:00", "01:00"), ("2026-03-29T03:00", "01:00"), ("2026-03-29T01:00", "00:00")],
)
def test_a_local_time_that_is_missing_is_the_next_hour(local: str, hour: str) -> None:
    hours = hours_of("Europe/Madrid", "2026-03-28", "2026-03-30")
    assert f"{hours.instant(hours.at_local(datetime.fromisoformat(local))):%H:%M}" == hour


def test_the_same_hour_some_days_later() -> None:
    """A missing hour becomes the next, a repeated one its first; no day later is the hour itself."""
    spring = hours_of("Europe/Madrid", "2026-03-28", "2026-03-30")
    two_on_saturday = spring.flight_start + 2
    assert spring.local[spring.same_hour(two_on_saturday, 1)] == 3
    assert spring.local[spring.same_hour(two_on_saturday, 2)] == 2
    autumn = hours_of("Europe/Madrid", "2026-10-24", "2026-10-26")
    first_two = autumn.first[autumn.flight_day + 1] + 2
    assert autumn.same_hour(autumn.flight_start + 2, 1) == first_two
    assert autumn.same_hour(first_two + 1, 0) == first_two + 1
    assert autumn.same_hour(first_two + 1, 1) == autumn.first[autumn.flight_day + 2] + 2


@pytest.mark.parametrize("start", ["2026-03-29", "2026-10-25"])
def test_a_daylight_saving_day_spends_its_whole_budget(start: str) -> None:
    """Its hours have the weights of the hours that exist."""
    market = market_of(expected=True, flight={"start": start, "end": start})
    assert sum(hourly_spend(market)) == pytest.approx(400)
    low = market_of(expected=True, flight={"start": start, "end": start}, events=[])
    low.set("t/search", "daily_budget", 100)
    assert sum(hourly_spend(low)) == pytest.approx(100)
