"""A small world on the real wire: Firestore and Pub/Sub emulators, a market over loopback, functions in processes."""

import base64
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

from werkzeug.serving import make_server

from common.adapters.firestore import FirestoreDocuments, firestore_client
from common.adapters.memory_bus import MemoryBus
from common.bootstrap import build
from common.domain.connection import Need
from common.domain.paths import Track
from common.domain.state import TrackState
from common.domain.tenant import Tenant
from common.domain.tick import Cadence
from common.ports.ad_platform import AdPlatform
from common.ports.analytics import Analytics
from common.ports.bus import Message
from common.ports.crm import Crm
from common.settings import Settings
from common.use_cases.onboard import onboard
from common.use_cases.ports import Ports
from common.use_cases.queries import state_of
from sandbox.scenario import parse_scenario
from sandbox.server import market_app
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from sandbox.world import World
from tests.contract.pulling import Puller

ROOT = Path(__file__).parents[2]
PUSHED = "google.cloud.pubsub.topic.v1.messagePublished"


class Worlds:
    """Several tenants' worlds at the same instant, served as one market."""

    def __init__(self) -> None:
        self._worlds: dict[str, World] = {}

    def add(self, world: World) -> None:
        """Serve this world too; it is brought to where the others stand."""
        if self._worlds:
            world.market.advance_to(self.now())
        self._worlds[world.scenario.name] = world

    def go_on(self, step: timedelta) -> None:
        """Let time pass in all of them."""
        for world in self._worlds.values():
            world.market.advance(step)

    def now(self) -> datetime:
        """The instant at which all of them stand."""
        return next(iter(self._worlds.values())).now()

    def platforms(self, tenant_id: str, platform: str) -> AdPlatform:
        """A tenant's account on a platform."""
        return self._worlds[tenant_id].platforms(tenant_id, platform)

    def analytics(self, tenant_id: str) -> Analytics:
        """A tenant's GA4 property."""
        return self._worlds[tenant_id].analytics(tenant_id)

    def crm(self, tenant_id: str) -> Crm:
        """A tenant's CRM."""
        return self._worlds[tenant_id].crm(tenant_id)

    def check(self, tenant: Tenant, source: str, timeout: float) -> tuple[Need, ...] | None:
        """As `sandbox.calls.Served` says."""
        return self._worlds[tenant.tenant_id].check(tenant, source, timeout)


@dataclass(frozen=True)
class Wired:
    """One tenant on the wire: its world, and this process's ports to it."""

    world: World
    ports: Ports

    @property
    def tenant(self) -> str:
        """The tenant's id."""
        return self.world.scenario.name

    def track(self, number: int = 0) -> Track:
        """One of its tracks."""
        return Track(self.tenant, self.world.scenario.tracks[number].track_id)


class Wire:
    """A project on the emulators and a served market; tenants are taken on as tests need them."""

    def __init__(self, project: str, firestore: str, pubsub: str, market: str, worlds: Worlds) -> None:
        self.project, self.pubsub, self.worlds = project, pubsub, worlds
        self._documents = FirestoreDocuments(firestore_client(project, emulator=firestore))
        self.environment: Mapping[str, str] = {
            "TRIMTAB_STORE": f"firestore:{project}",
            "TRIMTAB_BUS": f"pubsub:{project}",
            "TRIMTAB_MARKET_URL": market,
            "FIRESTORE_EMULATOR_HOST": firestore,
            "PUBSUB_EMULATOR_HOST": pubsub,
            "NO_GCE_CHECK": "true",
        }

    def take_on(self, scenario: Mapping[str, Any]) -> Wired:
        """Start a scenario's market and take its tenant on, under a name that no other test has."""
        world = World(parse_scenario({**scenario, "name": f"tenant-{uuid4().hex[:8]}"}))
        self.worlds.add(world)
        ports = build(
            Settings(),
            documents=self._documents,
            bus=MemoryBus(),
            clock=world,
            platforms=world.platforms,
            analytics=world.analytics,
            crm=world.crm,
        )
        onboard(ports, tenant_of(world.scenario), plan_of(world.scenario), manifests_of(world.scenario))
        return Wired(world, ports)


