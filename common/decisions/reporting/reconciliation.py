"""Does a report add up? The plan's budgets and the moves of its changelog give what is live, to the micro."""

from collections.abc import Iterable, Mapping

from common.domain.manifest import Manifest
from common.domain.plan import PlanTrack
from common.domain.report import ChangelogDay, Reconciliation


def live_from(plan: Mapping[str, int], days: Iterable[ChangelogDay]) -> dict[str, int]:
    """The live allocations by channel, in micros, from a plan version's budgets and the changelog since."""
    live = dict(plan)
    for channel, amount in moved_in(days).items():
        live[channel] = live.get(channel, 0) + amount
    return live


def moved_in(days: Iterable[ChangelogDay]) -> dict[str, int]:
    """By channel, how far its allocations moved in all lines together."""
    moved: dict[str, int] = {}
    for line in (line for day in days for line in day.lines):
        for channel, amount in line.moved.items():
            moved[channel] = moved.get(channel, 0) + amount
    return moved


def reconciled(piece: PlanTrack, days: tuple[ChangelogDay, ...], manifest: Manifest) -> Reconciliation:
    """Hold plan and changelog against the manifest."""
    plan = {line.channel: line.budget for line in piece.channels}
    told, live = live_from(plan, days), manifest.budgets()
    apart = {name: live.get(name, 0) - told.get(name, 0) for name in sorted({*live, *told})}
    return Reconciliation(
        plan=plan,
        moved=moved_in(days),
        live=live,
        differences={name: amount for name, amount in apart.items() if amount},
    )
