"""A tenant's CRM as it told us: what was taken in, day by day, as the uploads that the decisions look at."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from common.domain import paths
from common.domain.calendar import TenantCalendar
from common.domain.crm_days import CrmDay
from common.domain.errors import SourceSilent, Unavailable
from common.domain.figures import Booked, Upload
from common.domain.model import parse
from common.domain.sealing import sealed
from common.domain.tenant import Tenant
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import EntityRef
from common.ports.clock import Clock
from common.ports.crm import CrmUnavailable
from common.ports.documents import Documents, Query
from common.ports.keys import Keys, NoKey

LOOKED_BACK = timedelta(days=90)
"""A campaign that the CRM named in this time is one that it knows: without a conversion it then had none."""

Rates = Callable[[datetime, float], Mapping[date, float]]
"""`rates(since, timeout)`: match rates by local day, from a source beside the CRM. Raises `SourceSilent`."""


def no_rates(_: datetime, __: float) -> Mapping[date, float]:
    """Nobody else tells a match rate."""
    return {}


@dataclass(frozen=True, slots=True)
class StoredCrm:
    """One tenant's CRM. All that was told on one local day is one upload, which grows until the day is over."""

    tenant: Tenant
    documents: Documents
    keys: Keys
    clock: Clock
    rates: Rates = no_rates
    """Asked for the days of which the CRM itself told no match rate."""

    def uploads(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> tuple[Upload, ...]:
        """As the port says."""
        calendar = TenantCalendar.of(self.tenant.time_zone)
        first = calendar.day_of(since)
        try:
            days = self._days(min(first, calendar.day_of(self.clock.now()) - LOOKED_BACK))
            names = self._names(refs) if days else dict[str, str]()
        except NoKey as error:
            raise CrmUnavailable(str(error), Trouble(TroubleKind.PERSON, error.code, str(error))) from error
        except Unavailable as error:
            trouble = Trouble(
                TroubleKind.LATER, "unavailable", "what the CRM told can't be read now; it is tried again"
            )
            raise CrmUnavailable(trouble.said, trouble) from error
        named = {count.target for day in days for count in day.counts}
        known = {target: entity_id for target, entity_id in names.items() if target in named}
        found = [_upload(day, known) for day in days if day.day >= first]
        told = [one for one in found if one is not None and one.at >= since]
        return self._rated(told, since, timeout)

    def _days(self, first: date) -> list[CrmDay]:
        found: list[CrmDay] = []
        query: Query | None = Query(paths.crm_days(self.tenant.tenant_id), start=first.isoformat())
        while query is not None:
            page = self.documents.query(query)
            found += [parse(CrmDay, document.data, document.path) for document in page.documents]
            query = page.next
        return found

    def _names(self, refs: Sequence[EntityRef]) -> dict[str, str]:
        """What the CRM may call these entities, as it is kept, and their ids.

        A campaign's id without its platform is its name only where no two platforms have one of the same id.
        """
        key = self.keys.key(self.tenant.tenant_id)
        of_one = Counter(ref.external_id for ref in refs)
        names: dict[str, str] = {}
        for ref in refs:
            names[sealed(key, "target", "entity", ref.entity_id)] = ref.entity_id
            names[sealed(key, "target", "campaign", ref.platform or "", ref.external_id)] = ref.entity_id
            if of_one[ref.external_id] == 1:
                names[sealed(key, "target", "campaign", "", ref.external_id)] = ref.entity_id
        return names

    def _rated(self, found: Sequence[Upload], since: datetime, timeout: float) -> tuple[Upload, ...]:
        """The uploads, each with a match rate where anybody tells one."""
        if all(one.match_rate is not None for one in found):
            return tuple(found)
        day_of = TenantCalendar.of(self.tenant.time_zone).day_of
        try:
            rates = self.rates(since, timeout)
        except SourceSilent:  # then nobody tells a rate; one that was told before grows old, and that is noticed
            return tuple(found)
        return tuple(
            one if one.match_rate is not None else replace(one, match_rate=rates.get(day_of(one.at))) for one in found
        )


def _upload(day: CrmDay, known: Mapping[str, str]) -> Upload | None:
    """What was told on one day, of the entities that the CRM knows by their ids; `None` where nothing was."""
    if day.at is None:
        return None
    booked: dict[str, dict[date, Booked]] = {entity_id: {} for entity_id in known.values()}
    for count in day.counts:
        entity_id = known.get(count.target)
        if entity_id is not None:
            had = booked[entity_id].get(count.day, Booked(0, 0))
            booked[entity_id][count.day] = Booked(had.conversions + count.conversions, had.micros + count.micros)
    together = {entity_id: float(sum(one.conversions for one in of.values())) for entity_id, of in booked.items()}
    return Upload(day.at, day.match_rate, together, booked)
