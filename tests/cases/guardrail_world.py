"""The world of the guardrails' cases: small enough to reckon with in one's head. Money in whole euros, in and out.

A flight of 30 days, of which 20 are left from the midnight at which it is: an even pace of 100 EUR for each campaign
with 2000 EUR unspent, which is also what each spends a day. Every hour is like every other.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from common.decisions.facts import Facts, Spent
from common.domain.calendar import TenantCalendar
from common.domain.change import Change, OptimizationType, Proposal, Reason, Setting, Value
from common.domain.envelope import Envelope
from common.domain.manifest import Entity, Manifest, Pause
from common.domain.money import MICROS
from common.domain.plan import MediaPlan
from common.domain.state import TrackState
from common.domain.tenant import Tenant

ZONE = "Europe/Madrid"
MONEY = {"allocation", "daily_budget", "total_budget", "bid_target"}
SPENT = {"search": (900, 100), "social": (1000, 0), "video": (500, 0)}
"""By campaign: visible, and the upper bound of what is not visible yet."""


def euros(units: float) -> int:
    """Euros in micros, to the micro."""
    return round(units * MICROS)


def facts_of(world: Mapping[str, Any]) -> Facts:
    """The facts of a case: the world as described above, with what the case says otherwise."""
    now = instant(world.get("now", "2026-03-11T00:00"))
    tenant = Tenant.model_validate(_tenant(world))
    spent = {**SPENT, **world.get("spent", {})}
    return Facts(
        now=now,
        tenant=tenant,
        plan=_plan(world),
        manifest=_manifest(world, now),
        state=TrackState(
            tenant_id="acme",
            track_id="shoes",
            freezes=tuple({"since": now, **freeze} for freeze in world.get("freezes", [])),  # pyright: ignore[reportArgumentType]
            ratios=world.get("ratios", {}),
            pacing={name: _learned(world, now) for name in SPENT},
        ),
        spend={name: Spent(euros(pair[0]), euros(pair[1])) for name, pair in spent.items() if pair is not None},
        envelope=_envelope(world),
        killed=world.get("killed", False),
    )


def _learned(world: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    seen = now - timedelta(hours=world.get("seen_hours_ago", 1))
    return {"weekday": [1] * 7, "hours": [1] * 24, "seen": seen.isoformat()}


def instant(local: str) -> datetime:
    """A local time as an instant."""
    moment = datetime.fromisoformat(local)
    midnight = TenantCalendar.of(ZONE).bounds(moment.date())[0]
    return midnight + timedelta(hours=moment.hour, minutes=moment.minute)


def proposals_of(rows: list[dict[str, Any]], facts: Facts) -> tuple[Proposal, ...]:
    """A case's proposals. A change is entity, setting, after; or entity, setting, before, after."""
    return tuple(
        Proposal(
            proposal_id=row.get("id", f"p{index}"),
            type=OptimizationType(row["type"]),
            rule=row["type"],
            changes=tuple(_change(change, facts.manifest) for change in row.get("changes", [])),
            why="It is better so.",
            evidence=row.get("evidence", {}),
            reasons=tuple(Reason(code=code) for code in row.get("reasons", [])),
            lifts_pause=row.get("lifts"),
        )
        for index, row in enumerate(rows)
    )


def _change(row: list[Any], manifest: Manifest) -> Change:
    entity_id, setting, after = row[0], Setting(row[1]), _value(row[1], row[-1])
    entity = manifest.entities.get(entity_id)
    known = entity.value(setting) if entity else None
    return Change(
        entity_id=entity_id, setting=setting, before=_value(row[1], row[2]) if len(row) > 3 else known, after=after
    )


def _value(setting: str, shown: float | str | list[str] | None) -> Value:
    if isinstance(shown, list):
        return tuple(shown)
    return euros(shown) if isinstance(shown, int | float) else shown


def _tenant(world: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "tenant_id": "acme",
        "name": "Acme",
        "currency": "EUR",
        "time_zone": ZONE,
        "vertical": "schools",
        "tracks": ["shoes", "bags"],
        "guardrails": world.get("guardrails", {}),
        "degraded_attribution": world.get("degraded", False),
    }


