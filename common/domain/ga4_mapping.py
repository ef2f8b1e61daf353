"""How what GA4 calls a campaign leads to the entities of the manifests."""

from typing import Annotated

from pydantic import Field

from common.domain.model import Frozen, Id


class Ga4Rule(Frozen):
    """Sessions of this source and medium, and perhaps campaign, belong to this entity. Blank matches anything."""

    entity_id: Id
    source: str = ""
    medium: str = ""
    campaign: str = ""

    def fits(self, source: str, medium: str, campaign: str) -> bool:
        """Whether what GA4 says of a session is this rule's. Capitals do not matter; all blank fits nothing."""
        pairs = ((self.source, source), (self.medium, medium), (self.campaign, campaign))
        wanted = [(ours.casefold(), theirs.casefold()) for ours, theirs in pairs if ours]
        return bool(wanted) and all(ours == theirs for ours, theirs in wanted)


class Ga4Mapping(Frozen):
    """Beside campaign ids, which need no rule: the first rule that fits wins."""

    rules: tuple[Ga4Rule, ...] = ()
    key_event: str | None = None
    """The key event of the tenant's KPI, where it is another than its vertical's."""
    tokens_a_day: Annotated[int, Field(ge=1000, le=2_000_000)] = 20_000
    """How much of the property's daily quota may be used, for reports and for realtime each: a tenth of what a standard
    property has, since others read it too (developers.google.com/analytics/devguides/reporting/data/v1/quotas)."""
