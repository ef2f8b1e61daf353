"""Calls that stop spending are never held back to save calls: neither by a budget of them nor after failures."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_URGENT: ContextVar[bool] = ContextVar("urgent", default=False)


@contextmanager
def urgently() -> Generator[None]:
    """The calls of this block, on this thread, stop spending."""
    before = _URGENT.set(True)
    try:
        yield
    finally:
        _URGENT.reset(before)


def is_urgent() -> bool:
    """Whether the call that is made right now stops spending."""
    return _URGENT.get()
