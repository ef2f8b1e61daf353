"""Where each document and each object lives. The one place that knows."""

from datetime import date
from typing import NamedTuple

GLOBAL_CONTROL = "control/global"


class Track(NamedTuple):
    """Names one track, and the paths of its documents."""

    tenant_id: str
    track_id: str

    @property
    def manifest(self) -> str:
        """Path of the execution manifest."""
        return f"tenants/{self.tenant_id}/manifests/{self.track_id}"

    @property
    def state(self) -> str:
        """Path of what detectors and learners remember."""
        return f"tenants/{self.tenant_id}/state/{self.track_id}"

    def log_entry(self, seq: int) -> str:
        """Path of one log entry."""
        return f"{log(self.tenant_id)}/{self.log_id(seq)}"

    def log_id(self, seq: int) -> str:
        """Id of one log entry; ids sort as sequences do."""
        return f"{self.track_id}-{seq:012}"


def tenant(tenant_id: str) -> str:
    """Path of a tenant."""
    return f"tenants/{tenant_id}"


def plan(tenant_id: str, plan_id: str, version: int) -> str:
    """Path of one version of a plan."""
    return f"{plan_versions(tenant_id, plan_id)}/{version:06}"


def plan_versions(tenant_id: str, plan_id: str) -> str:
    """Collection of a plan's versions."""
    return f"tenants/{tenant_id}/plans/{plan_id}/versions"


def envelope(tenant_id: str, plan_id: str) -> str:
    """Path of a plan's envelope."""
    return f"tenants/{tenant_id}/envelopes/{plan_id}"


def change_set(tenant_id: str, change_set_id: str) -> str:
    """Path of a change set."""
    return f"tenants/{tenant_id}/change_sets/{change_set_id}"


def inputs(tenant_id: str, name: str | None = None) -> str:
    """Collection of the inputs of a tenant's decisions, or the path of one decision's."""
    base = f"tenants/{tenant_id}/inputs"
    return base if name is None else f"{base}/{name}"


def approval(tenant_id: str, approval_id: str) -> str:
    """Path of an approval."""
    return f"tenants/{tenant_id}/approvals/{approval_id}"


def log(tenant_id: str) -> str:
    """Collection of a tenant's log entries."""
    return f"tenants/{tenant_id}/optimization_log"


def outbox(tenant_id: str, event_id: str | None = None) -> str:
    """Collection of a tenant's outbox, or the path of one event in it."""
    base = f"tenants/{tenant_id}/outbox"
    return base if event_id is None else f"{base}/{event_id}"


def notices(tenant_id: str) -> str:
    """Collection of what a tenant's channels were told."""
    return f"tenants/{tenant_id}/notices"


def notice(tenant_id: str, notice_id: str) -> str:
    """Path of one thing that one channel was told."""
    return f"{notices(tenant_id)}/{notice_id}"


def connections(tenant_id: str) -> str:
    """Collection of what is known of a tenant's connections."""
    return f"tenants/{tenant_id}/connections"


def connection(tenant_id: str, source: str) -> str:
    """Path of what is known of one connection."""
    return f"{connections(tenant_id)}/{source}"


def ingested(tenant_id: str, seal: str | None = None) -> str:
    """Collection of what was last said of each of a tenant's conversions, or the path of one of them."""
    base = f"tenants/{tenant_id}/ingested"
    return base if seal is None else f"{base}/{seal}"


def crm_days(tenant_id: str, day: date | None = None) -> str:
    """Collection of what a tenant's CRM said day by day, or the path of one local day."""
    base = f"tenants/{tenant_id}/crm_days"
    return base if day is None else f"{base}/{day.isoformat()}"


def crm_pull(tenant_id: str, source: str) -> str:
    """Path of how far a tenant's CRM was read."""
    return f"tenants/{tenant_id}/crm_pulls/{source}"


def performances(tenant_id: str) -> str:
    """Collection of what the sources of a tenant's tracks said, month by month."""
    return f"tenants/{tenant_id}/performance"


def performance(track: Track, month: str, source: str) -> str:
    """Path of a month (`yyyymm`) of a source's observed signals."""
    return f"{performances(track.tenant_id)}/{track.track_id}-{month}-{source}"


def performance_ids(track: Track, first: str, last: str) -> tuple[str, str]:
    """Between which ids, the second exclusive, a track's records of all sources lie, from one month to another."""
    return f"{track.track_id}-{first}-", f"{track.track_id}-{last}."  # "." comes right after "-"


def plan_drafts(tenant_id: str) -> str:
    """Collection of a tenant's drafts of plan versions."""
    return f"tenants/{tenant_id}/plan_drafts"


def plan_draft(tenant_id: str, draft_id: str) -> str:
    """Path of one draft of a plan version."""
    return f"{plan_drafts(tenant_id)}/{draft_id}"


def reports(tenant_id: str) -> str:
    """Collection of a tenant's reports: their index, what they say is in object storage."""
    return f"tenants/{tenant_id}/reports"


def report(tenant_id: str, report_id: str) -> str:
    """Path of one report's index."""
    return f"{reports(tenant_id)}/{report_id}"


def archived_inputs(tenant_id: str, day: str, digest: str | None = None) -> str:
    """Folder of the archived inputs of a day's decisions, in object storage, or the path of one of its files."""
    base = f"inputs/{tenant_id}/{day}"
    return base if digest is None else f"{base}/{digest}.jsonl"


def anchors(tenant_id: str) -> str:
    """Folder of a tenant's anchors, in object storage."""
    return f"anchors/{tenant_id}"


def anchor(tenant_id: str, day: date) -> str:
    """Path of the anchor of a day (UTC), in object storage."""
    return f"{anchors(tenant_id)}/{day.isoformat()}"
