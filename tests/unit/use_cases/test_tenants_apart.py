"""Two tenants of one store and one process, whose tracks, plans and entities have the same names."""

from dataclasses import replace

import pytest

from common.domain.change import Setting
from common.domain.errors import Unavailable
from common.domain.event import Event
from common.domain.notifications import ChannelKind, NotificationChannel, Notifications
from common.domain.paths import Track
from common.domain.tick import Cadence, RootTick, TenantTick
from common.ports.documents import Query
from common.use_cases.configure import configure
from common.use_cases.daily_visit import visit
from common.use_cases.drive import finish
from common.use_cases.fan_out import fan_out
from common.use_cases.housekeeping import sweep
from common.use_cases.load import load_track
from common.use_cases.notify import notify
from common.use_cases.onboard import onboard
from tests.fakes.journal import Lines
from tests.fakes.notifier import KeptNotes
from tests.fakes.objects import MemoryObjects
from tests.world import NORTH, SOUTH, World, asks, auto, euros, manifest, plan, tenant

BOTH = ("acme", "acme-b")
TEAM = NotificationChannel(name="team", kind=ChannelKind.SLACK, url_secret="team")
TOLD = Notifications(channels=(TEAM,), digest_hour=12)


@pytest.fixture
def worlds() -> tuple[World, World]:
    """Each sees its own tenant of what they share."""
    one = World.taken_on(notifications=TOLD)
    two = World(one.documents, one.bus, one.clock, one.platforms, tenant_id="acme-b")
    other = plan("acme-b", budgets={NORTH: {"google_search": 6100, "meta": 4000}, SOUTH: {"google_search": 5000}})
    search = manifest("acme-b", SOUTH).entities["search-s"]
    south = manifest("acme-b", SOUTH).but(entities={"search-s": search})
    onboard(two.ports(), tenant("acme-b", notifications=TOLD), other, [manifest("acme-b"), south])
    return one, two


def test_a_process_gives_each_its_own_plan_and_configuration(worlds: tuple[World, World]) -> None:
    ports = worlds[0].ports()
    for name in BOTH:
        configure(worlds[0].ports(), name, lambda now: now.but(name=f"{now.name}!"))
    for _ in range(2):
        found = [load_track(ports, Track(one, NORTH)) for one in BOTH]
        assert [(one.plan.tenant_id, one.tenant.name) for one in found] == [("acme", "Acme!"), ("acme-b", "Acme-B!")]


def test_what_one_needs_sends_no_tick_to_the_other_and_its_sweep_does_nothing_there(
    worlds: tuple[World, World],
) -> None:
    """A lease that ran out, a request past its time, an event left over, a digest whose hour has come."""
    one, two = worlds
    notes, lines, objects = KeptNotes(), Lines(), MemoryObjects()
    ports = replace(one.ports(), notifier=notes, journal=lines, objects=objects)
    for world in worlds:
        done = world.propose(auto(world.wanted("search-s", Setting.DAILY_BUDGET, euros(55), SOUTH)), track_id=SOUTH)
        finish(world.ports(), world.track(SOUTH), done.manifest, "run")
        event = next(found for found in one.bus.events if found["data"]["tenant_id"] == world.tenant_id)
        notify(ports, Event.model_validate(event))
        world.propose(asks(world.wanted("social", Setting.DAILY_BUDGET, euros(60))))
        world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    one.clock.forward(hours=73)
    one.bus.down = True
    for world in worlds:
        with pytest.raises(Unavailable):
            world.apply(auto(world.wanted("search-s", Setting.DAILY_BUDGET, euros(57), SOUTH)), track_id=SOUTH)
    one.bus.down = False
    events = len(one.bus.events)
    before = {path: body for path, body in one.documents.bodies().items() if path.split("/")[1] == "acme-b"}
    sweep(ports, "acme", run="sweeper")
    visit(ports, "acme", run="visitor")
    assert before == {path: body for path, body in one.documents.bodies().items() if path.split("/")[1] == "acme-b"}
    assert [name for name, _ in notes.sent] == ["team"]
    assert "acme-b" not in str(notes.sent) + str(lines.written)
    assert {path.split("/")[1] for path in objects.under("anchors")} == {"acme"}
    assert {event["data"]["tenant_id"] for event in one.bus.events[events:]} == {"acme"}
    sent = len(one.bus.messages)
    fan_out(ports, RootTick(cadence=Cadence.HOUSEKEEPING), one.clock.now())
    ticks = [TenantTick.model_validate_json(message.data) for _, message in one.bus.messages[sent:]]
    assert [tick.tenant_id for tick in ticks] == ["acme-b"]
    sweep(ports, "acme-b", run="sweeper")
    assert [name for name, _ in notes.sent] == ["team", "team"]
    assert one.documents.query(Query("outbox", group=True)).documents == ()
    assert {one.manifest().at_rest, two.manifest().at_rest} == {True}
