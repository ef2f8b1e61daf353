"""What a tenant costs: days of a simulated one are played through the real functions, and everything billed is counted.

Four tracks, hourly pacing, a check every quarter of an hour, a daily review, sweep, visit and report, through the
official clients of Google Ads and GA4 against servers on this machine. The first days ask for the weeks before them
and settle budgets; those after are counted. The store is SQLite, and Firestore's emulator where it can run: then its
client's time is in the figures, as it is in the cloud.
"""

from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import thread_time
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import cost
from bench.machine import Queue, hearers, payload_of, root_tick
from bench.metered import Meter, MeteredBus, MeteredDocuments, MeteredObjects, size_of
from bench.prices import MESSAGE_LEAST_BYTES
from bench.quotas import named_there
from common.adapters.folder_objects import FolderObjects
from common.adapters.structured_log import StructuredLog
from common.bootstrap import build
from common.domain.account import Account
from common.domain.calendar import QUARTER_HOUR
from common.domain.canonical import canonical
from common.domain.tick import Cadence
from common.ports.bus import Message
from common.ports.documents import Documents, Query
from common.ports.indexes import FIELD_INDEXES, GROUP_INDEXES
from common.settings import Settings
from common.use_cases.onboard import onboard
from common.use_cases.ports import Ports
from sandbox.scenario import parse_scenario
from sandbox.servers import ga4, google_ads
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from sandbox.world import World
from trimtab.emulators import EmulatorsMissing, firestore_emulator

TRACKS, CAMPAIGNS = 4, 5
"""Tracks, and campaigns of each, with three ads a campaign."""
SETTLING, COUNTED = 4, 2
"""Days. After the first four the oldest inputs are archived each day."""
TENANT, SLOT = "summit", 0
"""Its slot is the hour's first minute."""
QUARTERS_A_DAY = 96
DAILY = (Cadence.DEEP_REVIEW, Cadence.DRIFT, Cadence.REPORT, Cadence.HOUSEKEEPING)


@dataclass
class Run:
    """One delivery to one function."""

    function: str
    kind: str
    """`root`, `tick` or `event`."""
    meter: Meter
    pushed_bytes: int
    cpu: float = 0.0
    """Seconds of the thread that worked on it."""
    calls: int = 0
    """Of platforms and GA4 that really went out."""


@dataclass
class Played:
    """Everything that was delivered in the days that count."""

    runs: list[Run] = field(default_factory=list[Run])
    days: int = COUNTED
    grown_bytes: int = 0
    """By how much the documents grew, as JSON,"""
    grown_index_bytes: int = 0
    """and the indexes of their fields. Not counted are the inputs of decisions, which are archived:"""
    kept_bytes: int = 0
    """what of them is there at the end,"""
    object_bytes: int = 0
    """and what went to object storage: these, reports, anchors."""


class Tenant:
    """One tenant, its world, and every function that works for it."""

    def __init__(self, world: World, ports: Ports, calls: Any) -> None:
        self.world, self._calls = world, calls
        self._queue, self._meter = Queue(), Meter()
        self._published = world.now()
        self.documents = ports.documents
        self.ports = replace(
            ports,
            documents=MeteredDocuments(ports.documents, lambda: self._meter),
            bus=MeteredBus(self._queue, lambda: self._meter),
            objects=None if ports.objects is None else MeteredObjects(ports.objects, lambda: self._meter),
            journal=StructuredLog(),
        )
        self.played = Played()

    def day(self) -> None:
        """Play one day, a quarter of an hour after the other; each cadence's root tick is sent in its own minute."""
        for quarter in range(QUARTERS_A_DAY):
            self._root(Cadence.ANOMALY_PAUSE)
            if quarter % 4 == 0:
                self._root(Cadence.PACING)
            for cadence in DAILY:
                if cadence.minute_of(SLOT) // 15 == quarter % 4:
                    self._root(cadence, time_zone=self.world.scenario.timezone)
            for _ in range(3):
                self._root(Cadence.HOUSEKEEPING)
            self.world.market.advance(QUARTER_HOUR)

    def _root(self, cadence: Cadence, **fields: Any) -> None:
        """A root tick of this quarter of an hour, and everything that follows from it."""
        self._published = self.world.now() + timedelta(minutes=cadence.minute_of(SLOT) % 15)
        self._queue.publish(cadence.topic, root_tick(cadence, **fields))
        while self._queue.waiting:
            where, one = self._queue.waiting.popleft()
            for function, handler in hearers(where, one):
                self._deliver(function, handler, one)

    def _deliver(self, function: str, handler: Any, message: Message) -> None:
        self._meter, before = Meter(), self._calls()
        payload, log = payload_of(message, self._published), StringIO()
        kind = "event" if "ce-type" in message.attributes else "tick" if b"tenant_id" in message.data else "root"
        with redirect_stdout(log):
            begun = thread_time()
            handler(self.ports, payload)
            cpu = thread_time() - begun
        self._meter.logged = len(log.getvalue().encode())
        pushed = max(MESSAGE_LEAST_BYTES, size_of(message))
        run = Run(function, kind, self._meter, pushed, cpu, self._calls() - before)
        self.played.runs.append(run)


