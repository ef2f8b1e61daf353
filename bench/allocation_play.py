"""Plays a scenario's flight under a policy that moves money between channels, paced hour by hour as in production.

Every policy sees the same recorded days, moves once a day at the tenant's review hour, and is judged by the guardrails;
only what they let through by themselves happens. What its flight is worth is expected value: curve times level at the
spend that really happened.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from bench.flights import Policy, TrackInPlay
from common.decisions import pacing
from common.decisions.facts import Facts
from common.decisions.guardrails import judge
from common.decisions.lag import LagCurve, Sight, age_at, learn
from common.decisions.observe import observe, spend_since
from common.decisions.review.evidence import Evidence
from common.domain.change import Change, OptimizationType, Proposal, Setting, Verdict
from common.domain.money import MICROS
from common.domain.performance import STEPS
from common.domain.track_days import Counted, EntityDay, TrackDays
from sandbox.ga4 import REPORT_DELAY_HOURS
from sandbox.judge import value
from sandbox.line import Line
from sandbox.market import Market
from sandbox.scenario import Scenario
from sandbox.tenancy import manifests_of, plan_of, revised, tenant_of


def _paced(facts: Facts) -> Sequence[Proposal]:
    return pacing.decide(facts).proposals


PACING = Policy(spend_since, observe, _paced)
_DAY = timedelta(days=1)
_RESTATED = 16
"""Days that are read again at every review; what comes later than that is left out."""

Allocations = Mapping[str, int]
"""By entity id, in micros for the whole flight."""


@dataclass(frozen=True, slots=True)
class Sighted:
    """What a policy may look at on one day; only an oracle looks at the market."""

    evidence: Evidence
    market: Market
    track_id: str


class Mover(Protocol):
    """A policy for one track; `guarded` is false for one that no guardrail holds back."""

    guarded: bool

    def wants(self, sighted: Sighted) -> Allocations | None:
        """The allocations that it wants; `None` to leave all as it is. Their sum must be the one that is there."""
        ...


def play(scenario: Scenario, mover: Callable[[], Mover]) -> float:
    """Play the whole flight, each track under a mover of its own, and say what it is worth."""
    market = Market(scenario)
    tenant, plan = tenant_of(scenario), plan_of(scenario)
    calendar = market.hours.calendar
    tracks = [_Track(TrackInPlay(market, tenant, plan, one), market, mover()) for one in manifests_of(scenario)]
    revisions = 0
    reviews = {market.hours.index(calendar.turn(day, tenant.cadences.review_hour, 0)) for day in _days(scenario)}
    while market.now < market.end:
        approved = market.plan_revisions()
        for revision in approved[revisions:]:
            plan = revised(scenario, plan, revision, market.now)
            for track in tracks:
                track.played.follow(plan)
        revisions = len(approved)
        for track in tracks:
            track.played.tick(PACING)
            if market.hour in reviews:
                track.review()
        market.advance_hour()
    return value(market)


class _Track:
    """One track in play, its records and its mover."""

    def __init__(self, played: TrackInPlay, market: Market, mover: Mover) -> None:
        self.played, self._market, self._mover = played, market, mover
        self._record = Record(market, played.manifest.track_id)

    def review(self) -> None:
        """Let the mover move, as far as the guardrails let it."""
        facts = self.played.facts()
        evidence = self._record.evidence(facts)
        wanted = self._mover.wants(Sighted(evidence, self._market, self.played.manifest.track_id))
        moves = _moves(facts, wanted or {})
        if not moves:
            return
        proposal = Proposal(
            proposal_id="shift", type=OptimizationType.BUDGET_SHIFT, rule="bench", changes=moves, why="bench"
        )
        if not self._mover.guarded or all(one.verdict is Verdict.AUTO for one in judge([proposal], facts)):
            self.played.shift(moves)


def _moves(facts: Facts, wanted: Allocations) -> tuple[Change, ...]:
    entities = facts.manifest.entities
    before = {name: entities[name].allocation or 0 for name in wanted}
    moved = [name for name in wanted if wanted[name] != before[name]]
    if sum(wanted.values()) != sum(before.values()):
        raise ValueError(f"allocations of {sum(before.values())} became {sum(wanted.values())}: {wanted}")
    return tuple(
        Change(entity_id=name, setting=Setting.ALLOCATION, before=before[name], after=wanted[name]) for name in moved
    )


class Record:
    """A track's recorded days as reviews find them: spend and claims by the click's day, GA4 by the event's."""

    def __init__(self, market: Market, track_id: str) -> None:
        self._market = market
        self._lines = {line.channel.channel: line for line in market.lines.values() if line.track.track_id == track_id}
        self._rows: dict[tuple[date, str], EntityDay] = {}
        self._sights: dict[tuple[date, str], list[Sight]] = {}
        self._curves: dict[str, LagCurve] = {}

    def evidence(self, facts: Facts) -> Evidence:
        """What is known when a review begins."""
        days, today = self._market.hours.days, self._market.hours.day(self._market.hour)
        first = max(0, today - _RESTATED) if self._rows else 0
        for day in range(first, today):
            for name, line in self._lines.items():
                row = self._row(name, line, day)
                if row is not None:
                    self._rows[row.day, name] = row
                    self._sight(row, today - day)
        if not self._curves or (today - self._market.hours.flight_day) % 7 == 0:
            self._curves = {name: self._curve(name) for name in self._lines}
        source = "ga4" if self._market.sources.ga4_connected() else "platform"
        rows = tuple(self._rows[key] for key in sorted(self._rows))
        return Evidence(facts, TrackDays(days[0], days[today - 1], source, rows), self._curves)

    def _row(self, name: str, line: Line, day: int) -> EntityDay | None:
        """A day as it is known now; nothing before the platform has reported its end."""
        market, hours = self._market, self._market.hours
        first, end, reported = hours.first[day], hours.first[day + 1], market.visible_until(line.entity)
        if end > reported:
            return None
        happening, worth = market.sources.conversions[line.entity], line.channel.value_per_conversion * MICROS
        happening.through(reported)
        spend = round(sum(line.spending.by_hour[first:end]) * MICROS)
        claimed = sum(
            one.platform for hour in range(first, end) for one in happening.clicked[hour] if one.event < reported
        )
        platform = Counted(hours.instant(reported), claimed, round(claimed * worth))
        known = market.hour - REPORT_DELAY_HOURS
        ga4 = None
        if market.sources.ga4_connected() and end <= known:
            happening.through(known)
            seen = sum(one.ga4 for hour in range(first, end) for one in happening.happened[hour])
            ga4 = Counted(hours.instant(known), seen, round(seen * worth), round(seen * worth))
        return EntityDay(hours.days[day], name, name, spend, platform=platform, ga4=ga4)

    def _sight(self, row: EntityDay, age: int) -> None:
        if row.platform is not None and age in STEPS:
            start = self._market.hours.calendar.bounds(row.day)[0]
            sight = age_at(start, row.platform.until), row.platform.conversions
            self._sights.setdefault((row.day, row.entity_id), []).append(sight)

    def _curve(self, name: str) -> LagCurve:
        return learn(seen for (_, of), seen in self._sights.items() if of == name)


def _days(scenario: Scenario) -> list[date]:
    return [scenario.flight.start + offset * _DAY for offset in range(scenario.flight.days)]
