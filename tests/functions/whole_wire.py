"""Everything on the real wire, and witnessed: emulators, each function in a process of its own, the local scheduler."""

import os
import signal
import subprocess
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from time import sleep
from typing import Any

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from common.adapters.firestore import FirestoreDocuments, firestore_client
from common.adapters.folder_keys import FolderKeys
from common.adapters.pubsub import PubSubBus
from common.bootstrap import build
from common.bootstrap.vault import KEYS
from common.domain.calendar import QUARTER_HOUR
from common.domain.crm import CrmSource
from common.domain.event import TOPIC
from common.domain.notifications import ChannelKind, NotificationChannel, Notifications
from common.domain.tenant import Cadences
from common.settings import Settings
from common.use_cases.onboard import onboard
from common.use_cases.ports import Ports
from sandbox.scenario import parse_scenario
from sandbox.server import market_app
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from sandbox.world import World
from tests.contract.pulling import Puller
from tests.fakes.hook import Hook, served_hook
from tests.faults.clockwork import START
from tests.functions.doorway import doorway
from tests.functions.wire import channel, two_tracks
from tests.functions.witness import Witness, WitnessedMarket
from tests.ingest_doorway import SECRET
from tests.patience import eventually
from tests.served_market import served_app
from trimtab.function_list import described
from trimtab.local_cloud import LocalCloud, functions_served, local_cloud, tick_urls
from trimtab.local_functions import LocalFunction
from trimtab.local_scheduler import LocalScheduler
from trimtab.processes import tail
from trimtab.tick_pushes import TickPushes

PROJECT = "trimtab-whole"
KEY = "the key of this test is 32 letters long"


@dataclass
class WholeWire:
    """One tenant, at `START`: the hour in which all of its daily work is due."""

    ports: Ports
    witness: Witness
    scheduler: LocalScheduler
    functions: Mapping[str, LocalFunction]
    hook: Hook
    """Where the tenant reads messages."""
    environment: Mapping[str, str]
    objects: Path
    puller: Puller
    lock: Lock

    @property
    def world(self) -> World:
        """The market."""
        return self.witness.world

    def quarter(self, *, wait: bool) -> None:
        """Fire what is due in a quarter of an hour, and let it pass: when it is handled, or soon."""
        firings = self.scheduler.due(self.world.now() + QUARTER_HOUR)
        for firing in firings:
            self.scheduler.fire(firing)
            if wait:
                handled = eventually(lambda firing=firing: self.scheduler.handled(firing))
                assert handled, f"{firing.cadence} at {firing.minute}: {tail(self.functions[firing.cadence].log)}"
        self._go_on(QUARTER_HOUR)

    def sleep_until(self, instant: datetime) -> None:
        """Let time pass in which nothing is fired."""
        self._go_on(instant - self.world.now())
        self.scheduler.since = instant

    def _go_on(self, step: timedelta) -> None:
        with self.lock:
            self.witness.look(self.objects)
            self.world.market.advance(step)
            self.witness.look(self.objects)


def scenario() -> dict[str, Any]:
    """Two tracks; in their second hour somebody changes a budget by hand, and wants to be asked about it."""
    tracks = [
        {"track_id": "shoes", "channels": [channel("tiktok", "tiktok", 3000), channel("meta", "meta", 2000)]},
        {"track_id": "bags", "channels": [channel("search", "google_ads", 4000)]},
    ]
    edit = {"kind": "external_edit", "channel": "tiktok", "track_id": "shoes", "at": "2026-05-04T12:00"}
    return {
        **two_tracks(),
        "name": "whole",
        "tracks": tracks,
        "guardrails": {"external_change_policy": "ask"},
        "events": [{**edit, "daily_budget": 50}],
    }


