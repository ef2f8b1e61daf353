"""Whatever happens to a track's money: plans keep their bytes; plan, drift, changelog and live agree to the micro."""

from collections import Counter

import pytest

from common.decisions.drift import moved_by
from common.domain.canonical import canonical
from common.domain.drift import ChannelDrift, Drift
from common.domain.log_entry import chain_faults, replay
from common.domain.plan import MediaPlan
from tests.property.drift_histories import TrackHistory

HISTORIES, BLOCKS = 10_000, 4
LEAST = 0.2
"""Of the histories of each block must have reached each branch; half as many what only few ways back meet."""
BRANCHES = dict.fromkeys(
    (
        "activated",
        "approved",
        "drafted",
        "edit that moves money",
        "edited",
        "missing",
        "over",
        "partial",
        "stepped back",
        "unplanned",
        "way back",
    ),
    LEAST,
) | {"way back in part": LEAST / 2}


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_history_reconciles(block: int) -> None:
    each = HISTORIES // BLOCKS
    reached = Counter[str]()
    for seed in range(block * each, (block + 1) * each):
        try:
            reached.update(_lived(seed))
        except AssertionError as error:
            raise AssertionError(f"history {seed}: {error}") from error
    short = {name: reached[name] for name, least in BRANCHES.items() if reached[name] < least * each}
    assert not short, f"of {each} histories only so many reached: {short}"


def _lived(seed: int) -> set[str]:
    """Live through a history and hold it to every law. Returns the branches that it reached."""
    history = TrackHistory(seed)
    history.live_on(14)
    return {*_laws(history), *history.reached}


def _laws(history: TrackHistory) -> set[str]:
    """Hold a history to every law. Returns the branches that its drifts reached."""
    last = history.drift()
    for drift in (*history.seen, last):
        _causes_add_up(drift)
    _plans_keep_their_bytes(history)
    _preview_and_plan_are_live(history, last)
    _changelog_and_plan_are_live(history, last)
    _log_tells_the_manifest(history)
    return set[str]().union(*(_branches(drift) for drift in (*history.seen, last)))


def _branches(drift: Drift) -> set[str]:
    found = {one.standing.value for one in drift.channels}
    if drift.over:
        found.add("over")
    if any((cause.share or 0) < 0 for one in drift.channels for cause in one.causes):
        found.add("stepped back")
    return found


def _plans_keep_their_bytes(history: TrackHistory) -> None:
    """Each version is what was approved, and its digest says so."""
    assert canonical(history.plan.body()) == history.approved[history.plan.version]
    for version, body in history.approved.items():
        plan = MediaPlan.model_validate_json(body)
        assert (plan.version, canonical(plan.body())) == (version, body)


def _preview_and_plan_are_live(history: TrackHistory, drift: Drift) -> None:
    live = history.manifest.budgets()
    planned = {line.channel: line.budget for line in history.piece.channels}
    assert {one.channel for one in drift.channels} == live.keys() | planned.keys()
    for one in drift.channels:
        assert one.plan == planned.get(one.channel, 0)
        assert one.plan + one.delta == one.live == live.get(one.channel, 0)


def _causes_add_up(drift: Drift) -> None:
    for one in drift.channels:
        assert sum(cause.amount for cause in one.causes) == one.delta == one.live - one.plan, f"causes: {one.channel}"
        assert [cause.seq for cause in one.causes] == sorted(cause.seq for cause in one.causes)


def _changelog_and_plan_are_live(history: TrackHistory, drift: Drift) -> None:
    """vN as it became active and what landed since is every live setting; vN's budgets and what moved, live money."""
    manifest = history.manifest
    state = replay(history.log[: manifest.plan_seq + 1])["entities"]
    money = {one.channel: one.plan + _at_start(one, manifest.plan_seq) for one in drift.channels}
    for entry in history.since:
        for name, amount in moved_by(entry, manifest).items():
            money[name] += amount
        for change in entry.changes if entry.revision is not None else ():
            if change.outcome in ("applied", "already"):
                state[change.entity_id][change.setting] = change.after
    assert canonical(state) == canonical(manifest.live_state()["entities"])
    assert {name: micros for name, micros in money.items() if micros} == {
        name: micros for name, micros in manifest.budgets().items() if micros
    }


def _at_start(one: ChannelDrift, plan_seq: int) -> int:
    """What a channel had more, or less, than its budget when the version became active."""
    return sum(cause.amount for cause in one.causes if cause.seq == plan_seq)


def _log_tells_the_manifest(history: TrackHistory) -> None:
    log, manifest = history.log, history.manifest
    assert canonical(replay(log)) == canonical(manifest.live_state())
    assert all(entry.allocates or not any(moved_by(entry, manifest).values()) for entry in log[1:])
    assert chain_faults(log, manifest.log_seq, manifest.log_hash) == []
