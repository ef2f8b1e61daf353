"""What people do, in a real browser, on a phone and at a desk: by hand, and with the keyboard alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from common.domain.change import Setting, Status
from common.use_cases.plan_drafts import drafts_waiting
from tests.browser.accessibility import violations
from tests.functions.approval.office import Office
from tests.world import euros

RAISE, PARTS, LIFT, DRAFT = "Raise the daily budget", "Move 300.00 EUR", "Turn Retargeting", "Plan v2: live budgets"


def sign_in(page: Page, email: str = "ana@example.com", path: str = "/") -> None:
    """Open a page, and say who it is."""
    page.goto(path)
    page.get_by_label("Person").select_option(email)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()  # the page that was asked for has come


def open_request(page: Page, words: str) -> None:
    """From the list to one request."""
    page.get_by_role("link", name=words).first.click()


def test_the_list_opens_on_the_most_urgent(page: Page) -> None:
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for a decision")
    expect(page.locator(".card h2").first).to_contain_text(LIFT)
    expect(page.locator(".card h2")).to_have_count(3)
    expect(page.locator(".card h3")).to_contain_text(DRAFT)


def test_a_request_is_approved(page: Page, office: Office) -> None:
    sign_in(page)
    open_request(page, RAISE)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status").first).to_contain_text("Approved by ana@example.com. It was applied")
    assert office.world.live("search", Setting.DAILY_BUDGET) == euros(120)
    page.go_back()
    page.reload()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def test_a_request_is_rejected_with_a_reason(page: Page, office: Office) -> None:
    sign_in(page)
    open_request(page, RAISE)
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("alert")).to_contain_text("A rejection needs a reason")
    page.get_by_label("Reason, if you reject it").fill("Not before the sale.")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("status").first).to_contain_text("Rejected by ana@example.com: Not before the sale.")
    assert office.world.live("search", Setting.DAILY_BUDGET) == euros(92)


def test_a_part_is_approved(page: Page, office: Office) -> None:
    sign_in(page)
    open_request(page, PARTS)
    page.get_by_role("checkbox", name="Move 300.00 EUR").uncheck()
    page.get_by_role("button", name="Approve").click()
    told = page.get_by_role("status").first
    expect(told).to_contain_text("Approved in part by ana@example.com. It was applied, and read back")
    expect(page.locator(".part", has_text="Turn off Carousel").locator(".became")).to_contain_text("Approved. It was")
    expect(page.locator(".part", has_text="Move 300.00 EUR").locator(".became")).to_contain_text("Left out.")
    assert office.world.live("ad-2", Setting.STATUS) == Status.PAUSED
    assert office.world.manifest().entities["retarget"].allocation == euros(1500)
    page.get_by_role("link", name="See the change, or undo it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Turn off Carousel")
    page.get_by_role("link", name="See what undoing it would do").click()
    expect(page.get_by_role("button", name="Undo it")).to_be_visible()


def test_of_what_moved_since_nobody_is_offered_to_approve_it(page: Page, office: Office) -> None:
    office.world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(99))
    office.world.adopt()
    sign_in(page)
    expect(page.locator(".card", has_text=RAISE).get_by_text("Out of date")).to_be_visible()
    expect(page.locator(".outdated")).to_have_count(1)
    open_request(page, RAISE)
    expect(page.get_by_text("As things stand this could not be applied.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(page.get_by_role("button", name="Reject")).to_be_visible()


def test_the_bar_that_decides_about_several_hides_no_request(page: Page) -> None:
    """It stands below the list; once something is picked it follows along, and still leaves the last one to be read."""
    sign_in(page)
    bar, cards = page.locator(".bulk"), page.locator("form .card")
    assert _top(bar) >= _bottom(cards.last)
    page.get_by_label(f"Pick: {RAISE}").check()
    expect(bar).to_be_in_viewport(ratio=1)
    assert bar.evaluate("bar => bar.getBoundingClientRect().height") < 100
    cards.last.scroll_into_view_if_needed()
    page.evaluate("window.scrollBy(0, 200)")
    assert _top(bar) >= _bottom(cards.last)


def _top(of: Locator) -> float:
    return of.evaluate("one => one.getBoundingClientRect().top")


def _bottom(of: Locator) -> float:
    return of.evaluate("one => one.getBoundingClientRect().bottom")


def test_a_tenant_that_is_not_there_is_said_so_and_what_waits_is_shown(page: Page) -> None:
    sign_in(page, path="/?tenant=typo")
    expect(page.get_by_role("status")).to_contain_text("You see no tenant typo.")
    expect(page.locator(".card h2")).to_have_count(3)


def test_lifting_a_pause_takes_an_operator_and_a_second_look(page: Page, office: Office) -> None:
    sign_in(page, "cy@example.com")
    open_request(page, LIFT)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Approve this?")
    page.get_by_role("button", name="Yes, approve it").click()
    expect(page.get_by_role("status").first).to_contain_text("It was applied")
    assert office.world.live("retarget", Setting.STATUS) == Status.ENABLED


def test_who_may_not_decide_reads_why(page: Page) -> None:
    sign_in(page)
    open_request(page, LIFT)
    expect(page.get_by_text("an operator must approve it")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def test_several_are_decided_after_a_summary(page: Page, office: Office) -> None:
    sign_in(page)
    for words in (RAISE, PARTS):
        page.get_by_label(f"Pick: {words}").check()
    page.get_by_role("button", name="Approve picked").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Approve 2 requests?")
    page.get_by_role("button", name="Yes, approve these 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 of 2 decided")
    assert office.world.live("search", Setting.DAILY_BUDGET) == euros(120)


def test_a_change_is_found_in_the_log_and_undone(page: Page, office: Office) -> None:
    sign_in(page)
    page.get_by_role("link", name="Tenants").click()
    page.get_by_role("link", name="Alpenglow Shoes").click()
    page.get_by_role("link", name="Everything that was done").click()
    page.get_by_label("Track").select_option("north")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Search · running shoes: 92.00 EUR a day").last.click()
    page.get_by_role("link", name="See what undoing it would do").click()
    expect(page.get_by_text("it is applied at once")).to_be_visible()
    page.get_by_role("button", name="Undo it").click()
    expect(page.get_by_text("It was applied, and read back")).to_be_visible()
    assert office.world.live("search", Setting.DAILY_BUDGET) == euros(100)


def test_a_session_that_ended_leads_back_to_the_request(page: Page, office: Office) -> None:
    sign_in(page)
    open_request(page, RAISE)
    path = page.url
    page.get_by_label("Reason, if you reject it").fill("Not before the sale.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Reject").click()
    expect(page.locator("blockquote")).to_have_text("Not before the sale.")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(path)


def test_what_expired_while_it_was_read_is_said(page: Page, office: Office) -> None:
    sign_in(page)
    open_request(page, RAISE)
    office.world.clock.forward(hours=80)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Nobody decided in time")).to_be_visible()
    assert office.world.clock.now() - timedelta(hours=80) > office.world.log()[0].at


def test_signing_out(page: Page) -> None:
    sign_in(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def reach(page: Page, reached: Callable[[], bool]) -> None:
    """Press Tab until the focus is where it should be."""
    for _ in range(60):
        if reached():
            return
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard can't get there")


def focus_says(page: Page, words: str) -> bool:
    return words in page.evaluate("document.activeElement.textContent || ''")


def test_the_keyboard_is_enough(page: Page, office: Office) -> None:
    page.goto("/")
    reach(page, lambda: page.evaluate("document.activeElement.id") == "email")
    page.keyboard.type("ana")
    reach(page, lambda: focus_says(page, "Sign in"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for a decision")
    page.keyboard.press("Tab")
    assert focus_says(page, "Skip to the content")
    page.keyboard.press("Enter")
    reach(page, lambda: page.evaluate("document.activeElement.tagName") == "A" and focus_says(page, RAISE))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(RAISE)
    reach(page, lambda: page.evaluate("document.activeElement.value") == "approve")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("It was applied")
    assert office.world.live("search", Setting.DAILY_BUDGET) == euros(120)


def _paths(office: Office) -> dict[str, str]:
    waiting = {one.summary[:4]: one for one in office.waiting()}
    change = next(entry.change_set_id for entry in office.world.log() if entry.kind.value == "applied")
    (draft,) = drafts_waiting(office.ports, "acme")
    return {
        "list": "/",
        "one part": f"/t/acme/approvals/{waiting['Rais'].approval_id}",
        "two parts": f"/t/acme/approvals/{waiting['Move'].approval_id}",
        "lifting a pause": f"/t/acme/approvals/{waiting['Turn'].approval_id}",
        "tenants": "/tenants",
        "tenant": "/t/acme",
        "log": "/t/acme/log",
        "change": f"/t/acme/changes/{change}",
        "undo": f"/t/acme/changes/{change}/undo",
        "plan": "/t/acme/plan",
        "draft": f"/t/acme/drafts/{draft.draft_id}",
        "draft's form": f"/t/acme/drafts/{draft.draft_id}/edit",
        "reports": "/t/acme/reports",
        "nothing": "/nowhere",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(page: Page, office: Office, scheme: str) -> None:
    """No violation that axe-core finds, WCAG's and its best practices; and nothing to scroll sideways."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto("/sign-in")
    found = {"sign in": violations(page)}
    sign_in(page)
    for name, path in _paths(office).items():
        page.goto(path)
        found[name] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    page.goto("/")
    page.get_by_label(f"Pick: {RAISE}").check()
    page.get_by_role("button", name="Approve picked").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Approve 1 request?")
    found["summary"] = violations(page)
    assert {name: report for name, report in found.items() if report} == {}


def test_nothing_is_asked_of_any_other_machine_and_no_script_is_needed(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page, asked = context.new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    sign_in(page)
    open_request(page, RAISE)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status").first).to_contain_text("It was applied")
    context.close()
    assert all(url.startswith(address) for url in asked)
