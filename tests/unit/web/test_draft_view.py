"""A draft on its page: what happened, what a yes and a no do, and who may say which."""

from dataclasses import replace
from datetime import timedelta

import pytest

from common.domain.approval import Decision
from common.domain.drift import Drift
from common.domain.plan import Period
from common.domain.plan_draft import DraftState, PlanDraft
from common.domain.tenant import Approver, Role
from common.web.draft_view import DraftMatter, DraftView, draft_summary, draft_view
from tests.unit.web.drafted import draft, drifted, live
from tests.world import FLIGHT, NOW, SOUTH, euros, plan, tenant

CY, ANA, VI = (f"{name}@example.com" for name in ("cy", "ana", "vi"))


def matter(of: PlanDraft | None = None, drift: Drift | None = None) -> DraftMatter:
    """A draft that waits, an hour later."""
    return DraftMatter(tenant(), of or draft(), plan(), NOW + timedelta(hours=1), {SOUTH: drift or drifted()})


def shown(of: PlanDraft | None = None, email: str = CY, drift: Drift | None = None) -> DraftView:
    """The page of it."""
    return draft_view(matter(of, drift), email)


def test_the_top_says_what_happened() -> None:
    view = shown()
    assert view.summary == "Plan v2: live budgets of south are up to 37.5% away from v1"
    assert view.happened == (
        "What is live is not what plan v1 says: in south Google Search 750.00 EUR less and Meta 750.00 EUR more."
    )


def test_a_yes_to_what_is_live_changes_nothing_else() -> None:
    assert shown().if_yes == (
        "Plan v2 is the contract from then on; v1 is kept as it is. "
        "What is live has these budgets already, so nothing else changes."
    )


def test_a_yes_to_something_else_than_is_live_says_what_moves() -> None:
    assert shown(drift=drifted(live(2500, 2500))).if_yes.endswith(
        "The live budgets of Google Search and Meta are set to it at once."
    )


def test_a_no_shows_the_way_back_where_live_is_away() -> None:
    assert "a request to bring live budgets back to v1; nothing moves before somebody approves" in shown().if_no
    assert "What is live is on it." in shown(drift=drifted(live(3000, 2000))).if_no


def test_each_line_has_old_new_and_live() -> None:
    (track,) = shown(drift=drifted(live(2250, 2800))).tracks
    search, social = track.lines
    assert (search.old, search.new, search.delta, search.as_live) == (
        "3,000.00 EUR",
        "2,250.00 EUR",
        "-750.00 EUR",
        True,
    )
    assert (social.new, social.live, social.as_live) == ("2,750.00 EUR", "2,800.00 EUR", False)


def test_whatever_else_differs_is_shown_too() -> None:
    terms = draft().plan
    search, social = terms.slice(SOUTH).channels
    later = FLIGHT.but(end=FLIGHT.end + timedelta(days=1))
    halves = (
        Period(start=later.start, end=later.start, budget=euros(750)),
        Period(start=later.start + timedelta(days=1), end=later.end, budget=euros(2000)),
    )
    piece = terms.slice(SOUTH).but(channels=(search, social.but(max_budget=euros(3000), periods=halves)))
    view = shown(draft(plan=terms.but(tracks=(terms.tracks[0], piece), flight=later, master_cap=euros(17_000))))
    assert view.others == [
        "The flight is 2026-04-20 to 2026-06-21; it was 2026-04-20 to 2026-06-20.",
        "The cap of all tracks together is 17,000.00 EUR; it was 16,500.00 EUR.",
        "Google Search in south: its own cap is 2,812.50 EUR; it was 3,750.00 EUR.",
        "Meta in south: its own cap is 3,000.00 EUR; it was none.",
        "Meta in south: 2026-04-20 to 2026-04-20 has 750.00 EUR.",
        "Meta in south: 2026-04-21 to 2026-06-21 has 2,000.00 EUR.",
    ]


def test_only_planners_may_answer_and_the_page_names_them() -> None:
    for email, may in ((CY, True), (ANA, False), (VI, False)):
        view = shown(email=email)
        assert (view.may_approve, view.may_answer) == (may, may)
        assert [one.email for one in view.people] == [CY]
    assert "may not decide about the plans of Acme" in shown(email=ANA).cannot


def test_over_their_limit_a_planner_may_still_say_no_and_edit() -> None:
    poor = tenant(approvers=(Approver(email=CY, roles=(Role.PLANNER,), limit=euros(100)),))
    view = draft_view(replace(matter(), tenant=poor), CY)
    assert (view.may_approve, view.may_answer) == (False, True)


def test_where_two_must_agree_the_first_yes_does_nothing_yet() -> None:
    assert shown(draft(people_needed=2)).if_yes.startswith("Nothing happens yet")
    dora = Approver(email="dora@example.com", roles=(Role.PLANNER,))
    both = tenant(approvers=(*tenant().approvers, dora))
    once = draft(people_needed=2, decisions=(Decision(by=dora.email, at=NOW, approve=True),))
    view = draft_view(replace(matter(once), tenant=both), CY)
    assert (view.agreed, view.if_yes.startswith("Plan v2 is the contract")) == ([dora.email], True)


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (DraftState.APPROVED, f"Approved by {CY}. Plan v2 is the contract since Mon 4 May 2026, 11:00."),
        (DraftState.REJECTED, f"Rejected by {CY}: Not before the sale."),
        (DraftState.SUPERSEDED, "A newer draft or plan version took its place. Nothing was changed by this one."),
        (DraftState.EXPIRED, "Nobody decided in time. Plan v1 stayed."),
    ],
)
def test_what_became_of_it_is_said_and_nobody_is_offered_to_answer(state: DraftState, verdict: str) -> None:
    said = Decision(by=CY, at=NOW, approve=state is DraftState.APPROVED, reason="Not before the sale.")
    view = shown(draft(state=state, decisions=(said,)))
    assert (view.verdict, view.open, view.may_approve, view.may_answer) == (verdict, False, False, False)


def test_planners_may_have_it_drafted_again_where_it_ended_without_a_yes() -> None:
    no = Decision(by=CY, at=NOW, approve=False, reason="Not before the sale.")
    found = {state: shown(draft(state=state, decisions=(no,))).again for state in DraftState}
    assert {state for state, again in found.items() if again} == {DraftState.REJECTED, DraftState.EXPIRED}
    assert not shown(draft(state=DraftState.EXPIRED), email=ANA).again


def test_a_draft_that_a_planner_asked_for_is_of_live_like_any_other() -> None:
    assert draft_summary(draft(by=CY)) == draft_summary(draft())
    assert shown(draft(by=CY)).happened == shown().happened
    assert shown(draft(by=CY)).by == CY


def test_an_edited_draft_is_told_from_one_of_live() -> None:
    edited = draft(by=ANA, edits="draft-0")
    assert draft_summary(edited) == f"Plan v2, as {ANA} edited it"
    assert shown(edited).happened.startswith(f"This version, which {ANA} wrote, is not what plan v1 says:")


def test_money_without_a_budget_is_said_in_the_summary() -> None:
    outside = draft(drift={SOUTH: drifted(live(3000, 1500, tiktok=500))})
    assert draft_summary(outside) == "Plan v2: south has money live that v1 has no budget for"
