"""Reports in the pages and by the API: as they were made, for who sees the tenant, and able to do nothing."""

import json

import pytest

from common.domain.report import ReportIndex
from common.domain.tenant import Approver
from common.use_cases.onboard import onboard
from common.use_cases.report import make_report, report_data, report_page
from functions.approval.app import create_app
from functions.approval.office import Rates
from tests.functions.approval.office import ANA, KEY, VI, Browser, Office
from tests.functions.approval.program import Program
from tests.world import SOUTH, manifest, plan, tenant

ZOE = "zoe@example.com"


@pytest.fixture
def office() -> Office:
    return Office()


def program(office: Office, email: str = VI) -> Program:
    """A program that acts for this person."""
    return Program(office.app, office.sign_in.cookie_for(email))


def made(office: Office, tenant_id: str = "acme") -> ReportIndex:
    return make_report(office.ports, tenant_id)


def test_before_the_first_one_the_list_says_when_it_comes(office: Office) -> None:
    page = office.browser(VI).get("/t/acme/reports").text
    assert "There is no report yet. The next one is made at 8:00" in page
    assert program(office).get("/tenants/acme/reports").json == {"items": []}


def test_reports_are_listed_the_newest_first(office: Office) -> None:
    first = made(office)
    office.world.clock.forward(days=1)
    second = made(office)
    page = office.browser(VI).get("/t/acme/reports").text
    assert page.index(second.report_id) < page.index(first.report_id)
    assert second.sentence in page
    listed = program(office).get("/tenants/acme/reports").json["items"]
    assert [one["report_id"] for one in listed] == [second.report_id, first.report_id]


def test_a_report_is_given_as_it_was_made(office: Office) -> None:
    index = made(office)
    page = office.browser(VI).get(f"/t/acme/reports/{index.report_id}")
    assert page.data == report_page(office.ports, "acme", index.report_id)
    assert page.content_type == "text/html; charset=utf-8"
    said = program(office).get(f"/tenants/acme/reports/{index.report_id}")
    assert said.json == json.loads(report_data(office.ports, "acme", index.report_id))


def test_a_report_can_load_nothing_run_nothing_and_is_kept_by_no_cache(office: Office) -> None:
    answer = office.browser(VI).get(f"/t/acme/reports/{made(office).report_id}")
    policy = answer.headers.get_all("Content-Security-Policy")
    assert [one.strip() for one in policy[0].split(";")] == [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "sandbox allow-same-origin",
    ]
    assert len(policy) == 1
    assert (answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


def test_what_goes_wrong_at_a_reports_address_is_a_page_of_ours(office: Office) -> None:
    answer = office.browser(VI).get("/t/acme/reports/2026-05-04-none")
    assert (answer.status_code, "style-src 'self'" in answer.headers["Content-Security-Policy"]) == (404, True)


def test_reports_of_other_tenants_do_not_exist(office: Office) -> None:
    zen = tenant("zen", approvers=(Approver(email=ZOE),))
    onboard(office.ports, zen, plan("zen"), [manifest("zen"), manifest("zen", SOUTH)])
    index, zoe = made(office), office.browser(ZOE)
    for path in ("/t/acme/reports", f"/t/acme/reports/{index.report_id}", f"/t/zen/reports/{index.report_id}"):
        assert zoe.get(path).status_code == 404, path
    unknown = program(office, ZOE).get("/tenants/nobody").json
    for path in ("/tenants/acme/reports", f"/tenants/zen/reports/{index.report_id}"):
        assert program(office, ZOE).get(path).json == unknown


@pytest.mark.parametrize("path", ["/t/acme/plan", "/t/acme/reports", "/api/v1/drafts", "/api/v1/tenants/acme/plans"])
def test_too_much_at_once_is_slowed_down(office: Office, path: str) -> None:
    app = create_app(office.ports, office.sign_in, (KEY,), rates=Rates(pages=2))
    browser = Browser(app, office.sign_in.cookie_for(ANA))
    assert [browser.get(path).status_code for _ in range(3)] == [200, 200, 429]


def test_reading_reports_writes_nothing(office: Office) -> None:
    index = made(office)
    before = office.world.documents.commits
    for path in ("/t/acme/reports", f"/t/acme/reports/{index.report_id}", "/api/v1/tenants/acme/reports"):
        assert office.browser(VI).get(path).status_code == 200
    assert office.world.documents.commits == before
