"""What becomes of judged proposals: in flight, waiting for a person, recommended, kept in the shadow, or refused."""

from datetime import timedelta

import pytest

from common.domain import paths
from common.domain.approval import ApprovalState
from common.domain.change import Judgement, OptimizationType, Reason, Setting, Verdict
from common.domain.change_set import ChangeSet, ChangeSetState, PauseIntent
from common.domain.errors import Busy
from common.domain.guardrails import Mode
from common.domain.log_entry import EntryKind
from common.domain.manifest import PauseScope
from common.ports.documents import Conflict, Document
from common.use_cases.approvals import approve, reject
from common.use_cases.drive import finish
from common.use_cases.emergency_pause import emergency_pause
from common.use_cases.load import read_one
from common.use_cases.propose import propose
from tests.world import LOOSE, NOW, World, asks, auto, euros, origin, proposal


@pytest.fixture
def world() -> World:
    return World.taken_on()


def _more(world: World, units: float = 2600) -> Judgement:
    return asks(world.wanted("social", Setting.ALLOCATION, euros(units)))


def test_each_verdict_becomes_a_change_set_of_its_own_in_one_commit(world: World) -> None:
    structural = proposal(OptimizationType.STRUCTURAL)
    blocked = proposal(OptimizationType.PACE, world.wanted("retarget", Setting.DAILY_BUDGET, euros(99)))
    done = world.propose(
        auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))),
        _more(world),
        Judgement(proposal=structural, verdict=Verdict.NEEDS_REPLAN, reasons=(Reason(code="structural"),)),
        Judgement(proposal=blocked, verdict=Verdict.BLOCKED, reasons=(Reason(code="cooldown_hours"),)),
    )
    assert [one.state for one in done.change_sets] == [
        ChangeSetState.INTENDED,
        ChangeSetState.PENDING,
        ChangeSetState.RECOMMENDED,
        ChangeSetState.BLOCKED,
    ]
    kinds = [entry.kind for entry in world.log()]
    assert kinds == [EntryKind.GENESIS, EntryKind.PENDING, EntryKind.RECOMMENDED, EntryKind.BLOCKED]
    assert world.bus.types == ["optimization.pending_approval", "plan.revise.recommended"]
    assert not any(platform.calls for platform in world.platforms.values())


def test_what_is_in_flight_is_handed_on_as_it_was_written_and_read_no_more(world: World) -> None:
    done, noted, read = world.propose(auto(*world.shift("search", "social", 40))), list[str](), world.documents.read
    assert done.intended is not None
    path = paths.change_set("acme", done.intended.change_set_id)
    assert done.written == read_one(world.documents, ChangeSet, path)

    def noting(*places: str) -> tuple[Document | None, ...]:
        noted.extend(places)
        return read(*places)

    world.documents.read = noting
    finish(world.ports(), world.track(), done.manifest, "run", done.written)
    assert noted
    assert path not in noted
    assert world.change_set(done.intended.change_set_id).state is ChangeSetState.APPLIED


def test_what_was_cut_short_meanwhile_is_not_ended_by_who_wrote_it(world: World) -> None:
    """An emergency pause takes the right to apply; what was handed on is not the last word."""
    done = world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    intent = PauseIntent(scope=PauseScope.ENTITY, target="search", reason="spend_anomaly")
    emergency_pause(world.ports(), world.track(), intent, origin("anomaly_pause"), "Spend ran away.", "pauser")
    with pytest.raises(Busy):
        finish(world.ports(), world.track(), done.manifest, "run", done.written)
    assert world.live("search", Setting.DAILY_BUDGET) == euros(100)


def test_a_window_that_was_decided_is_not_decided_again(world: World) -> None:
    world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    again = world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(80))), window=NOW)
    assert again.duplicate
    assert world.manifest().at_rest


