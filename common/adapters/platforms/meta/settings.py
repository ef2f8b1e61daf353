"""An object's settings as the port has them. A setting is absent where Meta shows no one value for it.

A campaign's daily budget may lie with itself or with its only ad set; where several ad sets have budgets of their own
it has none, and the manifest should name the ad sets. The same goes for bids and excluded places in which its ad sets
differ.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from common.adapters.platforms.meta.money import from_units
from common.adapters.platforms.meta.nodes import AdSet, Campaign, Node
from common.domain.change import Setting, Status, Value

T = TypeVar("T")

STATUSES = {"ACTIVE": Status.ENABLED.value, "PAUSED": Status.PAUSED.value}
COST_GOALS = frozenset({"COST_CAP", "LOWEST_COST_WITH_BID_CAP"})
"""Strategies with an amount: what a result may cost, or the most to bid for one."""
LEAST_ROAS = "LOWEST_COST_WITH_MIN_ROAS"
_NO_GOAL = "LOWEST_COST_WITHOUT_CAP"
ROAS_MICROS = 100
"""Millionths in one of the ten-thousandths in which Meta writes a return on ad spend."""


def values_of(node: Node, currency: str) -> Mapping[Setting, Value]:
    """The settings that Meta shows for it."""
    values: dict[Setting, Value] = {}
    if node.status in STATUSES:
        values[Setting.STATUS] = STATUSES[node.status]
    if isinstance(node, Campaign):
        cap = node.spend_cap
        values[Setting.TOTAL_BUDGET] = None if cap is None else from_units(cap, currency)
    if isinstance(node, Campaign | AdSet):
        bearer = budget_bearer(node)
        if bearer is not None and bearer.budget.daily is not None:
            values[Setting.DAILY_BUDGET] = from_units(bearer.budget.daily, currency)
        values |= _agreed(Setting.BID_TARGET, [_bid(one, node, currency) for one in ad_sets_of(node)])
        values |= _agreed(Setting.EXCLUDED_GEOS, [_geos(one) for one in ad_sets_of(node)])
    return values


def ad_sets_of(node: Campaign | AdSet) -> Sequence[AdSet]:
    """The ad sets on which its bids and places are written."""
    return node.ad_sets if isinstance(node, Campaign) else (node,)


def budget_bearer(node: Campaign | AdSet) -> Campaign | AdSet | None:
    """What has its budget; `None`: several ad sets have, or the campaign above has."""
    if isinstance(node, AdSet):
        return node
    if node.shares_budget:
        return node
    return node.ad_sets[0] if len(node.ad_sets) == 1 else None


def strategy_of(ad_set: AdSet, within: Campaign | AdSet) -> str | None:
    """How an ad set bids: its campaign says so where the budget lies there."""
    shared = isinstance(within, Campaign) and within.shares_budget
    return within.bid_strategy if shared and within.bid_strategy else ad_set.bid_strategy


def _bid(ad_set: AdSet, within: Campaign | AdSet, currency: str) -> tuple[Value] | None:
    strategy = strategy_of(ad_set, within)
    if strategy in COST_GOALS and ad_set.bid_amount is not None:
        return (from_units(ad_set.bid_amount, currency),)
    if strategy == LEAST_ROAS and ad_set.roas_floor is not None:
        return (ad_set.roas_floor * ROAS_MICROS,)
    return (None,) if strategy == _NO_GOAL else None


def _geos(ad_set: AdSet) -> tuple[Value] | None:
    return None if ad_set.excluded is None else (ad_set.excluded,)


def _agreed(setting: Setting, shown: Sequence[tuple[Value] | None]) -> Mapping[Setting, Value]:
    """The one value that all ad sets show; nothing where they differ, one does not tell, or there are none."""
    first = shown[0] if shown else None
    return {setting: first[0]} if first is not None and all(one == first for one in shown) else {}
