"""Who may tell us something for a tenant: programs, known by their signature or by an identity of Google's."""

from typing import Protocol

from common.domain.tenant import Tenant
from common.ports.identity import Headers


class Senders(Protocol):
    """Tells whether a sender may speak for a tenant."""

    def admit(self, tenant: Tenant | None, headers: Headers, body: bytes) -> None:
        """Let a delivery in.

        Args:
            tenant: the one that it is for; `None` where there is none of that name, of which its sender learns nothing.

        Raises:
            Unauthenticated: its sender is not one of the tenant's.
            Unavailable: the keys to check it with can't be had now.
        """
        ...
