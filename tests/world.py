"""A small world to test in: two tracks under one master plan, on two platforms, and the ports around them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from common.decisions.facts import Facts
from common.decisions.missed import WATCHED
from common.decisions.observed import Observed
from common.domain import paths
from common.domain.approval import Approval
from common.domain.calendar import Flight
from common.domain.change import Change, Judgement, OptimizationType, Proposal, Reason, Setting, Value, Verdict
from common.domain.change_set import ChangeSet, Origin
from common.domain.envelope import Envelope
from common.domain.figures import DaysReport, EventsReport, Realtime
from common.domain.guardrails import Guardrails
from common.domain.log_entry import LogEntry
from common.domain.manifest import Delivery, Entity, EntityKind, Manifest
from common.domain.money import MICROS
from common.domain.paths import Track
from common.domain.plan import MediaPlan, PlanChannel, PlanTrack
from common.domain.state import TrackState
from common.domain.tenant import Approver, Role, Tenant
from common.domain.verticals import Vertical
from common.ports.ad_platform import EntityRef
from common.ports.documents import Create, Query, Replace
from common.use_cases.drive import finish
from common.use_cases.load import LoadedTrack, facts_of, load_track
from common.use_cases.onboard import onboard
from common.use_cases.ports import Ports
from common.use_cases.propose import Proposed, propose
from common.use_cases.reconcile import adopt, differences, look
from tests.fakes.ad_platform import ScriptedPlatform
from tests.fakes.analytics import ScriptedAnalytics
from tests.fakes.bus import KeptBus
from tests.fakes.clock import ManualClock
from tests.fakes.documents import MemoryDocuments

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
FLIGHT = Flight(start=date(2026, 4, 20), end=date(2026, 6, 20))
PLAN = "spring"
NORTH, SOUTH = "north", "south"

LOOSE = Guardrails(
    shift_max_pct=50,
    shift_max_pct_7d=1000,
    daily_budget_step_pct=50,
    daily_budget_7d_pct=1000,
    learning_step_pct=1000,
    budget_writes_per_day=1000,
    cooldown_hours=0,
    review_cooldown_hours=0,
)
"""Limits that let a test make many changes in a day."""


def euros(units: float) -> int:
    """Whole euros in micros."""
    return round(units * MICROS)


def tenant(tenant_id: str = "acme", **changes: Any) -> Tenant:
    """A shop with one person of each kind."""
    return Tenant(
        tenant_id=tenant_id,
        name=tenant_id.title(),
        currency="EUR",
        time_zone="Europe/Madrid",
        vertical=Vertical.ECOMMERCE,
        guardrails=LOOSE,
        approvers=(
            Approver(email="ana@example.com"),
            Approver(email="bo@example.com", limit=euros(200)),
            Approver(email="cy@example.com", roles=(Role.PLANNER, Role.OPERATOR)),
            Approver(email="vi@example.com", roles=(Role.VIEWER,)),
        ),
        tracks=(NORTH, SOUTH),
        ga4_property="properties/1",
    ).but(**changes)


def plan(
    tenant_id: str = "acme", version: int = 1, budgets: Mapping[str, Mapping[str, float]] | None = None, **changes: Any
) -> MediaPlan:
    """A plan over two tracks, in euros by track and channel; 1,500 of the cap are left free."""
    money = budgets or {NORTH: {"google_search": 6000, "meta": 4000}, SOUTH: {"google_search": 3000, "meta": 2000}}
    tracks = tuple(
        PlanTrack(track_id=track, channels=tuple(_line(channel, units) for channel, units in lines.items()))
        for track, lines in money.items()
    )
    return MediaPlan(
        tenant_id=tenant_id,
        plan_id=PLAN,
        version=version,
        currency="EUR",
        flight=FLIGHT,
        master_cap=euros(16_500),
        tracks=tracks,
        approved_by="cy@example.com",
        approved_at=NOW - timedelta(days=20),
    ).but(**changes)


def _line(channel: str, units: float) -> PlanChannel:
    platform = "google" if channel.startswith("google") else "meta"
    cap = euros(units * 1.25) if channel == "google_search" else None
    return PlanChannel(channel=channel, platform=platform, budget=euros(units), max_budget=cap)


def entity(entity_id: str, allocation: float | None, **changes: Any) -> Entity:
    """A campaign with a sixtieth of its allocation as daily budget; on Google where its name says search."""
    google = "search" in entity_id
    base = Entity(
        entity_id=entity_id,
        platform="google" if google else "meta",
        channel="google_search" if google else "meta",
        external_id=f"ext-{entity_id}",
        allocation=None if allocation is None else euros(allocation),
        daily_budget=None if allocation is None else euros(allocation / 60),
        delivery=Delivery(takes_total_budget=False),
    )
    return base.but(**changes)


def manifest(tenant_id: str = "acme", track_id: str = NORTH, **changes: Any) -> Manifest:
    """The track's entities, all of its plan allocated."""
    if track_id == NORTH:
        entities = [entity("search", 6000), entity("social", 2500), entity("retarget", 1500)]
        entities += [
            entity(name, None, parent="social", kind=EntityKind.AD, channel="meta", platform="meta")
            for name in ("ad-1", "ad-2")
        ]
    else:
        entities = [entity("search-s", 3000), entity("social-s", 2000)]
    return Manifest(
        tenant_id=tenant_id,
        track_id=track_id,
        plan_id=PLAN,
        plan_version=1,
        entities={one.entity_id: one for one in entities},
    ).but(**changes)


