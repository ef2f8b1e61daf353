"""Money that somebody asks to move from one channel to another: judged, and asked about, like any other change."""

from common.decisions.facts import Facts
from common.decisions.guardrails import judge
from common.domain.change import Change, OptimizationType, Proposal, Setting
from common.domain.change_set import Origin
from common.domain.manifest import Entity
from common.domain.money import from_units, show
from common.domain.paths import Track
from common.use_cases.drive import finish
from common.use_cases.load import facts_of, load_track
from common.use_cases.ports import Ports
from common.use_cases.propose import propose
from sandbox.events import BudgetShift
from sandbox.tenancy import PEOPLE

WHO = PEOPLE[1]
"""The agency."""


def ask_to_shift(ports: Ports, tenant_id: str, wanted: BudgetShift) -> None:
    """Write the request down; what the guardrails allow without a person is applied.

    Raises:
        Busy: something else is to be applied first.
        Conflict: the track moved on meanwhile.
    """
    track, run = Track(tenant_id, wanted.track_id), ports.new_run()
    loaded = load_track(ports, track)
    facts = facts_of(ports, loaded, envelope=True)
    judged = judge([_proposal(facts, wanted)], facts)
    done = propose(ports, loaded, facts, judged, Origin(cadence="request", window=facts.now, by=WHO), run)
    if done.intended is not None:
        finish(ports, track, done.manifest, run)


def _proposal(facts: Facts, wanted: BudgetShift) -> Proposal:
    giver, taker = (_bearer(facts, name) for name in (wanted.channel, wanted.to))
    moved = from_units(wanted.amount)
    return Proposal(
        proposal_id=f"shift:{wanted.channel}:{wanted.to}",
        type=OptimizationType.BUDGET_SHIFT,
        rule="request",
        changes=(_change(giver, -moved), _change(taker, moved)),
        why=f"{giver.called}: {show(moved, facts.tenant.currency)} less, for {taker.called}. {wanted.why}",
        evidence={"asked_by": WHO},
    )


def _bearer(facts: Facts, channel: str) -> Entity:
    return next(
        one for one in facts.manifest.entities.values() if one.channel == channel and one.allocation is not None
    )


def _change(entity: Entity, moved: int) -> Change:
    before = entity.allocation or 0
    return Change(entity_id=entity.entity_id, setting=Setting.ALLOCATION, before=before, after=max(0, before + moved))
