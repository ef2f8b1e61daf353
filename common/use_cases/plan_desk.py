"""What the pages for people read of plans, drafts and drift: only of tenants whose list names the person."""

from collections.abc import Iterable

from common.decisions.way_back import RULE as WAY_BACK
from common.domain import paths
from common.domain.approval import Approval
from common.domain.change_set import ChangeSet
from common.domain.errors import NotFound
from common.domain.paths import Track
from common.domain.plan import MediaPlan
from common.domain.plan_draft import PlanDraft
from common.domain.tenant import Tenant
from common.use_cases.desk import NOTHING_HERE
from common.use_cases.drift import drift_now
from common.use_cases.load import hold, read_one
from common.use_cases.plan_drafts import draft_of, drafts_of, drafts_waiting
from common.use_cases.ports import Ports
from common.use_cases.queries import plan_ids, plan_versions, waiting
from common.web.draft_view import DraftMatter
from common.web.plan_view import PlanMatter, is_open


def plan_matter(ports: Ports, tenant: Tenant) -> PlanMatter:
    """A tenant's plans, and how far each of its tracks is from them."""
    drifts = [drift_now(ports, Track(tenant.tenant_id, track_id)) for track_id in tenant.tracks]
    return PlanMatter(
        tenant=tenant,
        drifts=drifts,
        versions=versions_at(ports, tenant),
        drafts=drafts_of(ports, tenant.tenant_id),
        ways_back={one.track_id: one.approval_id for one in ways_back_waiting(ports, tenant.tenant_id)},
        now=ports.clock.now(),
    )


def versions_at(ports: Ports, tenant: Tenant) -> list[MediaPlan]:
    """Every version of the plans that a tenant's tracks are on, the newest of each first."""
    plans = plan_ids(ports, tenant)
    return [version for plan_id in plans for version in plan_versions(ports, tenant.tenant_id, plan_id)]


def ways_back_waiting(ports: Ports, tenant_id: str) -> list[Approval]:
    """Requests to bring a track back to its plan that can still be decided."""
    now = ports.clock.now()
    found = [one for one in waiting(ports, tenant_id) if one.expires_at > now]
    places = [paths.change_set(tenant_id, one.approval_id) for one in found]
    documents = zip(found, places, ports.documents.read(*places) if places else (), strict=True)
    asked = [(one, hold(ChangeSet, document, place).value) for one, place, document in documents]
    return [one for one, change_set in asked if any(part.rule == WAY_BACK for part in change_set.proposals)]


def drafts_at(ports: Ports, places: Iterable[Tenant]) -> list[tuple[Tenant, PlanDraft]]:
    """Every draft at these tenants that can still be decided."""
    now = ports.clock.now()
    found = ((tenant, draft) for tenant in places for draft in drafts_waiting(ports, tenant.tenant_id))
    return [(tenant, draft) for tenant, draft in found if is_open(draft, now)]


def draft_matter(ports: Ports, tenant: Tenant, draft_id: str) -> DraftMatter:
    """A draft of a tenant that the person sees.

    Raises:
        NotFound: it has no such draft.
    """
    draft, now = draft_of(ports, tenant.tenant_id, draft_id).value, ports.clock.now()
    before = read_one(ports.documents, MediaPlan, paths.plan(tenant.tenant_id, draft.plan_id, draft.based_on)).value
    waits = is_open(draft, now)
    asked = ways_back_waiting(ports, tenant.tenant_id) if not waits else []
    return DraftMatter(
        tenant=tenant,
        draft=draft,
        before=before,
        now=now,
        drifts={one: drift_now(ports, Track(tenant.tenant_id, one)) for one in draft.tracks} if waits else draft.drift,
        ways_back=tuple(one for one in asked if one.track_id in draft.tracks and one.plan_version == draft.based_on),
    )


def track_of(tenant: Tenant, track_id: str) -> Track:
    """One of the tenant's tracks.

    Raises:
        NotFound: it has no such track.
    """
    if track_id not in tenant.tracks:
        raise NotFound(NOTHING_HERE)
    return Track(tenant.tenant_id, track_id)
