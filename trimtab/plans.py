"""From what a command was told to the plan, the version or the draft that is meant."""

from dataclasses import dataclass

from common.domain.errors import NotFound
from common.domain.paths import Track
from common.domain.plan import MediaPlan
from common.domain.plan_draft import PlanDraft
from common.domain.tenant import Tenant
from common.use_cases.plan_drafts import draft_of
from common.use_cases.ports import Ports
from common.use_cases.queries import manifest_of, plan_ids, plan_versions


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a plan, and the tracks on which it is active."""

    plan: MediaPlan
    tracks: tuple[str, ...]


def plan_named(ports: Ports, tenant: Tenant, named: str) -> str:
    """The plan of this name; where none is named, the only one that the tenant has.

    Raises:
        NotFound: it has none of this name, or it can't be told which is meant.
    """
    known = plan_ids(ports, tenant)
    if named and named not in known:
        raise NotFound(f"{tenant.tenant_id} has no plan {named}; it has {', '.join(known)}")
    if not named and len(known) > 1:
        raise NotFound(f"say which plan with --plan: {', '.join(known)}")
    return named or known[0]


def versions_named(ports: Ports, tenant: Tenant, named: str) -> list[Version]:
    """Every version of a plan, newest first.

    Raises:
        NotFound: the tenant has no such plan.
    """
    plan_id = plan_named(ports, tenant, named)
    manifests = [manifest_of(ports, Track(tenant.tenant_id, track_id)) for track_id in tenant.tracks]
    on = [(one.track_id, one.plan_version) for one in manifests if one.plan_id == plan_id]
    versions = plan_versions(ports, tenant.tenant_id, plan_id)
    return [Version(one, tuple(track for track, version in on if version == one.version)) for one in versions]


def version_named(ports: Ports, tenant: Tenant, named: str, version: int | None) -> MediaPlan:
    """One version of a plan; the newest where none is named.

    Raises:
        NotFound: the tenant has no such plan, or the plan no such version.
    """
    plan_id = plan_named(ports, tenant, named)
    versions = plan_versions(ports, tenant.tenant_id, plan_id)
    found = next((one for one in versions if version in (None, one.version)), None)
    if found is None:
        raise NotFound(f"{plan_id} has no version {version}; the newest is {versions[0].version}")
    return found


def draft_named(ports: Ports, tenant: Tenant, draft_id: str) -> PlanDraft:
    """One of the tenant's drafts, whatever its state.

    Raises:
        NotFound: it has no such draft.
    """
    try:
        return draft_of(ports, tenant.tenant_id, draft_id).value
    except NotFound as error:
        raise NotFound(
            f"{tenant.tenant_id} has no draft {draft_id}; `drafts list --all` shows those that there are"
        ) from error
