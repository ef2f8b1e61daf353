"""What each answer carries and leaves out, what input can't do, and what stays out of the journal."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from common.adapters.local_sign_in import COOKIE
from common.adapters.structured_log import StructuredLog
from common.domain.errors import Unavailable
from common.domain.notifications import ChannelKind, NotificationChannel, Notifications
from common.ports.documents import Replace
from common.use_cases.configure import configure
from common.use_cases.report import make_report
from functions.approval.app import create_app
from functions.approval.office import Rates
from tests.functions.approval.drifting import drifted
from tests.functions.approval.office import ANA, HOST, KEY, VI, Browser, Office, field_of, page_of
from tests.world import SOUTH, World

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
REPORT = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'none'; "
    "base-uri 'none'; sandbox allow-same-origin"
)
"""The policy of a report, which brings its own style: it can load nothing, send nothing and run nothing."""
CHANNEL = NotificationChannel(name="team", kind=ChannelKind.SLACK, url_secret="acme-slack-url")


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


def fault() -> None:
    """What nobody foresaw."""
    raise ZeroDivisionError("inner workings")


def paths_of(office: Office) -> Iterator[str]:
    """Every address, with something that is there in each of its places."""
    approval_id = office.asked().approval_id
    places = {
        "tenant_id": "acme",
        "track_id": "south",
        "approval_id": approval_id,
        "change_set_id": approval_id,
        "draft_id": drifted(office, track_id=SOUTH).draft_id,
        "report_id": make_report(office.ports, "acme").report_id,
        "filename": "trimtab.css",
    }
    for rule in office.app.url_map.iter_rules():
        path = rule.rule.replace("<path:", "<")
        for name, place in places.items():
            path = path.replace(f"<{name}>", place)
        yield path


def asked_for(office: Office) -> Iterator[tuple[str, TestResponse]]:
    """Each address, looked at and sent to, by somebody and by nobody."""
    for path in paths_of(office):
        for email in (ANA, None):
            yield path, office.browser(email).get(path)
            yield path, office.browser(email).post(path, {"x": "y"})
    yield "/nowhere", office.browser().get("/nowhere")
    yield "/too-long", office.browser().post("/bulk", {"x": "y" * 100_000})
    yield "/from-elsewhere", office.browser().post("/", {"x": "y"}, Origin="https://evil.example")
    office.world.documents.after_read = fault
    yield "/t/acme", office.browser().get("/t/acme")


def _is_a_report(path: str, answer: TestResponse) -> bool:
    return path.startswith("/t/acme/reports/") and answer.status_code == 200


def test_every_answer_of_every_address_carries_every_header(office: Office) -> None:
    statuses: set[int] = set()
    for path, answer in asked_for(office):
        statuses.add(answer.status_code)
        wanted = HEADERS | ({"Content-Security-Policy": REPORT} if _is_a_report(path, answer) else {})
        assert {name: answer.headers.get(name) for name in HEADERS} == wanted, path
        served = path.startswith("/assets/") and answer.status_code == 200
        assert answer.headers["Cache-Control"] == ("public, max-age=300" if served else "no-store"), path
        kind = answer.headers["Content-Type"]
        assert kind in ("application/json", "application/problem+json") or kind.endswith("; charset=utf-8"), path
    assert statuses >= {200, 303, 401, 403, 404, 405, 413, 415, 500}


def renamed(name: str) -> Office:
    """An office whose first campaign has this name."""
    world = World.taken_on()
    manifest = world.manifest()
    entities = {**manifest.entities, "search": manifest.entities["search"].but(name=name)}
    body = manifest.but(entities=entities).body()
    world.documents.commit(Replace(world.track().manifest, body, world.loaded().manifest.version))
    return Office(world)


def test_a_name_can_not_leave_its_attribute() -> None:
    office = renamed('x" onmouseover="alert(1)')
    page = office.browser().get(page_of(office.asked())).text
    assert 'x" onmouseover=' not in page
    assert "x&#34; onmouseover=&#34;alert(1)" in page


@pytest.mark.parametrize("name", ["{{ 7 * 7 }}", "{% raw %}", "%s%n {0.__class__}", "${7*7}"])
def test_a_name_is_no_template_and_no_format(name: str) -> None:
    office = renamed(name)
    assert name in office.browser().get(page_of(office.asked())).text


@pytest.mark.parametrize("name", ['"},{"status":"paused"', "</script>\u2028", "\\\n\x00"])
def test_a_name_in_json_is_still_the_name(name: str) -> None:
    answer = renamed(name).browser().get("/api/v1/tenants/acme")
    assert answer.content_type == "application/json"
    state: dict[str, Any] = json.loads(answer.text)
    assert name in [one["entity"]["name"] for one in state["tracks"][0]["entities"]]


def test_a_path_is_decoded_once(office: Office) -> None:
    browser = office.browser()
    assert [browser.get(path).status_code for path in ("/t/%61cme", "/t/%2561cme")] == [200, 404]


@pytest.mark.parametrize("path", ["/assets/%2e%2e/pages.py", "/assets/..%2fpages.py", "/assets//etc/passwd"])
def test_only_what_lies_in_the_folder_is_served(office: Office, path: str) -> None:
    assert office.browser().get(path).status_code in (308, 404)
    assert office.browser().get("/assets/trimtab.css").status_code == 200


@pytest.mark.parametrize("number", ["0", "-1", "1" + "0" * 30, "9" * 5000, "1e3", "x", "\u0663", ""])
def test_a_number_that_makes_no_sense_does_no_harm(office: Office, number: str) -> None:
    office.asked()
    browser = office.browser()
    for path in ("/?page=", "/t/acme/log?count="):
        assert browser.get(f"{path}{number}").status_code == 200
    for path in ("/approvals?page=", "/tenants/acme/log?count="):
        assert browser.get(f"/api/v1{path}{number}").status_code in (200, 422)


def test_how_a_tenant_is_told_is_told_to_nobody(office: Office) -> None:
    """Channels, and the names of their secrets, are for who writes the tenant's document."""
    configure(office.ports, "acme", lambda one: one.but(notifications=Notifications(channels=(CHANNEL,))))
    assert "acme-slack-url" in str(office.world.loaded().tenant.body())
    for path in paths_of(office):
        assert "acme-slack-url" not in office.browser().get(path).text


