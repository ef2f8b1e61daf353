"""How the budgets of an account's active campaigns lie, and whether that leaves anything to pace."""

from collections.abc import Sequence
from typing import Any

from common.adapters.platforms.meta.caller import Caller, Deadline
from common.adapters.platforms.meta.failure import MetaFailure
from common.adapters.platforms.meta.finding import pages
from common.adapters.platforms.meta.nodes import CAMPAIGN_FIELDS, Campaign, parsed
from common.domain.connection import Need

_NAMED = 5
"""Campaigns that a sentence names; of more it tells the number."""
_ACTIVE = {"effective_status": '["ACTIVE"]'}


def budget_needs(caller: Caller, until: Deadline) -> list[Need]:
    """Budgets that can be written at the campaign, daily ones, and which ad sets are learning.

    Raises:
        PlatformUnavailable: no answer.
    """
    bodies = pages(caller, f"{caller.node}/campaigns", {"fields": CAMPAIGN_FIELDS, **_ACTIVE}, until)
    campaigns = [one for one in (_campaign(caller, body) for body in bodies) if one is not None]
    apart = [one for one in campaigns if not one.shares_budget and len(one.ad_sets) > 1]
    lifetime = [one for one in campaigns if _for_life(one)]
    learning = sum(ad_set.learning == "LEARNING" for one in campaigns for ad_set in one.ad_sets)
    return [
        _need(
            "budget_on_ad_sets",
            "Budgets in one place",
            apart,
            "have budgets on several ad sets: name the ad sets in the manifest, the campaign itself has no budget",
        ),
        _need(
            "lifetime_budget",
            "Daily budgets",
            lifetime,
            "have lifetime budgets, which are not paced: change them to daily budgets with a spend cap",
        ),
        Need(
            code="learning",
            what="Ad sets past their learning phase",
            met=True,
            said=f"{learning} are learning: larger steps of their budgets would start that again"
            if learning
            else "all",
            required=False,
        ),
    ]


def _campaign(caller: Caller, body: Any) -> Campaign | None:
    try:
        node = parsed("campaign", body)
    except MetaFailure as error:
        failure = error
    else:
        return node if isinstance(node, Campaign) else None
    raise caller.unavailable(failure)


def _for_life(campaign: Campaign) -> bool:
    return any(one.budget.lifetime is not None for one in (campaign, *campaign.ad_sets))


def _need(code: str, what: str, campaigns: Sequence[Campaign], said: str) -> Need:
    names = ", ".join(one.name or one.id for one in campaigns[:_NAMED])
    more = len(campaigns) - _NAMED
    called = f"{names} and {more} more" if more > 0 else names
    return Need(
        code=code, what=what, met=not campaigns, said=f"{called} {said}" if campaigns else "all", required=False
    )
