"""A function's instances as Cloud Run has them, and the push subscription before them, on a virtual clock.

| what | how it is taken |
|---|---|
| concurrency, most instances | functions/functions.json |
| a message on an instance | waits for platforms as long as drawn, and for a CPU that the instance's messages share |
| a new instance | starts where none has room; its first message waits for it |
| all instances full | the push is refused, and comes again after 10 s, then twice as long each time, up to 600 s |
| pushes under way | 100 at first, twice as many each second, up to 3,000; an empty queue begins again at 100 |
| a delivery that fails | two of a thousand, and comes again like a refused one; one of a thousand comes twice |
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from random import Random

COLD_START = 4.0
"""Seconds: the container, the interpreter and a bundle's imports of about one second."""
IDLE = 900.0
"""Seconds after which an idle instance goes."""
FIRST_WINDOW, WIDEST = 100, 3_000
BACK_OFF, LONGEST_BACK_OFF = 10.0, 600.0
FAILS, TWICE = 0.002, 0.001
PUSH_SECONDS = 0.15


class Events:
    """What happens when; seconds from the beginning."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Do this then."""
        heappush(self._due, (when, next(self._order), action))

    def run(self) -> None:
        """Until nothing is left."""
        while self._due:
            self.now, _, action = heappop(self._due)
            action()


@dataclass(frozen=True, slots=True)
class Takes:
    """What one message takes: seconds of a CPU, and of waiting for others."""

    cpu: float
    waits: float


_Push = tuple[Takes, Callable[[], bool], int]
"""What it takes, what is done, and how often it came before."""


@dataclass(slots=True)
class _Instance:
    ready: float
    under_way: int = 0
    last: float = 0.0


@dataclass
class Function:
    """One function behind its push subscription.

    `work` is called when a message is done; it returns whether that went well.
    """

    name: str
    events: Events
    rng: Random
    concurrency: int
    most: int
    instances: list[_Instance] = field(default_factory=list[_Instance])
    refused: int = 0
    most_used: int = 0
    cold_starts: int = 0
    delivered: int = 0
    _waiting: deque[_Push] = field(default_factory=deque[_Push])
    _under_way: int = 0
    _window: int = FIRST_WINDOW
    _pumping: bool = False
    _looked: float = 0.0

    def push(self, takes: Takes, work: Callable[[], bool], attempt: int = 0) -> None:
        """A message of the subscription."""
        if attempt == 0 and self.rng.random() < TWICE:
            self._waiting.append((takes, work, 1))
        self._waiting.append((takes, work, attempt))
        self._pump()

    def _pump(self) -> None:
        while self._waiting and self._under_way < self._window:
            self._deliver(*self._waiting.popleft())
        if self._waiting and not self._pumping:
            self._pumping = True
            self.events.at(self.events.now + 1.0, self._widen)
        elif not self._waiting:
            self._window = FIRST_WINDOW if self._under_way == 0 else self._window

    def _widen(self) -> None:
        self._pumping = False
        self._window = min(WIDEST, 2 * self._window)
        self._pump()

    def _deliver(self, takes: Takes, work: Callable[[], bool], attempt: int) -> None:
        self.delivered += 1
        instance = self._with_room()
        if instance is None:
            self.refused += 1
            self._again(takes, work, attempt)
            return
        instance.under_way += 1
        self._under_way += 1
        begins = max(self.events.now + PUSH_SECONDS, instance.ready)
        ends = begins + takes.waits + takes.cpu * max(1, instance.under_way)

        def done() -> None:
            instance.under_way -= 1
            instance.last = self.events.now
            self._under_way -= 1
            if self.rng.random() < FAILS or not work():
                self._again(takes, work, attempt)
            self._pump()

        self.events.at(ends, done)

    def _again(self, takes: Takes, work: Callable[[], bool], attempt: int) -> None:
        pause = min(LONGEST_BACK_OFF, BACK_OFF * 2**attempt) * self.rng.uniform(1.0, 1.2)
        self.events.at(self.events.now + pause, lambda: self.push(takes, work, attempt + 1))

    def _with_room(self) -> _Instance | None:
        now = self.events.now
        if now - self._looked > 60.0:
            self._looked = now
            self.instances = [one for one in self.instances if one.under_way or now - max(one.last, one.ready) < IDLE]
        for one in self.instances:
            if one.under_way < self.concurrency:
                return one
        if len(self.instances) >= self.most:
            return None
        self.cold_starts += 1
        self.instances.append(_Instance(now + COLD_START))
        self.most_used = max(self.most_used, len(self.instances))
        return self.instances[-1]
