"""What an agent is asked: the evidence as plain JSON values, bounded in size, with strangers' text marked as such.

Whoever names an advertisement may want to be read as a command. A name that looks like one is not passed on; the
entity is then known by its id alone. What names could do otherwise is bounded where the answer is admitted.
"""

from collections.abc import Iterable
from datetime import timedelta
from math import isfinite
from typing import Any

from common.decisions.review.evidence import WINDOW, Evidence, Found
from common.decisions.review.outside_text import LONGEST_WHY, harmless
from common.domain.advice import Question
from common.domain.change import Proposal
from common.domain.figures import PartFigures
from common.domain.manifest import Entity

MOST_PROPOSALS, MOST_CHANGES = 30, 20
MOST_ENTITIES, MOST_CHANNELS = 100, 20
MOST_CAMPAIGNS, MOST_GEOS = 12, 15
"""Campaigns whose geos are shown, and of each the geos that cost most."""
WEEKS = 13


def question(evidence: Evidence, found: Found) -> Question:
    """The question about one track. Money is in micros; a number that is none is null; what is too much is left out."""
    fit = (one for one in found.proposals if len(one.changes) <= MOST_CHANGES)
    proposals = tuple(_shown(one) for one in fit)[:MOST_PROPOSALS]
    entities = _entities(evidence, proposals)
    channels = evidence.days.channels[:MOST_CHANNELS]
    return Question(
        evidence={
            "kpi": _kpi(evidence, channels),
            "weeks": {channel: _weeks(evidence, channel) for channel in channels},
            "days_of_geos_and_ads": WINDOW.days,
            "geos": {one.entity_id: _geos(evidence.geos[one.entity_id]) for one in _with_geos(evidence, entities)},
            "ads": {
                one.entity_id: _part(evidence.ads[one.entity_id]) for one in entities if one.entity_id in evidence.ads
            },
        },
        proposals=proposals,
        facts=_facts(evidence) | {"entities": [_entity(one, evidence) for one in entities]},
    )


def _shown(proposal: Proposal) -> Proposal:
    """As it is, less what may not be passed on: its sentence names entities as strangers named them."""
    why = proposal.why if harmless(proposal.why, LONGEST_WHY) else ""
    return proposal.but(why=why, evidence={name: _plain(value) for name, value in proposal.evidence.items()})


def _facts(evidence: Evidence) -> dict[str, Any]:
    facts, yardstick = evidence.facts, evidence.yardstick
    rails = facts.tenant.guardrails.model_dump(mode="json", exclude={"mode", "protected_geos"})
    lines = facts.slice.channels[:MOST_CHANNELS]
    return {
        "today": facts.today.isoformat(),
        "days_left": facts.days_left(),
        "currency": facts.tenant.currency,
        "vertical": facts.tenant.vertical.value,
        "kpi": {"metric": yardstick.metric.value, "target": yardstick.target, "proxy": yardstick.proxy},
        "guardrails": rails | {"protected_geos": sorted(facts.tenant.guardrails.protected_geos)[:MOST_ENTITIES]},
        "increases_frozen": [{"channel": one.channel, "code": one.code} for one in facts.state.freezes],
        "plan": [{"channel": one.channel, "budget": one.budget, "max_budget": one.max_budget} for one in lines],
    }


def _entities(evidence: Evidence, proposals: Iterable[Proposal]) -> list[Entity]:
    """Those that proposals are about, then those that hold money, then what was shown most."""
    touched = {name for proposal in proposals for name in proposal.entities}

    def place(one: Entity) -> tuple[bool, bool, float, str]:
        ad = evidence.ads.get(one.entity_id)
        shown = ad.impressions if ad is not None and isfinite(ad.impressions) else 0.0
        return one.entity_id not in touched, one.allocation is None, -shown, one.entity_id

    return sorted(evidence.facts.manifest.entities.values(), key=place)[:MOST_ENTITIES]


def _entity(entity: Entity, evidence: Evidence) -> dict[str, Any]:
    spent = evidence.facts.spend.get(entity.entity_id)
    row: dict[str, Any] = {
        "entity_id": entity.entity_id,
        "name_from_outside": entity.name if harmless(entity.name) else None,
        "kind": entity.kind.value,
        "part_of": entity.parent,
        "platform": entity.platform,
        "channel": entity.channel,
        "status": entity.status.value,
        "allocation": entity.allocation,
        "spent_at_most": None if spent is None else spent.most,
        "daily_budget": entity.daily_budget,
        "bid_target": entity.bid_target,
        "bid_metric": entity.delivery.bid_metric,
        "excluded_geos_from_outside": [geo for geo in entity.excluded_geos if harmless(geo)][:MOST_GEOS],
    }
    return {name: value for name, value in row.items() if value not in (None, [])}


def _kpi(evidence: Evidence, channels: Iterable[str]) -> dict[str, Any]:
    track, of = evidence.recent.track, evidence.recent.channels
    return {
        "track": None if track is None else track.body(),
        "channels": {name: of[name].body() for name in channels if name in of},
    }


def _weeks(evidence: Evidence, channel: str) -> list[dict[str, Any]]:
    """The last weeks, the newest first, by the source that counts."""
    days, weeks = evidence.days, list[dict[str, Any]]()
    rows = days.of(channel=channel)
    for back in range(WEEKS):
        until = days.until - timedelta(days=7 * back)
        since = until - timedelta(days=6)
        week = [row for row in rows if since <= row.day <= until]
        if week:
            counted = [one for one in (row.counted(days.source) for row in week) if one is not None]
            weeks.append(
                {
                    "since": since.isoformat(),
                    "spend": sum(row.spend or 0 for row in week),
                    "conversions": _plain(sum(one.conversions for one in counted)),
                    "value": sum(one.value for one in counted),
                }
            )
    return weeks


def _with_geos(evidence: Evidence, entities: Iterable[Entity]) -> list[Entity]:
    return [one for one in entities if evidence.geos.get(one.entity_id)][:MOST_CAMPAIGNS]


def _geos(geos: Iterable[PartFigures]) -> list[dict[str, Any]]:
    named = [one for one in geos if harmless(one.part)]
    dearest = sorted(named, key=lambda one: (-one.micros, one.part))[:MOST_GEOS]
    return [{"geo_from_outside": one.part, **_part(one)} for one in dearest]


def _part(figures: PartFigures) -> dict[str, Any]:
    counts = {"clicks": figures.clicks, "impressions": figures.impressions, "conversions": figures.conversions}
    return {name: _plain(value) for name, value in ({"spend": figures.micros} | counts).items()}


def _plain(value: float | int | str | None) -> float | int | str | None:
    """A float to six digits, or null where it is no number."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.6g}") if isfinite(value) else None
