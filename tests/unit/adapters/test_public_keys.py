"""Keys are fetched when they are needed, found again after a rotation, and not asked for at a forger's will."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from common.adapters.public_keys import PublicKeys, fetched_from
from common.domain.errors import Unavailable
from tests.fakes.clock import ManualClock


class Published:
    """An issuer's list of keys, and how often it was read."""

    def __init__(self) -> None:
        self.keys: Mapping[str, str] = {"one": "PEM 1"}
        self.reads, self.down = 0, False

    def __call__(self) -> Mapping[str, str]:
        self.reads += 1
        if self.down:
            raise Unavailable("down")
        return self.keys


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 5, 4, tzinfo=UTC))


@pytest.fixture
def keys(published: Published, clock: ManualClock) -> PublicKeys:
    return PublicKeys(published, clock)


def test_keys_are_fetched_once_for_many_requests(keys: PublicKeys, published: Published) -> None:
    assert [keys.named("one") for _ in range(5)] == ["PEM 1"] * 5
    assert published.reads == 1


def test_a_new_key_is_found_once_it_signs(keys: PublicKeys, published: Published, clock: ManualClock) -> None:
    keys.named("one")
    published.keys = {"one": "PEM 1", "two": "PEM 2"}
    clock.forward(seconds=31)
    assert keys.named("two") == "PEM 2"


def test_a_key_that_was_withdrawn_is_gone_within_the_hour(
    keys: PublicKeys, published: Published, clock: ManualClock
) -> None:
    keys.named("one")
    published.keys = {"two": "PEM 2"}
    clock.forward(minutes=61)
    assert keys.named("one") is None


def test_forged_key_ids_do_not_flood_the_issuer(keys: PublicKeys, published: Published) -> None:
    assert [keys.named(f"forged-{number}") for number in range(100)] == [None] * 100
    assert published.reads == 1


def test_an_issuer_that_is_down_is_bridged_for_a_day_and_no_longer(
    keys: PublicKeys, published: Published, clock: ManualClock
) -> None:
    keys.named("one")
    published.down = True
    clock.forward(hours=23)
    assert keys.named("one") == "PEM 1"
    clock.forward(hours=2)
    with pytest.raises(Unavailable):
        keys.named("one")


def test_without_any_key_nothing_can_be_verified(keys: PublicKeys, published: Published) -> None:
    published.down = True
    with pytest.raises(Unavailable):
        keys.named("one")


def test_while_an_issuer_is_down_nobody_waits_for_it_and_its_return_is_soon_seen(
    keys: PublicKeys, published: Published, clock: ManualClock
) -> None:
    published.down = True
    before = published.reads
    for _ in range(100):
        with pytest.raises(Unavailable, match="down"):
            keys.named("one")
    assert published.reads == before + 1
    published.down = False
    clock.forward(seconds=30)
    assert keys.named("one") == "PEM 1"


class _Issuer(BaseHTTPRequestHandler):
    answers: dict[str, tuple[int, Any]] = {
        "/keys": (200, {"one": "PEM 1"}),
        "/list": (200, ["one"]),
        "/broken": (500, {"one": "PEM 1"}),
    }

    def do_GET(self) -> None:
        status, body = self.answers[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""


@pytest.fixture
def issuer() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Issuer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_keys_are_read_over_http(issuer: str) -> None:
    assert fetched_from(f"{issuer}/keys")() == {"one": "PEM 1"}


@pytest.mark.parametrize("path", ["/list", "/broken"])
def test_an_answer_that_is_no_list_of_keys_is_none(issuer: str, path: str) -> None:
    with pytest.raises(Unavailable):
        fetched_from(f"{issuer}{path}")()


def test_an_issuer_that_can_not_be_reached_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        fetched_from("http://127.0.0.1:9/keys", timeout=1)()
