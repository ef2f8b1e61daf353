"""How many units of calls one account may be asked in a day, so that no loop of ours uses up what all tenants share."""

from collections import deque
from datetime import datetime, timedelta
from threading import Lock

from common.domain.trouble import Trouble, TroubleKind

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

FOR_WRITES = 0.1
"""The share of a day's units that reading leaves to writing: a decrease must still go out when reading has had its."""


class CallBudget:
    """What is left of the units of any 24 hours, as far as this process knows: instances do not hear of each other."""

    def __init__(self, account: str, units_a_day: int) -> None:
        self._account, self._limit, self._lock = account, units_a_day, Lock()
        self._hours: deque[tuple[datetime, int]] = deque()
        """Units by the hour of the clock in which they were taken."""

    def take(self, cost: int, now: datetime, *, writes: bool) -> Trouble | None:
        """Take the units of one call; a trouble where there are not so many, and then none are taken."""
        with self._lock:
            refusal = self._refusal(cost, now, writes=writes)
            if refusal is None:
                self._count(cost, now)
            return refusal

    def count(self, cost: int, now: datetime) -> None:
        """Count units that are taken whether they are there or not."""
        with self._lock:
            self._count(cost, now)

    def _count(self, cost: int, now: datetime) -> None:
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._hours and self._hours[-1][0] == hour:
            self._hours.append((hour, self._hours.pop()[1] + cost))
        else:
            self._hours.append((hour, cost))

    def _refusal(self, cost: int, now: datetime, *, writes: bool) -> Trouble | None:
        while self._hours and self._hours[0][0] + DAY + HOUR <= now:
            self._hours.popleft()
        limit = self._limit if writes else int(self._limit * (1 - FOR_WRITES))
        if sum(units for _, units in self._hours) + cost <= limit:
            return None
        frees = self._hours[0][0] + DAY + HOUR - now if self._hours else None
        said = f"{self._account}: all {limit} units of calls that we allow it in a day are used"
        return Trouble(TroubleKind.LATER, "quota_exhausted", said, frees)