@contextmanager
def wire(project: str, firestore: str, pubsub: str) -> Generator[Wire]:
    """Serve markets to functions in other processes, for as long as the block lasts."""
    worlds = Worlds()
    server = make_server("127.0.0.1", 0, market_app(worlds, Lock()), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Wire(project, firestore, pubsub, f"http://127.0.0.1:{server.server_port}", worlds)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def pushed(
    data: bytes, published: datetime, message_id: str = "1", attributes: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The body of a push, as the emulator and Pub/Sub send it."""
    message: dict[str, Any] = {
        "data": base64.b64encode(data).decode(),
        "attributes": dict(attributes or {}),
        "messageId": message_id,
        "publishTime": published.isoformat().replace("+00:00", "Z"),
    }
    return {"message": message, "subscription": "projects/p/subscriptions/s"}


def post(url: str, body: dict[str, Any], *, binary: bool = False) -> int:
    """Send a message to a function, as a raw push or as a CloudEvent with its attributes in headers."""
    headers = {"Content-Type": "application/json"}
    if binary:
        source = "//pubsub.googleapis.com/projects/p/topics/t"
        headers |= {"ce-specversion": "1.0", "ce-id": "1", "ce-type": PUSHED, "ce-source": source}
    try:
        with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=60) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def settled(
    wired: Wired, window: datetime, track: Track, cadence: Cadence = Cadence.PACING, seconds: float = 60
) -> TrackState:
    """The track's state once the window of a cadence is done."""
    deadline = monotonic() + seconds
    while True:
        state = state_of(wired.ports, track)
        if state is not None and state.windows.get(cadence.value) == window:
            return state
        assert monotonic() < deadline, f"{cadence} did not do {track.track_id} within {seconds} s"
        sleep(0.05)


def pulled(
    line: Wire, subscription: str, expected: int, wanted: Callable[[Message], bool], seconds: float = 30
) -> list[Message]:
    """What is wanted of what waits on a subscription, once it is as much as expected; the rest is other tests'."""
    found: list[Message] = []
    puller, deadline = Puller(line.project, line.pubsub), monotonic() + seconds
    while len(found) < expected:
        assert monotonic() < deadline, f"{len(found)} messages of {expected} on {subscription}"
        puller.deliver(subscription, lambda message: found.append(message) if wanted(message) else None)
    return found


def channel(name: str, platform: str, budget: float, **more: Any) -> dict[str, Any]:
    """A channel of a scenario."""
    return {
        "channel": name,
        "platform": platform,
        "plan_budget": budget,
        "curve": {"kind": "hill", "top": 40, "half": 300, "shape": 1.0},
        "value_per_conversion": 80,
        "weekday": [1] * 7,
        "hour": None,
        "demand": budget / 5,
        "demand_noise": 0.1,
        "overdelivery": 1.2,
        "noise": 0.2,
        "hour_noise": 0.3,
        "level_drift": 0,
        "cpc": 0.8,
        "ctr": 0.03,
        "sessions_per_click": 0.8,
        "reporting_delay_hours": 1,
        "native_cap": True,
        "lag_days": {"mean": 2, "max": 7},
        "seen_by": {"ga4": 0.85, "platform": 1.15, "crm": 0.4},
        "ads": 2,
        "geos": 2,
        **more,
    }


def two_tracks() -> dict[str, Any]:
    """Two tracks on two platforms that take a total budget: the first tick of each has something to write."""
    return {
        "name": "wire",
        "seed": 3,
        "timezone": "Europe/Madrid",
        "currency": "EUR",
        "vertical": "ecommerce",
        "flight": {"start": "2026-05-04", "end": "2026-05-17"},
        "history_days": 14,
        "master_cap": 9000,
        "guardrails": {},
        "tracks": [
            {"track_id": "shoes", "channels": [channel("tiktok", "tiktok", 3000), channel("meta", "meta", 2000)]},
            {"track_id": "bags", "channels": [channel("tiktok", "tiktok", 4000)]},
        ],
    }
