"""Allocations: caps that nobody may break, and how much may move by itself."""

from collections.abc import Iterator
from datetime import datetime

from common.decisions.budget_limits import WEEK
from common.decisions.guardrails.context import Context
from common.decisions.guardrails.findings import Finding, ask, block
from common.decisions.guardrails.increases import amount, total_rise
from common.decisions.guardrails.periods import over_a_period
from common.domain.change import Change, Proposal, Setting, Value
from common.domain.manifest import Entity


def allocation_findings(proposal: Proposal, context: Context) -> Iterator[Finding]:
    """All that is to be said about the allocations that a proposal moves."""
    changes = [change for change in proposal.changes if change.setting is Setting.ALLOCATION]
    if not changes:
        return
    for change in changes:
        yield from _under_spend(change, context)
    yield from _total(proposal, context)
    flows = flows_of(changes, context)
    for channel, flow in flows.items():
        yield from _channel_cap(channel, flow, context)
        yield from _shift(channel, flow, context)
        yield from _seven_days(channel, flow, context)
    net = {channel: flow.net for channel, flow in flows.items()}
    yield from over_a_period(net, context.taken.channel_rise, context.facts)


class Flow:
    """Micros that a channel's entities give and get."""

    __slots__ = ("entity_id", "given", "got")

    def __init__(self, entity_id: str) -> None:
        self.entity_id = entity_id
        """The first of them, to name it in reasons."""
        self.given = self.got = 0

    def add(self, before: Value, after: Value) -> None:
        """Count one entity's change."""
        delta = amount(after) - amount(before)
        if delta < 0:
            self.given -= delta
        else:
            self.got += delta

    @property
    def net(self) -> int:
        """By how much the channel's allocation rises."""
        return self.got - self.given

    @property
    def moved(self) -> int:
        """How much moved: the larger side, so that money within a channel counts once."""
        return max(self.given, self.got)


def flows_of(changes: list[Change], context: Context) -> dict[str, Flow]:
    """The flow of each channel that the changes touch, by name in order."""
    flows: dict[str, Flow] = {}
    for change in sorted(changes, key=lambda change: (context.entities[change.entity_id].channel, change.entity_id)):
        channel = context.entities[change.entity_id].channel
        flows.setdefault(channel, Flow(change.entity_id)).add(change.before, change.after)
    return flows


def take(proposal: Proposal, context: Context) -> None:
    """Remember what a proposal that was let through takes of the caps and of the limits on movement."""
    changes = [change for change in proposal.changes if change.setting is Setting.ALLOCATION]
    if not changes:
        return
    taken = context.taken
    taken.rise += max(0, total_rise(proposal, context.facts.manifest))
    for channel, flow in flows_of(changes, context).items():
        taken.channel_rise[channel] += max(0, flow.net)
        taken.given[channel] += flow.given
        taken.moved[channel] += flow.moved


def _under_spend(change: Change, context: Context) -> Iterator[Finding]:
    """No allocation goes below what is spent, or may have been."""
    if amount(change.after) >= amount(change.before):
        return
    spent = context.facts.spend.get(change.entity_id)
    if spent is None:
        yield block("spend_unknown", change.entity_id)
    elif amount(change.after) < spent.most:
        yield block("below_spent", change.entity_id, measured=amount(change.after), limit=spent.most)


def _total(proposal: Proposal, context: Context) -> Iterator[Finding]:
    """A track's total that rises is a spend increase; over its ceiling it needs what the master cap leaves free."""
    rise = total_rise(proposal, context.facts.manifest)
    if rise <= 0:
        return
    allocated, track_id = context.facts.manifest.allocated(), context.facts.manifest.track_id
    yield ask("allocation_total", measured=allocated + rise, limit=allocated)
    envelope = context.facts.envelope
    if envelope is None or track_id not in envelope.ceilings:
        yield block("envelope_unknown", measured=allocated + rise)
        return
    missing = allocated + context.taken.rise + rise - envelope.ceilings[track_id].total
    if missing > max(0, envelope.free):
        yield block("master_cap", measured=missing, limit=envelope.free)


def _channel_cap(channel: str, flow: Flow, context: Context) -> Iterator[Finding]:
    if flow.net <= 0:
        return
    line = context.facts.slice.line(channel)
    total = context.facts.manifest.allocated(channel) + context.taken.channel_rise[channel] + flow.net
    if line is None:
        yield ask("unplanned_channel", flow.entity_id, measured=total, limit=0)
    elif line.max_budget is not None and total > line.max_budget:
        yield block("channel_cap", flow.entity_id, measured=total, limit=line.max_budget)


def _shift(channel: str, flow: Flow, context: Context) -> Iterator[Finding]:
    """One change set may take so much of what a channel has not spent; all that goes out in this call is one set."""
    if not flow.given:
        return
    degraded, rails = context.facts.tenant.degraded_attribution, context.rails
    code, limit = (
        ("degraded_shift_pct", rails.degraded_shift_pct) if degraded else ("shift_max_pct", rails.shift_max_pct)
    )
    given = context.taken.given[channel] + flow.given
    unspent = sum(_unspent(entity, context) for entity in _of(channel, context))
    if 100 * given > limit * unspent:
        yield ask(code, flow.entity_id, measured=_percent(given, unspent), limit=limit)


def _seven_days(channel: str, flow: Flow, context: Context) -> Iterator[Finding]:
    """Gross automatic movement in seven days, against what the channel would have without it."""
    gross, net = automatic_movement(channel, context)
    gross += context.taken.moved[channel] + flow.moved
    base = context.facts.manifest.allocated(channel) - net
    limit = context.rails.shift_max_pct_7d
    if 100 * gross > limit * base:
        yield ask("shift_max_pct_7d", flow.entity_id, measured=_percent(gross, base), limit=limit)


def automatic_movement(channel: str, context: Context) -> tuple[int, int]:
    """Micros that were moved automatically in the last seven days: gross, and net (what the channel gained by it)."""
    since = context.facts.now - WEEK
    landings: dict[datetime, Flow] = {}
    for entity in _of(channel, context):
        for step in entity.trail:
            if step.setting is Setting.ALLOCATION and step.auto and step.at > since:
                landings.setdefault(step.at, Flow(entity.entity_id)).add(step.before, step.after)
    return sum(flow.moved for flow in landings.values()), sum(flow.net for flow in landings.values())


def _of(channel: str, context: Context) -> list[Entity]:
    return [entity for entity in context.entities.values() if entity.channel == channel]


def _unspent(entity: Entity, context: Context) -> int:
    """What the entity can still give; nothing where its spend is not known."""
    spent = context.spent(entity)
    return 0 if spent is None or entity.allocation is None else max(0, entity.allocation - spent.most)


def _percent(part: int, whole: int) -> float:
    """A share in percent; of nothing, everything."""
    return 100 * part / whole if whole > 0 else 100.0
