"""What somebody changed by hand is named, logged, and answered as the tenant wants; what we wrote is never foreign."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from common.decisions.guardrails import judge
from common.domain.approval import ApprovalState
from common.domain.change import Setting, Status
from common.domain.change_set import ChangeSet, PauseIntent
from common.domain.drift import CauseKind
from common.domain.guardrails import ExternalChangePolicy
from common.domain.log_entry import EntryKind
from common.domain.manifest import Pause, PauseScope
from common.ports.documents import Conflict
from common.use_cases.approvals import expire, reject
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.configure import switch_tenant
from common.use_cases.drift import drift_now
from common.use_cases.emergency_pause import emergency_pause
from common.use_cases.reconcile import adopt, answers, differences, look, missing, resumed_behind
from tests.world import LOOSE, NOW, World, auto, euros, origin


@pytest.fixture
def world() -> World:
    return World.taken_on()


def test_an_edit_by_hand_becomes_the_manifests_value_under_one_entry_and_event(world: World) -> None:
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(120))
    world.edit_by_hand("ad-1", Setting.STATUS, Status.PAUSED.value)
    world.adopt()
    manifest, entry = world.manifest(), world.log()[-1]
    assert manifest.entities["search"].daily_budget == euros(120)
    assert manifest.entities["ad-1"].status is Status.PAUSED
    assert (manifest.revision, entry.kind, entry.revision) == (1, EntryKind.EXTERNAL_CHANGE, 1)
    assert entry.why.startswith("search: daily budget from 100.00 EUR to 120.00 EUR; ad-1: status from on to paused.")
    assert world.bus.types == ["manifest.external_change"]


def test_nothing_foreign_writes_nothing(world: World) -> None:
    world.adopt()
    assert world.manifest().revision == 0


def test_a_platform_that_does_not_answer_differs_in_nothing(world: World) -> None:
    world.platforms["google"].down = True
    manifest = world.manifest()
    sight = look(world.ports(), manifest)
    assert (sight.silent, differences(manifest, sight), missing(manifest, sight)) == (("google",), [], [])


def test_an_entity_that_is_gone_is_missing_and_not_changed(world: World) -> None:
    del world.platforms["meta"].settings["ad-2"]
    manifest = world.manifest()
    sight = look(world.ports(), manifest)
    assert (missing(manifest, sight), differences(manifest, sight)) == (["ad-2"], [])


def test_an_hourly_look_leaves_out_ads_unless_a_pause_is_over_them(world: World) -> None:
    """What it leaves out is not missing, whatever became of it."""
    world.platforms["meta"].settings.pop("ad-1")
    hourly = look(world.ports(), world.manifest(), whole=False)
    assert {"ad-1", "ad-2"} <= hourly.left_out
    assert hourly.live.keys() == world.manifest().entities.keys() - hourly.left_out
    assert missing(world.manifest(), hourly) == []
    assert missing(world.manifest(), look(world.ports(), world.manifest())) == ["ad-1"]
    paused = Pause(
        pause_id="p", scope=PauseScope.CHANNEL, target="meta", reason="spend", since=world.clock.now(), entities=()
    )
    under = world.manifest().but(pauses=(paused,))
    assert look(world.ports(), under, whole=False).left_out == frozenset()


def test_what_a_change_set_in_flight_wrote_is_not_foreign(world: World) -> None:
    world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(90))  # its call landed
    world.adopt()
    assert world.manifest().revision == 0


def test_what_a_change_set_that_was_cut_short_wrote_is_not_foreign(world: World) -> None:
    world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    intent = PauseIntent(scope=PauseScope.CHANNEL, target="meta", reason="spend_anomaly")
    emergency_pause(world.ports(), world.track(), intent, origin("anomaly_pause"), "Spend ran away.", "pauser")
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(90))  # its call landed at last
    revision = world.manifest().revision
    world.adopt()
    assert world.manifest().revision == revision


def test_another_value_than_the_one_in_flight_is_foreign(world: World) -> None:
    world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(123))
    world.adopt()
    assert world.manifest().entities["search"].daily_budget == euros(123)


def test_a_track_that_moved_on_since_it_was_looked_at_is_looked_at_again(world: World) -> None:
    loaded = world.loaded()
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(120))
    found = differences(loaded.manifest.value, look(world.ports(), loaded.manifest.value))
    world.apply(auto(world.wanted("social", Setting.DAILY_BUDGET, euros(40))))
    with pytest.raises(Conflict):
        adopt(world.ports(), loaded, found)


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        (ExternalChangePolicy.ADOPT, ()),
        (ExternalChangePolicy.UNDO, ("",)),
        (ExternalChangePolicy.ASK, ("policy_ask",)),
    ],
)
def test_the_tenants_policy_says_what_follows(policy: ExternalChangePolicy, wanted: tuple[str, ...]) -> None:
    world = World.taken_on(guardrails=LOOSE.but(external_change_policy=policy))
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(120))
    world.adopt()
    proposals = answers(world.loaded())
    assert tuple(" ".join(reason.code for reason in one.reasons) for one in proposals) == wanted
    assert all((one.changes[0].before, one.changes[0].after) == (euros(120), euros(100)) for one in proposals)


def _asking() -> World:
    return World.taken_on(guardrails=LOOSE.but(external_change_policy=ExternalChangePolicy.ASK))


def _asked_to_put_back(world: World) -> ChangeSet | None:
    """A tick's part in this: what the policy wants is judged and proposed. Returns the request that it made."""
    world.clock.forward(hours=1)
    done = world.propose(*judge(answers(world.loaded()), world.facts()), window=world.clock.now())
    return done.change_sets[0] if done.change_sets else None


