"""The account, asked: searches whose rows are the account's own, remembered for a moment."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from common.adapters.calls import CallFailed
from common.adapters.opening import Opening
from common.adapters.platforms.google_ads import queries
from common.adapters.platforms.google_ads.account import Expected
from common.adapters.platforms.google_ads.deadline import Deadline, timed_out
from common.adapters.platforms.google_ads.memory import Memory
from common.adapters.platforms.google_ads.rows import BadAnswer, Row, identity
from common.adapters.platforms.google_ads.service import Service
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import PlatformUnavailable


class Asking:
    """One account."""

    def __init__(self, opening: Opening) -> None:
        self.service, self.memory = Service(opening), Memory()
        self.customer = opening.account.account_id.replace("-", "")
        self._expected = Expected(self.customer, opening.tenant.currency, opening.tenant.time_zone)
        self._clock, self._verified = opening.clock, False

    def now(self) -> datetime:
        """The instant by the clock."""
        return self._clock.now()

    def about(
        self, kind: str, query: Callable[[str], str], ids: Sequence[str], deadline: Deadline, *, fresh: bool = False
    ) -> Sequence[Row]:
        """The rows of a query about these campaigns or ads, perhaps among those of others.

        Raises:
            CallFailed: there is no answer, or none of this account.
            BadAnswer: the answer is not understood.
        """
        if not ids:
            return ()
        if fresh:
            return self.all(query(", ".join(sorted(ids))), deadline)
        return self.memory.rows(kind, query, ids, self.now(), lambda text: self.all(text, deadline))

    def just_read(self, query: Callable[[str], str], ids: Sequence[str]) -> Sequence[Row] | None:
        """The rows of these campaigns as they were told a moment ago and not written since, if there are such.

        Raises:
            BadAnswer: a row does not say whose it is.
        """
        rows = self.memory.recent(query, ids, self.now()) if ids else ()
        return None if rows is None else [row for row in rows if identity(row.campaign) in ids]

    def all(self, query: str, deadline: Deadline) -> list[Row]:
        """All rows of a query, each of this account. Where there are none, the account is asked who it is.

        Raises:
            CallFailed: there is no answer, or none of this account.
            BadAnswer: the answer is not understood.
        """
        rows = self.service.search(query, deadline)
        try:
            self._expected.check(rows, self.now())
        except CallFailed:
            self.memory.forget_all()
            raise
        if not rows and not self._verified:
            self.account(deadline)
        self._verified = True
        return rows

    def constants(self, deadline: Deadline) -> Callable[[str], list[Row]]:
        """Asks what belongs to no account."""
        return lambda query: self.service.search(query, deadline)

    def account(self, deadline: Deadline) -> Row:
        """The account itself, which is the tenant's.

        Raises:
            CallFailed: there is no answer, or it is not.
            BadAnswer: the answer is not understood.
        """
        rows = self.service.search(queries.ACCOUNT, deadline)
        if len(rows) != 1:
            raise BadAnswer(f"an account answered as {len(rows)}")
        self._expected.check(rows, self.now())
        return rows[0].customer

    def misfit(self, customer: Row) -> Trouble | None:
        """What of the account does not fit the tenant."""
        return self._expected.trouble(customer, self.now())


@contextmanager
def answering(timeout: float) -> Generator[Deadline]:
    """Gives a call its time; what comes to nothing in it is told as the port says.

    Raises:
        PlatformUnavailable: there was no answer that can be used.
    """
    try:
        yield Deadline(timeout)
    except CallFailed as error:
        trouble = error.trouble
        if trouble.code == "timed_out":
            trouble = replace(trouble, said=timed_out(timeout))
        raise PlatformUnavailable(trouble.said, trouble) from error
    except BadAnswer as error:
        said = f"google_ads gave an answer that can't be understood: {error}; nothing is concluded from it"
        raise PlatformUnavailable(said, Trouble(TroubleKind.OURS, "bad_answer", said)) from error
