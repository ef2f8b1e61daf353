# ruff: noqa: S608
"""The queries, in GAQL. It only reads; what goes in is numbers, dates, and names between quotes.

Days are the account's, which are the tenant's.

Every row of an account says whose it is (`customer`), so that an answer of another account is never taken for ours.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime

ByIds = Callable[[str], str]
"""A query, given the ids as GAQL has them in a list."""
WHOSE = "customer.id, customer.currency_code, customer.time_zone"
CHANGES_SHOWN = 10_000
"""The most rows that `change_event` gives."""

ACCOUNT = f"SELECT {WHOSE}, customer.descriptive_name, customer.manager, customer.status FROM customer"

_SETTINGS = f"""SELECT {WHOSE}, campaign.id, campaign.name, campaign.status, campaign.bidding_strategy_type,
 campaign.bidding_strategy, campaign.bidding_strategy_system_status, campaign.serving_status,
 campaign.target_cpa.target_cpa_micros, campaign.maximize_conversions.target_cpa_micros,
 campaign.target_roas.target_roas, campaign.maximize_conversion_value.target_roas,
 bidding_strategy.target_cpa.target_cpa_micros, bidding_strategy.maximize_conversions.target_cpa_micros,
 bidding_strategy.target_roas.target_roas, bidding_strategy.maximize_conversion_value.target_roas,
 campaign.campaign_budget, campaign_budget.amount_micros, campaign_budget.total_amount_micros, campaign_budget.period,
 campaign_budget.explicitly_shared, campaign_budget.reference_count FROM campaign"""
_METRICS = "metrics.cost_micros, metrics.clicks, metrics.impressions, metrics.conversions"


def campaigns(ids: str) -> str:
    """The settings of campaigns, also of those that were removed."""
    return f"{_SETTINGS} WHERE campaign.id IN ({ids})"


def all_campaigns() -> str:
    """The settings of every campaign that was not removed."""
    return f"{_SETTINGS} WHERE campaign.status != 'REMOVED' ORDER BY campaign.id"


def sharing(budgets: Iterable[str]) -> str:
    """Every campaign that spends from one of these budgets, by their resource names."""
    return f"{_SETTINGS} WHERE campaign.campaign_budget IN ({_quoted(budgets)}) AND campaign.status != 'REMOVED'"


def known(ids: str) -> str:
    """Which of these campaigns there are, or were."""
    return f"SELECT {WHOSE}, campaign.id, campaign.status FROM campaign WHERE campaign.id IN ({ids})"


def exclusions(ids: str) -> str:
    """The places where campaigns do not show."""
    return f"""SELECT {WHOSE}, campaign.id, campaign_criterion.criterion_id,
 campaign_criterion.location.geo_target_constant FROM campaign_criterion
 WHERE campaign_criterion.type = 'LOCATION' AND campaign_criterion.negative = TRUE
 AND campaign_criterion.status != 'REMOVED' AND campaign.id IN ({ids})"""


def ad_statuses(ids: str) -> str:
    """Ads, by their own numbers: an ad may be in several groups."""
    return f"""SELECT {WHOSE}, ad_group_ad.status, ad_group_ad.ad.id, ad_group.id FROM ad_group_ad
 WHERE ad_group_ad.ad.id IN ({ids}) AND ad_group_ad.status != 'REMOVED'
 AND ad_group.status != 'REMOVED' AND campaign.status != 'REMOVED'"""


def hours(ids: str, first: date, last: date, *, with_figures: bool) -> str:
    """Each hour of each campaign in which there was anything."""
    metrics = _METRICS if with_figures else "metrics.cost_micros"
    return f"""SELECT {WHOSE}, campaign.id, segments.date, segments.hour, {metrics} FROM campaign
 WHERE segments.date BETWEEN '{first}' AND '{last}' AND campaign.id IN ({ids})"""


def days(ids: str, first: date, last: date) -> str:
    """Each day of each campaign on which there was anything."""
    return f"""SELECT {WHOSE}, campaign.id, segments.date, {_METRICS}, metrics.conversions_value FROM campaign
 WHERE segments.date BETWEEN '{first}' AND '{last}' AND campaign.id IN ({ids})"""


def geos(ids: str, first: date, last: date) -> str:
    """Where the people were to whom campaigns were shown, by region; only by country where no region is known."""
    return f"""SELECT {WHOSE}, campaign.id, user_location_view.country_criterion_id,
 segments.geo_target_region, {_METRICS} FROM user_location_view
 WHERE segments.date BETWEEN '{first}' AND '{last}' AND campaign.id IN ({ids})"""


def ads(ids: str, first: date, last: date) -> str:
    """The ads of campaigns over these days, together."""
    return f"""SELECT {WHOSE}, campaign.id, ad_group.id, ad_group_ad.ad.id, {_METRICS} FROM ad_group_ad
 WHERE segments.date BETWEEN '{first}' AND '{last}' AND campaign.id IN ({ids})"""


def changes(first: datetime, last: datetime) -> str:
    """Who changed what, the newest first. The instants are on the account's clock."""
    return f"""SELECT {WHOSE}, change_event.change_date_time, change_event.user_email, change_event.client_type,
 change_event.change_resource_name, change_event.campaign FROM change_event
 WHERE change_event.change_date_time >= '{first:%Y-%m-%d %H:%M:%S}'
 AND change_event.change_date_time <= '{last:%Y-%m-%d %H:%M:%S}'
 AND change_event.change_resource_type IN ('CAMPAIGN', 'CAMPAIGN_BUDGET', 'CAMPAIGN_CRITERION', 'AD_GROUP_AD')
 ORDER BY change_event.change_date_time DESC LIMIT {CHANGES_SHOWN}"""


_CONSTANT = "SELECT geo_target_constant.id, geo_target_constant.canonical_name, geo_target_constant.target_type"


def geos_by_id(ids: Iterable[str]) -> str:
    """Places by their numbers, also those that were given up."""
    return f"{_CONSTANT} FROM geo_target_constant WHERE geo_target_constant.id IN ({', '.join(ids)})"


def geos_by_name(names: Iterable[str]) -> str:
    """Every place that is called so."""
    return f"""{_CONSTANT} FROM geo_target_constant WHERE geo_target_constant.canonical_name IN ({_quoted(names)})
 AND geo_target_constant.status = 'ENABLED'"""


UPLOADS = f"""SELECT {WHOSE}, offline_conversion_upload_client_summary.client,
 offline_conversion_upload_client_summary.last_upload_date_time,
 offline_conversion_upload_client_summary.daily_summaries FROM offline_conversion_upload_client_summary"""


def _quoted(values: Iterable[str]) -> str:
    escaped = (value.replace("\\", "\\\\").replace("'", "\\'") for value in sorted(values))
    return ", ".join(f"'{value}'" for value in escaped)
