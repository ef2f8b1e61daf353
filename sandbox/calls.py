"""What can be asked of a served market, from JSON to JSON.

A row of a report is its hour or day and its numbers, in the order in which its class has them.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, astuple, fields
from datetime import date, datetime
from typing import Any, Protocol

from common.domain.change import Change, Setting
from common.domain.connection import Need
from common.domain.errors import NotFound
from common.domain.figures import (
    DayEvents,
    DayFigures,
    DaysReport,
    EventsReport,
    FiguresReport,
    HourEvents,
    HourFigures,
)
from common.domain.model import parse
from common.domain.spend_report import HourSpend, SpendReport
from common.domain.tenant import Tenant
from common.domain.trouble import Trouble
from common.ports.ad_platform import AdPlatform, EntityRef, PartsReport, PlatformChange
from common.ports.analytics import Analytics
from common.ports.crm import Crm

Body = Mapping[str, Any]


class Served(Protocol):
    """What can be served: a world, or several that share a clock."""

    def now(self) -> datetime:
        """The market's instant."""
        ...

    def platforms(self, tenant_id: str, platform: str) -> AdPlatform:
        """A tenant's account on a platform."""
        ...

    def analytics(self, tenant_id: str) -> Analytics:
        """A tenant's GA4 property."""
        ...

    def crm(self, tenant_id: str) -> Crm:
        """A tenant's CRM."""
        ...

    def check(self, tenant: Tenant, source: str, timeout: float) -> tuple[Need, ...] | None:
        """What a tenant's source needs."""
        ...


def wire(trouble: Trouble | None) -> Any:
    """Why there was no answer, where that is known."""
    if trouble is None:
        return None
    return {**asdict(trouble), "after": None if trouble.after is None else trouble.after.total_seconds()}


def _live(platform: AdPlatform, body: Body) -> Any:
    found = platform.live(_refs(body), timeout=body["timeout"])
    return {
        entity_id: {
            "values": {setting.value: value for setting, value in live.values.items()},
            "changed_by": live.changed_by,
            "changed_at": None if live.changed_at is None else live.changed_at.isoformat(),
        }
        for entity_id, live in found.items()
    }


def _apply(platform: AdPlatform, body: Body) -> Any:
    changes = [_change(change) for change in body["changes"]]
    answers = platform.apply(body["key"], changes, timeout=body["timeout"])
    return [asdict(answer) for answer in answers]


def _change(body: Body) -> PlatformChange:
    ref = EntityRef(**body["ref"])
    parsed = Change.model_validate({**body["change"], "entity_id": ref.entity_id})
    return PlatformChange(ref, Setting(parsed.setting), parsed.before, parsed.after)


def _spend(platform: AdPlatform, body: Body) -> Any:
    return _report(platform.spend(_refs(body), _since(body), timeout=body["timeout"]))


def _figures(platform: AdPlatform, body: Body) -> Any:
    return _report(platform.figures(_refs(body), _since(body), timeout=body["timeout"]))


def _platform_days(platform: AdPlatform, body: Body) -> Any:
    return _days(platform.days(_refs(body), _first(body), timeout=body["timeout"]))


def _geos(platform: AdPlatform, body: Body) -> Any:
    return _parts(platform.geos(_refs(body), _first(body), _last(body), timeout=body["timeout"]))


def _ads(platform: AdPlatform, body: Body) -> Any:
    return _parts(platform.ads(_refs(body), _first(body), _last(body), timeout=body["timeout"]))


def _realtime(world: Served, tenant_id: str, body: Body) -> Any:
    found = world.analytics(tenant_id).realtime(timeout=body["timeout"])
    if found is None:
        return None
    return [[one.start.isoformat(), one.sessions, one.conversions] for one in found.quarters]


def _events(world: Served, tenant_id: str, body: Body) -> Any:
    found = world.analytics(tenant_id).events(_refs(body), _since(body), timeout=body["timeout"])
    return None if found is None else _report(found)


def _ga4_days(world: Served, tenant_id: str, body: Body) -> Any:
    found = world.analytics(tenant_id).days(_refs(body), _first(body), timeout=body["timeout"])
    return None if found is None else _days(found)


def _uploads(world: Served, tenant_id: str, body: Body) -> Any:
    found = world.crm(tenant_id).uploads(_refs(body), _since(body), timeout=body["timeout"])
    return [[one.at.isoformat(), one.match_rate, dict(one.conversions)] for one in found]


def _check(world: Served, tenant_id: str, body: Body) -> Any:
    tenant = parse(Tenant, body["tenant"], "the tenant that is asked for")
    if tenant.tenant_id != tenant_id:
        raise NotFound(f"{tenant.tenant_id} is asked for under the name {tenant_id}")
    found = world.check(tenant, body["source"], body["timeout"])
    return None if found is None else [need.body() for need in found]


def _refs(body: Body) -> list[EntityRef]:
    return [EntityRef(**ref) for ref in body["refs"]]


def _since(body: Body) -> datetime:
    return datetime.fromisoformat(body["since"])


def _first(body: Body) -> date:
    return date.fromisoformat(body["first"])


def _last(body: Body) -> date:
    return date.fromisoformat(body["last"])


def _report(report: SpendReport | FiguresReport | EventsReport) -> Any:
    hours = {entity_id: [_row(row) for row in rows] for entity_id, rows in report.hours.items()}
    return {"complete_until": report.complete_until.isoformat(), "hours": hours}


def _days(report: DaysReport[DayFigures] | DaysReport[DayEvents]) -> Any:
    days = {entity_id: [_row(row) for row in rows] for entity_id, rows in report.days.items()}
    settled = report.settled_until and report.settled_until.isoformat()
    return {"complete_until": report.complete_until.isoformat(), "days": days, "settled_until": settled}


def _parts(report: PartsReport) -> Any:
    return {entity_id: [astuple(part) for part in parts] for entity_id, parts in report.items()}


def _row(row: HourSpend | HourFigures | HourEvents | DayFigures | DayEvents) -> list[Any]:
    when, *numbers = (getattr(row, one.name) for one in fields(row))
    return [when.isoformat(), *numbers]


PLATFORM_CALLS: Mapping[str, Callable[[AdPlatform, Body], Any]] = {
    "live": _live,
    "apply": _apply,
    "spend": _spend,
    "figures": _figures,
    "days": _platform_days,
    "geos": _geos,
    "ads": _ads,
}
SOURCE_CALLS: Mapping[str, Callable[[Served, str, Body], Any]] = {
    "realtime": _realtime,
    "events": _events,
    "days": _ga4_days,
    "uploads": _uploads,
    "check": _check,
}
"""Of what a tenant has beside its platforms."""
