"""A shop in a simulated market, a week into its flight, where one channel brings far more than the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from common.domain.advice import Advice, Question
from common.domain.change_set import ChangeSet
from common.domain.log_entry import LogEntry
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.state import TrackState
from common.ports.agent import Agent, AgentUnavailable, StatisticalAgent
from common.ports.documents import Query
from common.use_cases.load import decode
from common.use_cases.onboard import onboard
from common.use_cases.ports import Ports
from common.use_cases.queries import entries, every, manifest_of, state_of
from common.use_cases.review import Reviewed, review
from sandbox.scenario import parse_scenario
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from sandbox.world import World
from tests.fakes.bus import KeptBus
from tests.fakes.documents import MemoryDocuments
from tests.unit.sandbox.scenarios import channel_file, scenario_file

GOOD, POOR = "search", "social"
DAY = timedelta(days=1)


def shop(
    *,
    good: Mapping[str, Any] | None = None,
    poor: Mapping[str, Any] | None = None,
    kpi: Mapping[str, Any] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """A flight of thirty days after four weeks of history; nothing out of the ordinary.

    Args:
        good, poor: what is otherwise in the one channel or the other.
    """
    lines = [{**_line(GOOD, "google_ads", top=400), **(good or {})}, {**_line(POOR, "meta", top=40), **(poor or {})}]
    return scenario_file(
        name="acme",
        history_days=28,
        flight={"start": "2026-06-01", "end": "2026-06-30"},
        master_cap=14_000,
        tracks=[{"track_id": "brand", "kpi": kpi, "channels": lines}],
        **changes,
    )


def _line(channel: str, platform: str, top: float) -> dict[str, Any]:
    """Both spend the same at first, and have demand for much more."""
    curve = {"kind": "hill", "top": top, "half": 900, "shape": 1.0}
    return channel_file(channel=channel, platform=platform, plan_budget=6000, curve=curve, demand=800, native_cap=False)


class Outspoken:
    """An agent that answers as it is told to; with nothing to say it gives no answer."""

    def __init__(self, advice: Advice | None = None) -> None:
        self.advice = advice
        self.asked: list[Question] = []

    def advise(self, question: Question, *, timeout: float) -> Advice:
        """Its one answer."""
        self.asked.append(question)
        if self.advice is None:
            raise AgentUnavailable("quota: come again tomorrow")
        return self.advice


@dataclass
class ReviewedWorld:
    """The shop, its documents, and what was reviewed."""

    world: World
    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    bus: KeptBus = field(default_factory=KeptBus)
    agent: Agent = field(default_factory=StatisticalAgent)

    @staticmethod
    def begun(
        *, day: int = 7, agent: Agent | None = None, tenant: dict[str, Any] | None = None, **changes: Any
    ) -> "ReviewedWorld":
        """The shop at six in the morning of that day of its flight (counted from 0); nothing was decided before."""
        world = World(parse_scenario(shop(**changes)))
        made = ReviewedWorld(world, agent=agent or StatisticalAgent())
        onboard(
            made.ports,
            tenant_of(world.scenario).but(**(tenant or {})),
            plan_of(world.scenario),
            manifests_of(world.scenario),
        )
        made.go_to(day)
        return made

    @property
    def ports(self) -> Ports:
        """Ports of a process that remembers nothing yet."""
        names = count(1)
        world = self.world
        return Ports(
            self.documents,
            self.bus,
            world,
            world.platforms,
            lambda: f"run-{next(names)}",
            analytics=world.analytics,
            crm=world.crm,
            agent=self.agent,
        )

    @property
    def track(self) -> Track:
        """Its one track."""
        return Track("acme", "brand")

    @property
    def window(self) -> datetime:
        """The first instant of the market's local day."""
        calendar = self.world.market.hours.calendar
        return calendar.bounds(calendar.day_of(self.world.now()))[0]

    @property
    def manifest(self) -> Manifest:
        """The track as it is live."""
        return manifest_of(self.ports, self.track)

    @property
    def state(self) -> TrackState:
        """What it remembers."""
        found = state_of(self.ports, self.track)
        assert found is not None
        return found

    @property
    def log(self) -> list[LogEntry]:
        """Its log, oldest first."""
        return list(entries(self.ports, self.track))

    def go_to(self, day: int) -> None:
        """Let the market go on until six in the morning of that day of the flight."""
        hours = self.world.market.hours
        first = hours.calendar.bounds(self.world.scenario.flight.start + day * DAY)[0]
        self.world.market.advance_to(first + timedelta(hours=6))

    def review(self, window: datetime | None = None) -> Reviewed:
        """The day's review."""
        return review(self.ports, self.track, window or self.window, self.ports.new_run())

    def change_sets(self) -> list[ChangeSet]:
        """Every change set that was made, oldest first."""
        found = every(self.ports, Query("tenants/acme/change_sets"))
        return sorted((decode(ChangeSet, one) for one in found), key=lambda one: (one.created_at, one.state))
