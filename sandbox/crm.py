"""The market as a tenant's CRM: what a real adapter gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from common.domain.figures import Upload
from common.ports.ad_platform import EntityRef
from sandbox.market import Market


@dataclass(frozen=True, slots=True)
class SandboxCrm:
    """The CRM that knows customers of all entities of a market."""

    market: Market

    def uploads(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> tuple[Upload, ...]:
        """The uploads, with the conversions of the entities that the market knows."""
        names = {ref.external_id: ref.entity_id for ref in refs if ref.external_id in self.market.lines}
        found = self.market.sources.crm_uploads(since)
        return tuple(Upload(one.at, one.match_rate, _all_days(one.conversions, names)) for one in found)


def _all_days(conversions: Mapping[tuple[str, date], float], names: Mapping[str, str]) -> dict[str, float]:
    """An upload's conversions by entity id, where `names` has the ids by name in the market."""
    totals = dict.fromkeys(names.values(), 0.0)
    for (name, _), number in conversions.items():
        if name in names:
            totals[names[name]] += number
    return totals
