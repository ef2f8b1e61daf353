"""The keys under which ids of a tenant are hashed, one each. Once it is erased, what was hashed says nothing more."""

from typing import Protocol

from common.domain.errors import Refused

NEVER, ERASED = "no_key", "key_erased"
"""Codes of `NoKey`."""


class NoKey(Refused):
    """The tenant has no key: it never had one (`no_key`), or it was erased (`key_erased`)."""


class Keys(Protocol):
    """Where the keys are kept. Each call may raise Unavailable."""

    def key(self, tenant_id: str) -> bytes:
        """The tenant's key; it is asked anew each time, so that an erasure holds at once.

        Raises:
            NoKey: it has none.
        """
        ...

    def make(self, tenant_id: str) -> None:
        """Make the tenant a key, on purpose.

        Raises:
            Refused: it has one (`has_key`).
        """
        ...

    def erase(self, tenant_id: str) -> None:
        """Destroy the tenant's key, for good.

        Raises:
            NoKey: it has none.
        """
        ...


class NoKeys:
    """No tenant has a key, nor can have one."""

    def key(self, tenant_id: str) -> bytes:
        """There is none."""
        raise never(tenant_id)

    def make(self, tenant_id: str) -> None:
        """There is nowhere to keep it."""
        raise Refused("there is nowhere to keep keys: set TRIMTAB_SECRETS", "nowhere")

    def erase(self, tenant_id: str) -> None:
        """There is none."""
        raise never(tenant_id)


def never(tenant_id: str) -> NoKey:
    """A tenant that never had a key."""
    said = f"{tenant_id} has no key for what its CRM tells: `python -m trimtab new-key {tenant_id}` makes one"
    return NoKey(said, NEVER)


def erased(tenant_id: str) -> NoKey:
    """A tenant whose key was erased."""
    return NoKey(
        f"the key of {tenant_id} was erased, and nothing more is taken from its CRM: "
        f"`python -m trimtab new-key {tenant_id}` makes another, with which it begins anew",
        ERASED,
    )


def has_key(tenant_id: str) -> Refused:
    """A tenant that has a key."""
    return Refused(f"{tenant_id} has a key; another one would hide what was hashed with it", "has_key")
