"""A fleet of clients as real ones would be, and a store that takes one write a second to each document, and counts.

The mix is stated, not measured: most clients are where their agency is, keep the default hours, and have a few tracks.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TypeVar

from common.domain import paths
from common.domain.calendar import Flight
from common.domain.errors import Unavailable
from common.domain.manifest import Entity, Manifest
from common.domain.money import MICROS
from common.domain.plan import MediaPlan, PlanChannel, PlanTrack
from common.domain.tenant import Cadences, Tenant, slot_of
from common.domain.verticals import Vertical
from common.ports.clock import Clock
from common.ports.documents import Conflict, Create, Data, Delete, Document, Page, Query, Write

ZONES = {
    "Europe/Madrid": 22, "Europe/London": 14, "Europe/Berlin": 12, "Europe/Paris": 8, "America/New_York": 14,
    "America/Chicago": 7, "America/Los_Angeles": 7, "America/Sao_Paulo": 4, "America/Mexico_City": 3,
    "Asia/Kolkata": 3, "Asia/Singapore": 2, "Asia/Tokyo": 2, "Australia/Sydney": 2,
}  # fmt: skip
"""Of a hundred clients."""
TRACKS = {1: 30, 2: 25, 4: 25, 8: 12, 12: 7, 60: 1}
REVIEW_HOURS = {6: 70, 5: 6, 7: 10, 8: 8, 9: 6}
REPORT_HOURS = {8: 75, 7: 10, 9: 10, 10: 5}
SWEEP_HOUR = 4
FLIGHT = Flight(start=date(2026, 4, 1), end=date(2026, 6, 30))
PLAN = "plan"
A_SECOND = timedelta(seconds=1)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Client:
    """What makes one differ from another."""

    tenant_id: str
    zone: str
    tracks: int
    review_hour: int
    report_hour: int
    slot: int


def clients(count: int, seed: int = 1) -> list[Client]:
    """So many, drawn from the mix."""
    rng = Random(seed)
    names = [f"client-{number:06}" for number in range(count)]
    zones, tracks = _draws(rng, ZONES, count), _draws(rng, TRACKS, count)
    reviews, reports = _draws(rng, REVIEW_HOURS, count), _draws(rng, REPORT_HOURS, count)
    drawn = zip(names, zones, tracks, reviews, reports, strict=True)
    return [Client(name, zone, size, review, report, slot_of(name)) for name, zone, size, review, report in drawn]


def _draws(rng: Random, mix: Mapping[T, int], count: int) -> list[T]:
    return rng.choices(list(mix), list(mix.values()), k=count)


_TENANT: Data = Tenant(
    tenant_id="client", name="Client", currency="EUR", time_zone="UTC", vertical=Vertical.ECOMMERCE, tracks=("t00",)
).body()


@dataclass
class StrictDocuments:
    """The fleet's documents. A document that was written within the last second refuses another write.

    What is not kept yet is made up when it is read: a manifest with one campaign, the plan. Queries go by slot and
    zone, as fan-out asks; what housekeeping looks for is not there.
    """

    fleet: Sequence[Client]
    clock: Clock
    refused: int = 0
    writes: int = 0
    reads: int = 0
    trips: int = 0
    wanted: int = 0
    """Writes that were asked for."""
    most_in_a_second: int = 0
    """Writes that were wanted of one document within one second."""
    _kept: dict[str, Document] = field(default_factory=dict[str, Document])
    _last: dict[str, list[datetime]] = field(default_factory=dict[str, list[datetime]])
    _index: dict[tuple[int, str | None], list[Client]] = field(init=False)
    _by_name: dict[str, Client] = field(init=False)

    def __post_init__(self) -> None:
        """Put the clients into the indexes of slot, and of slot and zone."""
        self._index = defaultdict(list)
        for one in self.fleet:
            self._index[one.slot, None].append(one)
            self._index[one.slot, one.zone].append(one)
        self._by_name = {one.tenant_id: one for one in self.fleet}

    def read(self, *wanted: str) -> tuple[Document | None, ...]:
        """As the port says."""
        self.reads += len(wanted)
        self.trips += 1
        return tuple(self._kept.get(path) or self._made_up(path) for path in wanted)

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """As the port says; unavailable where a document would be written twice within a second."""
        now = self.clock.now()
        self.trips += 1
        self.wanted += len(writes)
        for write in writes:
            recent = [at for at in self._last.get(write.path, ()) if now - at < A_SECOND]
            self.most_in_a_second = max(self.most_in_a_second, len(recent) + 1)
            if recent:
                self.refused += 1
                raise Unavailable(f"{write.path} was written less than a second ago")
            found = self._kept.get(write.path)
            if isinstance(write, Create) is (found is not None):
                raise Conflict([write.path])
        return tuple(self._write(write, now) for write in writes)

    def _write(self, write: Write, now: datetime) -> str:
        assert not isinstance(write, Delete), "no turn deletes anything"
        self.writes += 1
        self._last[write.path] = [now]
        self._kept[write.path] = Document(write.path, write.data, str(self.writes))
        return str(self.writes)

    def query(self, query: Query) -> Page:
        """As the port says, of tenants by slot and zone."""
        self.trips += 1
        if query.group:
            self.reads += 1
            return Page((), None)
        zone = query.where.get("time_zone")
        found = self._index[int(query.where["slot"]), None if zone is None else str(zone)]
        first = 0 if query.start is None else int(query.start)
        page = found[first : first + query.limit]
        more = first + query.limit < len(found)
        self.reads += max(1, len(page) + more)
        documents = tuple(Document(paths.tenant(one.tenant_id), body_of(one), "1") for one in page)
        return Page(documents, _from(query, first + query.limit) if more else None)

    def _made_up(self, path: str) -> Document | None:
        _, tenant_id, *rest = path.split("/")
        client = self._by_name[tenant_id]
        match rest:
            case []:
                return Document(path, body_of(client), "1")
            case ["manifests", track]:
                return Document(path, _manifest(client, track), "1")
            case ["plans", *_]:
                return Document(path, _plan(client), "1")
            case _:
                return None


def _from(query: Query, first: int) -> Query:
    return Query(query.collection, where=query.where, limit=query.limit, start=str(first))


def body_of(client: Client) -> Data:
    """A client's document."""
    hours = Cadences(review_hour=client.review_hour, report_hour=client.report_hour)
    return {
        **_TENANT,
        "tenant_id": client.tenant_id,
        "time_zone": client.zone,
        "tracks": [f"t{number:02}" for number in range(client.tracks)],
        "slot": client.slot,
        "cadences": hours.body(),
    }


def _manifest(client: Client, track: str) -> Data:
    campaign = Entity(
        entity_id="c", platform="google_ads", channel="search", external_id="1", allocation=MICROS, daily_budget=MICROS
    )
    return Manifest(
        tenant_id=client.tenant_id, track_id=track, plan_id=PLAN, plan_version=1, entities={"c": campaign}
    ).body()


def _plan(client: Client) -> Data:
    line = PlanChannel(channel="search", platform="google_ads", budget=MICROS)
    tracks = tuple(PlanTrack(track_id=f"t{number:02}", channels=(line,)) for number in range(client.tracks))
    return MediaPlan(
        tenant_id=client.tenant_id,
        plan_id=PLAN,
        version=1,
        currency="EUR",
        flight=FLIGHT,
        master_cap=client.tracks * MICROS,
        tracks=tracks,
        approved_by="a@example.com",
        approved_at=datetime(2026, 3, 1, tzinfo=UTC),
    ).body()
