"""A report in a real browser: a file that needs nothing else, on a phone, on a desktop, and printed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.accessibility import violations
from tests.browser.conftest import WIDTHS
from tests.reported import busy_client, client


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with something in every part."""
    found = tmp_path_factory.mktemp("report") / "report.html"
    found.write_text(busy_client(degraded_attribution=True, ga4_property=None).page())
    return found


@pytest.fixture(params=WIDTHS)
def report(request: pytest.FixtureRequest, browser: Browser, file: Path) -> Iterator[Page]:
    """The report, opened from a folder; nothing else may be asked for, and nothing may be wrong with it."""
    context = browser.new_context(viewport={"width": WIDTHS[request.param], "height": 900})
    page, asked, complaints = context.new_page(), list[str](), list[str]()
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda line: complaints.append(line.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    yield page
    context.close()
    assert asked == [file.as_uri()]
    assert complaints == []


def test_it_fits_its_window(report: Page) -> None:
    assert report.evaluate("document.documentElement.scrollWidth <= innerWidth")
    beyond = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
    assert report.evaluate(f"{beyond}.map(e => e.outerHTML.slice(0, 80))") == []


def test_axe_finds_nothing(report: Page) -> None:
    assert violations(report) == ""
    report.get_by_text("earlier days").first.click()
    assert violations(report) == ""


def test_each_chart_is_shown_once_and_says_what_it_shows(report: Page) -> None:
    charts = report.get_by_role("img", name="Spend of")
    assert charts.count() == 2
    assert "with 90% probability between" in (charts.first.get_attribute("aria-label") or "")
    smallest = "svg => Math.min(...[...svg.querySelectorAll('text')].map(t => t.getBoundingClientRect().height))"
    assert charts.first.evaluate(smallest) > 10


def test_the_parts_come_in_order(report: Page) -> None:
    headings = report.locator("#track-1").get_by_role("heading", level=3).all_inner_texts()
    assert [one.split(" plan")[0] for one in headings] == [
        "Result against target",
        "Spend over the flight",
        "Budget by channel",
        "Drift from",
        "What waits for you",
        "Safeguards in force",
        "Changes since",
        "Changed by hand on the platforms",
    ]
    assert report.get_by_text("Connect GA4 for full optimization.").is_visible()


def test_it_prints_with_each_track_on_a_page_of_its_own(browser: Browser, file: Path, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('.track')).breakBefore") == "page"
    assert page.evaluate("getComputedStyle(document.querySelector('.chart .wide')).display") == "block"
    pdf = page.pdf(prefer_css_page_size=True)
    page.close()
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page\n") >= 3
    assert b"/MediaBox [0 0 594" in pdf or b"/MediaBox [0 0 595" in pdf


def test_a_report_of_the_first_day_fits_too(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "first.html"
    file.write_text(client(name="A" * 120).page())
    page = browser.new_page(viewport={"width": WIDTHS["phone"], "height": 900})
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == ""
    page.close()
