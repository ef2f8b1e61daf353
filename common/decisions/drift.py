"""How far live allocations have moved from the plan, and what moved them.

    drift_score = max over channels of |manifest_budget[c] - plan_budget[c]| / plan_budget[c]

`manifest_budget[c]` is the sum of the allocations of the channel's entities. A channel with money but no plan budget is
unplanned: over any threshold, and the score is null. Pacing moves daily budgets only, so it makes no drift.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from common.decisions.facts import NOTHING_SPENT, Spent
from common.domain.change import Setting, Status
from common.domain.drift import Cause, CauseKind, ChannelDrift, Direction, Drift, Standing
from common.domain.guardrails import Guardrails
from common.domain.kpi import KpiReading
from common.domain.log_entry import EntryKind, LogEntry
from common.domain.manifest import DriftMark, Manifest
from common.domain.plan import PlanTrack

_LANDED = ("applied", "already")
_EXACT = 1e-12
"""Scores are quotients of integers: two that should be as far apart as a limit may miss it by their last digit."""


def drift_of(
    manifest: Manifest,
    piece: PlanTrack,
    guardrails: Guardrails,
    spent: Mapping[str, Spent] | None = None,
    kpis: Mapping[str, KpiReading] | None = None,
) -> Drift:
    """How far a track is from its slice of the active plan version; causes are added by `explained`. Pure.

    Args:
        spent: by entity, as far as it is known.
        kpis: by channel, since the version became active.
    """
    live = manifest.budgets()
    names = sorted({*live, *(line.channel for line in piece.channels)})
    channels = tuple(_channel(name, manifest, piece, live, spent or {}, kpis or {}) for name in names)
    unplanned = tuple(one.channel for one in channels if one.standing is Standing.UNPLANNED)
    planned = _as_kept(max((abs(one.delta) / one.plan for one in channels if one.plan), default=0.0))
    return Drift(
        track_id=manifest.track_id,
        plan_id=manifest.plan_id,
        plan_version=manifest.plan_version,
        revision=manifest.revision,
        score=None if unplanned else planned,
        planned_score=planned,
        threshold=guardrails.drift_threshold,
        over=bool(unplanned) or planned > guardrails.drift_threshold,
        direction=_direction(channels),
        unplanned=unplanned,
        channels=channels,
    )


def _as_kept(score: float) -> float:
    """With the digits that documents and events keep: it is the same after it was read back."""
    return float(f"{score:.12g}")


def _channel(
    name: str,
    manifest: Manifest,
    piece: PlanTrack,
    live: Mapping[str, int],
    spent: Mapping[str, Spent],
    kpis: Mapping[str, KpiReading],
) -> ChannelDrift:
    line, allocated = piece.line(name), live.get(name, 0)
    budget = 0 if line is None else line.budget
    entities = [one for one in manifest.entities.values() if one.channel == name]
    if budget:
        standing = Standing.PLANNED if name in live else Standing.MISSING
    else:
        standing = Standing.UNPLANNED if allocated else Standing.UNUSED
    return ChannelDrift(
        channel=name,
        standing=standing,
        in_plan=line is not None,
        paused=bool(entities) and all(one.status is not Status.ENABLED for one in entities if one.parent is None),
        plan=budget,
        live=allocated,
        delta=allocated - budget,
        percent=round(100 * (allocated - budget) / budget, 4) if budget else None,
        spent=sum(spent.get(one.entity_id, NOTHING_SPENT).visible for one in entities),
        kpi=kpis.get(name),
    )


def _direction(channels: Sequence[ChannelDrift]) -> Direction:
    total = sum(one.delta for one in channels)
    if total:
        return Direction.UP if total > 0 else Direction.DOWN
    return Direction.BETWEEN if any(one.delta for one in channels) else Direction.NONE


def explained(
    drift: Drift, began: LogEntry, entries: Iterable[LogEntry], manifest: Manifest, piece: PlanTrack
) -> Drift:
    """The same drift with the causes of each channel's delta, which add up to it exactly. Pure.

    Args:
        began: the entry with which the plan version became active, or the genesis.
        entries: those after it that moved allocations, oldest first.
    """
    of = {one.channel: one for one in drift.channels}
    amounts = _at_start(drift, began, manifest, piece)
    start = {name: (_cause(CauseKind.START, began, amount, of[name]),) for name, amount in amounts.items() if amount}
    first = drift.but(channels=tuple(one.but(causes=start.get(one.channel, ())) for one in drift.channels))
    return explained_further(drift, first, entries, manifest)


def explained_further(drift: Drift, known: Drift, entries: Iterable[LogEntry], manifest: Manifest) -> Drift:
    """A drift with its causes, of which those of an earlier one since the version became active are known. Pure.

    Args:
        known: the earlier one.
        entries: those after its last cause that moved allocations, oldest first.
    """
    of = {one.channel: one for one in drift.channels}
    causes: dict[str, list[Cause]] = {name: [] for name in of}
    for one in known.channels:
        causes[one.channel] += (cause.but(share=_share(cause.amount, of[one.channel])) for cause in one.causes)
    for entry in entries:
        kind = CauseKind.EXTERNAL_CHANGE if entry.kind is EntryKind.EXTERNAL_CHANGE else CauseKind.CHANGE_SET
        for name, amount in moved_by(entry, manifest).items():
            if amount:
                causes[name].append(_cause(kind, entry, amount, of[name]))
    return drift.but(channels=tuple(one.but(causes=tuple(causes[one.channel])) for one in drift.channels))


def last_cause(drift: Drift) -> int:
    """Sequence of the log entry of the last cause; of the genesis where there is none."""
    return max((cause.seq for one in drift.channels for cause in one.causes), default=0)


def moved_by(entry: LogEntry, manifest: Manifest) -> dict[str, int]:
    """Micros by which one log entry moved the allocations of each channel."""
    moved: dict[str, int] = {}
    for change in entry.changes if entry.revision is not None else ():
        if change.setting == Setting.ALLOCATION and change.outcome in _LANDED:
            channel = manifest.entities[change.entity_id].channel
            moved[channel] = moved.get(channel, 0) + _amount(change.after) - _amount(change.before)
    return moved


def _at_start(drift: Drift, began: LogEntry, manifest: Manifest, piece: PlanTrack) -> dict[str, int]:
    """By channel, how far it was from the plan when the version became active: by what the log says of that moment."""
    allocated = _allocated_at(began, manifest, piece)
    return {one.channel: allocated.get(one.channel, 0) - one.plan for one in drift.channels}


def _allocated_at(began: LogEntry, manifest: Manifest, piece: PlanTrack) -> dict[str, int]:
    """Activating a version puts each channel that bears money on its budget; the genesis says what there was."""
    bearing = manifest.budgets()
    if began.state is None:
        return {line.channel: line.budget for line in piece.channels if line.channel in bearing}
    found: dict[str, int] = {}
    for entity_id, values in began.state["entities"].items():
        channel = manifest.entities[entity_id].channel
        found[channel] = found.get(channel, 0) + _amount(values[Setting.ALLOCATION.value])
    return found


def _cause(kind: CauseKind, entry: LogEntry, amount: int, channel: ChannelDrift) -> Cause:
    return Cause(
        kind=kind,
        seq=entry.seq,
        at=entry.at,
        change_set_id=entry.change_set_id,
        by=entry.by,
        why=entry.why,
        amount=amount,
        share=_share(amount, channel),
    )


def _share(amount: int, channel: ChannelDrift) -> float | None:
    return round(amount / channel.delta, 6) if channel.delta else None


def _amount(value: object) -> int:
    return value if isinstance(value, int) else 0


class Moved(StrEnum):
    """What a drift is against what was drafted last."""

    UNDER = "under"
    """At most the threshold."""
    SETTLED = "settled"
    """Well under the threshold again: the next time over it is a new crossing."""
    CROSSED = "crossed"
    """Over the threshold for the first time since it was well under it."""
    MATERIAL = "material"
    """Still over it, and moved by the hysteresis since the last draft."""
    STILL = "still"
    """Still over it, about as far as when it was drafted."""


def compared(drift: Drift, mark: DriftMark | None, piece: PlanTrack, guardrails: Guardrails) -> Moved:
    """Whether a drift is a new crossing, a material move, or nothing new. Pure.

    A crossing is over the threshold after having been at most threshold - hysteresis. Unplanned money is compared by
    its share of the track's plan, since its score is null.
    """
    if not drift.over:
        low = guardrails.drift_threshold - guardrails.drift_hysteresis
        return Moved.SETTLED if drift.planned_score <= max(0.0, low) + _EXACT else Moved.UNDER
    if mark is None:
        return Moved.CROSSED
    apart = guardrails.drift_hysteresis - _EXACT
    if (mark.score is None) != (drift.score is None):
        return Moved.MATERIAL
    if drift.score is not None and mark.score is not None:
        by = abs(drift.score - mark.score)
    else:
        by = abs(drift.unplanned_money - mark.unplanned) / (piece.budget or 1)
    return Moved.MATERIAL if by >= apart and by > 0 else Moved.STILL


def marked(drift: Drift, draft_id: str, based_on: int) -> DriftMark:
    """What to remember of a drift that was drafted, on plan version `based_on`."""
    return DriftMark(
        draft_id=draft_id,
        based_on=based_on,
        told=drift.revision,
        score=drift.score,
        unplanned=drift.unplanned_money,
    )
