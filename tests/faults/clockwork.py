"""Virtual time for many workers in one thread: each runs as a greenlet until it waits, and a heap says who is next.

Nothing here is random, and nothing asks the machine what time it is: the same actions at the same instants always run
in the same order.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from greenlet import GreenletExit, getcurrent, greenlet

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
"""The instant of virtual second 0."""


class Clockwork:
    """Runs actions in order of their instants, given in seconds since `START`."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._order = count()
        self._hub = getcurrent()
        self._bodies: list[greenlet] = []

    def instant(self, offset: float = 0.0) -> datetime:
        """The virtual instant, seen by a clock that is `offset` seconds ahead."""
        return START + timedelta(seconds=self.now + offset)

    def at(self, when: float, action: Callable[[], object]) -> None:
        """Do this at `when`, after everything that was put on the same instant before."""
        heappush(self._due, (max(when, self.now), next(self._order), action))

    def spawn(self, when: float, body: Callable[[], None]) -> None:
        """Start a worker at `when`; it may `sleep` and `vanish`."""
        worker = greenlet(body, parent=self._hub)
        self._bodies.append(worker)
        self.at(when, worker.switch)

    def sleep(self, seconds: float) -> None:
        """The worker that calls this goes on after so many seconds; others run meanwhile."""
        self.at(self.now + seconds, getcurrent().switch)
        self._hub.switch()

    def vanish(self) -> None:
        """The worker that calls this is never resumed: its process died."""
        self._hub.switch()
        raise GreenletExit

    def run_until(self, when: float) -> None:
        """Let everything happen that is due by then."""
        while self._due and self._due[0][0] <= when:
            self.now, _, action = heappop(self._due)
            action()
        self.now = max(self.now, when)

    def close(self) -> None:
        """Unwind whoever was left waiting, so that nothing keeps the run's objects alive."""
        self._due.clear()
        for body in self._bodies:
            if body and not body.dead:
                body.throw(GreenletExit)
        self._bodies.clear()
