"""Ads that people surely pass by, turned off one at a time so that better ones of their group are shown instead.

Clicks are binomial; after c clicks in n impressions the click rate is Beta(1/2 + c, 1/2 + n - c) under Jeffreys' prior
(Brown, Cai & DasGupta, "Interval Estimation for a Binomial Proportion", Statistical Science 16, 2001). The chance that
it is under the tenant's floor is asked to reach the tenant's confidence. A paused ad of the group that is as surely
over the floor takes its place, unless a person turned it off.
"""

from collections.abc import Iterator, Mapping
from math import isfinite, sqrt
from typing import NamedTuple

from common.decisions.facts import Facts
from common.decisions.guardrails.context import Context
from common.decisions.guardrails.evidence import CONFIDENCE, CTR, IMPRESSIONS
from common.decisions.kpi import Z
from common.decisions.review.chances import beta_below
from common.decisions.review.evidence import WINDOW, Evidence, Found
from common.decisions.review.standing_still import not_raised, off
from common.domain.change import Change, OptimizationType, Proposal, Reason, Setting, Status
from common.domain.figures import PartFigures
from common.domain.manifest import Entity, EntityKind

RULE = "creative"


class _Ad(NamedTuple):
    """An ad with its figures."""

    entity: Entity
    clicks: float
    impressions: float
    below: float
    """The chance that its click rate is under the floor."""

    @property
    def rate(self) -> float:
        """Clicks for an impression, as they were counted."""
        return self.clicks / self.impressions


def propose(evidence: Evidence) -> Found:
    """For each group of ads the one that is surely under the floor, if it is not the only one that is live."""
    groups: dict[str | None, list[Entity]] = {}
    for entity in evidence.facts.manifest.entities.values():
        if entity.kind is EntityKind.AD:
            groups.setdefault(entity.parent, []).append(entity)
    found = [_of_group(ads, evidence) for ads in groups.values()]
    return Found(
        tuple(proposal for one in found for proposal in one.proposals),
        tuple(reason for one in found for reason in one.reasons),
    )


def _of_group(ads: list[Entity], evidence: Evidence) -> Found:
    facts = evidence.facts
    still = {one.entity_id: reason for one in ads if (reason := _off(one, facts)) is not None}
    live = [one for one in ads if one.entity_id not in still]
    judged = {one.entity_id: _judged(one, evidence) for one in live}
    worst = _worst(judged, len(live), evidence)
    reasons = [*still.values(), *_left_alone(judged, len(live), worst, evidence)]
    if worst is None:
        return Found((), tuple(reasons))
    better = _better([one for one in ads if one.entity_id in still], evidence)
    return Found((_proposal(worst, better, judged, evidence),), tuple(reasons))


def _off(ad: Entity, facts: Facts) -> Reason | None:
    """It is not shown: it is off itself, or what it is part of is."""
    reasons = (off(each, facts) for each in Context(facts).lineage(ad))
    return next((one.but(entity_id=ad.entity_id) for one in reasons if one is not None), None)


def _judged(entity: Entity, evidence: Evidence) -> _Ad | None:
    """The ad as it did; `None` where its platform did not say, or said what can't be."""
    shown = evidence.ads.get(entity.entity_id)
    if shown is None or not _sound(shown):
        return None
    floor = evidence.facts.tenant.guardrails.ctr_floor_pct / 100
    below = beta_below(shown.clicks + 0.5, shown.impressions - shown.clicks + 0.5, floor)
    return _Ad(entity, shown.clicks, shown.impressions, below)


def _sound(shown: PartFigures) -> bool:
    return isfinite(shown.clicks) and isfinite(shown.impressions) and 0 <= shown.clicks <= shown.impressions > 0


def _worst(judged: Mapping[str, _Ad | None], live: int, evidence: Evidence) -> _Ad | None:
    """The ad with the lowest click rate of those that are surely under the floor; none where only one is live."""
    low = [one for one in judged.values() if one is not None and _is_low(one, evidence)]
    return min(low, key=lambda one: (one.rate, one.entity.entity_id), default=None) if live > 1 else None


def _is_low(ad: _Ad, evidence: Evidence) -> bool:
    rails = evidence.facts.tenant.guardrails
    return (
        ad.impressions >= rails.min_impressions and 100 * ad.rate < rails.ctr_floor_pct and ad.below >= rails.confidence
    )


