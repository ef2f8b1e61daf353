"""A change of the port as operations of Google Ads, or why the platform can't hold it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.adapters.platforms.google_ads.campaigns import CAN_DO_WITHOUT, MILLION, Campaign
from common.domain.change import Setting, Status, Value
from common.domain.money import minor_unit, show
from common.ports.ad_platform import Answer, PlatformChange

Operation = Mapping[str, Any]
DONE: tuple[Operation, ...] = ()
"""It is so already: nothing is sent."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is live of everything that changes are about."""

    customer: str
    currency: str
    campaigns: Mapping[str, Campaign]
    """By their numbers, without those that were removed."""
    ads: Mapping[str, str | None]
    """The status of ads, by group and ad."""
    excluded: Mapping[str, Mapping[str, str]]
    """By campaign: places where it does not show, by number, with their criteria."""
    places: Mapping[str, str | tuple[str, ...]]
    """What the names of places mean: a number, or all that it may be."""
    sharers: Mapping[str, Sequence[str]]
    """The names of all campaigns that spend from a shared budget, by the budget."""


def planned(change: PlatformChange, standing: Standing) -> tuple[Operation, ...] | Answer:
    """The operations that make it so; an answer where none can."""
    if change.ref.kind == "ad_set":
        return _impossible(change, "ad groups of Google Ads are left to people")
    if change.ref.external_id in standing.ads:
        return _ad(change, standing)
    campaign = standing.campaigns.get(change.ref.external_id)
    if campaign is None:
        return Answer(False, "entity_missing", f"google_ads knows no {change.ref.external_id}, or it was removed")
    plan = _PLANS.get(change.setting)
    return plan(change, campaign, standing) if plan else _impossible(change, "google_ads has no such setting")


def resources(operation: Operation) -> str:
    """The name of what an operation writes; a new criterion has none yet."""
    ((_, inner),) = operation.items()
    if "update" in inner:
        return inner["update"]["resource_name"]
    return inner.get("remove") or f"new in {inner['create']['campaign']} {inner['create']['location']}"


def _ad(change: PlatformChange, standing: Standing) -> tuple[Operation, ...] | Answer:
    if change.setting is not Setting.STATUS or change.after not in tuple(Status):
        return _impossible(change, "of an ad only the status can be set, to enabled or paused")
    if standing.ads[change.ref.external_id] == change.after:
        return DONE
    name = f"customers/{standing.customer}/adGroupAds/{change.ref.external_id}"
    return (_update("ad_group_ad_operation", name, status=str(change.after).upper()),)


def _status(change: PlatformChange, campaign: Campaign, standing: Standing) -> tuple[Operation, ...] | Answer:
    if change.after not in tuple(Status):
        return _impossible(change, "a campaign is enabled or paused")
    if campaign.status == change.after:
        return DONE
    return (_update("campaign_operation", _name(campaign, standing), status=str(change.after).upper()),)


def _budget(change: PlatformChange, campaign: Campaign, standing: Standing) -> tuple[Operation, ...] | Answer:
    total, after = change.setting is Setting.TOTAL_BUDGET, change.after
    if total and after is None and not campaign.is_total:
        return DONE
    if total is not campaign.is_total:
        has = (
            "for its whole time, and none for a day" if campaign.is_total else "for a day, and none for its whole time"
        )
        return _impossible(change, f"the campaign has a budget {has}")
    refusal = _no_amount(after, standing.currency)
    if refusal or not isinstance(after, int):
        return _impossible(change, refusal or "an amount is needed")
    if after == (campaign.total if total else campaign.daily):
        return DONE
    if campaign.shared:
        names = ", ".join(standing.sharers.get(campaign.budget, ())) or campaign.name
        said = f"the budget is shared: writing it would change {names}; give the campaign a budget of its own"
        return Answer(False, "shared_budget", said)
    field = "total_amount_micros" if total else "amount_micros"
    return (_update("campaign_budget_operation", campaign.budget, **{field: after}),)


def _bid(change: PlatformChange, campaign: Campaign, standing: Standing) -> tuple[Operation, ...] | Answer:
    refusal = _no_target(change.after, campaign, standing.currency)
    if refusal or campaign.target_field is None:
        return _impossible(change, refusal or "it has none")
    if change.after == campaign.bid_target:
        return DONE
    if campaign.portfolio:
        said = "its bidding strategy is a portfolio's: writing the target would change every campaign that bids by it"
        return Answer(False, "shared_bid_target", said)
    message, field = campaign.target_field
    after = change.after if isinstance(change.after, int) else 0
    value = after if field == "target_cpa_micros" else after / MILLION
    update = {"resource_name": _name(campaign, standing), message: {field: value}}
    return ({"campaign_operation": {"update": update, "update_mask": {"paths": [f"{message}.{field}"]}}},)


def _excluded(change: PlatformChange, campaign: Campaign, standing: Standing) -> tuple[Operation, ...] | Answer:
    wanted: set[str] = set()
    if not isinstance(change.after, tuple):
        return _impossible(change, "names of places are needed")
    for name in change.after:
        place = standing.places.get(name, ())
        if not isinstance(place, str):
            what = (
                f"may be {', '.join(place)}: say which" if place else "is no place that Google Ads knows by this name"
            )
            return _impossible(change, f"{name} {what}")
        wanted.add(place)
    now = standing.excluded.get(campaign.campaign_id, {})
    adds = [
        {
            "campaign": _name(campaign, standing),
            "negative": True,
            "location": {"geo_target_constant": f"geoTargetConstants/{place}"},
        }
        for place in sorted(wanted - now.keys())
    ]
    removes = [now[place] for place in sorted(now.keys() - wanted)]
    return (
        *({"campaign_criterion_operation": {"create": one}} for one in adds),
        *({"campaign_criterion_operation": {"remove": one}} for one in removes),
    )


def _no_amount(after: Value, currency: str) -> str | None:
    if not isinstance(after, int) or after < 0:
        return "an amount is needed"
    if after % minor_unit(currency):
        return f"{currency} has no such small amount: {show(minor_unit(currency), currency)} is the least"
    return None


def _no_target(after: Value, campaign: Campaign, currency: str) -> str | None:
    """Why this can't be a campaign's bid target; without one is written as zero."""
    if campaign.target_field is None:
        return f"its bidding strategy, {campaign.strategy}, has no target"
    if after is None:
        return None if campaign.strategy in CAN_DO_WITHOUT else f"{campaign.strategy} can't be without a target"
    if not isinstance(after, int) or after <= 0:
        return "a target over zero is needed"
    return _no_amount(after, currency) if campaign.target_field[1] == "target_cpa_micros" else None


def _update(kind: str, name: str, **fields: Any) -> Operation:
    return {kind: {"update": {"resource_name": name, **fields}, "update_mask": {"paths": sorted(fields)}}}


def _name(campaign: Campaign, standing: Standing) -> str:
    return f"customers/{standing.customer}/campaigns/{campaign.campaign_id}"


def _impossible(change: PlatformChange, why: str) -> Answer:
    return Answer(False, "invalid_value", f"{change.setting.value} can't be {change.after!r}: {why}")


_PLANS: Mapping[Setting, Callable[[PlatformChange, Campaign, Standing], tuple[Operation, ...] | Answer]] = {
    Setting.STATUS: _status,
    Setting.DAILY_BUDGET: _budget,
    Setting.TOTAL_BUDGET: _budget,
    Setting.BID_TARGET: _bid,
    Setting.EXCLUDED_GEOS: _excluded,
}
