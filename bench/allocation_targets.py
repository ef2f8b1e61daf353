"""From what a policy would like each channel to spend to allocations that the guardrails let through today."""

from collections.abc import Mapping

from bench.allocation_play import Allocations
from common.decisions.facts import Facts
from common.decisions.review.movable import rooms

LEAST_MOVE = 0.0005
"""Of an allocation: less is not worth a change, for any policy."""


def unspent(facts: Facts) -> dict[str, int]:
    """By entity id, what is left of each allocation, in micros; without entities whose spend is not known."""
    return {
        name: max(0, (one.allocation or 0) - facts.spend[name].most)
        for name, one in facts.manifest.entities.items()
        if one.allocation is not None and name in facts.spend
    }


def toward(wanted: Mapping[str, float], facts: Facts) -> Allocations | None:
    """As far as today's limits allow, toward dividing what is unspent like this; the total is kept.

    Args:
        wanted: by entity id, in any one unit; an entity that is absent keeps what it has.

    Returns:
        The allocations of the entities that move; `None` where none does.
    """
    room, left = rooms(facts), unspent(facts)
    free = {name: max(0.0, share) for name, share in wanted.items() if name in left and room[name].reason is None}
    whole, shares = sum(left[name] for name in free), sum(free.values())
    if len(free) < 2 or whole <= 0 or shares <= 0:
        return None
    now = {name: facts.manifest.entities[name].allocation or 0 for name in free}
    moves = dict[str, float]()
    for name, share in free.items():
        aim = now[name] - left[name] + whole * share / shares
        moves[name] = min(max(aim, room[name].least), room[name].most) - now[name]
    moved = _balanced({name: by for name, by in moves.items() if abs(by) > LEAST_MOVE * now[name]})
    return {name: now[name] + by for name, by in moved.items()} or None


def _balanced(moves: Mapping[str, float]) -> dict[str, int]:
    """The same moves with the larger side cut down, so that as much is given as got; rounded toward zero."""
    got, given = (sum(max(0.0, sign * by) for by in moves.values()) for sign in (1, -1))
    moved = min(got, given)
    if moved <= 0:
        return {}
    cut = {name: int(by * moved / (got if by > 0 else given)) for name, by in moves.items()}
    over = sum(cut.values())
    if over:
        largest = max((name for name, by in cut.items() if by * over > 0), key=lambda name: abs(cut[name]))
        cut[largest] -= over
    return {name: by for name, by in cut.items() if by}
