"""What the account would answer to a query, as rows of whole field names. Conditions are the query's own business."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from common.domain.calendar import TenantCalendar
from common.domain.figures import HourFigures, PartFigures
from common.domain.money import MICROS
from common.ports.ad_platform import EntityRef
from sandbox.servers.google_ads.account import BY_HAND, COUNTRY, OURS, Account
from sandbox.servers.google_ads.gaql import Query, QueryError, Row

REACH = timedelta(days=30)
MOST_CHANGES = 10_000
_HOLDERS = {
    "TARGET_CPA": "target_cpa.target_cpa_micros",
    "MAXIMIZE_CONVERSIONS": "maximize_conversions.target_cpa_micros",
    "TARGET_ROAS": "target_roas.target_roas",
    "MAXIMIZE_CONVERSION_VALUE": "maximize_conversion_value.target_roas",
}
_CHANGED = {
    "daily_budget": "CAMPAIGN_BUDGET",
    "native_total": "CAMPAIGN_BUDGET",
    "bid_target": "CAMPAIGN",
    "status": "CAMPAIGN",
    "excluded_geos": "CAMPAIGN_CRITERION",
    "paused_ads": "AD_GROUP_AD",
}


def rows(account: Account, query: Query) -> Iterator[Row]:
    """The rows of the resource that a query is about.

    Raises:
        QueryError: the platform does not answer such a query.
    """
    whose: Row = {} if query.resource == "geo_target_constant" else _customer(account)
    return ({**whose, **row} for row in _TABLES[query.resource](account, query))


def _customer(account: Account) -> Row:
    return {
        "customer.resource_name": f"customers/{account.number}",
        "customer.id": int(account.number),
        "customer.currency_code": account.currency,
        "customer.time_zone": account.time_zone,
        "customer.descriptive_name": account.name,
        "customer.manager": account.is_manager,
        "customer.status": account.status,
    }


def _customers(_: Account, __: Query) -> Iterator[Row]:
    yield {}


def _campaigns(account: Account, query: Query) -> Iterator[Row]:
    for line in _asked(account, query):
        settings = _settings(account, line)
        if any(field.startswith("metrics.") for field in query.fields):
            yield from ({**settings, **figures} for figures in _figures(account, line, query))
        else:
            yield settings


def _asked(account: Account, query: Query) -> list[str]:
    """The campaigns that a query may be about: figures of others are not worked out for nothing."""
    about = [one for one in query.conditions if one.field == "campaign.id"]
    ids = {line: {"campaign.id": int(account.external_id(line))} for line in account.lines}
    return [line for line, row in ids.items() if all(one.holds(row) for one in about)]


def _settings(account: Account, line: str) -> dict[str, Any]:
    live, campaign_id = account.world.market.live(line), account.external_id(line)
    budget, strategy, total = account.budget(line), account.strategy(line), line in account.for_all_time
    removed = line in account.removed
    row: dict[str, Any] = {
        **_campaign(account, line),
        "campaign.status": "REMOVED" if removed else live.status.upper(),
        "campaign.serving_status": "ENDED" if account.world.over else "SERVING",
        "campaign.bidding_strategy_type": strategy,
        "campaign.bidding_strategy_system_status": account.system_status.get(line, "ENABLED"),
        "campaign.campaign_budget": budget,
        "campaign_budget.resource_name": budget,
        "campaign_budget.period": "CUSTOM_PERIOD" if total else "DAILY",
        "campaign_budget.amount_micros": None if total else round(live.daily_budget * MICROS),
        "campaign_budget.total_amount_micros": round((live.native_total or 0) * MICROS) if total else None,
        "campaign_budget.explicitly_shared": line in account.shared,
        "campaign_budget.reference_count": len(account.spenders(budget)),
    }
    holder = _HOLDERS.get(strategy)
    if holder is not None and live.bid_target is not None:
        target = round(live.bid_target * MICROS) if holder.endswith("micros") else live.bid_target
        row[f"{'bidding_strategy' if line in account.portfolio else 'campaign'}.{holder}"] = target
    if line in account.portfolio:
        name = f"customers/{account.number}/biddingStrategies/{50_000_000_000 + int(campaign_id)}"
        row |= {"campaign.bidding_strategy": name, "bidding_strategy.resource_name": name}
    return row


def _campaign(account: Account, line: str) -> dict[str, Any]:
    campaign_id = account.external_id(line)
    return {
        "campaign.resource_name": f"customers/{account.number}/campaigns/{campaign_id}",
        "campaign.id": int(campaign_id),
        "campaign.name": account.names.get(line, line),
        "campaign.status": "REMOVED" if line in account.removed else account.world.market.live(line).status.upper(),
    }


def _figures(account: Account, line: str, query: Query) -> Iterator[Row]:
    """By hour of the account's clock, by day, or all days together. An hour or day without anything has no row."""
    first, last = (date.fromisoformat(str(bound)) for bound in query.bounds("segments.date"))
    calendar, ref = TenantCalendar.of(account.time_zone), EntityRef(line, line, "campaign")
    if "segments.hour" in query.fields:
        found = account.sandbox.figures([ref], calendar.bounds(first)[0], timeout=1).hours[line]
        for (day, hour), row in _by_clock(found, calendar).items():
            if day <= last:
                yield {"segments.date": str(day), "segments.hour": hour, **row}
        return
    for day in account.sandbox.days([ref], first, timeout=1).days[line]:
        if day.day <= last:
            metrics = _metrics(day.micros, day.clicks, day.impressions, day.conversions)
            yield {"segments.date": str(day.day), **metrics, "metrics.conversions_value": day.value / MICROS}


