"""Waiting for what other threads and processes do."""

import time
from collections.abc import Callable


def eventually(holds: Callable[[], bool], seconds: float = 60, pause: float = 0.02) -> bool:
    """Whether it holds before the time is up, looking again after each pause."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
