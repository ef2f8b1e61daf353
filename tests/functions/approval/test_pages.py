"""What people do on the approval pages: look, approve, approve in part, reject, decide several, undo."""

import re
from collections.abc import Sequence
from html import unescape

import pytest

from common.domain.approval import Approval, ApprovalState
from common.domain.change import Setting
from common.domain.change_set import ChangeSetState, PauseIntent
from common.domain.log_entry import EntryKind
from common.domain.manifest import PauseScope
from common.domain.money import show
from common.domain.state import Freeze
from common.domain.tenant import Approver
from common.ports.documents import Replace
from common.use_cases.emergency_pause import emergency_pause
from common.use_cases.onboard import onboard
from tests.functions.approval.office import ANA, BO, CY, VI, Office, field_of, page_of
from tests.world import LOOSE, SOUTH, World, asks, auto, euros, manifest, origin, plan, tenant


@pytest.fixture
def office() -> Office:
    return Office()


def test_what_waits_is_listed_with_money_and_deadline(office: Office) -> None:
    approval = office.asked()
    page = office.browser().get("/")
    assert page.status_code == 200
    for words in (approval.summary, "1,920.00 EUR", "in 3 days", "Thu 7 May 2026, 11:00", page_of(approval)):
        assert words in page.text


def test_the_most_urgent_comes_first_then_the_most_money(office: Office) -> None:
    world = office.world
    small = office.asked(asks(world.wanted("search", Setting.DAILY_BUDGET, euros(130))))
    world.clock.forward(minutes=1)
    large = office.asked(asks(world.wanted("social", Setting.DAILY_BUDGET, euros(200))))
    page = office.browser().get("/").text
    assert page.index(large.approval_id) < page.index(small.approval_id)
    world.clock.forward(hours=71, minutes=59, seconds=30)
    page = office.browser().get("/").text
    assert small.approval_id not in page, "it has expired"


def test_an_empty_list_says_where_to_look_instead(office: Office) -> None:
    page = office.browser().get("/").text
    assert "Nothing waits for a decision." in page
    assert "/t/acme/log" in page


def test_the_page_says_what_is_asked_and_what_follows_from_each_answer(office: Office) -> None:
    page = office.browser().get(page_of(office.asked())).text
    for words in (
        "100.00 EUR",
        "140.00 EUR",
        "+40%",
        "+40.00 EUR",
        "If you approve",
        "If you reject",
        "nothing changes",
    ):
        assert words in page
    for person in (ANA, BO, CY):
        assert person in page
    assert VI not in page, "who only looks decides nothing"


def test_a_yes_is_applied_at_once_and_the_page_shows_it(office: Office) -> None:
    approval = office.asked()
    answer = office.browser().decide(approval, "approve")
    assert (answer.status_code, answer.location) == (303, page_of(approval))
    assert office.world.platforms["google"].settings["search"][Setting.DAILY_BUDGET] == euros(140)
    page = office.browser().get(answer.location).text
    assert f"Approved by {ANA}. It was applied, and read back from the platform." in page
    assert "Decide</h2>" not in page


def test_looking_changes_nothing(office: Office) -> None:
    approval = office.asked()
    head, browser = office.world.manifest().log_seq, office.browser()
    change = f"/t/acme/changes/{approval.approval_id}"
    for path in ("/", page_of(approval), "/t/acme", "/t/acme/log", "/tenants", change, f"{change}/undo"):
        assert browser.get(path).status_code == 200
    assert office.world.manifest().log_seq == head
    assert office.world.approval(approval.approval_id) == approval


def test_a_no_needs_a_reason_and_keeps_it(office: Office) -> None:
    approval = office.asked()
    without = office.browser().decide(approval, "reject", reason="  ")
    assert (without.status_code, "a rejection needs a reason" in without.text.lower()) == (422, True)
    done = office.browser().decide(approval, "reject", reason="Not before the sale.")
    assert done.status_code == 303
    assert "Not before the sale." in office.browser().get(done.location).text
    assert office.world.log()[-1].kind is EntryKind.REJECTED


def test_a_part_of_it_goes_ahead_alone(office: Office) -> None:
    world = office.world
    first = asks(world.wanted("search", Setting.DAILY_BUDGET, euros(120)))
    second = asks(world.wanted("social", Setting.DAILY_BUDGET, euros(50)))
    approval = office.asked(first, second)
    none = office.browser().decide(approval, "approve")
    assert (none.status_code, "Pick at least one part" in none.text) == (422, True)
    done = office.browser().decide(approval, "approve", proposal=first.proposal.proposal_id)
    assert done.status_code == 303
    budgets = {name: world.manifest().entities[name].daily_budget for name in ("search", "social")}
    assert budgets == {"search": euros(120), "social": euros(2500 / 60)}


