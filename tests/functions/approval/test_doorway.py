"""Who gets in, how often, from where; and what every answer carries, faults included."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from common.adapters.local_sign_in import COOKIE
from common.domain.approval import ApprovalState
from common.domain.errors import Unavailable
from common.domain.tenant import Approver
from common.use_cases.onboard import onboard
from functions.approval.app import create_app
from functions.approval.office import Rates
from tests.functions.approval.office import ANA, HOST, KEY, VI, Browser, Office, field_of, page_of
from tests.world import SOUTH, manifest, plan, tenant


@pytest.fixture
def office() -> Office:
    return Office()


class Lines:
    """A journal that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []

    def write(self, event: str, **fields: object) -> None:
        """Keep a line."""
        self.lines.append((event, fields))


def test_nobody_is_asked_to_sign_in_and_comes_back_to_where_they_were(office: Office) -> None:
    browser = office.browser(None)
    asked = browser.get("/t/acme/log?track=north")
    assert (asked.status_code, asked.location) == (303, "/sign-in?next=/t/acme/log?track%3Dnorth")
    page = browser.get(asked.location)
    entered = browser.post("/sign-in", {"form": field_of(page), "email": ANA, "next": "/t/acme/log?track=north"})
    assert (entered.status_code, entered.location) == (303, "/t/acme/log?track=north")
    cookie = entered.headers["Set-Cookie"]
    assert all(words in cookie for words in (COOKIE, "HttpOnly", "SameSite=Strict"))
    assert browser.get(entered.location).status_code == 200


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_elsewhere(office: Office, away: str) -> None:
    browser = office.browser(None)
    entered = browser.post("/sign-in", {"form": field_of(browser.get("/sign-in")), "email": ANA, "next": away})
    assert (entered.status_code, entered.location) == (303, "/")


def test_only_people_whom_a_tenant_names_can_sign_in(office: Office) -> None:
    browser = office.browser(None)
    form = field_of(browser.get("/sign-in"))
    assert browser.post("/sign-in", {"form": form, "email": "eve@elsewhere.com"}).status_code == 400


def test_signing_out_ends_the_session(office: Office) -> None:
    browser = office.browser()
    page = browser.get("/").text
    form = page.split('name="form" value="')[1].split('"')[0]
    assert browser.post("/sign-out", {"form": form}).status_code == 303
    assert browser.get("/").status_code == 303


def test_a_session_that_ended_meanwhile_loses_nothing_of_what_was_written(office: Office) -> None:
    approval, browser = office.asked(), office.browser()
    fields = {"form": browser.form(page_of(approval)), "answer": "reject", "reason": "Not before the sale."}
    stranger = office.browser(None)
    answer = stranger.post(page_of(approval), fields)
    assert answer.status_code == 401
    assert "Not before the sale." in answer.text
    assert f"/sign-in?next={page_of(approval)}" in answer.text
    assert office.world.approval(approval.approval_id).state is ApprovalState.PENDING


def test_without_local_sign_in_its_pages_do_not_exist(office: Office) -> None:
    class Proxy:
        """Vouches like a proxy would: it has no pages of its own."""

        def who(self, headers: Any, remote: str | None) -> Any:
            return office.sign_in.who(headers, remote)

    browser = Browser(create_app(office.ports, Proxy(), (KEY,)), None)
    assert browser.get("/").status_code == 401
    assert browser.get("/sign-in").status_code == 404


