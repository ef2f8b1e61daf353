"""What is counted: a tick that changes nothing reads a manifest and a state for each track, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bench import cost, operations
from bench.metered import Meter, MeteredBus, MeteredDocuments, MeteredObjects
from bench.operations import Played, Run
from common.adapters.folder_objects import FolderObjects
from common.adapters.memory_bus import MemoryBus
from common.adapters.sqlite import SqliteDocuments
from common.domain.calendar import QUARTER_HOUR
from common.domain.tick import Cadence, TenantTick, window_of
from common.ports.documents import Create, Delete, Document, Page, Query, Write
from common.use_cases.onboard import onboard
from common.use_cases.pace_tracks import pace_tracks
from common.use_cases.ports import Ports
from common.use_cases.watch_tracks import watch_tracks
from sandbox.scenario import parse_scenario
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from sandbox.world import World

Work = Callable[[Ports, TenantTick], object]


@dataclass
class Counted:
    """A tenant with four tracks in a warm process, and what each message took."""

    meter: Meter = field(default_factory=Meter)
    asked: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        """Take the tenant on."""
        self.world = World(parse_scenario(operations.scenario()))
        store = SqliteDocuments()
        names = iter(range(10_000))
        bare = Ports(store, MemoryBus(), self.world, self.world.platforms, lambda: f"run-{next(names)}",
                     analytics=self.world.analytics)  # fmt: skip
        onboard(bare, tenant_of(self.world.scenario), plan_of(self.world.scenario), manifests_of(self.world.scenario))
        listened = MeteredDocuments(self, lambda: self.meter)
        self.store = store
        self.ports = replace(bare, documents=listened, bus=MeteredBus(bare.bus, lambda: self.meter))

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """The store, which notes what it was asked for."""
        self.asked += paths
        return self.store.read(*paths)

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """The store's."""
        return self.store.commit(*writes)

    def query(self, query: Query) -> Page:
        """The store's."""
        return self.store.query(query)

    def message(self, cadence: Cadence, work: Work) -> Meter:
        """What one message took."""
        self.meter, self.asked[:] = Meter(), []
        window = window_of(cadence, self.world.now())
        tenant = self.world.scenario
        tracks = tuple(track.track_id for track in tenant.tracks)
        work(self.ports, TenantTick(cadence=cadence, window=window, tenant_id=tenant.name, tracks=tracks))
        return self.meter


def test_a_tick_that_changes_nothing_reads_two_documents_a_track_and_no_kill_switch() -> None:
    counted = Counted()
    quiet: list[tuple[Meter, set[str]]] = []
    busy: list[set[str]] = []
    for quarter in range(4 * 8):
        for cadence, work in ((Cadence.PACING, pace_tracks), (Cadence.ANOMALY_PAUSE, watch_tracks)):
            if cadence is Cadence.PACING and quarter % 4:
                continue
            meter = counted.message(cadence, work)
            if meter.changed:
                busy.append(set(counted.asked))
            elif quarter:
                quiet.append((meter, set(counted.asked)))
        counted.world.market.advance(QUARTER_HOUR)
    assert len(quiet) > 30
    reads = [meter.reads for meter, _ in quiet]
    assert set(reads) == {1, 2 * operations.TRACKS}, "a check with nothing to judge reads one for all tracks"
    assert reads.count(1) == 3 * 8
    assert max(meter.writes for meter, _ in quiet) <= operations.TRACKS
    assert not any("control/global" in asked for _, asked in quiet)
    assert busy
    assert all("control/global" in asked for asked in busy), "before anything is written they are read"


@pytest.fixture
def metered() -> tuple[MeteredDocuments, Meter]:
    meter = Meter()
    return MeteredDocuments(SqliteDocuments(), lambda: meter), meter


def test_what_firestore_bills_is_counted(metered: tuple[MeteredDocuments, Meter]) -> None:
    store, meter = metered
    store.commit(Create("a/1", {}), Create("a/2", {}), Create("a/3", {}))
    store.read("a/1", "a/9")
    store.query(Query("a", limit=2))
    store.query(Query("b"))
    store.commit(Delete("a/1"))
    assert (meter.writes, meter.deletes, meter.queries) == (3, 1, 2)
    assert meter.reads == 2 + 3 + 1, "absent documents, the one that tells that more follow, and an empty answer count"


def test_a_month_costs_what_its_parts_do_and_more_where_more_is_done() -> None:
    def month(reads: int, cpu: float) -> dict[str, float]:
        return cost.of_month(Played([Run("pacing", "tick", Meter(reads=reads, writes=4), 1000, cpu)], days=1))

    cheap, dear = month(8, 0.01), month(80, 0.1)
    assert cheap["total"] == pytest.approx(sum(usd for name, usd in cheap.items() if name != "total"))
    assert dear["firestore reads"] == pytest.approx(10 * cheap["firestore reads"])
    assert cheap["firestore reads"] == pytest.approx(8 * 30.4 * 0.03 / 100_000)
    assert dear["cloud run"] > 3 * cheap["cloud run"]


def test_inputs_are_stored_once_however_long_and_what_becomes_of_them_by_the_month() -> None:
    nothing, growing, kept, archived = (
        cost.of_month(Played(days=2, grown_bytes=grown, kept_bytes=kept, object_bytes=objects))
        for grown, kept, objects in ((0, 0, 0), (2_000_000, 0, 0), (0, 1_000_000, 0), (0, 0, 2_000_000))
    )
    bodies = 2 * 0.15 + 11 * 0.03  # a GiB-month with point-in-time recovery, and with backups
    assert kept["firestore storage"] == pytest.approx(1_000_000 / 2**30 * bodies)
    assert growing["firestore storage"] == pytest.approx(30.4 * 3 * kept["firestore storage"])
    assert archived["object storage"] == pytest.approx(1_000_000 / 2**30 * 400 * 0.02)
    assert nothing["firestore storage"] == nothing["object storage"] == 0


def test_what_cloud_storage_bills_is_counted(tmp_path: Path) -> None:
    meter = Meter()
    objects = MeteredObjects(FolderObjects(tmp_path), lambda: meter)
    objects.create("a/1", b"four", content_type="text/plain")
    assert objects.read("a/1") == b"four"
    assert list(objects.under("a")) == ["a/1"]
    assert (meter.object_writes, meter.object_bytes, meter.object_reads) == (2, 4, 1), "a list is billed as a write"
