"""The database: indexes, and none besides, and what expires, against the code's queries and documents."""

from collections.abc import Iterator

from pydantic import BaseModel

from common.domain.approval import Approval
from common.domain.change_set import ChangeSet, KeptInputs
from common.domain.connection import Connection
from common.domain.crm_days import CrmDay, Ingested
from common.domain.envelope import Envelope
from common.domain.event import Event
from common.domain.log_entry import LogEntry
from common.domain.manifest import Manifest
from common.domain.notifications import Notice
from common.domain.performance import Performance
from common.domain.plan import MediaPlan
from common.domain.plan_draft import PlanDraft
from common.domain.report import ReportIndex
from common.domain.state import TrackState
from common.domain.tenant import GlobalControl, Tenant
from common.ports.documents import KEPT_UNTIL
from common.ports.indexes import EXPIRING, FIELD_INDEXES, GROUP_INDEXES
from common.use_cases.pull import PullState
from tests.infra.code_reads import queried
from tests.infra.planned import Plan, apart

STORED: dict[str, type[BaseModel]] = {
    "approvals": Approval,
    "change_sets": ChangeSet,
    "connections": Connection,
    "control": GlobalControl,
    "crm_days": CrmDay,
    "crm_pulls": PullState,
    "envelopes": Envelope,
    "ingested": Ingested,
    "inputs": KeptInputs,
    "manifests": Manifest,
    "notices": Notice,
    "optimization_log": LogEntry,
    "outbox": Event,
    "performance": Performance,
    "plan_drafts": PlanDraft,
    "reports": ReportIndex,
    "state": TrackState,
    "tenants": Tenant,
    "versions": MediaPlan,
}
"""What is kept in each collection."""


def indexes(plan: Plan) -> Iterator[str]:
    """Every index that a query goes by is made, and no other."""
    composite = {
        (one["collection"], tuple(field["field_path"] for field in one["fields"]), one["query_scope"])
        for one in plan.of("google_firestore_index").values()
    }
    wanted = {(one.collection, one.fields, "COLLECTION_GROUP") for one in GROUP_INDEXES if len(one.fields) > 1}
    yield from apart("composite indexes", composite, wanted)
    single = [
        (one["collection"], one["field"], index["query_scope"], index.get("order") or index.get("array_config"))
        for one in plan.all("google_firestore_field")
        for config in one["index_config"]
        for index in config["indexes"]
    ]
    told = [(one.collection, one.fields[0]) for one in GROUP_INDEXES if len(one.fields) == 1]
    both = {(*one, scope, "ASCENDING") for one in told for scope in ("COLLECTION", "COLLECTION_GROUP")}
    fields = {
        (collection, field, "COLLECTION", kind)
        for collection, one in FIELD_INDEXES.items()
        for field, kinds in one.items()
        for kind in kinds
    }
    yield from apart("indexes of one field", set(single), both | fields)


def asked(_: Plan) -> Iterator[str]:
    """What is listed is what the code's queries go by."""
    listed = {
        (collection, field, kind)
        for collection, fields in FIELD_INDEXES.items()
        for field, kinds in fields.items()
        for kind in kinds
    }
    listed |= {(one.collection, one.fields[0], "ASCENDING") for one in GROUP_INDEXES if len(one.fields) == 1}
    wanted = {one for one in queried() if one[1] in STORED[one[0]].model_fields | STORED[one[0]].model_computed_fields}
    # What all of a group are asked for goes by a composite index.
    grouped = {(one.collection, field, "ASCENDING") for one in GROUP_INDEXES for field in one.fields}
    yield from apart("what queries go by", listed | grouped, wanted | grouped)


def expiry(plan: Plan) -> Iterator[str]:
    """What goes by itself goes by the field that the store knows."""
    made = {(one["collection"], one["field"]) for one in plan.all("google_firestore_field") if one["ttl_config"]}
    yield from apart("what expires", made, {(collection, KEPT_UNTIL) for collection in EXPIRING})
    for collection in EXPIRING:
        if KEPT_UNTIL not in STORED[collection].model_fields:
            yield f"{collection} has no field {KEPT_UNTIL}"


def unindexed(plan: Plan) -> Iterator[str]:
    """Nothing else has an index: what is in a document is billed once, and no field is too long for it."""
    made = {
        one["collection"]
        for one in plan.all("google_firestore_field")
        if one["field"] == "*" and not any(config["indexes"] for config in one["index_config"])
    }
    yield from apart("collections without indexes of their own", made, set(STORED))


def safety(plan: Plan) -> Iterator[str]:
    """Yesterday can be had back, and nothing is deleted by mistake."""
    for database in plan.of("google_firestore_database").values():
        found = (database["point_in_time_recovery_enablement"], database["delete_protection_state"])
        wanted = ("POINT_IN_TIME_RECOVERY_ENABLED", "DELETE_PROTECTION_ENABLED")
        yield from apart("the database's protection", found, wanted)
    backups = plan.of("google_firestore_backup_schedule")
    for often in ("daily", "weekly"):
        if not any(one[f"{often}_recurrence"] for one in backups.values()):
            yield f"no {often} backup"
    for bucket in plan.of("google_storage_bucket").values():
        if not bucket["retention_policy"] or bucket["public_access_prevention"] != "enforced":
            yield "the bucket keeps nothing, or shows it to everybody"
