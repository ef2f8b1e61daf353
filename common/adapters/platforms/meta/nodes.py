"""Campaigns, ad sets and ads as the Graph API gives them. Anything unexpected is refused, never guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from common.adapters.platforms.meta.bodies import Json, listed, objects, text
from common.adapters.platforms.meta.failure import unreadable
from common.adapters.platforms.meta.geos import names
from common.adapters.platforms.meta.money import MOST

_COMMON = "id,account_id,name,status,effective_status"
AD_SET_FIELDS = (
    f"{_COMMON},daily_budget,lifetime_budget,bid_strategy,bid_amount,bid_constraints,targeting,learning_stage_info"
)
AD_SETS = 50
"""Ad sets that come along with their campaign; the others are asked for page by page."""
CAMPAIGN_FIELDS = (
    f"{_COMMON},daily_budget,lifetime_budget,spend_cap,can_use_spend_cap,bid_strategy,"
    f"adsets.limit({AD_SETS}){{{AD_SET_FIELDS}}}"
)
AD_FIELDS = _COMMON
FIELDS = {"campaign": CAMPAIGN_FIELDS, "ad_set": AD_SET_FIELDS, "ad": AD_FIELDS}
"""What is asked of an entity, by its kind."""

_FAR_TOO_MUCH = 2**42
"""In units: as micros of any currency it would not fit where amounts are kept."""
GONE = frozenset({"DELETED", "ARCHIVED"})


@dataclass(frozen=True, slots=True)
class Node:
    """What every object has. Its status is the configured one: what its parents do to it is theirs."""

    id: str
    account_id: str
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Ad(Node):
    """An ad."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A daily or a lifetime budget, in Meta's units; neither where it lies above or below."""

    daily: int | None
    lifetime: int | None


@dataclass(frozen=True, slots=True)
class AdSet(Node):
    """An ad set."""

    budget: Budget
    bid_strategy: str | None
    bid_amount: int | None
    """A cost goal or the most for a bid, in Meta's units."""
    roas_floor: int | None
    """The least return on ad spend, in ten-thousandths."""
    targeting: Json | None
    excluded: tuple[str, ...] | None
    """The names of the places that its targeting leaves out."""
    learning: str | None
    """`LEARNING`, `SUCCESS` or `FAIL`; a paused one may not say."""


@dataclass(frozen=True, slots=True)
class Campaign(Node):
    """A campaign with its ad sets."""

    budget: Budget
    bid_strategy: str | None
    spend_cap: int | None
    takes_spend_cap: bool
    ad_sets: tuple[AdSet, ...]

    @property
    def shares_budget(self) -> bool:
        """Whether the budget lies with the campaign, for all its ad sets (Advantage campaign budget)."""
        return self.budget != Budget(None, None)


def parsed(kind: str, body: Any, more: Sequence[Any] = ()) -> Node | None:
    """The object of this body; `None`: it was deleted or archived.

    Args:
        more: the campaign's ad sets of further pages.

    Raises:
        MetaFailure: it is not what was asked for.
    """
    node = objects(body, "an object")
    if {text(node, "status"), _optional(node, "effective_status")} & GONE:
        return None
    if kind == "campaign":
        return _campaign(node, more)
    return _ad_set(node) if kind == "ad_set" else Ad(*_common(node))


def _campaign(node: Json, more: Sequence[Any]) -> Campaign:
    cap = _amount(node, "spend_cap")
    first = listed(node["adsets"], "ad sets") if "adsets" in node else []
    ad_sets = [_ad_set(objects(one, "an ad set")) for one in (*first, *more)]
    return Campaign(
        *_common(node),
        budget=_budget(node),
        bid_strategy=_optional(node, "bid_strategy"),
        spend_cap=None if cap is None or cap >= MOST or cap == 0 else cap,
        takes_spend_cap=node.get("can_use_spend_cap") is not False,
        ad_sets=tuple(one for one in ad_sets if one.status not in GONE),
    )


def _ad_set(node: Json) -> AdSet:
    constraints = node.get("bid_constraints")
    targeting = None if node.get("targeting") is None else objects(node["targeting"], "targeting")
    learning = node.get("learning_stage_info")
    return AdSet(
        *_common(node),
        budget=_budget(node),
        bid_strategy=_optional(node, "bid_strategy"),
        bid_amount=_amount(node, "bid_amount"),
        roas_floor=_amount(objects(constraints, "bid constraints"), "roas_average_floor") if constraints else None,
        targeting=targeting,
        excluded=None if targeting is None else names(targeting),
        learning=_optional(objects(learning, "a learning stage"), "status") if learning else None,
    )


def _common(node: Json) -> tuple[str, str, str, str]:
    name = node.get("name")
    return text(node, "id"), text(node, "account_id"), name if isinstance(name, str) else "", text(node, "status")


def _budget(node: Json) -> Budget:
    """A budget of zero stands for none: Meta shows the kind that is not used as `0`."""
    return Budget(_amount(node, "daily_budget") or None, _amount(node, "lifetime_budget") or None)


def _optional(node: Json, field: str) -> str | None:
    value = node.get(field)
    if value is not None and not isinstance(value, str):
        raise unreadable(f"{field} is no text")
    return value


def _amount(node: Json, field: str) -> int | None:
    """A whole number of Meta's units, as a string or a number; absent and null: there is none."""
    value = node.get(field)
    if value is None:
        return None
    digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18
    whole = isinstance(value, int) and not isinstance(value, bool)
    number = int(value) if digits or whole else -1
    if not 0 <= number < _FAR_TOO_MUCH and number != MOST:
        raise unreadable(f"{field} is no whole amount")
    return number
