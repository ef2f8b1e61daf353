"""Try a bundle before it is deployed: set up as in the cloud, sent what the cloud would send it, its answer checked.

The bundle lies unpacked in a folder of its own, with its own requirements, under functions-framework; the repository is
not on its path. Its settings are those of a deployed function; Google's emulators stand for Firestore and Pub/Sub. What
it would import only at some later message is imported beforehand.
"""

import subprocess
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import uuid4

import requests

from common.adapters.topic_watch import TopicWatch, watching
from common.domain.canonical import canonical
from common.domain.event import TYPE, EventType
from common.domain.tick import Cadence, TenantTick, dead_letter_topic, window_of
from common.use_cases.ports import Ports
from common.use_cases.queries import state_of
from trimtab.bundle_environments import Installed, installed
from trimtab.bundles import Bundle
from trimtab.canary import TENANT, TRACK
from trimtab.cloud_settings import cloud_settings
from trimtab.function_list import Described
from trimtab.processes import free_port, running
from trimtab.reached import reached

PUSHED = "google.cloud.pubsub.topic.v1.messagePublished"
_SETTLED_SECONDS = 20
_IMPORT = "import importlib, sys\nfor name in sys.stdin.read().split(): importlib.import_module(name)"


@dataclass(frozen=True, slots=True)
class Cloud:
    """The emulators, and what looks into them: the canary tenant is taken on there."""

    project: str
    firestore: str
    pubsub: str
    ports: Ports

    def dead_letters(self, topic: str) -> AbstractContextManager[TopicWatch]:
        """What is set aside of a topic's messages from now on."""
        return watching(self.project, dead_letter_topic(topic), emulator=self.pubsub)

    @property
    def variables(self) -> Mapping[str, str]:
        """By which Google's clients find the emulators."""
        hosts = {"FIRESTORE_EMULATOR_HOST": self.firestore, "PUBSUB_EMULATOR_HOST": self.pubsub}
        return {**hosts, "NO_GCE_CHECK": "true"}


@dataclass(frozen=True, slots=True)
class Smoked:
    """What a bundle did: what was tried, and what was wrong with it."""

    name: str
    seconds: float
    tried: tuple[str, ...]
    faults: tuple[str, ...]


Trial = tuple[str, str | None]
"""What was tried, and what was wrong with the answer."""


def smoke(bundle: Bundle, function: Described, cloud: Cloud | None) -> Smoked:
    """Try one bundle. Without emulators it is set up, imported and asked over HTTP; messages are left out.

    Raises:
        NotInstalled: its requirements can't be installed.
        NotReady: it does not start under functions-framework.
    """
    started = monotonic()
    with installed(bundle) as found:
        trials = [_imported(found, bundle.name, function)]
        if trials[0][1] is None:
            trials += _served(found, bundle.name, function, cloud)
    faults = tuple(f"{what}: {fault}" for what, fault in trials if fault)
    return Smoked(bundle.name, round(monotonic() - started, 1), tuple(what for what, _ in trials), faults)


def _imported(found: Installed, name: str, function: Described) -> Trial:
    code = reached(name, function)
    wanted = "\n".join(sorted(code.modules | code.packages)).encode()
    command = [found.python, "-c", _IMPORT]
    done = subprocess.run(command, cwd=found.root, env={}, input=wanted, capture_output=True, check=False)
    last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    return f"{len(code.modules)} modules imported", last if done.returncode else None


