"""Senders that a tenant's document names: who signs with its secret, and whose Google identity it lists."""

from dataclasses import dataclass
from secrets import token_bytes

from common.adapters.signed_requests import is_signed, signing_keys, verify
from common.domain.tenant import Tenant
from common.ports.clock import Clock
from common.ports.identity import Headers, Identity, Unauthenticated
from common.ports.secrets import Secrets

_NOBODYS = token_bytes(32)
"""What nobody can sign with: a tenant that is not there is checked as long as one that is."""


@dataclass(frozen=True, slots=True)
class KnownSenders:
    """The senders of all tenants."""

    secrets: Secrets
    clock: Clock
    """What a signed request's time is held against: now; for a message, the time at which it was published."""
    identity: Identity | None = None
    """Who vouches for identities; `None`: only signatures are taken."""

    def admit(self, tenant: Tenant | None, headers: Headers, body: bytes) -> None:
        """As the port says."""
        source = None if tenant is None else tenant.crm
        if is_signed(headers):
            name = None if source is None else source.signing
            keys = [] if name is None else signing_keys(self.secrets, name)
            verify(headers, body, keys or [_NOBODYS], self.clock.now())
            return
        if self.identity is None:
            raise Unauthenticated("missing", "Sign the request: webhook-id, webhook-timestamp and webhook-signature.")
        sender = self.identity.who(headers, None)
        if source is None or sender.email not in source.senders:
            raise Unauthenticated("invalid", "The sender is not one of this tenant's.")
