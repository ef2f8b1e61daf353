"""What people do with drafts of plan versions: look, approve, edit, reject, ask for the next or the way back."""

import re
from html import unescape

import pytest
from werkzeug.test import TestResponse

from common.domain import paths
from common.domain.plan_draft import DraftState, PlanDraft
from common.domain.tenant import Approver, Role
from common.use_cases.configure import configure
from common.use_cases.onboard import onboard
from common.use_cases.plan_drafts import drafts_of
from common.use_cases.queries import plan_versions
from tests.functions.approval.drifting import (
    DORA,
    TWO_PLANNERS,
    drifted,
    eight_days_later,
    now,
    page_of,
    planned,
    shifted,
    with_limit,
)
from tests.functions.approval.office import ANA, BO, CY, VI, Browser, Office, field_of
from tests.world import LOOSE, PLAN, SOUTH, World, manifest, plan, tenant


@pytest.fixture
def office() -> Office:
    return Office()


def decide(browser: Browser, draft: PlanDraft, answer: str, **fields: object) -> TestResponse:
    """Open the draft's page, and answer."""
    path = page_of(draft)
    return browser.post(path, {"form": browser.form(path), "answer": answer, **fields})


def typed(browser: Browser, draft: PlanDraft, **fields: str) -> dict[str, object]:
    """What the edit form would send, with other values in some fields (`meta="4000"`, of north)."""
    page = browser.get(f"{page_of(draft)}/edit")
    values: dict[str, object] = dict(re.findall(r'name="(budget/[^"]+)" value="([^"]*)"', page.text))
    over = {name if name == "notes" else f"budget/north/{name}": value for name, value in fields.items()}
    return {"form": field_of(page), "notes": "", **values, **over}


