"""What every bus does: within one process, and Pub/Sub."""

import time
from collections.abc import Callable, Mapping
from typing import Protocol

import pytest

from common.adapters.memory_bus import MemoryBus
from common.adapters.pubsub import PubSubBus
from common.adapters.pubsub_topology import EmulatedTopology
from common.domain.errors import InvalidInput, Unavailable
from common.ports.bus import Bus, DeadLetter, Message
from tests.contract.pulling import Puller

Taker = Callable[[Message], None]
"""Takes a delivered message; raises to refuse it."""


class Post(Protocol):
    """A bus and those who subscribe to it."""

    bus: Bus

    def subscribe(self, topic: str, name: str, taker: Taker, dead_letter: DeadLetter | None = None) -> None:
        """Deliver what is published on the topic from now on."""
        ...

    def deliver(self) -> None:
        """Deliver what waits, once."""
        ...


class MemoryPost:
    """The bus within one process."""

    def __init__(self) -> None:
        self._memory = MemoryBus()
        self.bus: Bus = self._memory

    def subscribe(self, topic: str, name: str, taker: Taker, dead_letter: DeadLetter | None = None) -> None:
        """As said above."""
        self._memory.subscribe(topic, name, lambda delivery: taker(delivery.message), dead_letter)

    def deliver(self) -> None:
        """As said above."""
        self._memory.deliver()


class PubSubPost:
    """Pub/Sub, each of whose subscriptions is pulled."""

    def __init__(self, project: str, emulator: str) -> None:
        self.bus: Bus = PubSubBus(project, emulator=emulator, call_seconds=60)
        self._topology = EmulatedTopology(project, emulator)
        self._puller = Puller(project, emulator)
        self._takers: dict[str, Taker] = {}

    def subscribe(self, topic: str, name: str, taker: Taker, dead_letter: DeadLetter | None = None) -> None:
        """As said above."""
        self._topology.subscription(name, topic, dead_letter=dead_letter)
        self._takers[name] = taker

    def deliver(self) -> None:
        """As said above."""
        for name, taker in self._takers.items():
            self._puller.deliver(name, taker)


@pytest.fixture(params=["memory", pytest.param("pubsub", marks=pytest.mark.emulator)])
def post(request: pytest.FixtureRequest, project: str) -> Post:
    """A bus without topics."""
    if request.param == "memory":
        return MemoryPost()
    return PubSubPost(project, request.getfixturevalue("pubsub_address"))


