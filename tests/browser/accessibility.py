# pyright: basic
"""What axe-core finds wrong with a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(page: Page) -> str:
    """A report of every violation of WCAG and of axe-core's best practices; empty where there is none."""
    found = Axe().run(page)
    return found.generate_report() if found.violations_count else ""
