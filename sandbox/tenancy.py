"""A scenario as the documents that Trimtab works on: tenant, plan version one, a manifest for each track."""

from datetime import UTC, datetime

from common.domain.calendar import TenantCalendar
from common.domain.manifest import Delivery, Entity, EntityKind, Manifest
from common.domain.money import MICROS, from_units
from common.domain.plan import MediaPlan, Period, PlanChannel, PlanTrack
from common.domain.tenant import Approver, Role, Tenant
from common.domain.verticals import Metric
from sandbox.events import PlanRevision
from sandbox.live import ad_names
from sandbox.scenario import Channel, Scenario, Track

PLAN_ID = "media-plan"
CLIENT = "client@example.com"
"""The person who approved the plan."""
PEOPLE = (CLIENT, "agency@example.com")
"""Who answers in a played scenario; the second where two people have to agree."""

LEARNING_PLATFORMS = frozenset({"meta"})
"""Platforms on which a large budget step restarts a learning phase; Google does where it bids to a target."""


def tenant_of(scenario: Scenario) -> Tenant:
    """The scenario's tenant."""
    return Tenant(
        tenant_id=scenario.name,
        name=scenario.name,
        currency=scenario.currency,
        time_zone=scenario.timezone,
        vertical=scenario.vertical,
        guardrails=scenario.guardrails,
        approvers=tuple(Approver(email=one, roles=(Role.APPROVER, Role.PLANNER, Role.OPERATOR)) for one in PEOPLE),
        tracks=tuple(track.track_id for track in scenario.tracks),
    )


def plan_of(scenario: Scenario) -> MediaPlan:
    """Version one, approved before the flight's first midnight."""
    return MediaPlan(
        tenant_id=scenario.name,
        plan_id=PLAN_ID,
        version=1,
        currency=scenario.currency,
        flight=scenario.flight,
        master_cap=from_units(scenario.master_cap),
        tracks=tuple(
            PlanTrack(track_id=track.track_id, kpi=track.kpi, channels=tuple(_line(line) for line in track.channels))
            for track in scenario.tracks
        ),
        approved_by=CLIENT,
        approved_at=TenantCalendar.of(scenario.timezone).bounds(scenario.flight.start)[0],
    )


def manifests_of(scenario: Scenario) -> tuple[Manifest, ...]:
    """Each track with a campaign and its ads for each channel, at its even daily budget, as the market starts."""
    return tuple(
        Manifest(
            tenant_id=scenario.name,
            track_id=track.track_id,
            plan_id=PLAN_ID,
            plan_version=1,
            entities={
                one.entity_id: one
                for line in track.channels
                for one in (_entity(scenario, track, line), *_ads(track, line))
            },
        )
        for track in scenario.tracks
    )


def revised(scenario: Scenario, plan: MediaPlan, revision: PlanRevision, at: datetime) -> MediaPlan:
    """The next version of the plan, as a scenario's `plan_revision` has it; the cap follows where budgets need it."""
    tracks = tuple(
        track.but(channels=tuple(_rebudgeted(line, revision) for line in track.channels))
        if track.track_id == revision.track_id
        else track
        for track in plan.tracks
    )
    total = sum(track.budget for track in tracks)
    return MediaPlan.model_validate(
        {
            **plan.terms.body(),
            "approved_by": plan.approved_by,
            "version": plan.version + 1,
            "tracks": [track.body() for track in tracks],
            "master_cap": max(plan.master_cap, total),
            "approved_at": at.astimezone(UTC),
            "notes": (f"revision of {revision.track_id} on {at.date()} in {scenario.timezone}",),
        }
    )


def even_budget(scenario: Scenario, line: Channel) -> int:
    """Micros a day at which a channel starts its flight: its plan budget over the days."""
    return round(from_units(line.plan_budget) / scenario.flight.days)


def bid_micros(target: float) -> int:
    """A bid target in millionths: of a currency unit for a CPA, of the ratio for a ROAS."""
    return round(target * MICROS)


def _line(line: Channel) -> PlanChannel:
    periods = tuple(Period(start=p.start, end=p.end, budget=from_units(p.budget)) for p in line.periods)
    budget = from_units(line.plan_budget)
    return PlanChannel(channel=line.channel, platform=line.platform, budget=budget, periods=periods)


def _rebudgeted(line: PlanChannel, revision: PlanRevision) -> PlanChannel:
    budget = revision.channels.get(line.channel)
    return line if budget is None else line.but(budget=from_units(budget), periods=())


def _entity(scenario: Scenario, track: Track, line: Channel) -> Entity:
    metric: Metric = scenario.metric(track)
    learning = line.platform in LEARNING_PLATFORMS or (line.platform == "google_ads" and line.bid is not None)
    return Entity(
        entity_id=line.channel,
        platform=line.platform,
        channel=line.channel,
        external_id=f"{track.track_id}/{line.channel}",
        name=f"{track.track_id} {line.channel}",
        allocation=from_units(line.plan_budget),
        daily_budget=even_budget(scenario, line),
        bid_target=None if line.bid is None else bid_micros(line.bid.target),
        delivery=Delivery(
            overdelivery=line.overdelivery,
            reporting_delay_hours=line.reporting_delay_hours,
            learning=learning,
            takes_total_budget=line.native_cap,
            bid_metric=None if line.bid is None else metric.value,
        ),
    )


def _ads(track: Track, line: Channel) -> list[Entity]:
    """The campaign's ads; one that has a single ad has none to choose from."""
    names = ad_names(line) if line.ads > 1 else ()
    return [
        Entity(
            entity_id=f"{line.channel}.{name}",
            platform=line.platform,
            channel=line.channel,
            external_id=f"{track.track_id}/{line.channel}/{name}",
            name=f"{track.track_id} {line.channel} {name}",
            kind=EntityKind.AD,
            parent=line.channel,
        )
        for name in names
    ]
