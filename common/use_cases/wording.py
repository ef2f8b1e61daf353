"""A change set in words and by type, for the log and for people."""

from common.domain.change import OptimizationType, Setting, Status, Value
from common.domain.change_set import ChangeSet
from common.domain.money import MICROS, show


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