def play(where: str) -> Played:
    """Play the days on a store; only those after it has settled are in what is returned."""
    with _tenant(where) as tenant:
        for _ in range(SETTLING):
            tenant.day()
        tenant.played = Played()
        documents, indexes = _bytes(tenant.documents)
        for _ in range(COUNTED):
            tenant.day()
        after = _bytes(tenant.documents)
        tenant.played.grown_bytes, tenant.played.grown_index_bytes = after[0] - documents, after[1] - indexes
        tenant.played.kept_bytes = _bytes(tenant.documents, ("inputs",))[0]
        tenant.played.object_bytes = sum(one.meter.object_bytes for one in tenant.played.runs)
        return tenant.played


def run(_: Path | None = None) -> dict[str, Any]:
    """Play on both stores where both can run; the cost is by what Firestore's client took."""
    played = {"sqlite": play("sqlite::memory:")}
    with suppress(EmulatorsMissing), firestore_emulator() as address, _emulated(address):
        played["firestore"] = play("firestore:bench-operations")
    return {"operations": figures(played)}


def figures(played: Mapping[str, Played]) -> dict[str, Any]:
    """What was counted and what it costs. Both stores are asked the same; their times differ."""
    stores = {name: cost.by_function(one) for name, one in played.items()}
    used = played.get("firestore", played["sqlite"])
    quiet = [one for one in used.runs if one.function in QUIET and one.kind == "tick" and not one.meter.changed]
    return {
        "usd_per_tenant_month": round(cost.of_month(used)["total"], 4),
        "reads_noop_tick": max(one.meter.reads for one in quiet) / TRACKS,
        "writes_noop_tick": round(sum(one.meter.writes for one in quiet) / len(quiet) / TRACKS, 2),
        "quiet_share": {name: _share_quiet(used, name) for name in QUIET},
        "store": "firestore" if "firestore" in played else "sqlite",
        "days": used.days,
        "tracks": TRACKS,
        "usd": {name: round(usd, 5) for name, usd in cost.of_month(used).items()},
        "usd_by_function": {name: round(usd, 5) for name, usd in cost.by_function_usd(used).items()},
        "installation_usd_month": round(cost.installation(used), 2),
        "fleet": cost.FLEET,
        "document_bytes_a_day": round(used.grown_bytes / used.days),
        "inputs_bytes": used.kept_bytes,
        "object_bytes_a_day": round(used.object_bytes / used.days),
        "index_bytes_a_day": round(used.grown_index_bytes / used.days),
        "stores": stores,
    }


QUIET = (Cadence.PACING.value, Cadence.ANOMALY_PAUSE.value)
"""The functions whose ticks mostly change nothing."""


def _share_quiet(played: Played, function: str) -> float:
    ticks = [one for one in played.runs if one.function == function and one.kind == "tick"]
    return round(sum(not one.meter.changed for one in ticks) / len(ticks), 3)


def table(found: Mapping[str, Any]) -> None:
    """Print what a delivery to each function takes, and the month."""
    shown: Mapping[str, Any] = found["operations"]
    for store, functions in shown["stores"].items():
        each = Table(title=f"A tenant with {shown['tracks']} tracks on {store}: one delivery, the mean")
        for name in ("function", "a day", "reads", "writes", "deletes", "queries", "published", "log bytes", "CPU ms"):
            each.add_column(name, justify="left" if name == "function" else "right")
        for name, one in functions.items():
            each.add_row(name, *(f"{one[key]:g}" for key in cost.COLUMNS))
        Console().print(each)
    month = Table("what", "US dollars", title="A tenant's month at list prices")
    for name, usd in shown["usd"].items():
        month.add_row(name, f"{usd:.5f}")
    Console().print(month)
    print(
        f"A tick of pacing or of the check that changes nothing: {shown['reads_noop_tick']:g} reads a track, "
        f"{shown['writes_noop_tick']:g} writes; an installation costs ${shown['installation_usd_month']} a month "
        f"besides, of which each of {shown['fleet']:,} tenants has its share above."
    )