def _by_clock(hours: tuple[HourFigures, ...], calendar: TenantCalendar) -> dict[tuple[date, int], dict[str, Any]]:
    """Two hours that the clock shows alike are one row."""
    found: dict[tuple[date, int], dict[str, Any]] = {}
    for one in hours:
        local = calendar.local(one.hour)
        row = _metrics(one.micros, one.clicks, one.impressions, one.conversions)
        before = found.get((local.date(), local.hour))
        found[local.date(), local.hour] = row if before is None else {key: before[key] + row[key] for key in row}
    return found


def _metrics(micros: int, clicks: float, impressions: float, conversions: float) -> dict[str, Any]:
    return {
        "metrics.cost_micros": micros,
        "metrics.clicks": round(clicks),
        "metrics.impressions": round(impressions),
        "metrics.conversions": float(conversions),
    }


def _criteria(account: Account, _: Query) -> Iterator[Row]:
    geos = account.geos()
    for line in account.lines:
        excluded = [geos[geo] for geo in sorted(account.world.market.live(line).excluded_geos)]
        for place in (*excluded, *map(str, sorted(account.more_excluded.get(line, ())))):
            name = f"{account.external_id(line)}~{place}"
            yield {
                **_campaign(account, line),
                "campaign_criterion.resource_name": f"customers/{account.number}/campaignCriteria/{name}",
                "campaign_criterion.criterion_id": int(place),
                "campaign_criterion.type": "LOCATION",
                "campaign_criterion.negative": True,
                "campaign_criterion.status": "ENABLED",
                "campaign_criterion.location.geo_target_constant": f"geoTargetConstants/{place}",
            }


def _ads(account: Account, query: Query) -> Iterator[Row]:
    wants_metrics = any(field.startswith("metrics.") for field in query.fields)
    for line in _asked(account, query):
        paused = account.world.market.live(line).paused_ads
        parts: Mapping[str, PartFigures] = _parts(account, "ads", line, query) if wants_metrics else {}
        for ad in account.ads(line):
            group, number = account.external_id(ad).split("~")
            status = "REMOVED" if line in account.removed else "ENABLED"
            yield {
                **_campaign(account, line),
                "ad_group.resource_name": f"customers/{account.number}/adGroups/{group}",
                "ad_group.id": int(group),
                "ad_group.status": status,
                "ad_group_ad.resource_name": f"customers/{account.number}/adGroupAds/{group}~{number}",
                "ad_group_ad.status": "PAUSED" if ad.rpartition("/")[2] in paused else "ENABLED",
                "ad_group_ad.ad.id": int(number),
                **(_of_part(parts.get(ad)) if wants_metrics else {}),
            }


def _places_shown(account: Account, query: Query) -> Iterator[Row]:
    geos = account.geos()
    for line in _asked(account, query):
        for geo, part in _parts(account, "geos", line, query).items():
            if not (part.micros or part.impressions or part.conversions):
                continue  # a place is a segment: where there was nothing there is no row
            yield {
                **_campaign(account, line),
                "user_location_view.resource_name": f"customers/{account.number}/userLocationViews/{COUNTRY}~true",
                "user_location_view.country_criterion_id": int(COUNTRY),
                "segments.geo_target_region": f"geoTargetConstants/{geos[geo]}",
                **_of_part(part),
            }


def _parts(account: Account, what: str, line: str, query: Query) -> Mapping[str, PartFigures]:
    first, last = (date.fromisoformat(str(bound)) for bound in query.bounds("segments.date"))
    found = getattr(account.sandbox, what)([EntityRef(line, line, "campaign")], first, last, timeout=1)
    return {part.part: part for part in found[line]}


