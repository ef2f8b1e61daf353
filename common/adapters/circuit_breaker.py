"""When an account is left alone: after failures in a row, when it asks to be, and while only a person can help.

Own lines rather than pybreaker, which reads the time of day itself (`datetime.now`) and knows failures but no reasons:
here the clock is passed in, and whoever is turned away hears why and until when.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from common.domain.trouble import CLOSED, Trouble, TroubleKind

FAILURES = 3
"""Calls in a row that get no answer, each with its own tries, before the account is left alone."""
FIRST_REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=15)
"""The rest after the first such row, doubled each time that the call which then goes out fails too."""
UNTIL_A_PERSON = timedelta(minutes=5)
"""A dead token is not tried more often, so that it burns no calls; and soon enough after somebody mended it."""
LONGEST_ASKED = timedelta(hours=1)
"""However long the service asks to be left alone, it is asked again after this: it may have meant something else."""


class CircuitBreaker:
    """Whether one account may be asked. Reading and writing rest apart where the service only limits one of them."""

    def __init__(self, account: str) -> None:
        self._account, self._lock = account, Lock()
        self._row = 0
        self._rests = 0
        self._closed: dict[bool, tuple[Trouble, datetime]] = {}
        """Why and until when, by whether it is about writing."""
        self._probing = False

    def refusal(self, now: datetime, *, writes: bool) -> Trouble | None:
        """Why a call must not go out now; `None` where it may. After a rest one goes out; the others wait for it."""
        with self._lock:
            if writes not in self._closed:
                return None
            trouble, until = self._closed[writes]
            if now < until or self._probing:
                return self._told(trouble, until, now)
            self._probing = True
            return None

    def answered(self, *, writes: bool) -> None:
        """A call got an answer, whatever it says: the account is there. What limits the other kind of call stays."""
        with self._lock:
            self._row, self._rests, self._probing = 0, 0, False
            held = self._closed.get(not writes)
            self._closed = {not writes: held} if held is not None and held[0].code == "rate_limited" else {}

    def failed(self, trouble: Trouble, now: datetime, *, writes: bool) -> None:
        """A call came to nothing for this reason."""
        with self._lock:
            self._probing = False
            if trouble.kind is TroubleKind.PERSON and trouble.code in CLOSED:
                self._rest(trouble, now + UNTIL_A_PERSON, False, True)
            elif trouble.code == "quota_exhausted":
                self._rest(trouble, now + min(trouble.after or LONGEST_REST, LONGEST_ASKED), False, True)
            elif trouble.code == "rate_limited" and trouble.after is not None:
                self._rest(trouble, now + min(trouble.after, LONGEST_ASKED), writes)
            elif trouble.code != "rate_limited" and trouble.kind in (TroubleKind.LATER, TroubleKind.UNKNOWN):
                self._no_answer(trouble, now)
                return
            self._row = 0

    def gave_up(self) -> None:
        """A call ended in a way that says nothing of the account."""
        with self._lock:
            self._probing = False

    def _no_answer(self, trouble: Trouble, now: datetime) -> None:
        self._row += 1
        if self._row >= FAILURES:
            rest = min(FIRST_REST * 2**self._rests, LONGEST_REST)
            self._rests = min(self._rests + 1, 10)
            unavailable = Trouble(TroubleKind.LATER, "unavailable", trouble.said, rest, trouble.request_id)
            self._rest(unavailable, now + rest, False, True)

    def _rest(self, trouble: Trouble, until: datetime, *modes: bool) -> None:
        self._closed.update(dict.fromkeys(modes, (trouble, until)))

    def _told(self, trouble: Trouble, until: datetime, now: datetime) -> Trouble:
        said = f"{trouble.said} ({self._account} is left alone until {until:%H:%M:%S} UTC)"
        return replace(trouble, said=said, after=max(until - now, timedelta()))
