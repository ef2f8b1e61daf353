"""One draft of a plan version on one page: what it says against the plan and against what is live, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from common.decisions.access import planners_agreed, why_draft_closed, why_not_plan, why_not_planner
from common.domain.approval import Approval
from common.domain.calendar import TenantCalendar
from common.domain.drift import ChannelDrift, Drift
from common.domain.money import show
from common.domain.plan import MediaPlan, PlanChannel, PlanTerms, PlanTrack
from common.domain.plan_draft import DraftState, PlanDraft
from common.domain.tenant import Role, Tenant
from common.web.approval_view import PersonView, people_view
from common.web.drift_view import CauseRow, cause_rows, channel_note, drift_word, listed, share, signed_money
from common.web.kpi_words import kpi_said
from common.web.words import own_name, percent, until, when

_FOLLOWED = frozenset({DraftState.APPROVED, DraftState.SUPERSEDED})
"""It is the plan, or something newer is."""


@dataclass(frozen=True, slots=True)
class DraftMatter:
    """A draft with all that a person needs to decide it."""

    tenant: Tenant
    draft: PlanDraft
    before: MediaPlan
    """vN."""
    now: datetime
    drifts: Mapping[str, Drift]
    """By track: as it is now while the draft waits; afterwards as it was when it was drafted."""
    ways_back: tuple[Approval, ...] = ()
    """Requests to return live to vN that wait."""


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of the plan: what vN says, what vN+1 would say, and what is live."""

    channel: str
    old: str
    new: str
    delta: str
    percent: str
    rises: bool
    same: bool
    live: str
    as_live: bool
    """What is live is what vN+1 would say."""
    old_share: float
    """Lengths of the bars, 0 to 100, against the largest of the track."""
    new_share: float
    note: str
    spent: str
    kpi: str


@dataclass(frozen=True, slots=True)
class TrackRows:
    """A track's slice."""

    track_id: str
    lines: list[LineRow]
    old: str
    new: str
    same: bool
    causes: list[CauseRow]


@dataclass(frozen=True, slots=True)
class DraftView:
    """The page."""

    tenant_id: str
    tenant: str
    draft_id: str
    plan_id: str
    version: int
    based_on: int
    summary: str
    happened: str
    state: str
    verdict: str
    """What became of it, a sentence; empty while it waits."""
    open: bool
    digest: str
    money: str
    until: str
    deadline: str
    drafted: str
    by: str
    edits: str | None
    superseded_by: str | None
    people_needed: int
    people: list[PersonView]
    agreed: list[str]
    cannot: str
    """Why this person may not approve it now; empty where they may."""
    may_approve: bool
    may_answer: bool
    """Whether this person may reject or edit it now."""
    again: bool
    """Whether it ended without a yes, and this person may have the next version drafted again."""
    away: bool
    """What is live is not what vN says."""
    if_yes: str
    if_no: str
    if_nothing: str
    tracks: list[TrackRows]
    others: list[str]
    """What differs from vN besides budgets."""
    notes: list[str]
    ways_back: list[tuple[str, str]]
    """Id and summary of requests for the way back."""


def draft_summary(draft: PlanDraft) -> str:
    """What a draft is, in a line."""
    name, old = f"Plan v{draft.plan.version}", f"v{draft.based_on}"
    if draft.edits is not None:
        return f"{name}, as {draft.by} edited it"
    tracks = listed(sorted(draft.drift) or sorted(draft.tracks))
    over = [one for one in draft.drift.values() if one.over] or list(draft.drift.values())
    if not over:
        return f"{name} for {tracks}"
    if any(one.unplanned for one in over):
        return f"{name}: {tracks} has money live that {old} has no budget for"
    far = max(over, key=lambda one: one.planned_score)
    return f"{name}: live budgets of {tracks} are up to {drift_word(far).removesuffix(' off plan')} away from {old}"


