"""How what GA4 calls a campaign leads to the entities of the manifests."""

from common.domain.model import Frozen, Id


class Ga4Rule(Frozen):
    """Sessions of this source and medium, and perhaps campaign, belong to this entity. Blank matches anything."""

    entity_id: Id
    source: str = ""
    medium: str = ""
    campaign: str = ""


class Ga4Mapping(Frozen):
    """Beside campaign ids, which need no rule: the first rule that fits wins."""

    rules: tuple[Ga4Rule, ...] = ()
    key_event: str | None = None
    """The key event of the tenant's KPI, where it is another than its vertical's."""
