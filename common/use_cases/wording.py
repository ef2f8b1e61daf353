"""A change set in words and by type, for the log and for people."""

from common.domain.change import OptimizationType, Setting, Status, Value
from common.domain.change_set import ChangeSet
from common.domain.drift import Drift, Standing
from common.domain.money import MICROS, show
from common.web.words import own_name


def sentence(change_set: ChangeSet) -> str:
    """A change set in words: its proposals' sentences."""
    return " ".join(dict.fromkeys(proposal.why for proposal in change_set.proposals))


def types_of(change_set: ChangeSet) -> dict[str, OptimizationType]:
    """By entity, the kind of change: what the trail remembers it as."""
    return {entity: proposal.type for proposal in change_set.proposals for entity in proposal.entities}


_MONEY = frozenset({Setting.ALLOCATION, Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET})


def worded(setting: str, value: Value, currency: str) -> str:
    """A setting's value as a person reads it: `1,234.56 EUR`, `on`, `paused`, `none`."""
    if value is None or value == ():
        return "none"
    if setting == Setting.STATUS:
        return "on" if value == Status.ENABLED else str(value)
    if isinstance(value, int):
        return show(value, currency) if setting in _MONEY else f"{value / MICROS:g}"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def drift_said(drift: Drift, currency: str) -> str:
    """How far live is from the plan, in a sentence: by the channel that is farthest from it."""
    unplanned = [one for one in drift.channels if one.standing is Standing.UNPLANNED]
    version = f"plan v{drift.plan_version}"
    if unplanned:
        most = max(unplanned, key=lambda one: one.live)
        return f"{own_name(most.channel)} has {show(most.live, currency)}; {version} has no money for it."
    most = max(drift.channels, key=lambda one: abs(one.percent or 0))
    way = "more" if most.delta > 0 else "less"
    return (
        f"{own_name(most.channel)} has {show(most.live, currency)}, {abs(most.percent or 0):.3g}% {way} than the"
        f" {show(most.plan, currency)} of {version}."
    )
