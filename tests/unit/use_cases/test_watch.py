"""The check every fifteen minutes, on the store: what loses money is stopped and said why; all else is only named."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from math import nan
from typing import Any

import pytest

from common.decisions.anomaly.alarms import Kind, is_worth_it
from common.decisions.anomaly.watching import Watch
from common.domain.calendar import HOUR, QUARTER_HOUR
from common.domain.change import Setting, Status
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.figures import FiguresReport, Realtime, Upload
from common.domain.guardrails import Mode
from common.domain.log_entry import EntryKind
from common.domain.manifest import PauseScope
from common.ports.ad_platform import EntityRef
from common.ports.documents import Query
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.archived_inputs import inputs_of
from common.use_cases.configure import switch_global
from common.use_cases.kept_inputs import again, seen_again
from common.use_cases.queries import state_of
from common.use_cases.verify import verify
from common.use_cases.watch import Check
from tests.watched_market import each_hour
from tests.watched_world import WatchedWorld
from tests.world import LOOSE, SOUTH, auto, euros

PAUSED, ENABLED = Status.PAUSED, Status.ENABLED
DAY = 24


@pytest.fixture
def watched() -> WatchedWorld:
    """A day of checks, all well."""
    return begun()


def begun(**tenant_changes: Any) -> WatchedWorld:
    """A day of checks of such a tenant, all well."""
    made = WatchedWorld.taken_on(**tenant_changes)
    made.go(DAY)
    return made


def codes(*checks: Check) -> set[str]:
    """What was named."""
    return {reason.code for check in checks for reason in check.reasons}


def status(watched: WatchedWorld, entity_id: str = "search") -> object:
    """Whether it is on, on its platform."""
    return watched.world.live(entity_id, Setting.STATUS)


def change_sets(watched: WatchedWorld) -> list[ChangeSet]:
    """Every change set that was made, oldest first."""
    found = watched.world.documents.query(Query("tenants/acme/change_sets", limit=1000)).documents
    return sorted((ChangeSet.model_validate(one.data) for one in found), key=lambda one: one.created_at)


def pause_of(watched: WatchedWorld) -> ChangeSet:
    """The change set of the one pause that was made."""
    (made,) = [one for one in change_sets(watched) if one.pause is not None]
    return made


def waiting(watched: WatchedWorld) -> list[ChangeSet]:
    """What waits for a person."""
    return [one for one in change_sets(watched) if one.state is ChangeSetState.PENDING]


def runaway(watched: WatchedWorld, entity_id: str = "search", factor: float = 6.0) -> Check:
    """The campaign ignores its budget, until it is stopped."""
    watched.spends[entity_id] = factor
    return watched.until_paused()


def test_while_all_is_well_nothing_is_named_and_nothing_changes(watched: WatchedWorld) -> None:
    assert codes(*watched.checks) == set()
    assert (watched.world.manifest().revision, change_sets(watched)) == (0, [])


def test_a_runaway_is_stopped_on_its_platform_and_nothing_else_is(watched: WatchedWorld) -> None:
    found = runaway(watched)
    assert [(alarm.kind, alarm.scope, alarm.target) for alarm in found.paused] == [
        (Kind.SPEND, PauseScope.ENTITY, "search")
    ]
    assert (status(watched), status(watched, "social"), status(watched, "retarget")) == (PAUSED, ENABLED, ENABLED)


def test_a_pause_leaves_a_change_set_a_log_entry_an_event_and_its_evidence(watched: WatchedWorld) -> None:
    runaway(watched)
    (pause,) = watched.world.manifest().pauses
    assert (pause.scope, pause.target, pause.reason, pause.entities) == (
        PauseScope.ENTITY,
        "search",
        "spend_anomaly",
        ("search",),
    )
    made = pause_of(watched)
    assert (made.state, made.origin.cadence) == (ChangeSetState.APPLIED, "anomaly_pause")
    entry = next(one for one in watched.world.log() if one.kind is EntryKind.APPLIED)
    assert entry.change_set_id == made.change_set_id
    assert entry.why.startswith("Paused. Search: since ")
    told = watched.world.bus.events[0]
    assert (told["type"], told["data"]["change_set_id"]) == ("optimization.applied", made.change_set_id)
    assert verify(watched.ports, watched.world.track()).faults == ()


def test_the_evidence_says_what_was_measured_what_is_usual_and_what_is_at_risk(watched: WatchedWorld) -> None:
    runaway(watched)
    evidence = pause_of(watched).proposals[0].evidence
    assert evidence["figure"] == "spend"
    for amount in ("measured", "usual", "at_risk_until_the_next_check", "at_risk_until_a_person_looks"):
        assert str(evidence[amount]).endswith(" EUR"), amount
    assert isinstance(evidence["probability"], float)
    assert 0.5 < evidence["probability"] <= 1


@pytest.mark.parametrize("ill", ["spend", "visits"])
def test_the_kept_inputs_decide_the_same_again(watched: WatchedWorld, ill: str) -> None:
    """To the byte, though a memory is moved on by what it sees."""
    if ill == "spend":
        watched.spends["search"] = 6.0
    else:
        watched.seen = 0.0
    found = watched.until_paused()
    inputs = inputs_of(watched.ports, pause_of(watched))
    seen = seen_again(inputs)
    assert seen is not None
    decided = Watch(again(inputs)).check(seen)
    assert tuple(alarm for alarm in decided.alarms if is_worth_it(alarm)) == found.paused


def test_figures_that_are_no_numbers_are_kept_too(watched: WatchedWorld) -> None:
    """One platform reports nonsense while another runs away."""
    told = watched.world.platforms["meta"].reported

    def nonsense(refs: Sequence[EntityRef], since: datetime) -> FiguresReport:
        return each_hour(told(refs, since), lambda row: replace(row, clicks=nan))

    watched.world.platforms["meta"].reported = nonsense
    found = runaway(watched)
    assert "impossible_figures" in codes(*watched.checks)
    inputs = inputs_of(watched.ports, pause_of(watched))
    seen = seen_again(inputs)
    assert seen is not None
    assert tuple(filter(is_worth_it, Watch(again(inputs)).check(seen).alarms)) == found.paused


def test_what_is_in_flight_is_cut_short(watched: WatchedWorld) -> None:
    watched.spends["search"] = 6.0
    watched.go(4)
    flight = watched.world.propose(
        auto(watched.world.wanted("social", Setting.DAILY_BUDGET, euros(50))), window=watched.now
    ).intended
    assert flight is not None
    watched.until_paused()
    assert watched.world.change_set(flight.change_set_id).state is ChangeSetState.PREEMPTED
    assert status(watched) == PAUSED


def test_a_second_delivery_of_the_window_changes_nothing(watched: WatchedWorld) -> None:
    runaway(watched)
    before = watched.world.documents.bodies()
    assert codes(watched.check()) == {"window_done"}
    assert watched.world.documents.bodies() == before


def test_a_pause_that_stands_is_not_made_again(watched: WatchedWorld) -> None:
    runaway(watched)
    made = [one.change_set_id for one in change_sets(watched)]
    watched.pass_time()
    later = watched.go(12)
    assert [check.paused for check in later] == [()] * len(later)
    assert [one.change_set_id for one in change_sets(watched)] == made


def test_a_tick_that_is_too_old_is_not_worked_through(watched: WatchedWorld) -> None:
    watched.spends["search"] = 6.0
    assert codes(watched.check(watched.now - HOUR)) == {"stale_tick"}
    assert status(watched) == ENABLED


def test_a_budget_that_was_raised_by_hand_is_no_runaway(watched: WatchedWorld) -> None:
    """The campaign spends what its new budget makes usual; the manifest does not know that budget yet."""
    watched.world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(600))
    checks = watched.go(12)
    assert "budget_edited_by_hand" in codes(*checks)
    assert not any(check.paused for check in checks)
    assert status(watched) == ENABLED


def test_a_budget_that_was_lowered_by_hand_excuses_nothing(watched: WatchedWorld) -> None:
    watched.world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(80))
    runaway(watched, factor=8.0)
    assert status(watched) == PAUSED


def test_a_kill_switch_does_not_stop_a_pause(watched: WatchedWorld) -> None:
    switch_global(watched.ports, on=True, by="cy@example.com", reason="stop")
    runaway(watched)
    assert status(watched) == PAUSED


def with_mode(mode: Mode) -> WatchedWorld:
    """A tenant that only tries pauses out."""
    made = begun(guardrails=LOOSE.but(mode={"emergency_pause": mode}))
    made.spends["search"] = 6.0
    return made


def test_in_shadow_a_pause_is_written_down_once_a_day_and_nothing_is_stopped() -> None:
    watched = with_mode(Mode.SHADOW)
    watched.go(12)
    assert [one.state for one in change_sets(watched)] == [ChangeSetState.SHADOWED]
    assert (status(watched), watched.world.manifest().pauses) == (ENABLED, ())
    assert "shadowed:spend_anomaly" in codes(*watched.checks)


def test_with_advice_a_person_is_asked_once_and_nothing_is_stopped_before() -> None:
    watched = with_mode(Mode.ADVISE)
    watched.go(14)
    (asked,) = change_sets(watched)
    assert asked.state is ChangeSetState.PENDING
    assert "search" in asked.proposals[0].why.lower()
    assert status(watched) == ENABLED
    _agree(watched, asked)
    assert status(watched) == PAUSED


def test_a_person_is_asked_to_lift_a_pause_and_a_yes_lifts_it(watched: WatchedWorld) -> None:
    runaway(watched)
    watched.spends.clear()
    watched.pass_time()
    watched.go(8)
    (asked,) = waiting(watched)
    _agree(watched, asked)
    assert (status(watched), watched.world.manifest().pauses) == (ENABLED, ())
    assert not any(check.paused for check in watched.go(2 * DAY)), "only what happens from now on counts"


def test_what_goes_on_after_a_pause_was_lifted_is_stopped_again(watched: WatchedWorld) -> None:
    runaway(watched)
    (asked,) = waiting(watched)
    _agree(watched, asked)
    assert status(watched) == ENABLED
    watched.pass_time()
    assert watched.until_paused().paused[0].kind is Kind.SPEND


def test_a_pause_lifts_by_itself_where_the_tenant_allows_it_once_its_signal_was_good_for_so_long() -> None:
    watched = begun(guardrails=LOOSE.but(auto_resume_minutes=120))
    runaway(watched)
    watched.spends.clear()
    stopped = watched.now
    while status(watched) == PAUSED and watched.now < stopped + 12 * HOUR:
        watched.pass_time()
        watched.check()
    assert status(watched) == ENABLED
    assert watched.now >= stopped + 2 * HOUR
    assert watched.world.manifest().pauses == ()


def test_of_several_pauses_at_once_the_widest_is_made_and_lifting_it_turns_everything_on(watched: WatchedWorld) -> None:
    """What a wider pause stops needs none of its own, or nobody would be asked to lift that."""
    watched.spends["search"], watched.seen = 6.0, 0.0
    silenced(watched, 12)
    found = watched.check()
    assert codes(found) >= {"spend_anomaly", "tracking_failure"}
    assert [alarm.kind for alarm in found.paused] == [Kind.SITE]
    assert status(watched) == PAUSED
    for asked in waiting(watched):
        _agree(watched, asked)
    assert watched.world.manifest().pauses == ()
    assert {status(watched, name) for name in ("search", "social", "retarget")} == {ENABLED}


def test_when_the_site_is_not_seen_any_more_all_of_the_track_is_stopped(watched: WatchedWorld) -> None:
    watched.seen = 0.0
    (alarm,) = watched.until_paused().paused
    assert (alarm.kind, alarm.scope, alarm.target) == (Kind.SITE, PauseScope.TRACK, "north")
    assert {status(watched, name) for name in ("search", "social", "retarget")} == {PAUSED}
    assert watched.world.manifest(SOUTH).pauses == ()


def test_sources_that_do_not_answer_are_named_and_the_others_are_judged(watched: WatchedWorld) -> None:
    watched.world.platforms["meta"].down, watched.ga4.down, watched.crm.down = True, True, True
    found = runaway(watched)
    silent = {reason.measured for check in watched.checks for reason in check.reasons if reason.code == "source_silent"}
    assert silent == {"meta", "ga4", "crm"}
    assert [alarm.target for alarm in found.paused] == ["search"]


def test_an_upload_that_does_not_come_is_named(watched: WatchedWorld) -> None:
    watched.crm.sent = (Upload(watched.now, 0.8, {}),)
    assert "crm_late" not in codes(*watched.go(26))
    assert "crm_late" in codes(*watched.go(27))


def test_a_check_without_news_writes_nothing_and_the_next_one_does(watched: WatchedWorld) -> None:
    written: list[bool] = []
    for _ in range(8):
        before = watched.world.documents.bodies()
        watched.check()
        written.append(watched.world.documents.bodies() != before)
        watched.pass_time()
    assert written == [True, False, True, False] * 2


def test_where_realtime_shows_one_quarter_every_check_is_written_down(watched: WatchedWorld) -> None:
    """A standard property shows no more of whole quarters, so what is not kept is lost."""
    both = watched.ga4.shown
    watched.ga4.shown = lambda: Realtime(both().quarters[-1:])
    written: list[bool] = []
    for _ in range(6):
        before = watched.world.documents.bodies()
        watched.check()
        written.append(watched.world.documents.bodies() != before)
        watched.pass_time()
    assert all(written)


def test_what_realtime_shows_between_two_writes_is_not_lost(watched: WatchedWorld) -> None:
    """GA4 shows half an hour back, and every half-hour is written down."""
    last = watched.now
    watched.check()
    state = state_of(watched.ports, watched.world.track())
    assert state is not None
    quarters = state.watching["site"]["quarters"]
    assert list(quarters) == [(last - back * QUARTER_HOUR).isoformat() for back in range(len(quarters), 0, -1)]
    assert len(quarters) > 8


def test_every_check_leaves_its_reasons_among_the_days(watched: WatchedWorld) -> None:
    runaway(watched)
    state = state_of(watched.ports, watched.world.track())
    assert state is not None
    assert ("search", "spend_anomaly") in {(one.entity_id, one.reason.code) for one in state.reasons}


def test_ads_are_not_asked_for(watched: WatchedWorld) -> None:
    """What bears no budget is not watched."""
    asked = set[str]()
    told = watched.world.platforms["meta"].reported

    def noted(refs: Sequence[EntityRef], since: datetime) -> FiguresReport:
        asked.update(ref.entity_id for ref in refs)
        return told(refs, since)

    watched.world.platforms["meta"].reported = noted
    watched.go(2)
    assert asked == {"social", "retarget"}


def silenced(watched: WatchedWorld, hours: float) -> None:
    """No platform answers for so long; afterwards all of it is known at once."""
    platforms = watched.world.platforms.values()
    for one in platforms:
        one.down = True
    watched.go(hours)
    for one in platforms:
        one.down = False


def _agree(watched: WatchedWorld, asked: ChangeSet) -> None:
    """As many people as it needs say yes."""
    approval = watched.world.approval(asked.change_set_id)
    for by in ("ana@example.com", "cy@example.com")[: approval.people_needed]:
        approve_and_apply(watched.ports, "acme", asked.change_set_id, by=by, seen=approval.payload_digest)


def test_degraded_mode_follows_what_ga4_answers() -> None:
    """Entered and left for all tracks, told once each; that it does not answer says nothing."""
    watched = WatchedWorld.taken_on()
    seen: list[bool] = []
    for connected, down in ((True, True), (False, False), (False, False), (True, True), (True, False)):
        watched.ga4.connected, watched.ga4.down = connected, down
        watched.check()
        watched.pass_time()
        seen.append(watched.world.manifest().degraded)
        assert watched.world.manifest(SOUTH).degraded is seen[-1]
    assert seen == [False, True, True, True, False]
    told = [one for one in watched.world.bus.types if one.startswith("tenant.")]
    assert told == ["tenant.attribution_degraded", "tenant.attribution_restored"]
    notes = [entry.degraded for entry in watched.world.log(SOUTH) if entry.kind is EntryKind.NOTE]
    assert notes == [True, False]
