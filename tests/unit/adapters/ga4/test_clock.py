"""GA4's hours and days as the tenant's: zones, the hours that clocks skip or repeat, and what is reported by when."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from common.adapters.ga4.clock import day_named, days_fit, days_until, hours_fit, hours_named, hours_until
from common.adapters.ga4.counted import Counts
from common.adapters.ga4.report import Row
from common.adapters.ga4.shaping import Shaping
from common.domain.calendar import HOUR, TenantCalendar
from common.domain.trouble import TroubleKind
from sandbox.servers.ga4 import Conduct
from tests.unit.adapters.ga4.property_rig import property_rig
from tests.world import tenant

MADRID, KOLKATA = ZoneInfo("Europe/Madrid"), ZoneInfo("Asia/Kolkata")
CALENDAR = TenantCalendar.of("Europe/Madrid")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("label", "hours"),
    [
        ("2026060110", ["2026-06-01T08:00"]),
        ("2026102501", ["2026-10-24T23:00"]),
        ("2026102502", ["2026-10-25T00:00", "2026-10-25T01:00"]),
        ("2026102503", ["2026-10-25T02:00"]),
        ("2026032903", ["2026-03-29T01:00"]),
    ],
)
def test_an_hour_of_the_propertys_clock_is_one_instant_or_two(label: str, hours: list[str]) -> None:
    assert hours_named(label, MADRID) == tuple(at(hour) for hour in hours)


@pytest.mark.parametrize("label", ["2026032902", "20260601", "2026060125", "(other)", "", "20260601 1", "²026060110"])
def test_an_hour_that_does_not_exist_is_none(label: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        hours_named(label, MADRID)


@pytest.mark.parametrize("label", ["2026060110", "20260631", "(other)", ""])
def test_a_day_that_does_not_exist_is_none(label: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        day_named(label)


def test_hours_half_an_hour_apart_do_not_fit() -> None:
    assert hours_fit(hours_named("2026060110", ZoneInfo("America/New_York")), CALENDAR)
    assert not hours_fit(hours_named("2026060110", KOLKATA), CALENDAR)
    assert hours_fit(hours_named("2026060110", KOLKATA), TenantCalendar.of("Asia/Colombo"))


def test_days_fit_where_they_begin_together_whatever_the_zones_are_called() -> None:
    summer, winter = (date(2026, 6, 1), date(2026, 7, 1)), (date(2026, 12, 1), date(2026, 12, 31))
    assert days_fit(ZoneInfo("Europe/Paris"), CALENDAR, *summer)
    assert not days_fit(ZoneInfo("Europe/Lisbon"), CALENDAR, *summer)
    assert days_fit(ZoneInfo("Africa/Johannesburg"), CALENDAR, *summer)
    assert not days_fit(ZoneInfo("Africa/Johannesburg"), CALENDAR, *winter)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-06-02T10:20", "2026-06-02T02:00"),
        ("2026-10-25T09:59", "2026-10-25T00:00"),
        ("2026-10-25T10:00", "2026-10-25T02:00"),
    ],
)
def test_an_hour_that_comes_twice_is_reported_with_its_second(now: str, until: str) -> None:
    """02:00 in Madrid comes at midnight and at one o'clock UTC, and GA4 shows one hour for the two."""
    assert hours_until(at(now), CALENDAR, MADRID) == at(until)


def test_what_is_counted_in_an_hour_that_comes_twice_is_counted_once() -> None:
    shaping = Shaping("properties/1", tenant(), CALENDAR, Counts.of(tenant()))
    rows = [Row(("2026102502", "111"), (5.0, 1.0)), Row(("2026102503", "111"), (7.0, 2.0))]
    found = shaping.hours(rows, MADRID, at("2026-10-25T00:00"), at("2026-10-25T03:00"))
    assert [(row.sessions, row.conversions) for row in found] == [(2.5, 0.5), (2.5, 0.5), (7.0, 2.0)]


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-06-02T05:59", "2026-06-01T21:00"),
        ("2026-06-02T07:00", "2026-06-01T21:00"),
        ("2026-06-02T09:59", "2026-06-01T21:00"),
        ("2026-06-02T10:00", "2026-06-02T02:00"),
        ("2026-06-02T21:59", "2026-06-02T13:00"),
    ],
)
def test_a_day_is_whole_twelve_hours_after_its_end(now: str, until: str) -> None:
    """Madrid's midnight is at 22:00 UTC: before noon there, the day before is still open."""
    assert days_until(at(now), CALENDAR) == at(until)


def test_hours_of_a_property_in_another_zone_are_the_same_hours() -> None:
    with property_rig() as rig:
        whole = rig.events()
    for zone in ("America/Los_Angeles", "Pacific/Auckland"):
        with property_rig(Conduct(time_zone=zone)) as rig:
            assert rig.events() == whole
            rig.advance(1)
            assert rig.events().hours["search"][0].hour == rig.start


def test_days_of_a_property_in_another_zone_are_no_answer() -> None:
    for zone, code in (("Europe/Paris", None), ("America/Los_Angeles", "wrong_time_zone")):
        with property_rig(Conduct(time_zone=zone)) as rig:
            if code is None:
                assert rig.days().days["search"]
                continue
            trouble = rig.refused("days")
            assert (trouble.code, trouble.kind) == (code, TroubleKind.PERSON)
            assert zone in trouble.said


def test_where_even_the_hours_begin_at_other_minutes_there_is_no_answer() -> None:
    with property_rig(Conduct(time_zone="Asia/Kolkata")) as rig:
        assert (rig.refused().code, rig.refused("days").code) == ("wrong_time_zone", "wrong_time_zone")


def test_what_may_still_change_is_said() -> None:
    with property_rig(hours=70) as rig:
        now = rig.server.world.now()
        assert rig.days().settled_until == now - 48 * HOUR
        assert rig.days().complete_until <= now - timedelta(hours=8)
