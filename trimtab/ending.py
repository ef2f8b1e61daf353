"""How whatever runs until it is stopped is told to: SIGTERM or an interrupt is noted, and heeded where it is asked for.

A handler that raises does so at any line: in a callback that swallows it, while a lock is taken, or in the midst of
ending what was started. This one raises nothing; whoever waits or starts something looks whether it still should.
"""

import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

_LOOKS_SECONDS = 1.0
"""A signal that comes just before a wait begins does not wake it: it is seen at the next look."""


class Ended(Exception):
    """It was told to end while something was being started."""


class Ending:
    """Whether this process has been told to end. Threads may share it."""

    def __init__(self) -> None:
        self.asked = False
        self._bell = SimpleQueue[None]()  # unlike an event's, its lock may be met again in a signal's handler

    def ask(self, *_: object) -> None:
        """Tell it to end; as often as one likes."""
        self.asked = True
        self._bell.put(None)

    def check(self) -> None:
        """Go on only where it was not told to end.

        Raises:
            Ended: it was.
        """
        if self.asked:
            raise Ended

    def wait(self) -> None:
        """Wait until it is told to end."""
        while not self.asked:
            with suppress(Empty):
                self._bell.get(timeout=_LOOKS_SECONDS)


@contextmanager
def told_by_signals() -> Generator[Ending]:
    """An ending that SIGTERM and an interrupt ask for. Told while the block starts something, it is just left."""
    ending = Ending()
    before = {number: signal.signal(number, ending.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with suppress(Ended):
            yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
