"""The message bus within one process: what is published waits until it is delivered to whoever has subscribed.

Like Pub/Sub it keeps no order, delivers a message again until its handler returns, and sets it aside after so many
attempts where told to. Unlike Pub/Sub it forgets what waits when the process ends.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from threading import Lock

from common.adapters.system_clock import SystemClock
from common.ports.bus import MAX_ATTRIBUTE_VALUE_BYTES, DeadLetter, Message
from common.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way to one subscriber, for the `attempt`th time (from 1)."""

    subscription: str
    message: Message
    message_id: str
    published: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A delivery whose handler raised. It comes again, or was set aside."""

    delivery: Delivery
    error: Exception
    set_aside: bool


Handler = Callable[[Delivery], None]


@dataclass(frozen=True, slots=True)
class _Subscription:
    topic: str
    handler: Handler
    dead_letter: DeadLetter | None


class MemoryBus:
    """A bus for one process; threads may share it.

    Args:
        clock: tells when a message was published.
        seed: of the order of deliveries.
    """

    def __init__(self, clock: Clock | None = None, *, seed: int = 0) -> None:
        self._clock = clock or SystemClock()
        self._random = Random(seed)  # noqa: S311 - an order, not a secret
        self._lock = Lock()
        self._subscriptions: dict[str, _Subscription] = {}
        self._waiting: list[Delivery] = []
        self._published = 0

    def subscribe(self, topic: str, name: str, handler: Handler, dead_letter: DeadLetter | None = None) -> None:
        """Have every message that is published to `topic` from now on delivered to `handler`. It raises to refuse one.

        Raises:
            ValueError: there is a subscription of this name.
        """
        with self._lock:
            if name in self._subscriptions:
                raise ValueError(f"there is a subscription {name!r} already")
            self._subscriptions[name] = _Subscription(topic, handler, dead_letter)

    def publish(self, topic: str, *messages: Message) -> None:
        """Keep each for everybody who has subscribed to the topic; nobody else will see it."""
        now = self._clock.now()
        with self._lock:
            takers = [name for name, subscription in self._subscriptions.items() if subscription.topic == topic]
            for message in messages:
                self._published += 1
                self._waiting += [Delivery(name, message, str(self._published), now, attempt=1) for name in takers]

    @property
    def waiting(self) -> int:
        """How many deliveries wait, those that failed included."""
        with self._lock:
            return len(self._waiting)

    def deliver(self) -> list[Failure]:
        """Hand what waits now to its handlers, once, in any order. What fails, or is published meanwhile, waits on."""
        with self._lock:
            deliveries, self._waiting = self._waiting, []
        self._random.shuffle(deliveries)
        outcomes = [self._deliver(delivery) for delivery in deliveries]
        return [failure for failure in outcomes if failure is not None]

    def _deliver(self, delivery: Delivery) -> Failure | None:
        subscription = self._subscriptions[delivery.subscription]
        try:
            subscription.handler(delivery)
        except Exception as error:  # noqa: BLE001 - whatever it is, the message was not taken, and the caller is told
            return self._refused(delivery, subscription.dead_letter, error)
        return None

    def _refused(self, delivery: Delivery, dead_letter: DeadLetter | None, error: Exception) -> Failure:
        if dead_letter is not None and delivery.attempt >= dead_letter.max_attempts:
            reason = f"{type(error).__name__}: {error}".encode()[:MAX_ATTRIBUTE_VALUE_BYTES].decode(errors="ignore")
            message = replace(delivery.message, attributes={**delivery.message.attributes, "reason": reason})
            self.publish(dead_letter.topic, message)
            return Failure(delivery, error, set_aside=True)
        with self._lock:
            self._waiting.append(replace(delivery, attempt=delivery.attempt + 1))
        return Failure(delivery, error, set_aside=False)