def test_nothing_is_intended_while_something_else_is_under_way(world: World) -> None:
    first = world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    with pytest.raises(Busy):
        world.propose(auto(world.wanted("social", Setting.DAILY_BUDGET, euros(40))), window=NOW + timedelta(hours=1))
    flight = world.manifest().in_flight
    assert flight is not None
    assert first.intended is not None
    assert flight.change_set_id == first.intended.change_set_id


def test_a_track_that_moved_on_since_it_was_loaded_is_decided_again(world: World) -> None:
    loaded = world.loaded()
    world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    stale = auto(world.wanted("social", Setting.DAILY_BUDGET, euros(40)))
    facts = world.facts()
    later = origin(window=NOW + timedelta(hours=1))
    with pytest.raises(Conflict):
        propose(world.ports(), loaded, facts, [stale], later, "run")


def test_a_person_is_not_asked_twice_for_the_same(world: World) -> None:
    world.propose(_more(world))
    again = world.propose(_more(world, 2601), window=NOW + timedelta(hours=1))
    assert again.change_sets == ()


def test_a_newer_request_takes_the_place_of_the_older_one(world: World) -> None:
    old = world.propose(_more(world)).change_sets[0]
    new = world.propose(_more(world, 2900), window=NOW + timedelta(hours=1)).change_sets[0]
    assert world.approval(old.change_set_id).state is ApprovalState.SUPERSEDED
    assert world.change_set(old.change_set_id).state is ChangeSetState.SUPERSEDED
    assert world.approval(new.change_set_id).state is ApprovalState.PENDING


def test_a_request_that_starts_from_what_is_live_no_longer_is_replaced_by_one_for_the_same_value(world: World) -> None:
    """Nobody could say yes to the older one: it must not keep the newer one from being asked."""
    old = world.propose(asks(world.wanted("search", Setting.DAILY_BUDGET, euros(160)))).change_sets[0]
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(90))
    world.adopt()
    again = asks(world.wanted("search", Setting.DAILY_BUDGET, euros(160)))
    new = world.propose(again, window=NOW + timedelta(hours=1)).change_sets[0]
    assert world.approval(old.change_set_id).state is ApprovalState.SUPERSEDED
    approve(world.ports(), "acme", new.change_set_id, by="ana@example.com", seen=new.payload_digest, run="run")


def test_a_request_whose_setting_is_changed_by_itself_ends_at_once(world: World) -> None:
    """It starts from a value that is live no longer, so nobody could say yes to it."""
    old = world.propose(asks(world.wanted("search", Setting.DAILY_BUDGET, euros(140)))).change_sets[0]
    world.propose(
        auto(world.wanted("search", Setting.DAILY_BUDGET, euros(60))),
        auto(world.wanted("social", Setting.DAILY_BUDGET, euros(30))),
        window=NOW + timedelta(hours=1),
    )
    assert world.approval(old.change_set_id).state is ApprovalState.SUPERSEDED


def test_a_request_that_is_decided_while_a_newer_one_is_made_does_not_count_as_decided_before(world: World) -> None:
    """The newer request must come again: it was never written."""
    old = world.propose(_more(world)).change_sets[0]
    loaded, facts, newer = world.loaded(), world.facts(), _more(world, 2900)
    reject(world.ports(), "acme", old.change_set_id, by="ana@example.com", seen=old.payload_digest, reason="No.")
    with pytest.raises(Conflict):
        propose(world.ports(), loaded, facts, [newer], origin(window=NOW + timedelta(hours=1)), "run")


def test_a_rule_in_the_shadow_is_written_down_and_changes_nothing() -> None:
    world = World.taken_on(guardrails=LOOSE.but(mode={OptimizationType.PACE: Mode.SHADOW}))
    done = world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    assert [one.state for one in done.change_sets] == [ChangeSetState.SHADOWED]
    assert world.log()[-1].kind is EntryKind.SHADOWED
    assert world.manifest().in_flight is None


def test_headroom_is_taken_for_what_is_in_flight_only(world: World) -> None:
    asked = world.propose(_more(world)).change_sets[0]
    assert asked.headroom is None
    assert not world.envelope().held
