"""A draft that waits, and what planners do with it."""

from collections.abc import Callable

from common.domain import paths
from common.domain.change import OptimizationType
from common.domain.event import Event
from common.domain.log_entry import LogEntry
from common.domain.plan import MediaPlan, PlanTerms
from common.domain.plan_draft import PlanDraft
from common.ports.documents import Write
from common.use_cases.drift import check_drift
from common.use_cases.plan_drafts import (
    Rejected,
    approve_draft,
    draft_of,
    drafts_waiting,
    edit_draft,
    reject_draft,
)
from tests.world import PLAN, World, auto, euros

ANA, CY, DEE, VI = (f"{name}@example.com" for name in ("ana", "cy", "dee", "vi"))


def shifted(world: World, units: float, giver: str = "search", taker: str = "social") -> None:
    """Money moves by itself, and drift is looked at."""
    world.clock.forward(minutes=1)
    world.apply(auto(*world.shift(giver, taker, units), kind=OptimizationType.BUDGET_SHIFT))
    check_drift(world.ports(), world.track())


def waiting(world: World) -> PlanDraft:
    (draft,) = drafts_waiting(world.ports(), "acme")
    return draft


def as_it_is(world: World, draft: PlanDraft) -> PlanDraft:
    return draft_of(world.ports(), "acme", draft.draft_id).value


def approved(world: World, draft: PlanDraft, by: str = CY, seen: str | None = None) -> PlanDraft:
    digest = seen or draft.payload_digest
    return approve_draft(world.ports(), "acme", draft.draft_id, by=by, seen=digest, run="run")


def rejected(world: World, draft: PlanDraft, by: str = CY, reason: str = "We stay with search.") -> Rejected:
    return reject_draft(world.ports(), "acme", draft.draft_id, by=by, seen=draft.payload_digest, reason=reason)


def edited(world: World, draft: PlanDraft, terms: PlanTerms, by: str = CY) -> PlanDraft:
    return edit_draft(world.ports(), "acme", draft.draft_id, terms, by=by, seen=draft.payload_digest)


def budgets(terms: PlanTerms, **north: float) -> PlanTerms:
    """The terms with other budgets for lines of north."""
    piece = terms.slice("north")
    lines = tuple(
        line.but(budget=euros(north[line.channel])) if line.channel in north else line for line in piece.channels
    )
    return terms.but(tracks=tuple(piece.but(channels=lines) if one is piece else one for one in terms.tracks))


def stored(world: World, version: int) -> MediaPlan:
    return MediaPlan.model_validate(world.documents.body(paths.plan("acme", PLAN, version)))


def last(world: World, track_id: str = "north") -> LogEntry:
    return world.log(track_id)[-1]


def last_event(world: World) -> Event:
    return Event.model_validate(world.bus.events[-1])


def edited_a_little(world: World, draft: PlanDraft, by: str = CY) -> PlanDraft:
    return edited(world, draft, budgets(draft.plan, meta=4600), by)


Act = Callable[..., PlanDraft | Rejected]
DECISIONS: list[Act] = [approved, rejected, edited_a_little]


def meanwhile(world: World, happens: Callable[[], object]) -> None:
    """Let this happen right before the next commit."""
    commit = world.documents.commit

    def somebody_was_faster(*writes: Write) -> tuple[str, ...]:
        world.documents.commit = commit
        happens()
        return commit(*writes)

    world.documents.commit = somebody_was_faster
