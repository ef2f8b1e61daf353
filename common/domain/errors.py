"""Errors that carry what was wrong, where, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.domain.trouble import Trouble


class TrimtabError(Exception):
    """The base of every error that Trimtab raises on purpose."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input: `where` is a dotted path into it, `what` a sentence for its author."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where or '(the whole)'}: {self.what}"


class InvalidInput(TrimtabError):
    """An input was refused; nothing was written. Carries every fault that was found, not just the first."""

    def __init__(self, subject: str, faults: Sequence[Fault]) -> None:
        self.subject = subject
        self.faults = tuple(faults)
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        count = len(self.faults)
        super().__init__(f"{subject} has {count} {'fault' if count == 1 else 'faults'}:\n{lines}")


class NotFound(TrimtabError):
    """A document that the request names does not exist."""


class Busy(TrimtabError):
    """Somebody else holds a live lease on the track; the request must come again later."""


class Refused(TrimtabError):
    """A request is well-formed but the rules do not allow it; the message says which and what to do instead.

    `code` names the rule for programs that must tell one from another.
    """

    def __init__(self, message: str, code: str = "refused") -> None:
        self.code = code
        super().__init__(message)


class Unavailable(TrimtabError):
    """The store or a service did not answer in time. What only reads can be asked again at once; work comes again."""


class OutcomeUnknown(Unavailable):
    """The answer to a commit was lost: it happened whole or not at all. Read again to see, then decide again.

    Committing the same writes again is not wrong, since their preconditions hold at most once, but a `Conflict` may
    then mean one's own first try.
    """


class SourceSilent(TrimtabError):
    """A platform, GA4 or a CRM gave no answer that can be used. `trouble` says why, where that is known."""

    def __init__(self, message: str, trouble: Trouble | None = None) -> None:
        self.trouble = trouble
        super().__init__(message)
