"""What people are told at once, once a day, or not at all."""

from datetime import UTC, datetime

import pytest

from common.decisions.notices import Importance, importance, said, title
from common.domain.drift import Direction, Drift
from common.domain.event import Event, EventData, EventType
from common.domain.log_entry import LoggedChange

AT_ONCE = {
    EventType.PENDING_APPROVAL: "Approval wanted",
    EventType.FAILED: "Could not be applied",
    EventType.REVISE_RECOMMENDED: "New plan version recommended",
    EventType.SAFEGUARD_ENTERED: "Increases frozen",
    EventType.ATTRIBUTION_DEGRADED: "Connect GA4 for full optimization",
}
ONCE_A_DAY = {
    EventType.APPLIED: "Changed",
    EventType.REJECTED: "Rejected",
    EventType.EXPIRED: "Nobody decided in time",
    EventType.PREEMPTED: "Cut short by a pause",
    EventType.EXTERNAL_CHANGE: "Changed by hand",
    EventType.PLAN_ACTIVATED: "New plan version",
    EventType.SAFEGUARD_LEFT: "Increases allowed again",
    EventType.ATTRIBUTION_RESTORED: "GA4 is connected again",
}
NEVER = {EventType.SUPERSEDED: "Replaced by a newer proposal"}


def event(kind: EventType, *, emergency: bool = False) -> Event:
    """One of this kind."""
    return Event(
        id="acme:north-000000000007",
        source="//trimtab/tenants/acme/tracks/north",
        type=kind,
        time=datetime(2026, 5, 4, 9, tzinfo=UTC),
        subject="acme/north",
        data=EventData(
            tenant_id="acme",
            track_id="north",
            revision=3,
            seq=7,
            plan_version=1,
            change_set_id="cs-1",
            by="trimtab",
            why="Because.",
            changes=(),
            emergency=emergency,
        ),
    )


@pytest.mark.parametrize(
    ("kind", "worth", "words"),
    [(kind, Importance.URGENT, words) for kind, words in AT_ONCE.items()]
    + [(kind, Importance.DIGEST, words) for kind, words in ONCE_A_DAY.items()]
    + [(kind, Importance.SILENT, words) for kind, words in NEVER.items()],
)
def test_what_an_event_is_worth(kind: EventType, worth: Importance, words: str) -> None:
    assert (importance(event(kind)), title(event(kind))) == (worth, words)


def test_a_request_in_the_place_of_one_that_people_know_can_wait_for_the_digest() -> None:
    asked = event(EventType.PENDING_APPROVAL)
    assert importance(asked.but(data=asked.data.but(repeats=True))) is Importance.DIGEST


def test_every_type_of_event_has_its_worth() -> None:
    assert {*AT_ONCE, *ONCE_A_DAY, *NEVER} == set(EventType)


@pytest.mark.parametrize("kind", [EventType.APPLIED, EventType.FAILED])
def test_money_that_was_stopped_is_told_at_once(kind: EventType) -> None:
    stopped = event(kind, emergency=True)
    assert (importance(stopped), title(stopped)) == (Importance.URGENT, "Emergency pause")


@pytest.mark.parametrize(
    ("kind", "outcome", "code", "runs"),
    [
        (EventType.APPLIED, "failed", "platform_unavailable", True),
        (EventType.APPLIED, "failed", "not_taken", True),
        (EventType.APPLIED, "failed", "entity_missing", False),
        (EventType.APPLIED, "failed", "external_change", False),
        (EventType.APPLIED, "already", None, False),
        (EventType.PREEMPTED, "skipped", "not_sent", False),
    ],
)
def test_nobody_is_told_that_something_was_paused_which_runs_on(
    kind: EventType, outcome: str, code: str | None, runs: bool
) -> None:
    stops = {"setting": "status", "before": "enabled", "after": "paused"}
    changes = (
        LoggedChange(entity_id="search", **stops),
        LoggedChange(entity_id="social", **stops, outcome=outcome, code=code),
    )
    found = event(kind, emergency=True)
    pause = found.but(data=found.data.but(changes=changes))
    assert title(pause) == ("Emergency pause incomplete" if runs else "Emergency pause")
    assert ("Still running: social." in said(pause)) is runs
    assert "search" not in said(pause)


@pytest.mark.parametrize(
    ("kind", "worth", "words"),
    [
        (EventType.REVISE_RECOMMENDED, Importance.URGENT, "New plan version drafted"),
        (EventType.REJECTED, Importance.DIGEST, "Plan draft rejected"),
        (EventType.EXPIRED, Importance.DIGEST, "Nobody decided on the plan draft in time"),
        (EventType.SUPERSEDED, Importance.SILENT, "Plan draft replaced by a newer one"),
        (EventType.PLAN_ACTIVATED, Importance.DIGEST, "New plan version"),
    ],
)
def test_what_happens_to_a_draft_is_called_so(kind: EventType, worth: Importance, words: str) -> None:
    found = event(kind)
    about = found.but(data=found.data.but(draft_id="spring-v2-000001", change_set_id=None))
    assert (importance(about), title(about)) == (worth, words)


def test_drift_is_told_when_it_crosses_the_threshold_and_not_after_every_change_while_it_is_there() -> None:
    drift = Drift(
        track_id="north",
        plan_id="spring",
        plan_version=1,
        revision=3,
        score=0.2,
        planned_score=0.2,
        threshold=0.15,
        over=True,
        direction=Direction.BETWEEN,
        channels=(),
    )
    found = event(EventType.REVISE_RECOMMENDED)
    still = found.but(data=found.data.but(cause="drift", drift=drift, draft_id="spring-v2-000001"))
    crossed = still.but(data=still.data.but(drafted=True))
    assert (importance(still), importance(crossed)) == (Importance.SILENT, Importance.URGENT)
