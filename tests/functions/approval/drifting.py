"""An office whose live budgets moved from the plan, and the draft that says so."""

from common.domain.change import OptimizationType, Setting
from common.domain.plan_draft import PlanDraft
from common.domain.tenant import Approver, Role
from common.use_cases.drift import check_drift
from common.use_cases.plan_drafts import draft_of
from tests.functions.approval.office import Office
from tests.world import NORTH, SOUTH, World, auto, euros, tenant

DORA = "dora@example.com"
CAMPAIGNS = {NORTH: ("search", "social"), SOUTH: ("search-s", "social-s")}
TWO_PLANNERS = (*tenant().approvers, Approver(email=DORA, roles=(Role.PLANNER,)))


def drifted(office: Office, units: float = 1500, track_id: str = NORTH) -> PlanDraft:
    """So many euros of a track went from search to social, over its threshold: the draft that was made of it."""
    shifted(office, units, track_id)
    draft = check_drift(office.ports, office.world.track(track_id)).draft
    assert draft is not None
    return draft


def shifted(office: Office, units: float, track_id: str = NORTH) -> None:
    """So many euros of a track went from search to social, and nobody has looked at its drift since."""
    world, (giver, taker) = office.world, CAMPAIGNS[track_id]
    allocated = {name: world.manifest(track_id).entities[name].allocation or 0 for name in (giver, taker)}
    moved = (
        world.wanted(giver, Setting.ALLOCATION, allocated[giver] - euros(units), track_id),
        world.wanted(taker, Setting.ALLOCATION, allocated[taker] + euros(units), track_id),
    )
    world.apply(auto(*moved, kind=OptimizationType.BUDGET_SHIFT), track_id=track_id)


def page_of(draft: PlanDraft) -> str:
    """Where a draft is shown."""
    return f"/t/{draft.tenant_id}/drafts/{draft.draft_id}"


def now(office: Office, draft: PlanDraft) -> PlanDraft:
    """The draft as it is now."""
    return draft_of(office.ports, draft.tenant_id, draft.draft_id).value


def planned(office: Office) -> dict[str, float]:
    """What is live in north, in euros by channel."""
    return {channel: micros / 1e6 for channel, micros in office.world.manifest().budgets().items()}


def with_limit(limit: float) -> Office:
    """An office whose only planner decides up to so many euros."""
    planner = Approver(email="cy@example.com", roles=(Role.PLANNER,), limit=euros(limit))
    return Office(World.taken_on(approvers=(Approver(email="ana@example.com"), planner)))


def eight_days_later(office: Office) -> None:
    """Drafts that waited have expired, and what was spent is known up to now."""
    world = office.world
    world.clock.forward(days=8)
    now = world.clock.now().isoformat()
    for track_id in CAMPAIGNS:
        seen = {name: {**one, "seen": now} for name, one in world.loaded(track_id).memory.pacing.items()}
        world.rewrite(world.track(track_id).state, lambda body, seen=seen: {**body, "pacing": seen})
