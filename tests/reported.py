"""A client whose flight is nearly half over, with all that a report tells of: what reports are tested and shown on."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, NoReturn

from common.domain.calendar import TenantCalendar
from common.domain.change import OptimizationType, Setting, Status
from common.domain.change_set import PauseIntent
from common.domain.connection import Need
from common.domain.figures import DayEvents, DayFigures, DaysReport
from common.domain.manifest import PauseScope
from common.domain.plan import MediaPlan
from common.domain.state import Freeze
from common.domain.trouble import Trouble, TroubleKind
from common.domain.verticals import Kpi, Metric
from common.ports.ad_platform import EntityRef
from common.ports.analytics import Analytics
from common.ports.documents import Replace
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.configure import tenant_of
from common.use_cases.connections import checked, note
from common.use_cases.drift import check_drift
from common.use_cases.emergency_pause import emergency_pause
from common.use_cases.ports import Ports
from common.use_cases.queries import waiting
from common.use_cases.report import make_report
from tests.fakes.analytics import ScriptedAnalytics
from tests.fakes.objects import MemoryObjects
from tests.world import FLIGHT, LOOSE, NORTH, SOUTH, World, asks, auto, euros, origin, plan, proposal

PAGES = "https://approvals.example.com"
A_DAY = {"search": 96, "social": 44, "retarget": 25, "search-s": 48, "social-s": 33}
"""Euros that each campaign spends on an ordinary day."""
RETURN = {"search": 4.9, "social": 3.1, "retarget": 6.2, "search-s": 4.4, "social-s": 2.7}
NAMES = {
    "search": "Search · running shoes",
    "social": "Reels · prospecting",
    "retarget": "Retargeting · 30 days",
    "search-s": "Search · hiking boots",
    "social-s": "Reels · outdoors",
}
_WEEK = (0.98, 0.93, 0.96, 1.0, 1.08, 1.1, 0.95)
CALENDAR = TenantCalendar.of("Europe/Madrid")


def on_day(name: str, day: date) -> float:
    """Euros that a campaign spent on a day: by the day of the week, and a little up and down."""
    return A_DAY[name] * _WEEK[day.weekday()] * (1 + 0.04 * ((day.toordinal() * 7 + len(name)) % 5 - 2))


@dataclass
class Client:
    """A world whose platforms and GA4 tell of each day, and that keeps what is made."""

    world: World
    objects: MemoryObjects = field(default_factory=MemoryObjects)

    @property
    def ports(self) -> Ports:
        """Ports that reach everything."""
        analytics = ScriptedAnalytics(shown=_nothing, reported=_nothing, by_day=self._events)
        for platform in self.world.platforms.values():
            platform.by_day = self._figures

        def of(_: str) -> Analytics:
            return analytics

        return replace(self.world.ports(), analytics=of, objects=self.objects, pages_url=PAGES)

    def page(self) -> str:
        """The page of a report made now."""
        return self.objects.kept[make_report(self.ports, "acme").page].decode()

    def _days(self, first: date) -> list[date]:
        today = CALENDAR.day_of(self.world.clock.now())
        start = max(first, FLIGHT.start)
        return [start + timedelta(days=number) for number in range((today - start).days)]

    def _figures(self, refs: Sequence[EntityRef], first: date) -> DaysReport[DayFigures]:
        days = self._days(first)
        known = [ref.entity_id for ref in refs if ref.entity_id in A_DAY]
        rows = {
            name: tuple(DayFigures(day, euros(on_day(name, day)), 90, 9000, 4, euros(200)) for day in days)
            for name in known
        }
        return DaysReport(self.world.clock.now(), rows)

    def _events(self, refs: Sequence[EntityRef], first: date) -> DaysReport[DayEvents]:
        days = self._days(first)
        known = [ref.entity_id for ref in refs if ref.entity_id in A_DAY]
        return DaysReport(self.world.clock.now(), {name: tuple(self._row(name, day) for day in days) for name in known})

    def _row(self, name: str, day: date) -> DayEvents:
        worth = on_day(name, day) * RETURN[name]
        return DayEvents(day, 80, max(1.0, round(worth / 60)), euros(worth), euros(worth))

    def spent(self) -> None:
        """Let the tracks' state know what was spent by now: the days that are over, and part of today."""
        now = self.world.clock.now()
        seen = (now - timedelta(hours=3)).isoformat()
        for track_id in (NORTH, SOUTH):
            observed = {
                name: {
                    "seen": seen,
                    "open": seen,
                    "visible": euros(sum(on_day(name, day) for day in self._days(FLIGHT.start)) + 0.3 * A_DAY[name]),
                    "unseen": euros(20),
                    "budget": euros(A_DAY[name]),
                    "best_day": euros(1.12 * A_DAY[name]),
                    "ahead": [euros(8), 0.0, 0.0, euros(30), 1.0, 0.01],
                }
                for name, one in self.world.manifest(track_id).entities.items()
                if one.allocation is not None
            }
            self.world.rewrite(self.world.track(track_id).state, lambda body, seen=observed: {**body, "pacing": seen})


