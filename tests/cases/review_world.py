"""The world of the review's cases: that of the guardrails, with sixty days behind it. Money in whole euros, in and out.

On each day each campaign spends 100 EUR, of which GA4 sees 5 conversions come, at 50 EUR each; its platform claims 1.25
times as many once all are visible, and by now what the assumed lag lets be seen of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from math import isfinite
from typing import Any

from common.decisions.facts import Facts
from common.decisions.lag import LagCurve, age_at
from common.decisions.review.evidence import Evidence
from common.decisions.review.platform_ratio import ratios
from common.decisions.review.response import ChannelResponse, Estimate, Responses
from common.domain.figures import PartFigures
from common.domain.track_days import Counted, EntityDay, TrackDays
from tests.cases.guardrail_world import SPENT, euros, facts_of

DAY = timedelta(days=1)
PLAIN: Mapping[str, Any] = {"history": 60, "spend": 100, "ga4": 5, "platform": 1.25, "worth": 50, "claimed_worth": 50}


def evidence_of(world: Mapping[str, Any]) -> Evidence:
    """What a review looks at: the world above, with what the case says otherwise of the days of a campaign."""
    facts = facts_of(world)
    until = facts.today - DAY
    rows = [row for name in SPENT for row in _rows(name, {**PLAIN, **world.get("days", {}).get(name, {})}, facts)]
    rows.sort(key=lambda row: (row.day, row.entity_id))
    evidence = Evidence(
        facts,
        TrackDays(until - 90 * DAY, until, world.get("source", "ga4"), tuple(rows)),
        geos={name: tuple(_part(*part) for part in parts) for name, parts in world.get("geos", {}).items()},
        ads={name: _part(name, *numbers) for name, numbers in world.get("ads", {}).items()},
    )
    return replace(evidence, facts=replace(facts, state=facts.state.but(ratios=dict(ratios(evidence)))))


def responses_of(world: Mapping[str, Any]) -> Responses:
    """What is known of the campaigns' money: `daily`, `brings`, `marginal` (a value, or with its ends), `falls`."""
    return Responses({name: _response(name, **said) for name, said in world.get("responses", {}).items()})


def _rows(name: str, plain: Mapping[str, Any], facts: Facts) -> Iterator[EntityDay]:
    for back in range(1, plain["history"] + 1):
        day = facts.today - back * DAY
        count = plain["ga4"]
        claimed = None if plain["platform"] is None else count * plain["platform"] * _visible(day, facts)
        yield EntityDay(
            day,
            name,
            name,
            spend=euros(plain["spend"]),
            platform=None if claimed is None else _counted(claimed, plain["claimed_worth"], facts),
            ga4=None if plain.get("ga4_silent") else _counted(count, plain["worth"], facts),
        )


def _visible(day: date, facts: Facts) -> float:
    return LagCurve().visible(age_at(facts.calendar.bounds(day)[0], facts.now))


def _counted(count: float, worth: float, facts: Facts) -> Counted:
    return Counted(facts.now, count, euros(count * worth) if isfinite(count) else 0)


def _part(name: str, spent: float, clicks: float, impressions: float, conversions: float) -> PartFigures:
    return PartFigures(name, euros(spent), clicks, impressions, conversions)


def _response(
    name: str, *, daily: float, marginal: float | list[float], falls: float = -0.5, reachable: float | None = None
) -> ChannelResponse:
    value, low, high = marginal if isinstance(marginal, list) else (marginal, marginal, marginal)
    brings = Estimate(0.0, 0.0, 0.0)
    limit = None if reachable is None else float(euros(reachable))
    return ChannelResponse(name, name, euros(daily), brings, Estimate(value, low, high), falls, limit)
