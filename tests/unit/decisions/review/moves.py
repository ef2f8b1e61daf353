"""A track whose money may be moved, and moves of it."""

from datetime import timedelta

from common.decisions.facts import Facts
from common.decisions.spend import spend_of
from common.domain.calendar import Flight
from common.domain.change import OptimizationType, Proposal, Setting
from common.domain.guardrails import Guardrails
from common.domain.manifest import FieldChange, Manifest
from tests.world import NOW, change, euros, manifest, plan, proposal, state, tenant

SHIFT = OptimizationType.BUDGET_SHIFT


def facts(of: Manifest | None = None, flight: Flight | None = None) -> Facts:
    """A track on which each campaign has spent 100 euros, under the usual guardrails."""
    of = of or manifest()
    known = state(of)
    contract = plan() if flight is None else plan(flight=flight)
    return Facts(NOW, tenant(guardrails=Guardrails()), contract, of, known, spend_of(of, known))


def shift(of: Manifest, giver: str, taker: str, units: float = 50) -> Proposal:
    """Money from one campaign to another."""
    moves = ((giver, -euros(units)), (taker, euros(units)))
    changes = (
        change(of, name, Setting.ALLOCATION, (of.entities[name].allocation or 0) + moved) for name, moved in moves
    )
    return proposal(SHIFT, *changes)


def changed(of: Manifest, entity_id: str, setting: Setting, hours_ago: float) -> Manifest:
    """The manifest with a change of ours in an entity's trail."""
    entity = of.entities[entity_id]
    step = FieldChange(at=NOW - timedelta(hours=hours_ago), setting=setting, before=1, after=entity.value(setting))
    return of.but(entities={**of.entities, entity_id: entity.but(trail=(step.but(type=SHIFT),))})
