"""How many units of calls one account may be asked in a day, so that no loop of ours uses up what all tenants share."""

from collections import deque
from datetime import datetime, timedelta
from threading import Lock

from common.domain.trouble import Trouble, TroubleKind

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

FOR_WRITES = 0.1
"""The share of a day's units that reading leaves to writing: a decrease must still go out when reading has had its."""


class CallBudget:
    """What is left of the units of any 24 hours, as far as this process knows.

    Instances do not know of each other's calls. What the service itself says is left goes before our own count.
    """

    def __init__(self, account: str, units_a_day: int) -> None:
        self._account, self._limit, self._lock = account, units_a_day, Lock()
        self._hours: deque[tuple[datetime, int]] = deque()
        """Units by the hour of the clock in which they were taken."""
        self._told: tuple[int, datetime] | None = None
        """What the service said is left, less what was taken since; and until when that holds."""

    def take(self, cost: int, now: datetime, *, writes: bool) -> Trouble | None:
        """Take the units of one call; a trouble where there are not so many, and then none are taken."""
        with self._lock:
            refusal = self._beyond_told(cost, now) or self._beyond_own(cost, now, writes=writes)
            if refusal is None:
                self._count(cost, now)
            return refusal

    def count(self, cost: int, now: datetime) -> None:
        """Count units that are taken whether they are there or not."""
        with self._lock:
            self._count(cost, now)

    def told(self, left: int, until: datetime) -> None:
        """The service says that so many units are left until then."""
        with self._lock:
            self._told = left, until

    def _count(self, cost: int, now: datetime) -> None:
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._hours and self._hours[-1][0] == hour:
            self._hours.append((hour, self._hours.pop()[1] + cost))
        else:
            self._hours.append((hour, cost))
        if self._told is not None:
            self._told = self._told[0] - cost, self._told[1]

    def _beyond_told(self, cost: int, now: datetime) -> Trouble | None:
        if self._told is None or now >= self._told[1] or cost <= self._told[0]:
            return None
        return self._exhausted("the service says that its quota is used up", self._told[1] - now)

    def _beyond_own(self, cost: int, now: datetime, *, writes: bool) -> Trouble | None:
        while self._hours and self._hours[0][0] + DAY + HOUR <= now:
            self._hours.popleft()
        limit = self._limit if writes else int(self._limit * (1 - FOR_WRITES))
        if sum(units for _, units in self._hours) + cost <= limit:
            return None
        frees = self._hours[0][0] + DAY + HOUR - now if self._hours else None
        return self._exhausted(f"all {limit} units of calls that we allow it in a day are used", frees)

    def _exhausted(self, why: str, after: timedelta | None) -> Trouble:
        return Trouble(TroubleKind.LATER, "quota_exhausted", f"{self._account}: {why}", after)