def state(of: Manifest, spent: Mapping[str, float] | None = None, **changes: Any) -> TrackState:
    """A state in which each entity has spent so many euros (100 if nothing is said), all of it visible but ten."""
    bearing = [one.entity_id for one in of.entities.values() if one.allocation is not None]
    observed = {
        entity_id: Observed(
            seen=NOW.isoformat(),
            open=(NOW - timedelta(hours=3)).isoformat(),
            visible=euros((spent or {}).get(entity_id, 100) - 10),
            unseen=euros(10),
        ).body()
        for entity_id in bearing
    }
    return TrackState(tenant_id=of.tenant_id, track_id=of.track_id, pacing=observed).but(**changes)


def change(of: Manifest, entity_id: str, setting: Setting, after: Value) -> Change:
    """A change from the value that the manifest has."""
    before = of.entities[entity_id].value(setting)
    return Change(entity_id=entity_id, setting=setting, before=before, after=after)


def proposal(kind: OptimizationType, *changes: Change, **others: Any) -> Proposal:
    """A proposal of these changes."""
    name = "-".join([kind.value, *dict.fromkeys(one.entity_id for one in changes)])
    base = Proposal(proposal_id=name, type=kind, rule="test", changes=changes, why=f"Because of {name}.")
    return base.but(**others)


