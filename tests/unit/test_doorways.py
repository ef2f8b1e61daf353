"""Who may push to the function that others may call too, as the settings say."""

import pytest

from common.bootstrap.doorways import pushers, senders_at
from common.domain.errors import InvalidInput
from common.domain.model import parse
from common.ports.identity import Unauthenticated
from common.settings import Settings
from tests.fakes.clock import ManualClock
from tests.functions.wire import pushed
from tests.ingest_doorway import Doorway, signed
from tests.ingest_world import shop
from tests.world import NOW

CLOCK = ManualClock(NOW)


def test_on_one_machine_pubsub_has_no_identity() -> None:
    assert pushers(Settings(), CLOCK) is None


@pytest.mark.parametrize(
    "settings",
    [
        Settings(environment="production"),
        Settings(environment="production", pushers="push@shop.example"),
        Settings(environment="production", identity="google:https://ingest.example"),
        Settings(pushers="push@shop.example"),
        Settings(runtime="K_SERVICE"),
    ],
)
def test_elsewhere_nobody_pushes_without_one(settings: Settings) -> None:
    gate = pushers(settings, CLOCK)
    assert gate is not None
    with pytest.raises(Unauthenticated):
        gate.who({}, None)
    for path in ("/push/ticks", "/push/conversions"):
        assert Doorway(pushers=gate).post(b"{}", {}, path=path).status_code == 401


def test_senders_sign_where_nothing_says_who_vouches_for_identities() -> None:
    senders = senders_at(Settings(), CLOCK)(None)
    for headers in ({}, {"authorization": "Bearer abc"}, signed(b"{}", NOW)):
        with pytest.raises(Unauthenticated):
            senders.admit(shop(), headers, b"{}")


def test_a_messages_signature_is_of_the_time_at_which_it_was_published() -> None:
    doorway, body = Doorway(), b'{"conversions": []}'
    attributes = {"tenant": "acme", **signed(body, NOW)}
    doorway.shop.clock.forward(days=2)
    answer = doorway.client.post("/push/conversions", json=pushed(body, NOW, attributes=attributes))
    assert answer.status_code == 204
    assert doorway.shop.bus.messages == []
    late = doorway.client.post("/push/conversions", json=pushed(body, doorway.shop.clock.at, attributes=attributes))
    assert late.status_code == 204
    ((topic, message),) = doorway.shop.bus.messages
    assert topic == "conversions-dead-letter"
    assert "five minutes" in message.attributes["reason"]


def test_what_is_no_message_is_set_aside_and_a_tenant_without_a_key_too() -> None:
    doorway, body = Doorway(), b'{"conversions": []}'
    assert doorway.client.post("/push/conversions", data=b"what").status_code == 204
    doorway.shop.keys.erase("acme")
    attributes = {"tenant": "acme", **signed(body, NOW)}
    assert doorway.client.post("/push/conversions", json=pushed(body, NOW, attributes=attributes)).status_code == 204
    reasons = [message.attributes["reason"] for _, message in doorway.shop.bus.messages]
    assert reasons[0] == "it is no message"
    assert reasons[1].startswith("key_erased")


@pytest.mark.parametrize("named", ["secret-manager", "secret-manager:", "secret-manager:Not A Project"])
def test_a_place_for_secrets_that_is_none_is_refused(named: str) -> None:
    with pytest.raises(InvalidInput, match="secret-manager:PROJECT"):
        parse(Settings, {"secrets": named}, "the environment")
