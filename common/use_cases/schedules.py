"""Have the scheduler's jobs of time zones as the tenants need them, and tell what of all jobs is otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from common.decisions.schedule_drift import Drift, Finding, Kind, drift
from common.decisions.schedules import utc_jobs, zone_jobs
from common.domain.errors import InvalidInput
from common.domain.schedule import Job
from common.domain.tenant import Tenant
from common.ports.documents import Query
from common.ports.scheduler import Scheduler
from common.use_cases.load import decode
from common.use_cases.ports import Ports
from common.use_cases.queries import every


@dataclass(frozen=True, slots=True)
class Compared:
    """What is wanted, and how what there is differs."""

    wanted: tuple[Job, ...]
    """Those of time zones."""
    drift: Drift
    broken: tuple[str, ...] = ()
    """Why documents of tenants can't be read. While there are any, no job counts as extra: one may need it."""


def compare(ports: Ports, scheduler: Scheduler, crons: Mapping[str, str]) -> Compared:
    """How the scheduler's jobs differ from those that are wanted now. Changes nothing.

    Args:
        crons: of the infrastructure's jobs, as `common.decisions.schedules.wanted_jobs` has them.

    Raises:
        Refused, Unavailable: as the scheduler does.
    """
    tenants, broken = _tenants(ports)
    wanted = zone_jobs(tenants, ports.clock.now())
    found = drift(wanted, utc_jobs(crons), scheduler.jobs())
    if broken:
        found = replace(found, findings=tuple(one for one in found.findings if one.kind is not Kind.EXTRA))
    return Compared(wanted, found, tuple(broken))


def sync(scheduler: Scheduler, compared: Compared) -> Iterator[Finding]:
    """Set right what was found, one after the other, and yield each when it is. What dies half-way, the next finishes.

    Jobs are made before others are removed, so that a zone whose job is named otherwise is never without.

    Raises:
        InvalidInput, Refused, Unavailable: as the scheduler does; what was yielded before is done.
    """
    jobs = {job.name: job for job in compared.wanted}
    for one in sorted(compared.drift.to_set_right, key=lambda one: one.kind is Kind.EXTRA):
        _set_right(scheduler, jobs, one, still=compared.drift.standing_still)
        yield one


def _set_right(scheduler: Scheduler, jobs: Mapping[str, Job], one: Finding, *, still: bool) -> None:
    match one.kind:
        case Kind.EXTRA:
            scheduler.remove(one.job)
        case Kind.PAUSED:
            scheduler.resume(one.job)
        case Kind.RUNNING:
            scheduler.pause(one.job)
        case _:
            scheduler.put(jobs[one.job], new=one.kind is Kind.MISSING)
            if still:
                scheduler.pause(one.job)


def _tenants(ports: Ports) -> tuple[Sequence[Tenant], Sequence[str]]:
    """The tenants, and why some can't be read."""
    found: list[Tenant] = []
    broken: list[str] = []
    for document in every(ports, Query("tenants", limit=300)):
        try:
            found.append(decode(Tenant, document))
        except InvalidInput as error:
            broken.append(str(error))
    return found, broken