def test_local_sign_in_answers_this_machine_only(office: Office) -> None:
    client = office.app.test_client()
    for base in ("http://trimtab.example.com", "http://192.0.2.1:8080"):
        assert client.get("/sign-in", base_url=base).status_code == 401
    assert client.get("/sign-in", base_url=HOST, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_another_sites_page_sends_is_refused(office: Office, headers: dict[str, str]) -> None:
    approval, browser = office.asked(), office.browser()
    fields = {"form": browser.form(page_of(approval)), "answer": "approve"}
    assert browser.post(page_of(approval), fields, **headers).status_code == 403
    assert browser.post(page_of(approval), fields, Origin=HOST, **{"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_a_form_works_for_whom_and_what_it_was_made(office: Office) -> None:
    approval, browser = office.asked(), office.browser()
    right = browser.form(page_of(approval))
    later = office.browser()
    wrong = {
        "missing": None,
        "garbage": "garbage",
        "cut": right[:-3],
        "another form": browser.form("/"),
        "another sign-in of the same person": later.form(page_of(approval)),
        "another person": office.browser("cy@example.com").form(page_of(approval)),
        "another key": Office(office.world).browser().form(page_of(approval)) + "x",
    }
    for name, form in wrong.items():
        answer = browser.post(page_of(approval), {"answer": "approve"} | ({} if form is None else {"form": form}))
        assert answer.status_code == 403, name
        assert "Nothing was changed." in answer.text
    assert office.world.manifest().revision == 0
    assert browser.post(page_of(approval), {"form": right, "answer": "approve"}).status_code == 303


def test_other_tenants_look_like_what_does_not_exist(office: Office) -> None:
    zen = tenant("zen", approvers=(Approver(email="zoe@example.com"),))
    onboard(office.ports, zen, plan("zen"), [manifest("zen"), manifest("zen", SOUTH)])
    approval, browser = office.asked(), office.browser("zoe@example.com")
    assert browser.get("/t/zen").status_code == 200
    unknown = browser.get("/t/nobody")
    assert unknown.status_code == 404
    for path in ("/t/acme", "/t/acme/log", page_of(approval), f"/t/acme/changes/{approval.approval_id}"):
        foreign = browser.get(path)
        assert (foreign.status_code, foreign.text) == (404, _same(unknown.text, browser, foreign.text))
    posted = browser.post(page_of(approval), {"form": browser.form("/"), "answer": "approve"})
    assert posted.status_code == 404
    crossed = browser.get(f"/t/zen/approvals/{approval.approval_id}")
    assert crossed.status_code == 404


def _failing(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def _same(one: str, browser: Browser, other: str) -> str:
    """The page `one`, with the signing-out form of `other`: each page signs its own."""
    mine, theirs = (text.split('name="form" value="')[1].split('"')[0] for text in (one, other))
    return one.replace(mine, theirs)


def test_paths_that_name_nothing_are_not_found(office: Office) -> None:
    browser = office.browser()
    for path in ("/t/..", "/t/a%2Fb", "/t/acme/approvals/%00", "/t/acme/approvals/" + "x" * 300, "/nowhere"):
        assert browser.get(path).status_code == 404


def test_every_answer_carries_the_headers_that_browsers_need(office: Office) -> None:
    browser = office.browser()
    for path in ("/", "/nowhere", "/assets/trimtab.css", "/sign-in", "/t/acme"):
        headers = browser.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Strict-Transport-Security"].startswith("max-age=31536000;")
        assert headers["Cache-Control"] == ("public, max-age=300" if path.startswith("/assets") else "no-store")


def test_pages_carry_no_script_and_no_style_of_their_own(office: Office) -> None:
    approval, browser = office.asked(), office.browser()
    for path in ("/", page_of(approval), "/t/acme", "/t/acme/log"):
        page = browser.get(path).text
        assert all(words not in page for words in ("<script", "<style", " style=", "onclick", "javascript:"))


def test_too_much_at_once_is_slowed_down() -> None:
    office = Office(rates=Rates(pages=3, answers=2, strangers=2))
    browser = office.browser()
    assert [browser.get("/").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert office.browser(VI).get("/").status_code == 200, "others are not slowed down"
    assert [office.browser(None).get("/").status_code for _ in range(3)] == [303, 303, 429]


def test_what_is_too_long_is_refused(office: Office) -> None:
    approval, browser = office.asked(), office.browser()
    fields = {"form": browser.form(page_of(approval)), "answer": "reject", "reason": "x" * 100_000}
    assert browser.post(page_of(approval), fields).status_code == 413


def test_a_store_that_does_not_answer_is_said_without_a_trace(office: Office) -> None:
    office.world.documents.after_read = _failing(Unavailable("the store at secret-place did not answer"))
    answer = office.browser().get("/t/acme")
    assert answer.status_code == 503
    assert "secret-place" not in answer.text


def test_a_fault_of_ours_gives_a_reference_that_the_journal_has_too(office: Office) -> None:
    journal = Lines()
    world = office.world
    world.documents.after_read = _failing(ZeroDivisionError("inner workings"))
    ports = replace(world.ports(), journal=journal)
    browser = Browser(create_app(ports, office.sign_in, (KEY,)), office.sign_in.cookie_for(ANA))
    answer = browser.get("/t/acme")
    assert answer.status_code == 500
    (event, fields), *_ = journal.lines
    assert event == "page_failed"
    assert str(fields["reference"]) in answer.text
    assert "inner workings" not in answer.text
