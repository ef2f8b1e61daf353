"""Secret Manager alone: states of versions, what is kept for a while, and what it answers when it can't."""

from collections.abc import Iterator
from datetime import UTC, datetime

import grpc
import pytest

from common.adapters.key_names import key_name
from common.adapters.secret_manager import SecretManagerKeys, SecretManagerSecrets, secret_manager_client
from common.domain.errors import Refused, Unavailable
from common.ports.keys import NoKey
from common.ports.secrets import SecretMissing
from sandbox.servers.secret_manager import SecretManagerServer, served
from tests.fakes.clock import ManualClock

PROJECT = "shop"


@pytest.fixture
def server() -> Iterator[SecretManagerServer]:
    """Secret Manager with one secret of three versions."""
    with served() as found:
        found.put(PROJECT, "meta", b"one", b"two", b"three")
        yield found


@pytest.fixture
def clock() -> ManualClock:
    """Noon."""
    return ManualClock(datetime(2026, 5, 4, 12, tzinfo=UTC))


@pytest.fixture
def secrets(server: SecretManagerServer, clock: ManualClock) -> SecretManagerSecrets:
    """The secrets of its project."""
    client = secret_manager_client(server.address)
    return SecretManagerSecrets(client, PROJECT, clock)


@pytest.fixture
def keys(server: SecretManagerServer) -> SecretManagerKeys:
    """The keys of its project."""
    client = secret_manager_client(server.address)
    return SecretManagerKeys(client, PROJECT)


def test_a_version_that_is_disabled_is_not_used(server: SecretManagerServer, secrets: SecretManagerSecrets) -> None:
    server.disable(PROJECT, "meta", 3)
    assert secrets.read("meta") == ("two", "one")


def test_a_secret_is_asked_for_once_in_five_minutes(
    server: SecretManagerServer, secrets: SecretManagerSecrets, clock: ManualClock
) -> None:
    secrets.read("meta")
    asked = len(server.calls)
    clock.forward(minutes=4)
    secrets.read("meta")
    assert len(server.calls) == asked
    clock.forward(minutes=1)
    secrets.read("meta")
    assert len(server.calls) > asked


def test_what_was_read_stays_good_for_a_day_where_google_does_not_answer(
    server: SecretManagerServer, secrets: SecretManagerSecrets, clock: ManualClock
) -> None:
    secrets.read("meta")
    for hours in (1, 22):
        clock.forward(hours=hours)
        server.faults = [grpc.StatusCode.INTERNAL]
        assert secrets.read("meta") == ("three", "two", "one")
    clock.forward(hours=2)
    server.faults = [grpc.StatusCode.INTERNAL]
    with pytest.raises(Unavailable, match="the secret meta"):
        secrets.read("meta")


def test_a_secret_that_was_deleted_is_missing_at_the_next_look(
    server: SecretManagerServer, secrets: SecretManagerSecrets, clock: ManualClock
) -> None:
    secrets.read("meta")
    server.secrets.clear()
    clock.forward(minutes=6)
    with pytest.raises(SecretMissing, match="make it there"):
        secrets.read("meta")


@pytest.mark.parametrize("fault", [grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAUTHENTICATED])
def test_an_answer_that_is_none_says_what_could_not_be_read(
    server: SecretManagerServer, secrets: SecretManagerSecrets, fault: grpc.StatusCode
) -> None:
    server.faults = [fault]
    with pytest.raises(Unavailable, match="the secret meta: Secret Manager does not answer") as caught:
        secrets.read("meta")
    assert "as the test wants it" not in str(caught.value)


def test_without_the_grant_it_says_which(server: SecretManagerServer, secrets: SecretManagerSecrets) -> None:
    server.faults = [grpc.StatusCode.PERMISSION_DENIED]
    with pytest.raises(SecretMissing, match="Secret Accessor"):
        secrets.read("meta")


def test_bytes_that_are_no_text_are_not_shown(server: SecretManagerServer, secrets: SecretManagerSecrets) -> None:
    server.put(PROJECT, "odd", b"\xff\xfesecret")
    with pytest.raises(SecretMissing, match="no text") as caught:
        secrets.read("odd")
    assert "xff" not in str(caught.value)


def test_of_two_who_make_a_key_at_once_one_is_refused(server: SecretManagerServer, keys: SecretManagerKeys) -> None:
    server.before_add = lambda: keys.make("acme")
    with pytest.raises(Refused, match="has a key"):
        keys.make("acme")
    first = keys.key("acme")
    assert server.secrets[f"projects/{PROJECT}/secrets/{key_name('acme')}"].data == [first, b""]


def test_of_two_versions_the_older_one_is_the_key_until_both_are_erased(
    server: SecretManagerServer, keys: SecretManagerKeys
) -> None:
    keys.make("acme")
    first = keys.key("acme")
    server.put(PROJECT, key_name("acme"), b"another" * 8)
    assert keys.key("acme") == first
    keys.erase("acme")
    assert not server.holds(b"another")
    assert not server.holds(first)


def test_a_key_that_is_disabled_is_taken_for_erased(server: SecretManagerServer, keys: SecretManagerKeys) -> None:
    keys.make("acme")
    server.disable(PROJECT, key_name("acme"), 1)
    with pytest.raises(NoKey) as caught:
        keys.key("acme")
    assert caught.value.code == "key_erased"


def test_what_is_disabled_is_destroyed_too_for_it_could_be_enabled_again(
    server: SecretManagerServer, keys: SecretManagerKeys
) -> None:
    keys.make("acme")
    first = keys.key("acme")
    server.put(PROJECT, key_name("acme"), b"another" * 8)
    for disabled in (1, 2):
        server.disable(PROJECT, key_name("acme"), disabled)
    keys.erase("acme")
    assert not server.holds(b"another")
    assert not server.holds(first)
    with pytest.raises(NoKey):
        keys.erase("acme")


def test_while_google_does_not_answer_there_is_no_key_and_none_is_erased(
    server: SecretManagerServer, keys: SecretManagerKeys
) -> None:
    keys.make("acme")
    key = keys.key("acme")
    for ask in (keys.key, keys.make, keys.erase):
        server.faults = [grpc.StatusCode.INTERNAL]
        with pytest.raises(Unavailable):
            ask("acme")
    assert keys.key("acme") == key
