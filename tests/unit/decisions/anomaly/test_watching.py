"""What a check asks for, what it makes of prices, and how a pause comes to be lifted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from common.decisions.anomaly.alarms import Kind
from common.decisions.anomaly.resuming import FLAPS
from common.domain.calendar import HOUR
from common.domain.change import OptimizationType, Proposal, Setting, Status
from common.domain.change_set import ChangeSet
from common.domain.figures import EventsReport, FiguresReport
from common.domain.plan import Kpi, MediaPlan
from common.domain.verticals import Metric
from common.ports.ad_platform import EntityRef
from common.ports.documents import Query
from tests.watched_market import WatchedMarket, shop
from tests.watched_world import WatchedWorld
from tests.world import LOOSE, NORTH, World, plan

DAY = 24


def begun(hours: float = DAY, of: MediaPlan | None = None, **tenant: Any) -> WatchedWorld:
    """Some hours of checks, all well."""
    made = WatchedWorld(World.taken_on(of=of, **tenant))
    made.go(hours)
    return made


def codes(watched: WatchedWorld) -> set[str]:
    """What was named."""
    return {reason.code for check in watched.checks for reason in check.reasons}


class Asked:
    """Notes what the platforms and GA4 are asked for, and how far back."""

    def __init__(self, watched: WatchedWorld) -> None:
        self.figures: list[timedelta] = []
        """Of Google."""
        self.events: list[timedelta] = []
        self._watched = watched
        google, ga4 = watched.world.platforms["google"], watched.ga4
        self._figures, self._events = google.reported, ga4.reported
        google.reported, ga4.reported = self._of_figures, self._of_events

    def _of_figures(self, refs: Sequence[EntityRef], since: datetime) -> FiguresReport:
        self.figures.append(self._watched.now - since)
        return self._figures(refs, since)

    def _of_events(self, refs: Sequence[EntityRef], since: datetime) -> EventsReport:
        self.events.append(self._watched.now - since)
        return self._events(refs, since)


def test_the_first_check_asks_for_two_weeks() -> None:
    watched = begun(0)
    asked = Asked(watched)
    watched.check()
    for backs in (asked.figures, asked.events):
        assert [back // timedelta(days=1) for back in backs] == [14]


def test_each_hour_is_asked_for_once_and_the_hours_before_it_again() -> None:
    """With four checks an hour. Restatements show; what a platform counted is looked at some times a day."""
    watched = begun()
    asked = Asked(watched)
    watched.go(DAY)
    assert (len(asked.figures), len(asked.events)) == (DAY, DAY)
    short = [back for back in asked.figures if back < timedelta(days=1)]
    long = [back for back in asked.figures if back > timedelta(days=10)]
    assert len(short) + len(long) == DAY
    assert 3 <= len(long) <= 4
    assert max(short) <= 13 * HOUR


def test_without_ga4_what_a_platform_counted_is_looked_at_every_hour() -> None:
    watched = begun()
    watched.ga4.connected = False
    watched.go(2)
    asked = Asked(watched)
    watched.go(DAY)
    assert len(asked.figures) == DAY
    assert min(asked.figures) > timedelta(days=10)


def test_a_report_that_is_late_is_asked_for_at_each_check() -> None:
    watched = begun()
    watched.delay["google"] = 9
    watched.go(2)
    asked = Asked(watched)
    watched.go(2)
    assert len(asked.figures) == 8


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Asia/Kolkata"])
def test_what_the_weeks_before_the_flight_teach_is_known_in_its_first_hours(zone: str) -> None:
    """An outage then is found, also where the tenant's hours begin at half past."""
    outage = {"kind": "tracking_outage", "source": "ga4", "at": "2026-06-01T09:00", "until": "2026-06-02T09:00"}
    market = WatchedMarket(shop(outage, timezone=zone)).play(0.75)
    assert Kind.SITE in {alarm.kind for _, alarm in market.paused}


CHEAP = 0.1
"""A campaign with clicks enough to have a price every hour, also when they are dear."""


def priced(days: float, of: MediaPlan | None = None) -> WatchedWorld:
    """Some days of checks of a campaign with many clicks."""
    made = WatchedWorld(World.taken_on(of=of), dearer={"search": CHEAP})
    made.go(days * DAY)
    return made


