"""A day of one tenant in fixed steps, each of them a message: what a worker works on that is killed at any moment."""

from collections.abc import Callable, Sequence
from random import Random

from common.domain.approval import Approval, ApprovalState
from common.domain.change import Change, OptimizationType, Proposal, Setting, Status
from common.domain.change_set import Origin, PauseIntent
from common.domain.manifest import Manifest, PauseScope
from common.domain.paths import Track
from common.ports.documents import Query
from common.use_cases.ports import Ports
from tests.faults import jobs
from tests.faults.clockwork import START
from tests.faults.jobs import Answer, Job
from tests.world import NORTH, SOUTH, change, plan, proposal

TRACK = Track("acme", NORTH)


def story() -> Sequence[Job]:
    """Shift, pace, ask, approve, pause, resume, activate; each step's name is its own."""
    return (
        _tick("shift", 0, lambda _, manifest: [_shift(manifest), _more_money(manifest)]),
        _answer("approve-the-money", "ana@example.com"),
        _tick("pace", 1, lambda _, manifest: [_pace(manifest)]),
        jobs.pause("pause", TRACK, PauseIntent(scope=PauseScope.CHANNEL, target="meta", reason="anomaly"), origin(2)),
        _tick("ask-to-resume", 3, _resume),
        _answer("approve-to-resume", "ana@example.com"),
        _answer("second-the-resume", "cy@example.com"),
        jobs.activate("activate", plan(version=2, budgets=_NEXT)),
        jobs.visit("visit", "acme"),
    )


_NEXT = {NORTH: {"google_search": 6200, "meta": 4300}, SOUTH: {"google_search": 3000, "meta": 2000}}


def origin(window: int) -> Origin:
    """The tick of one of the day's windows."""
    return Origin(cadence="pacing", window=START.replace(microsecond=window), by="trimtab")


def _tick(name: str, window: int, wish: Callable[[Random, Manifest], list[Proposal]]) -> Job:
    return jobs.tick(name, TRACK, origin(window), wish)


def _shift(manifest: Manifest) -> Proposal:
    return proposal(
        OptimizationType.BUDGET_SHIFT,
        *_by(manifest, "search", -100_000_000, -5_000_000),
        *_by(manifest, "social", 100_000_000, 5_000_000),
    )


def _pace(manifest: Manifest) -> Proposal:
    return proposal(OptimizationType.PACE, *_by(manifest, "social", 0, 3_000_000)[1:])


def _more_money(manifest: Manifest) -> Proposal:
    return proposal(OptimizationType.SPEND_INCREASE, *_by(manifest, "retarget", 150_000_000, 2_000_000))


def _by(manifest: Manifest, entity_id: str, allocation: int, daily: int) -> tuple[Change, Change]:
    one = manifest.entities[entity_id]
    return (
        change(manifest, entity_id, Setting.ALLOCATION, (one.allocation or 0) + allocation),
        change(manifest, entity_id, Setting.DAILY_BUDGET, (one.daily_budget or 0) + daily),
    )


def _resume(_: Random, manifest: Manifest) -> list[Proposal]:
    return [
        proposal(
            OptimizationType.RESUME,
            *(change(manifest, name, Setting.STATUS, Status.ENABLED.value) for name in pause.entities),
            lifts_pause=pause.pause_id,
        )
        for pause in manifest.pauses
    ]


def _answer(name: str, person: str) -> Job:
    """A person approves what waits by then."""

    def work(ports: Ports, run: str) -> None:
        where = {"state": ApprovalState.PENDING.value}
        for document in ports.documents.query(Query(f"tenants/{TRACK.tenant_id}/approvals", where=where)).documents:
            approval = Approval.model_validate(document.data)
            jobs.decide(name, approval, Answer(person, True, approval.payload_digest)).work(ports, run)

    return Job(name, TRACK.tenant_id, work)
