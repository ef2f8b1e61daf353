"""What the market's CRM uploads, pushed to us row by row each morning, and read back from what was taken."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count

from common.adapters.stored_crm import StoredCrm
from common.domain import paths
from common.domain.crm import CrmSource
from common.domain.ingest_body import MOST_ROWS, Body
from common.ports.crm import Crm
from common.ports.documents import Create
from common.use_cases.ingest import ingest
from common.use_cases.ports import Ports
from sandbox.tenancy import tenant_of
from sandbox.uploads import Upload
from sandbox.world import World
from tests.contract.way import Reached, Way
from tests.fakes.bus import KeptBus
from tests.fakes.clock import ManualClock
from tests.fakes.documents import MemoryDocuments
from tests.fakes.keys import KeptKeys

RECORDS = 10**9
"""Of each upload to a platform, so that its match rate is told as exactly as it is drawn."""


class Pushed:
    """One tenant's CRM that pushes what it knows whenever its market has come to another upload."""

    def __init__(self, world: World) -> None:
        self._world, self._tenant = world, tenant_of(world.scenario).but(crm=CrmSource(signing="crm"))
        self._clock, self._ids, self._sent = ManualClock(world.now()), count(), 0
        self._documents, self._keys = MemoryDocuments(), KeptKeys({self._tenant.tenant_id: b"k" * 32})
        self._documents.commit(Create(paths.tenant(self._tenant.tenant_id), self._tenant.body()))

    def crm(self, tenant_id: str) -> Crm:
        """The tenant's CRM, after it has sent what it has."""
        self._world.crm(tenant_id)
        for upload in self._world.market.sources.crm_uploads()[self._sent :]:
            self._push(upload)
            self._sent += 1
        return StoredCrm(self._tenant, self._documents, self._keys, self._world)

    def _push(self, upload: Upload) -> None:
        self._clock.at = upload.at
        ports = Ports(
            documents=self._documents,
            bus=KeptBus(),
            clock=self._clock,
            platforms=self._world.platforms,
            new_run=partial(str, "run"),
            keys=self._keys,
        )
        rate = {"at": upload.at.isoformat(), "matched": round(upload.match_rate * RECORDS), "total": RECORDS}
        rows = list(self._rows(upload))
        for first in range(0, len(rows), MOST_ROWS):
            taken = ingest(ports, self._tenant, Body(rows[first : first + MOST_ROWS]))
            assert not taken.faults
        assert not ingest(ports, self._tenant, Body(match_rates=[rate])).faults
        assert not ingest(ports, self._tenant, Body()).faults

    def _rows(self, upload: Upload) -> Iterator[dict[str, str]]:
        calendar = self._world.market.hours
        for (name, day), number in upload.conversions.items():
            channel = name.rpartition("/")[2]
            noon = calendar.instant(24 * calendar.day_number(day) + 1)
            target = {"campaign": name} if channel == "search" else {"entity": channel}
            for _ in range(round(number)):
                yield {"id": f"order-{next(self._ids)}", "happened_at": noon.isoformat(), "kind": "purchase", **target}


@contextmanager
def _reach(world: World) -> Generator[Reached]:
    yield Reached(crm=Pushed(world).crm)


WAY = Way(_reach, speaks=frozenset({"crm"}))
