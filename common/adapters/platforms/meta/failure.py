"""How a call to Meta can go wrong, without anything of the call: its address holds the token, its body may."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class How(StrEnum):
    """What became of the call."""

    ANSWERED = "answered"
    """With an error."""
    TIMED_OUT = "timed_out"
    NO_CONNECTION = "no_connection"
    """There was nobody to send it to: it was not sent."""
    CUT_OFF = "cut_off"
    """The connection broke after it was sent."""
    UNREADABLE = "unreadable"
    """With something that is not an answer."""


@dataclass(slots=True, eq=False)
class MetaFailure(Exception):
    """One call, or one item of a batch, came to nothing."""

    how: How
    code: int | None = None
    subcode: int | None = None
    http_status: int | None = None
    transient: bool | None = None
    """Whether Meta says that the same call may do later; `None`: it does not say."""
    after: timedelta | None = None
    """How long it asked to be left alone."""
    request_id: str | None = None
    what: str | None = None
    """Of an unreadable answer: what of it, in our words."""

    def __str__(self) -> str:
        numbers = "/".join(str(one) for one in (self.code, self.subcode) if one is not None)
        return f"{self.how.value} {numbers}".strip()


def unreadable(what: str) -> MetaFailure:
    """An answer that can't be understood: `what` says what of it, never the thing itself."""
    return MetaFailure(How.UNREADABLE, what=what)
