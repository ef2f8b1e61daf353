"""What workers are asked to do: the real use cases, called the way that functions call them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from common.decisions.guardrails import judge
from common.domain.approval import Approval
from common.domain.calendar import TenantCalendar
from common.domain.change import Proposal
from common.domain.change_set import ChangeSetState, Origin, PauseIntent
from common.domain.figures import EventsReport, Realtime
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.plan import MediaPlan
from common.domain.plan_draft import PlanDraft
from common.domain.tenant import Tenant
from common.use_cases.activate_plan import activate_plan
from common.use_cases.approvals import approve, reject
from common.use_cases.configure import configure, switch_global, switch_tenant
from common.use_cases.daily_visit import visit as daily_visit
from common.use_cases.drift import check_drift
from common.use_cases.drive import finish
from common.use_cases.emergency_pause import emergency_pause, reinforce
from common.use_cases.housekeeping import sweep
from common.use_cases.load import Held, LoadedTrack, facts_of, load_track, read_one
from common.use_cases.performance import Recorded
from common.use_cases.plan_drafts import approve_draft, reject_draft
from common.use_cases.ports import Ports
from common.use_cases.propose import propose
from common.use_cases.reconcile import adopt, answers, differences, look
from common.use_cases.rest import bring_to_rest
from common.use_cases.review import review
from common.use_cases.safeguards import check_signals
from tests.fakes.analytics import ScriptedAnalytics
from tests.faults.wishes import Wish, wishes


@dataclass(frozen=True, slots=True)
class Job:
    """A message: what it asks for, for whom. Doing it twice must be harmless."""

    name: str
    tenant: str
    work: Callable[[Ports, str], object]
    """Takes the ports and the name of the run."""


def tick(name: str, track: Track, origin: Origin, wish: Wish = wishes) -> Job:
    """Load, bring to rest, reconcile, decide, intend, apply."""

    def work(ports: Ports, run: str) -> None:
        loaded = load_track(ports, track)
        manifest = bring_to_rest(ports, track, loaded.manifest, run)
        if manifest is not loaded.manifest:
            loaded = load_track(ports, track)
        loaded, undo = _reconciled(ports, loaded, origin, run)
        facts = facts_of(ports, loaded, envelope=True)
        wanted = [*undo, *wish(Random(f"{name} {facts.manifest.revision}"), facts.manifest)]
        proposed = propose(ports, loaded, facts, judge(wanted, facts), origin, run)
        if proposed.intended is not None:
            finish(ports, track, proposed.manifest, run)

    return Job(name, track.tenant_id, work)


def review_deeply(name: str, track: Track) -> Job:
    """The day's deep review: the statistics have nothing to go by, but whether signals can be believed is judged."""

    def work(ports: Ports, run: str) -> None:
        calendar = TenantCalendar.of(load_track(ports, track).tenant.time_zone)
        review(ports, track, calendar.bounds(calendar.day_of(ports.clock.now()))[0], run)

    return Job(name, track.tenant_id, work)


def reconcile(name: str, track: Track, origin: Origin) -> Job:
    """Adopt what was edited by hand, and pause again what must not run."""

    def work(ports: Ports, run: str) -> None:
        bring_to_rest(ports, track, load_track(ports, track).manifest, run)
        _reconciled(ports, load_track(ports, track), origin, run)

    return Job(name, track.tenant_id, work)


def glance(name: str, track: Track) -> Job:
    """Adopt what was edited by hand, whatever else is going on."""

    def work(ports: Ports, _: str) -> None:
        loaded = load_track(ports, track)
        adopt(ports, loaded, differences(loaded.manifest.value, look(ports, loaded.manifest.value)))

    return Job(name, track.tenant_id, work)


def _reconciled(
    ports: Ports, loaded: LoadedTrack, origin: Origin, run: str
) -> tuple[LoadedTrack, tuple[Proposal, ...]]:
    found = differences(loaded.manifest.value, look(ports, loaded.manifest.value))
    manifest = adopt(ports, loaded, found) if found else loaded.manifest
    manifest = reinforce(ports, loaded.track, manifest, origin, run)
    loaded = loaded if manifest is loaded.manifest else load_track(ports, loaded.track)
    return loaded, answers(loaded)


