"""A played flight whose money is moved away from its plan: drafted, decided by its people, found by the daily sweep."""

from dataclasses import replace
from typing import Any

import pytest

from common.domain.approval import Approval
from common.domain.plan_draft import DraftState, PlanDraft
from common.use_cases.plan_drafts import drafts_of
from common.use_cases.queries import state_of
from common.use_cases.report import reports_of
from sandbox.answering import Person
from sandbox.play import Player
from tests.fakes.objects import MemoryObjects
from tests.unit.sandbox.played_week import TENANT, Week, agree, begun, calm_week


def shifted_week() -> dict[str, Any]:
    """Early on the first day the agency asks to move 300 EUR from search to video, which has 700."""
    shift = {"kind": "budget_shift", "track_id": "brand", "channel": "search", "to": "video", "amount": 300}
    return calm_week(events=[{**shift, "at": "2026-06-01T02:00"}])


def played(person: Person, hours: int = 6) -> Week:
    """So many hours of it."""
    week = begun(shifted_week(), person)
    for _ in range(hours):
        week.player.hour()
    return week


def brand(week: Week) -> tuple[int, dict[str, int]]:
    """The plan version that is active on the track, and its live budgets in euros."""
    manifest = next(one for one in week.manifests() if one.track_id == "brand")
    return manifest.plan_version, {name: micros // 1_000_000 for name, micros in manifest.budgets().items()}


PLANNED = {"search": 2800, "shopping": 1400, "video": 700, "social": 1400}
MOVED = {**PLANNED, "search": 2500, "video": 1000}


def test_people_who_agree_make_it_the_plan() -> None:
    week = played(agree)
    assert brand(week) == (2, MOVED)
    assert (week.player.played.approvals, week.player.played.drafts) == (1, 1)
    (draft,) = drafts_of(week.ports, TENANT)
    assert (draft.state, draft.by) == (DraftState.APPROVED, "trimtab")


def test_people_who_say_no_to_the_draft_and_yes_to_the_way_back_are_on_the_plan_again() -> None:
    def keeps_to_the_plan(asking: Approval | PlanDraft) -> bool | str:
        return "We keep to the plan." if isinstance(asking, PlanDraft) else True

    week = played(keeps_to_the_plan)
    assert brand(week) == (1, PLANNED)
    (draft,) = drafts_of(week.ports, TENANT)
    assert draft.state is DraftState.REJECTED
    assert any(entry.why.endswith("We keep to the plan.") for entry in week.log())


def test_nobody_decides_and_the_draft_ends_with_its_time() -> None:
    def only_requests(asking: Approval | PlanDraft) -> bool | None:
        return None if isinstance(asking, PlanDraft) else True

    week = played(only_requests, hours=3)
    (draft,) = drafts_of(week.ports, TENANT)
    assert draft.state is DraftState.PENDING
    while week.ports.clock.now() <= draft.expires_at:
        week.player.hour()
    assert [one.state for one in drafts_of(week.ports, TENANT)] == [DraftState.EXPIRED]
    assert brand(week) == (1, MOVED)


def test_each_track_is_swept_once_a_day_at_its_tenants_hour() -> None:
    week = begun(calm_week())
    calendar, swept = week.player.world.market.hours.calendar, list[str]()
    for _ in range(48):
        before = {track: state_of(week.ports, track) for track in week.tracks}
        at = calendar.local(week.ports.clock.now())
        week.player.hour()
        for track in week.tracks:
            old, new = before[track], state_of(week.ports, track)
            assert new is not None
            if new.windows.get("drift") != (old and old.windows.get("drift")):
                swept.append(f"{at:%d %H} {track.track_id}")
    assert swept == [f"{day} 04 {track}" for day in ("01", "02") for track in ("brand", "local")]


@pytest.mark.parametrize("reports", [True, False])
def test_reports_are_made_as_they_fall_due_where_they_are_wanted(reports: bool) -> None:
    week = begun(calm_week())
    ports = replace(week.ports, objects=MemoryObjects())
    player = Player(ports, week.player.world, agree, reports=reports)
    for _ in range(34):
        player.hour()
    days = [f"{one.day}" for one in reports_of(ports, TENANT)]
    assert days == (["2026-06-02", "2026-06-01"] if reports else [])
