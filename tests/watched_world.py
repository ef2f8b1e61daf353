"""A track of the small world whose campaigns spend, bring visits, and are watched every quarter of an hour.

Every hour each campaign that is on spends its usual share of its daily budget to the cent, times what a test says. A
click costs fifty cents and brings 0.8 sessions, and every twentieth a conversion, at once; what a test says comes
between. Platforms and GA4's report are as late as they usually are.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from common.decisions.local_days import LocalDays
from common.decisions.observed import Observed
from common.decisions.spend_curve import USUAL_HOURS
from common.domain.calendar import HOUR, QUARTER_HOUR, TenantCalendar
from common.domain.change import Setting, Status
from common.domain.figures import EventsReport, FiguresReport, HourEvents, HourFigures, Quarter, Realtime
from common.domain.manifest import Entity
from common.domain.tick import Cadence, window_of
from common.ports.ad_platform import EntityRef
from common.use_cases.ports import Ports
from common.use_cases.watch import Check, watch
from tests.fakes.analytics import ScriptedAnalytics, ScriptedCrm
from tests.world import World, euros

CLICK, SESSIONS, CONVERSIONS = euros(0.5), 0.8, 0.05
PAST = timedelta(days=15)
DELAY = 3
"""Hours until a platform reports, and"""
GA4_DELAY = 6
"""until GA4's report has them."""