def _edited(world: World, units: float) -> None:
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(units))
    world.adopt()


def _by_approval(world: World, request: ChangeSet) -> None:
    named = {"by": "ana@example.com", "seen": request.payload_digest}
    approve_and_apply(world.ports(), "acme", request.change_set_id, **named)


def _by_rejection(world: World, request: ChangeSet) -> None:
    named = {"by": "ana@example.com", "seen": request.payload_digest, "reason": "Leave it."}
    reject(world.ports(), "acme", request.change_set_id, **named)


def _by_time(world: World, request: ChangeSet) -> None:
    world.clock.at = world.approval(request.change_set_id).expires_at
    assert expire(world.ports(), "acme", request.change_set_id)


def _by_time_and_nobody_swept(world: World, request: ChangeSet) -> None:
    world.clock.at = world.approval(request.change_set_id).expires_at
    assert _asked_to_put_back(world) is None
    assert world.approval(request.change_set_id).state is ApprovalState.EXPIRED


def _by_hand(world: World, request: ChangeSet) -> None:
    _edited(world, 100)
    assert world.approval(request.change_set_id).state is ApprovalState.SUPERSEDED


ENDS = [_by_approval, _by_rejection, _by_time, _by_time_and_nobody_swept, _by_hand]


def test_a_person_is_asked_once_while_an_edit_waits_for_an_answer() -> None:
    """A run may die after it adopted the edit: the next one asks. After that the same question waits."""
    world = _asking()
    _edited(world, 120)
    assert _asked_to_put_back(world) is not None
    assert _asked_to_put_back(world) is None
    assert len(answers(world.loaded())) == 1


@pytest.mark.parametrize("end", ENDS)
def test_once_the_question_is_answered_it_is_not_asked_again(end: Callable[[World, ChangeSet], None]) -> None:
    world = _asking()
    _edited(world, 120)
    request = _asked_to_put_back(world)
    assert request is not None
    end(world, request)
    assert answers(world.loaded()) == ()
    assert _asked_to_put_back(world) is None


def test_a_second_edit_asks_anew_and_still_goes_back_to_what_was_there_at_first() -> None:
    """The question about the first edit can't be answered any more: its value is live no longer."""
    world = _asking()
    _edited(world, 120)
    first = _asked_to_put_back(world)
    _edited(world, 130)
    second = _asked_to_put_back(world)
    assert first is not None
    assert second is not None
    assert world.approval(first.change_set_id).state is ApprovalState.SUPERSEDED
    assert [(one.before, one.after) for one in second.changes] == [(euros(130), euros(100))]
    _by_approval(world, second)
    assert world.live("search", Setting.DAILY_BUDGET) == euros(100)


def test_an_answer_about_the_first_edit_leaves_the_second_to_be_asked_about() -> None:
    world = _asking()
    _edited(world, 120)
    first = _asked_to_put_back(world)
    assert first is not None
    _edited(world, 130)
    _by_rejection(world, first)
    assert [one.changes[0].before for one in answers(world.loaded())] == [euros(130)]


def test_a_question_that_is_blocked_meanwhile_still_knows_what_was_there_at_first() -> None:
    world = _asking()
    _edited(world, 120)
    assert _asked_to_put_back(world) is not None
    switch_tenant(world.ports(), "acme", on=True, by="cy@example.com", reason="Stop.")
    _asked_to_put_back(world)
    _edited(world, 130)
    assert [one.changes[0].after for one in answers(world.loaded())] == [euros(100)]


def test_what_was_edited_twice_goes_back_to_what_it_was_at_first() -> None:
    world = _asking()
    for amount in (120, 150):
        world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(amount))
        world.adopt()
    (undo,) = answers(world.loaded())
    assert (undo.changes[0].before, undo.changes[0].after) == (euros(150), euros(100))


def test_what_somebody_put_back_needs_no_answer() -> None:
    world = _asking()
    for amount in (120, 100):
        world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(amount))
        world.adopt()
    assert answers(world.loaded()) == ()


def test_an_edit_over_which_something_was_written_needs_no_answer() -> None:
    world = _asking()
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(120))
    world.adopt()
    world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    assert answers(world.loaded()) == ()
    assert world.manifest().edits == ()


