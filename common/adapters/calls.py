"""Every call to an account goes through here: what may be tried again, how often, and when to leave it alone."""

from collections.abc import Callable
from typing import TypeVar

from common.domain.trouble import Trouble

T = TypeVar("T")

Judge = Callable[[Exception], Trouble | None]
"""What an exception of a client means; `None`: it is none of the service's, so it is raised as it is."""


class CallFailed(Exception):
    """A call came to nothing, for good or until its time was over."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(f"{trouble.code}: {trouble.said}")


class Calls:
    """The calls to one account. Threads may share it."""

    def __init__(self, account: str) -> None:
        self._account = account

    def read(self, call: Callable[[float], T], judge: Judge, *, timeout: float, cost: int = 1) -> T:
        """What `call` answers; it is given the seconds that are left. It only reads, so it may be tried again.

        Raises:
            CallFailed: it came to nothing.
        """
        return self._once(call, judge, timeout)

    def write(self, call: Callable[[float], T], judge: Judge, *, timeout: float, cost: int = 1) -> T:
        """The same for what changes something: tried again only where the answer says that nothing was done.

        Raises:
            CallFailed: it came to nothing, or (`unknown`) nobody can say.
        """
        return self._once(call, judge, timeout)

    def _once(self, call: Callable[[float], T], judge: Judge, timeout: float) -> T:
        try:
            return call(timeout)
        except Exception as error:
            trouble = judge(error)
            if trouble is None:
                raise
            raise CallFailed(trouble) from error
