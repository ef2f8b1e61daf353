"""A delivered message is worked through, comes again, or is set aside with its reason; it is never lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from common.adapters.memory_bus import MemoryBus
from common.domain.canonical import canonical
from common.domain.errors import InvalidInput, NotFound, Unavailable
from common.domain.tick import Cadence, TenantTick
from common.ports.bus import Message
from common.ports.journal import told_about
from common.use_cases.deliveries import delivery_of, handle
from common.use_cases.pace_tracks import pace_tracks
from common.use_cases.ports import Ports
from tests.fakes.journal import Lines
from tests.unit.use_cases.deliveries import kept, pushed
from tests.world import NOW, World

TICK = TenantTick(cadence=Cadence.PACING, window=NOW, tenant_id="acme", tracks=("north",))
BODY = canonical(TICK.body())


@pytest.fixture
def bus() -> MemoryBus:
    """A bus without subscribers."""
    return MemoryBus()


@pytest.fixture
def ports(bus: MemoryBus) -> Ports:
    """Ports that publish to it."""
    return replace(World.taken_on().ports(), bus=bus)


def handled(ports: Ports, payload: object) -> list[TenantTick]:
    """What the work was given."""
    given: list[TenantTick] = []
    handle(ports, Cadence.PACING, payload, given.append)
    return given


def set_aside_by(ports: Ports, bus: MemoryBus, payload: object, work: Callable[[TenantTick], object]) -> Message:
    """The one message that ends on the dead-letter topic."""
    dead = kept(bus, "pacing-ticks-dead-letter")
    handle(ports, Cadence.PACING, payload, work)
    bus.deliver()
    (message,) = dead
    assert message.attributes["topic"] == "pacing-ticks"
    return message


def never(_: TenantTick) -> None:
    """Work that must not be started."""
    raise AssertionError("it was handed on")


@pytest.mark.parametrize(
    "gone", [("messageId", "publishTime"), ("message_id", "publish_time"), ()], ids=["snake", "camel", "both"]
)
def test_either_spelling_of_the_keys_is_understood(ports: Ports, gone: tuple[str, ...]) -> None:
    payload = pushed(BODY)
    for key in gone:
        del payload["message"][key]
    delivery = delivery_of(payload)
    assert (delivery.message_id, delivery.data) == ("7", BODY)
    assert delivery.published == NOW + timedelta(seconds=7, milliseconds=123)
    assert handled(ports, payload) == [TICK]


def test_keys_that_pubsub_may_add_one_day_are_no_fault(ports: Ports) -> None:
    assert handled(ports, {**pushed(BODY, orderingKey="a", weight=3), "deliveryAttempt": 2}) == [TICK]


@pytest.mark.parametrize("data", ["AAA", "not base64!", "größer", "e30=e30="])
def test_data_that_is_not_base64_is_set_aside_as_it_came(ports: Ports, bus: MemoryBus, data: str) -> None:
    message = set_aside_by(ports, bus, pushed(b"", data=data), never)
    assert "message.data: is not base64" in message.attributes["reason"]
    assert repr(data).encode() in message.data


@pytest.mark.parametrize(
    "payload", [None, "text", 7, [], {}, {"message": None}, {"message": {"data": "e30="}}, {"Message": {}}]
)
def test_a_payload_without_a_whole_message_is_set_aside_as_it_came(ports: Ports, bus: MemoryBus, payload: Any) -> None:
    message = set_aside_by(ports, bus, payload, never)
    assert "a delivered event has" in message.attributes["reason"]
    assert message.data == repr(payload).encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "JSON"),
        (b"tick!", "JSON"),
        (b"\xff\x00", "JSON"),
        (b"[]", "object"),
        (b'{"cadence": "pacing", "colour": "red"}', "colour: unknown key"),
        (canonical({**TICK.body(), "colour": "red"}), "colour: unknown key"),
        (canonical({**TICK.body(), "window": "yesterday"}), "window"),
        (canonical({**TICK.body(), "tracks": [str(number) for number in range(51)]}), "at most 50"),
        (canonical({**TICK.body(), "tenant_id": "a/b", "slot": 60}), "has 2 faults"),
        (canonical({**TICK.body(), "cadence": "housekeeping"}), "is housekeeping, but it came to pacing"),
        (b'{"cadence": "weekly"}', "cadence"),
    ],
)
def test_a_message_that_says_what_cannot_be_is_set_aside_whole_with_the_reason(
    ports: Ports, bus: MemoryBus, data: bytes, said: str
) -> None:
    message = set_aside_by(ports, bus, pushed(data), never)
    assert said in message.attributes["reason"]
    assert message.data == data


@pytest.mark.parametrize("error", [NotFound("no such tenant"), InvalidInput("the manifest", [])])
def test_work_that_can_never_succeed_is_set_aside(ports: Ports, bus: MemoryBus, error: Exception) -> None:
    def fail(_: TenantTick) -> None:
        raise error

    message = set_aside_by(ports, bus, pushed(BODY), fail)
    assert message.attributes["reason"] == str(error)
    assert message.data == BODY


def test_what_is_set_aside_keeps_its_own_attributes_and_says_so_in_the_journal(ports: Ports, bus: MemoryBus) -> None:
    def fail(_: TenantTick) -> None:
        raise NotFound("it is gone")

    lines = Lines()
    came = {"tenant": "acme", "redriven": "2", "googclient_deliveryattempt": "3"}
    message = set_aside_by(replace(ports, journal=lines), bus, pushed(BODY, attributes=came), fail)
    own = {"tenant": "acme", "redriven": "2", "reason": "it is gone", "topic": "pacing-ticks"}
    assert message.attributes == own
    assert lines.of("dead_letter") == [{"severity": "ERROR", "topic": "pacing-ticks", "reason": "it is gone"}]


def test_a_message_that_fails_says_whose_it_was_by_kind_and_not_in_words(ports: Ports) -> None:
    lines, about = Lines(), dict[str, object]()

    def fail(_: TenantTick) -> None:
        about.update(told_about())
        raise Unavailable("a secret")

    with pytest.raises(Unavailable):
        handle(replace(ports, journal=lines), Cadence.PACING, pushed(BODY), fail)
    assert lines.of("message_failed") == [{"severity": "WARNING", "error": "Unavailable"}]
    assert about == {"tenant": "acme", "cadence": "pacing"}
    assert told_about() == {}


def test_work_that_may_succeed_later_is_raised_to_come_again_and_not_set_aside(ports: Ports, bus: MemoryBus) -> None:
    def fail(_: TenantTick) -> None:
        raise Unavailable("the store is down")

    dead = kept(bus, "pacing-ticks-dead-letter")
    with pytest.raises(Unavailable):
        handle(ports, Cadence.PACING, pushed(BODY), fail)
    bus.deliver()
    assert dead == []


def test_a_long_reason_is_cut_to_what_an_attribute_holds_between_characters(ports: Ports, bus: MemoryBus) -> None:
    def fail(_: TenantTick) -> None:
        raise NotFound("ü" * 2000)

    assert set_aside_by(ports, bus, pushed(BODY), fail).attributes["reason"] == "ü" * 500


def test_what_cannot_be_set_aside_comes_again() -> None:
    world = World.taken_on()
    world.bus.down = True
    with pytest.raises(Unavailable):
        handle(world.ports(), Cadence.PACING, pushed(b"tick!"), never)


def test_a_window_that_is_too_old_is_answered_for_and_changes_nothing_but_what_the_track_remembers() -> None:
    world = World.taken_on()
    before = world.documents.bodies()
    stale = TICK.but(window=NOW - timedelta(hours=3))
    (tick,) = pace_tracks(world.ports(), stale)
    assert [reason.code for reason in tick.reasons] == ["stale_tick"]
    handle(world.ports(), Cadence.PACING, pushed(canonical(stale.body())), lambda it: pace_tracks(world.ports(), it))
    after = world.documents.bodies()
    assert {path for path in after if after[path] != before.get(path)} == {world.track().state}
    assert world.bus.messages == []