COLLECTIONS = (
    "approvals", "change_sets", "connections", "manifests", "notices", "optimization_log", "performance", "plan_drafts",
    "reports", "state",
)  # fmt: skip
_ENTRY_BYTES = 120
"""Of an index entry: https://firebase.google.com/docs/firestore/storage-size."""


def _bytes(documents: Documents, collections: Iterable[str] = COLLECTIONS) -> tuple[int, int]:
    """What the documents take, and the entries of the indexes that queries go by."""
    bodies = indexes = 0
    for name in collections:
        query: Query | None = Query(name, group=True, limit=300)
        while query is not None:
            page = documents.query(query)
            for one in page.documents:
                bodies += len(canonical(one.data)) + len(one.path)
                indexes += _ENTRY_BYTES * _entries(name, one.data)
            query = page.next
    return bodies, indexes


def _entries(collection: str, data: Mapping[str, Any]) -> int:
    """How many a document has in all indexes: one for each field that the index is of."""
    single = [len(kinds) for field, kinds in FIELD_INDEXES.get(collection, {}).items() if field in data]
    grouped = [
        1 if len(one.fields) > 1 else 2
        for one in GROUP_INDEXES
        if one.collection == collection and set(one.fields) <= data.keys()
    ]
    return sum(single) + sum(grouped)


@contextmanager
def _emulated(address: str) -> Generator[None]:
    """The store at this address for as long as the block lasts."""
    import os

    os.environ["FIRESTORE_EMULATOR_HOST"] = address
    try:
        yield
    finally:
        del os.environ["FIRESTORE_EMULATOR_HOST"]


@contextmanager
def _tenant(store: str) -> Generator[Tenant]:
    """A tenant whose sources are the two servers."""
    world = World(parse_scenario(scenario()))
    with ExitStack() as servers:
        account = servers.enter_context(google_ads.served(world))
        property_ = servers.enter_context(ga4.served(world, external_id=account.external_id))
        folder = servers.enter_context(TemporaryDirectory())
        at = f"ga4={property_.address},google_ads={account.address}"
        ports = build(Settings(store=store, servers=at), clock=world, objects=FolderObjects(folder))
        tenant = tenant_of(world.scenario).but(
            accounts=(Account(platform="google_ads", account_id=account.account.number),),
            ga4_property=f"properties/{ga4.PROPERTY_ID}",
        )
        onboard(
            ports, tenant, plan_of(world.scenario), [named_there(one, account) for one in manifests_of(world.scenario)]
        )
        yield Tenant(world, ports, lambda: len(account.queries) + account.operations + len(property_.calls))


def scenario() -> dict[str, Any]:
    """Campaigns that spend and scatter as middling ones do."""
    return {
        "name": TENANT,
        "seed": 7,
        "timezone": "Europe/Madrid",
        "currency": "EUR",
        "vertical": "ecommerce",
        "flight": {"start": "2026-06-08", "end": "2026-07-01"},
        "history_days": 28,
        "master_cap": 150_000,
        "guardrails": {},
        "tracks": [
            {"track_id": f"t{track}", "channels": [_channel(f"c{number}") for number in range(CAMPAIGNS)]}
            for track in range(TRACKS)
        ],
        "events": [],
    }


def _channel(name: str) -> dict[str, Any]:
    return {
        "channel": name,
        "platform": "google_ads",
        "plan_budget": 5_280,
        "curve": {"kind": "hill", "top": 12, "half": 220, "shape": 1.0},
        "value_per_conversion": 50,
        "weekday": [1] * 7,
        "hour": None,
        "demand": 590,
        "demand_noise": 0.17,
        "overdelivery": 1.75,
        "noise": 0.21,
        "hour_noise": 0.34,
        "level_drift": 0.0,
        "cpc": 1.7,
        "ctr": 0.03,
        "sessions_per_click": 0.8,
        "reporting_delay_hours": 3,
        "native_cap": False,
        "lag_days": {"mean": 1.5, "max": 4},
        "seen_by": {"ga4": 0.85, "platform": 1.15, "crm": 0.4},
        "ads": 3,
        "geos": 4,
    }
