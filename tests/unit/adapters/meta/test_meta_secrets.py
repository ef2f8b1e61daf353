"""Token and proof travel in every address. They are in no error, in nothing that caused it, and in no log."""

import logging
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from hypothesis import strategies as st

from common.adapters.calls import CallFailed, Calls
from common.adapters.opening import Opening
from common.adapters.platforms import meta
from common.adapters.platforms.meta.caller import Caller, Deadline
from common.adapters.platforms.meta.credentials import Credentials, credentials_of
from common.adapters.platforms.meta.failure import MetaFailure
from common.adapters.platforms.meta.graph import Asked, Graph
from common.domain.change import Setting
from common.domain.errors import TrimtabError
from common.ports.ad_platform import AdPlatform, PlatformChange, PlatformUnavailable
from sandbox.servers.meta.faults import error
from tests.property.reach import holds
from tests.unit.adapters.meta.meta_rig import TIMEOUT, Account, account
from trimtab.processes import free_port

TOKEN, APP_SECRET = "EAABtokenThatNobodyMaySee", "0123456789abcdefThatNobodyMaySee"
TELLING = ("NobodyMaySee", "access_token", "appsecret_proof", "127.0.0.1", "a-token-for-this-machine")


def told(raised: BaseException | None) -> str:
    """All that could be shown of an error: itself, what caused it, and its trouble."""
    chain: list[str] = []
    while raised is not None:
        chain += [repr(raised), str(raised), repr(getattr(raised, "trouble", "")), repr(raised.args)]
        chain += traceback.format_exception(raised)
        raised = raised.__cause__ or raised.__context__
    return "\n".join(line for one in chain for line in one.splitlines() if not line.strip().startswith("File "))


def calls(graph: Graph) -> Iterator[Callable[[], object]]:
    yield lambda: graph.get("act_1", {"fields": "id"}, 2.0)
    yield lambda: graph.post("act_1", {"name": "x"}, 2.0)
    yield lambda: graph.batch([Asked("POST", "1", {"status": "PAUSED"})], 2.0)
    yield lambda: graph.about_token(2.0)


def assert_untold(graph: Graph) -> int:
    failures: list[MetaFailure] = []
    for call in calls(graph):
        try:
            call()
        except MetaFailure as raised:
            failures.append(raised)
    for failure in failures:
        assert not [word for word in TELLING if word in told(failure)]
        assert failure.__cause__ is failure.__context__ is None
    return len(failures)


def graph_at(address: str) -> Graph:
    return Graph(Credentials(TOKEN, APP_SECRET), address, lambda _: None)


def test_no_error_of_any_answer_tells_of_the_token() -> None:
    """Nor where Meta repeats it: in the message, in what names the call, or in a body that is no JSON."""
    texts = st.sampled_from([TOKEN, f"Malformed access token {TOKEN}", "x", f"?access_token={TOKEN}"])
    numbers = st.sampled_from([190, 100, 17, 1, "190", None, 2**70])
    bodies = st.one_of(
        st.fixed_dictionaries(
            {
                "error": st.fixed_dictionaries(
                    {"message": texts, "code": numbers, "fbtrace_id": texts, "error_data": texts}
                )
            }
        ),
        st.fixed_dictionaries({"error": texts}),
        st.lists(texts, max_size=2),
        texts,
        st.none(),
    )
    with account() as served:
        graph = graph_at(served.server.address)

        def law(case: tuple[int, Any]) -> bool:
            served.server.faults.everything = case
            return assert_untold(graph) > 0

        holds(st.tuples(st.sampled_from([200, 400, 401, 500, 502]), bodies), law, examples=60)


