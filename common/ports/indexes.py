"""What Firestore must be told beforehand: indexes that it does not make by itself, and fields that documents expire by.

Every other query here goes by an index that it makes of each field of each collection, or by two of these merged. A
query that needs one more is added here in the change that first asks it.
"""

from typing import NamedTuple


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
