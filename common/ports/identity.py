"""Who sent a request: a person whose e-mail address somebody vouches for."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from common.domain.errors import TrimtabError


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person."""

    email: str
    """Verified, in lower case."""
    via: str
    """Who vouches: `iap`, `google` or `local`."""
    session: str
    """The same for all requests of one sign-in, and of nobody else's: forms are bound to it. Not a secret."""


class Unauthenticated(TrimtabError):
    """Nobody vouches for the sender; the message is for the person, `code` for programs.

    Codes: `missing`, `expired`, `invalid` (forged, altered, not for us), `not_here` (local sign-in from elsewhere).
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class Headers(Protocol):
    """A request's headers, by name."""

    def get(self, key: str, /) -> str | None:
        """The header's value; those of one that was sent twice are joined by a comma."""
        ...


class Identity(Protocol):
    """Tells who sent a request."""

    def who(self, headers: Headers, remote: str | None) -> Person:
        """The person behind a request.

        Args:
            headers: the request's; how a name is spelled in capitals must not matter to them.
            remote: the address of the peer.

        Raises:
            Unauthenticated: nobody vouches for the sender.
            Unavailable: the keys to check it with can't be had now.
        """
        ...


@runtime_checkable
class SignIn(Protocol):
    """An identity that signs people in itself, on its word alone; only for one machine."""

    cookie: str
    """The name of the cookie that holds a session."""

    def admit(self, headers: Headers, remote: str | None) -> None:
        """Let a request through to the sign-in page.

        Raises:
            Unauthenticated: it does not come from this machine.
        """
        ...

    def cookie_for(self, email: str) -> str:
        """The session cookie's value for somebody who just signed in."""
        ...

    def end(self, person: Person) -> None:
        """Sign the person out."""
        ...