def _plan(world: Mapping[str, Any]) -> MediaPlan:
    periods = world.get("periods", {})
    caps = {"search": 3300, "social": None, "video": None, **world.get("max_budget", {})}
    lines = [_line(channel, caps[channel], periods.get(channel, [])) for channel in ("search", "social", "video")]
    kpi = world.get("kpi", {"metric": "cpa", "target": 20.0})
    return MediaPlan.model_validate(
        {
            "tenant_id": "acme",
            "plan_id": "spring",
            "version": 1,
            "currency": "EUR",
            "flight": {"start": date(2026, 3, 1), "end": date(2026, 3, 30)},
            "master_cap": euros(11_000),
            "tracks": [
                {"track_id": "shoes", "kpi": kpi, "channels": lines},
                {
                    "track_id": "bags",
                    "channels": [{"channel": "search", "platform": "google_ads", "budget": euros(2500)}],
                },
            ],
            "approved_by": "ana@acme.test",
            "approved_at": datetime.fromisoformat("2026-02-20T00:00+00:00"),
        }
    )


def _line(channel: str, cap: float | None, periods: list[list[Any]]) -> dict[str, Any]:
    budget = {"search": 3000, "social": 3000, "video": 1500}[channel]
    return {
        "channel": channel,
        "platform": "meta" if channel == "social" else "google_ads",
        "budget": euros(budget),
        "max_budget": None if cap is None else euros(cap),
        "periods": [{"start": start, "end": end, "budget": euros(money)} for start, end, money in periods],
    }


def _envelope(world: Mapping[str, Any]) -> Envelope | None:
    if world.get("envelope", True) is False:
        return None
    given = {"master_cap": 11_000, "shoes": 7500, "bags": 2500, **world.get("envelope", {})}
    ceilings = {track: {"total": euros(given[track])} for track in ("shoes", "bags")}
    return Envelope.model_validate(
        {"plan_id": "spring", "plan_version": 1, "master_cap": euros(given["master_cap"]), "ceilings": ceilings}
    )


def _manifest(world: Mapping[str, Any], now: datetime) -> Manifest:
    entities = {entity["entity_id"]: entity for entity in _entities()}
    for name, changes in world.get("entities", {}).items():
        entities[name] = {**entities.get(name, {"entity_id": name, "external_id": name}), **_in_micros(changes)}
    for name, steps in world.get("trail", {}).items():
        entities[name]["trail"] = tuple(_step(step, now) for step in steps)
    return Manifest(
        tenant_id="acme",
        track_id="shoes",
        plan_id="spring",
        plan_version=1,
        entities={name: Entity.model_validate(entity) for name, entity in entities.items()},
        pauses=tuple(
            Pause.model_validate({"reason": "spend_anomaly", "since": now, **p}) for p in world.get("pauses", [])
        ),
    )


def _entities() -> list[dict[str, Any]]:
    search = {"channel": "search", "platform": "google_ads"}
    social = {"channel": "social", "platform": "meta"}
    campaigns = [
        {
            "entity_id": "search",
            "allocation": 3000,
            "daily_budget": 100,
            "bid_target": 20,
            **search,
            "excluded_geos": ("ES-CE",),
            "delivery": {"bid_metric": "cpa"},
        },
        {
            "entity_id": "social",
            "allocation": 3000,
            "daily_budget": 100,
            **social,
            "delivery": {"learning": True, "overdelivery": 1.75},
        },
        {
            "entity_id": "video",
            "allocation": 1500,
            "daily_budget": 50,
            "total_budget": 1500,
            **search,
            "channel": "video",
            "delivery": {"takes_total_budget": True},
        },
    ]
    group = {"entity_id": "group", "kind": "ad_set", "parent": "social", **social}
    ads = [{"entity_id": name, "kind": "ad", "parent": "group", **social} for name in ("ad-1", "ad-2", "ad-3")]
    return [{"external_id": e["entity_id"], **_in_micros(e)} for e in (*campaigns, group, *ads)]


def _in_micros(entity: Mapping[str, Any]) -> dict[str, Any]:
    return {key: euros(value) if key in MONEY and value is not None else value for key, value in entity.items()}


def _step(step: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    ago = timedelta(hours=step.get("hours_ago", 0), days=step.get("days_ago", 0), seconds=step.get("seconds_ago", 0))
    setting = step["setting"]
    return {
        "at": now - ago,
        "setting": setting,
        "before": _value(setting, step["before"]),
        "after": _value(setting, step["after"]),
        "type": step.get("type"),
        "auto": step.get("auto", step.get("type") is not None),
    }
