"""What Firestore must be told beforehand: every index that a query goes by, and fields that documents expire by.

It makes none by itself: each entry is written, stored and billed with its document. A filter on two fields goes by the
indexes of both, merged; a query without a filter needs none. A query that needs one more is added here in the change
that first asks it, and is refused in the cloud until it is there.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Kind = Literal["ASCENDING", "DESCENDING", "CONTAINS"]
"""By equality, with ids forwards or backwards; by what a list holds."""

FIELD_INDEXES: Mapping[str, Mapping[str, tuple[Kind, ...]]] = {
    "approvals": {"state": ("ASCENDING",), "track_id": ("ASCENDING",)},
    "ingested": {"expires": ("ASCENDING",)},
    "optimization_log": {
        "allocates": ("ASCENDING",),
        "change_set_id": ("ASCENDING",),
        "kind": ("ASCENDING",),
        "track_id": ("ASCENDING", "DESCENDING"),
    },
    "plan_drafts": {"plan_id": ("ASCENDING", "DESCENDING"), "state": ("ASCENDING",), "tenant_id": ("ASCENDING",)},
    "reports": {"tenant_id": ("DESCENDING",)},
    "tenants": {"people": ("CONTAINS",), "slot": ("ASCENDING",), "time_zone": ("ASCENDING",)},
    "versions": {"plan_id": ("DESCENDING",)},
}
"""By collection and field: what queries of one collection pick by."""


class GroupIndex(NamedTuple):
    """An index over all collections of a name. One field: a single-field index of that scope; more: a composite one."""

    collection: str
    fields: tuple[str, ...]
    """In order, all ascending; ids follow by themselves."""


GROUP_INDEXES = (
    GroupIndex("approvals", ("state", "expires_at")),
    GroupIndex("plan_drafts", ("state", "expires_at")),
    GroupIndex("manifests", ("due",)),
    GroupIndex("notices", ("due",)),
)
"""Of what housekeeping looks for over all tenants. The outbox has none: it is asked for without a filter."""

EXPIRING = ("ingested", "notices")
"""Collections whose documents go by themselves, by `common.ports.documents.KEPT_UNTIL`."""
