"""Take a tenant on from the files that describe it, and tell whether its time zone has the scheduler's jobs."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypedDict

from common.adapters.memory_bus import MemoryBus
from common.bootstrap import build
from common.domain import paths
from common.domain.errors import Fault, InvalidInput, Refused, TrimtabError
from common.domain.manifest import Manifest
from common.domain.plan import MediaPlan
from common.domain.tenant import Tenant
from common.ports.documents import Conflict
from common.ports.journal import Silence
from common.settings import Settings
from common.use_cases.onboard import onboard, onboarding_faults
from common.use_cases.ports import Ports
from common.use_cases.schedules import compare
from trimtab.checking import parsed
from trimtab.function_list import crons
from trimtab.nowhere import no_platforms
from trimtab.opening import scheduler_in, sqlite_file


class Files(NamedTuple):
    """What the files say."""

    tenant: Tenant
    plan: MediaPlan
    manifests: tuple[Manifest, ...]


class Jobs(TypedDict):
    """What is known of the jobs that a tenant needs."""

    missing: list[str] | None
    """Those that differ from what it needs, or are not there; `None`: the scheduler could not be asked."""
    said: str


def read(files: Sequence[Path]) -> Files:
    """Read them, in whatever order they are given.

    Raises:
        InvalidInput: with every fault of every file, or else every way in which they do not fit together.
    """
    faults: list[Fault] = []
    found: list[tuple[Path, object]] = []
    for path in files:
        try:
            found.append((path, parsed(path)))
        except InvalidInput as error:
            faults += [Fault(f"{path}: {fault.where}", fault.what) for fault in error.faults]
        except OSError as error:
            faults.append(Fault(str(path), f"can't be read: {error.strerror}"))
    faults += [
        Fault(str(path), f"is {_kind(one)}: leave it out")
        for path, one in found
        if not isinstance(one, (Tenant, MediaPlan, Manifest))
    ]
    if faults:
        raise InvalidInput("the files", faults)
    said = [one for _, one in found]
    tenants = [one for one in said if isinstance(one, Tenant)]
    plans = [one for one in said if isinstance(one, MediaPlan)]
    manifests = tuple(one for one in said if isinstance(one, Manifest))
    if len(tenants) != 1 or len(plans) != 1:
        counted = f"there must be one tenant and one plan; there are {len(tenants)} and {len(plans)}"
        raise InvalidInput("the files", [Fault("", counted)])
    faults = onboarding_faults(tenants[0], plans[0], manifests)
    if faults:
        raise InvalidInput(f"tenant {tenants[0].tenant_id}", faults)
    return Files(tenants[0], plans[0], manifests)


def _kind(one: object) -> str:
    words = {"PlanTerms": "a plan that nobody approved (approved_by and approved_at are missing)"}
    return words.get(type(one).__name__, "no tenant, plan or manifest")


def take_on(settings: Settings, files: Files, *, dry_run: bool) -> None:
    """Write everything in one commit; a SQLite store is made where there is none.

    Raises:
        Refused: there is such a tenant already.
    """
    file = sqlite_file(settings.store)
    if dry_run and file is not None and not file.exists():
        return
    ports, name = _ports(settings), files.tenant.tenant_id
    if ports.documents.read(paths.tenant(name))[0] is not None:
        raise _there(name)
    if not dry_run:
        try:
            onboard(ports, *files)
        except Conflict as error:
            raise _there(name) from error


def _ports(settings: Settings) -> Ports:
    """Nothing is published: the tenant's first tick comes with its slot."""
    return build(settings, platforms=no_platforms, bus=MemoryBus(), journal=Silence())


def _there(name: str) -> Refused:
    return Refused(
        f"there is a tenant {name} already, so nothing was written: `tenants list` shows those that there are"
    )


def jobs_for(settings: Settings, tenant: Tenant, region: str) -> Jobs | None:
    """What is known of its time zone's jobs; `None` on one machine, where there are none to keep."""
    if settings.project is None:
        return None
    sync = f"python -m trimtab schedules sync --project {settings.project} --region {region}"
    try:
        compared = compare(_ports(settings), scheduler_in(settings, settings.project, region), crons())
    except TrimtabError as error:
        return Jobs(missing=None, said=f"{sync}: whether its time zone has its jobs is not known here ({error})")
    its = {job.name for job in compared.wanted if job.time_zone == tenant.time_zone}
    missing = [one.job for one in compared.drift.to_set_right if one.job in its]
    if missing:
        return Jobs(
            missing=missing, said=f"{sync}: for {tenant.time_zone}, {', '.join(missing)} must be made or changed"
        )
    return Jobs(
        missing=[], said=f"{tenant.time_zone} has all of its jobs: its daily work comes from tomorrow at the latest"
    )
