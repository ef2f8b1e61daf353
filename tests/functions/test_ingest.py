"""What CRMs tell, on the real wire: under functions-framework, by HTTP and by a topic of the emulator."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from common.adapters.folder_keys import FolderKeys
from common.adapters.pubsub import PubSubBus
from common.adapters.pubsub_topology import EmulatedTopology
from common.adapters.stored_crm import StoredCrm
from common.bootstrap.vault import KEYS
from common.domain import paths
from common.domain.canonical import canonical
from common.domain.crm import CrmSource, HubSpotProperties
from common.domain.figures import Upload
from common.domain.tenant import Tenant
from common.domain.tick import Cadence, RootTick, dead_letter_topic
from common.ports.ad_platform import EntityRef
from common.ports.bus import Message
from common.ports.documents import Replace
from common.use_cases.ingest_message import TOPIC
from sandbox.servers import hubspot
from tests.functions.wire import ROOT, Wire, Wired, post, pulled, pushed, two_tracks, wire
from tests.ingest_doorway import SECRET, signed
from trimtab.local_functions import LocalFunction, serving

pytestmark = pytest.mark.emulator
SOURCE = CrmSource(
    signing="shop-crm", hubspot="shop-hubspot", hubspot_properties=HubSpotProperties(campaign="utm_campaign_id")
)
TIKTOK = EntityRef("tiktok", "77", "campaign", "tiktok")


@pytest.fixture(scope="module")
def line(firestore_address: str, pubsub_address: str) -> Iterator[Wire]:
    """The emulators and the market."""
    with wire(f"test-{uuid4().hex[:12]}", firestore_address, pubsub_address) as found:
        yield found


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for secrets and keys."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "shop-crm").write_text(SECRET)
    return folder


@pytest.fixture(scope="module")
def portal() -> Iterator[hubspot.Portal]:
    """A portal of HubSpot's."""
    with hubspot.served() as found:
        yield found


@pytest.fixture(scope="module")
def function(line: Wire, secrets: Path, portal: hubspot.Portal) -> Iterator[LocalFunction]:
    """The function, with both topics pushed to it."""
    topology = EmulatedTopology(line.project, line.pubsub)
    topology.subscription("dead-conversions-test", dead_letter_topic(TOPIC))
    topology.subscription("ingest-ticks-test", Cadence.INGEST.topic)
    more = {"TRIMTAB_SECRETS": str(secrets), "TRIMTAB_SERVERS": f"hubspot={portal.address}"}
    with serving(ROOT / "functions" / "ingest", {**line.environment, **more}) as found:
        topology.subscription("conversions-test", TOPIC, push_to=f"{found.url}push/conversions", ack_seconds=60)
        yield found


@pytest.fixture
def wired(line: Wire, secrets: Path) -> Wired:
    """A tenant whose CRM signs, and is asked too; and that has a key."""
    found = line.take_on(two_tracks())
    path = paths.tenant(found.tenant)
    (document,) = found.ports.documents.read(path)
    assert document is not None
    tenant = Tenant.model_validate(document.data).but(crm=SOURCE)
    found.ports.documents.commit(Replace(path, tenant.body(), document.version))
    FolderKeys(secrets / KEYS).make(found.tenant)
    return found


def rows(wired: Wired, *ids: str) -> bytes:
    happened = (wired.world.now() - timedelta(hours=20)).isoformat()
    sale = {"happened_at": happened, "kind": "purchase", "campaign": "77", "value": 10, "currency": "EUR"}
    return json.dumps({"conversions": [{"id": one, **sale} for one in ids]}).encode()


def told(wired: Wired, secrets: Path) -> tuple[Upload, ...]:
    (document,) = wired.ports.documents.read(paths.tenant(wired.tenant))
    assert document is not None
    tenant = Tenant.model_validate(document.data)
    crm = StoredCrm(tenant, wired.ports.documents, FolderKeys(secrets / KEYS), wired.world)
    return crm.uploads([TIKTOK], wired.world.now() - timedelta(days=2), timeout=5)


def until(what: Callable[[], bool], seconds: float = 30) -> None:
    deadline = monotonic() + seconds
    while not what():
        assert monotonic() < deadline, "it did not come"
        sleep(0.02)


def send(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, object]]:
    try:
        with urlopen(Request(url, body, {**headers, "content-type": "application/json"}), timeout=60) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