def test_what_takes_two_people_is_confirmed_and_waits_for_the_second() -> None:
    office = Office(World.taken_on(guardrails=LOOSE.but(two_approvers_pct=10)))
    approval = office.asked()
    for person, state in ((ANA, ApprovalState.PENDING), (CY, ApprovalState.APPROVED)):
        browser = office.browser(person)
        sure = browser.decide(approval, "approve")
        assert (sure.status_code, "Approve this?" in sure.text) == (200, True)
        done = browser.post(page_of(approval), {"form": field_of(sure), "confirmed": "yes", "answer": "approve"})
        assert done.status_code == 303
        assert office.world.approval(approval.approval_id).state is state
        if state is ApprovalState.PENDING:
            page = browser.get(page_of(approval)).text
            assert "1 of 2 agreed" in page
            assert "it needs a second, different person" in page


def test_the_confirming_step_can_not_be_left_out() -> None:
    office = Office(World.taken_on(guardrails=LOOSE.but(two_approvers_pct=10)))
    approval, browser = office.asked(), office.browser()
    fields = {"form": browser.form(page_of(approval)), "confirmed": "yes", "answer": "approve"}
    assert browser.post(page_of(approval), fields).status_code == 403
    assert office.world.approval(approval.approval_id).decisions == ()


def test_who_may_only_look_sees_why(office: Office) -> None:
    approval = office.asked()
    page = office.browser(VI).get(page_of(approval)).text
    assert "may not decide for Acme" in page
    assert 'value="approve"' not in page
    over = office.browser(BO).get(page_of(approval)).text
    assert "may decide up to 200.00 EUR" in over
    assert 'value="reject"' in over, "a limit is for a yes"


def test_a_decision_that_is_not_theirs_is_refused_even_with_a_form(office: Office) -> None:
    approval = office.asked()
    for person in (VI, BO):
        answer = office.browser(person).decide(approval, "approve")
        assert answer.status_code == 403
        assert "Your answer changed nothing." in answer.text
    assert office.world.approval(approval.approval_id).state is ApprovalState.PENDING


def test_a_form_that_is_sent_twice_shows_what_the_first_did(office: Office) -> None:
    approval, browser = office.asked(), office.browser()
    fields = {"form": browser.form(page_of(approval)), "answer": "approve"}
    assert browser.post(page_of(approval), fields).status_code == 303
    again = browser.post(page_of(approval), fields)
    assert (again.status_code, "was already approved by" in again.text) == (409, True)
    assert "It was applied" in again.text
    assert office.world.manifest().revision == 1


def test_what_expired_is_said_and_changes_nothing(office: Office) -> None:
    approval, browser = office.asked(), office.browser()
    fields = {"form": browser.form(page_of(approval)), "answer": "approve"}
    office.world.clock.forward(hours=73)
    answer = browser.post(page_of(approval), fields)
    assert (answer.status_code, "Nobody decided in time." in answer.text) == (409, True)
    assert office.world.manifest().revision == 0


def test_what_was_superseded_leads_to_the_fresh_proposal(office: Office) -> None:
    old = office.asked()
    office.world.clock.forward(hours=1)
    new = office.asked(asks(office.world.wanted("search", Setting.DAILY_BUDGET, euros(160))))
    page = office.browser().get(page_of(old)).text
    assert "A newer proposal or plan version took its place" in page
    assert page_of(new) in page


def test_what_could_not_be_applied_any_more_says_so_before_anybody_answers(office: Office) -> None:
    approval = office.asked()
    office.world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(120))
    office.world.adopt()
    page = office.browser().get(page_of(approval)).text
    assert "As things stand this could not be applied." in page
    answer = office.browser().decide(approval, "approve")
    assert (answer.status_code, "when this was proposed and is not any more" in answer.text) == (409, True)


def test_several_are_decided_after_a_summary(office: Office) -> None:
    world, browser = office.world, office.browser()
    some = [
        office.asked(asks(world.wanted(name, Setting.DAILY_BUDGET, euros(units))))
        for name, units in (("search", 130), ("social", 50))
        if not world.clock.forward(minutes=1)
    ]
    picks = [f"acme/{one.approval_id}" for one in some]
    summary = browser.post("/bulk", {"form": browser.form("/"), "pick": picks, "answer": "approve"})
    assert (summary.status_code, "Approve 2 requests?" in summary.text) == (200, True)
    assert world.manifest().revision == 0, "a summary decides nothing"
    done = browser.post("/bulk/decide", {"form": field_of(summary)})
    assert "2 of 2 decided" in done.text
    assert {world.approval(one.approval_id).state for one in some} == {ApprovalState.APPROVED}
    again = browser.post("/bulk/decide", {"form": field_of(summary)})
    assert "0 of 2 decided" in again.text
    assert again.text.count("was already approved") == 2