@dataclass
class WatchedWorld:
    """The world, what goes wrong in it, and every check of its northern track."""

    world: World
    spends: dict[str, float] = field(default_factory=dict[str, float])
    """By entity, how many times its budget it spends; once where nothing is said."""
    dearer: dict[str, float] = field(default_factory=dict[str, float])
    """How many times the usual a click costs."""
    arrives: dict[str, float] = field(default_factory=dict[str, float])
    """Which share of its visits reach the site,"""
    seen: float = 1.0
    """which share of those GA4 sees,"""
    converts: float = 1.0
    """how many of the usual conversions GA4 sees,"""
    converts_at: dict[int, float] = field(default_factory=dict[int, float])
    """the same by local hour,"""
    claims: float = 1.0
    """and how many the platforms claim."""
    delay: dict[str, int] = field(default_factory=dict[str, int])
    """By platform, hours until it reports; three where nothing is said."""
    others: float = 0.0
    """Visits of an hour that come from elsewhere."""
    crm: ScriptedCrm = field(default_factory=ScriptedCrm)
    checks: list[Check] = field(default_factory=list[Check])

    def __post_init__(self) -> None:
        self._days = LocalDays(TenantCalendar.of("Europe/Madrid"))
        self._figures = defaultdict[str, dict[datetime, HourFigures]](dict)
        self._events = defaultdict[str, dict[datetime, HourEvents]](dict)
        self._quarters: dict[datetime, Quarter] = {}
        self.ga4 = ScriptedAnalytics(self._realtime, self._report)
        self._open = self.now - PAST
        for name in ("google", "meta"):
            self.world.platforms[name].reported = partial(self._told, name)
        self.world.rewrite(self.world.track().state, lambda body: {**body, "pacing": self._learned()})
        while self._open < self.now:
            self._pass_hour()

    @staticmethod
    def taken_on(**tenant_changes: object) -> "WatchedWorld":
        """Two weeks after the flight began, all well."""
        return WatchedWorld(World.taken_on(**tenant_changes))  # pyright: ignore[reportArgumentType]

    @property
    def now(self) -> datetime:
        """The instant."""
        return self.world.clock.now()

    @property
    def ports(self) -> Ports:
        """The world's ports, GA4 and the CRM with them."""
        return replace(self.world.ports(), analytics=self._ga4_of, crm=self._crm_of)

    def _ga4_of(self, _: str) -> ScriptedAnalytics:
        return self.ga4

    def _crm_of(self, _: str) -> ScriptedCrm:
        return self.crm

    def check(self, window: datetime | None = None) -> Check:
        """One check; of the quarter-hour that it is, where no other is named."""
        window = window or window_of(Cadence.ANOMALY_PAUSE, self.now)
        found = watch(self.ports, self.world.track(), window, f"check-{len(self.checks)}")
        self.checks.append(found)
        return found

    def go(self, hours: float) -> list[Check]:
        """Check and go on, a quarter of an hour at a time."""
        begun = len(self.checks)
        for _ in range(round(4 * hours)):
            self.check()
            self.pass_time()
        return self.checks[begun:]

    def until_paused(self, hours: float = 36) -> Check:
        """Go on to the check that pauses something; time stands there."""
        for _ in range(round(4 * hours)):
            found = self.check()
            if found.paused:
                return found
            self.pass_time()
        raise AssertionError(f"nothing was paused within {hours} hours")

    def pass_time(self) -> None:
        """Let a quarter of an hour pass."""
        self.world.clock.forward(minutes=15)
        if self._open + HOUR <= self.now:
            self._pass_hour()

    def _pass_hour(self) -> None:
        """What happened in the hour that is over, with the settings that were live at its end."""
        hour, sessions, conversions = self._open, self.others * self.seen, 0.0
        self._open += HOUR
        local = self._days.at(hour).hours[self._days.at(hour).place(hour)]
        for entity in self._bearing():
            name, spent = entity.entity_id, self._spent(entity, hour)
            clicks = spent / (CLICK * self.dearer.get(name, 1.0))
            came = clicks * SESSIONS * self.arrives.get(name, 1.0) * self.seen
            ended = clicks * CONVERSIONS * self.converts * self.converts_at.get(local, 1.0) * (1.0 if came else 0.0)
            self._figures[name][hour] = HourFigures(
                hour, spent, clicks, clicks * 30, clicks * CONVERSIONS * self.claims
            )
            self._events[name][hour] = HourEvents(hour, came, ended)
            sessions, conversions = sessions + came, conversions + ended
        for part in range(4):
            start = hour + part * QUARTER_HOUR
            self._quarters[start] = Quarter(start, sessions / 4, conversions / 4)

    def _spent(self, entity: Entity, hour: datetime) -> int:
        name, day = entity.entity_id, self._days.at(hour)
        settings = self.world.platforms[entity.platform].settings[name]
        budget = settings[Setting.DAILY_BUDGET]
        if settings[Setting.STATUS] != Status.ENABLED or not isinstance(budget, int):
            return 0
        odd = 1 + 0.02 * (hour.day % 3 - 1)  # so that no day is yesterday's to the micro
        share = USUAL_HOURS[day.hours[day.place(hour)]]
        return round(budget * share * odd * self.spends.get(name, 1.0))

    def _bearing(self) -> list[Entity]:
        return [one for one in self.world.manifest().entities.values() if one.daily_budget is not None]

    def _learned(self) -> dict[str, dict[str, object]]:
        """What pacing knows of campaigns that it has watched for some weeks, and goes on knowing."""
        known = Observed(
            seen=(self.now + PAST).isoformat(), open=self.now.isoformat(), day_noise=0.15, hour_noise=0.25
        ).body()
        return {one.entity_id: {**known, "visible": euros(90), "unseen": euros(10)} for one in self._bearing()}

    def _told(self, platform: str, refs: Sequence[EntityRef], since: datetime) -> FiguresReport:
        until = self._open - self.delay.get(platform, DELAY) * HOUR
        return FiguresReport(
            until,
            {
                ref.entity_id: tuple(
                    row for hour, row in self._figures[ref.entity_id].items() if since <= hour < until and row.micros
                )
                for ref in refs
            },
        )

    def _report(self, refs: Sequence[EntityRef], since: datetime) -> EventsReport:
        until = self._open - GA4_DELAY * HOUR
        return EventsReport(
            until,
            {
                ref.entity_id: tuple(row for hour, row in self._events[ref.entity_id].items() if since <= hour < until)
                for ref in refs
            },
        )

    def _realtime(self) -> Realtime:
        """Of the half-hour before; the hour that is under way goes on as the last one did."""
        now = window_of(Cadence.ANOMALY_PAUSE, self.now)
        return Realtime(tuple(self._quarter(now - back * QUARTER_HOUR) for back in (2, 1)))

    def _quarter(self, start: datetime) -> Quarter:
        known = self._quarters.get(start)
        return known or replace(self._quarters[start - HOUR], start=start)
