"""Generated tracks and proposals: three channels, two platforms, with pasts, limits and wishes around their bounds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from common.decisions.facts import Facts, Spent
from common.domain.calendar import Flight
from common.domain.change import Change, OptimizationType, Proposal, Setting, Status, Value
from common.domain.envelope import Ceiling, Envelope
from common.domain.guardrails import Guardrails
from common.domain.manifest import Delivery, Entity, EntityKind, FieldChange, Manifest, Pause, PauseScope
from common.domain.money import MICROS
from common.domain.plan import MediaPlan, PlanChannel, PlanTrack
from common.domain.state import Freeze, TrackState
from common.domain.tenant import Tenant
from common.domain.verticals import Kpi, Metric, Vertical

T, S = OptimizationType, Setting
FLIGHT = Flight(start=date(2026, 3, 1), end=date(2026, 3, 30))
CHANNELS = ("search", "social", "video")
FAR_CAP = 10**15
SURE: dict[str, float | int | str | None] = {
    "conversions_30d": 100,
    "confidence": 0.99,
    "cpa_multiple": 3.0,
    "impressions": 9000,
}


@dataclass(frozen=True)
class World:
    """Facts, and what is wanted."""

    facts: Facts
    proposals: tuple[Proposal, ...]


Wish = Callable[[DrawFn, Facts], tuple[OptimizationType, list[Change]]]


@st.composite
def worlds(
    draw: DrawFn,
    wishes: tuple[Wish, ...],
    *,
    most: int = 5,
    guarded: bool = True,
    frozen: bool | None = None,
    killed: bool | None = None,
    paused: bool | None = None,
) -> World:
    """A track with some proposals.

    Args:
        wishes: what proposals are made by.
        most: how many of them at most.
        guarded: whether freezes, pauses, kill switches and missing spend may be there; `frozen`, `killed` and `paused`
            say it for certain.
    """
    now = datetime(2026, 3, draw(st.integers(2, 30)), draw(st.integers(0, 23)), tzinfo=UTC)
    spend: dict[str, Spent] = {}
    entities: list[Entity] = []
    for channel in CHANNELS:
        for index in range(draw(st.integers(1, 2))):
            entity, spent = _campaign(draw, f"{channel}-{index}", channel, now)
            entities.append(entity)
            if not guarded or draw(st.integers(0, 9)):
                spend[entity.entity_id] = spent
    entities += _ads(draw)
    manifest = _manifest(draw, entities, now, paused if paused is not None else guarded and draw(st.booleans()))
    facts = Facts(
        now=now,
        tenant=_tenant(draw),
        plan=_plan(draw, manifest),
        manifest=manifest,
        state=_state(draw, manifest, now, frozen if frozen is not None else guarded and draw(st.booleans())),
        spend=spend,
        envelope=_envelope(draw, manifest),
        killed=killed if killed is not None else guarded and not draw(st.integers(0, 9)),
    )
    names = draw(st.permutations([f"p{index}" for index in range(draw(st.integers(1, most)))]))
    return World(facts, tuple(_proposal(draw, name, draw(st.sampled_from(wishes)), facts) for name in names))


def pace(draw: DrawFn, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """A daily budget up or down, around every bound."""
    entity = draw(st.sampled_from(campaigns(facts)))
    factor = draw(st.sampled_from((0.3, 0.75, 0.8, 0.9, 1.02, 1.1, 1.19, 1.2, 1.24, 1.25, 1.3, 1.6)))
    base = draw(st.sampled_from(sorted({entity.daily_budget or 0, even_pace(facts, entity)})))
    return T.PACE, [change(entity, S.DAILY_BUDGET, max(1, round(base * factor)))]


def start_or_stop(draw: DrawFn, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """A campaign turned over by pacing."""
    entity = draw(st.sampled_from(campaigns(facts)))
    return T.PACE, [_turned(entity)]


def shift(draw: DrawFn, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """Money from one campaign to another, up to all of it and beyond what is spent."""
    give, get = draw(st.permutations(campaigns(facts)))[:2]
    percent = draw(st.sampled_from((0.5, 2, 4.9, 5, 5.1, 9.9, 10, 10.1, 20, 50, 101)))
    unspent = max(0, (give.allocation or 0) - facts.spend.get(give.entity_id, Spent(0, 0)).most)
    money = min(give.allocation or 0, round(unspent * percent / 100))
    type_ = draw(st.sampled_from((T.BUDGET_SHIFT, T.BUDGET_SHIFT, T.REVERT)))
    down = change(give, S.ALLOCATION, (give.allocation or 0) - money)
    return type_, [down, change(get, S.ALLOCATION, (get.allocation or 0) + money)]


def more(draw: DrawFn, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """More money for one campaign."""
    entity = draw(st.sampled_from(campaigns(facts)))
    factor = draw(st.sampled_from((1.001, 1.02, 1.05, 1.2)))
    type_ = draw(st.sampled_from((T.SPEND_INCREASE, T.BUDGET_SHIFT, T.REVERT)))
    return type_, [change(entity, S.ALLOCATION, round((entity.allocation or 0) * factor))]


def bid(draw: DrawFn, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """A bid target moved."""
    bidding = [entity for entity in campaigns(facts) if entity.bid_target is not None]
    entity = draw(st.sampled_from(bidding))
    factor = draw(st.sampled_from((0.8, 0.9, 0.95, 1.05, 1.1, 1.11)))
    return T.BID, [change(entity, S.BID_TARGET, round((entity.bid_target or 0) * factor))]


def geos(draw: DrawFn, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """Exclusions added or dropped."""
    entity = draw(st.sampled_from(campaigns(facts)))
    return T.AUDIENCE, [change(entity, S.EXCLUDED_GEOS, draw(st.sampled_from(((), ("a",), ("a", "b"), ("b", "c")))))]


def ad(draw: DrawFn, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """An ad turned over."""
    ads = [entity for entity in facts.manifest.entities.values() if entity.kind is EntityKind.AD]
    return T.CREATIVE, [_turned(draw(st.sampled_from(ads)))]


def emergency(draw: DrawFn, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """A campaign stopped at once."""
    return T.EMERGENCY_PAUSE, [change(draw(st.sampled_from(campaigns(facts))), S.STATUS, Status.PAUSED.value)]


def resume(draw: DrawFn, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """A campaign turned on again."""
    return T.RESUME, [change(draw(st.sampled_from(campaigns(facts))), S.STATUS, Status.ENABLED.value)]


def replan(draw: DrawFn, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """A structural change."""
    return T.STRUCTURAL, pace(draw, facts)[1]


ANYTHING: tuple[Wish, ...] = (pace, start_or_stop, shift, more, bid, geos, ad, emergency, resume, replan)


def campaigns(facts: Facts) -> list[Entity]:
    """The entities with money."""
    return [entity for entity in facts.manifest.entities.values() if entity.allocation is not None]


def change(entity: Entity, setting: Setting, after: Value) -> Change:
    """A change from the live value."""
    return Change(entity_id=entity.entity_id, setting=setting, before=entity.value(setting), after=after)


def even_pace(facts: Facts, entity: Entity) -> int:
    """The unspent allocation over the days left, every hour like any other."""
    spent = facts.spend.get(entity.entity_id, Spent(0, 0))
    return max(0, (entity.allocation or 0) - spent.most) * 24 // hours_left(facts)


def hours_left(facts: Facts) -> int:
    """Hours until the flight ends; the tenant's clock is UTC."""
    end = datetime(2026, 3, 31, tzinfo=UTC)
    return (end - facts.now) // timedelta(hours=1)


