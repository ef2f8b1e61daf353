"""Several rules' findings put together into one review."""

from datetime import date, timedelta

import pytest

from common.decisions.review.evidence import Evidence, Found
from common.decisions.review.statistical import review, together
from common.domain.calendar import Flight
from common.domain.change import OptimizationType, Reason, Setting, Status
from common.domain.track_days import TrackDays
from tests.unit.decisions.review.moves import changed, facts, shift
from tests.world import change, manifest, proposal

DAY = timedelta(days=1)


def test_the_first_to_write_a_setting_writes_it_and_the_other_says_who_did() -> None:
    of = manifest()
    first, second = shift(of, "search", "social"), shift(of, "social", "retarget")
    found = together((Found((first,)), Found((second,))), facts(of))
    assert found.proposals == (first,)
    (reason,) = [one for one in found.reasons if one.code == "outranked"]
    assert (reason.entity_id, reason.measured, reason.limit) == ("social", "allocation", first.proposal_id)


def test_different_settings_of_one_entity_go_together() -> None:
    of = manifest()
    ads = proposal(OptimizationType.CREATIVE, change(of, "ad-1", Setting.STATUS, Status.PAUSED.value))
    found = together((Found((shift(of, "search", "social"),)), Found((ads,))), facts(of))
    assert len(found.proposals) == 2


@pytest.mark.parametrize(("hours_ago", "waits"), [(1, True), (23, True), (23.6, False), (24, False), (30, False)])
def test_what_was_changed_too_short_a_time_ago_has_its_turn_another_day(hours_ago: float, waits: bool) -> None:
    """In the same minute of the next day it has: what a run takes until its change lands is not waited for."""
    of = changed(manifest(), "social", Setting.ALLOCATION, hours_ago)
    found = together((Found((shift(of, "search", "social"),)),), facts(of))
    assert (found.proposals == ()) is waits
    assert ("review_cooldown_hours" in {one.code for one in found.reasons}) is waits


def test_an_entity_that_no_rule_had_anything_to_say_of_has_a_reason_all_the_same() -> None:
    of = manifest()
    said = Found((shift(of, "search", "social"),), (Reason(code="best_as_it_is", entity_id="retarget"),))
    found = together((said,), facts(of))
    assert {one.entity_id: one.code for one in found.reasons} == {
        "retarget": "best_as_it_is",
        "ad-1": "nothing_to_improve",
        "ad-2": "nothing_to_improve",
    }


def test_the_same_reason_is_given_once() -> None:
    reason = Reason(code="best_as_it_is", entity_id="search")
    found = together((Found((), (reason,)), Found((), (reason,))), facts())
    assert found.reasons.count(reason) == 1


@pytest.mark.parametrize(
    ("flight", "code"),
    [
        (Flight(start=date(2026, 5, 5), end=date(2026, 6, 1)), "not_begun"),
        (Flight(start=date(2026, 4, 1), end=date(2026, 5, 3)), "flight_over"),
    ],
)
def test_outside_the_flight_nothing_is_reviewed(flight: Flight, code: str) -> None:
    looked = facts(flight=flight)
    found = review(Evidence(looked, TrackDays(flight.start, looked.today - DAY, "ga4")))
    assert found.proposals == ()
    assert {one.entity_id: one.code for one in found.reasons} == dict.fromkeys(looked.manifest.entities, code)


def test_a_track_of_which_nothing_is_recorded_is_left_as_it_is() -> None:
    looked = facts()
    found = review(Evidence(looked, TrackDays(looked.plan.flight.start, looked.today - DAY, "ga4")))
    assert found.proposals == ()
    assert {one.entity_id for one in found.reasons} >= set(looked.manifest.entities)
