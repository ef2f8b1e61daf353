"""A tenant's CRM: what it uploaded of the conversions that it knows."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from common.domain.errors import SourceSilent
from common.domain.figures import Upload
from common.ports.ad_platform import EntityRef


class CrmUnavailable(SourceSilent):
    """There was no answer about the CRM's uploads, or not in time."""


class Crm(Protocol):
    """One tenant's CRM. Every call ends within `timeout` seconds."""

    def uploads(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> tuple[Upload, ...]:
        """The uploads at `since` or later, oldest first, with the conversions of these entities.

        Raises:
            CrmUnavailable: no answer.
        """
        ...


CrmOf = Callable[[str], Crm]
"""`crm(tenant_id)`: the tenant's CRM."""


class NoCrm:
    """Of a tenant that has no CRM."""

    def uploads(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> tuple[Upload, ...]:
        """Nothing was ever uploaded."""
        return ()


def no_crm(_: str) -> Crm:
    """No tenant has a CRM."""
    return NoCrm()