def _nothing(*_: object) -> NoReturn:
    raise AssertionError("a report asks for whole days alone")


def client(**tenant: Any) -> Client:
    """Nothing happened yet but that the tenant was taken on."""
    shop: dict[str, Any] = {"name": "Alpenglow Shoes", "locale": "es_ES", "guardrails": LOOSE}
    world = World.taken_on(of=_plan(), **{**shop, **tenant})
    for track_id in (NORTH, SOUTH):
        held = world.loaded(track_id).manifest
        named = {key: one.but(name=NAMES.get(key, "")) for key, one in held.value.entities.items()}
        world.documents.commit(
            Replace(world.track(track_id).manifest, held.value.but(entities=named).body(), held.version)
        )
    found = Client(world)
    found.spent()
    return found


def _plan() -> MediaPlan:
    base = plan()
    tracks = tuple(one.but(kpi=Kpi(metric=Metric.ROAS, target=4.0)) for one in base.tracks)
    return base.but(tracks=tracks)


def busy_client(**tenant: Any) -> Client:
    """A fortnight in which money moved, somebody edited by hand, a campaign was stopped, and things wait."""
    found = client(**tenant)
    world = found.world
    for day in range(1, 14):
        world.clock.forward(days=1)
        _pace(world, day)
        if day == 4:
            world.edit_by_hand("social-s", Setting.DAILY_BUDGET, euros(60))
            world.adopt(SOUTH)
        if day == 11:
            _move(found)
        if day == 12:
            pause = PauseIntent(scope=PauseScope.ENTITY, target="retarget", reason="spend_anomaly")
            why = f"{NAMES['retarget']}: paused. It spent four times in an hour what it usually does."
            emergency_pause(world.ports(), world.track(), pause, origin("anomaly_pause"), why, "pauser")
    world.clock.forward(hours=5)
    _ask(world)
    freeze = Freeze(
        code="ga4_diverges",
        since=world.clock.now() - timedelta(hours=30),
        channel="meta",
        measured=1.8,
        limit=25,
    )
    world.rewrite(world.track(SOUTH).state, lambda body: {**body, "freezes": [freeze.body()]})
    found.spent()
    shop = tenant_of(world.ports(), "acme")
    for source in ("google", "meta"):
        checked(
            world.ports(), shop, source, (Need(code="read_only", what="Leave to write", met=True, said="it has it"),)
        )
    note(world.ports(), shop, "meta", Trouble(TroubleKind.PERSON, "token_expired", "Meta wants a new token from you"))
    return found


def _pace(world: World, day: int) -> None:
    """Two of three campaigns are corrected on each day."""
    for number, (name, track_id) in enumerate((("search", NORTH), ("social", NORTH), ("search-s", SOUTH))):
        if day % 3 != number:
            budget = euros(A_DAY[name] * (1 + 0.05 * (day % 3 - 1)) + 0.1 * day)
            why = f"{NAMES[name]}: {budget} a day."
            moved = auto(world.wanted(name, Setting.DAILY_BUDGET, budget, track_id), why=why)
            world.clock.forward(minutes=1)
            world.apply(moved, track_id=track_id, run=f"pace-{day}-{name}")


def _move(found: Client) -> None:
    """Ana agrees to move money, and cy too; that is far from the plan, so its next version is drafted."""
    found.spent()
    world = found.world
    why = f"Move 1,200.00 EUR from {NAMES['search']} to {NAMES['social']}: new customers come from there."
    world.propose(
        asks(*world.shift("search", "social", 1200), kind=OptimizationType.BUDGET_SHIFT, why=why),
        window=world.clock.now(),
    )
    (approval,) = waiting(world.ports(), "acme")
    for person in ("ana@example.com", "cy@example.com")[: approval.people_needed]:
        approve_and_apply(world.ports(), "acme", approval.approval_id, by=person, seen=approval.payload_digest)
    check_drift(found.ports, world.track())


def _ask(world: World) -> None:
    pause = world.manifest().pauses[0]
    resume = proposal(
        OptimizationType.RESUME,
        world.wanted("retarget", Setting.STATUS, Status.ENABLED.value),
        why=f"Turn {NAMES['retarget']} on again: its spend has been usual for an hour.",
        lifts_pause=pause.pause_id,
    )
    world.propose(asks(resume.changes[0], kind=OptimizationType.RESUME, why=resume.why, lifts_pause=pause.pause_id))
    raised = world.wanted("search-s", Setting.DAILY_BUDGET, euros(64), SOUTH)
    why = f"Raise the daily budget of {NAMES['search-s']} by a third: it sells above its target."
    world.propose(asks(raised, why=why), track_id=SOUTH, window=world.clock.now())
