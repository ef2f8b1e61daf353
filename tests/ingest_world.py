"""A shop whose CRM tells it of its sales: the ports around it, rows as they are sent, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from common.adapters.stored_crm import StoredCrm
from common.domain import paths
from common.domain.crm import CrmSource
from common.domain.ingest_body import Body
from common.domain.tenant import Tenant
from common.ports.ad_platform import EntityRef
from common.ports.documents import Create
from common.use_cases.ingest import Taken, ingest
from common.use_cases.ports import Ports
from tests.fakes.ad_platform import ScriptedPlatform
from tests.fakes.bus import KeptBus
from tests.fakes.clock import ManualClock
from tests.fakes.documents import MemoryDocuments
from tests.fakes.keys import KeptKeys
from tests.world import NOW, tenant

SEARCH = EntityRef("search", "1001", "campaign", "google_ads")
SOCIAL = EntityRef("social", "2002", "campaign", "meta")
REFS = (SEARCH, SOCIAL)
CAMPAIGN = {"platform": "google_ads", "campaign": "1001"}
KEY = b"k" * 32


def shop(**changes: Any) -> Tenant:
    """A tenant whose CRM signs what it sends."""
    source = {"senders": ("crm@shop.iam.gserviceaccount.com",), "signing": "shop-crm", **changes}
    return tenant().but(crm=CrmSource.model_validate(source))


def sale(row_id: str = "o-1", at: datetime = NOW - timedelta(hours=20), **changes: Any) -> dict[str, Any]:
    """A sale of 100 EUR that the search campaign brought yesterday."""
    row = {"id": row_id, "happened_at": at.isoformat(), "kind": "purchase", "value": "100.00", "currency": "EUR"}
    target = {} if {"entity", "click_id", "campaign"} & changes.keys() else CAMPAIGN
    return {**row, **target, **changes}


def rate(at: datetime = NOW - timedelta(hours=3), matched: int = 70, total: int = 100, **more: Any) -> dict[str, Any]:
    """An upload to a platform of which most records matched."""
    return {"at": at.isoformat(), "matched": matched, "total": total, **more}


@dataclass
class Shop:
    """One tenant, its store and its clock."""

    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    keys: KeptKeys = field(default_factory=lambda: KeptKeys({"acme": KEY}))
    bus: KeptBus = field(default_factory=KeptBus)
    tenant: Tenant = field(default_factory=shop)

    def __post_init__(self) -> None:
        """Take the tenant on."""
        if self.documents.read(paths.tenant(self.tenant.tenant_id))[0] is None:
            self.documents.commit(Create(paths.tenant(self.tenant.tenant_id), self.tenant.body()))

    @property
    def ports(self) -> Ports:
        """The ports of a process."""
        runs = count()
        return Ports(
            documents=self.documents,
            bus=self.bus,
            clock=self.clock,
            platforms=lambda _, __: ScriptedPlatform(),
            new_run=lambda: f"run-{next(runs)}",
            keys=self.keys,
        )

    def send(self, *rows: Mapping[str, Any], rates: tuple[Mapping[str, Any], ...] = ()) -> Taken:
        """Send rows in one delivery."""
        return ingest(self.ports, self.tenant, Body(rows, rates))

    def totals(self) -> dict[tuple[str, date], tuple[float, int]]:
        """What the CRM says by now: by entity and day, conversions and micros."""
        found: dict[tuple[str, date], tuple[float, int]] = {}
        uploads = StoredCrm(self.tenant, self.documents, self.keys, self.clock).uploads(
            REFS, datetime(2020, 1, 1, tzinfo=UTC), timeout=1
        )
        for upload in uploads:
            for entity_id, days in (upload.days or {}).items():
                for day, booked in days.items():
                    had = found.get((entity_id, day), (0.0, 0))
                    found[(entity_id, day)] = had[0] + booked.conversions, had[1] + booked.micros
        return {key: value for key, value in found.items() if value != (0.0, 0)}
