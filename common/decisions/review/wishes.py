"""A proposal that an agent would add: made of what exists, or refused with all that is wrong with it."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from common.decisions.guardrails import judge
from common.decisions.guardrails.evidence import CONVERSIONS, MATURITY
from common.decisions.guardrails.findings import Measure
from common.decisions.guardrails.frequency import review_cooldown
from common.decisions.guardrails.increases import total_rise
from common.decisions.review.evidence import Evidence
from common.decisions.review.outside_text import plain_sentence
from common.decisions.review.telling import invents
from common.domain.advice import Added, Wish
from common.domain.canonical import short_id
from common.domain.change import AGENT, Change, OptimizationType, Proposal, Reason, Setting, Verdict
from common.domain.manifest import Entity
from common.domain.text import honest, one_line

T = OptimizationType
ADDED = {
    T.BUDGET_SHIFT: Setting.ALLOCATION,
    T.SPEND_INCREASE: Setting.ALLOCATION,
    T.BID: Setting.BID_TARGET,
    T.AUDIENCE: Setting.EXCLUDED_GEOS,
    T.CREATIVE: Setting.STATUS,
}
"""What an agent may add, and what that writes. Daily budgets are pacing's."""

_JUDGED_LATER = frozenset({"envelope_unknown"})
"""What the master cap leaves free is read only where the whole review is judged."""

Written = Mapping[tuple[str, Setting], str]
"""By field, the proposal that writes it."""


class Wanted(NamedTuple):
    """The proposal, or why it can't be."""

    proposal: Proposal | None
    reasons: tuple[Reason, ...] = ()


def refused(code: str, entity_id: str | None = None, measured: Measure = None, limit: Measure = None) -> Reason:
    """The reason why a part of an agent's advice is not followed; what the agent said can't hide anything in it."""
    if isinstance(measured, str):
        measured = honest(one_line(measured))
    return Reason(code=f"advice_refused:{code}", measured=measured, limit=limit, entity_id=entity_id)


def wanted(added: Added, agent: str, written: Written, evidence: Evidence) -> Wanted:
    """What it wants, against what is live.

    What the guardrails block whatever else is decided is refused here: they are not asked to write it down.
    """
    faults = tuple(_faults(added, written, evidence))
    if faults:
        return Wanted(None, faults)
    proposal = _proposal(added, agent, evidence)
    faults = (*_of_the_total(proposal, evidence), *_of_the_sentence(proposal), *_blocked(proposal, evidence))
    return Wanted(None if faults else proposal, faults)


def _faults(added: Added, written: Written, evidence: Evidence) -> Iterator[Reason]:
    if not plain_sentence(added.why):
        yield refused("text")
    setting = ADDED.get(added.type)
    if setting is None:
        yield refused("kind", measured=added.type.value)
    for wish in added.wishes:
        entity = evidence.facts.manifest.entities.get(wish.entity_id)
        if entity is None:
            yield refused("unknown_entity", measured=wish.entity_id)
            continue
        if setting is not None and wish.setting is not setting:
            yield refused("wrong_setting", wish.entity_id, wish.setting.value, added.type.value)
        yield from _of_the_field(wish, entity, written, evidence)
        yield from _of_the_value(wish, entity, evidence)


def _of_the_field(wish: Wish, entity: Entity, written: Written, evidence: Evidence) -> Iterator[Reason]:
    """A field that something else writes is closed, and so is one that was changed a short time ago."""
    writer = written.get((wish.entity_id, wish.setting))
    if writer is not None:
        yield refused("outranked", wish.entity_id, wish.setting.value, writer)
    waits = review_cooldown(entity, wish.setting, evidence.facts)
    if waits is not None:
        yield refused(waits.code, wish.entity_id, waits.measured, waits.limit)


def _of_the_value(wish: Wish, entity: Entity, evidence: Evidence) -> Iterator[Reason]:
    value = wish.after
    if isinstance(value, tuple):
        known = {one.part for one in evidence.geos.get(entity.entity_id, ())} | set(entity.excluded_geos)
        for geo in sorted(set(value) - known):
            yield refused("unknown_geo", entity.entity_id, measured=geo)
    elif isinstance(value, int) and not 0 <= value < 2**62:
        yield refused("bad_value", entity.entity_id, measured=wish.setting.value)
    elif value == entity.value(wish.setting):
        yield refused("no_change", entity.entity_id, measured=wish.setting.value)


def _proposal(added: Added, agent: str, evidence: Evidence) -> Proposal:
    facts = evidence.facts
    changes = tuple(_change(wish, facts.manifest.entities[wish.entity_id]) for wish in added.wishes)
    said = (f"{change.entity_id}:{change.setting.value}={change.after}" for change in changes)
    return Proposal(
        proposal_id=f"{AGENT}-{short_id(facts.today.isoformat(), added.type.value, *said)}",
        type=added.type,
        rule=AGENT,
        changes=changes,
        why=added.why,
        evidence={"suggested_by": agent, **_measured(changes, evidence)},
    )


def _change(wish: Wish, entity: Entity) -> Change:
    """From what is live. An agent only ever adds exclusions: it may not have been shown all that there are."""
    before, after = entity.value(wish.setting), wish.after
    if isinstance(after, tuple):
        after = tuple(sorted({*after, *entity.excluded_geos}))
    return Change(entity_id=wish.entity_id, setting=wish.setting, before=before, after=after)


def _measured(changes: tuple[Change, ...], evidence: Evidence) -> dict[str, float | int | str | None]:
    """What is known of the one entity that it changes. The numbers that guardrails ask for are never the agent's."""
    names = {change.entity_id for change in changes}
    reading = evidence.reading(evidence.facts.manifest.entities[names.pop()]) if len(names) == 1 else None
    if reading is None:
        return {}
    known = {CONVERSIONS: reading.conversions, MATURITY: reading.maturity, "kpi_30d": reading.value}
    return {name: value for name, value in known.items() if value is not None}


def _of_the_total(proposal: Proposal, evidence: Evidence) -> Iterator[Reason]:
    """A shift keeps the track's total; what raises it is a spend increase, and never more than the plan has in all."""
    plan, manifest = evidence.facts.plan, evidence.facts.manifest
    rise = total_rise(proposal, manifest)
    if (proposal.type is T.BUDGET_SHIFT and rise != 0) or (proposal.type is T.SPEND_INCREASE and rise <= 0):
        yield refused("total", measured=rise)
    free = plan.master_cap - manifest.allocated()
    if rise > max(0, free):
        yield refused("master_cap", measured=rise, limit=free)


def _of_the_sentence(proposal: Proposal) -> Iterator[Reason]:
    if invents(proposal.why, proposal.but(why="")):
        yield refused("number", proposal.entities[0])


def _blocked(proposal: Proposal, evidence: Evidence) -> Iterator[Reason]:
    (judgement,) = judge((proposal,), evidence.facts)
    if judgement.verdict is Verdict.BLOCKED:
        found = (reason for reason in judgement.reasons if reason.code not in _JUDGED_LATER)
        yield from (refused(one.code, one.entity_id, one.measured, one.limit) for one in found)
