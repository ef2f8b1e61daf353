"""Plays a scenario's flight under a pacing policy: no store, no pipeline, just market, decision and guardrails.

Every policy sees the same: reported spend, delays and failures of calls included. What it proposes is judged by the
guardrails, and only what they let through by themselves is written.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from common.decisions.facts import Facts
from common.decisions.guardrails import judge
from common.decisions.spend import spend_of
from common.domain.calendar import TenantCalendar
from common.domain.change import Change, OptimizationType, Proposal, Setting, Status, Value, Verdict
from common.domain.manifest import Entity, EntityKind, FieldChange, Manifest, Pause
from common.domain.money import MICROS, split
from common.domain.plan import MediaPlan
from common.domain.state import TrackState
from common.domain.tenant import Tenant
from common.ports.ad_platform import EntityRef, PlatformChange, PlatformRefused, PlatformUnavailable, SpendReport
from sandbox.judge import paced
from sandbox.market import Market
from sandbox.platform import SandboxPlatform
from sandbox.scenario import Scenario
from sandbox.tenancy import manifests_of, plan_of, revised, tenant_of


class Policy(NamedTuple):
    """A way to pace: what it remembers of the spend that it sees, and what it then wants."""

    since: Callable[[TrackState, Manifest, MediaPlan, TenantCalendar, datetime], Mapping[str, datetime]]
    """From when on it asks each platform for spend."""
    observe: Callable[
        [TrackState, Manifest, MediaPlan, TenantCalendar, Mapping[str, SpendReport], datetime], TrackState
    ]
    decide: Callable[[Facts], Sequence[Proposal]]


_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Landing:
    """How one channel's flight ended."""

    entity: str
    error: float
    """Spend less plan, as a share of the plan."""
    judged: bool
    capped: bool
    """Its platform takes a total budget."""
    writes: int
    """Writes of budgets and of the status."""
    days: int


def play(scenario: Scenario, policy: Policy) -> list[Landing]:
    """Play the whole flight, hour by hour, under one policy for all tracks."""
    market = Market(scenario)
    tenant, plan = tenant_of(scenario), plan_of(scenario)
    tracks = [TrackInPlay(market, tenant, plan, manifest) for manifest in manifests_of(scenario)]
    revisions = 0
    while market.now < market.end:
        approved = market.plan_revisions()
        for revision in approved[revisions:]:
            plan = revised(scenario, plan, revision, market.now)
            for track in tracks:
                track.follow(plan)
        revisions = len(approved)
        for track in tracks:
            track.tick(policy)
        market.advance_hour()
    writes = {name: count for track in tracks for name, count in track.writes.items()}
    return [
        Landing(
            entity=one.entity,
            error=(one.spent - one.plan_budget) / one.plan_budget,
            judged=one.judged,
            capped=market.lines[one.entity].channel.native_cap,
            writes=writes.get(one.entity, 0),
            days=scenario.flight.days,
        )
        for one in paced(market)
    ]


