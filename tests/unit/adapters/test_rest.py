"""What is always the same with an API over HTTPS: what arrives, what a status means, how much time is left."""

import socket
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from time import sleep
from typing import Any

import pytest

from common.adapters.calls import CallFailed
from common.adapters.opening import Opening
from common.adapters.rest import (
    Left,
    NotAnswered,
    Refusal,
    Rest,
    Said,
    chunks,
    judge,
    micros_of,
    need,
    person,
    reading,
    token_of,
    unreadable,
    writing,
)
from common.domain.account import Account
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import PlatformRefused, PlatformUnavailable
from sandbox.servers.json_server import Dropped, Reply, Request, serving
from sandbox.tenancy import tenant_of
from tests.contract.market_rig import world_of

LATER, PERSON, OURS, UNKNOWN = TroubleKind.LATER, TroubleKind.PERSON, TroubleKind.OURS, TroubleKind.UNKNOWN
ID = "x-request-id"


@contextmanager
def asked(answer: Callable[[Request], Reply]) -> Generator[Callable[[object], Said]]:
    """A way to ask a server that answers so."""
    with serving(answer) as address:
        rest = Rest(f"http://{address}", ID)
        yield lambda body=None: rest.ask("/a?b=c", {"Authorization": "Bearer t"}, 5.0, body)


def replying(status: int, body: Any, **headers: str) -> Callable[[Request], Reply]:
    reply = Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})
    return lambda _: reply


def test_an_object_comes_back_with_the_calls_name_and_what_was_sent_arrived() -> None:
    got: list[Request] = []

    def answer(request: Request) -> Reply:
        got.append(request)
        return Reply(200, {"a": 1}, {ID: "r-1"})

    with asked(answer) as ask:
        assert ask(None) == ask({"x": "é"}) == Said({"a": 1}, "r-1")
    assert [(one.method, one.path, one.body) for one in got] == [
        ("GET", "/a?b=c", None),
        ("POST", "/a?b=c", {"x": "é"}),
    ]
    assert got[0].headers["authorization"] == "Bearer t"


def test_an_answer_without_a_body_is_an_empty_object_and_an_odd_name_of_a_call_is_none() -> None:
    with asked(replying(204, b"", **{ID.replace("-", "_"): "<script>"})) as ask:
        assert ask(None) == Said({}, None)


@pytest.mark.parametrize("body", [b"<html>", [], b"[" * 100_000, b'{"a": "\xff"}', b"9" * 10_000, 7, None])
def test_what_is_no_object_is_no_answer_to_be_read(body: Any) -> None:
    with asked(replying(200, body)) as ask, pytest.raises(NotAnswered) as raised:
        ask(None)
    assert (raised.value.sent, raised.value.status) == (True, 200)


@pytest.mark.parametrize(
    ("given", "after"),
    [("12", timedelta(seconds=12)), ("-1", None), ("soon", None), ("9" * 9, None), ("1.5", None)],
)
def test_a_refusal_says_how_long_to_wait_where_that_can_be_read(given: str, after: timedelta | None) -> None:
    with asked(replying(429, {"message": "slow"}, Retry_After=given)) as ask, pytest.raises(Refusal) as raised:
        ask(None)
    assert (raised.value.status, raised.value.body, raised.value.after) == (429, {"message": "slow"}, after)


def test_redirections_are_not_followed() -> None:
    with asked(replying(302, b"", Location="http://127.0.0.1:1/")) as ask, pytest.raises(Refusal) as raised:
        ask(None)
    assert raised.value.status == 302


def test_a_connection_that_breaks_may_have_carried_the_call_and_one_that_never_was_did_not() -> None:
    def broken(_: Request) -> Reply:
        raise Dropped

    with asked(broken) as ask, pytest.raises(NotAnswered) as raised:
        ask({})
    assert raised.value.sent
    with serving(replying(200, {})) as address:
        gone = Rest(f"http://{address}", ID)
    with pytest.raises(NotAnswered) as raised:
        gone.ask("/", {}, 1.0, {})
    assert not raised.value.sent
    assert "127.0.0.1" not in str(raised.value)


