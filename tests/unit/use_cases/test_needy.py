"""Every five minutes housekeeping goes to the tenants that need it, and to no other, whatever it is that they need."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from common.domain.change import OptimizationType, Setting, Status
from common.domain.change_set import PauseIntent
from common.domain.errors import Unavailable
from common.domain.manifest import PauseScope
from common.domain.tick import Cadence, RootTick, TenantTick
from common.ports.documents import Create
from common.use_cases.approvals import approve, reject
from common.use_cases.drift import check_drift
from common.use_cases.drive import finish
from common.use_cases.emergency_pause import emergency_pause
from common.use_cases.fan_out import fan_out
from common.use_cases.housekeeping import sweep
from common.use_cases.needy import EXPIRES_SOON, MOST
from tests.fakes.documents import MemoryDocuments
from tests.fakes.journal import Lines
from tests.world import NOW, World, asks, auto, euros, origin

FIVE = timedelta(minutes=5)
META = PauseIntent(scope=PauseScope.CHANNEL, target="meta", reason="spend_anomaly")


@pytest.fixture
def world() -> World:
    return World.taken_on()


def root_tick(world: World) -> list[TenantTick]:
    """The ticks that a root tick sends now."""
    before = len(world.bus.messages)
    fan_out(world.ports(), RootTick(cadence=Cadence.HOUSEKEEPING), world.clock.now())
    return [TenantTick.model_validate_json(message.data) for _, message in world.bus.messages[before:]]


def needs_it(world: World) -> bool:
    """Whether the tenant gets a tick; and that it is at rest once the tick was worked through."""
    ticks = root_tick(world)
    assert [(one.tenant_id, one.daily) for one in ticks] in ([], [("acme", False)])
    if ticks:
        sweep(world.ports(), "acme", run="sweeper")
        assert root_tick(world) == []
    return bool(ticks)


def test_a_tenant_at_rest_gets_none_and_is_not_even_read(world: World) -> None:
    reads = list[int]()
    world.documents.after_read = lambda: reads.append(1)
    assert not needs_it(world)
    assert reads == []


def test_events_that_were_left_over(world: World) -> None:
    proposed = world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    world.bus.down = True
    with pytest.raises(Unavailable):
        finish(world.ports(), world.track(), proposed.manifest, "run")
    world.bus.down = False
    assert needs_it(world)


def test_a_lease_that_ran_out_but_not_one_that_is_alive(world: World) -> None:
    world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    assert not needs_it(world)
    world.clock.forward(minutes=20)
    assert needs_it(world)


def cut_short(world: World) -> Iterator[bool]:
    """By a pause, whose own calls went through: what it cut short is read back when no call of it can be under way."""
    world.propose(auto(world.wanted("social", Setting.DAILY_BUDGET, euros(45))))
    emergency_pause(world.ports(), world.track(), META, origin("anomaly_pause"), "Spend ran away.", "pauser")
    yield True  # for the event of it
    yield False
    world.clock.at = world.manifest().unsettled[0].settle_after - timedelta(seconds=1)
    yield False
    world.clock.forward(seconds=1)
    yield True


def still_running(world: World) -> Iterator[bool]:
    """Under a pause, since the platform says yes and does nothing: until it stands, everything is tried again."""
    meta = world.platforms["meta"]
    meta.ignores = {"social"}
    emergency_pause(world.ports(), world.track(), META, origin("anomaly_pause"), "Spend ran away.", "pauser")
    assert [one.entity_id for one in world.manifest().exposed] == ["social"]
    for _ in range(3):
        assert [one.tenant_id for one in root_tick(world)] == ["acme"]
        sweep(world.ports(), "acme", run="sweeper")
        world.clock.at += FIVE
    meta.ignores = set()
    yield True
    assert world.live("social", Setting.STATUS) == Status.PAUSED


def approved_and_left(world: World) -> Iterator[bool]:
    """In the queue, by a run that died once it had driven what was in flight before it."""
    moving = world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    asked = world.propose(asks(world.wanted("social", Setting.DAILY_BUDGET, euros(60)))).change_sets[0]
    seen = world.approval(asked.change_set_id).payload_digest
    approve(world.ports(), "acme", asked.change_set_id, by="ana@example.com", seen=seen, run="approver")
    yield False
    finish(world.ports(), world.track(), world.loaded().manifest, "run")
    assert moving.intended is not None
    assert world.manifest().queue == (asked.change_set_id,)
    yield True
    assert world.live("social", Setting.DAILY_BUDGET) == euros(60)


@pytest.mark.parametrize("happens", [cut_short, still_running, approved_and_left], ids=lambda one: one.__name__)
def test_a_track_that_is_not_at_rest_once_somebody_can_see_to_it(
    world: World, happens: Callable[[World], Iterator[bool]]
) -> None:
    for due in happens(world):
        assert needs_it(world) is due


def test_a_request_whose_time_is_over_and_before_that_one_line_that_says_so(world: World) -> None:
    lines = Lines()
    asked = world.propose(asks(world.wanted("social", Setting.ALLOCATION, euros(2600)))).change_sets[0]
    ports = replace(world.ports(), journal=lines)
    while not root_tick(world):
        fan_out(ports, RootTick(cadence=Cadence.HOUSEKEEPING), world.clock.now())
        world.clock.forward(minutes=5)
    assert world.approval(asked.change_set_id).expires_at == world.clock.now()
    assert needs_it(world)
    (line,) = lines.of("approval_expiring")
    assert (line["approval"], line["expires_at"]) == (asked.change_set_id, world.clock.now().isoformat())


def test_only_a_request_that_waits_is_named_and_one_that_cannot_be_read_hides_no_other(world: World) -> None:
    lines = Lines()
    names = [
        world.propose(asks(world.wanted(name, Setting.DAILY_BUDGET, euros(110))), window=NOW + number * FIVE)
        .change_sets[0]
        .change_set_id
        for number, name in enumerate(("search", "social", "retarget"))
    ]
    paths = sorted(f"tenants/acme/approvals/{name}" for name in names)
    seen = world.approval(paths[2].rpartition("/")[2])
    world.rewrite(paths[0], lambda body: {**body, "payload_digest": None})
    reject(world.ports(), "acme", seen.approval_id, by="ana@example.com", seen=seen.payload_digest, reason="No")
    world.clock.at = seen.expires_at - EXPIRES_SOON
    fan_out(replace(world.ports(), journal=lines), RootTick(cadence=Cadence.HOUSEKEEPING), world.clock.now())
    assert [line["document"] for line in lines.of("approval_unreadable")] == [paths[0]]
    assert [line["approval"] for line in lines.of("approval_expiring")] == [paths[1].rpartition("/")[2]]


def test_a_draft_whose_time_is_over(world: World) -> None:
    world.apply(auto(*world.shift("search", "social", 700), kind=OptimizationType.BUDGET_SHIFT))
    check_drift(world.ports(), world.track())
    assert not needs_it(world)
    world.clock.forward(days=30)
    assert needs_it(world)


def test_a_digest_whose_hour_has_come() -> None:
    from common.domain.event import Event, EventType
    from common.domain.notifications import ChannelKind, NotificationChannel, Notifications
    from common.use_cases.notify import notify

    team = NotificationChannel(name="team", kind=ChannelKind.SLACK, url_secret="team")
    world = World.taken_on(notifications=Notifications(channels=(team,), digest_hour=12))
    world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(80))))
    event = next(one for one in world.bus.events if one.get("type") == EventType.APPLIED.value)
    notify(world.ports(), Event.model_validate(event))
    assert not needs_it(world)
    world.clock.forward(hours=1)  # twelve in Madrid
    assert needs_it(world)


def test_many_events_of_one_tenant_hide_no_other() -> None:
    store = MemoryDocuments()
    store.commit(*(Create(f"tenants/{tenant}/outbox/{n:04}", {}) for tenant in ("a", "a-b", "b") for n in range(150)))
    assert [one.tenant_id for one in root_tick(World(store))] == ["a", "a-b", "b"]


def test_more_tenants_than_one_run_takes_all_have_their_turn() -> None:
    """Though none of them ever gets better."""
    store = MemoryDocuments()
    store.commit(*(Create(f"tenants/t{n:05}/outbox/1", {}) for n in range(2 * MOST + 100)))
    world = World(store)
    seen = set[str]()
    for _ in range(4):
        ticks = root_tick(world)
        assert len(ticks) == MOST
        seen |= {one.tenant_id for one in ticks}
        world.clock.at += FIVE
    assert len(seen) == 2 * MOST + 100