def pause(name: str, track: Track, intent: PauseIntent, origin: Origin) -> Job:
    """Stop spending now."""

    def work(ports: Ports, run: str) -> None:
        emergency_pause(ports, track, intent, origin, "Spend ran away.", run)

    return Job(name, track.tenant_id, work)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person does with an approval that they looked at."""

    by: str
    yes: bool
    digest: str
    proposals: tuple[str, ...] = ()


def decide(name: str, approval: Approval, answer: Answer) -> Job:
    """Approve, in whole or in part, or reject; then apply what may go."""
    track = Track(approval.tenant_id, approval.track_id)

    def work(ports: Ports, run: str) -> None:
        if not answer.yes:
            named = (approval.tenant_id, approval.approval_id)
            reject(ports, *named, by=answer.by, seen=answer.digest, reason="We would rather not.")
            return
        decided = approve(
            ports,
            approval.tenant_id,
            approval.approval_id,
            by=answer.by,
            seen=answer.digest,
            run=run,
            proposals=answer.proposals,
        )
        if decided.state in (ChangeSetState.INTENDED, ChangeSetState.APPROVED):
            bring_to_rest(ports, track, _manifest(ports, track), run)

    return Job(name, approval.tenant_id, work)


def look_for_drift(name: str, track: Track) -> Job:
    """How far is live from the plan? Told, and drafted where it is news."""
    return Job(name, track.tenant_id, lambda ports, _: check_drift(ports, track))


def decide_draft(name: str, draft: PlanDraft, answer: Answer) -> Job:
    """A planner approves or rejects a draft that they looked at."""
    named = (draft.tenant_id, draft.draft_id)

    def work(ports: Ports, run: str) -> None:
        if answer.yes:
            approve_draft(ports, *named, by=answer.by, seen=answer.digest, run=run)
        else:
            reject_draft(ports, *named, by=answer.by, seen=answer.digest, reason="Back to the plan.")

    return Job(name, draft.tenant_id, work)


def _manifest(ports: Ports, track: Track) -> Held[Manifest]:
    return read_one(ports.documents, Manifest, track.manifest)


def activate(name: str, plan: MediaPlan) -> Job:
    """Make a plan version the contract."""
    return Job(name, plan.tenant_id, lambda ports, run: activate_plan(ports, plan, run=run))


def housekeeping(name: str, tenant: str) -> Job:
    """Sweep one tenant that needs it."""
    return Job(name, tenant, lambda ports, run: sweep(ports, tenant, run=run))


def visit(name: str, tenant: str) -> Job:
    """Visit one tenant, as is done once a day."""
    return Job(name, tenant, lambda ports, run: daily_visit(ports, tenant, run=run))


def turn_tenant_switch(name: str, tenant: str, *, on: bool) -> Job:
    """Turn a tenant's kill switch."""
    return Job(name, tenant, lambda ports, _: switch_tenant(ports, tenant, on=on, by="cy@example.com", reason="test"))


def turn_global_switch(name: str, *, on: bool) -> Job:
    """Turn everybody's kill switch."""
    return Job(name, "", lambda ports, _: switch_global(ports, on=on, by="cy@example.com", reason="test"))


def reconfigure(name: str, tenant: str, change: Callable[[Tenant], Tenant]) -> Job:
    """Change the tenant's configuration."""
    return Job(name, tenant, lambda ports, _: configure(ports, tenant, change))


def follow_signals(name: str, track: Track) -> Job:
    """No source has told of any day: increases are frozen, in the track's state, where every decision looks."""

    def connected(_: str) -> ScriptedAnalytics:
        return ScriptedAnalytics(lambda: Realtime(()), lambda _, since: EventsReport(since))

    def work(ports: Ports, _: str) -> None:
        loaded = load_track(ports, track)
        check_signals(replace(ports, analytics=connected), loaded, Recorded(loaded, ()))

    return Job(name, track.tenant_id, work)
