"""Visits and conversions that stop: which of three places broke, found as soon as it can be known, never for less."""

from typing import Any

import pytest
from hypothesis import strategies as st

from common.decisions.anomaly.alarms import Alarm, Kind
from common.decisions.anomaly.tracking import COUNTS, USUAL
from common.domain.guardrails import Mode
from common.domain.manifest import PauseScope
from common.use_cases.watch import Check
from tests.property.reach import holds
from tests.watched_world import WatchedWorld
from tests.world import LOOSE, World

DAY = 24
WATCHED_ONLY = LOOSE.but(mode={"emergency_pause": Mode.SHADOW})
"""Nothing is stopped, so that what is found later shows, too."""


def begun(hours: float = 18, tenant: dict[str, Any] | None = None, **changes: Any) -> WatchedWorld:
    """Some hours of checks, all well."""
    made = WatchedWorld(World.taken_on(**(tenant or {})), **changes)
    made.go(hours)
    return made


def codes(checks: list[Check]) -> set[str]:
    """What was named."""
    return {reason.code for check in checks for reason in check.reasons}


def missing(checks: list[Check], code: str) -> list[float]:
    """How many were expected, each time that something was named that can't be told yet."""
    found = [reason.limit for check in checks for reason in check.reasons if reason.code == code]
    return [limit for limit in found if isinstance(limit, float)]


def only(found: Check) -> Alarm:
    """The one alarm that something was paused for."""
    (alarm,) = found.paused
    return alarm


def test_an_outage_of_the_site_is_found_once_enough_visits_are_missing_and_never_before() -> None:
    """At whatever hour it begins, and however busy the site is."""

    def law(case: tuple[int, float, float]) -> bool:
        hour, price, left = case
        watched = begun(hour, dearer=dict.fromkeys(("search", "social", "retarget"), price))
        watched.seen = left
        alarm = only(watched.until_paused(72))
        assert (alarm.kind, alarm.scope) == (Kind.SITE, PauseScope.TRACK)
        assert alarm.expected >= USUAL.least_expected
        before = missing(watched.checks, "inconclusive:site")
        if not left:
            assert all(expected < USUAL.least_expected for expected in before)
        return bool(before)

    cases = st.tuples(st.integers(1, DAY), st.sampled_from([0.5, 1.0, 3.0]), st.sampled_from([0.0, 0.0, 0.05]))
    holds(cases, law, examples=15)


def test_what_a_late_platform_says_of_the_time_before_does_not_end_the_case() -> None:
    """It is found no later than if that platform said nothing at all."""
    found = [begun(delay={"google": 9}), begun()]
    found[1].world.platforms["google"].down = True
    for one in found:
        one.seen = 0.0
        one.until_paused()
    assert found[0].now <= found[1].now


def test_in_a_quiet_night_nobody_is_missing() -> None:
    watched = begun(14.5, dearer=dict.fromkeys(("search", "social", "retarget"), 20.0))
    watched.seen = 0.0  # from half past one at night
    night = watched.go(5)
    watched.seen = 1.0
    assert codes(night + watched.go(12)) == set()


def test_the_landing_page_of_a_channel_stops_the_channel_alone() -> None:
    watched = begun(arrives={})
    watched.arrives["search"] = 0.0
    alarm = only(watched.until_paused(48))
    assert (alarm.kind, alarm.scope, alarm.target) == (Kind.LANDING, PauseScope.CHANNEL, "google_search")
    assert alarm.expected >= USUAL.least_expected


def test_the_landing_page_of_one_campaign_of_several_stops_that_campaign_alone() -> None:
    watched = begun()
    watched.arrives["social"] = 0.0
    alarm = only(watched.until_paused(48))
    assert (alarm.kind, alarm.scope, alarm.target) == (Kind.LANDING, PauseScope.ENTITY, "social")


def test_when_all_campaigns_of_a_channel_fail_the_channel_is_stopped_at_last() -> None:
    watched = begun()
    watched.arrives |= {"social": 0.0, "retarget": 0.0}
    watched.go(72)
    paused = [(alarm.scope, alarm.target) for check in watched.checks for alarm in check.paused]
    assert paused in (
        [(PauseScope.CHANNEL, "meta")],
        [(PauseScope.ENTITY, "social"), (PauseScope.CHANNEL, "meta")],
    )


@pytest.mark.parametrize("outages", [1, 2], ids=["once", "twice within hours"])
def test_hours_in_which_nobody_was_seen_say_nothing_about_a_channel(outages: int) -> None:
    """GA4's report comes hours later, when the site is seen again."""
    watched = begun(tenant={"guardrails": WATCHED_ONLY})
    for _ in range(outages):
        watched.seen = 0.0
        watched.go(6)
        watched.seen = 1.0
        watched.go(3)
    named = codes(watched.checks + watched.go(DAY))
    assert "shadowed:tracking_failure" in named
    assert not any("landing" in code for code in named)


def test_without_ga4_the_case_is_dropped_and_does_not_come_back_with_it() -> None:
    watched = begun()
    watched.seen = 0.0
    while "inconclusive:site" not in codes(watched.go(0.25)):
        assert not watched.checks[-1].paused
    watched.ga4.connected, watched.seen = False, 1.0
    assert codes(watched.go(6)) == set()
    watched.ga4.connected = True
    assert codes(watched.go(DAY)) == set()


def test_without_ga4_a_platform_that_counts_no_conversions_stops_its_channels() -> None:
    watched = begun()
    watched.ga4.connected = False
    watched.go(12)
    watched.claims = 0.0
    alarm = only(watched.until_paused(96))
    assert (alarm.kind, alarm.scope) == (Kind.CLAIMS, PauseScope.CHANNEL)
    assert alarm.expected >= COUNTS.least_expected
    assert "conversions that google counts" in alarm.figure


def test_with_ga4_a_platform_that_counts_no_conversions_is_named_and_goes_on() -> None:
    watched = begun(2 * DAY)
    watched.claims = 0.0
    checks = watched.go(6 * DAY)
    assert "unusual:platform_counts_stopped" in codes(checks)
    assert not any(check.paused for check in checks)


def test_after_a_long_silence_a_platforms_counts_are_judged_again() -> None:
    """What it said before is too long ago to be asked for again."""
    watched = begun()
    watched.ga4.connected = False
    watched.world.platforms["google"].down = True
    watched.go(6 * DAY)
    watched.world.platforms["google"].down = False
    assert not any(check.paused for check in watched.go(DAY))
    watched.claims = 0.0
    assert only(watched.until_paused(96)).kind is Kind.CLAIMS


def test_key_events_that_stop_are_found_though_visits_go_on() -> None:
    watched = begun()
    watched.converts = 0.0
    alarm = only(watched.until_paused(96))
    assert (alarm.kind, alarm.scope) == (Kind.EVENTS, PauseScope.TRACK)
    assert alarm.expected >= COUNTS.least_expected


def test_hours_that_never_bring_key_events_are_none_in_which_they_are_missing() -> None:
    """A shop whose visitors buy in the evening only."""
    watched = begun(converts_at=dict.fromkeys(range(18), 0.0) | dict.fromkeys(range(18, DAY), 4.0))
    checks = watched.go(4 * DAY)
    assert not any(check.paused for check in checks)
    assert "inconclusive:events" not in codes(checks)
    watched.converts = 0.0
    assert only(watched.until_paused(96)).kind is Kind.EVENTS