def test_a_draft_stands_in_the_list_on_the_tenants_page_and_on_the_plans(office: Office) -> None:
    draft, browser = drifted(office), office.browser()
    for path in ("/", "/t/acme", "/t/acme/plan"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "draft of a plan waits" in page.text or page_of(draft) in page.text, path
    listed = browser.get("/").text
    assert "Plan v2: live budgets of north are up to 37.5% away from v1" in listed
    assert "Nothing waits for a decision" not in listed
    assert "37.5% off plan" in browser.get("/t/acme").text


def test_drafts_are_listed_of_the_chosen_tenant_and_not_decided_with_others(office: Office) -> None:
    drifted(office)
    page = office.browser(CY).get("/").text
    assert 'name="pick"' not in page
    assert "Drafts of plans" not in office.browser(CY).get("/?tenant=acme").text.split("<main")[0]


def test_the_page_says_what_happened_and_what_follows_from_each_answer(office: Office) -> None:
    page = office.browser(CY).get(page_of(drifted(office))).text
    for words in (
        "in north Google Search 1,500.00 EUR less and Meta 1,500.00 EUR more",
        "<strong>A yes</strong> makes this the plan, as v2.",
        "<strong>A no</strong> keeps v1, and shows the way back to it.",
        "6,000.00 EUR",
        "4,500.00 EUR",
        "all of its difference",
        "Because of budget_shift-search-social.",
        "What is live has these budgets already, so nothing else changes.",
        "Approve plan v2",
        CY,
    ):
        assert words in page, words


def test_looking_writes_nothing(office: Office) -> None:
    draft, browser = drifted(office), office.browser(CY)
    before = office.world.documents.commits
    for path in ("/", "/t/acme", "/t/acme/plan", page_of(draft), f"{page_of(draft)}/edit"):
        assert browser.get(path).status_code == 200
    assert office.world.documents.commits == before


def test_a_yes_makes_it_the_plan_and_leaves_the_old_one_as_it_was(office: Office) -> None:
    draft, old = drifted(office), paths.plan("acme", PLAN, 1)
    before = office.world.documents.body(old)
    done = decide(office.browser(CY), draft, "approve")
    assert (done.status_code, done.location) == (303, page_of(draft))
    page = office.browser(CY).get(done.location).text
    assert f"Approved by {CY}. Plan v2 is the contract since" in page
    assert office.world.manifest().plan_version == 2
    assert office.world.documents.body(old) == before
    plans = office.browser(CY).get("/t/acme/plan").text
    assert "Live budgets are those of plan v2." in plans
    assert "spring v2</strong>" in plans
    assert "spring v1</strong>" in plans


def test_a_no_needs_a_reason_and_shows_the_way_back(office: Office) -> None:
    draft, browser = drifted(office), office.browser(CY)
    without = decide(browser, draft, "reject", reason=" ")
    assert (without.status_code, 'role="alert"' in without.text) == (422, True)
    done = decide(browser, draft, "reject", reason="Not before the sale.")
    page = browser.get(done.location).text
    assert f"Rejected by {CY}: Not before the sale." in page
    assert "The way back to v1 was asked for" in page
    (back,) = re.findall(r'href="(/t/acme/approvals/[^"]+)"', page)
    answered = browser.post(back, {"form": browser.form(back), "answer": "approve"})
    assert answered.status_code in (200, 303)
    if answered.status_code == 200:
        assert (
            browser.post(back, {"form": field_of(answered), "confirmed": "yes", "answer": "approve"}).status_code == 303
        )
    assert planned(office) == {"google_search": 6000, "meta": 4000}
    assert "Live budgets are those of plan v1." in browser.get("/t/acme/plan").text


def test_an_edit_is_a_new_draft_in_the_place_of_the_old_one(office: Office) -> None:
    draft, browser = drifted(office), office.browser(CY)
    saved = browser.post(f"{page_of(draft)}/edit", typed(browser, draft, meta="5,400", notes="Reels again in June."))
    (newest, *_) = drafts_of(office.ports, "acme")
    assert (saved.status_code, saved.location) == (303, page_of(newest))
    page = browser.get(saved.location).text
    assert f"Plan v2, as {CY} edited it" in page
    assert "Reels again in June." in page
    assert "The live budgets of Meta are set to it at once." in page
    assert page_of(newest) in browser.get(page_of(draft)).text
    assert now(office, draft).state is DraftState.SUPERSEDED
    assert decide(browser, newest, "approve").status_code == 303
    assert planned(office) == {"google_search": 4500, "meta": 5400}


def test_a_field_that_nobody_touched_is_saved_to_the_micro(office: Office) -> None:
    draft, browser = drifted(office, 1500.000001), office.browser(CY)
    browser.post(f"{page_of(draft)}/edit", typed(browser, draft, notes="Only a note."))
    (newest, *_) = drafts_of(office.ports, "acme")
    assert newest.plan == draft.plan.but(notes=("Only a note.",))


def test_an_edit_with_faults_shows_all_of_them_and_writes_nothing(office: Office) -> None:
    draft, browser = drifted(office), office.browser(CY)
    fields, before = typed(browser, draft, meta="lots", google_search="99000"), office.world.documents.commits
    answer = browser.post(f"{page_of(draft)}/edit", fields)
    assert answer.status_code == 422
    for words in (
        "Nothing was saved. 2 things are to be put right",
        "Type an amount such as",
        "own cap is 7,500.00 EUR",
        'value="lots"',
        'value="99000"',
        'aria-invalid="true"',
    ):
        assert words in answer.text, words
    assert office.world.documents.commits == before


def test_less_than_is_spent_is_said_beside_its_field(office: Office) -> None:
    draft, browser = drifted(office), office.browser(CY)
    answer = browser.post(f"{page_of(draft)}/edit", typed(browser, draft, meta="50"))
    assert answer.status_code == 422
    assert "may be spent already" in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert [one.draft_id for one in drafts_of(office.ports, "acme")] == [draft.draft_id]


def test_who_may_not_decide_sees_why_and_who_can(office: Office) -> None:
    draft = drifted(office)
    for person in (ANA, BO, VI):
        page = office.browser(person).get(page_of(draft)).text
        assert f"may not decide about the plans of Acme; its planners do: {CY}." in page
        assert 'name="answer"' not in page
        assert 'name="budget/' not in office.browser(person).get(f"{page_of(draft)}/edit").text


@pytest.mark.parametrize("person", [ANA, BO, VI])
def test_a_decision_that_is_not_theirs_is_refused_even_with_a_form(office: Office, person: str) -> None:
    draft, browser = drifted(office), office.browser(person)
    edits = browser.form(f"{page_of(draft)}/edit")
    before = office.world.documents.commits
    for answer in ("approve", "reject"):
        refused = decide(browser, draft, answer, reason="No.")
        assert (refused.status_code, "Your answer changed nothing." in refused.text) == (403, True)
    cy = {**typed(office.browser(CY), draft), "form": edits}
    assert browser.post(f"{page_of(draft)}/edit", cy).status_code == 403
    assert office.world.documents.commits == before


def test_over_their_limit_a_planner_can_only_say_no() -> None:
    office = with_limit(100)
    draft = drifted(office)
    page = office.browser(CY).get(page_of(draft)).text
    assert "may decide up to 100.00 EUR" in page
    assert 'value="approve"' not in page
    assert 'value="reject"' in page


def test_what_takes_two_planners_is_confirmed_and_waits_for_the_second() -> None:
    office = Office(World.taken_on(guardrails=LOOSE.but(two_approvers_pct=10), approvers=TWO_PLANNERS))
    draft = drifted(office)
    for person, state in ((CY, DraftState.PENDING), (DORA, DraftState.APPROVED)):
        browser = office.browser(person)
        sure = decide(browser, draft, "approve")
        assert (sure.status_code, "Approve plan v2?" in sure.text) == (200, True)
        done = browser.post(page_of(draft), {"form": field_of(sure), "confirmed": "yes", "answer": "approve"})
        assert done.status_code == 303
        assert now(office, draft).state is state
        if state is DraftState.PENDING:
            page = browser.get(page_of(draft)).text
            assert "1 of 2 agreed" in page
            assert "it needs a second, different planner" in page
    assert office.world.manifest().plan_version == 2


def test_the_confirming_step_can_not_be_left_out() -> None:
    office = Office(World.taken_on(guardrails=LOOSE.but(two_approvers_pct=10), approvers=TWO_PLANNERS))
    draft, browser = drifted(office), office.browser(CY)
    fields = {"form": browser.form(page_of(draft)), "confirmed": "yes", "answer": "approve"}
    assert browser.post(page_of(draft), fields).status_code == 403
    assert now(office, draft).decisions == ()


def test_a_form_that_is_sent_twice_shows_what_the_first_did(office: Office) -> None:
    draft, browser = drifted(office), office.browser(CY)
    fields = {"form": browser.form(page_of(draft)), "answer": "approve"}
    assert browser.post(page_of(draft), fields).status_code == 303
    again = browser.post(page_of(draft), fields)
    assert (again.status_code, "was already approved by" in again.text) == (409, True)
    assert [one.version for one in plan_versions(office.ports, "acme", PLAN)] == [2, 1]


def test_what_expired_is_said_and_changes_nothing(office: Office) -> None:
    draft, browser = drifted(office), office.browser(CY)
    fields = {"form": browser.form(page_of(draft)), "answer": "approve"}
    edit = typed(browser, draft, meta="5000")
    eight_days_later(office)
    answer = browser.post(page_of(draft), fields)
    assert (answer.status_code, "Nobody decided in time." in answer.text) == (409, True)
    assert browser.post(f"{page_of(draft)}/edit", edit).status_code == 409
    assert office.world.manifest().plan_version == 1
    assert page_of(draft) not in browser.get("/").text


def test_a_newer_draft_takes_the_place_of_an_older_one(office: Office) -> None:
    old, browser = drifted(office), office.browser(CY)
    fields = {"form": browser.form(page_of(old)), "answer": "approve"}
    office.world.clock.forward(hours=1)
    new = drifted(office, 800)
    answer = browser.post(page_of(old), fields)
    assert (answer.status_code, page_of(new) in answer.text) == (409, True)
    assert office.world.manifest().plan_version == 1


def wish(browser: Browser, what: str) -> dict[str, object]:
    """What north's button for it on the plan's page would send."""
    page = browser.get("/t/acme/plan").text
    found = re.search(rf'action="/t/acme/tracks/north/{what}"><input [^>]*value="([^"]+)"', page)
    assert found is not None
    return {"form": unescape(found.group(1))}


def test_the_way_back_is_asked_for_on_the_plans_page(office: Office) -> None:
    draft, browser = drifted(office), office.browser(ANA)
    assert "Ask for the way back" not in browser.get("/t/acme/plan").text, "a draft waits"
    eight_days_later(office)
    page = browser.get("/t/acme/plan")
    assert page.text.count("Ask for the way back to v1") == 1
    assert "Ask for the way back" not in office.browser(VI).get("/t/acme/plan").text
    asked = browser.post("/t/acme/tracks/north/way-back", {"form": field_of(page)})
    assert asked.status_code == 303
    assert "Back to plan v1" in browser.get(asked.location).text
    assert asked.location in browser.get("/t/acme/plan").text
    assert planned(office) == {"google_search": 4500, "meta": 5500}, "nothing moved yet"
    assert now(office, draft).state in (DraftState.PENDING, DraftState.EXPIRED)


def test_a_way_back_to_a_version_that_is_not_active_any_more_is_not_asked_for(office: Office) -> None:
    browser = office.browser(CY)
    drifted(office)
    eight_days_later(office)
    form = wish(browser, "way-back")
    assert decide(browser, drifted(office, 400), "approve").status_code == 303
    refused = browser.post("/t/acme/tracks/north/way-back", form)
    assert (refused.status_code, "another plan version became active" in refused.text) == (409, True)


AGAIN = "Draft v2 from what is live"


def test_a_planner_has_the_next_version_drafted_again_on_the_plans_page(office: Office) -> None:
    draft, browser = drifted(office), office.browser(CY)
    assert AGAIN not in browser.get("/t/acme/plan").text, "a draft waits"
    eight_days_later(office)
    assert "you can have it drafted again there" in browser.get(page_of(draft)).text
    assert browser.get("/t/acme/plan").text.count(AGAIN) == 1, "south is on its plan"
    made = browser.post("/t/acme/tracks/north/draft", wish(browser, "draft"))
    assert (made.status_code, made.location == page_of(draft)) == (303, False)
    page = browser.get(made.location).text
    assert "Plan v2: live budgets of north are up to 37.5% away from v1" in page
    assert f"by {CY}, against" in page
    assert AGAIN not in browser.get("/t/acme/plan").text
    assert browser.get("/t/acme/plan").text.count(made.location) > 0
    assert planned(office) == {"google_search": 4500, "meta": 5500}, "nothing moved"


def test_what_was_rejected_is_drafted_again_at_once_where_a_planner_wants_it(office: Office) -> None:
    draft, browser = drifted(office), office.browser(CY)
    assert decide(browser, draft, "reject", reason="Not now.").status_code == 303
    assert browser.post("/t/acme/tracks/north/draft", wish(browser, "draft")).status_code == 303
    (newest, _) = drafts_of(office.ports, "acme")
    assert (newest.state, newest.by) == (DraftState.PENDING, CY)


def test_a_button_that_is_pressed_twice_drafts_once(office: Office) -> None:
    drifted(office)
    eight_days_later(office)
    browser = office.browser(CY)
    form = wish(browser, "draft")
    first, second = (browser.post("/t/acme/tracks/north/draft", form) for _ in range(2))
    assert (first.status_code, second.status_code, first.location) == (303, 303, second.location)


@pytest.mark.parametrize("email", [ANA, BO, VI])
def test_the_next_draft_is_for_planners(office: Office, email: str) -> None:
    draft, browser = drifted(office), office.browser(email)
    eight_days_later(office)
    assert AGAIN not in browser.get("/t/acme/plan").text
    assert "drafted again" not in browser.get(page_of(draft)).text
    assert browser.post("/t/acme/tracks/north/draft", wish(office.browser(CY), "draft")).status_code == 403
    assert len(drafts_of(office.ports, "acme")) == 1


def test_who_is_no_planner_any_more_drafts_nothing_even_with_a_form(office: Office) -> None:
    drifted(office)
    eight_days_later(office)
    browser = office.browser(CY)
    form = wish(browser, "draft")
    configure(office.ports, "acme", lambda of: of.but(approvers=(Approver(email=CY, roles=(Role.OPERATOR,)),)))
    refused = browser.post("/t/acme/tracks/north/draft", form)
    assert (refused.status_code, "Nothing was drafted: cy@example.com may not decide" in refused.text) == (403, True)
    assert len(drafts_of(office.ports, "acme")) == 1


def test_a_draft_against_a_version_that_is_not_active_any_more_is_not_made(office: Office) -> None:
    browser = office.browser(CY)
    drifted(office)
    eight_days_later(office)
    form = wish(browser, "draft")
    assert decide(browser, drifted(office, 400), "approve").status_code == 303
    refused = browser.post("/t/acme/tracks/north/draft", form)
    assert (refused.status_code, "another plan version became active" in refused.text) == (409, True)


def test_nothing_is_drafted_where_live_is_what_the_plan_says(office: Office) -> None:
    browser = office.browser(CY)
    drifted(office)
    eight_days_later(office)
    form = wish(browser, "draft")
    shifted(office, -1500)
    refused = browser.post("/t/acme/tracks/north/draft", form)
    assert (refused.status_code, "there is nothing to draft" in refused.text) == (409, True)


@pytest.mark.parametrize(
    "path",
    [
        "/t/acme/drafts/none",
        "/t/acme/drafts/none/edit",
        "/t/acme/tracks/west/way-back",
        "/t/acme/tracks/west/draft",
    ],
)
def test_what_does_not_exist_is_not_found(office: Office, path: str) -> None:
    browser = office.browser(CY)
    answer = browser.post(path, {"form": "x"}) if "/tracks/" in path else browser.get(path)
    assert answer.status_code == 404


def test_other_tenants_see_nothing_of_it(office: Office) -> None:
    zen = tenant("zen", approvers=(Approver(email="zoe@example.com", roles=(Role.PLANNER,)),))
    onboard(office.ports, zen, plan("zen"), [manifest("zen"), manifest("zen", SOUTH)])
    draft, zoe = drifted(office), office.browser("zoe@example.com")
    crossed = page_of(draft).replace("acme", "zen")
    for path in ("/t/acme/plan", page_of(draft), f"{page_of(draft)}/edit", crossed, f"{crossed}/edit"):
        assert zoe.get(path).status_code == 404, path
    assert draft.draft_id not in zoe.get("/").text
    form = office.browser(CY).form(page_of(draft))
    for path in (page_of(draft), crossed):
        assert zoe.post(path, {"form": form, "answer": "approve"}).status_code == 404
    assert now(office, draft).state is DraftState.PENDING
