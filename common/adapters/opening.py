"""What an adapter of an outside account is given, and what its module must offer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from common.adapters.calls import Calls
from common.domain.account import Account
from common.domain.connection import Need
from common.domain.tenant import Tenant
from common.ports.ad_platform import AdPlatform, EntityRef
from common.ports.clock import Clock

Opened_co = TypeVar("Opened_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Opening:
    """One account of one tenant, about to be opened."""

    tenant: Tenant
    account: Account
    credentials: Callable[[], str]
    """Reads the secret of the account's credentials, as the platform's guide says what it holds (most: JSON).

    Raises `CallFailed` where there is none. Never kept, shown or logged.
    """
    clock: Clock
    calls: Calls
    server: str | None = None
    """A server on this machine in the platform's place, by its address. It gets no real credentials."""
    campaigns: Callable[[], Sequence[EntityRef]] = tuple
    """Reads which entities of the tenant's manifests bear a budget and run."""


class SourceModule(Protocol[Opened_co]):
    """What a module for a source offers. Nothing heavy is imported before `connect` or `check` is called."""

    def connect(self, opening: Opening) -> Opened_co:
        """The account behind its port. Calls nobody yet."""
        ...

    def check(self, opening: Opening, *, timeout: float) -> tuple[Need, ...]:
        """Everything that the account needs, each met or not, asked of the platform itself.

        Raises:
            SourceSilent: it does not answer, which says nothing of what is missing.
        """
        ...


PlatformModule = SourceModule[AdPlatform]
"""A file, or a folder, `common/adapters/platforms/NAME`: that is all there is to adding the platform NAME."""
