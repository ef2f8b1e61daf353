"""Read a track: its manifest and state in one round trip, tenant and plan from memory where their epoch allows."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from common.decisions.facts import Facts
from common.decisions.spend import spend_of
from common.domain import paths
from common.domain.envelope import Envelope
from common.domain.errors import NotFound
from common.domain.manifest import Manifest
from common.domain.model import parse
from common.domain.paths import Track
from common.domain.plan import MediaPlan
from common.domain.state import TrackState
from common.domain.tenant import GlobalControl, Tenant
from common.ports.documents import Document, Documents
from common.use_cases.ports import Ports

M = TypeVar("M", bound=BaseModel)
M_co = TypeVar("M_co", bound=BaseModel, covariant=True)


@dataclass(frozen=True, slots=True)
class Held(Generic[M_co]):
    """A document's content and the version it was read at."""

    value: M_co
    version: str


@dataclass(frozen=True, slots=True)
class LoadedTrack:
    """A track as it was read."""

    track: Track
    manifest: Held[Manifest]
    state: Held[TrackState] | None
    tenant: Tenant
    plan: MediaPlan

    @property
    def memory(self) -> TrackState:
        """The track's state; an empty one before the first tick."""
        if self.state is not None:
            return self.state.value
        return TrackState(tenant_id=self.track.tenant_id, track_id=self.track.track_id)


def decode(model: type[M], document: Document) -> M:
    """A stored document as its model."""
    return parse(model, document.data, document.path)


def hold(model: type[M], document: Document | None, path: str) -> Held[M]:
    """A document that must exist.

    Raises:
        NotFound: it does not.
    """
    if document is None:
        raise NotFound(f"{path} does not exist")
    return Held(decode(model, document), document.version)


def read_one(documents: Documents, model: type[M], path: str) -> Held[M]:
    """Read one document that must exist."""
    return hold(model, documents.read(path)[0], path)


def load_track(ports: Ports, track: Track, *, state_read: Document | None = None) -> LoadedTrack:
    """Manifest and state in one round trip; tenant and plan only when they are not remembered at this epoch.

    Args:
        state_read: the state, where it was read just now; whoever writes it finds out whether it is still the same.

    Raises:
        NotFound: the track has no manifest.
    """
    if state_read is not None:
        manifest_document, state_document = ports.documents.read(track.manifest)[0], state_read
    else:
        manifest_document, state_document = ports.documents.read(track.manifest, track.state)
    manifest = hold(Manifest, manifest_document, track.manifest)
    state = None if state_document is None else hold(TrackState, state_document, track.state)
    tenant, plan = tenant_and_plan(ports, manifest.value)
    return LoadedTrack(track, manifest, state, tenant, plan)


def tenant_and_plan(ports: Ports, manifest: Manifest) -> tuple[Tenant, MediaPlan]:
    """The tenant at the manifest's epoch and its active plan version."""
    memo, key = ports.memo, (manifest.tenant_id, manifest.plan_id, manifest.plan_version)
    tenant, plan = memo.tenant(manifest.tenant_id, manifest.config_epoch), memo.plan(*key)
    if tenant is None or plan is None:
        wanted = (paths.tenant(manifest.tenant_id), paths.plan(*key))
        found = ports.documents.read(*wanted)
        tenant, plan = hold(Tenant, found[0], wanted[0]).value, hold(MediaPlan, found[1], wanted[1]).value
        memo.keep(tenant, plan)
    return tenant, plan


def switch_in(control: Document | None, tenant: Document | None) -> str | None:
    """Which kill switch these documents say is on."""
    if control is not None and decode(GlobalControl, control).kill_switch.on:
        return "global"
    if tenant is not None and decode(Tenant, tenant).kill_switch.on:
        return "tenant"
    return None


def facts_of(ports: Ports, loaded: LoadedTrack, *, envelope: bool = False) -> Facts:
    """What decisions about the track may look at, with the kill switches as they are now."""
    now, tenant_id = ports.clock.now(), loaded.track.tenant_id
    wanted = [paths.GLOBAL_CONTROL, paths.tenant(tenant_id)]
    if envelope:
        wanted.append(paths.envelope(tenant_id, loaded.plan.plan_id))
    control, tenant, *rest = ports.documents.read(*wanted)
    found: Any = rest[0] if rest else None
    manifest = loaded.manifest.value
    return Facts(
        now=now,
        tenant=loaded.tenant,
        plan=loaded.plan,
        manifest=manifest,
        state=loaded.memory,
        spend=spend_of(manifest, loaded.memory),
        envelope=None if found is None else decode(Envelope, found),
        killed=switch_in(control, tenant) is not None,
    )