@pytest.mark.parametrize(("times", "paused"), [(1.5, False), (2.8, False), (12.0, True)])
def test_a_price_that_rose_is_named_and_paused_only_where_it_does_not_pay_any_more(times: float, paused: bool) -> None:
    """Without a target a click is taken to pay up to three times its usual price."""
    watched = priced(3)
    watched.dearer["search"] = CHEAP * times
    watched.go(DAY)
    kinds = {alarm.kind for check in watched.checks for alarm in check.paused}
    assert kinds == ({Kind.PRICE} if paused else set())
    assert "unusual:price_anomaly" in codes(watched)


def test_what_a_price_may_be_depends_on_what_a_click_brings() -> None:
    """A return of forty on what is spent pays forty times the price."""
    tracks = tuple(
        one.but(kpi=Kpi(metric=Metric.ROAS, target=40)) if one.track_id == NORTH else one for one in plan().tracks
    )
    watched = priced(3, plan().but(tracks=tracks))
    watched.dearer["search"] = CHEAP * 12
    watched.go(DAY)
    assert "unusual:price_anomaly" in codes(watched)
    assert not any(check.paused for check in watched.checks)


def test_a_price_that_rises_day_after_day_is_over_soon_after_it_is_usual_again() -> None:
    watched = priced(3)
    for day in range(12):
        watched.dearer["search"] = CHEAP * 1.7 ** (day + 1)
        watched.go(DAY)
    watched.dearer["search"] = CHEAP
    watched.go(2 * DAY)
    assert "unusual:price_anomaly" in codes(watched)
    assert not any(reason.code == "unusual:price_anomaly" for check in watched.go(DAY) for reason in check.reasons)


def resumes(watched: WatchedWorld) -> list[tuple[ChangeSet, Proposal]]:
    """The requests to lift a pause, oldest first."""
    found = watched.world.documents.query(Query("tenants/acme/change_sets", limit=1000)).documents
    made = sorted((ChangeSet.model_validate(one.data) for one in found), key=lambda one: one.created_at)
    return [(one, each) for one in made for each in one.proposals if each.type is OptimizationType.RESUME]


def test_lifting_a_pause_is_asked_for_once_and_again_when_more_is_known() -> None:
    """That its signal has been good is news; that an hour has passed is none."""
    watched = begun()
    watched.spends["search"] = 6.0
    watched.until_paused()
    watched.pass_time()
    watched.go(12)
    assert len(resumes(watched)) == 1
    assert "Turn search on again" in resumes(watched)[0][1].why
    assert resumes(watched)[0][1].evidence["pauses_in_seven_days"] == 1


def test_what_is_paused_again_and_again_only_a_person_turns_on() -> None:
    """A standing permission to lift pauses ends with the third in a week."""
    watched = begun(guardrails=LOOSE.but(auto_resume_minutes=60))
    watched.spends["search"] = 6.0
    watched.go(5 * DAY)
    assert sum(len(check.paused) for check in watched.checks) == FLAPS
    assert watched.world.live("search", Setting.STATUS) == Status.PAUSED
    asked = resumes(watched)[-1][1]
    assert [reason.code for reason in asked.reasons] == ["flapping"]
    assert "good_minutes" not in asked.evidence
    assert "look before you agree" in asked.why


def test_a_track_goes_on_by_itself_once_the_site_was_seen_for_long_enough() -> None:
    """Visits that come from elsewhere show it."""
    watched = begun(guardrails=LOOSE.but(auto_resume_minutes=60))
    watched.seen = 0.0
    watched.until_paused()
    watched.pass_time()
    watched.others = 20.0
    watched.go(3)
    assert watched.world.live("search", Setting.STATUS) == Status.PAUSED
    watched.seen = 1.0
    mended = watched.now
    while watched.world.live("search", Setting.STATUS) == Status.PAUSED:
        assert watched.now < mended + 4 * HOUR
        watched.check()
        watched.pass_time()
    assert watched.now >= mended + HOUR
    assert not any(check.paused for check in watched.go(DAY))
