"""One account's calls, each through the policy of calls, within a time that is given for all of them together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

from common.adapters.calls import CallFailed
from common.adapters.opening import Opening
from common.adapters.platforms.meta import account as accounts
from common.adapters.platforms.meta.account import AdAccount, misfits
from common.adapters.platforms.meta.credentials import credentials_of
from common.adapters.platforms.meta.errors import judge
from common.adapters.platforms.meta.failure import How, MetaFailure
from common.adapters.platforms.meta.usage import Usage
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import PlatformUnavailable
from common.ports.urgency import is_urgent

if TYPE_CHECKING:
    from common.adapters.platforms.meta.graph import Asked, Found, Graph

_BAD_CREDENTIALS = frozenset({"token_expired", "secret_unreadable", "permission_missing"})
_NO_TIME = MetaFailure(How.TIMED_OUT)


class Deadline:
    """When the time of a call of the port is over; how long that is, is all that the clock of the machine is for."""

    def __init__(self, timeout: float) -> None:
        self._end = monotonic() + timeout

    @property
    def left(self) -> float:
        """Seconds that are left; zero when it is over."""
        return max(0.0, self._end - monotonic())


@dataclass
class Caller:
    """The account of an opening. Threads may share it."""

    opening: Opening
    usage: Usage = field(default_factory=Usage)
    _account: AdAccount | None = None
    _made: "Graph | None" = None

    @property
    def node(self) -> str:
        """The account as Graph paths name it."""
        return f"act_{accounts.digits(self.opening.account.account_id)}"

    @property
    def called(self) -> str:
        """The account in a sentence."""
        return self.opening.account.account_id

    @property
    def _graph(self) -> "Graph":
        """Made at the first call. Not cached by Python, which has one lock for all accounts: a secret may take long."""
        from common.adapters.platforms.meta.graph import Graph

        made = self._made
        if made is None:
            made = self._made = Graph(credentials_of(self.opening), self.opening.server, self._note)
        return made

    def _note(self, headers: Mapping[str, str]) -> None:
        self.usage.note(headers, self.opening.clock.now())

    def account(self, until: Deadline) -> AdAccount:
        """The account, asked for once and found to be the tenant's.

        Raises:
            PlatformUnavailable: it gives no answer, or is another than was meant.
        """
        if self._account is None:
            found = self.read_account(until)
            wrong = next(misfits(found, self.opening, self.opening.clock.now()), None)
            if wrong is not None:
                raise PlatformUnavailable(wrong.said, wrong)
            self._account = found
        return self._account

    def read_account(self, until: Deadline) -> AdAccount:
        """The account as it is.

        Raises:
            PlatformUnavailable: it gives no answer.
        """
        try:
            return self.get(self.node, {"fields": accounts.FIELDS}, until, accounts.parsed)
        except PlatformUnavailable as error:
            if error.trouble is not None and error.trouble.code == "entity_missing":
                said = f"Meta knows no account {self.called}, or the token's user has no role on it"
                missing = Trouble(TroubleKind.PERSON, "account_missing", said, request_id=error.trouble.request_id)
                raise PlatformUnavailable(said, missing) from None
            raise

    def get(self, path: str, params: Mapping[str, Any], until: Deadline, parse: Callable[[Any], Any]) -> Any:
        """Read one thing, and what `parse` makes of it.

        Raises:
            PlatformUnavailable: no answer, or none that can be understood.
        """
        return self._read(lambda left: parse(self._graph.get(path, params, left).body), until)

    def token(self, until: Deadline, parse: Callable[[Any], Any]) -> Any:
        """What Meta says of the token itself.

        Raises:
            PlatformUnavailable: no answer, or this token may not ask.
        """
        return self._read(lambda left: parse(self._graph.about_token(left).body), until)

    def start(self, path: str, params: Mapping[str, Any], until: Deadline, parse: Callable[[Any], Any]) -> Any:
        """Have Meta begin a report: a POST that changes nothing.

        Raises:
            PlatformUnavailable: no answer, or none that can be understood.
        """
        return self._read(lambda left: parse(self._graph.post(path, params, left).body), until)

    def batch(self, asked: Sequence["Asked"], until: Deadline) -> list["Found | MetaFailure"]:
        """Read several things at once, each with what became of it.

        Raises:
            PlatformUnavailable: no answer.
        """
        return self._read(lambda left: self._graph.batch(asked, left), until)

    def write(self, asked: Sequence["Asked"], until: Deadline) -> list["Found | MetaFailure"]:
        """Change several things at once.

        Raises:
            CallFailed: nothing landed, or (`unknown`) nobody can say.
        """
        judged = judge(self.called, write=True)
        try:
            return self.opening.calls.write(lambda left: self._graph.batch(asked, left), judged, timeout=until.left)
        except CallFailed as error:
            self._forget(error.trouble)
            failed = CallFailed(error.trouble)
        raise failed

    def unavailable(self, failure: MetaFailure) -> PlatformUnavailable:
        """What a failure of a part of a read comes to."""
        trouble = judge(self.called)(failure)
        assert trouble is not None
        return PlatformUnavailable(trouble.said, trouble)

    def room(self) -> None:
        """What can wait is not asked for while a limit of the account is nearly reached. What stops spending can't.

        Raises:
            PlatformUnavailable: one is.
        """
        wait = self.usage.wait(self.opening.clock.now())
        if wait is not None and not is_urgent():
            said = (
                f"a limit of Meta for {self.called} is nearly used up: until there is room only safety is looked after"
            )
            raise PlatformUnavailable(said, Trouble(TroubleKind.LATER, "quota_exhausted", said, wait))

    def _read(self, call: Callable[[float], Any], until: Deadline) -> Any:
        if not until.left:
            raise self.unavailable(_NO_TIME)
        try:
            return self.opening.calls.read(call, judge(self.called), timeout=until.left)
        except CallFailed as error:
            self._forget(error.trouble)
            failed = PlatformUnavailable(error.trouble.said, error.trouble)
        raise failed

    def _forget(self, trouble: Trouble) -> None:
        """Read the secret again before the next call where these credentials will not do."""
        if trouble.code in _BAD_CREDENTIALS:
            self._made = None
