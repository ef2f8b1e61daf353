"""The database: indexes, what expires and what is not indexed, against the code's queries and documents."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from common.domain.approval import Approval
from common.domain.change_set import ChangeSet
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
from common.ports.indexes import EXPIRING, GROUP_INDEXES
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
LONG_TEXTS = {("optimization_log", "why")}
"""Fields that may be longer than an index takes well, though they are neither lists nor maps."""


def indexes(plan: Plan) -> Iterator[str]:
    """Every index that Firestore does not make by itself is made."""
    composite = {
        (one["collection"], tuple(field["field_path"] for field in one["fields"]), one["query_scope"])
        for one in plan.of("google_firestore_index").values()
    }
    wanted = {(one.collection, one.fields, "COLLECTION_GROUP") for one in GROUP_INDEXES if len(one.fields) > 1}
    yield from apart("composite indexes", composite, wanted)
    single = {
        (one["collection"], one["field"], index["query_scope"])
        for one in plan.all("google_firestore_field")
        for config in one["index_config"]
        for index in config["indexes"]
    }
    told = [(one.collection, one.fields[0]) for one in GROUP_INDEXES if len(one.fields) == 1]
    both = {(*one, scope) for one in told for scope in ("COLLECTION", "COLLECTION_GROUP")}
    yield from apart("indexes of one field", single, both)


def expiry(plan: Plan) -> Iterator[str]:
    """What goes by itself goes by the field that the store knows."""
    made = {(one["collection"], one["field"]) for one in plan.all("google_firestore_field") if one["ttl_config"]}
    yield from apart("what expires", made, {(collection, KEPT_UNTIL) for collection in EXPIRING})
    for collection in EXPIRING:
        if KEPT_UNTIL not in STORED[collection].model_fields:
            yield f"{collection} has no field {KEPT_UNTIL}"


def unindexed(plan: Plan) -> Iterator[str]:
    """Lists and maps have no index entries but where a query asks for them, and no query asks for what has none."""
    made = {
        (one["collection"], one["field"])
        for one in plan.all("google_firestore_field")
        if not one["ttl_config"] and not any(config["indexes"] for config in one["index_config"])
    }
    containers = {
        (collection, name)
        for collection, model in STORED.items()
        for name, field in model.model_fields.items()
        if _holds_several(field.annotation) and name not in queried().get(collection, set())
    }
    yield from apart("what is not indexed", made, containers | LONG_TEXTS)
    yield from apart("queried collections", queried().keys() - STORED, set[str]())


def _holds_several(annotation: Any) -> bool:
    """Whether a field is a list or a map, or may be one."""
    if get_origin(annotation) in (tuple, list, dict, frozenset):
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(map(_holds_several, get_args(annotation)))


def safety(plan: Plan) -> Iterator[str]:
    """Yesterday can be had back, and nothing is deleted by mistake."""
    for database in plan.of("google_firestore_database").values():
        found = (database["point_in_time_recovery_enablement"], database["delete_protection_state"])
        wanted = ("POINT_IN_TIME_RECOVERY_ENABLED", "DELETE_PROTECTION_ENABLED")
        yield from apart("the database's protection", found, wanted)
    backups = plan.of("google_firestore_backup_schedule")
    if not any(one["daily_recurrence"] for one in backups.values()):
        yield "no daily backup"
    for bucket in plan.of("google_storage_bucket").values():
        if not bucket["retention_policy"] or bucket["public_access_prevention"] != "enforced":
            yield "the bucket keeps nothing, or shows it to everybody"
