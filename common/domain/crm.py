"""A tenant's CRM: who may push to us, and what we pull."""

from common.domain.account import SecretName
from common.domain.model import Frozen


class CrmSource(Frozen):
    """Where conversions that the CRM knows come from; nothing by default."""

    hubspot: SecretName | None = None
    """The secret with the token of a HubSpot private app; `None`: nothing is pulled."""
