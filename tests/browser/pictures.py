"""Take the pictures that the docs show, and note what they show: `python -m tests.browser.pictures FOLDER`."""

import json
import sys
from collections.abc import Mapping
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

from playwright.sync_api import Browser, Page

from common.use_cases.plan_drafts import drafts_waiting
from common.web.pages import STATIC
from tests.browser.chromium import chromium
from tests.browser.conftest import WIDTHS
from tests.browser.showcase import served, showcase
from tests.functions.approval.office import CY, Office
from tests.reported import busy_client

SHOWN = "shown.json"
"""Beside the pictures: a digest of the text of each page and of the style sheet, as they were when these were taken."""

REPORT = "report"
"""A client's report: a file, which no server shows. Its picture is of how it begins."""


class Words(HTMLParser):
    """The text of a page, and what its pictures and fields say."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        self.found += data.split()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """How long a bar is, and which boxes are ticked."""
        self.found += [f"{name}={value}" for name, value in attrs if name in ("width", "checked", "aria-label")]


def paths(office: Office) -> Mapping[str, str]:
    """The pages that are shown, by the name of their picture."""
    waiting = {one.summary[:4]: f"/t/acme/approvals/{one.approval_id}" for one in office.waiting()}
    change = next(one.change_set_id for one in office.world.log() if one.kind.value == "applied")
    (draft,) = drafts_waiting(office.ports, "acme")
    return {
        "list": "/",
        "request": waiting["Rais"],
        "two-parts": waiting["Move"],
        "lift-a-pause": waiting["Turn"],
        "tenant": "/t/acme",
        "undo": f"/t/acme/changes/{change}/undo",
        "plan": "/t/acme/plan",
        "draft": f"/t/acme/drafts/{draft.draft_id}",
        "edit-a-draft": f"/t/acme/drafts/{draft.draft_id}/edit",
    }


def shown(office: Office) -> Mapping[str, str]:
    """What the pages show now."""
    browser = office.browser(CY)
    pages = {name: _digest(_text(browser.get(path).text)) for name, path in paths(office).items()}
    report = _digest(_text(busy_client().page()))
    return {**pages, REPORT: report, "trimtab.css": _digest((STATIC / "trimtab.css").read_text())}


def _text(page: str) -> str:
    words = Words()
    words.feed(page)
    return " ".join(words.found)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def take(page: Page, folder: Path, name: str) -> None:
    """The whole page as a PNG."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)


def take_report(browser: Browser, folder: Path) -> None:
    """How a report begins, at each width."""
    for size, width in WIDTHS.items():
        page = browser.new_page(viewport={"width": width, "height": 1500})
        page.set_content(busy_client().page())
        page.screenshot(path=folder / f"{REPORT}-{size}.png")
        page.close()


def main(folder: Path) -> None:
    """Each page at each width, dark once, and a report."""
    folder.mkdir(parents=True, exist_ok=True)
    office = showcase()
    (folder / SHOWN).write_text(json.dumps(shown(office), indent=2) + "\n")
    with served(office) as address, chromium() as browser:
        for size, width in WIDTHS.items():
            context = browser.new_context(viewport={"width": width, "height": 800}, base_url=address)
            page = context.new_page()
            page.goto("/")
            page.get_by_label("Person").select_option(CY)
            page.get_by_role("button", name="Sign in").click()
            for name, path in paths(office).items():
                page.goto(path)
                take(page, folder, f"{name}-{size}")
            page.emulate_media(color_scheme="dark")
            page.goto(paths(office)["request"])
            take(page, folder, f"request-dark-{size}")
            context.close()
        take_report(browser, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
