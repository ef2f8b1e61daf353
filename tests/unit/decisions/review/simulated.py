"""Channels whose truth is known: their days are drawn from it, and what is learned is held to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

from common.decisions.lag import LagCurve, age_at
from common.decisions.review.evidence import Evidence
from common.decisions.review.response_filter import brings
from common.domain.money import MICROS
from common.domain.track_days import Counted, EntityDay, TrackDays
from sandbox.draws import poisson
from tests.cases.guardrail_world import facts_of

DAY = timedelta(days=1)
REFERENCE: Mapping[str, float] = {"search": 100, "social": 100, "video": 50}
"""Euros a day that the plan gives to each channel of the world of the guardrails' cases."""


@dataclass(frozen=True)
class Truth:
    """What a channel brings: conversions a day at the reference spend, and how fast its returns fall there."""

    level: float
    elasticity: float = 0.6
    jump: float = 1.0
    """By what the level is multiplied for the last days."""
    jumped: int = 0
    """How many days that are."""

    def mean(self, spend: float, ago: int) -> float:
        """Of the day so many days ago, at a multiple of the reference spend."""
        return self.level * (self.jump if ago <= self.jumped else 1.0) * brings(self.elasticity, spend)


def simulated(
    truths: Mapping[str, Truth],
    *,
    seed: int = 0,
    days: int = 60,
    spends: tuple[float, float] = (0.5, 1.6),
    told: Callable[[int], int] = lambda _: 0,
    claims: Callable[[int], float] = lambda _: 1.0,
    worth: float = 50.0,
    world: Mapping[str, Any] | None = None,
) -> Evidence:
    """A track's days by chance: Poisson, of which the platform has seen what its lag lets it see.

    Args:
        spends: between which multiples of the reference spend each day lies.
        told: by how many days ago a day was, how many days ago its platform was last asked about it.
        claims: by how many days ago a day was, what its platform claims for each of GA4's.
    """
    dice, facts = Random(seed), facts_of(world or {})
    rows: list[EntityDay] = []
    for ago in range(days, 0, -1):
        day = facts.today - ago * DAY
        start = facts.calendar.bounds(day)[0]
        until = facts.now - told(ago) * DAY
        for name, truth in truths.items():
            spend = dice.uniform(*spends)
            visible = LagCurve().visible(age_at(start, until))
            mean = truth.mean(spend, ago)
            claimed, seen = poisson(dice.random(), mean * visible) * claims(ago), poisson(dice.random(), mean)
            rows.append(
                EntityDay(
                    day,
                    name,
                    name,
                    spend=round(spend * REFERENCE[name] * MICROS),
                    platform=Counted(until, claimed, round(claimed * worth * MICROS)),
                    ga4=Counted(facts.now, seen, round(seen * worth * MICROS)),
                )
            )
    return Evidence(facts, TrackDays(rows[0].day, rows[-1].day, "ga4", tuple(rows)))


def with_allocation(evidence: Evidence, name: str, units: float) -> Evidence:
    """With another allocation for one campaign, in euros."""
    manifest = evidence.facts.manifest
    entity = manifest.entities[name].but(allocation=round(units * MICROS))
    known = manifest.but(entities={**manifest.entities, name: entity})
    return replace(evidence, facts=replace(evidence.facts, manifest=known))