def _of_part(part: PartFigures | None) -> dict[str, Any]:
    return (
        _metrics(0, 0, 0, 0) if part is None else _metrics(part.micros, part.clicks, part.impressions, part.conversions)
    )


def _constants(account: Account, _: Query) -> Iterator[Row]:
    known = [(int(place), account.geo_name(geo), "Region", "ENABLED") for geo, place in account.geos().items()]
    more = [(place.place_id, place.name, place.kind, place.status) for place in account.places]
    for place, name, kind, status in (*known, *more):
        yield {
            "geo_target_constant.resource_name": f"geoTargetConstants/{place}",
            "geo_target_constant.id": place,
            "geo_target_constant.canonical_name": name,
            "geo_target_constant.target_type": kind,
            "geo_target_constant.status": status,
        }


def _changes(account: Account, query: Query) -> Iterator[Row]:
    first, last = query.bounds("change_event.change_date_time")
    if first is None or last is None:
        raise QueryError("CHANGE_DATE_RANGE_INFINITE", "a finite range of change_date_time is needed")
    if query.limit is None or query.limit > MOST_CHANGES:
        raise QueryError("LIMIT_NOT_SPECIFIED", f"a limit of at most {MOST_CHANGES} is needed")
    if account.hidden_changes is None:
        raise QueryError("CHANGE_EVENT_IS_OUT_OF_ORDER", "it fails")
    calendar = TenantCalendar.of(account.time_zone)
    if datetime.fromisoformat(first).replace(tzinfo=calendar.zone) < account.world.now() - REACH:
        raise QueryError("START_DATE_TOO_OLD", "it goes back 30 days")
    for line in () if account.hidden_changes else account.lines:
        paused: frozenset[str] = frozenset()
        for number, change in enumerate(account.world.market.changes(line)):
            for resource in _resources(account, line, change.field, paused, change.value):
                yield {
                    "change_event.resource_name": f"customers/{account.number}/changeEvents/{number}~{line}",
                    "change_event.change_date_time": f"{calendar.local(change.at):%Y-%m-%d %H:%M:%S.%f}",
                    "change_event.change_resource_type": _CHANGED[change.field],
                    "change_event.change_resource_name": resource,
                    "change_event.client_type": "GOOGLE_ADS_WEB_CLIENT" if change.by_hand else "GOOGLE_ADS_API",
                    "change_event.user_email": BY_HAND if change.by_hand else OURS,
                    "change_event.campaign": None
                    if _CHANGED[change.field] == "CAMPAIGN_BUDGET"
                    else f"customers/{account.number}/campaigns/{account.external_id(line)}",
                }
            if change.field == "paused_ads" and isinstance(change.value, frozenset):
                paused = change.value


def _resources(account: Account, line: str, field: str, paused: frozenset[str], value: Any) -> list[str]:
    """What a change of the market changes here."""
    if field == "paused_ads":
        turned = sorted(paused ^ frozenset(value))
        return [f"customers/{account.number}/adGroupAds/{account.external_id(f'{line}/{ad}')}" for ad in turned]
    if _CHANGED[field] == "CAMPAIGN_BUDGET":
        return [account.budget(line)]
    kind = "campaigns" if _CHANGED[field] == "CAMPAIGN" else "campaignCriteria"
    return [f"customers/{account.number}/{kind}/{account.external_id(line)}"]


def _uploads(account: Account, _: Query) -> Iterator[Row]:
    uploads = account.uploads
    if uploads is None:
        calendar = TenantCalendar.of(account.time_zone)
        uploads = [
            {
                "upload_date": str(calendar.day_of(one.at)),
                "successful_count": round(one.match_rate * 1000),
                "failed_count": 1000 - round(one.match_rate * 1000),
                "pending_count": 0,
            }
            for one in account.world.market.sources.crm_uploads()
        ]
    if uploads:
        root = "offline_conversion_upload_client_summary"
        name = f"customers/{account.number}/offlineConversionUploadClientSummaries/GOOGLE_ADS_API"
        yield {
            f"{root}.resource_name": name,
            f"{root}.client": "GOOGLE_ADS_API",
            f"{root}.last_upload_date_time": f"{uploads[-1]['upload_date']} 06:00:00",
            f"{root}.daily_summaries": uploads,
        }


_TABLES: Mapping[str, Callable[[Account, Query], Iterator[Row]]] = {
    "customer": _customers,
    "campaign": _campaigns,
    "campaign_criterion": _criteria,
    "ad_group_ad": _ads,
    "user_location_view": _places_shown,
    "geo_target_constant": _constants,
    "change_event": _changes,
    "offline_conversion_upload_client_summary": _uploads,
}
