"""What must be sent so that a setting has a value, or why it can't have it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.adapters.platforms.meta.geos import FindRegion, excluding
from common.adapters.platforms.meta.money import MOST, to_units
from common.adapters.platforms.meta.nodes import AdSet, Campaign, Node
from common.adapters.platforms.meta.settings import (
    COST_GOALS,
    LEAST_ROAS,
    ROAS_MICROS,
    STATUSES,
    ad_sets_of,
    budget_bearer,
    strategy_of,
    values_of,
)
from common.domain.change import Setting, Value
from common.domain.money import show
from common.ports.ad_platform import PlatformChange

_WORDS = {value: word for word, value in STATUSES.items()}


@dataclass(frozen=True, slots=True)
class Post:
    """One object's fields to set."""

    path: str
    params: Mapping[str, Any]


class Impossible(Exception):
    """A setting can't have a value here; nothing of it is sent."""

    def __init__(self, said: str, code: str = "invalid_value") -> None:
        self.code = code
        super().__init__(said)


def posts_for(change: PlatformChange, node: Node, currency: str, find: FindRegion) -> Sequence[Post]:
    """What must be sent for a change; nothing where it is live already.

    Raises:
        Impossible: the object has no such setting, or it can't have this value.
    """
    setting, after = change.setting, change.after
    shown = values_of(node, currency)
    if setting in shown and shown[setting] == after:
        return ()
    if setting is Setting.STATUS:
        return (Post(node.id, {"status": _word(after)}),)
    if setting is Setting.EXCLUDED_GEOS and isinstance(node, Campaign | AdSet):
        return _places(node, after, find)
    write = _AMOUNTS.get(setting)
    if write is None or not isinstance(node, Campaign | AdSet):
        raise Impossible(f"{_called(node)} has no {_words(setting)} on Meta")
    return write(node, after, currency)


def _word(after: Value) -> str:
    word = _WORDS.get(after) if isinstance(after, str) else None
    if word is None:
        raise Impossible(f"a status on Meta is enabled or paused, not {after!r}")
    return word


def _daily_budget(node: Campaign | AdSet, after: Value, currency: str) -> Sequence[Post]:
    bearer = budget_bearer(node)
    if bearer is None:
        raise Impossible(f"{_called(node)} has its budgets on its ad sets: name those in the manifest")
    if bearer.budget.lifetime is not None:
        raise Impossible(f"{_called(node)} has a lifetime budget on Meta, and no daily one")
    if bearer.budget.daily is None:
        raise Impossible(f"{_called(node)} shares the budget of its campaign: name that in the manifest")
    units = _units(after, currency)
    if units == 0:
        raise Impossible("Meta takes no daily budget of zero: pause instead", "budget_below_minimum")
    return (Post(bearer.id, {"daily_budget": units}),)


def _total_budget(node: Campaign | AdSet, after: Value, currency: str) -> Sequence[Post]:
    if not isinstance(node, Campaign) or not node.takes_spend_cap:
        raise Impossible(f"{_called(node)} takes no spend cap on Meta")
    units = MOST if after is None else _units(after, currency)
    if units == 0:
        raise Impossible("Meta takes no spend cap of zero: pause instead", "budget_below_minimum")
    return (Post(node.id, {"spend_cap": units}),)


def _bid_target(node: Campaign | AdSet, after: Value, currency: str) -> Sequence[Post]:
    """The same on all of its ad sets."""
    ad_sets = ad_sets_of(node)
    if not ad_sets:
        raise Impossible(f"{_called(node)} has no ad sets on Meta")
    return tuple(_bid(one, strategy_of(one, node), after, currency) for one in ad_sets)


def _bid(ad_set: AdSet, strategy: str | None, after: Value, currency: str) -> Post:
    if strategy in COST_GOALS:
        units = _units(after, currency)
        if units:
            return Post(ad_set.id, {"bid_amount": units})
    elif strategy == LEAST_ROAS:
        floor, rest = divmod(after, ROAS_MICROS) if isinstance(after, int) else (0, 0)
        if floor and not rest:
            return Post(ad_set.id, {"bid_constraints": {"roas_average_floor": floor}})
    else:
        raise Impossible(f"{_called(ad_set)} bids on Meta without a target")
    raise Impossible(f"{_called(ad_set)} can't have {after!r} as its target on Meta")


def _places(node: Campaign | AdSet, after: Value, find: FindRegion) -> Sequence[Post]:
    """The same on all of its ad sets, if they leave out the same now: what one of them has alone would be lost."""
    if not isinstance(after, tuple):
        raise Impossible(f"excluded places are a list, not {after!r}")
    ad_sets = ad_sets_of(node)
    found = {one.excluded for one in ad_sets}
    if not ad_sets or len(found) > 1 or None in found:
        raise Impossible(f"the ad sets of {_called(node)} exclude different places: name them in the manifest")
    return tuple(_without(one, after, find) for one in ad_sets)


def _without(ad_set: AdSet, after: Sequence[str], find: FindRegion) -> Post:
    targeting = excluding(ad_set.targeting or {}, after, find)
    if isinstance(targeting, str):
        raise Impossible(f"Meta has no place, or several, that {targeting!r} can mean")
    return Post(ad_set.id, {"targeting": targeting})


def _units(after: Value, currency: str) -> int:
    units = to_units(after, currency) if isinstance(after, int) else None
    if units is None:
        amount = show(after, currency) if isinstance(after, int) else repr(after)
        raise Impossible(f"Meta can't hold {amount}: it is no whole number of its unit of {currency}")
    return units


_AMOUNTS: dict[Setting, Callable[[Campaign | AdSet, Value, str], Sequence[Post]]] = {
    Setting.DAILY_BUDGET: _daily_budget,
    Setting.TOTAL_BUDGET: _total_budget,
    Setting.BID_TARGET: _bid_target,
}


def _called(node: Node) -> str:
    return node.name or node.id


def _words(setting: Setting) -> str:
    return setting.value.replace("_", " ")