def _left_alone(judged: Mapping[str, _Ad | None], live: int, worst: _Ad | None, evidence: Evidence) -> Iterator[Reason]:
    rails = evidence.facts.tenant.guardrails
    for name, ad in judged.items():
        if ad is None:
            yield Reason(code="clicks_unknown", entity_id=name)
        elif ad is worst:
            continue
        elif ad.impressions < rails.min_impressions:
            yield Reason(
                code="few_impressions", measured=round(ad.impressions), limit=rails.min_impressions, entity_id=name
            )
        elif not _is_low(ad, evidence):
            yield Reason(
                code="clicked_enough", measured=round(100 * ad.rate, 3), limit=rails.ctr_floor_pct, entity_id=name
            )
        elif live < 2:
            yield Reason(code="last_live_ad", measured=0, limit=1, entity_id=name)
        else:
            yield Reason(code="one_ad_at_a_time", entity_id=name)


def _better(paused: list[Entity], evidence: Evidence) -> _Ad | None:
    """The paused ad with the best click rate that is surely over the floor and may be turned on."""
    rails = evidence.facts.tenant.guardrails
    judged = (_judged(one, evidence) for one in paused if _free(one, evidence.facts))
    good = [
        one
        for one in judged
        if one is not None and one.impressions >= rails.min_impressions and 1 - one.below >= rails.confidence
    ]
    return max(good, key=lambda one: (one.rate, one.entity.entity_id), default=None)


def _free(ad: Entity, facts: Facts) -> bool:
    """Whether an ad that is off may be shown again: not where a person or an emergency turned it off, nor now."""
    last = next((past for past in reversed(ad.trail) if past.setting is Setting.STATUS), None)
    by_rule = last is None or (last.auto and last.type is not OptimizationType.EMERGENCY_PAUSE)
    now = facts.manifest.pause_over(ad) is None and not_raised(ad, facts) is None
    return by_rule and now and not ad.policy_sensitive


def _proposal(worst: _Ad, better: _Ad | None, judged: Mapping[str, _Ad | None], evidence: Evidence) -> Proposal:
    rails = evidence.facts.tenant.guardrails
    turned = [_turned(worst.entity, Status.PAUSED)]
    instead = ""
    if better is not None:
        turned.append(_turned(better.entity, Status.ENABLED))
        instead = f"; {better.entity.called}, at {100 * better.rate:.2f}%, is shown instead"
    others = [one for one in judged.values() if one not in (None, worst)]
    taking = [one for one in (better, *others) if one is not None]
    low, gained, high = _clicks_gained(worst, taking)
    return Proposal(
        proposal_id=f"{RULE}:{worst.entity.entity_id}",
        type=OptimizationType.CREATIVE,
        rule=RULE,
        changes=tuple(turned),
        why=f"{worst.entity.called} is paused: shown {worst.impressions:,.0f} times, it was clicked in"
        f" {100 * worst.rate:.2f}% of them, and {rails.ctr_floor_pct:g}% is the least{instead}.",
        evidence={
            CTR: round(100 * worst.rate, 4),
            IMPRESSIONS: round(worst.impressions),
            CONFIDENCE: round(worst.below, 6),
            "others_ctr_pct": None if gained is None else round(100 * _rate(taking), 4),
            "expected_effect": gained,
            "effect_low": low,
            "effect_high": high,
            "effect_unit": "clicks a day",
        },
    )


def _turned(ad: Entity, status: Status) -> Change:
    return Change(entity_id=ad.entity_id, setting=Setting.STATUS, before=ad.status.value, after=status.value)


def _rate(ads: list[_Ad]) -> float:
    """Clicks for an impression of these ads together."""
    return sum(one.clicks for one in ads) / sum(one.impressions for one in ads)


def _clicks_gained(worst: _Ad, taking: list[_Ad]) -> tuple[float | None, float | None, float | None]:
    """Clicks a day that its impressions would bring the ads that take them: at least, likely, at most (90%).

    Nothing is said where nothing is known of those.
    """
    if not taking:
        return None, None, None
    daily, rate, shown = worst.impressions / WINDOW.days, _rate(taking), sum(one.impressions for one in taking)
    error = sqrt(rate * (1 - rate) / shown + worst.rate * (1 - worst.rate) / worst.impressions)
    gained = rate - worst.rate
    low, middle, high = (round(daily * (gained + z * error), 4) for z in (-Z, 0.0, Z))
    return low, middle, high
