"""A report from all that it is about. Pure: the same documents always give the same report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from common.decisions.connections import listed, truth_of
from common.decisions.drift import drift_of, explained
from common.decisions.facts import Facts
from common.decisions.kpi import Kpis
from common.decisions.reporting import safeguards
from common.decisions.reporting.changelog import WEEK, by_hand, changelog, changes_since
from common.decisions.reporting.curve import pacing_curve
from common.decisions.reporting.reconciliation import reconciled
from common.decisions.reporting.status import URGENCY, flight_over, status_of, tenant_sentence, track_sentence
from common.domain.approval import Approval
from common.domain.calendar import Flight, TenantCalendar
from common.domain.connection import Connection
from common.domain.drift import ChannelDrift, Drift
from common.domain.log_entry import LogEntry
from common.domain.plan_draft import PlanDraft
from common.domain.report import ChannelLine, Missing, Report, SourceState, TrackReport, Waiting
from common.domain.tenant import GlobalControl, Tenant


@dataclass(frozen=True, slots=True)
class TrackMatter:
    """A track with all that its part of a report tells."""

    facts: Facts
    kpis: Kpis
    """Since the plan version became active."""
    recorded: Mapping[date, int]
    """Micros that the track spent on each whole day of which its sources told."""
    began: LogEntry
    """The entry with which the plan version became active, or the genesis."""
    entries: Sequence[LogEntry]
    """Those after it, up to the manifest's last, oldest first."""
    approvals: Sequence[Approval]
    """Those that wait."""
    drafts: Sequence[PlanDraft] = ()
    """Those of plan versions that wait and would change the track's slice."""


@dataclass(frozen=True, slots=True)
class TenantMatter:
    """A tenant with all that its report tells."""

    tenant: Tenant
    control: GlobalControl
    now: datetime
    drafts: Sequence[PlanDraft]
    """Those that wait."""
    pages_url: str | None
    """Where people decide."""
    tracks: Sequence[TrackMatter]
    connections: Mapping[str, Connection] = field(default_factory=dict[str, Connection])
    """What is known of them, by source."""


def report_of(matter: TenantMatter) -> Report:
    """The report of one tenant."""
    tenant, now = matter.tenant, matter.now
    flights = [one.facts.plan.flight for one in matter.tracks]
    flight = Flight(start=min(one.start for one in flights), end=max(one.end for one in flights))
    calendar = TenantCalendar.of(tenant.time_zone)
    base = None if matter.pages_url is None else f"{matter.pages_url.rstrip('/')}/t/{tenant.tenant_id}"
    tracks = tuple(track_report(one, base) for one in matter.tracks)
    drafts = tuple(_draft(one, base) for one in matter.drafts)
    over = flight_over(flight, calendar, now)
    waits = len(drafts) + sum(len(one.approvals) for one in matter.tracks)
    return Report(
        tenant_id=tenant.tenant_id,
        name=tenant.name,
        day=calendar.day_of(now),
        made_at=now,
        currency=tenant.currency,
        locale=tenant.locale,
        time_zone=tenant.time_zone,
        flight=flight,
        degraded=tenant.degraded_attribution,
        status=max((track.status for track in tracks), key=URGENCY.index),
        sentence=tenant_sentence(tracks, flight, calendar.day_of(now), over, waits),
        budget=sum(track.budget for track in tracks),
        spent=sum(track.spent for track in tracks),
        flight_over=round(over, 4),
        waiting=drafts,
        safeguards=safeguards.of_tenant(tenant, matter.control),
        tracks=tracks,
        connections=tuple(_source(one) for one in listed(matter.connections)),
        ga4_source_of_truth=truth_of(matter.connections).met if matter.connections else None,
    )


def _source(one: Connection) -> SourceState:
    missing = tuple(Missing(what=need.what, said=need.said, required=need.required) for need in one.missing)
    return SourceState(source=one.source, state=one.state, since=one.since, missing=missing)


def track_report(matter: TrackMatter, base: str | None) -> TrackReport:
    """One track's part. `base`: the address of the tenant's pages."""
    facts, drift = matter.facts, _drift(matter)
    pacing = pacing_curve(facts, matter.recorded)
    days = changelog(matter.began, matter.entries, drift, facts.manifest, facts.calendar)
    status, changes = status_of(facts, drift, pacing), changes_since(days, facts.now - WEEK)
    asked = [*(_draft(one, base) for one in matter.drafts), *(_approval(one, base) for one in matter.approvals)]
    waiting = tuple(sorted(asked, key=lambda one: one.expires_at))
    return TrackReport(
        track_id=facts.manifest.track_id,
        plan_id=facts.manifest.plan_id,
        plan_version=facts.manifest.plan_version,
        status=status,
        sentence=track_sentence(facts, status, drift, pacing, changes, len(waiting)),
        flight=facts.plan.flight,
        budget=facts.slice.budget,
        live=facts.manifest.allocated(),
        spent=sum(one.visible for one in facts.spend.values()),
        changes_this_week=changes,
        kpi=matter.kpis.track,
        pacing=pacing,
        channels=_channels(drift.channels),
        drift=drift,
        waiting=waiting,
        safeguards=safeguards.of_track(facts),
        changelog=days,
        by_hand=by_hand(matter.entries, facts.manifest),
        reconciliation=reconciled(facts.slice, days, facts.manifest),
    )


def _drift(matter: TrackMatter) -> Drift:
    """How far the track is from its plan, and through what."""
    facts, piece = matter.facts, matter.facts.slice
    drift = drift_of(facts.manifest, piece, facts.tenant.guardrails, facts.spend, matter.kpis.channels)
    return explained(drift, matter.began, matter.entries, facts.manifest, piece)


def _channels(channels: Iterable[ChannelDrift]) -> tuple[ChannelLine, ...]:
    """The largest of the plan first."""
    lines = [
        ChannelLine(
            channel=one.channel,
            planned=one.in_plan,
            paused=one.paused,
            plan=one.plan,
            live=one.live,
            delta=one.delta,
            percent=one.percent,
            spent=one.spent,
            kpi=one.kpi,
        )
        for one in channels
    ]
    return tuple(sorted(lines, key=lambda line: (-line.plan, line.channel)))


def _approval(approval: Approval, base: str | None) -> Waiting:
    return Waiting(
        kind="approval",
        id=approval.approval_id,
        summary=approval.summary,
        money=approval.money,
        people_needed=approval.people_needed,
        expires_at=approval.expires_at,
        url=None if base is None else f"{base}/approvals/{approval.approval_id}",
    )


def _draft(draft: PlanDraft, base: str | None) -> Waiting:
    tracks = " and ".join(draft.tracks)
    made = f"drafted from what is live in {tracks}" if draft.edits is None else f"as {draft.by} edited it for {tracks}"
    return Waiting(
        kind="plan_draft",
        id=draft.draft_id,
        summary=f"Plan v{draft.plan.version}, {made}.",
        money=draft.money,
        people_needed=draft.people_needed,
        expires_at=draft.expires_at,
        url=None if base is None else f"{base}/drafts/{draft.draft_id}",
    )
