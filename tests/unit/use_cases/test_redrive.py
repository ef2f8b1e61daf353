"""What was set aside is sent again as it was, removed only then, and not for ever."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from common.domain.errors import InvalidInput, Unavailable
from common.domain.tick import Cadence
from common.ports.bus import Message
from common.use_cases.deliveries import handle, handle_event
from common.use_cases.redrive import GIVEN_UP, MOST_TIMES, Fate, Looked, Wanted, discard, look, send_again
from tests.fakes.bus import KeptBus
from tests.fakes.dead_letters import KeptLetters
from tests.unit.use_cases.deliveries import pushed
from tests.world import NOW, World

TOPIC = "pacing-ticks"
PUBSUBS = {
    "CloudPubSubDeadLetterSourceDeliveryCount": "5",
    "CloudPubSubDeadLetterSourceSubscription": "pacing-to-pacing",
}


@pytest.fixture
def letters() -> KeptLetters:
    return KeptLetters()


def found(letters: KeptLetters, limit: int = 10, **how: Any) -> list[Looked]:
    return look(letters, Wanted(TOPIC, limit, **how), NOW)


def test_a_message_goes_out_as_it_was_and_is_removed(letters: KeptLetters) -> None:
    letters.put(NOW, b"tick", tenant="acme", reason="broken plan", topic=TOPIC)
    bus = KeptBus()
    assert send_again(letters, bus, TOPIC, found(letters)) == 1
    assert bus.messages == [(TOPIC, Message(b"tick", {"tenant": "acme", "redriven": "1"}))]
    assert (letters.waiting, letters.lent) == ([], {})


def test_what_pubsub_itself_gave_up_goes_out_too(letters: KeptLetters) -> None:
    letters.put(NOW, b"tick", tenant="acme", **PUBSUBS)
    (one,) = looked = found(letters)
    assert one.reason == GIVEN_UP
    bus = KeptBus()
    send_again(letters, bus, TOPIC, looked)
    assert bus.messages == [(TOPIC, Message(b"tick", {"tenant": "acme", "redriven": "1"}))]


@pytest.mark.parametrize(
    ("attributes", "how", "fate"),
    [
        ({"reason": "a Broken plan"}, {"only": "broken"}, Fate.SEND),
        ({"reason": "a broken plan"}, {"only": "tenant"}, Fate.OTHER),
        (PUBSUBS, {"only": "gave up"}, Fate.SEND),
        ({"reason": "x", "no-message": "yes"}, {}, Fate.NO_MESSAGE),
        ({"reason": "x", "redriven": str(MOST_TIMES - 1)}, {}, Fate.SEND),
        ({"reason": "x", "redriven": str(MOST_TIMES)}, {}, Fate.TOO_OFTEN),
        ({"reason": "x", "redriven": str(MOST_TIMES)}, {"anyway": True}, Fate.SEND),
        ({"reason": "x", "redriven": "many"}, {}, Fate.SEND),
    ],
)
def test_what_becomes_of_one(letters: KeptLetters, attributes: dict[str, str], how: dict[str, Any], fate: Fate) -> None:
    letters.put(NOW, b"tick", **attributes)
    looked = found(letters, **how)
    assert [one.fate for one in looked] == [fate]
    bus = KeptBus()
    sent = send_again(letters, bus, TOPIC, looked)
    assert (sent, len(letters.waiting)) == ((1, 0) if fate is Fate.SEND else (0, 1))
    assert len(bus.messages) == sent


def test_what_came_after_the_run_began_is_left_and_a_limit_is_kept(letters: KeptLetters) -> None:
    letters.put(NOW + timedelta(seconds=1), b"just came back", reason="x", redriven="1")
    for number in range(5):
        letters.put(NOW, b"%d" % number, reason="x")
    looked = found(letters, limit=3)
    assert [one.fate for one in looked] == [Fate.SEND] * 3 + [Fate.LATER] * 2
    assert send_again(letters, KeptBus(), TOPIC, looked) == 3
    assert {one.message.data for one in letters.waiting} == {b"just came back", b"3", b"4"}


def test_more_than_one_batch_is_looked_at(letters: KeptLetters) -> None:
    for number in range(250):
        letters.put(NOW, b"%d" % number, reason="x")
    bus = KeptBus()
    assert send_again(letters, bus, TOPIC, found(letters, limit=1000)) == 250
    assert len({message.data for _, message in bus.messages}) == 250


def test_nothing_is_removed_that_was_not_sent(letters: KeptLetters) -> None:
    letters.put(NOW, b"tick", reason="x")
    bus = KeptBus()
    bus.down = True
    with pytest.raises(Unavailable):
        send_again(letters, bus, TOPIC, found(letters))
    assert len(letters.lent) == 1  # it waits again when the loan is over


def test_nothing_is_discarded_without_a_copy(letters: KeptLetters) -> None:
    letters.put(NOW, b"one", reason="gone", **{"no-message": "yes"})
    letters.put(NOW, b"two", reason="other")

    def full(gone: Sequence[Looked]) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        discard(letters, TOPIC, found(letters, only="gone"), full)
    assert [one.message.data for one in [*letters.waiting, *letters.lent.values()]] == [b"two", b"one"]
    copies: list[Looked] = []
    letters.give_back(TOPIC, list(letters.lent.values()))
    assert discard(letters, TOPIC, found(letters, only="gone"), copies.extend) == 1
    assert [one.letter.message.data for one in copies] == [b"one"]
    assert [one.message.data for one in letters.waiting] == [b"two"]


def test_no_more_are_discarded_than_were_wanted(letters: KeptLetters) -> None:
    for number in range(3):
        letters.put(NOW, b"%d" % number, reason="x")
    assert discard(letters, TOPIC, found(letters, limit=2), lambda _: None) == 2
    assert [one.message.data for one in letters.waiting] == [b"2"]


def test_poison_is_counted_each_time_that_it_comes_back(letters: KeptLetters) -> None:
    world, bus = World.taken_on(), KeptBus()
    letters.put(NOW, b"{}", reason="is no tick", topic=TOPIC)
    for _ in range(MOST_TIMES):
        send_again(letters, bus, TOPIC, found(letters))
        (_, again) = bus.messages[-1]
        handle(world.ports(), Cadence.PACING, pushed(again.data, attributes=dict(again.attributes)), _refuse)
        (_, dead) = world.bus.messages[-1]
        letters.put(NOW, dead.data, **dead.attributes)
    assert [one.fate for one in found(letters)] == [Fate.TOO_OFTEN]
    assert len(bus.messages) == MOST_TIMES


def _refuse(_: object) -> None:
    raise InvalidInput("it", [])


def test_an_event_that_comes_back_is_counted_and_what_comes_after_it_is_not() -> None:
    world, again = World.taken_on(), pushed(b"{}", attributes={"redriven": "2"})
    for payload in (again, pushed(b"{}"), again, None):
        handle_event(world.ports(), payload, _refuse)
    assert [message.attributes.get("redriven") for _, message in world.bus.messages] == ["2", None, "2", None]