def draft_view(matter: DraftMatter, email: str) -> DraftView:
    """The page for one person at one moment."""
    tenant, draft, now = matter.tenant, matter.draft, matter.now
    calendar = TenantCalendar.of(tenant.time_zone)
    refusal, closed = why_not_plan(tenant, draft, email, now), why_draft_closed(draft, now)
    deadline = when(draft.expires_at, calendar)
    return DraftView(
        tenant_id=tenant.tenant_id,
        tenant=tenant.name,
        draft_id=draft.draft_id,
        plan_id=draft.plan_id,
        version=draft.plan.version,
        based_on=draft.based_on,
        summary=draft_summary(draft),
        happened=_happened(matter),
        state=draft.state.value,
        verdict="" if closed is None else _ended(matter),
        open=closed is None,
        digest=draft.payload_digest,
        money=show(draft.money, tenant.currency),
        until=until(draft.expires_at, now),
        deadline=deadline,
        drafted=when(draft.created_at, calendar),
        by="Trimtab" if draft.by == "trimtab" else draft.by,
        edits=draft.edits,
        superseded_by=draft.superseded_by,
        people_needed=draft.people_needed,
        people=people_view(tenant, (Role.PLANNER,), draft.decisions),
        agreed=list(planners_agreed(tenant, draft)),
        cannot="" if refusal is None else f"{str(refusal)[0].upper()}{str(refusal)[1:]}.",
        may_approve=refusal is None,
        may_answer=closed is None and why_not_planner(tenant, email) is None,
        again=closed is not None and draft.state not in _FOLLOWED and why_not_planner(tenant, email) is None,
        away=_away(matter),
        if_yes=_if_yes(matter),
        if_no=_if_no(matter),
        if_nothing=f"It expires on {deadline}. Plan v{draft.based_on} stays, and so does what is live.",
        tracks=[_track(track_id, matter) for track_id in _shown(matter)],
        others=_others(matter.before, draft.plan, tenant.currency),
        notes=list(draft.plan.notes),
        ways_back=[(one.approval_id, one.summary) for one in matter.ways_back],
    )


def _shown(matter: DraftMatter) -> list[str]:
    """Tracks that the draft is about, in the plan's order."""
    about = {*matter.draft.tracks, *matter.drifts}
    return [one.track_id for one in matter.draft.plan.tracks if one.track_id in about]


def _happened(matter: DraftMatter) -> str:
    draft, old = matter.draft, f"plan v{matter.draft.based_on}"
    moves = [said for track_id in _shown(matter) if (said := _moves(track_id, matter))]
    waits = why_draft_closed(draft, matter.now) is None
    who = "What is live" if waits else "What was live then"
    if draft.edits is not None:
        who = f"This version, which {draft.by} wrote,"
    if not moves:
        return f"{who} has the budgets of {old}."
    return f"{who} is not what {old} says: {'; '.join(moves)}."


def _moves(track_id: str, matter: DraftMatter) -> str:
    """`in south Google Search 750.00 EUR less and Meta 750.00 EUR more`; empty where nothing moves."""
    old, new = _slice(matter.before, track_id), _slice(matter.draft.plan, track_id)
    deltas = [(own_name(name), _budget(new, name) - _budget(old, name)) for name in _channels(old, new)]
    moved = [f"{name} {_more(delta, matter.tenant.currency)}" for name, delta in deltas if delta]
    return f"in {track_id} {listed(moved)}" if moved else ""


def _more(delta: int, currency: str) -> str:
    return f"{show(abs(delta), currency)} {'more' if delta > 0 else 'less'}"


def _ended(matter: DraftMatter) -> str:
    draft = matter.draft
    who = " and ".join(one.by for one in draft.decisions)
    match draft.state:
        case DraftState.APPROVED:
            since = when(draft.decisions[-1].at, TenantCalendar.of(matter.tenant.time_zone))
            return f"Approved by {who}. Plan v{draft.plan.version} is the contract since {since}."
        case DraftState.REJECTED:
            return f"Rejected by {who}: {draft.decisions[-1].reason}"
        case DraftState.SUPERSEDED:
            return "A newer draft or plan version took its place. Nothing was changed by this one."
        case _:
            return f"Nobody decided in time. Plan v{draft.based_on} stayed."


def _if_yes(matter: DraftMatter) -> str:
    draft, tenant = matter.draft, matter.tenant
    if len(planners_agreed(tenant, draft)) + 1 < draft.people_needed:
        return "Nothing happens yet: it moves so much money that a second, different planner must agree too."
    contract = f"Plan v{draft.plan.version} is the contract from then on; v{draft.based_on} is kept as it is."
    moves = [own_name(name) for track_id in _shown(matter) for name in _away_from_draft(track_id, matter)]
    if not moves:
        return f"{contract} What is live has these budgets already, so nothing else changes."
    return f"{contract} The live budgets of {listed(sorted(set(moves)))} are set to it at once."


def _away_from_draft(track_id: str, matter: DraftMatter) -> list[str]:
    new, drift = _slice(matter.draft.plan, track_id), matter.drifts.get(track_id)
    return [] if drift is None else [one.channel for one in drift.channels if one.live != _budget(new, one.channel)]


