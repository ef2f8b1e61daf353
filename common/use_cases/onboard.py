"""Take a tenant on: its document, the first plan version, the envelope, a manifest with its genesis a track."""

from collections.abc import Sequence

from common.decisions.plan_checks import ceiling_of
from common.domain import paths
from common.domain.envelope import Envelope
from common.domain.errors import Fault, InvalidInput
from common.domain.log_entry import EntryKind, LogEntry
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.plan import MediaPlan
from common.domain.tenant import Tenant, slot_of
from common.ports.documents import Create, Write
from common.use_cases.ports import Ports


def onboard(ports: Ports, tenant: Tenant, plan: MediaPlan, manifests: Sequence[Manifest]) -> None:
    """Write everything in one commit.

    Raises:
        InvalidInput: the three do not fit together; every fault is listed and nothing is written.
        Conflict: the tenant exists already.
    """
    faults = onboarding_faults(tenant, plan, manifests)
    if faults:
        raise InvalidInput(f"tenant {tenant.tenant_id}", faults)
    now = ports.clock.now()
    writes: list[Write] = [
        Create(paths.tenant(tenant.tenant_id), tenant.but(slot=slot_of(tenant.tenant_id)).body()),
        Create(paths.plan(tenant.tenant_id, plan.plan_id, plan.version), plan.body()),
        Create(paths.envelope(tenant.tenant_id, plan.plan_id), _envelope(plan).body()),
    ]
    for manifest in manifests:
        track = Track(tenant.tenant_id, manifest.track_id)
        genesis = LogEntry(
            tenant_id=tenant.tenant_id,
            track_id=manifest.track_id,
            seq=0,
            kind=EntryKind.GENESIS,
            revision=manifest.revision,
            at=now,
            by=plan.approved_by,
            plan_version=plan.version,
            degraded=tenant.degraded_attribution,
            why=f"Taken on under plan v{plan.version}.",
            state=manifest.live_state(),
            previous="",
        ).sealed()
        configured = manifest.but(config_epoch=tenant.config_epoch, degraded=tenant.degraded_attribution)
        begun = configured.but(log_seq=0, log_hash=genesis.hash, due=configured.see_to_it_at)
        writes += [Create(track.manifest, begun.body()), Create(track.log_entry(0), genesis.body())]
    ports.documents.commit(*writes)


def onboarding_faults(tenant: Tenant, plan: MediaPlan, manifests: Sequence[Manifest]) -> list[Fault]:
    """How the three do not fit together."""
    faults = _tenant_faults(tenant, plan, manifests)
    for manifest in manifests:
        faults += manifest_faults(manifest, plan)
        if not manifest.at_rest or manifest.log_seq:
            faults.append(
                Fault(f"manifests.{manifest.track_id}", "was live before: leave out what it remembers of that")
            )
    return faults


def _tenant_faults(tenant: Tenant, plan: MediaPlan, manifests: Sequence[Manifest]) -> list[Fault]:
    faults: list[Fault] = []
    if plan.tenant_id != tenant.tenant_id:
        faults.append(Fault("tenant_id", f"the plan is of {plan.tenant_id}, the tenant is {tenant.tenant_id}"))
    if plan.currency != tenant.currency:
        faults.append(Fault("currency", f"the plan is in {plan.currency}, the tenant in {tenant.currency}"))
    planned = sorted(track.track_id for track in plan.tracks)
    if sorted(tenant.tracks) != planned:
        faults.append(Fault("tracks", f"the plan has {', '.join(planned)}; the tenant {', '.join(tenant.tracks)}"))
    if sorted(manifest.track_id for manifest in manifests) != planned:
        faults.append(Fault("manifests", f"there must be one for each of {', '.join(planned)}"))
    return faults


def manifest_faults(manifest: Manifest, plan: MediaPlan) -> list[Fault]:
    """How a manifest does not fit its plan: wrong names, channels that the plan lacks, allocations over a ceiling."""
    faults: list[Fault] = []
    where = f"manifests.{manifest.track_id}"
    if (manifest.tenant_id, manifest.plan_id, manifest.plan_version) != (plan.tenant_id, plan.plan_id, plan.version):
        faults.append(Fault(where, f"belongs to another tenant, plan or version than {plan.plan_id} v{plan.version}"))
    piece = next((track for track in plan.tracks if track.track_id == manifest.track_id), None)
    if piece is None:
        return [*faults, Fault(where, "the plan has no such track")]
    for channel, allocated in sorted(manifest.budgets().items()):
        line = piece.line(channel)
        if line is None:
            faults.append(Fault(f"{where}.{channel}", "is missing from the plan"))
        elif line.max_budget is not None and allocated > line.max_budget:
            faults.append(Fault(f"{where}.{channel}", f"is allocated {allocated}, over its cap of {line.max_budget}"))
    if manifest.allocated() > piece.budget:
        faults.append(Fault(where, f"is allocated {manifest.allocated()} micros, its plan is {piece.budget}"))
    return faults


def _envelope(plan: MediaPlan) -> Envelope:
    ceilings = {track.track_id: ceiling_of(track) for track in plan.tracks}
    return Envelope(plan_id=plan.plan_id, plan_version=plan.version, master_cap=plan.master_cap, ceilings=ceilings)