class TrackInPlay:
    """One track's documents, in memory: `manifest` as it is live, ads left out, and `state` as policies remember it."""

    def __init__(self, market: Market, tenant: Tenant, plan: MediaPlan, manifest: Manifest) -> None:
        self.writes: dict[str, int] = defaultdict(int)
        campaigns = {name: one for name, one in manifest.entities.items() if one.kind is EntityKind.CAMPAIGN}
        self.manifest, self.plan = manifest.but(entities=campaigns), plan
        self._market, self._tenant = market, tenant
        self._calendar = TenantCalendar.of(tenant.time_zone)
        self.state = TrackState(tenant_id=tenant.tenant_id, track_id=manifest.track_id)
        self._of_platform: dict[str, list[EntityRef]] = defaultdict(list)
        for entity in manifest.entities.values():
            self._of_platform[entity.platform].append(_ref(entity))

    def follow(self, plan: MediaPlan) -> None:
        """Take over a new version of the plan: each channel gets what its line has more, or gives what it has less.

        What was shifted stays shifted. Where more would be taken than is unspent, the others give the rest.
        """
        before, after = (one.slice(self.manifest.track_id) for one in (self.plan, plan))
        self.plan, spent = plan, self.facts().spend
        wanted = {name: entity.allocation or 0 for name, entity in self.manifest.entities.items()}
        for name, entity in self.manifest.entities.items():
            was, will = before.line(entity.channel), after.line(entity.channel)
            wanted[name] += (will.budget if will else 0) - (was.budget if was else 0)
        floors = {name: spent[name].most if name in spent else 0 for name in wanted}
        short = sum(max(0, floors[name] - amount) for name, amount in wanted.items())
        free = {name: max(0, amount - floors[name]) for name, amount in wanted.items()}
        gives = dict(zip(free, split(min(short, sum(free.values())), list(free.values())), strict=True))
        for name, entity in self.manifest.entities.items():
            self._put(entity.but(allocation=max(floors[name], wanted[name] - gives[name])))

    def tick(self, policy: Policy) -> None:
        """One hour's tick."""
        now, manifest = self._market.now, self._adopted()
        reports = self._reports(policy)
        self.state = policy.observe(self.state, manifest, self.plan, self._calendar, reports, now)
        facts = self.facts()
        proposals = policy.decide(facts)
        if proposals:
            self._write([one.proposal for one in judge(proposals, facts) if one.verdict is Verdict.AUTO])

    def facts(self) -> Facts:
        """What a decision may look at now."""
        spend = spend_of(self.manifest, self.state)
        return Facts(self._market.now, self._tenant, self.plan, self.manifest, self.state, spend)

    def shift(self, changes: Sequence[Change]) -> None:
        """Move allocations: they are our own ledger, and no platform is told."""
        for change in changes:
            entity = self.manifest.entities[change.entity_id]
            self._land(entity, change.setting, change.after, kind=OptimizationType.BUDGET_SHIFT)

    def turn(self, pause: Pause, *, off: bool) -> None:
        """Put an emergency pause in force on the platform and in the manifest, or lift it."""
        others = tuple(one for one in self.manifest.pauses if one.pause_id != pause.pause_id)
        self.manifest = self.manifest.but(pauses=(*others, pause) if off else others)
        for name in pause.entities:
            entity, status = self.manifest.entities[name], Status.PAUSED if off else Status.ENABLED
            self._market.set(entity.external_id, "status", status.value)
            self._land(entity, Setting.STATUS, status.value, kind=OptimizationType.EMERGENCY_PAUSE)

    def _adopted(self) -> Manifest:
        """The manifest with what was changed by hand, or landed although the platform said otherwise."""
        for entity in self.manifest.entities.values():
            live = round(self._market.live(entity.external_id).daily_budget * MICROS)
            if live != entity.daily_budget:
                self._land(entity, Setting.DAILY_BUDGET, live, kind=None)
        return self.manifest

    def _reports(self, policy: Policy) -> dict[str, SpendReport]:
        since = policy.since(self.state, self.manifest, self.plan, self._calendar, self._market.now)
        reports: dict[str, SpendReport] = {}
        for name, instant in since.items():
            with suppress(PlatformUnavailable):
                reports[name] = SandboxPlatform(self._market, name).spend(self._of_platform[name], instant, timeout=30)
        return reports

    def _write(self, proposals: Sequence[Proposal]) -> None:
        """Send the changes, one call a platform; what is then live has landed, whatever the platform answered."""
        calls: dict[str, list[Change]] = defaultdict(list)
        for change in (change for proposal in proposals for change in proposal.changes):
            calls[self.manifest.entities[change.entity_id].platform].append(change)
        for name, changes in calls.items():
            writes = [self._platform_change(change) for change in changes]
            with suppress(PlatformRefused, PlatformUnavailable):
                SandboxPlatform(self._market, name).apply("bench", writes, timeout=30)
            for change in changes:
                entity = self.manifest.entities[change.entity_id]
                if _live(self._market, entity, change.setting) == change.after:
                    self.writes[entity.external_id] += 1
                    self._land(entity, change.setting, change.after, kind=OptimizationType.PACE)

    def _platform_change(self, change: Change) -> PlatformChange:
        entity = self.manifest.entities[change.entity_id]
        return PlatformChange(_ref(entity), change.setting, change.before, change.after)

    def _land(self, entity: Entity, setting: Setting, value: Value, *, kind: OptimizationType | None) -> None:
        """Remember a change; of no kind where it was made by hand."""
        now = self._market.now
        step = FieldChange(
            at=now,
            setting=setting,
            before=entity.value(setting),
            after=value,
            type=kind,
            auto=kind is not None,
        )
        recent = tuple(past for past in entity.trail if now - past.at <= _WEEK)
        after = Status(value) if setting is Setting.STATUS else value
        self._put(entity.but(**{setting.value: after, "trail": (*recent, step)}))

    def _put(self, entity: Entity) -> None:
        self.manifest = self.manifest.but(entities={**self.manifest.entities, entity.entity_id: entity})


def _ref(entity: Entity) -> EntityRef:
    return EntityRef(entity.entity_id, entity.external_id, entity.kind)


def _live(market: Market, entity: Entity, setting: Setting) -> Value:
    live = market.live(entity.external_id)
    match setting:
        case Setting.DAILY_BUDGET:
            return round(live.daily_budget * MICROS)
        case Setting.TOTAL_BUDGET:
            return None if live.native_total is None else round(live.native_total * MICROS)
        case _:
            return live.status
