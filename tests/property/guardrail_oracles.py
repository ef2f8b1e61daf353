"""The design's words about limits, spelled out slowly and on their own, to hold the guardrails against."""

from collections import defaultdict
from datetime import datetime, timedelta

from common.decisions.facts import Facts
from common.domain.change import Change, Judgement, Setting, Value, Verdict
from common.domain.manifest import Entity, PauseScope
from tests.property.guardrail_worlds import even_pace

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


def raises(change: Change, entity: Entity) -> bool:
    """An increase, as the design words it."""
    before, after = change.before, change.after
    if change.setting is Setting.STATUS:
        return after == "enabled"
    if change.setting is Setting.EXCLUDED_GEOS:
        return not set(_names(before)) <= set(_names(after))
    assert isinstance(before, int)
    assert isinstance(after, int)
    return (
        after < before
        if entity.delivery.bid_metric == "roas" and change.setting is Setting.BID_TARGET
        else after > before
    )


def auto(judgements: tuple[Judgement, ...]) -> list[Judgement]:
    """Those that happen by themselves."""
    return [one for one in judgements if one.verdict is Verdict.AUTO]


def applied(judgements: list[Judgement], facts: Facts) -> dict[str, Entity]:
    """The entities once all of these have landed."""
    entities = dict(facts.manifest.entities)
    for one in judgements:
        for change in one.proposal.changes:
            entity = entities[change.entity_id]
            entities[change.entity_id] = Entity.model_validate({**entity.body(), change.setting.value: change.after})
    return entities


def allocated(entities: dict[str, Entity], channel: str | None = None) -> int:
    """Micros allocated in all, or to a channel."""
    return sum(e.allocation or 0 for e in entities.values() if channel in (None, e.channel))


def live_daily(entity: Entity, at: datetime) -> int:
    """The daily budget that was live at an instant, by playing the trail forward."""
    steps = [step for step in entity.trail if step.setting is Setting.DAILY_BUDGET]
    value: Value = steps[0].before if steps else entity.daily_budget
    for step in steps:
        if step.at <= at:
            value = step.after
    assert isinstance(value, int)
    return value


def live_dailies(entity: Entity, now: datetime, hours: float) -> list[int]:
    """Every daily budget that was live within so many hours, the one now included."""
    since = now - hours * HOUR
    instants = [since, *(s.at for s in entity.trail if s.setting is Setting.DAILY_BUDGET and s.at > since), now]
    return [live_daily(entity, instant) for instant in instants]


def within_step(entity: Entity, after: int, facts: Facts) -> bool:
    """Whether a raise stays below what needs a person, and within the bounds of seven days and of learning."""
    rails, now = facts.tenant.guardrails, facts.now
    step = rails.degraded_step_pct if facts.tenant.degraded_attribution else rails.daily_budget_step_pct
    base = max(even_pace(facts, entity), live_daily(entity, now - 24 * HOUR))
    week = live_dailies(entity, now, 7 * 24)
    below_person = after * 100 < base * (100 + step)
    within_week = after * 100 <= min(week) * (100 + rails.daily_budget_7d_pct) or after <= max(week)
    if not _learns(entity, facts):
        return below_person and within_week
    phase = live_dailies(entity, now, rails.learning_hours)
    return below_person and within_week and after * 100 <= min(phase) * (100 + rails.learning_step_pct)


def within_learning_cut(entity: Entity, after: int, facts: Facts) -> bool:
    """Whether a decrease is small enough for a platform that learns."""
    phase = live_dailies(entity, facts.now, facts.tenant.guardrails.learning_hours)
    return not _learns(entity, facts) or after * 100 >= max(phase) * (100 - facts.tenant.guardrails.learning_step_pct)


def may_write(entity: Entity, facts: Facts) -> bool:
    """Whether cooldown and writes of the day leave room for a daily budget."""
    rails, now = facts.tenant.guardrails, facts.now
    midnight = now.replace(hour=0)
    writes = [s for s in entity.trail if s.setting is Setting.DAILY_BUDGET and s.type is not None and s.at >= midnight]
    recent = [s for s in entity.trail if s.setting is Setting.DAILY_BUDGET and s.auto]
    cool = all(now - step.at >= rails.cooldown_hours * HOUR for step in recent)
    return cool and len(writes) < rails.budget_writes_per_day


def endangered(entity: Entity, facts: Facts) -> bool:
    """Whether twice the daily budget, over the rest of the day, could break the allocation."""
    return entity.status == "enabled" and worst(entity, facts, 24 - facts.now.hour) > (entity.allocation or 0)


def worst(entity: Entity, facts: Facts, hours: int) -> float:
    """The most that can be spent within so many hours."""
    return facts.spend[entity.entity_id].most + 2.0 * (entity.daily_budget or 0) * hours / 24


def movement(channel: str, facts: Facts) -> tuple[int, int]:
    """Gross and net automatic movement of a channel's allocation in the last seven days."""
    moves: dict[datetime, list[int]] = defaultdict(list)
    for entity in facts.manifest.entities.values():
        for step in entity.trail:
            if entity.channel == channel and step.setting is Setting.ALLOCATION and step.at > facts.now - WEEK:
                moves[step.at].append(_delta(step.before, step.after))
    return sum(_gross(deltas) for deltas in moves.values()), sum(sum(deltas) for deltas in moves.values())


def moved(judgements: list[Judgement], channel: str, facts: Facts) -> tuple[int, int]:
    """What these take out of a channel's entities, and what they move altogether."""
    out = gross = 0
    for one in judgements:
        deltas = [
            _delta(change.before, change.after)
            for change in one.proposal.changes
            if change.setting is Setting.ALLOCATION and facts.manifest.entities[change.entity_id].channel == channel
        ]
        out += sum(-delta for delta in deltas if delta < 0)
        gross += _gross(deltas)
    return out, gross


def unspent(channel: str, facts: Facts) -> int:
    """What a channel's entities have not spent, as far as that is known."""
    known = [e for e in facts.manifest.entities.values() if e.channel == channel and e.entity_id in facts.spend]
    return sum(max(0, (entity.allocation or 0) - facts.spend[entity.entity_id].most) for entity in known)


def under_pause(entity: Entity, facts: Facts) -> bool:
    """Whether a standing pause covers the entity or anything above it."""
    for pause in facts.manifest.pauses:
        above: Entity | None = entity
        while above is not None:
            track, channel = pause.scope is PauseScope.TRACK, pause.scope is PauseScope.CHANNEL
            if track or pause.target == (above.channel if channel else above.entity_id):
                return True
            above = facts.manifest.entities[above.parent] if above.parent else None
    return False


def _learns(entity: Entity, facts: Facts) -> bool:
    return entity.delivery.learning and facts.now.day <= 27


def _gross(deltas: list[int]) -> int:
    return max(sum(d for d in deltas if d > 0), -sum(d for d in deltas if d < 0))


def _delta(before: Value, after: Value) -> int:
    assert isinstance(before, int)
    assert isinstance(after, int)
    return after - before


def _names(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
