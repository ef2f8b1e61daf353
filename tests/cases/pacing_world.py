"""The world of pacing's cases: one campaign whose days are told in a few numbers. Money in whole euros.

A campaign with an allocation of 3,000 for the 30 days of March 2026 in Madrid, at 100 a day. Its past days spend what a
case says (`per_day`, or `days` by date), spread over the hours of a usual day; `today` is what it has spent so far.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from common.decisions.facts import Facts
from common.decisions.observe import observe, spend_since
from common.decisions.spend import spend_of
from common.decisions.spend_curve import USUAL_HOURS
from common.domain.calendar import HOUR, TenantCalendar
from common.domain.manifest import Manifest
from common.domain.money import MICROS
from common.domain.plan import MediaPlan
from common.domain.spend_report import HourSpend, SpendReport
from common.domain.state import TrackState
from common.domain.tenant import Tenant

MONEY = ("allocation", "daily_budget", "total_budget")


def facts_of(case: Mapping[str, Any]) -> Facts:
    """What pacing sees in this case."""
    zone = case.get("zone", "Europe/Madrid")
    calendar = TenantCalendar.of(zone)
    now = local(case["now"], calendar)
    tenant = Tenant.model_validate(
        {
            "tenant_id": "acme",
            "name": "Acme",
            "currency": "EUR",
            "time_zone": zone,
            "vertical": "ecommerce",
            "tracks": ("shoes",),
            "guardrails": case.get("guardrails", {}),
        }
    )
    plan, manifest = _plan(case), _manifest(case, now)
    state = TrackState(
        tenant_id="acme",
        track_id="shoes",
        freezes=tuple({"since": now, **freeze} for freeze in case.get("freezes", [])),  # pyright: ignore[reportArgumentType]
    )
    for earlier in case.get("restated_from", []):
        state = _seen({**case, **earlier}, state, manifest, plan, calendar, local(earlier["now"], calendar))
    state = _seen(case, state, manifest, plan, calendar, now)
    return Facts(now, tenant, plan, manifest, state, spend_of(manifest, state))


def local(written: str, calendar: TenantCalendar) -> datetime:
    """A local time as an instant; a repeated hour is its first, unless it ends in ` again`."""
    moment = datetime.fromisoformat(written.removesuffix(" again"))
    fold = int(written.endswith(" again"))
    return moment.replace(tzinfo=calendar.zone, fold=fold).astimezone(calendar.bounds(moment.date())[0].tzinfo)


def _seen(
    case: Mapping[str, Any],
    state: TrackState,
    manifest: Manifest,
    plan: MediaPlan,
    calendar: TenantCalendar,
    now: datetime,
) -> TrackState:
    since = spend_since(state, manifest, plan, calendar, now)
    if case.get("silent"):
        return observe(state, manifest, plan, calendar, {}, now)
    until = now - case.get("delay", 3) * HOUR
    hours = tuple(_spend(case, calendar, min(since.values()), now))
    report = SpendReport(until, {"search": tuple(hour for hour in hours if hour.hour + HOUR <= until)})
    return observe(state, manifest, plan, calendar, {"google_ads": report}, now)


def _spend(case: Mapping[str, Any], calendar: TenantCalendar, since: datetime, now: datetime) -> list[HourSpend]:
    found: list[HourSpend] = []
    day = calendar.day_of(since)
    today = calendar.day_of(now)
    while day <= today:
        starts = calendar.hours(day)
        passed = [start for start in starts if start < now]
        hours = passed if day == today else starts
        weights = [USUAL_HOURS[calendar.local(start).hour] for start in hours]
        total = _day_total(case, day, today)
        found += [
            HourSpend(start, round(total * MICROS * weight / sum(weights)))
            for start, weight in zip(hours, weights, strict=True)
        ]
        day += timedelta(days=1)
    return found


def _day_total(case: Mapping[str, Any], day: date, today: date) -> float:
    if day == today:
        return float(case.get("today", 0))
    return float(case.get("days", {}).get(day.isoformat(), case.get("per_day", 100)))


def _plan(case: Mapping[str, Any]) -> MediaPlan:
    periods = [{**period, "budget": period["budget"] * MICROS} for period in case.get("periods", [])]
    budget = case.get("allocation", 3000) * MICROS
    line = {"channel": "search", "platform": "google_ads", "budget": budget, "periods": periods}
    return MediaPlan.model_validate(
        {
            "tenant_id": "acme",
            "plan_id": "spring",
            "version": 1,
            "currency": "EUR",
            "flight": case.get("flight", {"start": "2026-03-02", "end": "2026-03-31"}),
            "master_cap": budget,
            "tracks": [{"track_id": "shoes", "channels": [line]}],
            "approved_by": "ana@example.com",
            "approved_at": "2026-02-20T10:00:00Z",
        }
    )


def _manifest(case: Mapping[str, Any], now: datetime) -> Manifest:
    settings = {"allocation": 3000, "daily_budget": 100, **{key: case[key] for key in MONEY if key in case}}
    entity = {
        "entity_id": "search",
        "platform": "google_ads",
        "channel": "search",
        "external_id": "1",
        "status": case.get("status", "enabled"),
        "delivery": {"reporting_delay_hours": case.get("delay", 3), **case.get("delivery", {})},
        "trail": [_step(step, now) for step in case.get("trail", [])],
        **{key: round(value * MICROS) for key, value in settings.items()},
    }
    pauses = [{"since": now, "entities": ("search",), **pause} for pause in case.get("pauses", [])]
    return Manifest.model_validate(
        {
            "tenant_id": "acme",
            "track_id": "shoes",
            "plan_id": "spring",
            "plan_version": 1,
            "entities": {"search": entity},
            "pauses": pauses,
        }
    )


def _step(step: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    money = step.get("setting", "daily_budget") in MONEY
    before, after = ((step[key] * MICROS if money else step[key]) for key in ("before", "after"))
    return {
        "at": now - timedelta(hours=step["hours_ago"]),
        "setting": step.get("setting", "daily_budget"),
        "before": before,
        "after": after,
        "type": step.get("type", "pace"),
        "auto": step.get("auto", True),
    }
