"""A campaign, its ads and its exclusions, as rows of the settings show them."""

from collections.abc import Iterable
from dataclasses import dataclass

from common.adapters.platforms.google_ads.rows import BadAnswer, Row, amount, choice, identity, number, text
from common.domain.change import Setting, Status, Value

MILLION = 1_000_000
_STATUS = {"ENABLED": Status.ENABLED.value, "PAUSED": Status.PAUSED.value}
_HOLDERS = {
    "TARGET_CPA": ("target_cpa", "target_cpa_micros"),
    "MAXIMIZE_CONVERSIONS": ("maximize_conversions", "target_cpa_micros"),
    "TARGET_ROAS": ("target_roas", "target_roas"),
    "MAXIMIZE_CONVERSION_VALUE": ("maximize_conversion_value", "target_roas"),
}
"""Where a bid target is, by the kind of strategy."""
CAN_DO_WITHOUT = frozenset({"MAXIMIZE_CONVERSIONS", "MAXIMIZE_CONVERSION_VALUE"})
"""Strategies that need no target."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it is now. Amounts are micros, a ROAS target is in millionths of the ratio."""

    campaign_id: str
    name: str
    removed: bool
    status: str | None
    """`None`: a status that is not known here."""
    budget: str
    """The resource name of its budget."""
    daily: int | None
    total: int | None
    is_total: bool
    """The budget is for the campaign's whole time; otherwise it is for a day."""
    shared: bool
    """Other campaigns spend from its budget, or may: also where the platform does not say how many do."""
    strategy: str
    portfolio: bool
    """Its bidding strategy is shared with other campaigns."""
    bid_target: int | None
    shows_target: bool
    """Whether it can be said what the bid target is, or that there is none."""
    system_status: str
    """What becomes of its bidding: `LEARNING_BUDGET_CHANGE`, `LIMITED_BY_DATA`, `ENABLED`."""
    serving: str
    """`SERVING`, `ENDED`, `PENDING`, `SUSPENDED` or `NONE`."""

    @property
    def target_field(self) -> tuple[str, str] | None:
        """The field that holds the bid target; `None`: its strategy has none."""
        return _HOLDERS.get(self.strategy)

    @property
    def learning(self) -> bool:
        """Whether its bidding is still finding its way after a change."""
        return "LEARNING" in self.system_status

    def values(self) -> dict[Setting, Value]:
        """The settings that the platform shows of it, but for the places where it does not show."""
        budget: dict[Setting, Value] = (
            {Setting.TOTAL_BUDGET: self.total}
            if self.is_total
            else {Setting.DAILY_BUDGET: self.daily, Setting.TOTAL_BUDGET: None}
        )
        status: dict[Setting, Value] = {} if self.status is None else {Setting.STATUS: self.status}
        target: dict[Setting, Value] = {Setting.BID_TARGET: self.bid_target} if self.shows_target else {}
        return {**budget, **status, **target}


def campaigns(rows: Iterable[Row]) -> dict[str, Campaign]:
    """Campaigns by their numbers.

    Raises:
        BadAnswer: a row is not understood, or there are two of one campaign.
    """
    found: dict[str, Campaign] = {}
    for row in rows:
        one = _campaign(row)
        if one.campaign_id in found:
            raise BadAnswer(f"campaign {one.campaign_id} came twice")
        found[one.campaign_id] = one
    return found


def ads(rows: Iterable[Row]) -> dict[str, str | None]:
    """The status of ads, by group and ad; `None`: one that is not known here."""
    return {identity(row.ad_group_ad): _STATUS.get(choice(row.ad_group_ad, "status")) for row in rows}


def exclusions(rows: Iterable[Row]) -> dict[str, dict[str, str]]:
    """By campaign: the places where it does not show, by their constants' numbers, with the criteria that say so."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        place = text(row.campaign_criterion.location, "geo_target_constant")
        if not place.removeprefix("geoTargetConstants/").isdigit():
            raise BadAnswer("an excluded place is no geo target constant")
        places = found.setdefault(identity(row.campaign), {})
        places[place.removeprefix("geoTargetConstants/")] = row.campaign_criterion.resource_name
    return found


def _campaign(row: Row) -> Campaign:
    campaign, budget = row.campaign, row.campaign_budget
    status, removed = choice(campaign, "status"), choice(campaign, "status") == "REMOVED"
    strategy, portfolio = choice(campaign, "bidding_strategy_type"), bool(campaign.bidding_strategy)
    target, shows_target = _target(row.bidding_strategy if portfolio else campaign, strategy)
    is_total = choice(budget, "period") == "CUSTOM_PERIOD"
    if status in ("UNSPECIFIED", "UNKNOWN"):
        raise BadAnswer("a campaign has no status")
    return Campaign(
        campaign_id=identity(campaign),
        name=campaign.name,
        removed=removed,
        status=_STATUS.get(status),
        budget="" if removed else text(campaign, "campaign_budget"),
        daily=None if is_total or removed else amount(budget, "amount_micros"),
        total=amount(budget, "total_amount_micros") if is_total and not removed else None,
        is_total=is_total,
        shared=budget.explicitly_shared or budget.reference_count != 1,
        strategy=strategy,
        portfolio=portfolio,
        bid_target=target,
        shows_target=shows_target,
        system_status=choice(campaign, "bidding_strategy_system_status"),
        serving=choice(campaign, "serving_status"),
    )


def _target(held_by: Row, strategy: str) -> tuple[int | None, bool]:
    """The target, and whether that can be said. Zero is how the platform says that there is none."""
    holder = _HOLDERS.get(strategy)
    if holder is None:
        return None, strategy not in ("UNSPECIFIED", "UNKNOWN")
    message, field = getattr(held_by, holder[0]), holder[1]
    if field == "target_cpa_micros":
        target = number(message, field)
    else:
        if not 0 <= getattr(message, field) < MILLION:
            raise BadAnswer(f"a target ROAS of {getattr(message, field)} can't be")
        target = round(getattr(message, field) * MILLION)
    return target or None, bool(target) or strategy in CAN_DO_WITHOUT
