"""From drift to a plan, in a real browser: approved, edited first, or rejected and brought back."""

from dataclasses import replace

from playwright.sync_api import Page, expect

from common.use_cases.plan_drafts import drafts_of
from common.use_cases.report import make_report
from tests.browser.accessibility import violations
from tests.browser.test_flows import DRAFT, focus_says, reach, sign_in
from tests.functions.approval.office import CY, VI, Office
from tests.world import SOUTH, euros


def open_draft(page: Page) -> None:
    """From the list to the draft."""
    sign_in(page, CY)
    page.get_by_role("link", name=DRAFT).click()


def allocated(office: Office) -> dict[str, int]:
    """What is live in south."""
    return office.world.manifest(SOUTH).budgets()


def test_a_draft_is_approved_and_becomes_the_plan(page: Page, office: Office) -> None:
    open_draft(page)
    expect(page.locator(".lead")).to_contain_text("A yes makes this the plan, as v2. A no keeps v1")
    page.get_by_role("button", name="Approve plan v2").click()
    expect(page.get_by_role("status").first).to_contain_text(f"Approved by {CY}. Plan v2 is the contract since")
    page.get_by_role("link", name="The plan, and what is live now").click()
    expect(page.locator("section.track").last).to_contain_text("Live budgets are those of plan v2.")
    expect(page.get_by_role("region", name="Versions of the plan")).to_contain_text("spring v2")
    assert office.world.manifest(SOUTH).plan_version == 2
    assert allocated(office) == {"google_search": euros(2250), "meta": euros(2750)}


def test_the_keyboard_is_enough(page: Page, office: Office) -> None:
    sign_in(page, CY)
    reach(page, lambda: page.evaluate("document.activeElement.tagName") == "A" and focus_says(page, DRAFT))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(DRAFT)
    reach(page, lambda: page.evaluate("document.activeElement.tagName") == "A" and focus_says(page, "Edit it first"))
    page.keyboard.press("Shift+Tab")
    assert focus_says(page, "Approve plan v2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Plan v2 is the contract since")
    assert office.world.manifest(SOUTH).plan_version == 2


def test_a_draft_is_edited_and_the_new_one_approved(page: Page, office: Office) -> None:
    open_draft(page)
    page.get_by_role("link", name="Edit it first").click()
    south = page.get_by_role("group", name="south")
    south.get_by_label("Meta").fill("lots")
    south.get_by_label("Google Search").fill("9000")
    page.get_by_role("button", name="Save as a new draft").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved. 2 things are to be put right")
    assert violations(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.locator(":focus")).to_have_value("9000")
    south.get_by_label("Google Search").fill("2,250")
    south.get_by_label("Meta").fill("2600")
    page.get_by_label("Notes").fill("Reels again in June.")
    page.get_by_role("button", name="Save as a new draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Plan v2, as {CY} edited it")
    expect(page.get_by_text("Reels again in June.")).to_be_visible()
    assert violations(page) == ""
    page.get_by_role("button", name="Approve plan v2").click()
    expect(page.get_by_role("status").first).to_contain_text("Plan v2 is the contract since")
    assert allocated(office) == {"google_search": euros(2250), "meta": euros(2600)}
    assert [one.state.value for one in drafts_of(office.ports, "acme")] == ["approved", "superseded"]


def test_a_draft_is_rejected_and_the_way_back_approved(page: Page, office: Office) -> None:
    open_draft(page)
    page.get_by_role("button", name="Reject, and see the way back").click()
    expect(page.get_by_role("alert")).to_contain_text("A rejection needs a reason")
    page.get_by_label("Reason, if you reject it").fill("Hiking season begins.")
    page.get_by_role("button", name="Reject, and see the way back").click()
    told = page.get_by_role("status").first
    expect(told).to_contain_text(f"Rejected by {CY}: Hiking season begins.")
    assert violations(page) == ""
    told.get_by_role("link", name="Back to plan v1").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status").first).to_contain_text("It was applied")
    assert allocated(office) == {"google_search": euros(3000), "meta": euros(2000)}


def test_who_may_not_decide_reads_who_can(page: Page) -> None:
    sign_in(page, VI)
    page.get_by_role("link", name=DRAFT).click()
    expect(page.get_by_text("may not decide about the plans")).to_be_visible()
    expect(page.locator(".people")).to_contain_text(CY)
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def test_the_way_back_is_found_from_the_tenants_page(page: Page, office: Office) -> None:
    (draft,) = drafts_of(office.ports, "acme")
    sign_in(page, CY, "/t/acme")
    expect(page.locator("section.track").last).to_contain_text("37.5% off plan")
    page.get_by_role("link", name="Plan, and what is live").click()
    page.get_by_role("link", name="See the draft that waits").click()
    expect(page).to_have_url(f"{page.url.split('/t/')[0]}/t/acme/drafts/{draft.draft_id}")


def test_a_report_is_read_and_leads_to_what_waits(page: Page, office: Office, address: str) -> None:
    """It is served so that it can do nothing, and is a page like any other all the same."""
    index = make_report(replace(office.ports, pages_url=address), "acme")
    sign_in(page, CY, "/t/acme")
    page.get_by_role("link", name="Reports").click()
    page.get_by_role("listitem").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Alpenglow Shoes")
    assert page.url.endswith(index.report_id)
    expect(page.locator("main")).not_to_have_css("max-width", "none")
    page.get_by_role("link", name="Plan v2, drafted from what is live").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(DRAFT)
