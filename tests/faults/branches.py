"""Which guarded branches a schedule reached, by its history: one in which nothing happens proves nothing."""

from collections.abc import Iterator

from tests.faults.history import (
    Body,
    CallEnded,
    Collided,
    Committed,
    Ended,
    History,
    Landed,
    Noted,
    Record,
    Written,
)

GUARDED = (
    "activation",
    "conflict",
    "crash",
    "draft approved",
    "drafted",
    "expiry",
    "external change",
    "partial",
    "preemption",
    "queue",
    "read-back after preemption",
    "stall",
    "takeover",
    "time-out after apply",
)
"""Branches that at least a fifth of all schedules must reach."""


def reached(history: History) -> set[str]:
    """The names of the branches."""
    found: set[str] = set()
    landed: set[int | None] = set()
    silent: set[int] = set()
    for record in history.records:
        found.update(_of(record))
        if isinstance(record, Landed):
            landed.add(record.call)
            if record.call in silent:
                found.add("late landing")
        elif isinstance(record, CallEnded) and not record.answered:
            silent.add(record.call)
            if record.call in landed:
                found.add("time-out after apply")
    return found


def _of(record: Record) -> Iterator[str]:
    match record:
        case Committed():
            for one in record.documents:
                if one.after is not None:
                    yield from _written(one, one.after)
        case Collided():
            yield "conflict"
        case Noted():
            yield record.what.partition(" ")[0]
        case Ended() if "changed hands" in record.detail:
            yield "zombie turned away"
        case _:
            return


def _written(one: Written, after: Body) -> Iterator[str]:
    if "/manifests/" in one.path and one.before is not None:
        yield from _manifest(one.before, after)
    elif "/change_sets/" in one.path:
        yield from _change_set(one.before, after)
    elif "/approvals/" in one.path:
        if len(after["decisions"]) > 1:
            yield "second person"
    elif "/plan_drafts/" in one.path:
        yield "drafted" if one.before is None else f"draft {after['state']}"
    elif "/optimization_log/" in one.path:
        if after["kind"] == "external_change":
            yield "external change"
    elif "/envelopes/" in one.path and one.before is not None:
        held = len(after["held"]) - len(one.before["held"])
        if held:
            yield "headroom taken" if held > 0 else "headroom settled"


def _manifest(before: Body, after: Body) -> Iterator[str]:
    old, new = before["in_flight"], after["in_flight"]
    if old and new and old["change_set_id"] == new["change_set_id"] and old["holder"] != new["holder"]:
        yield "takeover"
    if len(after["queue"]) > len(before["queue"]):
        yield "queue"
    if len(after["unsettled"]) < len(before["unsettled"]):
        yield "read-back after preemption"
    if after["plan_version"] > before["plan_version"]:
        yield "activation"
    if len(after["pauses"]) < len(before["pauses"]):
        yield "resumed"


def _change_set(before: Body | None, after: Body) -> Iterator[str]:
    state: str = after["state"]
    yield {"preempted": "preemption", "partially_applied": "partial", "expired": "expiry"}.get(state, state)
    if before is None and after["parent"]:
        yield "part approved"
    if before is not None and before["state"] == "approved" and state == "failed":
        yield "given up in the queue"
    for result in after["results"]:
        if result["code"]:
            yield f"result {result['code']}"
    for reason in after["reasons"]:
        if state == "blocked":
            yield f"blocked {reason['code']}"
