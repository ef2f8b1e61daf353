"""An emergency pause waits for nobody, holds until it is lifted, and is put back where it does not hold."""

from datetime import timedelta

import pytest

from common.decisions.notices import Importance, importance
from common.domain.change import OptimizationType, Setting, Status
from common.domain.change_set import ChangeSet, ChangeSetState, PauseIntent
from common.domain.errors import Busy, Refused
from common.domain.event import Event
from common.domain.log_entry import EntryKind, still_running
from common.domain.manifest import PauseScope
from common.ports.urgency import is_urgent
from common.use_cases.approvals import approve
from common.use_cases.configure import switch_global
from common.use_cases.emergency_pause import emergency_pause, reinforce
from common.use_cases.housekeeping import sweep
from common.use_cases.rest import bring_to_rest
from tests.world import LOOSE, NOW, World, asks, auto, euros, origin

META = PauseIntent(scope=PauseScope.CHANNEL, target="meta", reason="spend_anomaly")
EVERYTHING = PauseIntent(scope=PauseScope.TRACK, target="north", reason="tracking_failure")
PAUSED, ENABLED = Status.PAUSED, Status.ENABLED


@pytest.fixture
def world() -> World:
    return World.taken_on()


def _pause(world: World, intent: PauseIntent = META, run: str = "pauser") -> None:
    emergency_pause(world.ports(), world.track(), intent, origin("anomaly_pause"), "Spend ran away.", run)


def _statuses(world: World) -> dict[str, object]:
    return {name: world.live(name, Setting.STATUS) for name in world.manifest().entities}


def _rest(world: World, run: str = "later") -> None:
    bring_to_rest(world.ports(), world.track(), world.loaded().manifest, run)


def _resume(world: World, *names: str) -> ChangeSet:
    """Ask to resume what the first pause stopped, approve it, and leave it in flight."""
    pause = world.manifest().pauses[0]
    enable = [world.wanted(name, Setting.STATUS, ENABLED.value) for name in names or pause.entities]
    wanted = asks(*enable, kind=OptimizationType.RESUME, lifts_pause=pause.pause_id)
    asked = world.propose(wanted, window=NOW + timedelta(hours=2)).change_sets[0]
    seen = world.approval(asked.change_set_id).payload_digest
    for by in ("ana@example.com", "cy@example.com")[-world.approval(asked.change_set_id).people_needed :]:
        if world.change_set(asked.change_set_id).state is ChangeSetState.PENDING:
            approve(world.ports(), "acme", asked.change_set_id, by=by, seen=seen, run="resumer")
    return world.change_set(asked.change_set_id)


def test_everything_in_scope_is_turned_off_and_nothing_else(world: World) -> None:
    _pause(world)
    assert _statuses(world) == {"search": ENABLED, **dict.fromkeys(("social", "retarget", "ad-1", "ad-2"), PAUSED)}
    manifest = world.manifest()
    assert manifest.pauses[0].entities == ("social", "retarget", "ad-1", "ad-2")
    assert (manifest.revision, manifest.at_rest, manifest.exposed) == (1, True, [])


def test_asking_again_changes_nothing_more(world: World) -> None:
    _pause(world)
    _pause(world)
    assert world.manifest().revision == 1


def test_a_kill_switch_does_not_stop_an_emergency_pause(world: World) -> None:
    switch_global(world.ports(), on=True, by="cy@example.com", reason="stop")
    _pause(world)
    assert _statuses(world)["social"] == PAUSED


def test_its_calls_are_urgent_reading_back_included_and_no_others_are(world: World) -> None:
    """So no budget of calls and no failures before hold them up."""
    heard: list[bool] = []
    for platform in world.platforms.values():
        platform.after_live = platform.before_apply = lambda: heard.append(is_urgent())
    _pause(world)
    assert heard == [True] * 3, "what is live, the write, and the reading back"
    heard.clear()
    world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    assert heard == [False] * 3


