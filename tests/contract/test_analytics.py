"""What every adapter of GA4 must do: the sandbox's own, the same market behind a socket, and Google's client."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from common.adapters.remote_sources import remote_analytics
from common.domain.calendar import HOUR, QUARTER_HOUR
from common.domain.errors import TrimtabError
from common.domain.figures import EventsReport, Quarter, Realtime
from common.domain.money import MICROS
from common.ports.ad_platform import EntityRef
from common.ports.analytics import AnalyticsRevoked, AnalyticsUnavailable, no_analytics
from tests.contract.market_rig import BUSY, GONE, SEARCH, SOCIAL, TENANT, TIMEOUT, NewRig, Rig
from trimtab.processes import free_port

pytestmark = pytest.mark.has("analytics")
BOTH = (SEARCH, SOCIAL)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
JUNE = date(2026, 6, 1)
OUTAGE = {"kind": "tracking_outage", "source": "ga4", "at": "2026-06-01T10:00", "until": "2026-06-01T18:00"}


@pytest.fixture
def busy(new_rig: NewRig) -> Rig:
    """A world in which much happens, and nothing out of the ordinary."""
    return new_rig(**BUSY)


def realtime(rig: Rig) -> Realtime:
    found = rig.analytics(TENANT).realtime(timeout=TIMEOUT)
    assert found is not None
    return found


def report(rig: Rig, since: datetime, *refs: EntityRef) -> EventsReport:
    found = rig.analytics(TENANT).events(refs or BOTH, since, timeout=TIMEOUT)
    assert found is not None
    return found


def delay(rig: Rig) -> int:
    """Hours until the report by hour has an hour."""
    assumed = rig.way.assumed_delay
    return 6 if assumed is None else assumed // HOUR


def answers(rig: Rig) -> tuple[bool, bool, bool]:
    """Whether the three calls tell of anything."""
    analytics = rig.analytics(TENANT)
    return (
        _told(lambda: analytics.realtime(timeout=TIMEOUT)),
        _told(lambda: analytics.events(BOTH, rig.world.market.start, timeout=TIMEOUT)),
        _told(lambda: analytics.days(BOTH, JUNE, timeout=TIMEOUT)),
    )


def _told(ask: Callable[[], object]) -> bool:
    """`None`, or that a grant is missing for sure: that the tenant has no GA4 for now."""
    try:
        return ask() is not None
    except AnalyticsRevoked:
        return False


def test_realtime_shows_the_last_whole_quarters_oldest_first(busy: Rig) -> None:
    """Also within an hour; between two quarters nothing changes."""
    busy.advance(12)
    shown = busy.way.quarters
    for _ in range(8):
        now = busy.world.now()
        found = realtime(busy)
        assert [quarter.start for quarter in found.quarters] == [
            now - ago * QUARTER_HOUR for ago in range(shown, 0, -1)
        ]
        assert all(quarter.sessions > 0 for quarter in found.quarters)
        assert found.sessions == sum(quarter.sessions for quarter in found.quarters)
        busy.world.market.advance(timedelta(minutes=14))
        assert realtime(busy) == found
        busy.world.market.advance(timedelta(minutes=1))
        assert realtime(busy).quarters[:-1] == found.quarters[1:]


def test_the_quarters_of_an_hour_are_what_the_report_has_of_all_channels(busy: Rig) -> None:
    start, quarters = busy.world.now(), list[Quarter]()
    for _ in range(16):
        busy.advance(0.25)
        quarters.append(realtime(busy).quarters[-1])
    busy.advance(delay(busy))
    hours = report(busy, start).hours
    for number in range(4):
        in_hour = quarters[4 * number : 4 * number + 4]
        rows = [rows[number] for rows in hours.values()]
        assert {row.hour for row in rows} == {start + number * HOUR} == {in_hour[0].start}
        assert sum(row.sessions for row in rows) == sum(quarter.sessions for quarter in in_hour)
        assert sum(row.conversions for row in rows) == sum(quarter.conversions for quarter in in_hour)


def test_in_an_outage_of_ga4_there_are_no_sessions_while_clicks_go_on(new_rig: NewRig) -> None:
    """And no conversions, be they of earlier clicks; quarter by quarter, and in the report."""
    rig = new_rig(OUTAGE, **BUSY)
    start = rig.world.now()
    rig.advance(10)
    seen: dict[datetime, tuple[float, float]] = {}
    for _ in range(9 * 4):
        rig.advance(0.25)
        quarter = realtime(rig).quarters[-1]
        seen[quarter.start] = quarter.sessions, quarter.conversions
    rig.advance(6 + delay(rig))
    back = start + 18 * HOUR
    assert {counts for instant, counts in seen.items() if instant < back} == {(0, 0)}
    assert all(sessions > 0 for instant, (sessions, _) in seen.items() if instant >= back)
    clicks = rig.figures(SEARCH, start)
    for ref in BOTH:
        hours = {row.hour for row in report(rig, start, ref).hours[ref.entity_id]}
        assert hours == {start + number * HOUR for number in range(25) if not 10 <= number < 18}
    assert all(clicks[start + number * HOUR].clicks > 0 for number in range(10, 18))


def test_the_outage_of_one_channel_leaves_the_others(new_rig: NewRig) -> None:
    rig = new_rig({**OUTAGE, "channel": "search"}, **BUSY)
    rig.advance(11)
    start = rig.world.now() - HOUR
    assert realtime(rig).sessions > 0
    rig.advance(1 + delay(rig))
    hours = report(rig, start).hours
    assert (hours["search"], min(row.hour for row in hours["social"])) == ((), start)


def test_the_report_is_hours_late_and_says_how_far_it_goes(busy: Rig) -> None:
    start = busy.world.now()
    busy.advance(2 + delay(busy))
    assert report(busy, start).complete_until == start + 2 * HOUR
    assert [row.hour for row in report(busy, start).hours["search"]] == [start, start + HOUR]
    busy.advance(0.75)
    assert report(busy, start).complete_until == start + 2 * HOUR
    busy.advance(0.25)
    assert max(row.hour for row in report(busy, start).hours["search"]) == start + 2 * HOUR


def test_the_report_starts_with_the_hour_that_was_asked_for_and_reaches_into_the_history(busy: Rig) -> None:
    busy.advance(30)
    since = busy.world.market.start + 20 * HOUR
    rows = report(busy, since).hours["search"]
    assert rows[0].hour == since
    assert report(busy, since + QUARTER_HOUR).hours["search"] == rows
    assert report(busy, busy.world.now()).hours == {"search": (), "social": ()}
    history = report(busy, since - timedelta(days=3)).hours["search"]
    assert history[0].hour == since - timedelta(days=3)
    assert history[-len(rows) :] == rows


def test_conversions_are_dated_by_the_hour_in_which_they_happen(busy: Rig) -> None:
    """After the flight nobody clicks; what was clicked before still converts."""
    end = busy.world.market.end
    busy.advance(7 * 24 + 30)
    rows = report(busy, end).hours["search"]
    assert {row.sessions for row in rows} == {0}
    assert min(row.conversions for row in rows) > 0
    assert realtime(busy).sessions == 0


def test_an_entity_that_ga4_does_not_know_is_absent(busy: Rig) -> None:
    busy.advance(8)
    assert report(busy, busy.world.market.start, GONE, SEARCH).hours.keys() == {"search"}
    nothing = report(busy, busy.world.market.start, GONE)
    assert (nothing.hours, nothing.complete_until) == ({}, busy.world.now() - delay(busy) * HOUR)


def test_a_day_is_what_its_local_hours_add_up_to(busy: Rig) -> None:
    """Also the one under way, as far as it is reported. A conversion is worth fifty euros, to whom it is ascribed."""
    busy.advance(60)
    days, start = busy.ga4_days(SEARCH, JUNE), busy.world.market.start
    assert list(days) == [JUNE, JUNE + timedelta(days=1), JUNE + timedelta(days=2)]
    rows = report(busy, start).hours["search"]
    for number, row in enumerate(days.values()):
        hours = [one for one in rows if start + 24 * number * HOUR <= one.hour < start + 24 * (number + 1) * HOUR]
        assert row.sessions == sum(one.sessions for one in hours)
        assert row.conversions == sum(one.conversions for one in hours) > 0
        assert row.value == row.first_user_value == row.conversions * 50 * MICROS


def test_days_start_with_the_one_that_was_asked_for_and_say_how_far_they_go(busy: Rig) -> None:
    """A day on which nobody clicks may have conversions of earlier clicks; one that was not reached is left out.

    Where a day is not whole until noon, the one before is not whole yet in the morning. Two days later nothing changes.
    """
    busy.advance(2 + delay(busy))
    now, start = busy.world.now(), busy.world.market.start
    found = busy.analytics(TENANT).days([GONE, SEARCH], JUNE - timedelta(days=2), timeout=TIMEOUT)
    assert found is not None
    assert found.complete_until == (start - HOUR if busy.way.assumed_delay else now - 6 * HOUR)
    assert found.settled_until == now - 48 * HOUR
    assert found.days.keys() == {"search"}
    assert [row.day for row in found.days["search"]] == [JUNE - timedelta(days=2), JUNE - timedelta(days=1), JUNE]
    assert list(busy.ga4_days(SEARCH, JUNE)) == [JUNE]
    assert busy.ga4_days(SEARCH, JUNE + timedelta(days=1)) == {}
    busy.advance(7 * 24)
    after = busy.ga4_days(SEARCH, JUNE + timedelta(days=7))[JUNE + timedelta(days=7)]
    assert after.sessions == 0 < after.conversions


def test_while_ga4_is_not_connected_the_answer_says_so(new_rig: NewRig) -> None:
    """On connecting again past data become visible."""
    rig = new_rig(
        {"kind": "ga4_disconnect", "at": "2026-06-01T08:00"}, {"kind": "ga4_connect", "at": "2026-06-01T12:00"}, **BUSY
    )
    told: list[tuple[bool, ...]] = []
    for hours in (7.75, 0.25, 3.75, 0.25):
        rig.advance(hours)
        told.append(answers(rig))
    assert told == [(True,) * 3, (False,) * 3, (False,) * 3, (True,) * 3]
    rows = report(rig, rig.world.market.start).hours["search"]
    assert [row.hour for row in rows] == [rig.world.market.start + number * HOUR for number in range(12 - delay(rig))]
    assert rig.ga4_days(SEARCH, JUNE)[JUNE].sessions == sum(row.sessions for row in rows)


def test_a_tenant_that_never_had_ga4(new_rig: NewRig) -> None:
    never: dict[str, Any] = {"kind": "ga4_connect", "at": "2026-06-07T23:00"}
    assert answers(new_rig(never)) == (False, False, False)
    nobody = no_analytics(TENANT)
    assert nobody.realtime(timeout=TIMEOUT) is None
    assert nobody.events(BOTH, LONG_AGO, timeout=TIMEOUT) is None
    assert nobody.days(BOTH, JUNE, timeout=TIMEOUT) is None


def test_a_property_of_another_tenant_is_not_reached(rig: Rig) -> None:
    """GA4 does not say whose it is: who may not read it, has none."""
    with pytest.raises(TrimtabError) as refused:
        rig.analytics("july").realtime(timeout=TIMEOUT)
    assert isinstance(refused.value, AnalyticsRevoked) or "belongs to june, not to july" in str(refused.value)


@pytest.mark.parametrize("name", ["realtime", "events", "days", "analytics"])
def test_a_platform_may_be_called_like_something_of_ga4(new_rig: NewRig, name: str) -> None:
    rig = new_rig(platform=name)
    assert rig.platforms(TENANT, name).live(BOTH, timeout=TIMEOUT).keys() == {"search", "social"}
    assert answers(rig) == (True, True, True)


def test_reading_changes_nothing_of_what_happens(new_rig: NewRig) -> None:
    """Whoever looks at each quarter finds in the end what somebody finds who looks once."""
    curious, patient = new_rig(**BUSY), new_rig(**BUSY)
    start = curious.world.now()
    for _ in range(30 * 4):
        curious.advance(0.25)
        realtime(curious)
        report(curious, start)
        curious.figures(SEARCH, start)
    patient.advance(30)
    assert report(patient, start) == report(curious, start)
    assert realtime(patient) == realtime(curious)
    assert patient.figures(SEARCH, start) == curious.figures(SEARCH, start)


def test_where_nobody_serves_a_market_the_error_names_the_address() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    analytics = remote_analytics(url)(TENANT)
    with pytest.raises(AnalyticsUnavailable, match=f"{url}/june/realtime does not answer"):
        analytics.realtime(timeout=TIMEOUT)
    with pytest.raises(AnalyticsUnavailable, match=f"{url}/june/events does not answer"):
        analytics.events(BOTH, LONG_AGO, timeout=TIMEOUT)