@contextmanager
def whole_wire(folder: Path) -> Generator[WholeWire]:
    """Have everything up for as long as the block lasts."""
    world, lock, pushes = World(parse_scenario(scenario())), Lock(), TickPushes()
    world.market.advance_to(START)
    witness, objects, secrets = Witness(world), folder / "objects", folder / "secrets"
    with ExitStack() as stack:
        cloud = stack.enter_context(local_cloud(PROJECT))
        cloud.topology.subscription("witnessed", TOPIC)
        hook = stack.enter_context(served_hook())
        doors = {name: stack.enter_context(_door(cloud, witness, name)) for name in (*described(), "")}
        ports = build(
            Settings(),
            documents=FirestoreDocuments(firestore_client(PROJECT, emulator=doors[""])),
            bus=PubSubBus(PROJECT, emulator=cloud.pubsub),
            clock=world,
            platforms=world.platforms,
            analytics=world.analytics,
            crm=world.crm,
        )
        _take_on(ports, witness, secrets, hook)
        markets = {f"/market/{name}": market_app(WitnessedMarket(witness, name), lock) for name in described()}
        here = stack.enter_context(served_app(DispatcherMiddleware(pushes.app(), markets)))
        more = {
            **cloud.environment,
            "TRIMTAB_OBJECTS": f"folder:{objects}",
            "TRIMTAB_SECRETS": str(secrets),
            "TRIMTAB_IDENTITY": "local:",
            "TRIMTAB_FORM_KEYS": KEY,
        }

        def environment(name: str) -> dict[str, str]:
            return {**more, "FIRESTORE_EMULATOR_HOST": doors[name], "TRIMTAB_MARKET_URL": f"{here}/market/{name}"}

        functions = stack.enter_context(functions_served(environment, {}))
        witness.kill = lambda name: killed(functions[name])
        pushes.urls.update(tick_urls(functions))
        cloud.push_to(functions, here)
        scheduler = LocalScheduler(ports, world.scenario.name, pushes, world.now())
        puller = Puller(PROJECT, cloud.pubsub)
        yield WholeWire(ports, witness, scheduler, functions, hook, more, objects, puller, lock)


def _door(cloud: LocalCloud, witness: Witness, name: str) -> AbstractContextManager[str]:
    return doorway(PROJECT, cloud.firestore, witness.commits_of(name), lambda: witness.reads.update([name]))


def _take_on(ports: Ports, witness: Witness, secrets: Path, hook: Hook) -> None:
    scenario, hour = witness.world.scenario, 11  # of Madrid, at `START`
    secrets.mkdir()
    (secrets / "hook").write_text(hook.url)
    (secrets / "shop-crm").write_text(SECRET)
    told = NotificationChannel(name="team", kind=ChannelKind.GOOGLE_CHAT, url_secret="hook")
    tenant = tenant_of(scenario).but(
        cadences=Cadences(review_hour=hour, sweep_hour=hour, report_hour=hour),
        notifications=Notifications(channels=(told,)),
        crm=CrmSource(signing="shop-crm"),
    )
    FolderKeys(secrets / KEYS).make(tenant.tenant_id)
    manifests = manifests_of(scenario)
    onboard(ports, tenant, plan_of(scenario), manifests)
    witness.begin(tenant, manifests)


def killed(function: LocalFunction) -> bool:
    """Kill the process that does a function's work, as one does that is out of memory; another takes its place."""
    workers = list(_workers(function.url.rstrip("/").rpartition(":")[2]))
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    return bool(workers)


def _workers(port: str) -> Iterator[int]:
    """The processes that answer at a port: children of the one that listens there."""
    listed = subprocess.run(["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    served = {
        int(pid): int(parent)
        for pid, parent, given in rows
        if given.endswith(f"--port {port}") and "/bin/sh" not in given
    }
    return (pid for pid, parent in served.items() if parent in served)


def in_time(holds: Callable[[], bool], wire: WholeWire, quarters: int, pause: float = 0.3) -> bool:
    """Whether it holds before so many quarters of an hour have passed."""
    for _ in range(quarters):
        if holds():
            return True
        wire.quarter(wait=False)
        sleep(pause)
    return holds()
