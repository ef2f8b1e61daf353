"""Which entity GA4's campaigns belong to: by the ids of Google Ads, by `utm_id`, then by the tenant's rules.

One row of a report is one session's labels, so it leads to one entity or to none, and nothing is counted twice. A
session with a Google Ads id came by that campaign, whatever its `utm_id` says. What nobody can tell apart is nobody's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from common.adapters.ga4.report import OTHER, Row
from common.domain.ga4_mapping import Ga4Rule
from common.ports.ad_platform import EntityRef

NOTHING = frozenset({"", "(not set)", "(none)", "(direct)", OTHER, "(data not available)"})
"""What GA4 says where there is no campaign, or none that it can name."""
GOOGLE_ADS = "google_ads"
OTHER_MOST = 0.05
"""The share of a campaign's own sessions (or conversions) that may be hidden in `(other)` before it is inconclusive: a
quarter-hour's scatter is larger, and the limits on steps are not finer."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The names of the dimensions that say where a session came from; another set says what first brought its user."""

    google_ads: str
    utm_id: str
    source: str
    medium: str
    campaign: str

    def asked(self, *, rules: bool) -> tuple[str, ...]:
        """Those that are asked for: the last three only where a rule wants them, since each makes more rows."""
        ids = (self.google_ads, self.utm_id)
        return (*ids, self.source, self.medium, self.campaign) if rules else ids


SESSION = Labels(
    "sessionGoogleAdsCampaignId", "sessionManualCampaignId", "sessionSource", "sessionMedium", "sessionCampaignName"
)
FIRST_USER = Labels(
    "firstUserGoogleAdsCampaignId",
    "firstUserManualCampaignId",
    "firstUserSource",
    "firstUserMedium",
    "firstUserCampaignName",
)


@dataclass(frozen=True, slots=True)
class Campaigns:
    """The way from labels to entities."""

    google_ads: Mapping[str, str | None]
    """Entity by external id; `None` where two have the same."""
    others: Mapping[str, str | None]
    rules: Sequence[Ga4Rule]
    entities: frozenset[str]

    @classmethod
    def of(cls, refs: Iterable[EntityRef], rules: Sequence[Ga4Rule]) -> "Campaigns":
        """Of these entities. One whose platform is not known may be meant by either id."""
        google_ads, others = dict[str, str | None](), dict[str, str | None]()
        entities = set[str]()
        for ref in refs:
            entities.add(ref.entity_id)
            if ref.platform in (GOOGLE_ADS, None):
                _put(google_ads, ref)
            if ref.platform != GOOGLE_ADS:
                _put(others, ref)
        return cls(google_ads, others, [one for one in rules if one.entity_id in entities], frozenset(entities))

    def entity(self, labels: Sequence[str]) -> str | None:
        """Whose a row with these labels is: Google Ads' id and `utm_id`, then source, medium and campaign if asked."""
        google_ads, utm_id, *words = labels
        if google_ads not in NOTHING:
            found = self.google_ads.get(google_ads)
        else:
            found = None if utm_id in NOTHING else self.others.get(utm_id)
        if found is None and len(words) == 3:
            found = next((rule.entity_id for rule in self.rules if rule.fits(*words)), None)
        return found


def _put(known: dict[str, str | None], ref: EntityRef) -> None:
    known[ref.external_id] = ref.entity_id if known.get(ref.external_id, ref.entity_id) == ref.entity_id else None


@dataclass(slots=True)
class Shared:
    """The rows of a report by entity, and what of it may be anybody's."""

    rows: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    hidden: list[float] = field(default_factory=list[float])
    """What the rows in `(other)` come to, by metric; refunds are as much as sales: both would change a campaign's."""

    @classmethod
    def out(cls, rows: Iterable[Row], campaigns: Campaigns, places: slice) -> "Shared":
        """Share out these rows; `places` are where their labels have the campaign."""
        found = cls({entity: [] for entity in campaigns.entities})
        for row in rows:
            if OTHER in row.labels:
                sums = found.hidden or [0.0] * len(row.numbers)
                found.hidden = [a + abs(b) for a, b in zip(sums, row.numbers, strict=True)]
                continue
            entity = campaigns.entity(row.labels[places])
            if entity is not None:
                found.rows[entity].append(row)
        return found

    def conclusive(self, entity: str) -> bool:
        """Whether what `(other)` hides can't change this campaign's numbers by more than `OTHER_MOST`."""
        own = [sum(row.numbers[metric] for row in self.rows[entity]) for metric in range(len(self.hidden))]
        return all(hidden <= OTHER_MOST * own[metric] for metric, hidden in enumerate(self.hidden))
