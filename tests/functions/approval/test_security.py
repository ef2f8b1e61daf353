"""What protects the pages and the API, where no other test shows it."""

import json
from dataclasses import replace

import pytest
from itsdangerous import URLSafeTimedSerializer

from common.adapters.structured_log import StructuredLog
from functions.approval.app import create_app
from tests.functions.approval.office import ANA, BO, HOST, KEY, VI, Browser, Office, field_of, page_of
from tests.functions.approval.program import Program


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


def watched(office: Office) -> tuple[Lines, Browser, Program]:
    """The journal of an app, and somebody's browser and program."""
    journal = Lines()
    app = create_app(replace(office.ports, journal=journal), office.sign_in, (KEY,), rates=office.rates)
    return journal, Browser(app, office.sign_in.cookie_for(BO)), Program(app, office.sign_in.cookie_for(VI))


def test_no_answer_lets_another_sites_script_read_it(office: Office) -> None:
    client = office.app.test_client()
    for path in ("/", "/api/v1/approvals", "/sign-in", "/assets/trimtab.css"):
        for method in ("GET", "OPTIONS"):
            answer = client.open(
                path, method=method, base_url=HOST, headers={"Origin": "https://evil.example"}, buffered=True
            )
            assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH"])
def test_methods_that_nothing_needs_do_nothing(office: Office, method: str) -> None:
    approval, browser = office.asked(), office.browser()
    before = office.world.documents.commits
    client = office.app.test_client()
    client.set_cookie(office.sign_in.cookie, office.sign_in.cookie_for(ANA), domain="127.0.0.1")
    assert client.open(page_of(approval), method=method, base_url=HOST).status_code == 405
    assert browser.get(page_of(approval)).status_code == 200
    assert office.world.documents.commits == before


@pytest.mark.parametrize("path", ["/t/acme", "/t/acme/log", "/tenants", "/api/v1/tenants/acme"])
def test_safe_methods_write_nothing(office: Office, path: str) -> None:
    office.asked()
    before = office.world.documents.commits
    assert office.browser().get(path).status_code == 200
    assert office.world.documents.commits == before


def test_answers_say_what_they_are(office: Office) -> None:
    browser = office.browser()
    kinds = {
        path: browser.get(path).content_type for path in ("/", "/api/v1/tenants", "/api/v1/none", "/assets/trimtab.css")
    }
    assert kinds == {
        "/": "text/html; charset=utf-8",
        "/api/v1/tenants": "application/json",
        "/api/v1/none": "application/problem+json",
        "/assets/trimtab.css": "text/css; charset=utf-8",
    }


def test_folders_are_not_listed(office: Office) -> None:
    browser = office.browser()
    assert [browser.get(path).status_code for path in ("/assets/", "/assets/../app.py", "/.git/config")] == [404] * 3


def test_signing_in_gives_a_session_of_its_own_and_signing_out_clears_the_browser(office: Office) -> None:
    browser = office.browser(None)
    form = field_of(browser.get("/sign-in"))
    one, two = (browser.post("/sign-in", {"form": form, "email": ANA}).headers["Set-Cookie"] for _ in range(2))
    assert one != two
    page = browser.get("/").text
    left = browser.post("/sign-out", {"form": page.split('name="form" value="')[1].split('"')[0]})
    assert left.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'


def test_forms_and_sessions_are_not_signed_with_sha_1(office: Office) -> None:
    """The default of the library that signs them."""
    weak = URLSafeTimedSerializer([KEY], salt="trimtab form").dumps([ANA, "local:x", "decide", None])
    approval, browser = office.asked(), office.browser()
    assert browser.post(page_of(approval), {"form": weak, "answer": "approve"}).status_code == 403
    session = URLSafeTimedSerializer([KEY], salt="trimtab local session").dumps([ANA, "session"])
    assert Browser(office.app, session).get("/").status_code == 303


def test_who_was_refused_what_is_in_the_journal(office: Office) -> None:
    journal, browser, program = watched(office)
    approval = office.asked()
    browser.decide(approval, "approve")
    answer = {"answer": "approve", "seen": approval.payload_digest}
    program.post(f"/tenants/acme/approvals/{approval.approval_id}/decision", answer)
    browser.get("/t/zen")
    written = [(event, fields.get("who"), fields.get("code")) for event, fields in journal.lines]
    assert written == [("refused", BO, "over_limit"), ("refused", VI, "not_yours"), ("not_found", BO, None)]


def test_who_signed_in_and_out_is_in_the_journal(office: Office) -> None:
    journal = Lines()
    app = create_app(replace(office.ports, journal=journal), office.sign_in, (KEY,), rates=office.rates)
    browser = Browser(app, None)
    browser.post("/sign-in", {"form": field_of(browser.get("/sign-in")), "email": ANA})
    browser.post("/sign-out", {"form": browser.get("/").text.split('name="form" value="')[1].split('"')[0]})
    assert [(event, fields["who"]) for event, fields in journal.lines] == [("signed_in", ANA), ("signed_out", ANA)]


def test_a_line_of_the_journal_can_not_be_forged(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    app = create_app(replace(office.ports, journal=StructuredLog()), office.sign_in, (KEY,))
    Browser(app, office.sign_in.cookie_for(ANA)).get('/t/x%0a{"code":"signed_in","who":"eve"}')
    Browser(app, None).get('/t/x%0a{"code":"signed_in","who":"eve"}')
    out = "".join(capfd.readouterr())
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["message"] for line in lines] == ["sign_in_refused"]
    assert "\n" in lines[0]["path"]


def test_a_parameter_that_comes_twice_counts_once_and_never_from_elsewhere(office: Office) -> None:
    """The answer in the address is not the answer in the form."""
    approval, browser = office.asked(), office.browser()
    fields = {"form": browser.form(page_of(approval))}
    assert browser.post(f"{page_of(approval)}?answer=approve", fields).status_code == 400
    twice = {**fields, "answer": ["reject", "approve"]}
    assert browser.post(page_of(approval), twice).status_code == 422
    assert office.world.manifest().revision == 0