def test_what_runs_again_under_a_pause_is_told_apart(world: World) -> None:
    intent = PauseIntent(scope=PauseScope.ENTITY, target="search", reason="spend_anomaly")
    emergency_pause(world.ports(), world.track(), intent, origin("anomaly_pause"), "Spend ran away.", "pauser")
    world.edit_by_hand("search", Setting.STATUS, Status.ENABLED.value)
    world.edit_by_hand("social", Setting.DAILY_BUDGET, euros(50))
    manifest = world.manifest()
    found = differences(manifest, look(world.ports(), manifest))
    assert [one.entity_id for one in resumed_behind(manifest, found)] == ["search"]


# Who and when


def test_an_edit_is_told_with_who_made_it_and_when_on_the_tenants_clock(world: World) -> None:
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(120))
    world.platforms["google"].edited["search"] = ("kim@example.com", NOW - timedelta(hours=1))
    world.adopt()
    entry = world.log()[-1]
    assert entry.by == "kim@example.com"
    assert entry.why == (
        "search: daily budget from 100.00 EUR to 120.00 EUR."
        " Changed on the platform by kim@example.com on Mon 4 May 2026, 10:00."
    )


def test_a_question_about_an_edit_says_who_made_it() -> None:
    world = _asking()
    world.platforms["google"].edited["search"] = ("kim@example.com", NOW - timedelta(hours=1))
    _edited(world, 120)
    (edit,) = world.manifest().edits
    assert (edit.by, edit.at) == ("kim@example.com", NOW - timedelta(hours=1))
    (undo,) = answers(world.loaded())
    assert undo.why.endswith("by hand to 120.00 EUR, by kim@example.com on Mon 4 May 2026, 10:00.")


# A platform's own total


def _with_total(policy: ExternalChangePolicy = ExternalChangePolicy.ADOPT, total: float = 2500) -> World:
    """Social's platform holds it to a total of its own: its allocation."""
    world = World.taken_on(guardrails=LOOSE.but(external_change_policy=policy))

    def backed(body: dict[str, Any]) -> dict[str, Any]:
        social: dict[str, Any] = {**body["entities"]["social"], "total_budget": euros(total)}
        social["delivery"] = {**social["delivery"], "takes_total_budget": True}
        return {**body, "entities": {**body["entities"], "social": social}}

    world.rewrite(world.track().manifest, backed)
    world.edit_by_hand("social", Setting.TOTAL_BUDGET, euros(total))
    return world


def _total_edited(world: World, units: float) -> None:
    world.edit_by_hand("social", Setting.TOTAL_BUDGET, euros(units))
    world.adopt()


def test_a_total_that_was_lowered_takes_the_allocation_along_in_the_same_entry() -> None:
    world = _with_total()
    _total_edited(world, 1800)
    social, entry = world.manifest().entities["social"], world.log()[-1]
    assert (social.total_budget, social.allocation) == (euros(1800), euros(1800))
    assert (entry.kind, entry.allocates) == (EntryKind.EXTERNAL_CHANGE, True)
    assert entry.why.endswith("The allocation of social goes down with it, to 1,800.00 EUR.")
    causes = drift_now(world.ports(), world.track()).channels[1].causes
    assert [(cause.kind, cause.amount) for cause in causes] == [(CauseKind.EXTERNAL_CHANGE, -euros(700))]


def test_what_may_be_spent_stays_allocated() -> None:
    world = _with_total()
    _total_edited(world, 60)
    assert world.manifest().entities["social"].allocation == euros(100)


@pytest.mark.parametrize("units", [2600, 2500, 2200])
def test_a_total_that_was_raised_changes_no_allocation(units: float) -> None:
    """It gives nobody more money, and takes none away where it was under the allocation before."""
    world = _with_total(total=2000)
    _total_edited(world, units)
    assert world.manifest().entities["social"].allocation == euros(2500)
    assert world.log()[-1].allocates is False


@pytest.mark.parametrize("policy", [ExternalChangePolicy.UNDO, ExternalChangePolicy.ASK])
def test_a_total_that_is_to_be_put_back_changes_no_allocation(policy: ExternalChangePolicy) -> None:
    world = _with_total(policy)
    _total_edited(world, 1800)
    assert world.manifest().entities["social"].allocation == euros(2500)


def test_where_the_spend_is_not_known_the_allocation_stays() -> None:
    world = _with_total()
    world.rewrite(world.track().state, lambda body: {**body, "pacing": {}})
    _total_edited(world, 1800)
    assert world.manifest().entities["social"].allocation == euros(2500)


def test_a_total_that_was_taken_away_changes_no_allocation() -> None:
    world = _with_total()
    world.edit_by_hand("social", Setting.TOTAL_BUDGET, None)
    world.adopt()
    assert world.manifest().entities["social"].allocation == euros(2500)
