"""Take the pictures that the docs show: `python -m tests.browser.pictures FOLDER`."""

import sys
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.chromium import chromium
from tests.browser.conftest import WIDTHS
from tests.browser.showcase import served, showcase


def take(page: Page, folder: Path, name: str) -> None:
    """The whole page as a PNG."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)


def main(folder: Path) -> None:
    """Each page at each width, dark on the phone once."""
    folder.mkdir(parents=True, exist_ok=True)
    office = showcase()
    waiting = {one.summary[:4]: f"/t/acme/approvals/{one.approval_id}" for one in office.waiting()}
    change = next(one.change_set_id for one in office.world.log() if one.kind.value == "applied")
    shown = {
        "list": "/",
        "request": waiting["Rais"],
        "two-parts": waiting["Move"],
        "lift-a-pause": waiting["Turn"],
        "tenant": "/t/acme",
        "undo": f"/t/acme/changes/{change}/undo",
    }
    with served(office) as address, chromium() as browser:
        for size, width in WIDTHS.items():
            context = browser.new_context(viewport={"width": width, "height": 800}, base_url=address)
            page = context.new_page()
            page.goto("/")
            page.get_by_label("Person").select_option("ana@example.com")
            page.get_by_role("button", name="Sign in").click()
            for name, path in shown.items():
                page.goto(path)
                take(page, folder, f"{name}-{size}")
            page.emulate_media(color_scheme="dark")
            page.goto(shown["request"])
            take(page, folder, f"request-dark-{size}")
            context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
