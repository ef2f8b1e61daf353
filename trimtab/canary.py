"""The canary: a tenant that shows, on a real project, that a root tick becomes a track's state.

It has no account anywhere, so that nothing is bought and nobody is told; and a flight in the next century, so that
nothing is due. It is in shadow mode besides. A pacing tick of it goes the whole way all the same: pushed, fanned out,
pushed again, decided on, and remembered in Firestore.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from common.domain import paths
from common.domain.calendar import Flight
from common.domain.canonical import canonical
from common.domain.change import OptimizationType
from common.domain.guardrails import Guardrails, Mode
from common.domain.manifest import Entity, Manifest
from common.domain.paths import Track
from common.domain.plan import MediaPlan, PlanChannel, PlanTrack
from common.domain.state import TrackState
from common.domain.tenant import Cadences, Tenant
from common.domain.tick import Cadence, RootTick, window_of
from common.domain.verticals import Kpi, Metric, Vertical
from common.ports.bus import Message
from common.ports.documents import Conflict, Replace
from common.use_cases.load import decode, read_one
from common.use_cases.onboard import onboard
from common.use_cases.ports import Ports
from common.use_cases.queries import state_of

TENANT = "trimtab-canary"
TRACK = Track(TENANT, "canary")
FLIGHT = Flight(start=date(2100, 1, 1), end=date(2100, 1, 31))
_PLAN, _CHANNEL, _PLATFORM, _MICROS = "canary-plan", "google_search", "google_ads", 1_000_000
_NOT_AFTER = 50
"""Seconds into a minute until which a root tick is still published in it."""


@dataclass(frozen=True, slots=True)
class Sang:
    """How it ended: `fault` says what went wrong, and is `None` where all is well."""

    window: datetime
    seconds: float
    fault: str | None = None


def tenant() -> Tenant:
    """Its configuration."""
    return Tenant(
        tenant_id=TENANT,
        name="Canary",
        currency="EUR",
        time_zone="UTC",
        vertical=Vertical.ECOMMERCE,
        guardrails=Guardrails(mode={one.value: Mode.SHADOW for one in OptimizationType}),
        cadences=Cadences(review_weekdays=(), report_weekdays=()),
        degraded_attribution=True,
        tracks=(TRACK.track_id,),
    )


def take_on(ports: Ports) -> bool:
    """Have the tenant. Returns whether it had to be taken on."""
    line = PlanChannel(channel=_CHANNEL, platform=_PLATFORM, budget=_MICROS)
    plan = MediaPlan(
        tenant_id=TENANT,
        plan_id=_PLAN,
        version=1,
        currency="EUR",
        flight=FLIGHT,
        master_cap=_MICROS,
        tracks=(PlanTrack(track_id=TRACK.track_id, kpi=Kpi(metric=Metric.ROAS, target=1), channels=(line,)),),
        approved_by="canary@example.com",
        approved_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    entity = Entity(
        entity_id=_CHANNEL,
        platform=_PLATFORM,
        channel=_CHANNEL,
        external_id="none",
        allocation=_MICROS,
        daily_budget=_MICROS // FLIGHT.days,
    )
    manifest = Manifest(
        tenant_id=TENANT, track_id=TRACK.track_id, plan_id=_PLAN, plan_version=1, entities={_CHANNEL: entity}
    )
    try:
        onboard(ports, tenant(), plan, [manifest])
    except Conflict:
        return False
    return True


def sing(
    ports: Ports, dead_letters: Callable[[], list[Message]], seconds: float, sleep: Callable[[float], None]
) -> Sang:
    """Send one root tick of pacing, and wait until the canary's window is done.

    Other tenants of that minute get their tick once more, which changes nothing.

    Args:
        dead_letters: what has come to pacing's dead letters since it was last asked.
        seconds: how long it may take.
        sleep: waits, of real seconds.
    """
    sent = _ready(ports, sleep)
    window = window_of(Cadence.PACING, sent)
    ports.bus.publish(Cadence.PACING.topic, Message(canonical(RootTick(cadence=Cadence.PACING).body())))
    while True:
        took = (ports.clock.now() - sent).total_seconds()
        state = state_of(ports, TRACK)
        done = state is not None and state.windows.get(Cadence.PACING.value) == window
        named = next((one for one in dead_letters() if TENANT.encode() in one.data), None)
        if named is not None:
            return Sang(window, took, f"its tick was set aside: {named.attributes.get('reason', 'no reason is given')}")
        if done:
            return Sang(window, took)
        if took > seconds:
            return Sang(window, took, f"its pacing window was not done within {seconds:g} s of the root tick")
        sleep(0.2)


def _ready(ports: Ports, sleep: Callable[[float], None]) -> datetime:
    """Put the tenant into this minute's slot, its pacing window not done; returns the instant."""
    now = ports.clock.now()
    if now.second >= _NOT_AFTER:
        sleep(60 - now.second)
        now = ports.clock.now()
    while True:
        try:
            ports.documents.commit(*_as_if_new(ports, now.minute))
        except Conflict:  # a tick of the scheduler's is under way
            continue
        return now


def _as_if_new(ports: Ports, slot: int) -> list[Replace]:
    held = read_one(ports.documents, Tenant, paths.tenant(TENANT))
    writes = [Replace(paths.tenant(TENANT), held.value.but(slot=slot).body(), held.version)]
    document = ports.documents.read(TRACK.state)[0]
    if document is not None:
        state = decode(TrackState, document)
        others = {name: done for name, done in state.windows.items() if name != Cadence.PACING.value}
        writes.append(Replace(TRACK.state, state.but(windows=others).body(), document.version))
    return writes
