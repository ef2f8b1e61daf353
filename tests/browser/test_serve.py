"""`serve` as a newcomer finds it: several things wait, nothing runs away, and every page leads to the next."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import WIDTHS
from tests.browser.test_flows import sign_in
from trimtab.processes import free_port

ROOT = Path(__file__).parents[2]
CLIENT, AGENCY = "client@example.com", "agency@example.com"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the shipped scenario is served, an hour of the market each tenth of a second."""
    port = free_port()
    command = [sys.executable, "-m", "trimtab", "serve", "--port", str(port), "--seconds-per-hour", "0.1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    where = tmp_path_factory.mktemp("served")
    with subprocess.Popen(command, cwd=where, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = "".join(process.stdout.readline() for _ in range(6))
        assert re.search(r"\d requests wait for you; 2 of them are examples, asked to try the pages with\.", said)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture
def page(browser: Browser, home: str) -> Iterator[Page]:
    """A page of a desktop's width."""
    context = browser.new_context(viewport={"width": WIDTHS["desktop"], "height": 900}, base_url=home)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("width", WIDTHS.values())
def test_the_flights_page_is_one_of_the_pages(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/flight/?still=yes")
    expect(page.get_by_role("status")).to_contain_text(
        re.compile(r"The market waits for you: [3-9] requests( and 1 plan draft)?\.")
    )
    assert violations(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(page.locator("link[rel=stylesheet]")).to_have_attribute("href", "/assets/trimtab.css")
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).borderRadius") != "0px"


def test_a_newcomer_approves_one_rejects_another_and_the_market_waits_for_the_rest(page: Page) -> None:
    page.goto("/flight/?still=yes")
    before = page.locator(".lead").inner_text()
    sign_in(page, CLIENT)
    count = page.locator("form .card").count()
    page.get_by_role("link", name="It sells well, though the CRM sees fewer").click()
    expect(page.get_by_role("table").last).to_contain_text("Change in %")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status").first).to_contain_text("It was applied, and read back")
    page.get_by_role("link", name="Flight").click()
    page.get_by_role("link", name="It was changed by hand").first.click()
    page.get_by_label("Reason, if you reject it").fill("It was meant so.")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("status").first).to_contain_text("Rejected by client@example.com")
    page.goto("/flight/?still=yes")
    expect(page.get_by_role("status")).to_contain_text(f"The market waits for you: {count - 2} request")
    expect(page.locator(".lead")).to_have_text(before)


def test_two_people_approve_a_part_and_then_the_market_goes_on(page: Page) -> None:
    before = page.goto("/flight/?still=yes") and page.locator(".lead").inner_text()
    for person in (CLIENT, AGENCY):
        sign_in(page, person)
        page.get_by_role("link", name="where a purchase costs less").first.click()
        page.get_by_role("checkbox", name="where a purchase costs less").uncheck()
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_text("This is 1 of its 2 parts")).to_be_visible()
        page.get_by_role("button", name="Yes, approve it").click()
        if person == CLIENT:
            expect(page.get_by_text("1 of 2 agreed")).to_be_visible()
        else:
            expect(page.get_by_role("status").first).to_contain_text("Approved in part by")
        page.get_by_role("button", name="Sign out").click()
    _approve_drafts(page)
    page.goto("/flight/")
    expect(page.locator(".lead")).not_to_have_text(str(before))


def _approve_drafts(page: Page) -> None:
    """What reviews moved may be away from the plan by now: then a draft of the next one waits too."""
    sign_in(page, CLIENT)
    page.goto("/")
    drafts = page.get_by_role("region", name="Drafts of plans").get_by_role("link")
    while drafts.count():
        drafts.first.click()
        page.get_by_role("button", name=re.compile("Approve plan v")).click()
        expect(page.get_by_role("status").first).to_be_visible()
        page.goto("/")