def _away(matter: DraftMatter) -> bool:
    return any(channel.delta for drift in matter.drifts.values() for channel in drift.channels)


def _if_no(matter: DraftMatter) -> str:
    old = f"v{matter.draft.based_on}"
    back = (
        f"You are shown a request to bring live budgets back to {old}; nothing moves before somebody approves that."
        if _away(matter)
        else "What is live is on it."
    )
    return f"Plan {old} stays. {back} Your reason goes into the log, under your name."


def _track(track_id: str, matter: DraftMatter) -> TrackRows:
    tenant, old, new = matter.tenant, _slice(matter.before, track_id), _slice(matter.draft.plan, track_id)
    drift, currency = matter.drifts.get(track_id), tenant.currency
    live = {} if drift is None else {one.channel: one for one in drift.channels}
    names = _channels(old, new, *live)
    most = max((max(_budget(old, name), _budget(new, name)) for name in names), default=0)
    before, after = sum(_budget(old, name) for name in names), sum(_budget(new, name) for name in names)
    return TrackRows(
        track_id=track_id,
        lines=[_line(name, _budget(old, name), _budget(new, name), live.get(name), most, currency) for name in names],
        old=show(before, currency),
        new=show(after, currency),
        same=after == before,
        causes=[] if drift is None else cause_rows(drift, currency, TenantCalendar.of(tenant.time_zone)),
    )


def _line(name: str, old: int, new: int, live: ChannelDrift | None, most: int, currency: str) -> LineRow:
    allocated = new if live is None else live.live
    return LineRow(
        channel=own_name(name),
        old=show(old, currency),
        new=show(new, currency),
        delta=signed_money(new - old, currency),
        percent=percent(old, new) if new != old else "",
        rises=new > old,
        same=new == old,
        live=show(allocated, currency),
        as_live=allocated == new,
        old_share=share(old, most),
        new_share=share(new, most),
        note="" if live is None else channel_note(live),
        spent="" if live is None else show(live.spent, currency),
        kpi="" if live is None else kpi_said(live.kpi, currency),
    )


def _slice(plan: PlanTerms, track_id: str) -> PlanTrack | None:
    return next((one for one in plan.tracks if one.track_id == track_id), None)


def _budget(piece: PlanTrack | None, channel: str) -> int:
    line = None if piece is None else piece.line(channel)
    return 0 if line is None else line.budget


def _channels(old: PlanTrack | None, new: PlanTrack | None, *more: str) -> list[str]:
    lines = [line.channel for piece in (old, new) if piece is not None for line in piece.channels]
    return list(dict.fromkeys([*lines, *more]))


def _others(before: MediaPlan, after: PlanTerms, currency: str) -> list[str]:
    """What differs besides budgets: flight, caps, targets, how a budget is shared out over its periods."""
    found: list[str] = []
    if after.flight != before.flight:
        old, new = before.flight, after.flight
        found.append(f"The flight is {new.start} to {new.end}; it was {old.start} to {old.end}.")
    if after.master_cap != before.master_cap:
        cap, was = show(after.master_cap, currency), show(before.master_cap, currency)
        found.append(f"The cap of all tracks together is {cap}; it was {was}.")
    for piece in after.tracks:
        old_piece = _slice(before, piece.track_id)
        if old_piece is not None and old_piece.kpi != piece.kpi:
            target = "none" if piece.kpi is None else f"{piece.kpi.metric.value.upper()} {piece.kpi.target:g}"
            found.append(f"The target of {piece.track_id} is {target}.")
        for line in piece.channels:
            old_line = None if old_piece is None else old_piece.line(line.channel)
            found += [
                f"{own_name(line.channel)} in {piece.track_id}: {one}" for one in _terms(old_line, line, currency)
            ]
    return found


def _terms(old: PlanChannel | None, new: PlanChannel, currency: str) -> list[str]:
    found: list[str] = []
    if (None if old is None else old.max_budget) != new.max_budget:
        was = "none" if old is None or old.max_budget is None else show(old.max_budget, currency)
        cap = "none" if new.max_budget is None else show(new.max_budget, currency)
        found.append(f"its own cap is {cap}; it was {was}.")
    if old is None:
        return ["it is a new line of the plan.", *found]
    budgets = {(one.start, one.end): one.budget for one in old.periods}
    for one in new.periods:
        was = budgets.get((one.start, one.end))
        if was != one.budget:
            before = "" if was is None else f"; it was {show(was, currency)}"
            found.append(f"{one.start} to {one.end} has {show(one.budget, currency)}{before}.")
    return found
