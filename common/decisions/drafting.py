"""The next plan version as live state would have it, and how much of the plan's money a draft moves."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from common.decisions.rebasing import bearing
from common.domain.drift import Drift
from common.domain.guardrails import Guardrails
from common.domain.manifest import Manifest
from common.domain.money import split
from common.domain.plan import MediaPlan, Period, PlanChannel, PlanTerms, PlanTrack
from common.domain.plan_draft import PlanDraft

WAITS = timedelta(days=7)
"""How long a draft waits at the least: a plan is a larger thing to decide than a change, and planners are few."""


def next_terms(plan: MediaPlan) -> PlanTerms:
    """What vN says, as vN+1: what a draft starts from."""
    return plan.terms.but(version=plan.version + 1)


def drafted_terms(
    plan: MediaPlan,
    live: Mapping[str, Manifest],
    today: date,
    notes: Sequence[str] = (),
    pending: PlanTerms | None = None,
) -> PlanTerms:
    """vN+1 with the live allocations of some tracks as their budgets. Pure.

    KPI, caps and notes stay. A cap of a channel is raised where it would be under the budget; the master cap never is:
    where what a pending draft gave other tracks does not fit under it any more, they keep what vN gives them.

    Args:
        live: by track, the manifests of those that are drafted anew.
        today: the tenant's date; periods that ended before it keep their budgets where that can be.
        notes: structural recommendations, each once, after the notes that are there.
        pending: the draft that this one takes the place of; tracks that are not drafted anew stay as it has them.
    """
    for base in (next_terms(plan) if pending is None else pending, next_terms(plan)):
        tracks = tuple(
            drafted_slice(piece, live[piece.track_id], today) if piece.track_id in live else piece
            for piece in base.tracks
        )
        if sum(piece.budget for piece in tracks) <= base.master_cap:
            break
    said = tuple(dict.fromkeys((*base.notes, *notes)))
    return PlanTerms.model_validate(base.but(tracks=tracks, notes=said).body())


def drafted_slice(piece: PlanTrack, manifest: Manifest, today: date) -> PlanTrack:
    """A track's slice with its live allocations as budgets; channels with money that it lacks get a line."""
    live = manifest.budgets()
    lines = [_drafted_line(line, live.get(line.channel, 0), today) for line in piece.channels]
    lines += [
        PlanChannel(channel=channel, platform=entities[0].platform, budget=live[channel])
        for channel, entities in bearing(manifest).items()
        if piece.line(channel) is None and live[channel]
    ]
    return piece.but(channels=tuple(lines))


def _drafted_line(line: PlanChannel, budget: int, today: date) -> PlanChannel:
    cap = None if line.max_budget is None else max(line.max_budget, budget)
    return line.but(budget=budget, max_budget=cap, periods=_periods(line.periods, budget, today))


def _periods(periods: Sequence[Period], budget: int, today: date) -> tuple[Period, ...]:
    """What has ended keeps its plan, the others share the rest as they were planned; all of them where it can't be."""
    if not periods:
        return ()
    over = [period for period in periods if period.end < today]
    rest = budget - sum(period.budget for period in over)
    if rest < 0 or len(over) == len(periods):
        over, rest = [], budget
    going = list(periods[len(over) :])
    shares = split(rest, [period.budget for period in going])
    return (*over, *(period.but(budget=share) for period, share in zip(going, shares, strict=True)))


def changed_tracks(plan: MediaPlan, terms: PlanTerms) -> tuple[str, ...]:
    """The tracks that a version changes, in its order: all of them where the flight is another one."""
    old = {piece.track_id: piece for piece in plan.tracks}
    moved = plan.flight != terms.flight
    return tuple(piece.track_id for piece in terms.tracks if moved or piece != old.get(piece.track_id))


def money_of(plan: MediaPlan, terms: PlanTerms) -> int:
    """Micros that a version moves against vN: what lines gain or lose, the larger of both; at least the cap's rise."""
    return max(_moved(plan.tracks, terms.tracks), terms.master_cap - plan.master_cap)


class Making(NamedTuple):
    """Who makes a draft, when, and under which id."""

    draft_id: str
    by: str
    """`trimtab`, or a person's e-mail address."""
    at: datetime
    edits: str | None = None
    """The draft that it is an edit of."""


def draft_for(
    plan: MediaPlan,
    terms: PlanTerms,
    guardrails: Guardrails,
    drift: Mapping[str, Drift],
    making: Making,
) -> PlanDraft:
    """The draft of these terms on vN, as it waits for a planner. Pure.

    It expires after seven days, or after the tenant's `approval_hours` where they are longer.

    Args:
        drift: by track, the drift that it answers.
    """
    changed = {*changed_tracks(plan, terms), *drift}
    tracks = tuple(piece.track_id for piece in terms.tracks if piece.track_id in changed)
    money = money_of(plan, terms)
    return PlanDraft(
        draft_id=making.draft_id,
        tenant_id=plan.tenant_id,
        plan_id=plan.plan_id,
        based_on=plan.version,
        plan=terms,
        tracks=tracks,
        drift=dict(drift),
        by=making.by,
        edits=making.edits,
        money=money,
        people_needed=people_needed(plan, terms, tracks, guardrails),
        created_at=making.at,
        expires_at=making.at + max(WAITS, timedelta(hours=guardrails.approval_hours)),
    )


def people_needed(plan: MediaPlan, terms: PlanTerms, tracks: Sequence[str], guardrails: Guardrails) -> int:
    """How many planners must approve what moves so much of a track's plan budget, or of all that these tracks have."""
    new = {piece.track_id: [piece] for piece in terms.tracks}
    shares = [(_moved([piece], new.get(piece.track_id, [])), piece.budget) for piece in plan.tracks]
    shares += [(money_of(plan, terms), sum(piece.budget for piece in plan.tracks if piece.track_id in tracks))]
    large = (100 * money >= guardrails.two_approvers_pct * max(1, planned) for money, planned in shares)
    return 2 if any(large) else 1


def _moved(before: Sequence[PlanTrack], after: Sequence[PlanTrack]) -> int:
    old, new = _budgets(before), _budgets(after)
    deltas = [new.get(line, 0) - old.get(line, 0) for line in {*old, *new}]
    return max(sum(one for one in deltas if one > 0), -sum(one for one in deltas if one < 0))


def _budgets(tracks: Sequence[PlanTrack]) -> dict[tuple[str, str], int]:
    return {(piece.track_id, line.channel): line.budget for piece in tracks for line in piece.channels}
