"""Who vouches for the programs that call us, as the settings say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from common.bootstrap.vault import secrets_of
from common.ports.clock import Clock
from common.ports.identity import Headers, Identity, Person, Unauthenticated
from common.ports.senders import Senders
from common.settings import Settings


def senders_at(settings: Settings, clock: Clock) -> Callable[[datetime | None], Senders]:
    """Who vouches for senders, by the time at which their message was published; `None`: now."""
    from common.adapters.known_senders import KnownSenders

    secrets, identity = secrets_of(settings, clock), _google(settings, clock)
    return lambda published: KnownSenders(secrets, clock if published is None else _At(published), identity)


def pushers(settings: Settings, clock: Clock) -> Identity | None:
    """Who vouches for Pub/Sub; `None` on one machine, whose Pub/Sub has no identity."""
    if settings.pushers is None and settings.at_home:
        return None
    return _OneOf(_google(settings, clock), frozenset((settings.pushers or "").lower().split(",")))


def _google(settings: Settings, clock: Clock) -> Identity | None:
    scheme, _, audiences = (settings.identity or "").partition(":")
    if scheme != "google":
        return None
    from common.adapters.google_tokens import GOOGLE_KEYS, GoogleIdentity
    from common.adapters.public_keys import PublicKeys, fetched_from

    return GoogleIdentity(frozenset(audiences.split(",")), PublicKeys(fetched_from(GOOGLE_KEYS), clock))


@dataclass(frozen=True, slots=True)
class _At:
    """A clock that stands at an instant."""

    instant: datetime

    def now(self) -> datetime:
        """The instant."""
        return self.instant


@dataclass(frozen=True, slots=True)
class _OneOf:
    """Some identities only; nobody where nothing says who vouches."""

    identity: Identity | None
    emails: frozenset[str]

    def who(self, headers: Headers, remote: str | None) -> Person:
        """As the port says."""
        if self.identity is None:
            raise Unauthenticated("missing", "Pushes need TRIMTAB_IDENTITY=google:AUDIENCE and TRIMTAB_PUSHERS=EMAIL.")
        person = self.identity.who(headers, remote)
        if person.email not in self.emails:
            raise Unauthenticated("invalid", "The push does not come from the service account that pushes here.")
        return person