def test_a_signed_request_is_taken_once(wired: Wired, function: LocalFunction, secrets: Path) -> None:
    url, body = f"{function.url}v1/tenants/{wired.tenant}/conversions", rows(wired, "a", "b")
    headers = signed(body, wired.world.now())
    assert send(url, body, headers)[1]["accepted"] == 2
    assert send(url, body, headers)[1]["unchanged"] == 2
    assert [one.conversions for one in told(wired, secrets)] == [{"tiktok": 2.0}]


def test_a_delivery_of_many_commits_is_taken_whole_and_known_the_second_time(
    wired: Wired, function: LocalFunction, secrets: Path
) -> None:
    url, body = f"{function.url}v1/tenants/{wired.tenant}/conversions", rows(wired, *map(str, range(900)))
    for kind in ("accepted", "unchanged"):
        status, answer = send(url, body, signed(body, wired.world.now()))
        assert (status, answer[kind]) == (200, 900)
    assert [one.conversions for one in told(wired, secrets)] == [{"tiktok": 900.0}]


def test_another_tenants_signature_or_none_is_refused(wired: Wired, function: LocalFunction, secrets: Path) -> None:
    url, body = f"{function.url}v1/tenants/{wired.tenant}/conversions", rows(wired, "a")
    assert send(url, body, {})[0] == 401
    assert send(url, body, signed(body + b" ", wired.world.now()))[0] == 401
    assert told(wired, secrets) == ()


def attributes(wired: Wired, body: bytes, at: datetime) -> dict[str, str]:
    return {"tenant": wired.tenant, **signed(body, at)}


def test_a_message_on_the_topic_is_taken(line: Wire, wired: Wired, function: LocalFunction, secrets: Path) -> None:
    """Its signature is of the time at which Pub/Sub has it published, which is this machine's."""
    body, now = rows(wired, "a"), datetime.now(UTC)
    PubSubBus(line.project, emulator=line.pubsub).publish(TOPIC, Message(body, attributes(wired, body, now)))
    until(lambda: bool(told(wired, secrets)))
    assert [one.conversions for one in told(wired, secrets)] == [{"tiktok": 1.0}]


def test_a_message_that_can_never_be_taken_is_set_aside_without_what_it_held(
    line: Wire, wired: Wired, function: LocalFunction
) -> None:
    bus, now, bad = PubSubBus(line.project, emulator=line.pubsub), datetime.now(UTC), b'{"ana@example.com": 1}'
    unsigned = {"tenant": wired.tenant, "ana": "ana@example.com"}
    half = rows(wired, "a").replace(b'"value": 10', b'"value": "ana@example.com"')
    for body, more in ((bad, attributes(wired, bad, now)), (half, attributes(wired, half, now)), (bad, unsigned)):
        bus.publish(TOPIC, Message(body, more))
    found = pulled(line, "dead-conversions-test", 3, lambda _: True)
    assert not any("ana" in f"{one.data!r}{one.attributes}" for one in found)
    reasons = {one.attributes["reason"] for one in found}
    assert any("signature could not be verified" in one or "Sign the request" in one for one in reasons)
    assert any("rows of a delivery" in one for one in reasons)


def test_a_root_tick_is_sent_on_to_tenants_whose_crm_is_used_and_hubspot_is_asked(
    line: Wire, wired: Wired, function: LocalFunction, portal: hubspot.Portal, secrets: Path
) -> None:
    (document,) = wired.ports.documents.read(paths.tenant(wired.tenant))
    assert document is not None
    minute = wired.world.now().replace(minute=Tenant.model_validate(document.data).slot or 0)
    body = pushed(canonical(RootTick(cadence=Cadence.INGEST).body()), minute)
    assert post(f"{function.url}push/ticks", body) == 204
    happened = wired.world.now() - timedelta(hours=20)
    portal.put("7", happened, hs_is_closed_won="true", closedate=happened.isoformat(), utm_campaign_id="77")
    (tick,) = pulled(line, "ingest-ticks-test", 1, lambda one: one.attributes.get("tenant") == wired.tenant)
    for _ in range(2):
        assert post(f"{function.url}push/ticks", pushed(tick.data, minute)) == 204
    assert [one.conversions for one in told(wired, secrets)] == [{"tiktok": 1.0}]
