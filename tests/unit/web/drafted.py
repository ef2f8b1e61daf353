"""A track that moved from its plan, and the draft that says so: what the pages about plans are tested with."""

from datetime import timedelta

from common.decisions.drift import drift_of
from common.domain.drift import Cause, CauseKind, Drift
from common.domain.guardrails import Guardrails
from common.domain.manifest import Manifest
from common.domain.plan import MediaPlan
from common.domain.plan_draft import PlanDraft
from tests.world import NORTH, NOW, PLAN, SOUTH, entity, euros, manifest, plan

MOVED = {NORTH: {"google_search": 6000, "meta": 4000}, SOUTH: {"google_search": 2250, "meta": 2750}}
"""The plan's budgets, with 750 euros of south's search given to Meta."""


def live(search: float = 2250, social: float = 2750, **more: float) -> Manifest:
    """South, with other allocations than its plan's, in euros; and further channels with one campaign each."""
    others = {name: entity(name, units, channel=name, platform=name) for name, units in more.items()}
    entities = {"search-s": entity("search-s", search), "social-s": entity("social-s", social), **others}
    return manifest(track_id=SOUTH, entities=entities, revision=3)


def drifted(of: Manifest | None = None, plan_version: MediaPlan | None = None) -> Drift:
    """How far south is, through one change set that moved all of it."""
    found = drift_of(of or live(), (plan_version or plan()).slice(SOUTH), Guardrails())
    return found.but(
        channels=tuple(one.but(causes=(_shifted(one.delta),) if one.delta else ()) for one in found.channels)
    )


def _shifted(amount: int) -> Cause:
    return Cause(
        kind=CauseKind.CHANGE_SET,
        seq=4,
        at=NOW,
        change_set_id="shift",
        by="ana@example.com",
        why="A purchase costs half there.",
        amount=amount,
        share=1.0,
    )


def draft(**changes: object) -> PlanDraft:
    """The draft that makes what is live the plan."""
    terms = plan(version=2, budgets=MOVED).terms
    return PlanDraft(
        draft_id="draft-1",
        tenant_id="acme",
        plan_id=PLAN,
        based_on=1,
        plan=terms,
        tracks=(SOUTH,),
        drift={SOUTH: drifted()},
        by="trimtab",
        money=euros(750),
        created_at=NOW,
        expires_at=NOW + timedelta(hours=72),
    ).but(**changes)
