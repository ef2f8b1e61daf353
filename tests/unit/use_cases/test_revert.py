"""Undoing an applied change set: what it would do now, what stands in the way, and what follows from a yes."""

import pytest

from common.domain.approval import ApprovalState
from common.domain.change import Setting, Status, Verdict
from common.domain.change_set import ChangeSet, ChangeSetState, PauseIntent
from common.domain.errors import NotFound, Refused
from common.domain.log_entry import EntryKind
from common.domain.manifest import PauseScope
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.configure import switch_tenant
from common.use_cases.emergency_pause import emergency_pause
from common.use_cases.revert import Revert, preview, revert
from tests.world import LOOSE, World, asks, auto, euros, origin

ANA, VI = "ana@example.com", "vi@example.com"


@pytest.fixture
def world() -> World:
    return World.taken_on()


def _lowered(world: World) -> ChangeSet:
    return world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))


def _preview(world: World, of: ChangeSet) -> Revert:
    return preview(world.ports(), "acme", of.change_set_id)


def _revert(world: World, of: ChangeSet, by: str = ANA, seen: str | None = None) -> ChangeSet:
    return revert(world.ports(), "acme", of.change_set_id, by=by, seen=seen or _preview(world, of).digest)


def test_the_preview_says_what_would_be_written_now_and_writes_nothing(world: World) -> None:
    done = _lowered(world)
    head = world.manifest().log_seq
    found = _preview(world, done)
    (change,) = found.proposals[0].changes
    assert (change.before, change.after) == (euros(90), euros(100))
    assert (found.verdict, found.obstacles, world.manifest().log_seq) == (Verdict.AUTO, (), head)


def test_what_the_guardrails_allow_is_undone_at_once_in_the_persons_name(world: World) -> None:
    undone = _revert(world, _lowered(world))
    assert (undone.state, undone.automatic) == (ChangeSetState.APPLIED, False)
    assert world.platforms["google"].settings["search"][Setting.DAILY_BUDGET] == euros(100)
    last = world.log()[-1]
    assert (last.kind, last.by, last.revision) == (EntryKind.APPLIED, ANA, 2)


def test_both_sides_of_a_shift_go_back(world: World) -> None:
    before = {name: one.allocation for name, one in world.manifest().entities.items()}
    done = world.apply(auto(*world.shift("social", "search", 100)))
    assert _revert(world, done).state is ChangeSetState.APPLIED
    assert {name: one.allocation for name, one in world.manifest().entities.items()} == before


def test_an_undo_can_be_undone(world: World) -> None:
    again = _revert(world, _revert(world, _lowered(world)))
    assert again.state is ChangeSetState.APPLIED
    assert world.manifest().entities["search"].daily_budget == euros(90)


def test_what_needs_a_person_waits_for_one_and_is_asked_once() -> None:
    world = World.taken_on(guardrails=LOOSE.but(cooldown_hours=6))
    done = _lowered(world)
    world.clock.forward(hours=1)
    asked = _revert(world, done)
    world.clock.forward(minutes=1)
    assert _revert(world, done) == asked
    assert (asked.state, asked.reasons[0].code) == (ChangeSetState.PENDING, "cooldown_hours")
    approval = world.approval(asked.change_set_id)
    assert approval.state is ApprovalState.PENDING
    named = ("acme", asked.change_set_id)
    ended = approve_and_apply(world.ports(), *named, by=ANA, seen=approval.payload_digest)
    assert ended.state is ChangeSetState.APPLIED


def test_it_is_refused_where_something_was_changed_again_since(world: World) -> None:
    first = _lowered(world)
    world.clock.forward(hours=1)
    world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(80))))
    found = _preview(world, first)
    assert found.obstacles == ("search: its daily budget was changed again since; undo that first",)
    with pytest.raises(Refused, match="changed again since"):
        _revert(world, first, seen=found.digest)


def test_it_is_refused_where_somebody_edited_it_by_hand(world: World) -> None:
    done = _lowered(world)
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(77))
    with pytest.raises(Refused, match="was edited on the platform"):
        _revert(world, done)
    assert world.platforms["google"].settings["search"][Setting.DAILY_BUDGET] == euros(77)


def test_it_is_refused_while_the_platform_is_silent(world: World) -> None:
    done = _lowered(world)
    world.platforms["google"].down = True
    assert _preview(world, done).obstacles == ("google does not answer",)


def test_it_is_refused_once_it_was_undone(world: World) -> None:
    done = _lowered(world)
    seen = _preview(world, done).digest
    _revert(world, done, seen=seen)
    with pytest.raises(Refused, match="nothing to undo"):
        _revert(world, done, seen=seen)
    assert world.manifest().revision == 2


def test_what_was_never_applied_can_not_be_undone(world: World) -> None:
    asked = world.propose(asks(world.wanted("search", Setting.DAILY_BUDGET, euros(140)))).change_sets[0]
    assert _preview(world, asked).obstacles == ("it was never applied: it is pending",)


def test_only_what_landed_goes_back(world: World) -> None:
    world.platforms["meta"].rejects = {"social"}
    wanted = (world.wanted("search", Setting.DAILY_BUDGET, euros(90)), euros(38))
    half = world.apply(auto(wanted[0]), auto(world.wanted("social", Setting.DAILY_BUDGET, wanted[1])))
    assert half.state is ChangeSetState.PARTIALLY_APPLIED
    assert [one.entities for one in _preview(world, half).proposals] == [("search",)]


def test_a_pause_is_not_undone_this_way(world: World) -> None:
    intent = PauseIntent(scope=PauseScope.ENTITY, target="search", reason="spend_anomaly")
    emergency_pause(world.ports(), world.track(), intent, origin("anomaly_pause"), "Spend ran away.", "pauser")
    paused = world.change_set(str(world.log()[-1].change_set_id))
    assert _preview(world, paused).obstacles == ("a pause is lifted, not undone: answer the request to resume",)
    with pytest.raises(Refused):
        _revert(world, paused)
    assert world.manifest().entities["search"].status is Status.PAUSED


def test_something_else_than_was_shown_is_refused(world: World) -> None:
    with pytest.raises(Refused, match="has changed since it was shown"):
        _revert(world, _lowered(world), seen="0" * 64)


def test_who_may_not_decide_may_not_undo(world: World) -> None:
    done = _lowered(world)
    for by in (VI, "eve@elsewhere.com"):
        with pytest.raises(Refused, match="may not decide"):
            _revert(world, done, by=by)


def test_a_kill_switch_stops_it(world: World) -> None:
    done = _lowered(world)
    switch_tenant(world.ports(), "acme", on=True, by="cy@example.com", reason="stop")
    with pytest.raises(Refused, match="a kill switch is on"):
        _revert(world, done)


def test_a_change_set_of_another_tenant_is_not_found(world: World) -> None:
    done = _lowered(world)
    with pytest.raises(NotFound):
        preview(world.ports(), "zen", done.change_set_id)


def test_a_later_change_of_something_else_does_not_matter(world: World) -> None:
    done = _lowered(world)
    world.clock.forward(hours=1)
    world.apply(auto(world.wanted("social", Setting.DAILY_BUDGET, euros(30))))
    assert _revert(world, done).state is ChangeSetState.APPLIED
