"""A tenant's CRM: who may push to us, and what we pull."""

from typing import Annotated

from pydantic import Field, StringConstraints

from common.domain.account import SecretName
from common.domain.model import Frozen

Sender = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", to_lower=True)]
Property = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")]
"""The internal name of a property in HubSpot."""


class HubSpotProperties(Frozen):
    """Which properties of a deal say what it belongs to. One of a campaign or a click is needed to count a deal."""

    campaign: Property | None = None
    """Holds the campaign's id on its platform."""
    platform: Property | None = None
    """Holds the platform's name, as the manifests have it; without it a campaign's id must be of one platform only."""
    click_id: Property | None = None


class CrmSource(Frozen):
    """Where conversions that the CRM knows come from; nothing by default."""

    senders: tuple[Sender, ...] = ()
    """E-mail addresses, of service accounts as a rule, whose Google ID tokens are taken."""
    signing: SecretName | None = None
    """The secret with the keys that senders sign with, as Standard Webhooks has them (`whsec_...`)."""
    hubspot: SecretName | None = None
    """The secret with the token of a HubSpot private app; `None`: nothing is pulled."""
    hubspot_properties: HubSpotProperties = HubSpotProperties()

    @property
    def is_used(self) -> bool:
        """Whether anything comes from anywhere."""
        return bool(self.senders or self.signing or self.hubspot)
