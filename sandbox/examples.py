"""Example requests for a served flight to open with: made up, but judged and asked about like any other.

One is as a daily review makes them, in two parts; another wants to spend more though the sources disagree.
"""

from collections.abc import Callable, Sequence

from common.decisions.facts import NOTHING_SPENT, Facts
from common.decisions.guardrails import judge
from common.domain.change import Change, OptimizationType, Proposal, Setting, Value, Verdict
from common.domain.change_set import Origin
from common.domain.manifest import Entity
from common.domain.money import from_units, show
from common.domain.paths import Track
from common.use_cases.load import facts_of, load_track
from common.use_cases.ports import Ports
from common.use_cases.propose import propose
from common.use_cases.queries import waiting
from sandbox.live import geo_names
from sandbox.scenario import Scenario

WHO = "example"
"""Whom the log names as having asked."""
NOTE = {"note": "The figures are made up: this request is an example."}
SHIFT, STEP = 0.12, 1.3
"""Of what a campaign has not spent, and times its daily budget: a little more than Trimtab does by itself."""


def ask_examples(ports: Ports, scenario: Scenario) -> int:
    """Ask them, each about a track of its own about which nobody is asked yet. Returns how many requests that made."""
    asked = {one.track_id for one in waiting(ports, scenario.name)}
    free = [Track(scenario.name, one.track_id) for one in scenario.tracks if one.track_id not in asked]
    before = len(waiting(ports, scenario.name))
    for make in (_review, _more):
        taken = next((track for track in free if _ask(ports, track, make, scenario)), None)
        free = [track for track in free if track != taken]
    return len(waiting(ports, scenario.name)) - before


def _ask(ports: Ports, track: Track, make: Callable[[Facts, Scenario], Sequence[Proposal]], scenario: Scenario) -> bool:
    """Ask what the guardrails leave to a person. Returns whether there was anything of that."""
    loaded = load_track(ports, track)
    facts = facts_of(ports, loaded, envelope=True)
    judged = [one for one in judge(make(facts, scenario), facts) if one.verdict is Verdict.NEEDS_APPROVAL]
    if not judged:
        return False
    propose(ports, loaded, facts, judged, Origin(cadence=WHO, window=facts.now, by=WHO), ports.new_run())
    return True


def _review(facts: Facts, scenario: Scenario) -> tuple[Proposal, ...]:
    """Move money from the largest campaign to the next, and leave out a place there that sells badly."""
    bearing = _bearing(facts)
    if len(bearing) < 2:
        return ()
    giver, taker = bearing[:2]
    parts = [_shift(giver, taker, facts)]
    track = next(one for one in scenario.tracks if one.track_id == facts.manifest.track_id)
    places = next((geo_names(line) for line in track.channels if line.channel == taker.channel), ())
    if len(places) > 1 and not taker.excluded_geos:
        parts.append(_without(taker, places[-1]))
    return tuple(parts)


def _bearing(facts: Facts) -> list[Entity]:
    """Campaigns whose money can move, the largest first; a platform's own total would have to move with it."""
    found = [one for one in facts.manifest.entities.values() if one.allocation and not one.delivery.takes_total_budget]
    return sorted(found, key=lambda one: -(one.allocation or 0))


def _shift(giver: Entity, taker: Entity, facts: Facts) -> Proposal:
    unspent = (giver.allocation or 0) - facts.spend.get(giver.entity_id, NOTHING_SPENT).most
    moved = _whole(SHIFT * unspent)
    said, here, there = (show(one, facts.tenant.currency) for one in (moved, from_units(23.4), from_units(17.1)))
    return Proposal(
        proposal_id=f"{WHO}:shift",
        type=OptimizationType.BUDGET_SHIFT,
        rule=WHO,
        changes=(
            _change(giver, Setting.ALLOCATION, (giver.allocation or 0) - moved),
            _change(taker, Setting.ALLOCATION, (taker.allocation or 0) + moved),
        ),
        why=f"{giver.called}: {said} less, for {taker.called}, where a purchase costs less.",
        evidence={"cost_per_purchase_here": here, "cost_per_purchase_there": there, "days": 14, **NOTE},
    )


def _without(entity: Entity, place: str) -> Proposal:
    return Proposal(
        proposal_id=f"{WHO}:place",
        type=OptimizationType.AUDIENCE,
        rule=WHO,
        changes=(_change(entity, Setting.EXCLUDED_GEOS, (place,)),),
        why=f"{entity.called}: without {place}, where a purchase costs 2.3 times the target.",
        evidence={"cpa_multiple": 2.3, "confidence": 0.91, "days": 28, **NOTE},
    )


def _more(facts: Facts, _: Scenario) -> tuple[Proposal, ...]:
    """Spend more where the platform and GA4 see more purchases, and the CRM fewer."""
    raised = [_raise(one, facts) for one in reversed(_bearing(facts)) if one.daily_budget]
    return tuple(raised[:1])


def _raise(entity: Entity, facts: Facts) -> Proposal:
    budget = _whole(STEP * (entity.daily_budget or 0))
    before, after = (show(amount, facts.tenant.currency) for amount in (entity.daily_budget or 0, budget))
    return Proposal(
        proposal_id=f"{WHO}:more",
        type=OptimizationType.SPEND_INCREASE,
        rule=WHO,
        changes=(_change(entity, Setting.DAILY_BUDGET, budget),),
        why=f"{entity.called}: {after} a day instead of {before}. It sells well, though the CRM sees fewer purchases.",
        evidence={
            "ga4_purchases_in_14_days": 412,
            "platform_purchases_in_14_days": 538,
            "crm_purchases_in_14_days": 297,
            "ga4_change_pct": 14,
            "platform_change_pct": 22,
            "crm_change_pct": -18,
            **NOTE,
        },
    )


def _change(entity: Entity, setting: Setting, after: Value) -> Change:
    return Change(entity_id=entity.entity_id, setting=setting, before=entity.value(setting), after=after)


def _whole(micros: float) -> int:
    """In whole units of the currency."""
    return from_units(round(micros / from_units(1)))
