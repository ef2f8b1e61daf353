"""The page of a tenant's plans: versions, drafts, and who is offered the way back or the next draft."""

from dataclasses import replace
from datetime import timedelta

import pytest

from common.decisions.drift import drift_of
from common.domain.approval import Decision
from common.domain.guardrails import Guardrails
from common.domain.plan_draft import DraftState
from common.web.plan_view import PlanMatter, draft_rows, plan_view
from tests.unit.web.drafted import MOVED, draft, drifted
from tests.world import NORTH, NOW, SOUTH, manifest, plan, tenant

ANA, CY, VI = "ana@example.com", "cy@example.com", "vi@example.com"


def matter(**changes: object) -> PlanMatter:
    """North on its plan, south away from it, and no draft."""
    north = drift_of(manifest(), plan().slice(NORTH), Guardrails())
    return replace(PlanMatter(tenant(), [north, drifted()], [plan()], [], {}, NOW), **changes)


def test_the_newest_version_is_active_whichever_each_track_was_rebased_on() -> None:
    versions = plan_view(matter(versions=[plan(version=2, budgets=MOVED), plan()]), CY).versions
    assert [(one.version, one.active) for one in versions] == [(2, True), (1, False)]
    assert versions[0].whole_digest.startswith(versions[0].digest)


def test_the_way_back_is_offered_where_live_is_away_and_nobody_is_asked_yet() -> None:
    assert [one.may_ask for one in plan_view(matter(), CY).tracks] == [False, True]
    assert [one.may_ask for one in plan_view(matter(), VI).tracks] == [False, False]
    waits = plan_view(matter(drafts=[draft()]), CY).tracks[1]
    assert (waits.may_ask, waits.draft_id) == (False, "draft-1")
    asked = plan_view(matter(ways_back={SOUTH: "request"}), CY).tracks[1]
    assert (asked.may_ask, asked.way_back) == (False, "request")


def test_planners_are_offered_the_next_draft_where_live_is_away_and_none_waits() -> None:
    assert [one.may_draft for one in plan_view(matter(), CY).tracks] == [False, True]
    assert [one.may_draft for one in plan_view(matter(), ANA).tracks] == [False, False]
    assert not plan_view(matter(drafts=[draft()]), CY).tracks[1].may_draft
    assert plan_view(matter(ways_back={SOUTH: "request"}), CY).tracks[1].may_draft, "a planner may change their mind"


def test_the_next_draft_follows_the_active_version_whichever_the_track_was_rebased_on() -> None:
    tracks = plan_view(matter(versions=[plan(version=2, budgets=MOVED), plan()]), CY).tracks
    assert [one.next_version for one in tracks] == [3, 3]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (DraftState.APPROVED, "approved"),
        (DraftState.REJECTED, "rejected"),
        (DraftState.EXPIRED, "expired: nobody decided in time"),
        (DraftState.SUPERSEDED, "replaced by something newer"),
    ],
)
def test_drafts_that_ended_say_how(state: DraftState, said: str) -> None:
    by = Decision(by=CY, at=NOW, approve=True)
    view = plan_view(matter(drafts=[draft(state=state, decisions=(by,))]), CY)
    assert view.waiting == []
    assert [(one.state, one.who) for one in view.ended] == [(said, CY)]


def test_a_draft_whose_time_is_over_is_none_that_waits() -> None:
    view = plan_view(matter(drafts=[draft()], now=NOW + timedelta(days=4)), CY)
    assert (view.waiting, view.ended[0].state) == ([], "expired: nobody decided in time")


def test_drafts_that_wait_come_by_when_they_expire() -> None:
    late = draft(draft_id="late", expires_at=NOW + timedelta(days=6))
    rows = draft_rows([(tenant(), late), (tenant(), draft(people_needed=2))], VI, NOW)
    assert [(one.draft_id, one.people) for one in rows] == [("draft-1", "0 of 2 agreed"), ("late", "")]
    assert all("its planners do" in one.not_yours for one in rows)
