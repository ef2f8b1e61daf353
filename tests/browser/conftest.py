"""A real browser, and an office of its own for each test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import chromium
from tests.browser.showcase import served, showcase
from tests.functions.approval.office import Office

WIDTHS = {"phone": 390, "desktop": 1280}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with chromium() as found:
        yield found


@pytest.fixture
def office() -> Office:
    """A shop with things waiting."""
    return showcase()


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """Where the office answers."""
    with served(office) as found:
        yield found


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """A page on a phone and on a desktop; whatever the browser complains about fails the test."""
    context = browser.new_context(viewport={"width": WIDTHS[request.param], "height": 900}, base_url=address)
    context.set_default_timeout(15_000)
    complaints: list[str] = []
    found = context.new_page()
    found.on("pageerror", lambda error: complaints.append(str(error)))
    found.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
    yield found
    context.close()
    assert complaints == []
