"""What people are asked: which proposals make one request, and when a wish is one that they know already."""

from collections.abc import Callable, Sequence

from common.decisions.facts import Facts
from common.domain.change import Change, OptimizationType, Proposal, Value

STEP_SHARE = 0.25
"""Of a request's step: a wish that has moved by no more is still the same. Hourly pacing wants a little more or less
with every look; the person who is being asked need not hear of that."""

GROWN = 1.5
"""A request that moves so many times the money that people were told of is news again."""

T = OptimizationType
_ALONE = frozenset({T.PACE, T.UNDO_EXTERNAL, T.RESUME})


def together(proposals: Sequence[Proposal]) -> list[list[Proposal]]:
    """The requests that proposals of one run make, each in the order given.

    A proposal of pacing, one that puts back an edit by hand, and one that lifts a pause each stand alone: they come and
    go by themselves. What one rule, or one run of the agent, proposes is one request in several parts. Proposals that
    want the same setting are always in one: a person sees that only one of them can be.
    """
    groups: list[list[Proposal]] = []
    for proposal in proposals:
        mine = [group for group in groups if any(_belong(proposal, other) for other in group)]
        merged = [one for group in mine for one in group]
        groups = [group for group in groups if group not in mine]
        groups.append([*merged, proposal])
    return groups


def key(proposals: Sequence[Proposal]) -> tuple[str, ...]:
    """What a request of these is known by in its window: the same whatever the values are."""
    return tuple(sorted({_key(proposal) for proposal in proposals}))


def _belong(one: Proposal, other: Proposal) -> bool:
    fields = {change.field for change in one.changes}
    return _key(one) == _key(other) or any(change.field in fields for change in other.changes)


def _key(proposal: Proposal) -> str:
    return f"proposal {proposal.proposal_id}" if proposal.type in _ALONE else f"rule {proposal.rule}"


def same_wish(asked: Proposal, wanted: Proposal, facts: Facts) -> bool:
    """Whether a person is being asked for this: the same settings from the same values to about the same."""
    if asked.lifts_pause != wanted.lifts_pause:
        return False
    return _match(
        asked.changes,
        wanted.changes,
        lambda one, other: one.before == other.before and _close(one, other, facts),
    )


def declined_today(wanted: Proposal, facts: Facts) -> bool:
    """Whether a person said no to this in the tenant's day: the same settings to about the same values.

    From whatever value: who does not want 160 a day does not want them after the budget was moved by hand either.
    """
    return any(
        facts.calendar.day_of(declined.at) == facts.today
        and declined.lifts_pause == wanted.lifts_pause
        and _match(declined.changes, wanted.changes, lambda one, other: _close(one, other, facts))
        for declined in facts.manifest.declined
    )


def _match(asked: Sequence[Change], wanted: Sequence[Change], alike: Callable[[Change, Change], bool]) -> bool:
    known = {change.field: change for change in asked}
    if known.keys() != {change.field for change in wanted}:
        return False
    return all(alike(known[change.field], change) for change in wanted)


def _close(asked: Change, wanted: Change, facts: Facts) -> bool:
    """The same, or an amount within the pacing tolerance or a share of the step, in the same direction."""
    one, other = asked.after, wanted.after
    if not isinstance(one, int) or not isinstance(other, int):
        return one == other
    if _direction(asked) != _direction(wanted):
        return False
    tolerance = facts.tenant.guardrails.pacing_tolerance_pct / 100
    return abs(one - other) <= max(tolerance * max(one, other), STEP_SHARE * abs(one - _amount(asked.before)))


def _direction(change: Change) -> int:
    before, after = _amount(change.before), _amount(change.after)
    return (after > before) - (after < before)


def _amount(value: Value) -> int:
    return value if isinstance(value, int) else 0
