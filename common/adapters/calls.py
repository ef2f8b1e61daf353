"""Every call to an account goes through here: what may be tried again, how often, and when to leave it alone.

See docs/decisions/0025-calls-to-accounts.md for what one process can know.
"""

import time
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, TypeVar

from common.adapters.call_budget import CallBudget
from common.adapters.circuit_breaker import CircuitBreaker
from common.domain.trouble import Trouble, TroubleKind
from common.ports.clock import Clock
from common.ports.urgency import is_urgent

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

Judge = Callable[[Exception], Trouble | None]
"""What an exception of a client means; `None`: it is none of the service's, so it is raised as it is."""

TRIES = 4
FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0
"""Seconds before the second try, doubled each time, with half of it left to chance; where none are asked for."""
SHARE_OF_A_TRY = 0.6
"""Of the seconds that are left, what one try of a read gets: one that hangs must leave time for another."""
UNITS_A_DAY = 10_000
"""Of calls to one account, by one process. A track takes about a hundred a day, and a tenant has at most fifty in one
message; Google's basic access has 15,000 for all (developers.google.com/google-ads/api/docs/best-practices/quotas)."""

NOTHING_DONE = frozenset({"rate_limited", "concurrent_modification"})
"""Answers to a write that surely changed nothing, and may be given a second try."""


class CallFailed(Exception):
    """A call came to nothing, for good or until its time was over."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(f"{trouble.code}: {trouble.said}")


class _Withheld(CallFailed):
    """We did not make a call, to keep to our budget or our time: that says nothing of the account."""


_NO_TIME = Trouble(TroubleKind.LATER, "timed_out", "there was no time left for the next try")


class Calls:
    """The calls to one account. Threads may share it."""

    def __init__(
        self,
        account: str,
        clock: Clock | None = None,
        *,
        units_a_day: int = UNITS_A_DAY,
        timer: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        seed: int = 0,
    ) -> None:
        """Args:
        account: how it is named to people: `google_ads 1234567890`.
        clock: the time of day; the system's where none is given.
        timer: seconds that pass, for deadlines. `pause` lets some pass.
        seed: of the chance in how long it waits; another for each process.
        """
        self._clock = clock or _system_clock()
        self._timer, self._pause, self._random = timer, pause, Random(seed)  # noqa: S311 - spreads tries, keeps no secret
        self._budget, self._breaker = CallBudget(account, units_a_day), CircuitBreaker(account)

    def read(self, call: Callable[[float], T], judge: Judge, *, timeout: float, cost: int = 1) -> T:
        """What `call` answers; it is given the seconds that it may take. It only reads, so it may be tried again.

        Raises:
            CallFailed: it came to nothing.
        """
        return self._ask(call, judge, timeout, cost, writes=False)

    def write(self, call: Callable[[float], T], judge: Judge, *, timeout: float, cost: int = 1) -> T:
        """The same for what changes something: tried again only where the answer says that nothing was done.

        Raises:
            CallFailed: it came to nothing, or (`unknown`) nobody can say.
        """
        return self._ask(call, judge, timeout, cost, writes=True)

    def _ask(self, call: Callable[[float], T], judge: Judge, timeout: float, cost: int, *, writes: bool) -> T:
        """Try, and remember how it ended."""
        refusal = None if is_urgent() else self._breaker.refusal(self._clock.now(), writes=writes)
        if refusal is not None:
            raise CallFailed(refusal)
        try:
            answer = self._tried(call, judge, timeout, cost, writes=writes)
        except CallFailed as failure:
            if isinstance(failure, _Withheld):
                self._breaker.gave_up()
            else:
                self._breaker.failed(failure.trouble, self._clock.now(), writes=writes)
            raise
        except BaseException:
            self._breaker.gave_up()
            raise
        self._breaker.answered(writes=writes)
        return answer

    def _tried(self, call: Callable[[float], T], judge: Judge, timeout: float, cost: int, *, writes: bool) -> T:
        from tenacity import Retrying, retry_if_exception

        deadline = self._timer() + timeout

        def over(state: "RetryCallState") -> bool:
            return state.attempt_number >= TRIES or self._timer() + state.upcoming_sleep >= deadline

        retrying = Retrying(
            retry=retry_if_exception(_again_writing if writes else _again_reading),
            wait=self._wait,
            stop=over,
            sleep=self._pause,
            reraise=True,
        )
        return retrying(self._once, call, judge, deadline, cost, writes)

    def _once(self, call: Callable[[float], T], judge: Judge, deadline: float, cost: int, writes: bool) -> T:
        left = deadline - self._timer()
        refusal = _NO_TIME if left <= 0 else self._spent(cost, writes)  # a pause may last longer than it was to
        if refusal is not None:
            raise _Withheld(refusal)
        try:
            return call(left if writes else left * SHARE_OF_A_TRY)
        except CallFailed:
            raise
        except Exception as error:
            trouble = judge(error)
            if trouble is None:
                raise
            raise CallFailed(trouble) from error

    def _spent(self, cost: int, writes: bool) -> Trouble | None:
        if is_urgent():
            self._budget.count(cost, self._clock.now())
            return None
        return self._budget.take(cost, self._clock.now(), writes=writes)

    def _wait(self, state: "RetryCallState") -> float:
        """Seconds before the next try: as the service asks, or doubled, with some chance against all coming at once."""
        failure = None if state.outcome is None else state.outcome.exception()
        asked = failure.trouble.after if isinstance(failure, CallFailed) else None
        if asked is not None:
            return asked.total_seconds() * (1 + 0.1 * self._random.random())
        whole = min(FIRST_WAIT * 2 ** (state.attempt_number - 1), LONGEST_WAIT)
        return whole * (0.5 + 0.5 * self._random.random())


def _system_clock() -> Clock:
    from common.adapters.system_clock import SystemClock

    return SystemClock()


def _again_reading(error: BaseException) -> bool:
    if not isinstance(error, CallFailed) or isinstance(error, _Withheld) or error.trouble.code == "quota_exhausted":
        return False
    return error.trouble.kind in (TroubleKind.LATER, TroubleKind.UNKNOWN)


def _again_writing(error: BaseException) -> bool:
    return isinstance(error, CallFailed) and error.trouble.code in NOTHING_DONE
