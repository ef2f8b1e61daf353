"""Telling people, on the real wire: an event on the topic becomes a message in the tenant's channel."""

import json
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import pytest

from common.adapters.pubsub import PubSubBus
from common.adapters.pubsub_topology import EmulatedTopology
from common.domain import paths
from common.domain.canonical import canonical
from common.domain.event import TOPIC, Event, EventData, EventType
from common.domain.notifications import ChannelKind, NoticeState, NotificationChannel, Notifications
from common.domain.tenant import Tenant
from common.domain.tick import dead_letter_topic
from common.ports.bus import Message
from common.ports.documents import Query, Replace
from tests.contract.pulling import Puller
from tests.fakes.hook import Hook, served_hook
from tests.functions.wire import ROOT, Wire, Wired, post, pushed, two_tracks
from trimtab.local_functions import LocalFunction, serving

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for secrets, as they are mounted."""
    return tmp_path_factory.mktemp("secrets")


@pytest.fixture(scope="module")
def function(line: Wire, secrets: Path) -> Iterator[LocalFunction]:
    """The function, with the topic pushed to it."""
    topology = EmulatedTopology(line.project, line.pubsub)
    topology.subscription("dead-test", dead_letter_topic(TOPIC))
    more = {"TRIMTAB_SECRETS": str(secrets), "TRIMTAB_PAGES_URL": "https://pages.example"}
    with serving(ROOT / "functions" / "notify", {**line.environment, **more}) as found:
        topology.subscription("notify-test", TOPIC, push_to=found.url, ack_seconds=60)
        yield found


@pytest.fixture
def hook() -> Iterator[Hook]:
    """The tenant's channel."""
    with served_hook() as found:
        yield found


@pytest.fixture
def wired(line: Wire, secrets: Path, hook: Hook) -> Wired:
    """A tenant that reads messages there."""
    found = line.take_on(two_tracks())
    (secrets / f"{found.tenant}-url").write_text(hook.url)
    channel = NotificationChannel(name="team", kind=ChannelKind.GOOGLE_CHAT, url_secret=f"{found.tenant}-url")
    path = paths.tenant(found.tenant)
    (document,) = found.ports.documents.read(path)
    assert document is not None
    tenant = Tenant.model_validate(document.data).but(notifications=Notifications(channels=(channel,)))
    found.ports.documents.commit(Replace(path, tenant.body(), document.version))
    return found


def failed(wired: Wired) -> Event:
    """Says that a change could not be made."""
    track = wired.track()
    return Event(
        id=f"{wired.tenant}-{uuid4().hex}",
        source=f"//trimtab/tenants/{wired.tenant}/tracks/{track.track_id}",
        type=EventType.FAILED,
        time=wired.world.now(),
        subject=f"{wired.tenant}/{track.track_id}",
        data=EventData(
            tenant_id=wired.tenant,
            track_id=track.track_id,
            revision=1,
            seq=2,
            plan_version=1,
            change_set_id="cs-1",
            by="trimtab",
            why="TikTok refused the budget.",
            changes=(),
        ),
    )


def got(hook: Hook, count: int, seconds: float = 30) -> list[str]:
    """The texts that came, once there are so many."""
    deadline = monotonic() + seconds
    while len(hook.got) < count:
        assert monotonic() < deadline, f"{len(hook.got)} messages of {count}"
        sleep(0.02)
    return [json.loads(body)["text"] for _, body in hook.got]


def test_an_event_on_the_topic_is_told_and_written_down(
    line: Wire, wired: Wired, hook: Hook, function: LocalFunction
) -> None:
    """The first attempt finds the channel overloaded: the message comes again."""
    hook.answers = [503]
    event = failed(wired)
    bus = PubSubBus(line.project, emulator=line.pubsub)
    bus.publish(TOPIC, Message(canonical(event.body()), {"ce-id": event.id}))
    first, second = got(hook, 2)
    assert first == second
    assert first.splitlines()[0].startswith("*Could not be applied: ")
    assert f"<https://pages.example/t/{wired.tenant}/changes/cs-1|" in first
    notices = Query(paths.notices(wired.tenant), where={"state": NoticeState.SENT.value})
    deadline = monotonic() + 30
    while not wired.ports.documents.query(notices).documents:
        assert monotonic() < deadline, "it was not written down"
        sleep(0.02)


def test_a_push_that_comes_twice_is_told_once(wired: Wired, hook: Hook, function: LocalFunction) -> None:
    body = pushed(canonical(failed(wired).body()), wired.world.now())
    assert [post(function.url, body, binary=binary) for binary in (False, True, False)] == [200] * 3
    assert len(got(hook, 1)) == 1


def test_what_cannot_be_told_now_is_not_acknowledged(wired: Wired, hook: Hook, function: LocalFunction) -> None:
    hook.answers = [500]
    body = pushed(canonical(failed(wired).body()), wired.world.now())
    assert post(function.url, body) == 500
    assert post(function.url, body) == 200


def test_what_can_never_be_told_is_set_aside_with_its_reason(
    line: Wire, wired: Wired, hook: Hook, function: LocalFunction
) -> None:
    hook.answers = [404]
    event = failed(wired)
    assert post(function.url, pushed(canonical(event.body()), wired.world.now())) == 200
    assert post(function.url, pushed(b"{}", wired.world.now())) == 200
    found: list[Message] = []
    puller, deadline = Puller(line.project, line.pubsub), monotonic() + 30
    while len(found) < 2:
        assert monotonic() < deadline, f"{len(found)} messages of 2"
        puller.deliver("dead-test", found.append)
    reasons = {message.attributes["reason"].splitlines()[0] for message in found}
    assert "team: answered 404" in reasons
    assert {message.attributes["topic"] for message in found} == {TOPIC}
    assert any(event.id in message.data.decode() for message in found)