@pytest.mark.parametrize(
    ("error", "read", "written"),
    [
        (NotAnswered(sent=False), (LATER, "unavailable"), (LATER, "unavailable")),
        (NotAnswered(sent=True), (LATER, "timed_out"), (UNKNOWN, "timed_out")),
        (NotAnswered(sent=True, status=200), (OURS, "bad_answer"), (UNKNOWN, "bad_answer")),
        (Refusal(401, Said({}), None), (PERSON, "token_expired"), (PERSON, "token_expired")),
        (Refusal(409, Said({}), None), (LATER, "concurrent_modification"), (LATER, "concurrent_modification")),
        (Refusal(418, Said({}), None), (OURS, "invalid_value"), (OURS, "invalid_value")),
        (Refusal(304, Said({}), None), (OURS, "bad_answer"), (UNKNOWN, "bad_answer")),
        (Refusal(429, Said({}), None), (LATER, "rate_limited"), (LATER, "rate_limited")),
        (Refusal(500, Said({}), None), (LATER, "unavailable"), (UNKNOWN, "unavailable")),
        (Refusal(503, Said({}), None), (LATER, "unavailable"), (LATER, "unavailable")),
        (unreadable("odd"), (OURS, "bad_answer"), (OURS, "bad_answer")),
    ],
)
def test_what_an_error_means(error: Exception, read: tuple[Any, str], written: tuple[Any, str]) -> None:
    for trouble, meant in (
        (judge(error, "X", "7", writing=False), read),
        (judge(error, "X", "7", writing=True), written),
    ):
        assert trouble is not None
        assert (trouble.kind, trouble.code) == meant


def test_an_error_of_ours_is_none_of_the_services() -> None:
    assert judge(KeyError("x"), "X", "7", writing=False) is None


def failing(kind: TroubleKind, code: str) -> CallFailed:
    return CallFailed(Trouble(kind, code, "said", request_id="r-1"))


def test_a_failed_read_is_no_answer_and_a_failed_write_is_refused_only_where_nothing_landed() -> None:
    with pytest.raises(PlatformUnavailable, match="said"), reading():
        raise failing(PERSON, "token_expired")
    with pytest.raises(PlatformRefused) as refused, writing():
        raise failing(LATER, "rate_limited")
    assert (refused.value.code, refused.value.request_id) == ("rate_limited", "r-1")
    for failure, landed in (
        (failing(UNKNOWN, "bad_answer"), False),
        (failing(LATER, "unavailable"), False),
        (failing(LATER, "rate_limited"), True),
    ):
        with pytest.raises(PlatformUnavailable), writing(landed=landed):
            raise failure


def test_no_time_is_left_after_the_seconds_are_over() -> None:
    assert 0 < Left(5.0)() <= 5.0
    with pytest.raises(CallFailed, match="timed_out"):
        Left(0.0)()


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("12.34", 12_340_000),
        ("576.05000000000014868", 576_050_000),
        ("5E-7", 0),
        ("5E-6", 5),
        ("0.0", 0),
        ("-1", None),
        ("NaN", None),
        ("1e400", None),
        ("٣", None),
        ("1,5", None),
        ("", None),
        (12.5, None),
        (None, None),
        ("9" * 13, None),
    ],
)
def test_an_amount_is_a_plain_decimal_number(text: Any, micros: int | None) -> None:
    assert micros_of(text) == micros


def opening(secret: str) -> Opening:
    world, account = world_of(), Account(platform="x", account_id="7", secret="x-key")
    return Opening(tenant_of(world.scenario), account, lambda: secret, world, None)  # pyright: ignore[reportArgumentType]


def test_a_token_is_read_from_its_secret() -> None:
    assert token_of(opening('{"access_token": "AQX-1"}')) == "AQX-1"


@pytest.mark.parametrize("secret", ["", "AQX-1", "[]", "{}", '{"access_token": 7}', '{"access_token": "a\\nb"}', "7"])
def test_a_secret_of_another_form_is_named_and_not_shown(secret: str) -> None:
    with pytest.raises(CallFailed) as raised:
        token_of(opening(secret))
    assert raised.value.trouble.code == "secret_unreadable"
    assert "x-key" in str(raised.value)
    assert not secret or "AQX" not in str(raised.value)


def test_a_need_is_met_or_not_or_nobody_can_tell() -> None:
    def fails(error: Exception) -> Callable[[], object]:
        def ask() -> object:
            raise error

        return ask

    assert need("a", lambda: None).met
    unmet = need("a", fails(person("permission_missing", "ask for it")))
    assert (unmet.met, unmet.code, unmet.said) == (False, "permission_missing", "ask for it")
    with pytest.raises(PlatformUnavailable):
        need("a", fails(failing(LATER, "unavailable")))


def test_ids_go_out_in_order_some_at_once() -> None:
    assert list(chunks("abcde", 2)) == [("a", "b"), ("c", "d"), ("e",)]
    assert list(chunks([], 2)) == []


def test_an_answer_that_trickles_in_is_over_when_its_time_is() -> None:
    """A server that sends a byte now and then would hold a call for as long as it likes."""
    sent = list[int]()

    def trickle(listening: socket.socket) -> None:
        came, _ = listening.accept()
        with came, suppress(OSError):
            came.recv(65536)
            came.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for number in range(1000):
                came.sendall(b" ")
                sent.append(number)
                sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as aside:
        aside.submit(trickle, listening)
        with pytest.raises(NotAnswered) as raised:
            Rest(f"http://127.0.0.1:{listening.getsockname()[1]}", ID).ask("/", {}, 0.3, {})
    assert raised.value.sent
    assert len(sent) < 1000
