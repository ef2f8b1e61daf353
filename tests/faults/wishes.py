"""What the rules of a schedule want: proposals of every kind, drawn from a seed and the manifest as it is."""

from collections.abc import Callable
from random import Random

from common.domain.change import Change, OptimizationType, Proposal, Setting, Status
from common.domain.manifest import Entity, Manifest
from tests.world import change, proposal

Wish = Callable[[Random, Manifest], list[Proposal]]


def wishes(rng: Random, manifest: Manifest) -> list[Proposal]:
    """One to three kinds of proposals, of which no two write the same setting."""
    wanted: list[Proposal] = []
    taken: set[tuple[str, Setting]] = set()
    kinds = rng.sample((_pace, _pace, _shift, _shift, _more_money, _more_money, _creative), k=rng.randint(1, 3))
    for kind in ([_resume] if manifest.pauses and rng.random() < 0.9 else []) + kinds:
        for one in kind(rng, manifest):
            fields = {(change.entity_id, change.setting) for change in one.changes}
            if not fields & taken:
                taken |= fields
                wanted.append(one)
    return wanted


def _bearing(manifest: Manifest) -> list[Entity]:
    return [one for one in manifest.entities.values() if one.daily_budget and one.allocation]


def _budget(manifest: Manifest, entity: Entity, factor: float) -> Change:
    return change(manifest, entity.entity_id, Setting.DAILY_BUDGET, round((entity.daily_budget or 0) * factor))


def _pace(rng: Random, manifest: Manifest) -> list[Proposal]:
    entities = rng.sample(_bearing(manifest), k=1)
    return [
        proposal(OptimizationType.PACE, _budget(manifest, one, rng.choice((0.8, 0.9, 1.1, 1.2)))) for one in entities
    ]


def _shift(rng: Random, manifest: Manifest) -> list[Proposal]:
    giver, taker = rng.sample(_bearing(manifest), k=2)
    amount = round((giver.allocation or 0) * rng.choice((0.02, 0.05, 0.1)))
    moves = (
        change(manifest, giver.entity_id, Setting.ALLOCATION, (giver.allocation or 0) - amount),
        change(manifest, taker.entity_id, Setting.ALLOCATION, (taker.allocation or 0) + amount),
    )
    budgets = (_budget(manifest, giver, 0.95), _budget(manifest, taker, 1.05))
    return [proposal(OptimizationType.BUDGET_SHIFT, *moves, *(() if rng.random() < 0.15 else budgets))]


def _more_money(rng: Random, manifest: Manifest) -> list[Proposal]:
    chosen = rng.sample(_bearing(manifest), k=rng.randint(1, 2))
    return [
        proposal(
            OptimizationType.SPEND_INCREASE,
            change(
                manifest, one.entity_id, Setting.ALLOCATION, round((one.allocation or 0) * rng.choice((1.05, 1.1, 1.2)))
            ),
            _budget(manifest, one, 1.3),
        )
        for one in chosen
    ]


def _creative(rng: Random, manifest: Manifest) -> list[Proposal]:
    ads = [one for one in manifest.entities.values() if one.parent and one.status is Status.ENABLED]
    if not ads:
        return []
    chosen = rng.choice(ads).entity_id
    off = change(manifest, chosen, Setting.STATUS, Status.PAUSED.value)
    return [
        proposal(OptimizationType.CREATIVE, off, evidence={"ctr_pct": 0.1, "impressions": 50_000, "confidence": 0.99})
    ]


def _resume(rng: Random, manifest: Manifest) -> list[Proposal]:
    pause = rng.choice(manifest.pauses)
    stopped = [one for one in pause.entities if manifest.entities[one].status is Status.PAUSED]
    changes = tuple(change(manifest, one, Setting.STATUS, Status.ENABLED.value) for one in stopped)
    return [proposal(OptimizationType.RESUME, *changes, lifts_pause=pause.pause_id)] if changes else []