def test_what_is_in_flight_is_cut_short_and_read_back_when_its_lease_is_over(world: World) -> None:
    flight = world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90)))).intended
    assert flight is not None
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(90))  # its call landed, and nobody heard
    _pause(world)
    assert world.change_set(flight.change_set_id).state is ChangeSetState.PREEMPTED
    assert world.manifest().entities["search"].daily_budget == euros(100), "not known yet"
    with pytest.raises(Busy):
        _rest(world)
    world.clock.forward(minutes=20)
    _rest(world)
    assert world.manifest().entities["search"].daily_budget == euros(90)
    kinds = [EntryKind.GENESIS, EntryKind.PREEMPTED, EntryKind.APPLIED, EntryKind.PREEMPTED]
    assert [entry.kind for entry in world.log()] == kinds


def test_one_platform_without_an_answer_does_not_keep_the_other_from_being_paused(world: World) -> None:
    world.platforms["google"].down = True
    _pause(world, EVERYTHING)
    assert _statuses(world)["social"] == PAUSED
    assert [one.entity_id for one in world.manifest().exposed] == ["search"]


def test_what_a_pause_could_not_stop_is_stopped_by_housekeeping(world: World) -> None:
    world.platforms["google"].down = True
    _pause(world, EVERYTHING)
    world.platforms["google"].down = False
    sweep(world.ports(), "acme", run="sweeper")
    assert _statuses(world)["search"] == PAUSED
    assert world.manifest().exposed == []


def test_a_pause_whose_run_died_is_sent_when_its_message_comes_again(world: World) -> None:
    """The first run wrote the pause and died: its lease has run out when the message is delivered once more."""
    world.platforms["google"].before_apply = world.platforms["meta"].before_apply = _die
    with pytest.raises(KeyboardInterrupt):
        _pause(world, EVERYTHING)
    world.platforms["google"].before_apply = world.platforms["meta"].before_apply = lambda: None
    with pytest.raises(Busy):
        _pause(world, EVERYTHING, "again")
    world.clock.forward(minutes=20)
    _pause(world, EVERYTHING, "again")
    assert set(_statuses(world).values()) == {PAUSED}


def _die() -> None:
    raise KeyboardInterrupt


def test_a_standing_pause_that_is_exposed_does_not_wait_for_what_is_in_flight(world: World) -> None:
    world.platforms["google"].down = True
    _pause(world, EVERYTHING)
    world.platforms["google"].down = False
    flight = world.propose(auto(world.wanted("social", Setting.DAILY_BUDGET, euros(40)))).intended
    assert flight is not None
    _pause(world, EVERYTHING, "again")
    assert _statuses(world)["search"] == PAUSED
    assert world.change_set(flight.change_set_id).state is ChangeSetState.PREEMPTED


def test_a_wider_pause_takes_over_from_a_narrower_one_that_is_in_flight(world: World) -> None:
    world.platforms["meta"].before_apply = _die
    with pytest.raises(KeyboardInterrupt):
        _pause(world)
    world.platforms["meta"].before_apply = lambda: None
    _pause(world, EVERYTHING, "wider")
    assert set(_statuses(world).values()) == {PAUSED}
    assert len(world.manifest().pauses) == 2


def test_a_person_lifts_a_pause_and_only_then_it_runs_again(world: World) -> None:
    _pause(world)
    assert _resume(world).state is ChangeSetState.INTENDED
    _rest(world, "resumer")
    assert set(_statuses(world).values()) == {ENABLED}
    assert world.manifest().pauses == ()


def test_an_operator_must_be_among_those_who_lift_a_pause() -> None:
    world = World.taken_on(guardrails=LOOSE.but(two_approvers_pct=50))
    _pause(world)
    pause = world.manifest().pauses[0]
    enable = world.wanted("ad-1", Setting.STATUS, ENABLED.value)
    wanted = asks(enable, kind=OptimizationType.RESUME, lifts_pause=pause.pause_id)
    asked = world.propose(wanted, window=NOW + timedelta(hours=2)).change_sets[0].change_set_id
    seen = world.approval(asked).payload_digest
    with pytest.raises(Refused, match="an operator must approve it"):
        approve(world.ports(), "acme", asked, by="ana@example.com", seen=seen, run="run")
    assert approve(world.ports(), "acme", asked, by="cy@example.com", seen=seen, run="run").automatic is False