def test_a_summary_leaves_out_what_needs_a_look_of_its_own(office: Office) -> None:
    approval = office.asked()
    browser = office.browser(BO)
    summary = browser.post(
        "/bulk", {"form": browser.form("/"), "pick": [f"acme/{approval.approval_id}"], "answer": "approve"}
    )
    assert "Approve 0 requests?" in summary.text
    assert "may decide up to 200.00 EUR" in summary.text


def test_several_are_rejected_with_one_reason(office: Office) -> None:
    approval, browser = office.asked(), office.browser()
    summary = browser.post(
        "/bulk", {"form": browser.form("/"), "pick": [f"acme/{approval.approval_id}"], "answer": "reject"}
    )
    assert browser.post("/bulk/decide", {"form": field_of(summary), "reason": ""}).status_code == 422
    assert "1 of 1 decided" in browser.post("/bulk/decide", {"form": field_of(summary), "reason": "No."}).text


def test_a_tenants_page_shows_its_tracks_and_safeguards() -> None:
    office = Office(World.taken_on(degraded_attribution=True))
    since = office.world.clock.now()
    frozen = Freeze(code="ga4_diverges", since=since, channel="meta", measured=1.83, limit=25)
    asked = Freeze(code="ga4_up_crm_down", since=since, measured=31.2, limit=-22.4, person=True)
    freezes = [frozen.body(), asked.body()]
    office.world.rewrite(office.world.track().state, lambda body: {**body, "freezes": freezes})
    page = unescape(office.browser().get("/t/acme").text)
    for held in (
        "Increases of Meta are frozen since Mon 4 May 2026, 11:00: its platform counts 1.8 times what is usual for it",
        "Increases of all channels wait for a person since Mon 4 May 2026, 11:00: GA4's conversions a day changed by",
    ):
        assert held in page
    assert "Connect GA4 for full optimization" in page
    for words in ("north", "south", "search", "6,000.00 EUR", "Plan v1"):
        assert words in page


