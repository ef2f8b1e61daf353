"""A CRM that is asked for what changed, as rows that are taken like those that are pushed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from common.domain.calendar import Instant
from common.domain.errors import NotFound
from common.domain.model import Frozen


class Place(Frozen):
    """How far a CRM was read."""

    since: Instant
    """What changed before this is known, but for what a page of ties has left."""
    after: str | None = None
    """Of the many that changed at that very instant, those up to this id are known."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """Some rows, and where to go on."""

    rows: tuple[Mapping[str, object], ...]
    """As `common.domain.ingest_rows` reads them."""
    place: Place
    more: bool
    """Whether there is more by now."""


@dataclass(frozen=True, slots=True)
class Gone:
    """Some rows of records that were deleted, and where to go on; `None`: that was all."""

    rows: tuple[Mapping[str, object], ...]
    after: str | None


class CrmPull(Protocol):
    """One tenant's CRM. Every call ends within `timeout` seconds; it raises CrmUnavailable where there is no answer."""

    def changed(self, place: Place, *, timeout: float) -> Pulled:
        """Records that changed at a place or later, the oldest change first. Some may come twice."""
        ...

    def gone(self, after: str | None, *, timeout: float) -> Gone:
        """Records that were deleted lately, from the first on, or after where one page ended."""
        ...


CrmPullOf = Callable[[str], CrmPull]
"""`pull(tenant_id)`: the tenant's CRM. Raises NotFound where there is none that is asked."""


def no_pull(tenant_id: str) -> CrmPull:
    """No tenant has one."""
    raise NotFound(f"{tenant_id} has no CRM that is asked")
