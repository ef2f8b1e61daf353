"""What runs that died left behind is swept up: events, approvals, leases, queues."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from common.domain import paths
from common.domain.approval import ApprovalState
from common.domain.change import OptimizationType, Setting
from common.domain.errors import InvalidInput, NotFound, Unavailable
from common.domain.event import IMPORTANCE, TOPIC, TYPE
from common.domain.plan_draft import DraftState
from common.domain.tick import dead_letter_topic
from common.ports.ad_platform import AdPlatform
from common.ports.documents import Create, Delete
from common.use_cases.configure import configure
from common.use_cases.daily_visit import visit
from common.use_cases.drift import check_drift
from common.use_cases.drive import finish
from common.use_cases.housekeeping import Swept, sweep
from common.use_cases.plan_drafts import draft_of, drafts_waiting
from tests.fakes.journal import Lines
from tests.fakes.objects import MemoryObjects
from tests.world import NORTH, SOUTH, World, asks, auto, euros


@pytest.fixture
def world() -> World:
    return World.taken_on()


def _sweep(world: World) -> Swept:
    return sweep(world.ports(), "acme", run="sweeper")


def test_a_tenant_at_rest_needs_nothing(world: World) -> None:
    assert _sweep(world) == Swept(published=0, expired=0, driven=(), busy=())


def test_events_that_were_left_over_go_out_once(world: World) -> None:
    proposed = world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    world.bus.down = True
    with pytest.raises(Unavailable):
        finish(world.ports(), world.track(), proposed.manifest, "run")
    world.bus.down = False
    assert _sweep(world).published == 1
    assert _sweep(world).published == 0
    assert world.bus.types == ["optimization.applied"]


def test_a_live_lease_is_left_alone_and_one_that_ran_out_is_driven_to_its_end(world: World) -> None:
    world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    assert _sweep(world).busy == ("north",)
    world.clock.forward(minutes=20)
    assert _sweep(world).driven == ("north",)
    assert world.manifest().entities["search"].daily_budget == euros(90)


def test_approvals_expire_when_their_time_is_over(world: World) -> None:
    asked = world.propose(asks(world.wanted("social", Setting.ALLOCATION, euros(2600)))).change_sets[0]
    assert _sweep(world).expired == 0
    world.clock.forward(hours=73)
    assert _sweep(world).expired == 1
    assert world.approval(asked.change_set_id).state is ApprovalState.EXPIRED


def test_drafts_of_the_plan_expire_when_their_time_is_over(world: World) -> None:
    world.apply(auto(*world.shift("search", "social", 700), kind=OptimizationType.BUDGET_SHIFT))
    check_drift(world.ports(), world.track())
    (draft,) = drafts_waiting(world.ports(), "acme")
    assert _sweep(world).expired == 0
    world.clock.at = draft.expires_at
    assert _sweep(world).expired == 1
    assert draft_of(world.ports(), "acme", draft.draft_id).value.state is DraftState.EXPIRED
    assert _sweep(world).expired == 0


def two_in_flight(world: World) -> None:
    """Runs died on both tracks, and their leases are over."""
    world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    world.propose(auto(world.wanted("search-s", Setting.DAILY_BUDGET, euros(55), SOUTH)), track_id=SOUTH)
    world.clock.forward(minutes=20)


def test_a_track_that_somebody_writes_to_meanwhile_waits_for_the_next_sweep_and_the_others_do_not(world: World) -> None:
    two_in_flight(world)

    def meanwhile() -> None:
        """Once a sweep has read the first track on its own, before it takes the lease over."""
        found = world.documents.body(world.track().manifest)
        assert found is not None
        reads.append(1)
        if len(reads) == 3:
            world.rewrite(world.track().manifest, lambda body: {**body, "epoch": body["epoch"] + 1})

    reads = list[int]()
    world.documents.after_read = meanwhile
    swept = _sweep(world)
    world.documents.after_read = lambda: None
    assert (swept.busy, swept.driven) == ((NORTH,), (SOUTH,))
    assert _sweep(world).driven == (NORTH,)


def broken_change_set(world: World) -> str:
    flight = world.manifest().in_flight
    assert flight is not None
    return paths.change_set("acme", flight.change_set_id)


def test_where_the_bus_is_down_all_waits_for_the_next_sweep(world: World) -> None:
    two_in_flight(world)
    world.bus.down = True
    with pytest.raises(Unavailable):
        _sweep(world)
    assert [world.manifest(track).at_rest for track in (NORTH, SOUTH)] == [True, False]
    world.bus.down = False
    assert (_sweep(world).driven, world.outbox()) == ((SOUTH,), [])


def entry_behind(world: World) -> str:
    return world.track().log_entry(1)


BROKEN: dict[str, Callable[[World], str]] = {
    "a change set": broken_change_set,
    "a manifest": lambda world: world.track().manifest,
    "a log that goes on behind its manifest": entry_behind,
    "an approval": lambda world: paths.approval("acme", "broken"),
    "a draft": lambda world: paths.plan_draft("acme", "broken"),
    "a notice": lambda world: paths.notice("acme", "broken"),
}


@pytest.mark.parametrize(
    ("what", "gone"), [*((one, False) for one in BROKEN), ("a change set", True), ("a manifest", True)]
)
def test_what_can_never_be_swept_is_raised_once_all_else_was_done(world: World, what: str, gone: bool) -> None:
    """In the visit too, which anchors the logs that it can read."""
    two_in_flight(world)
    path, poison, event = BROKEN[what](world), {"state": "pending", "due": "2026-01-01T00:00:00Z"}, left_over()
    world.documents.commit(Delete(path))
    world.documents.commit(Create(paths.outbox("acme", event["id"]), event))
    if not gone:
        world.documents.commit(Create(path, poison))
    lines, objects = Lines(), MemoryObjects()
    ports = replace(world.ports(), journal=lines, objects=objects)
    for work in (sweep, visit):
        with pytest.raises(NotFound if gone else InvalidInput, match=path):
            work(ports, "acme", run="sweeper")
    assert lines.of("step_failed")
    assert world.live("search-s", Setting.DAILY_BUDGET) == euros(55)
    assert world.outbox() == []
    assert [*objects.under(paths.anchors("acme"))] == [paths.anchor("acme", world.clock.now().date())]


def left_over() -> dict[str, Any]:
    """An event that a run which died left over."""
    world = World.taken_on()
    world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    return {**world.bus.events[0], "id": "acme:north-left"}


def test_what_is_no_event_is_set_aside_as_a_message_and_the_others_go_out(world: World) -> None:
    """Whoever knows what it is, as a newer version does, can send it again."""
    event = left_over()
    newer = {**event, "id": "acme:north-9", "type": "optimization.dreamt"}
    world.documents.commit(*(Create(paths.outbox("acme", one["id"]), one) for one in (event, newer)))
    assert _sweep(world).published == 1
    assert world.outbox() == []
    (topic, aside), (_, sent) = world.bus.messages
    assert (topic, json.loads(aside.data), json.loads(sent.data)) == (dead_letter_topic(TOPIC), newer, event)
    kept = {key: value for key, value in aside.attributes.items() if key != "reason"}
    assert kept | {IMPORTANCE: "digest"} == {
        **sent.attributes, "ce-id": newer["id"], TYPE: newer["type"], "topic": TOPIC,
    }  # fmt: skip
    assert _sweep(world).published == 0


@pytest.mark.parametrize(
    ("due", "at_rest"), [(None, False), (None, True), ("2026-01-01T00:00:00Z", True)], ids=["lacks", "none", "stale"]
)
def test_a_manifest_from_before_it_said_when_it_is_due_is_mended_by_the_visit(
    world: World, due: str | None, at_rest: bool
) -> None:
    """Also while somebody has the lease: should they die, the next sweeps find it."""
    if not at_rest:
        world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    world.rewrite(world.track().manifest, lambda body: {**body, "due": due})
    before = world.documents.commits
    visit(world.ports(), "acme", run="visitor")
    manifest = world.manifest()
    assert manifest.due == manifest.see_to_it_at == (manifest.in_flight.lease_until if manifest.in_flight else None)
    assert (manifest.due is None) is at_rest
    assert world.documents.commits - before == (0 if at_rest and due is None else 1)


def test_calls_go_to_the_accounts_that_the_tenant_names_now(world: World) -> None:
    """Though this process remembers it from before."""
    ports = world.ports()
    sweep(ports, "acme", run="sweeper")
    visit(ports, "acme", run="sweeper")
    world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    configure(world.ports(), "acme", lambda now: now.but(name="Acme & Sons"))
    world.clock.forward(minutes=20)
    names = list[str | None]()

    def platforms(tenant_id: str, platform: str) -> AdPlatform:
        known = ports.memo.newest(tenant_id)
        names.append(None if known is None else known.name)
        return world.ports().platforms(tenant_id, platform)

    sweep(replace(ports, platforms=platforms), "acme", run="sweeper")
    assert set(names) == {"Acme & Sons"}
