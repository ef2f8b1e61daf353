"""Calls to an account that never wait between two tries: for them, waiting takes no time."""

import time

from common.adapters.calls import UNITS_A_DAY, Calls
from common.ports.clock import Clock


class Waiting:
    """Time that passes as it does, and at once where somebody waits."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def timer(self) -> float:
        """Seconds that have passed, with those that were waited."""
        return time.monotonic() + sum(self.waits)

    def pause(self, seconds: float) -> None:
        """Wait, which takes no time."""
        self.waits.append(seconds)


def calls(account: str, clock: Clock, *, units_a_day: int = UNITS_A_DAY) -> Calls:
    """The calls to an account by this clock."""
    waiting = Waiting()
    return Calls(account, clock, units_a_day=units_a_day, timer=waiting.timer, pause=waiting.pause)
