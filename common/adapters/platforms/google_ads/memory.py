"""What was asked a moment ago: the tracks of a tenant share an account, and are worked on one after the other.

A search names every campaign that this process was ever asked about, and its rows are kept for a moment. Each of them
is told once: who asks for the same campaign again wants to know what is new, and after a write nothing is known of it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from common.adapters.platforms.google_ads.rows import Row

KEPT = timedelta(seconds=20)
"""A tick's tracks are through by then, and nobody's edit is older than that when it is seen."""


@dataclass(slots=True)
class _Told:
    at: datetime
    rows: Sequence[Row]
    left: set[str]
    """Those who have not been told yet."""
    stands: set[str]
    """Those that were not written since."""


@dataclass(slots=True)
class Memory:
    """The searches of one account."""

    _asked: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    _told: dict[str, _Told] = field(default_factory=dict[str, _Told])
    _under_way: list[_Told] = field(default_factory=list[_Told])
    """Searches that are not answered yet: what is written meanwhile they may tell as it was before."""
    _lock: Lock = field(default_factory=Lock)

    def rows(
        self,
        kind: str,
        query: Callable[[str], str],
        ids: Sequence[str],
        now: datetime,
        search: Callable[[str], list[Row]],
    ) -> Sequence[Row]:
        """The rows of a query about these ids, perhaps among others.

        Args:
            kind: what the query is about; ids of one kind are asked for together.
            query: the query, given the ids as GAQL has them in a list.
            search: asks it.
        """
        with self._lock:
            known = self._told.get(key := query("..."))
            if known is not None and now - known.at < KEPT and known.left.issuperset(ids):
                known.left.difference_update(ids)
                return known.rows
            asked = self._asked.setdefault(kind, set())
            asked.update(ids)
            wanted = sorted(asked)
            found = _Told(now, (), set(wanted).difference(ids), set(wanted))
            self._under_way.append(found)
        answered: dict[str, _Told] = {}
        try:
            found.rows = search(query(", ".join(wanted)))
            answered[key] = found
        finally:
            with self._lock:  # at once, so that no write falls between the two
                self._under_way = [one for one in self._under_way if one is not found]
                kept = {other: told for other, told in self._told.items() if now - told.at < KEPT}
                self._told = kept | answered
        return found.rows

    def recent(self, query: Callable[[str], str], ids: Collection[str], now: datetime) -> Sequence[Row] | None:
        """What was told of all these a moment ago, for who has just looked and asks no more than how to write."""
        with self._lock:
            known = self._told.get(query("..."))
            stands = known is not None and now - known.at < KEPT and known.stands.issuperset(ids)
            return known.rows if known is not None and stands else None

    def forget(self, ids: Collection[str]) -> None:
        """These were written, or may have been: nothing is known of them. What is known of others stands."""
        with self._lock:
            for told in (*self._told.values(), *self._under_way):
                told.left.difference_update(ids)
                told.stands.difference_update(ids)

    def forget_all(self) -> None:
        """The account is another than it was: nothing that it told stands."""
        with self._lock:
            self._told.clear()
            for told in self._under_way:
                told.left.clear()
                told.stands.clear()