@dataclass
class World:
    """A tenant that was taken on, and the ports to work on it with."""

    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    bus: KeptBus = field(default_factory=KeptBus)
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    platforms: dict[str, ScriptedPlatform] = field(
        default_factory=lambda: {"google": ScriptedPlatform(), "meta": ScriptedPlatform()}
    )
    tenant_id: str = "acme"

    def __post_init__(self) -> None:
        for platform in self.platforms.values():
            platform.by_day = self._nothing_came

    @staticmethod
    def taken_on(*, of: MediaPlan | None = None, at: datetime = NOW, **tenant_changes: Any) -> "World":
        """A world whose tenant was taken on, live as its manifests say, 100 euros spent by each campaign by `NOW`."""
        world = World(clock=ManualClock(at))
        manifests = [manifest(), manifest(track_id=SOUTH)]
        onboard(world.ports(), tenant(**tenant_changes), of or plan(), manifests)
        for one in manifests:
            world.documents.commit(Create(Track(*world.track(one.track_id)).state, state(one).body()))
            for each in one.entities.values():
                world.platforms[each.platform].adds([each])
        world.clock.at = NOW
        return world

    def ports(self) -> Ports:
        """Ports of a process that remembers nothing yet; its runs are named in order."""
        names = count(1)
        return Ports(
            documents=self.documents,
            bus=self.bus,
            clock=self.clock,
            platforms=lambda _, platform: self.platforms[platform],
            new_run=lambda: f"run-{next(names)}",
            analytics=lambda _: ScriptedAnalytics(
                lambda: Realtime(()), lambda _, since: EventsReport(since), by_day=self._nothing_came
            ),
        )

    def _nothing_came(self, refs: Sequence[EntityRef], _: date) -> DaysReport[Any]:
        """What GA4 and platforms say of days: all is told by now, and there was nothing."""
        return DaysReport(self.clock.now(), {ref.entity_id: () for ref in refs})

    def track(self, track_id: str = NORTH) -> Track:
        """Names one of the tenant's tracks."""
        return Track(self.tenant_id, track_id)

    def loaded(self, track_id: str = NORTH) -> LoadedTrack:
        """A track as it is now."""
        return load_track(self.ports(), self.track(track_id))

    def manifest(self, track_id: str = NORTH) -> Manifest:
        """A track's manifest as it is now."""
        return self.loaded(track_id).manifest.value

    def change_set(self, change_set_id: str) -> ChangeSet:
        """A change set as it is now."""
        return ChangeSet.model_validate(self._body(paths.change_set(self.tenant_id, change_set_id)))

    def envelope(self) -> Envelope:
        """The plan's envelope as it is now."""
        return Envelope.model_validate(self._body(paths.envelope(self.tenant_id, PLAN)))

    def log(self, track_id: str = NORTH) -> list[LogEntry]:
        """A track's log from its genesis on."""
        query = Query(paths.log(self.tenant_id), where={"track_id": track_id}, limit=1000)
        return [LogEntry.model_validate(one.data) for one in self.documents.query(query).documents]

    def outbox(self) -> Sequence[str]:
        """Ids of events that wait."""
        return [
            one.path.rpartition("/")[2] for one in self.documents.query(Query(paths.outbox(self.tenant_id))).documents
        ]

    def live(self, entity_id: str, setting: Setting) -> Value:
        """A setting as its platform has it."""
        holder = next(one for one in self.platforms.values() if entity_id in one.settings)
        return holder.settings[entity_id][setting]

    def edit_by_hand(self, entity_id: str, setting: Setting, value: Value) -> None:
        """Change a setting on its platform, as a person would."""
        holder = next(one for one in self.platforms.values() if entity_id in one.settings)
        holder.settings[entity_id][setting] = value

    def facts(self, track_id: str = NORTH) -> Facts:
        """What a decision about the track may look at now."""
        return facts_of(self.ports(), self.loaded(track_id), envelope=True)

    def propose(
        self, *judgements: Judgement, track_id: str = NORTH, window: datetime = NOW, run: str = "run"
    ) -> Proposed:
        """Write down what the judgements come to."""
        ports, loaded = self.ports(), self.loaded(track_id)
        facts = facts_of(ports, loaded, envelope=True)
        return propose(ports, loaded, facts, judgements, origin(window=window), run)

    def apply(self, *judgements: Judgement, track_id: str = NORTH, run: str = "run") -> ChangeSet:
        """Write down what may happen by itself, and do it. Returns the change set as it ended."""
        proposed = self.propose(*judgements, track_id=track_id, window=self.clock.now(), run=run)
        assert proposed.intended is not None
        finish(self.ports(), self.track(track_id), proposed.manifest, run)
        return self.change_set(proposed.intended.change_set_id)

    def adopt(self, track_id: str = NORTH) -> None:
        """Look at the platforms, and adopt what was changed by hand."""
        loaded = self.loaded(track_id)
        adopt(self.ports(), loaded, differences(loaded.manifest.value, look(self.ports(), loaded.manifest.value)))

    def wanted(self, entity_id: str, setting: Setting, after: Value, track_id: str = NORTH) -> Change:
        """A change from the value that the manifest has now."""
        return change(self.manifest(track_id), entity_id, setting, after)

    def shift(self, giver: str, taker: str, units: float) -> tuple[Change, ...]:
        """Allocations that move, with a tenth of the daily budgets."""
        of = self.manifest()
        moves = ((giver, -euros(units), 0.9), (taker, euros(units), 1.1))
        return tuple(
            change(of, name, setting, after)
            for name, moved, factor in moves
            for setting, after in (
                (Setting.ALLOCATION, (of.entities[name].allocation or 0) + moved),
                (Setting.DAILY_BUDGET, round((of.entities[name].daily_budget or 0) * factor)),
            )
        )

    def approval(self, approval_id: str) -> Approval:
        """An approval as it is now."""
        return Approval.model_validate(self._body(paths.approval(self.tenant_id, approval_id)))

    def rewrite(self, path: str, rewrite: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Change a stored body behind everybody's back."""
        found = self.documents.read(path)[0]
        assert found is not None
        self.documents.commit(Replace(path, rewrite(dict(found.data)), found.version))

    def do_daily_work(self, track_id: str = NORTH) -> None:
        """Have the track's daily work done for good, as far as its state knows: nobody misses it."""
        done = dict.fromkeys((cadence.value for cadence in WATCHED if cadence.by_zone), "2030-01-01T00:00:00Z")
        self.rewrite(self.track(track_id).state, lambda body: {**body, "windows": {**body["windows"], **done}})

    def _body(self, path: str) -> dict[str, Any]:
        found = self.documents.body(path)
        assert found is not None, f"{path} does not exist"
        return found


def origin(cadence: str = "pacing", window: datetime = NOW) -> Origin:
    """The tick that a change set comes from."""
    return Origin(cadence=cadence, window=window, by="trimtab")


def auto(*changes: Change, kind: OptimizationType = OptimizationType.PACE, **others: Any) -> Judgement:
    """A proposal that may happen by itself."""
    return Judgement(proposal=proposal(kind, *changes, **others), verdict=Verdict.AUTO, reasons=())


def asks(*changes: Change, kind: OptimizationType = OptimizationType.SPEND_INCREASE, **others: Any) -> Judgement:
    """A proposal that a person must decide."""
    why = (Reason(code="allocation_total"),)
    return Judgement(proposal=proposal(kind, *changes, **others), verdict=Verdict.NEEDS_APPROVAL, reasons=why)