def _served(found: Installed, name: str, function: Described, cloud: Cloud | None) -> Iterator[Trial]:
    project = cloud.project if cloud else "trimtab-smoke"
    variables = {**cloud_settings(function, project), **(cloud.variables if cloud else {"NO_GCE_CHECK": "true"})}
    port = free_port()
    program = [str(found.programs / "functions-framework"), "--source", str(found.root / "main.py"), "--target", name]
    alone = ["env", "-i", *(f"{key}={value}" for key, value in variables.items())]
    command = [*alone, *program, "--host", "127.0.0.1", "--port", str(port)]
    with running(f"smoke-{name}", command, port=port, probe="/robots.txt"):
        url = f"http://127.0.0.1:{port}/"
        if function.callers == "people":
            yield "a page without a sign-in", _unless(requests.get(url, timeout=60).status_code, 401)
        if function.callers == "senders":
            yield "rows without a signature", _unless(_post(f"{url}v1/tenants/{TENANT}/conversions", []), 401)
        for topic, path in function.pushed.items():
            if function.callers is not None:
                yield f"{topic}, pushed by nobody", _unless(_post(url + path, _push(b"{}", _EPOCH)), 401)
            elif cloud is not None:
                yield from _pushed(url + path, topic, cloud)


def _pushed(url: str, topic: str, cloud: Cloud) -> Iterator[Trial]:
    """Both shapes of a push: Pub/Sub's own, and a CloudEvent with its attributes in headers."""
    cadence = next((one for one in Cadence if one.topic == topic), None)
    for shape, headers in (("a push", {}), ("a CloudEvent", _CLOUD_EVENT)):
        what = f"{topic}, {shape}"
        if cadence is None or cadence.by_tenant:
            yield what, _set_aside(url, topic, cadence, cloud, headers)
        else:
            yield what, _window_done(url, cadence, cloud, headers)


def _window_done(url: str, cadence: Cadence, cloud: Cloud, headers: Mapping[str, str]) -> str | None:
    """The canary's window must be done; the same message in the second shape finds it done."""
    now = cloud.ports.clock.now()
    tick = TenantTick(cadence=cadence, window=window_of(cadence, now), tenant_id=TENANT, tracks=(TRACK.track_id,))
    wrong = _unless(_post(url, _push(canonical(tick.body()), now), headers), 200)
    state = state_of(cloud.ports, TRACK)
    done = state is not None and state.windows.get(cadence.value) == tick.window
    return wrong or (None if done else f"the window {tick.window:%H:%M} is not done")


def _set_aside(url: str, topic: str, cadence: Cadence | None, cloud: Cloud, headers: Mapping[str, str]) -> str | None:
    """What can't be handled, an unknown tenant's tick or half an event, must come to the topic's dead letters."""
    now, ghost = cloud.ports.clock.now(), f"ghost-{uuid4().hex[:8]}"
    if cadence is None:
        push = _push(canonical({"id": ghost}), now, {TYPE: EventType.APPLIED.value})
    else:
        push = _push(
            canonical(TenantTick(cadence=cadence, window=window_of(cadence, now), tenant_id=ghost).body()), now
        )
    with cloud.dead_letters(topic) as watch:
        wrong = _unless(_post(url, push, headers), 200)
        return wrong or _named(ghost, watch)


def _named(ghost: str, watch: TopicWatch) -> str | None:
    deadline = monotonic() + _SETTLED_SECONDS
    while monotonic() < deadline:
        if any(ghost.encode() in one.data for one in watch.arrived()):
            return None
    return f"nothing was set aside within {_SETTLED_SECONDS} s"


_EPOCH = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
_CLOUD_EVENT = {"ce-specversion": "1.0", "ce-id": "1", "ce-type": PUSHED, "ce-source": "//pubsub.googleapis.com/smoke"}


def _push(data: bytes, published: datetime, attributes: Mapping[str, str] | None = None) -> dict[str, Any]:
    message = {
        "data": b64encode(data).decode(),
        "messageId": uuid4().hex,
        "publishTime": published.isoformat().replace("+00:00", "Z"),
        "attributes": dict(attributes or {}),
    }
    return {"message": message, "subscription": "projects/smoke/subscriptions/smoke"}


def _post(url: str, body: Any, headers: Mapping[str, str] | None = None) -> int:
    return requests.post(url, json=body, headers=dict(headers or {}), timeout=60).status_code


def _unless(status: int, wanted: int) -> str | None:
    return None if status == wanted else f"answered {status} instead of {wanted}"
