"""The daily sweep for drift: what was edited is answered, what an event that was lost would have told is found."""

from datetime import datetime

import pytest

from common.decisions.drift import Moved
from common.domain.calendar import TenantCalendar
from common.domain.change import OptimizationType, Setting, Status
from common.domain.change_set import ChangeSetState, PauseIntent
from common.domain.errors import Busy
from common.domain.event import Event
from common.domain.guardrails import ExternalChangePolicy
from common.domain.log_entry import EntryKind
from common.domain.manifest import PauseScope
from common.domain.plan_draft import PlanDraft
from common.ports.documents import Document, Page, Query
from common.use_cases.drift import DriftChecked, check_drift, sweep_drift
from common.use_cases.emergency_pause import emergency_pause
from common.use_cases.plan_drafts import drafts_waiting
from tests.world import LOOSE, World, auto, euros, origin


@pytest.fixture
def world() -> World:
    return World.taken_on()


def shifted(world: World, units: float) -> None:
    """Money moves from one campaign to another, by itself."""
    world.clock.forward(minutes=1)
    world.apply(auto(*world.shift("search", "social", units), kind=OptimizationType.BUDGET_SHIFT))


def draft_in(world: World) -> PlanDraft:
    (draft,) = drafts_waiting(world.ports(), "acme")
    return draft


def told(world: World) -> list[Event]:
    """The drift that others were told of, in order."""
    events = [Event.model_validate(event) for event in world.bus.events]
    return [event for event in events if event.data.cause == "drift"]


def window(world: World) -> datetime:
    """The window of the tenant's day."""
    calendar = TenantCalendar.of("Europe/Madrid")
    return calendar.bounds(calendar.day_of(world.clock.now()))[0]


def swept(world: World) -> DriftChecked:
    return sweep_drift(world.ports(), world.track(), window(world), "sweep")


def test_a_lost_event_costs_a_day_at_most(world: World) -> None:
    shifted(world, 700)
    done = swept(world)
    assert (done.moved, done.draft) == (Moved.CROSSED, draft_in(world))
    assert "drift_threshold" in [reason.code for reason in done.reasons]
    memory = world.loaded().memory
    assert memory.windows["drift"] == window(world)
    assert "drift_threshold" in [folded.reason.code for folded in memory.reasons]


def test_a_sweep_is_done_once_a_day(world: World) -> None:
    swept(world)
    world.clock.forward(hours=1)
    shifted(world, 700)
    again = swept(world)
    assert [reason.code for reason in again.reasons] == ["window_done"]
    assert told(world) == []
    world.clock.forward(hours=24)
    assert swept(world).moved is Moved.CROSSED


def test_a_sweep_that_comes_days_late_is_stale(world: World) -> None:
    old = window(world)
    world.clock.forward(hours=49)
    done = sweep_drift(world.ports(), world.track(), old, "sweep")
    assert [reason.code for reason in done.reasons] == ["stale_tick"]


def test_a_sweep_adopts_what_was_edited_and_counts_it(world: World) -> None:
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(120))
    swept(world)
    assert world.manifest().entities["search"].daily_budget == euros(120)
    assert world.log()[-1].kind is EntryKind.EXTERNAL_CHANGE


def test_a_sweep_puts_back_what_the_tenant_wants_put_back() -> None:
    world = World.taken_on(guardrails=LOOSE.but(external_change_policy=ExternalChangePolicy.UNDO))
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(80))
    done = swept(world)
    assert world.live("search", Setting.DAILY_BUDGET) == euros(100)
    assert [one.state for one in done.change_sets] == [ChangeSetState.INTENDED]


def test_a_sweep_asks_where_the_tenant_wants_to_be_asked() -> None:
    world = World.taken_on(guardrails=LOOSE.but(external_change_policy=ExternalChangePolicy.ASK))
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(80))
    assert [one.state for one in swept(world).change_sets] == [ChangeSetState.PENDING]


def test_a_sweep_pauses_again_what_a_pause_stopped_and_somebody_resumed(world: World) -> None:
    intent = PauseIntent(scope=PauseScope.ENTITY, target="search", reason="spend_anomaly")
    emergency_pause(world.ports(), world.track(), intent, origin("anomaly_pause"), "Spend ran away.", "pauser")
    world.edit_by_hand("search", Setting.STATUS, Status.ENABLED.value)
    swept(world)
    assert world.live("search", Setting.STATUS) == Status.PAUSED.value


def test_a_sweep_names_the_platform_that_does_not_answer_and_goes_on(world: World) -> None:
    shifted(world, 700)
    world.platforms["google"].down = True
    done = swept(world)
    assert "platform_silent" in [reason.code for reason in done.reasons]
    assert done.moved is Moved.CROSSED


def test_a_sweep_waits_for_whoever_is_applying_something(world: World) -> None:
    world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))), run="tick")
    with pytest.raises(Busy):
        swept(world)
    assert "drift" not in world.loaded().memory.windows


def test_a_sweep_that_changes_nothing_reads_its_track_once(world: World) -> None:
    track, read, times = world.track(), world.documents.read, list[str]()

    def counted(*paths: str) -> tuple[Document | None, ...]:
        times.extend(paths)
        return read(*paths)

    world.documents.read = counted
    assert swept(world).change_sets == ()
    assert (times.count(track.manifest), times.count(track.state)) == (1, 1)


@pytest.mark.parametrize("before", [0, 700])
def test_a_change_that_lands_while_a_sweep_asks_its_sources_is_told_once_it_is_looked_at(
    world: World, before: float
) -> None:
    """The sweep goes by what it read; who writes on top of it finds the change, who writes nothing leaves it to it."""
    if before:
        shifted(world, before)
    queried = world.documents.query

    def somebody_applies(query: Query) -> Page:
        if query.collection.endswith("performance"):
            world.documents.query = queried
            shifted(world, 800)
        return queried(query)

    world.documents.query = somebody_applies
    assert swept(world).moved is (Moved.CROSSED if before else Moved.SETTLED)
    check_drift(world.ports(), world.track())
    (event,) = told(world)
    assert event.data.drift is not None
    assert event.data.drift.revision == world.manifest().revision
    assert draft_in(world).plan.slice("north").channels[1].budget == world.manifest().budgets()["meta"]