def test_the_log_tells_what_was_done_by_whom(office: Office) -> None:
    done = office.world.apply(auto(office.world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    page = office.browser().get("/t/acme/log?track=north").text
    assert "Applied by Trimtab" in page
    assert done.change_set_id in page
    assert "Applied by Trimtab" not in office.browser().get("/t/acme/log?track=south").text


def test_a_change_is_undone_after_a_look_at_what_that_would_do(office: Office) -> None:
    done = office.world.apply(auto(office.world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    path, browser = f"/t/acme/changes/{done.change_set_id}", office.browser()
    assert f"{path}/undo" in browser.get(path).text
    look = browser.get(f"{path}/undo")
    assert "it is applied at once" in look.text
    undone = browser.post(f"{path}/undo", {"form": field_of(look)})
    assert undone.status_code == 303
    assert office.world.manifest().entities["search"].daily_budget == euros(100)
    assert "It was applied" in browser.get(undone.location).text
    again = browser.post(f"{path}/undo", {"form": field_of(look)})
    assert (again.status_code, "nothing to undo" in again.text) == (409, True)


def test_an_undo_over_a_guardrail_becomes_a_request() -> None:
    office = Office(World.taken_on(guardrails=LOOSE.but(cooldown_hours=6)))
    done = office.world.apply(auto(office.world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    path, browser = f"/t/acme/changes/{done.change_set_id}/undo", office.browser()
    asked = browser.post(path, {"form": browser.form(path)})
    assert "/approvals/" in asked.location
    assert office.world.change_set(asked.location.rsplit("/", 1)[1]).state is ChangeSetState.PENDING


def test_names_from_outside_stay_text_and_can_not_hide_what_they_say() -> None:
    world = World.taken_on()
    manifest = world.manifest()
    nasty = "<script>alert(1)</script>\u202eecirp"
    renamed = manifest.but(entities={**manifest.entities, "search": manifest.entities["search"].but(name=nasty)})
    world.documents.commit(Replace(world.track().manifest, renamed.body(), world.loaded().manifest.version))
    office = Office(world)
    page = office.browser().get(page_of(office.asked())).text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;[U+202E]ecirp" in page


def two_parts(office: Office) -> tuple[Approval, Sequence[str]]:
    """A request in two parts of which the first is much larger, and the names of both."""
    world = office.world
    parts = [
        asks(world.wanted(name, Setting.DAILY_BUDGET, euros(units)))
        for name, units in (("search", 290), ("social", 45))
    ]
    return office.asked(*parts), [one.proposal.proposal_id for one in parts]


def test_who_chose_a_part_confirms_that_parts_money_and_sentence() -> None:
    office = Office(World.taken_on(guardrails=LOOSE.but(two_approvers_pct=10, daily_budget_step_pct=400)))
    approval, (large, small) = two_parts(office)
    whole = office.browser().decide(approval, "approve", proposal=[large, small])
    assert "Approve this?" in whole.text
    assert show(approval.money, "EUR") in whole.text
    sure = office.browser().decide(approval, "approve", proposal=small)
    assert "It moves <strong>160.00 EUR</strong> over the flight" in sure.text
    assert "Because of spend_increase-social." in sure.text
    assert "This is 1 of its 2 parts; the rest is left out." in sure.text
    assert "spend_increase-search" not in sure.text.replace(f'value="{large}"', "")
    assert show(approval.money, "EUR") not in sure.text


def test_the_second_of_two_finds_what_the_first_chose_and_can_not_be_led_past_it() -> None:
    office = Office(World.taken_on(guardrails=LOOSE.but(two_approvers_pct=10, daily_budget_step_pct=400)))
    approval, (large, small) = two_parts(office)
    for person in (ANA, CY):
        browser = office.browser(person)
        if person == CY:
            shown = browser.get(page_of(approval)).text
            assert f'value="{small}" checked' in shown
            assert f'value="{large}" checked' not in shown
        sure = browser.decide(approval, "approve", proposal=small)
        done = browser.post(
            page_of(approval), {"form": field_of(sure), "confirmed": "yes", "answer": "approve", "proposal": small}
        )
        assert done.status_code == 303
    assert office.world.live("social", Setting.DAILY_BUDGET) == euros(45)


def test_after_a_part_was_approved_the_page_tells_what_became_of_each() -> None:
    office = Office(World.taken_on(guardrails=LOOSE.but(two_approvers_pct=100)))
    approval, (_, small) = two_parts(office)
    browser = office.browser()
    browser.decide(approval, "approve", proposal=small)
    page = browser.get(page_of(approval)).text
    assert f"Approved in part by {ANA}. It was applied, and read back from the platform." in page
    assert page.count("Approved. It was applied, and read back") == 1
    assert page.count("Left out. Nothing of it was done.") == 1
    (child,) = re.findall(r"/changes/([^\"]+)\">See the change", page)
    assert child != approval.approval_id
    assert "Applied by ana@example.com" in page, "the history is that of both"
    change = browser.get(f"/t/acme/changes/{child}").text
    assert page_of(approval) in change
    assert f"/t/acme/changes/{child}/undo" in change
    whole = browser.get(f"/t/acme/changes/{approval.approval_id}").text
    assert f'<a href="/t/acme/changes/{child}">that part went ahead by itself</a>' in whole


def test_what_did_not_land_of_a_part_is_said_by_name() -> None:
    office = Office(World.taken_on(guardrails=LOOSE.but(two_approvers_pct=100)))
    approval, (_, small) = two_parts(office)
    office.world.platforms["meta"].rejects.add("social")
    office.browser().decide(approval, "approve", proposal=small)
    page = office.browser().get(page_of(approval)).text
    assert "It could not be applied; the reasons are below." in page
    assert "social, daily budget: failed (rejected)" in page


def test_where_the_guardrails_bar_one_part_the_other_can_still_be_approved() -> None:
    office = Office(World.taken_on(guardrails=LOOSE.but(protected_geos=("north shore",), two_approvers_pct=100)))
    world = office.world
    barred = asks(world.wanted("search", Setting.EXCLUDED_GEOS, ("north shore",)))
    fine = asks(world.wanted("social", Setting.DAILY_BUDGET, euros(45)))
    approval, browser = office.asked(barred, fine), office.browser()
    page = browser.get(page_of(approval)).text
    assert "As things stand this could not be applied as a whole." in page
    assert f'value="{fine.proposal.proposal_id}" checked' in page
    assert f'value="{barred.proposal.proposal_id}"' not in page
    assert browser.decide(approval, "approve", proposal=fine.proposal.proposal_id).status_code == 303
    assert world.live("social", Setting.DAILY_BUDGET) == euros(45)


def test_what_moved_since_is_marked_in_the_list_and_left_out_of_a_summary(office: Office) -> None:
    approval, browser = office.asked(), office.browser()
    assert "Out of date" not in browser.get("/").text
    office.world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(120))
    office.world.adopt()
    listed = browser.get("/").text
    assert "Out of date: the plan or a setting moved since, so it can only be rejected." in listed
    page = browser.get(page_of(approval)).text
    assert ('value="approve"' in page, 'value="reject"' in page) == (False, True)
    picks = {"form": browser.form("/"), "pick": f"acme/{approval.approval_id}"}
    assert "nobody can approve it any more" in browser.post("/bulk", {**picks, "answer": "approve"}).text
    assert "Reject 1 request?" in browser.post("/bulk", {**picks, "answer": "reject"}).text


def test_a_tenant_that_is_unknown_is_said_so_in_the_same_words_as_one_that_is_not_theirs() -> None:
    office = Office()
    approval = office.asked()
    onboard(
        office.ports,
        tenant("zen", approvers=(Approver(email=BO),)),
        plan("zen"),
        [manifest("zen"), manifest("zen", SOUTH)],
    )
    pages = {name: office.browser().get(f"/?tenant={name}").text for name in ("typo", "zen")}
    for name, page in pages.items():
        assert f"You see no tenant {name}. This is what waits at those that you see." in page
        assert approval.summary in page
    tokens = re.compile(r'name="form" value="[^"]+"')
    bare = {tokens.sub("", page.replace(name, "")) for name, page in pages.items()}
    assert len(bare) == 1, "the pages differ in nothing else"
    assert "You see no tenant" not in office.browser(BO).get("/?tenant=zen").text


def test_a_track_that_is_unknown_is_said_so(office: Office) -> None:
    page = office.browser().get("/t/acme/log?track=west").text
    assert "There is no track west. This is the log of all." in page
    assert "Taken on under plan v1." in page


def test_a_tenants_page_counts_what_its_list_shows(office: Office) -> None:
    office.asked()
    assert "1 request waits for a decision" in office.browser().get("/t/acme").text
    office.world.clock.forward(hours=73)
    assert "0 requests wait for a decision" in office.browser().get("/t/acme").text


def test_a_pause_is_told_by_the_name_of_what_it_stops(office: Office) -> None:
    world = office.world
    manifest = world.manifest()
    named = {**manifest.entities, "retarget": manifest.entities["retarget"].but(name="Retargeting · 30 days")}
    world.rewrite(world.track().manifest, lambda _: manifest.but(entities=named).body())
    pause = PauseIntent(scope=PauseScope.ENTITY, target="retarget", reason="spend_anomaly")
    emergency_pause(world.ports(), world.track(), pause, origin("anomaly_pause"), "It ran away.", "pauser")
    page = office.browser().get("/t/acme").text
    assert "Retargeting · 30 days is paused since Mon 4 May 2026, 11:00: spend anomaly." in page
    assert "Google Search" in page
    assert "google_search" not in page


def test_what_the_evidence_is_called_reads_as_words(office: Office) -> None:
    asked = asks(office.world.wanted("search", Setting.DAILY_BUDGET, euros(140)), evidence={"ctr_pct": 0.21})
    page = office.browser().get(page_of(office.asked(asked))).text
    assert "<dt>CTR in %</dt><dd>0.21</dd>" in page


def test_a_change_shows_the_numbers_that_it_rests_on_and_what_is_expected_of_it(office: Office) -> None:
    evidence = {
        "conversions_30d": 41,
        "ga4_conversions": 41.0,
        "platform_conversions": 63.5,
        "expected_effect": 3.21,
        "effect_low": -0.4,
        "effect_high": 12.04,
        "effect_unit": "<b>conversions a day",
    }
    change = office.world.wanted("search", Setting.DAILY_BUDGET, euros(101))
    done = office.world.apply(auto(change, evidence=evidence))
    page = office.browser().get(f"/t/acme/changes/{done.change_set_id}").text
    assert "<dt>Conversions 30d</dt><dd>41</dd>" in page
    assert re.search(r"<th scope=\"row\">Conversions</th>\s*<td>41</td><td>63.5</td><td>\u2013</td>", page)
    assert "+3.21 &lt;b&gt;conversions a day, between -0.40 and +12.0" in page
    assert "Effect low" not in page


def test_a_change_that_rests_on_no_numbers_says_nothing_of_them(office: Office) -> None:
    done = office.world.apply(auto(office.world.wanted("search", Setting.DAILY_BUDGET, euros(101))))
    assert "What it rests on" not in office.browser().get(f"/t/acme/changes/{done.change_set_id}").text