def test_lifting_one_pause_does_not_lift_another(world: World) -> None:
    _pause(world)
    _pause(world, EVERYTHING)
    narrow = world.manifest().pauses[0]
    enable = [world.wanted(name, Setting.STATUS, ENABLED.value) for name in narrow.entities]
    ended = world.apply(auto(*enable, kind=OptimizationType.RESUME, lifts_pause=narrow.pause_id))
    assert {result.code for result in ended.results} == {"paused"}
    assert set(_statuses(world).values()) == {PAUSED}


def test_a_pause_that_comes_while_it_is_being_lifted_stands(world: World) -> None:
    """Whatever the resume had turned on by then is turned off again, and reading it back lifts nothing."""
    _pause(world)
    assert _resume(world).state is ChangeSetState.INTENDED
    world.edit_by_hand("social", Setting.STATUS, ENABLED.value)  # the resume's call landed, and nobody heard
    _pause(world)
    assert _statuses(world)["social"] == PAUSED
    world.clock.forward(minutes=20)
    _rest(world)
    assert [pause.target for pause in world.manifest().pauses] == ["meta"]
    assert world.manifest().entities["social"].status is PAUSED


def test_what_somebody_resumed_behind_its_back_is_paused_again(world: World) -> None:
    _pause(world)
    world.edit_by_hand("social", Setting.STATUS, ENABLED.value)
    world.adopt()
    reinforce(world.ports(), world.track(), world.loaded().manifest, origin("drift"), "drift")
    assert _statuses(world)["social"] == PAUSED


def test_people_are_told_at_once_what_runs_on_under_a_pause_and_once_that_it_was_paused_after_all(world: World) -> None:
    """It is sent again all the time. Another that runs on is news; so is one that was paused, and then resumed."""
    meta, told = world.platforms["meta"], list[tuple[tuple[str, ...], Importance]]()

    def swept(ignored: set[str]) -> list[tuple[tuple[str, ...], Importance]]:
        """What runs on by each event of the next sweep, and how soon somebody is told."""
        before, meta.ignores = len(world.bus.events), ignored
        world.clock.forward(minutes=5)
        sweep(world.ports(), "acme", run="sweeper")
        events = [Event.model_validate(one) for one in world.bus.events[before:]]
        return [(still_running(one.data.changes), importance(one)) for one in events]

    one = PauseIntent(scope=PauseScope.ENTITY, target="search", reason="spend_anomaly")
    _pause(world, one)
    meta.ignores = {"social"}
    _pause(world)
    assert {pause.target: pause.running for pause in world.manifest().pauses} == {"search": (), "meta": ("social",)}
    told.append((world.manifest().pauses[1].running, importance(Event.model_validate(world.bus.events[-1]))))
    told += swept({"social"}) + swept({"social"}) + swept(set())
    assert told == [
        (("social",), Importance.URGENT),
        (("social",), Importance.DIGEST),
        (("social",), Importance.DIGEST),
        ((), Importance.URGENT),
    ]
    assert (swept(set()), world.manifest().pauses[1].running) == ([], ())
    for name in ("social", "retarget"):
        world.edit_by_hand(name, Setting.STATUS, ENABLED.value)
        world.adopt()
        assert swept({"social", "retarget"})[-1][1] is Importance.URGENT
        assert swept({"social", "retarget"})[-1][1] is Importance.DIGEST
    assert [swept({"social"})[-1] for _ in range(2)] == [
        (("social",), Importance.URGENT),  # the other one stands now
        (("social",), Importance.DIGEST),
    ]
