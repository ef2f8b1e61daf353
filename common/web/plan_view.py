"""A tenant's plans on one page: how far each track is from the approved version, the versions, and the drafts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from common.decisions.access import planners_agreed, why_not_answer, why_not_plan, why_not_planner
from common.domain.calendar import TenantCalendar
from common.domain.drift import Drift
from common.domain.money import show
from common.domain.plan import MediaPlan
from common.domain.plan_draft import DraftState, PlanDraft
from common.domain.tenant import Tenant
from common.web.draft_view import draft_summary
from common.web.drift_view import DriftView, drift_view
from common.web.words import until, when

_ENDED = {
    DraftState.APPROVED: "approved",
    DraftState.REJECTED: "rejected",
    DraftState.EXPIRED: "expired: nobody decided in time",
    DraftState.SUPERSEDED: "replaced by something newer",
}
_SHORT = 12
"""Characters of a digest that a person compares."""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft that waits, in a list."""

    tenant_id: str
    draft_id: str
    tenant: str
    summary: str
    money: str
    until: str
    deadline: str
    people: str
    """`1 of 2 agreed`; empty where one is enough."""
    soon: bool
    not_yours: str
    """Why the person may not approve it; empty where they may."""


@dataclass(frozen=True, slots=True)
class EndedRow:
    """A draft that was decided, or that time or something newer ended."""

    draft_id: str
    summary: str
    at: str
    state: str
    who: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of a plan."""

    plan_id: str
    version: int
    active: bool
    total: str
    cap: str
    flight: str
    approved_by: str
    approved_at: str
    digest: str
    whole_digest: str
    notes: list[str]


@dataclass(frozen=True, slots=True)
class TrackPlan:
    """A track against its plan."""

    drift: DriftView
    draft_id: str | None
    """A draft about it that waits."""
    way_back: str | None
    """A request to bring it back that waits."""
    may_ask: bool
    """Whether the person may ask for the way back now."""
    may_draft: bool
    """Whether the person may have the next version drafted from what is live now."""
    next_version: int
    """What a draft from what is live would be."""


@dataclass(frozen=True, slots=True)
class PlanView:
    """The page."""

    tenant_id: str
    tenant: str
    tracks: list[TrackPlan]
    waiting: list[DraftRow]
    ended: list[EndedRow]
    versions: list[VersionRow]


@dataclass(frozen=True, slots=True)
class PlanMatter:
    """What a tenant's plan page is made of."""

    tenant: Tenant
    drifts: Sequence[Drift]
    """One for each track."""
    versions: Sequence[MediaPlan]
    """The newest first."""
    drafts: Sequence[PlanDraft]
    """All of them, the newest first."""
    ways_back: Mapping[str, str]
    """By track, the request to bring it back that waits."""
    now: datetime


def plan_view(matter: PlanMatter, email: str) -> PlanView:
    """The page for one person at one moment."""
    tenant, now = matter.tenant, matter.now
    calendar = TenantCalendar.of(tenant.time_zone)
    open_ones = [one for one in matter.drafts if is_open(one, now)]
    newest = {one.plan_id: one.version for one in reversed(matter.versions)}
    return PlanView(
        tenant_id=tenant.tenant_id,
        tenant=tenant.name,
        tracks=[_track(one, matter, open_ones, newest[one.plan_id], email) for one in matter.drifts],
        waiting=draft_rows([(tenant, one) for one in open_ones], email, now),
        ended=[_ended(one, now, calendar) for one in matter.drafts if not is_open(one, now)],
        versions=[_version(one, newest[one.plan_id], calendar) for one in matter.versions],
    )


def is_open(draft: PlanDraft, now: datetime) -> bool:
    """Whether a draft still waits."""
    return draft.state is DraftState.PENDING and draft.expires_at > now


def draft_rows(found: Iterable[tuple[Tenant, PlanDraft]], email: str, now: datetime) -> list[DraftRow]:
    """Drafts that wait, by when they expire."""
    in_order = sorted((one for one in found if is_open(one[1], now)), key=lambda one: one[1].expires_at)
    return [_row(tenant, draft, email, now) for tenant, draft in in_order]


def _row(tenant: Tenant, draft: PlanDraft, email: str, now: datetime) -> DraftRow:
    refusal, needed = why_not_plan(tenant, draft, email, now), draft.people_needed
    return DraftRow(
        tenant_id=tenant.tenant_id,
        draft_id=draft.draft_id,
        tenant=tenant.name,
        summary=draft_summary(draft),
        money=show(draft.money, tenant.currency),
        until=until(draft.expires_at, now),
        deadline=when(draft.expires_at, TenantCalendar.of(tenant.time_zone)),
        people=f"{len(planners_agreed(tenant, draft))} of {needed} agreed" if needed > 1 else "",
        soon=(draft.expires_at - now).total_seconds() <= 24 * 3600,
        not_yours="" if refusal is None else str(refusal),
    )


def _track(drift: Drift, matter: PlanMatter, waiting: Sequence[PlanDraft], active: int, email: str) -> TrackPlan:
    tenant = matter.tenant
    view = drift_view(drift, tenant.currency, TenantCalendar.of(tenant.time_zone))
    draft = next((one.draft_id for one in waiting if drift.track_id in {*one.tracks, *one.drift}), None)
    way_back, open_question = matter.ways_back.get(drift.track_id), view.away and draft is None
    return TrackPlan(
        drift=view,
        draft_id=draft,
        way_back=way_back,
        may_ask=open_question and way_back is None and why_not_answer(tenant, email) is None,
        may_draft=open_question and why_not_planner(tenant, email) is None,
        next_version=active + 1,
    )


def _ended(draft: PlanDraft, now: datetime, calendar: TenantCalendar) -> EndedRow:
    state = DraftState.EXPIRED if draft.state is DraftState.PENDING else draft.state
    decided = draft.decisions[-1].at if draft.decisions else draft.created_at
    return EndedRow(
        draft_id=draft.draft_id,
        summary=draft_summary(draft),
        at=when(min(decided, now), calendar),
        state=_ENDED[state],
        who=" and ".join(one.by for one in draft.decisions),
    )


def _version(plan: MediaPlan, newest: int, calendar: TenantCalendar) -> VersionRow:
    return VersionRow(
        plan_id=plan.plan_id,
        version=plan.version,
        active=plan.version == newest,
        total=show(sum(track.budget for track in plan.tracks), plan.currency),
        cap=show(plan.master_cap, plan.currency),
        flight=f"{plan.flight.start} to {plan.flight.end}",
        approved_by=plan.approved_by,
        approved_at=when(plan.approved_at, calendar),
        digest=plan.digest[:_SHORT],
        whole_digest=plan.digest,
        notes=list(plan.notes),
    )
