"""A tenant's state: each track against its plan, what is paused or frozen, which safeguards hold, what is connected."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from common.decisions.drift import drift_of
from common.decisions.facts import Facts
from common.domain.calendar import TenantCalendar
from common.domain.change import Status
from common.domain.connection import Connection
from common.domain.manifest import Entity, Pause, PauseScope
from common.domain.money import show
from common.domain.state import Freeze
from common.domain.tenant import GlobalControl, KillSwitch, Tenant
from common.web.connections_view import ConnectionsView, connections_view
from common.web.drift_view import drift_word
from common.web.words import freeze_said, own_name, spelled, when


@dataclass(frozen=True, slots=True)
class LineView:
    """One entity that bears a budget."""

    name: str
    channel: str
    status: str
    spent: str
    allocation: str
    daily: str
    spent_share: float
    """Percent of its allocation, at most 100."""


@dataclass(frozen=True, slots=True)
class TrackView:
    """One track."""

    track_id: str
    plan_version: int
    drift: str
    """How far live budgets are from it: `on plan`, `21% off plan`."""
    over: bool
    """That is over the threshold."""
    flight: str
    spent: str
    allocated: str
    spent_share: float
    time_share: float
    """Percent of the flight's days that are over."""
    lines: list[LineView]
    pauses: list[str]
    freezes: list[str]


@dataclass(frozen=True, slots=True)
class TenantView:
    """The page."""

    tenant_id: str
    name: str
    vertical: str
    degraded: bool
    switches: list[str]
    tracks: list[TrackView]
    connections: ConnectionsView


def tenant_view(
    tenant: Tenant, control: GlobalControl, tracks: Iterable[Facts], connections: Mapping[str, Connection]
) -> TenantView:
    """A tenant as it stands."""
    tracks = list(tracks)
    switches = [("every tenant", control.kill_switch), (tenant.name, tenant.kill_switch)]
    return TenantView(
        tenant_id=tenant.tenant_id,
        name=tenant.name,
        vertical=spelled(tenant.vertical.value),
        degraded=tenant.degraded_attribution,
        switches=[_switch(whose, one) for whose, one in switches if one.on],
        tracks=[_track(facts) for facts in tracks],
        connections=connections_view(connections, TenantCalendar.of(tenant.time_zone)),
    )


def _switch(whose: str, switch: KillSwitch) -> str:
    who, why = switch.by or "somebody", switch.reason or "no reason given"
    return f"The kill switch for {whose} is on, by {who}: {why}. Only emergency pauses go out."


def _track(facts: Facts) -> TrackView:
    manifest, currency, flight = facts.manifest, facts.tenant.currency, facts.plan.flight
    bearing = [entity for entity in manifest.entities.values() if entity.allocation is not None]
    spent = sum(_spent(facts, entity) for entity in bearing)
    over = min(max((facts.today - flight.start).days, 0), flight.days)
    drift = drift_of(manifest, facts.slice, facts.tenant.guardrails)
    return TrackView(
        track_id=manifest.track_id,
        plan_version=manifest.plan_version,
        drift=drift_word(drift),
        over=drift.over,
        flight=f"{flight.start} to {flight.end}",
        spent=show(spent, currency),
        allocated=show(manifest.allocated(), currency),
        spent_share=_share(spent, manifest.allocated()),
        time_share=_share(over, flight.days),
        lines=[_line(facts, entity) for entity in bearing],
        pauses=[_pause(facts, one) for one in manifest.pauses],
        freezes=[_freeze(facts, one) for one in facts.state.freezes],
    )


def _pause(facts: Facts, pause: Pause) -> str:
    since = when(pause.since, facts.calendar)
    match pause.scope:
        case PauseScope.ENTITY:
            what = facts.manifest.called(pause.target)
        case PauseScope.CHANNEL:
            what = f"All of {own_name(pause.target)}"
        case PauseScope.TRACK:
            what = "The whole track"
    return f"{what} is paused since {since}: {spelled(pause.reason).lower()}."


def _freeze(facts: Facts, freeze: Freeze) -> str:
    return freeze_said(freeze, facts.tenant.currency, f" since {when(freeze.since, facts.calendar)}")


def _line(facts: Facts, entity: Entity) -> LineView:
    currency, spent = facts.tenant.currency, _spent(facts, entity)
    return LineView(
        name=entity.called,
        channel=own_name(entity.channel),
        status="on" if entity.status is Status.ENABLED else "paused",
        spent=show(spent, currency),
        allocation=show(entity.allocation or 0, currency),
        daily="none" if entity.daily_budget is None else show(entity.daily_budget, currency),
        spent_share=_share(spent, entity.allocation or 0),
    )


def _spent(facts: Facts, entity: Entity) -> int:
    found = facts.spend.get(entity.entity_id)
    return 0 if found is None else found.visible


def _share(part: int, whole: int) -> float:
    return round(min(100.0, 100 * part / whole), 1) if whole > 0 else 0.0