def _turned(entity: Entity) -> Change:
    after = Status.PAUSED if entity.status is Status.ENABLED else Status.ENABLED
    return change(entity, S.STATUS, after.value)


def _proposal(draw: DrawFn, name: str, wish: Wish, facts: Facts) -> Proposal:
    type_, changes = wish(draw, facts)
    return Proposal(
        proposal_id=name, type=type_, rule=type_.value, changes=tuple(changes), why="It is better so.", evidence=SURE
    )


def _campaign(draw: DrawFn, name: str, channel: str, now: datetime) -> tuple[Entity, Spent]:
    allocation = draw(st.integers(100, 5000)) * MICROS
    visible = round(allocation * draw(st.sampled_from((0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.999))))
    spent = Spent(visible, draw(st.sampled_from((0, 0, allocation // 100))))
    left = max(1, allocation - spent.most) / max(1, (FLIGHT.end - now.date()).days + 1)
    daily = max(MICROS, round(left * draw(st.sampled_from((0.5, 0.9, 1.0, 1.1, 1.5)))))
    status = draw(st.sampled_from((Status.ENABLED, Status.ENABLED, Status.PAUSED)))
    entity = Entity(
        entity_id=name,
        platform="meta" if channel == "social" else "google_ads",
        channel=channel,
        external_id=name,
        status=status,
        allocation=allocation,
        daily_budget=daily,
        bid_target=draw(st.integers(11, 29)) * MICROS if channel == "search" else None,
        excluded_geos=draw(st.sampled_from(((), ("a",)))),
        delivery=Delivery(learning=channel == "social", bid_metric="cpa" if channel == "search" else None),
    )
    return entity.but(trail=_trail(draw, entity, now)), spent


def _trail(draw: DrawFn, entity: Entity, now: datetime) -> tuple[FieldChange, ...]:
    """Some days of changes that lead to the values that are live, oldest first."""
    steps: list[FieldChange] = []
    daily, allocation = entity.daily_budget or 0, entity.allocation or 0
    ages = draw(st.lists(st.integers(1, 8 * 24), max_size=5, unique=True).map(sorted))
    if entity.status is Status.PAUSED:
        type_ = draw(st.sampled_from((T.PACE, T.PACE, T.EMERGENCY_PAUSE, None)))
        steps.append(_step(now, draw(st.integers(1, 30)), S.STATUS, "enabled", "paused", type_))
    for age in ages:
        if draw(st.booleans()):
            before = round(daily * draw(st.sampled_from((0.6, 0.8, 0.9, 1.1, 1.3, 2.0))))
            steps.append(_step(now, age, S.DAILY_BUDGET, before, daily, draw(st.sampled_from((T.PACE, None)))))
            daily = before
        else:
            before = round(allocation * draw(st.sampled_from((0.92, 0.97, 1.03, 1.08))))
            steps.append(_step(now, age, S.ALLOCATION, before, allocation, T.BUDGET_SHIFT))
            allocation = before
    return tuple(sorted(steps, key=lambda step: step.at))


def _step(
    now: datetime, age: int, setting: Setting, before: Value, after: Value, type_: OptimizationType | None
) -> FieldChange:
    at = now - timedelta(hours=age)
    return FieldChange(at=at, setting=setting, before=before, after=after, type=type_, auto=type_ is not None)


def _ads(draw: DrawFn) -> list[Entity]:
    common: dict[str, Any] = {"platform": "meta", "channel": "social"}
    group = Entity(entity_id="group", external_id="group", kind=EntityKind.AD_SET, parent="social-0", **common)
    ads = [
        Entity(
            entity_id=name,
            external_id=name,
            kind=EntityKind.AD,
            parent="group",
            status=draw(st.sampled_from((Status.ENABLED, Status.ENABLED, Status.PAUSED))),
            policy_sensitive=not draw(st.integers(0, 4)),
            **common,
        )
        for name in ("ad-1", "ad-2", "ad-3")
    ]
    return [group, *ads]


def _manifest(draw: DrawFn, entities: list[Entity], now: datetime, paused: bool) -> Manifest:
    pauses: tuple[Pause, ...] = ()
    if paused:
        scope = draw(st.sampled_from(PauseScope))
        names = {PauseScope.ENTITY: [e.entity_id for e in entities], PauseScope.CHANNEL: list(CHANNELS)}
        target = draw(st.sampled_from(names.get(scope, ["shoes"])))
        pauses = (Pause(pause_id="alarm", scope=scope, target=target, reason="spend_anomaly", since=now, entities=()),)
    return Manifest(
        tenant_id="acme",
        track_id="shoes",
        plan_id="spring",
        plan_version=1,
        entities={entity.entity_id: entity for entity in entities},
        pauses=pauses,
    )


def _tenant(draw: DrawFn) -> Tenant:
    pick: Callable[..., Any] = lambda *values: draw(st.sampled_from(values))  # noqa: E731
    rails = Guardrails(
        shift_max_pct=pick(10, 10, 5, 30),
        shift_max_pct_7d=pick(25, 25, 10, 60),
        daily_budget_step_pct=pick(25, 25, 12.5, 50),
        daily_budget_7d_pct=pick(60, 60, 30, 200),
        learning_step_pct=pick(20, 20, 10, 50),
        budget_writes_per_day=pick(4, 2, 100),
        cooldown_hours=pick(6, 0, 12),
        review_cooldown_hours=pick(24, 0, 6),
        protected_geos=pick((), ("b",)),
    )
    return Tenant(
        tenant_id="acme",
        name="Acme",
        currency="EUR",
        time_zone="UTC",
        vertical=Vertical.SCHOOLS,
        guardrails=rails,
        tracks=("shoes",),
        degraded_attribution=not draw(st.integers(0, 4)),
    )


def _plan(draw: DrawFn, manifest: Manifest) -> MediaPlan:
    lines: list[PlanChannel] = []
    for channel in CHANNELS:
        allocated = manifest.allocated(channel)
        room = draw(st.sampled_from((None, None, 1.0, 1.02, 1.1)))
        cap = None if room is None else round(allocated * room)
        platform = "meta" if channel == "social" else "google_ads"
        lines.append(PlanChannel(channel=channel, platform=platform, budget=allocated, max_budget=cap))
    return MediaPlan(
        tenant_id="acme",
        plan_id="spring",
        version=1,
        currency="EUR",
        flight=FLIGHT,
        master_cap=FAR_CAP,
        tracks=(PlanTrack(track_id="shoes", kpi=Kpi(metric=Metric.CPA, target=20.0), channels=tuple(lines)),),
        approved_by="ana@acme.test",
        approved_at=datetime(2026, 2, 1, tzinfo=UTC),
    )


def _envelope(draw: DrawFn, manifest: Manifest) -> Envelope:
    total = manifest.allocated()
    ceiling = round(total * draw(st.sampled_from((1.0, 1.0, 1.01, 1.1))))
    cap = ceiling + round(total * draw(st.sampled_from((0.0, 0.01, 0.03))))
    return Envelope(plan_id="spring", plan_version=1, master_cap=cap, ceilings={"shoes": Ceiling(total=ceiling)})


def _state(draw: DrawFn, manifest: Manifest, now: datetime, frozen: bool) -> TrackState:
    freezes = (
        (Freeze(code="ga4_diverges", since=now, channel=draw(st.sampled_from((None, *CHANNELS)))),) if frozen else ()
    )
    curve = {"weekday": [1.0] * 7, "hours": [1.0] * 24}
    pacing = dict.fromkeys(manifest.entities, curve)
    return TrackState(tenant_id="acme", track_id="shoes", freezes=freezes, pacing=pacing)
