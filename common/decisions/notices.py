"""What an event is worth: told at once, in the daily digest, or not at all."""

from enum import StrEnum

from common.domain.event import Event, EventType
from common.domain.log_entry import still_running


class Importance(StrEnum):
    """How soon somebody should know."""

    URGENT = "urgent"
    """A person is needed, or money was stopped."""
    DIGEST = "digest"
    SILENT = "silent"


_TITLES = {
    EventType.APPLIED: "Changed",
    EventType.PENDING_APPROVAL: "Approval wanted",
    EventType.REJECTED: "Rejected",
    EventType.EXPIRED: "Nobody decided in time",
    EventType.FAILED: "Could not be applied",
    EventType.SUPERSEDED: "Replaced by a newer proposal",
    EventType.PREEMPTED: "Cut short by a pause",
    EventType.EXTERNAL_CHANGE: "Changed by hand",
    EventType.PLAN_ACTIVATED: "New plan version",
    EventType.REVISE_RECOMMENDED: "New plan version recommended",
    EventType.SAFEGUARD_ENTERED: "Increases frozen",
    EventType.SAFEGUARD_LEFT: "Increases allowed again",
    EventType.ATTRIBUTION_DEGRADED: "Connect GA4 for full optimization",
    EventType.ATTRIBUTION_RESTORED: "GA4 is connected again",
}

_DRAFT_TITLES = {
    EventType.REVISE_RECOMMENDED: "New plan version drafted",
    EventType.REJECTED: "Plan draft rejected",
    EventType.EXPIRED: "Nobody decided on the plan draft in time",
    EventType.SUPERSEDED: "Plan draft replaced by a newer one",
}
"""Of events about a draft of the next plan version."""

_URGENT = frozenset(
    {
        EventType.PENDING_APPROVAL,
        EventType.FAILED,
        EventType.REVISE_RECOMMENDED,
        EventType.SAFEGUARD_ENTERED,
        EventType.ATTRIBUTION_DEGRADED,
    }
)
_SILENT = frozenset({EventType.SUPERSEDED})


def importance(event: Event) -> Importance:
    """How soon somebody should know of it.

    A request that takes the place of one that people know is no news; nor is a pause that once more was not taken.
    Drift over the threshold is told when it is drafted; that it is still there after each change is for programs only.
    """
    if event.data.repeats:
        return Importance.DIGEST
    if event.type is EventType.REVISE_RECOMMENDED and event.data.drift is not None and not event.data.drafted:
        return Importance.SILENT
    if event.type in _URGENT or event.data.emergency:
        return Importance.URGENT
    return Importance.SILENT if event.type in _SILENT else Importance.DIGEST


def title(event: Event) -> str:
    """What kind of thing happened."""
    if event.data.emergency:
        return "Emergency pause incomplete" if _running(event) else "Emergency pause"
    titles = _TITLES if event.data.draft_id is None else {**_TITLES, **_DRAFT_TITLES}
    return titles[event.type]


def said(event: Event) -> str:
    """What happened, and why; of a pause also what runs on in spite of it."""
    running = _running(event)
    if not running:
        return event.data.why
    others = f"Still running: {', '.join(running)}. It could not be paused; that is tried again every few minutes."
    return f"{event.data.why} {others} If it can't wait, pause it on its platform."


def _running(event: Event) -> tuple[str, ...]:
    """What a pause was to stop and did not. Of one that was cut short, the pause that did so tells."""
    is_over = event.data.emergency and event.type is not EventType.PREEMPTED
    return still_running(event.data.changes) if is_over else ()