def test_no_secret_reaches_the_journal(office: Office) -> None:
    journal = Lines()
    app = create_app(replace(office.ports, journal=journal), office.sign_in, (KEY,), rates=office.rates)
    approval, mine, theirs = office.asked(), office.sign_in.cookie_for(ANA), office.sign_in.cookie_for(VI)
    path = page_of(approval)
    form = Browser(app, mine).form(path)
    Browser(app, mine[:-5] + "AAAAA").get("/")
    Browser(app, None).get("/", Authorization="Bearer a-token-of-mine")
    Browser(app, theirs).post(path, {"form": form, "answer": "approve"})
    Browser(app, theirs).decide(approval, "approve")
    office.world.documents.after_read = fault
    Browser(app, mine).post(path, {"form": form, "answer": "approve"})
    events = {event for event, _ in journal.lines}
    assert events == {"sign_in_refused", "form_refused", "refused", "page_failed"}
    written = str(journal.lines)
    for secret in (mine, mine[:-5], theirs, form, "a-token-of-mine", KEY, COOKIE):
        assert secret not in written


def test_a_line_of_the_journal_has_its_time_in_utc(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    app = create_app(replace(office.ports, journal=StructuredLog()), office.sign_in, (KEY,))
    Browser(app, None).get("/t/acme")
    (line,) = capfd.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["message"], found["code"], found["path"]) == ("sign_in_refused", "missing", "/t/acme")
    assert found["time"].endswith("Z")


@pytest.mark.parametrize("email", [ANA, None])
def test_what_is_too_long_to_be_read_is_refused_in_order_whatever_else_is_wrong(
    office: Office, email: str | None
) -> None:
    approval, browser = office.asked(), office.browser(email)
    for path in ("/", "/nowhere", page_of(approval)):
        for headers in ({}, {"Origin": "https://evil.example"}):
            answer = browser.post(path, {"reason": "x" * 100_000}, **headers)
            assert answer.status_code in (401, 403, 404, 405, 413)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_reason_for_several_is_as_long_as_for_one(office: Office) -> None:
    approval, browser = office.asked(), office.browser()
    picked = {"form": browser.form("/"), "pick": f"acme/{approval.approval_id}", "answer": "reject"}
    summary = browser.post("/bulk", picked)
    browser.post("/bulk/decide", {"form": field_of(summary), "reason": "x" * 30_000})
    (decision,) = office.world.approval(approval.approval_id).decisions
    assert decision.reason == "x" * 1000


