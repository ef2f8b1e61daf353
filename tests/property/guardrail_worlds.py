"""Generated tracks and proposals: three channels, two platforms, with pasts, limits and wishes around their bounds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

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
    "ctr_pct": 0.2,
    "impressions": 9000,
}


@dataclass(frozen=True)
class World:
    """Facts, and what is wanted."""

    facts: Facts
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True)
class Safeguards:
    """Which safeguards a world may have, and which it has or lacks for certain."""

    possible: bool
    frozen: bool | None
    killed: bool | None
    paused: bool | None

    def draw(self, certain: bool | None, dice: Random, share: float) -> bool:
        """Whether one of them is on."""
        return certain if certain is not None else self.possible and dice.random() < share


Wish = Callable[[Random, Facts], tuple[OptimizationType, list[Change]]]


def worlds(
    wishes: tuple[Wish, ...],
    *,
    most: int = 5,
    from_day: int = 2,
    guarded: bool = True,
    frozen: bool | None = None,
    killed: bool | None = None,
    paused: bool | None = None,
) -> SearchStrategy[World]:
    """Tracks with some proposals, each from a seed.

    Args:
        wishes: what proposals are made by.
        most: how many of them at most; at least half of it.
        from_day: the first day of the flight that it may be.
        guarded: whether freezes, pauses, kill switches and missing spend may be there; `frozen`, `killed` and `paused`
            say it for certain.
    """
    seeds = st.integers(0, 2**32)
    safeguards = Safeguards(guarded, frozen, killed, paused)
    return seeds.map(lambda seed: world(Random(seed), wishes, most, from_day, safeguards))


def world(dice: Random, wishes: tuple[Wish, ...], most: int, from_day: int, safeguards: Safeguards) -> World:
    """One track with its proposals."""
    now = datetime(2026, 3, dice.randint(from_day, 30), dice.randint(0, 23), tzinfo=UTC)
    spend: dict[str, Spent] = {}
    entities: list[Entity] = []
    for channel in CHANNELS:
        for index in range(dice.randint(1, 2)):
            entity, spent = _campaign(dice, f"{channel}-{index}", channel, now)
            entities.append(entity)
            if not safeguards.possible or dice.randint(0, 9):
                spend[entity.entity_id] = spent
    entities += _ads(dice)
    manifest = _manifest(dice, entities, now, safeguards.draw(safeguards.paused, dice, 0.5))
    facts = Facts(
        now=now,
        tenant=_tenant(dice),
        plan=_plan(dice, manifest),
        manifest=manifest,
        state=_state(dice, manifest, now, safeguards.draw(safeguards.frozen, dice, 0.5)),
        spend=spend,
        envelope=_envelope(dice, manifest),
        killed=safeguards.draw(safeguards.killed, dice, 0.1),
    )
    count = dice.randint((most + 1) // 2, most)
    names = dice.sample([f"p{index}" for index in range(count)], count)
    return World(facts, tuple(_proposal(dice, name, dice.choice(wishes), facts) for name in names))


def pace(dice: Random, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """A daily budget up or down, around every bound."""
    entity = dice.choice(campaigns(facts))
    factor = dice.choice((0.3, 0.75, 0.8, 0.9, 1.02, 1.1, 1.19, 1.2, 1.24, 1.25, 1.3, 1.6))
    base = dice.choice(sorted({entity.daily_budget or 0, even_pace(facts, entity)}))
    return T.PACE, [change(entity, S.DAILY_BUDGET, max(1, round(base * factor)))]


def start_or_stop(dice: Random, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """A campaign turned over by pacing."""
    entity = dice.choice(campaigns(facts))
    return T.PACE, [_turned(entity)]


def shift(dice: Random, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """Money from one campaign to another, up to all of it and beyond what is spent."""
    give, get = dice.sample(campaigns(facts), 2)
    percent = dice.choice((0.5, 2, 4.9, 5, 5.1, 9.9, 10, 10.1, 20, 50, 101))
    unspent = max(0, (give.allocation or 0) - facts.spend.get(give.entity_id, Spent(0, 0)).most)
    money = min(give.allocation or 0, round(unspent * percent / 100))
    type_ = dice.choice((T.BUDGET_SHIFT, T.BUDGET_SHIFT, T.REVERT))
    down = change(give, S.ALLOCATION, (give.allocation or 0) - money)
    return type_, [down, change(get, S.ALLOCATION, (get.allocation or 0) + money)]


def nudge(dice: Random, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """A little money from one campaign to another."""
    give, get = dice.sample(campaigns(facts), 2)
    money = round((give.allocation or 0) * dice.choice((0.0005, 0.001, 0.01, 0.03)))
    down = change(give, S.ALLOCATION, (give.allocation or 0) - money)
    return T.BUDGET_SHIFT, [down, change(get, S.ALLOCATION, (get.allocation or 0) + money)]


def more(dice: Random, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """More money for one campaign."""
    entity = dice.choice(campaigns(facts))
    factor = dice.choice((1.001, 1.02, 1.05, 1.2))
    type_ = dice.choice((T.SPEND_INCREASE, T.BUDGET_SHIFT, T.REVERT))
    return type_, [change(entity, S.ALLOCATION, round((entity.allocation or 0) * factor))]


def bid(dice: Random, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """A bid target moved."""
    bidding = [entity for entity in campaigns(facts) if entity.bid_target is not None]
    entity = dice.choice(bidding)
    factor = dice.choice((0.8, 0.9, 0.95, 1.05, 1.1, 1.11))
    return T.BID, [change(entity, S.BID_TARGET, round((entity.bid_target or 0) * factor))]


def geos(dice: Random, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """Exclusions added or dropped."""
    entity = dice.choice(campaigns(facts))
    return T.AUDIENCE, [change(entity, S.EXCLUDED_GEOS, dice.choice(((), ("a",), ("a", "b"), ("b", "c"))))]


def ad(dice: Random, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """An ad turned over."""
    ads = [entity for entity in facts.manifest.entities.values() if entity.kind is EntityKind.AD]
    return T.CREATIVE, [_turned(dice.choice(ads))]


def emergency(dice: Random, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """A campaign stopped at once."""
    return T.EMERGENCY_PAUSE, [change(dice.choice(campaigns(facts)), S.STATUS, Status.PAUSED.value)]


def resume(dice: Random, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """A campaign turned on again."""
    return T.RESUME, [change(dice.choice(campaigns(facts)), S.STATUS, Status.ENABLED.value)]


def replan(dice: Random, facts: Facts) -> tuple[OptimizationType, list[Change]]:
    """A structural change."""
    return T.STRUCTURAL, pace(dice, facts)[1]


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


def _proposal(dice: Random, name: str, wish: Wish, facts: Facts) -> Proposal:
    type_, changes = wish(dice, facts)
    return Proposal(
        proposal_id=name, type=type_, rule=type_.value, changes=tuple(changes), why="It is better so.", evidence=SURE
    )


def _campaign(dice: Random, name: str, channel: str, now: datetime) -> tuple[Entity, Spent]:
    allocation = dice.randint(100, 5000) * MICROS
    visible = round(allocation * dice.choice((0.0, 0.2, 0.5, 0.7, 0.9, 0.96, 0.99, 0.999)))
    spent = Spent(visible, dice.choice((0, 0, allocation // 100)))
    left = max(1, allocation - spent.most) / max(1, (FLIGHT.end - now.date()).days + 1)
    daily = max(MICROS, round(left * dice.choice((0.5, 0.9, 1.0, 1.1, 1.5, 3.0))))
    status = dice.choice((Status.ENABLED, Status.ENABLED, Status.PAUSED))
    entity = Entity(
        entity_id=name,
        platform="meta" if channel == "social" else "google_ads",
        channel=channel,
        external_id=name,
        status=status,
        allocation=allocation,
        daily_budget=daily,
        bid_target=dice.randint(11, 29) * MICROS if channel == "search" else None,
        excluded_geos=dice.choice(((), ("a",))),
        delivery=Delivery(learning=channel == "social", bid_metric="cpa" if channel == "search" else None),
    )
    return entity.but(trail=_trail(dice, entity, now)), spent


def _trail(dice: Random, entity: Entity, now: datetime) -> tuple[FieldChange, ...]:
    """Some days of changes that lead to the values that are live, oldest first."""
    steps: list[FieldChange] = []
    daily, allocation = entity.daily_budget or 0, entity.allocation or 0
    ages = sorted(dice.sample(range(1, 8 * 24), dice.randint(0, 5)))
    if entity.status is Status.PAUSED:
        type_ = dice.choice((T.PACE, T.PACE, T.EMERGENCY_PAUSE, None))
        steps.append(_step(now, dice.randint(1, 30), S.STATUS, "enabled", "paused", type_))
    for age in ages:
        if dice.choice((True, False)):
            before = round(daily * dice.choice((0.6, 0.8, 0.9, 1.1, 1.3, 2.0)))
            steps.append(_step(now, age, S.DAILY_BUDGET, before, daily, dice.choice((T.PACE, None))))
            daily = before
        else:
            before = round(allocation * dice.choice((0.95, 0.99, 1.01, 1.04)))
            steps.append(_step(now, age, S.ALLOCATION, before, allocation, T.BUDGET_SHIFT))
            allocation = before
    return tuple(sorted(steps, key=lambda step: step.at))


def _step(
    now: datetime, age: int, setting: Setting, before: Value, after: Value, type_: OptimizationType | None
) -> FieldChange:
    at = now - timedelta(hours=age)
    return FieldChange(at=at, setting=setting, before=before, after=after, type=type_, auto=type_ is not None)


def _ads(dice: Random) -> list[Entity]:
    common: dict[str, Any] = {"platform": "meta", "channel": "social"}
    group = Entity(entity_id="group", external_id="group", kind=EntityKind.AD_SET, parent="social-0", **common)
    ads = [
        Entity(
            entity_id=name,
            external_id=name,
            kind=EntityKind.AD,
            parent="group",
            status=dice.choice((Status.ENABLED, Status.ENABLED, Status.PAUSED)),
            policy_sensitive=not dice.randint(0, 4),
            **common,
        )
        for name in ("ad-1", "ad-2", "ad-3")
    ]
    return [group, *ads]


def _manifest(dice: Random, entities: list[Entity], now: datetime, paused: bool) -> Manifest:
    pauses: tuple[Pause, ...] = ()
    if paused:
        scope = dice.choice(tuple(PauseScope))
        names = {PauseScope.ENTITY: [e.entity_id for e in entities], PauseScope.CHANNEL: list(CHANNELS)}
        target = dice.choice(names.get(scope, ["shoes"]))
        pauses = (Pause(pause_id="alarm", scope=scope, target=target, reason="spend_anomaly", since=now, entities=()),)
    return Manifest(
        tenant_id="acme",
        track_id="shoes",
        plan_id="spring",
        plan_version=1,
        entities={entity.entity_id: entity for entity in entities},
        pauses=pauses,
    )


def _tenant(dice: Random) -> Tenant:
    def pick(*values: Any) -> Any:
        return dice.choice(values)

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
        degraded_attribution=not dice.randint(0, 4),
    )


def _plan(dice: Random, manifest: Manifest) -> MediaPlan:
    lines: list[PlanChannel] = []
    for channel in CHANNELS:
        allocated = manifest.allocated(channel)
        room = dice.choice((None, None, 1.0, 1.02, 1.1))
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


def _envelope(dice: Random, manifest: Manifest) -> Envelope:
    total = manifest.allocated()
    ceiling = round(total * dice.choice((1.0, 1.0, 1.01, 1.1)))
    cap = ceiling + round(total * dice.choice((0.0, 0.01, 0.03)))
    return Envelope(plan_id="spring", plan_version=1, master_cap=cap, ceilings={"shoes": Ceiling(total=ceiling)})


def _state(dice: Random, manifest: Manifest, now: datetime, frozen: bool) -> TrackState:
    freezes = (Freeze(code="ga4_diverges", since=now, channel=dice.choice((None, *CHANNELS))),) if frozen else ()
    curve = {"weekday": [1.0] * 7, "hours": [1.0] * 24}
    pacing = dict.fromkeys(manifest.entities, curve)
    return TrackState(tenant_id="acme", track_id="shoes", freezes=freezes, pacing=pacing)