def test_nor_does_one_of_a_connection(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert assert_untold(graph_at(f"127.0.0.1:{free_port()}")) == 4
    with account() as served:
        assert graph_at(served.server.address).get("me/permissions", {}, 2.0).body
    shown = "\n".join(record.getMessage() for record in caplog.records)
    assert not [word for word in TELLING[:3] if word in shown]


PORT: dict[str, Callable[[Account], object]] = {
    "live": lambda one: one.values(),
    "spend": lambda one: one.platform.spend([one.ref()], one.world.market.start, timeout=TIMEOUT),
    "days": lambda one: one.platform.days([one.ref()], one.world.market.start.date(), timeout=TIMEOUT),
    "apply": lambda one: one.platform.apply(
        "key", [PlatformChange(one.ref(), Setting.STATUS, None, "paused")], timeout=TIMEOUT
    ),
    "check": lambda one: meta.check(one.opening, timeout=TIMEOUT),
}


@pytest.mark.parametrize("name", PORT)
@pytest.mark.parametrize("code", [(190, 463), (100, None), (2, None), (17, None), (987, None)])
def test_no_error_of_the_port_tells_of_it_either(name: str, code: tuple[int, int | None]) -> None:
    with account() as served:
        served.server.faults.everything = error(*code)
        try:
            said = repr(PORT[name](served))
        except TrimtabError as raised:
            said = told(raised)
        assert "Meta" in said
        assert not [word for word in TELLING if word in said]


def opening(one: Account, text: str) -> Opening:
    return replace(one.opening, server=None, credentials=lambda: text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        TOKEN,
        "[]",
        "{}",
        f'{{"token": "{TOKEN}"}}',
        f'{{"access_token": " {TOKEN}"}}',
        f'{{"access_token": ["{TOKEN}"]}}',
        f'{{"access_token": "{TOKEN}", "app_secret": 7}}',
        f'{{"access_token": "{TOKEN}',
    ],
)
def test_a_secret_that_is_not_as_it_must_be_is_named_and_not_shown(text: str) -> None:
    with account() as served:
        given = opening(served, text)
        with pytest.raises(CallFailed) as raised:
            credentials_of(given)
        assert raised.value.trouble.code == "secret_unreadable"
        assert "access_token, and app_secret" in raised.value.trouble.said
        assert TOKEN not in told(raised.value)
        with pytest.raises(TrimtabError) as unopened:
            meta.connect(given).live([served.ref()], timeout=TIMEOUT)
        assert TOKEN not in told(unopened.value)


def test_a_good_secret_is_read_and_never_shown() -> None:
    with account() as served:
        found = credentials_of(opening(served, f'{{"access_token": "{TOKEN}", "app_secret": "{APP_SECRET}"}}'))
        assert (found.token, found.app_secret) == (TOKEN, APP_SECRET)
        assert "NobodyMaySee" not in repr(found)


def test_a_server_on_this_machine_is_given_nothing_real() -> None:
    def credentials() -> str:
        raise AssertionError("nobody may ask for the secret")

    with account() as served:
        caller = Caller(replace(served.opening, credentials=credentials))
        assert caller.account(Deadline(TIMEOUT)).currency == "EUR"


def test_nobody_waits_for_another_accounts_secret() -> None:
    asked, answered = Event(), Event()

    def slowly() -> str:
        asked.set()
        assert answered.wait(20), "the other account waits for this one"
        return "no JSON"

    with account() as meta_account, ThreadPoolExecutor(1) as aside:
        slow, quick = (
            meta.connect(replace(meta_account.opening, server=None, credentials=read, calls=Calls(name)))
            for name, read in (("slow", slowly), ("quick", lambda: "no JSON"))
        )
        waiting = aside.submit(lambda: code_of(slow, meta_account))
        assert asked.wait(20)
        assert code_of(quick, meta_account) == "secret_unreadable"
        answered.set()
        assert waiting.result() == "secret_unreadable"


def code_of(platform: AdPlatform, meta_account: Account) -> str:
    """Why the account gives no answer."""
    with pytest.raises(PlatformUnavailable) as silent:
        platform.live([meta_account.ref()], timeout=10)
    assert silent.value.trouble is not None
    return silent.value.trouble.code
