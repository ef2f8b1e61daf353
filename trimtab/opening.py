"""From what a command was told to what it works on: the settings, a store, a tenant, a track."""

from pathlib import Path

from common.bootstrap import build
from common.domain.approval import Approval
from common.domain.errors import NotFound
from common.domain.model import parse
from common.domain.paths import Track, approval
from common.domain.tenant import Tenant
from common.ports.journal import Silence
from common.ports.scheduler import Scheduler
from common.settings import Settings, from_environment
from common.use_cases.load import decode
from common.use_cases.ports import Ports
from common.use_cases.queries import tenants
from trimtab.nowhere import no_platforms


def settings_for(store: str | None) -> Settings:
    """The environment's settings, with the store of the command line where one was given.

    Raises:
        InvalidInput: with every fault of either.
    """
    settings = from_environment()
    return settings if store is None else parse(Settings, {**settings.body(), "store": store}, "the command line")


def sqlite_file(store: str) -> Path | None:
    """Where a SQLite store lives; `None` for one in memory, or of another kind."""
    scheme, _, where = store.partition(":")
    return Path(where) if scheme == "sqlite" and where != ":memory:" else None


def opened(store: str | None, *, acts: bool = False) -> Ports:
    """The ports of a store that is there already.

    Args:
        acts: platforms must be in reach. Otherwise they are where the environment says, or nowhere.

    Raises:
        InvalidInput: the settings have faults, or name no platforms where they must.
        NotFound: there is no such store.
    """
    settings = settings_for(store)
    file = sqlite_file(settings.store)
    if file is not None and not file.exists():
        raise NotFound(f"there is no store at {file}: name another with --store, or play a scenario into this one")
    if acts or settings.market_url:
        return build(settings, journal=Silence())
    return build(settings, platforms=no_platforms, journal=Silence())


def scheduler_in(settings: Settings, project: str, region: str) -> Scheduler:
    """The scheduler's jobs of a project in a region.

    Raises:
        Refused: there are no credentials for it here.
    """
    from common.adapters.cloud_scheduler import CloudScheduler, scheduler_client

    return CloudScheduler(scheduler_client(settings.servers_at.get("cloud_scheduler")), project, region)


def tenant_named(ports: Ports, named: str) -> Tenant:
    """The tenant of this name; where none is named, the only one that there is.

    Raises:
        NotFound: there is none, or it can't be told which is meant.
    """
    known = {tenant.tenant_id: tenant for tenant in tenants(ports)}
    if named in known:
        return known[named]
    if not known:
        raise NotFound("the store has no tenant yet: play a scenario into it, or name another with --store")
    if named:
        raise NotFound(f"the store has no tenant {named}; it has {', '.join(known)}")
    if len(known) > 1:
        raise NotFound(f"say which tenant with --tenant: {', '.join(known)}")
    return next(iter(known.values()))


def track_named(tenant: Tenant, track_id: str) -> Track:
    """One of the tenant's tracks.

    Raises:
        NotFound: it has no such track.
    """
    if track_id not in tenant.tracks:
        raise NotFound(f"{tenant.tenant_id} has no track {track_id}; it has {', '.join(tenant.tracks)}")
    return Track(tenant.tenant_id, track_id)


def approval_named(ports: Ports, tenant: Tenant, approval_id: str) -> Approval:
    """One of the tenant's approvals, whatever its state.

    Raises:
        NotFound: it has no such approval.
    """
    document = ports.documents.read(approval(tenant.tenant_id, approval_id))[0]
    if document is None:
        raise NotFound(
            f"{tenant.tenant_id} has no approval {approval_id}; `approvals list` shows what waits for a person"
        )
    return decode(Approval, document)