def test_what_was_turned_away_is_in_the_journal_with_its_sender() -> None:
    journal, office = Lines(), Office(rates=Rates(pages=3, answers=100, strangers=100))
    app = create_app(replace(office.ports, journal=journal), office.sign_in, (KEY,), rates=office.rates)
    approval, browser = office.asked(), Browser(app, office.sign_in.cookie_for(ANA))
    path = page_of(approval)
    browser.post(path, {}, Origin="https://evil.example")
    browser.post(path, {"reason": "x" * 100_000})
    browser.post("/api/v1/decisions", {})
    browser.get("/api/v1/approvals?page=0")
    browser.post(path, {"form": browser.form(path), "answer": "maybe"})
    browser.post(path, {"form": "garbage"})
    browser.get("/")
    browser.get("/")
    written = [(event, fields["who"], fields.get("status")) for event, fields in journal.lines]
    assert written == [
        ("turned_away", None, 403),
        ("turned_away", ANA, 413),
        ("turned_away", ANA, 415),
        ("turned_away", ANA, 422),
        ("turned_away", ANA, 400),
        ("form_refused", ANA, None),
        ("turned_away", ANA, 429),
    ]


def test_ids_of_other_tenants_that_are_tried_out_together_are_in_the_journal(office: Office) -> None:
    journal = Lines()
    app = create_app(replace(office.ports, journal=journal), office.sign_in, (KEY,), rates=office.rates)
    client = app.test_client()
    client.set_cookie(COOKIE, office.sign_in.cookie_for(ANA), domain="127.0.0.1")
    sent = [{"tenant_id": "zen", "approval_id": f"a{n}", "answer": "approve", "seen": "0"} for n in range(3)]
    assert client.post("/api/v1/decisions", base_url=HOST, json={"decisions": sent}).status_code == 200
    assert [(event, fields["who"]) for event, fields in journal.lines] == [("not_found", ANA)] * 3


class Silent:
    """An issuer whose keys can't be had."""

    def who(self, headers: object, remote: str | None) -> Any:
        """Nobody knows."""
        raise Unavailable("the keys at secret-place can't be read")


def test_where_nobody_can_be_known_nobody_gets_in_and_the_journal_says_why(office: Office) -> None:
    journal = Lines()
    app = create_app(replace(office.ports, journal=journal), Silent(), (KEY,))
    approval, commits = office.asked(), office.world.documents.commits
    browser = Browser(app, office.sign_in.cookie_for(ANA))
    answers = [browser.get(page_of(approval)), browser.post(page_of(approval), {"answer": "approve"})]
    for answer in answers:
        assert answer.status_code == 503
        assert approval.summary not in answer.text
        assert "secret-place" not in answer.text
    assert [event for event, _ in journal.lines] == ["page_unavailable"] * 2
    assert "secret-place" in str(journal.lines[0][1]["error"])
    assert office.world.documents.commits == commits


def test_debugging_that_was_left_on_shows_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    app = create_app(office.ports, office.sign_in, (KEY,))
    office.world.documents.after_read = fault
    answer = Browser(app, office.sign_in.cookie_for(ANA)).get("/t/acme")
    assert (app.debug, answer.status_code) == (True, 500)
    assert not [words for words in ("Traceback", "ZeroDivisionError", "inner workings", ".py") if words in answer.text]


def test_who_was_slowed_down_is_not_told_what_is_there() -> None:
    office = Office(rates=Rates(pages=1, answers=1, strangers=1))
    approval, browser = office.asked(), office.browser()
    assert browser.get(page_of(approval)).status_code == 200
    slowed = browser.get(page_of(approval))
    assert (slowed.status_code, approval.summary in slowed.text) == (429, False)
    client, commits = office.app.test_client(), office.world.documents.commits
    client.set_cookie(COOKIE, office.sign_in.cookie_for(ANA), domain="127.0.0.1")
    decision = {"answer": "approve", "seen": approval.payload_digest}
    where = f"/api/v1/tenants/acme/approvals/{approval.approval_id}/decision"
    assert client.post(where, base_url=HOST, json={}).status_code == 422
    assert client.post(where, base_url=HOST, json=decision).status_code == 429
    assert office.world.documents.commits == commits
