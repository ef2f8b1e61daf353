"""Change a tenant's configuration, or turn a kill switch: the epoch goes up, and each track learns it."""

from collections.abc import Callable

from common.domain import paths
from common.domain.errors import Refused
from common.domain.manifest import Manifest
from common.domain.model import parse
from common.domain.paths import Track
from common.domain.tenant import GlobalControl, KillSwitch, Tenant
from common.ports.documents import Conflict, Create, Replace, Write
from common.use_cases.load import decode, hold, read_one
from common.use_cases.ports import Ports


def configure(ports: Ports, tenant_id: str, change: Callable[[Tenant], Tenant]) -> Tenant:
    """Rewrite a tenant at the next epoch, and the epoch in each of its manifests, in one commit.

    Raises:
        NotFound: no such tenant.
        InvalidInput: the change makes it a tenant that can't be; with every fault.
        Refused: the change would rename it or move its currency or time zone under a running flight.
    """
    while True:
        path = paths.tenant(tenant_id)
        held = read_one(ports.documents, Tenant, path)
        changed = change(held.value).but(config_epoch=held.value.config_epoch + 1)
        _must_keep(held.value, changed)
        wanted = parse(Tenant, changed.body(), f"tenant {tenant_id}")
        writes: list[Write] = [Replace(path, wanted.body(), held.version)]
        tracks = [Track(tenant_id, track_id).manifest for track_id in wanted.tracks]
        for document, manifest_path in zip(ports.documents.read(*tracks), tracks, strict=True):
            manifest = hold(Manifest, document, manifest_path)
            body = manifest.value.but(config_epoch=wanted.config_epoch).body()
            writes.append(Replace(manifest_path, body, manifest.version))
        try:
            ports.documents.commit(*writes)
        except Conflict:
            continue
        return wanted


def _must_keep(old: Tenant, new: Tenant) -> None:
    for name in ("tenant_id", "currency", "time_zone", "tracks"):
        if getattr(old, name) != getattr(new, name):
            raise Refused(f"{name} of {old.tenant_id} can't change while it runs; take on a new tenant instead")


def switch_tenant(ports: Ports, tenant_id: str, *, on: bool, by: str, reason: str) -> Tenant:
    """Turn a tenant's kill switch on or off."""
    switch = KillSwitch(on=on, by=by, since=ports.clock.now(), reason=reason)
    return configure(ports, tenant_id, lambda tenant: tenant.but(kill_switch=switch))


def switch_global(ports: Ports, *, on: bool, by: str, reason: str) -> GlobalControl:
    """Turn the kill switch for everybody on or off."""
    wanted = GlobalControl(kill_switch=KillSwitch(on=on, by=by, since=ports.clock.now(), reason=reason))
    while True:
        document = ports.documents.read(paths.GLOBAL_CONTROL)[0]
        write = (
            Create(paths.GLOBAL_CONTROL, wanted.body())
            if document is None
            else Replace(paths.GLOBAL_CONTROL, wanted.body(), document.version)
        )
        try:
            ports.documents.commit(write)
        except Conflict:
            continue
        return wanted


def tenant_of(ports: Ports, tenant_id: str) -> Tenant:
    """A tenant as it is now."""
    return read_one(ports.documents, Tenant, paths.tenant(tenant_id)).value


def control_of(ports: Ports) -> GlobalControl:
    """The global control document; everything off where it was never written."""
    document = ports.documents.read(paths.GLOBAL_CONTROL)[0]
    return GlobalControl() if document is None else decode(GlobalControl, document)