def deliver_until(post: Post, done: Callable[[], bool], seconds: float = 60) -> None:
    """Deliver until it is done."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"not done within {seconds} s"
        post.deliver()


def comparable(messages: list[Message]) -> list[tuple[bytes, Mapping[str, str]]]:
    """Messages in an order of their own."""
    return sorted(((message.data, dict(message.attributes)) for message in messages), key=repr)


def test_every_subscriber_gets_every_message_whole(post: Post) -> None:
    pacing: list[Message] = []
    report: list[Message] = []
    post.subscribe("ticks", "ticks-pacing", pacing.append)
    post.subscribe("ticks", "ticks-report", report.append)
    sent = [
        Message(b'{"a": 1}'),
        Message(b"\x00\xff", {"tenant": "größer 😀", "empty": ""}),
        Message(b"", {"only": "this"}),
    ]
    post.bus.publish("ticks", *sent)
    deliver_until(post, lambda: len(pacing) >= 3 and len(report) >= 3)
    assert comparable(pacing) == comparable(report) == comparable(sent)


def test_a_topic_has_its_own_subscribers(post: Post) -> None:
    ticks: list[Message] = []
    events: list[Message] = []
    post.subscribe("ticks", "ticks-pacing", ticks.append)
    post.subscribe("events", "events-notify", events.append)
    post.bus.publish("events", Message(b"event"))
    post.bus.publish("ticks", Message(b"tick"))
    deliver_until(post, lambda: bool(ticks and events))
    assert (ticks, events) == ([Message(b"tick")], [Message(b"event")])


def test_more_messages_than_one_request_takes_all_arrive(post: Post) -> None:
    got: list[bytes] = []
    post.subscribe("ticks", "ticks-pacing", lambda message: got.append(message.data))
    post.bus.publish("ticks", *(Message(b"%d" % n) for n in range(1_500)))
    deliver_until(post, lambda: len(got) >= 1_500)
    assert {int(data) for data in got} == set(range(1_500))


def test_more_bytes_than_one_request_takes_all_arrive(post: Post) -> None:
    got: list[int] = []
    post.subscribe("ticks", "ticks-pacing", lambda message: got.append(len(message.data)))
    post.bus.publish("ticks", *(Message(bytes(size)) for size in (9_000_000, 5_000_000, 5_000_001)))
    deliver_until(post, lambda: len(got) >= 3)
    assert set(got) == {9_000_000, 5_000_000, 5_000_001}


def test_a_message_that_was_refused_comes_again_until_it_is_taken(post: Post) -> None:
    attempts: list[bytes] = []

    def take(message: Message) -> None:
        attempts.append(message.data)
        if attempts.count(message.data) < 3:
            raise RuntimeError("busy")

    post.subscribe("ticks", "ticks-pacing", take)
    post.bus.publish("ticks", Message(b"one"), Message(b"two"))
    deliver_until(post, lambda: attempts.count(b"one") >= 3 and attempts.count(b"two") >= 3)
    assert set(attempts) == {b"one", b"two"}


def test_a_message_that_is_never_taken_is_set_aside_whole_and_the_others_are_not(post: Post) -> None:
    attempts: list[bytes] = []
    aside: list[Message] = []

    def take(message: Message) -> None:
        attempts.append(message.data)
        if message.data == b"poison":
            raise RuntimeError("cannot read this")

    post.subscribe("ticks", "ticks-pacing", take, DeadLetter("ticks-dead", max_attempts=5))
    post.subscribe("ticks-dead", "ticks-dead-people", aside.append)
    post.bus.publish("ticks", Message(b"poison", {"tenant": "acme"}), Message(b"fine"))
    deliver_until(post, lambda: bool(aside) and b"fine" in attempts)
    assert attempts.count(b"poison") >= 5
    assert {message.data for message in aside} == {b"poison"}
    assert aside[0].attributes["tenant"] == "acme"


def test_what_nobody_subscribes_to_is_published_all_the_same(post: Post) -> None:
    late: list[Message] = []
    post.subscribe("events", "events-early", lambda _: None)
    post.bus.publish("events", Message(b"early"))
    post.subscribe("events", "events-late", late.append)
    post.bus.publish("events", Message(b"late"))
    deliver_until(post, lambda: bool(late))
    assert late == [Message(b"late")]


def test_publishing_nothing_sends_nothing(post: Post) -> None:
    got: list[bytes] = []
    post.subscribe("ticks", "ticks-pacing", lambda message: got.append(message.data))
    post.bus.publish("ticks")
    post.bus.publish("ticks", Message(b"one"))
    deliver_until(post, lambda: bool(got))
    assert set(got) == {b"one"}


def test_the_bus_in_memory_says_why_a_message_was_set_aside() -> None:
    bus, aside = MemoryBus(), list[Message]()

    def refuse(_: object) -> None:
        raise RuntimeError("cannot read this")

    bus.subscribe("ticks", "pacing", refuse, DeadLetter("dead", max_attempts=2))
    bus.subscribe("dead", "people", lambda delivery: aside.append(delivery.message))
    bus.publish("ticks", Message(b"poison"))
    outcomes = [[(failure.delivery.attempt, failure.set_aside) for failure in bus.deliver()] for _ in range(3)]
    assert outcomes == [[(1, False)], [(2, True)], []]
    assert aside == [Message(b"poison", {"reason": "RuntimeError: cannot read this"})]
    assert bus.waiting == 0


def test_the_bus_in_memory_delivers_what_was_published_meanwhile_the_next_time() -> None:
    bus, got = MemoryBus(), list[bytes]()
    bus.subscribe("ticks", "fan-out", lambda delivery: bus.publish("tenants", delivery.message))
    bus.subscribe("tenants", "pacing", lambda delivery: got.append(delivery.message.data))
    bus.publish("ticks", Message(b"tick"))
    assert (bus.deliver(), got, bus.waiting) == ([], [], 1)
    assert (bus.deliver(), got, bus.waiting) == ([], [b"tick"], 0)


@pytest.mark.emulator
def test_a_topic_that_does_not_exist_is_named(pubsub_address: str, project: str) -> None:
    with pytest.raises(Unavailable, match=rf"no topic nowhere in {project}"):
        PubSubBus(project, emulator=pubsub_address).publish("nowhere", Message(b"x"))


def test_pub_sub_that_does_not_answer_is_reported_soon(project: str) -> None:
    with pytest.raises(Unavailable, match="did not take 1 messages for ticks"):
        PubSubBus(project, emulator="127.0.0.1:1", publish_seconds=0.5).publish("ticks", Message(b"x"))


def test_a_message_that_no_bus_takes_is_refused_with_all_its_faults() -> None:
    attributes = {"": "x", "k" * 257: "x", "google": "x", "long": "é" * 513, "right": "x" * 1024}
    with pytest.raises(InvalidInput) as refusal:
        Message(bytes(9_000_001), attributes)
    wheres = [fault.where for fault in refusal.value.faults]
    assert wheres == ["data", "attributes.", f"attributes.{'k' * 257}", "attributes.google", "attributes.long"]
    with pytest.raises(InvalidInput, match="neither data nor attributes"):
        Message(b"")
    with pytest.raises(InvalidInput, match="are 101"):
        Message(b"", {str(n): "" for n in range(101)})
