"""Play a scenario from the first hour of its flight to the last, on real documents."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from common.domain.calendar import HOUR, QUARTER_HOUR, window_start
from common.domain.errors import Busy, Unavailable
from common.domain.paths import Track
from common.domain.plan import MediaPlan
from common.domain.tick import Cadence, turn_of
from common.ports.documents import Conflict
from common.use_cases.activate_plan import activate_plan
from common.use_cases.configure import tenant_of as configured
from common.use_cases.connect import look_again
from common.use_cases.daily_visit import visit
from common.use_cases.drift import check_drift, sweep_drift
from common.use_cases.housekeeping import sweep
from common.use_cases.onboard import onboard
from common.use_cases.pace import Tick, pace
from common.use_cases.ports import Ports
from common.use_cases.queries import manifest_of, newest_plan
from common.use_cases.review import review
from common.use_cases.watch import watch
from sandbox.answering import Person, answer_drafts, answer_requests
from sandbox.events import BudgetShift, PlanRevision
from sandbox.outcome import ChannelResult, Played, Stopped, happened, results
from sandbox.reviews import reviewed
from sandbox.shifting import ask_to_shift
from sandbox.tenancy import PLAN_ID, manifests_of, plan_of, revised, tenant_of
from sandbox.world import World

QUARTERS = 4
"""Quarters of an hour."""

R = TypeVar("R")


class Turn(NamedTuple):
    """The minute in which a cadence's root tick finds the tenant, and the window of the work."""

    minute: datetime
    window: datetime


class Player:
    """Plays one scenario. `hours()` goes one hour a step, so that a caller can show progress, or stop in between.

    Args:
        person: decides what waits.
        reports: make the tenant's reports when they are due, where there is storage for them.
    """

    def __init__(self, ports: Ports, world: World, person: Person, *, reports: bool = False) -> None:
        self.ports, self.world, self.person = ports, world, person
        self.scenario = world.scenario
        self.played = Played(self.scenario.name, self.scenario.currency)
        self._reports = reports
        self._revisions: dict[str, int] = {}
        wishes = (event for event in self.scenario.events if isinstance(event, PlanRevision | BudgetShift))
        self._wishes = sorted(wishes, key=lambda event: event.at)

    def begin(self) -> None:
        """Take the tenant on.

        Raises:
            Conflict: the store knows the tenant already.
        """
        onboard(self.ports, tenant_of(self.scenario), plan_of(self.scenario), manifests_of(self.scenario))
        look_again(self.ports, self.scenario.name, self.ports.clock.now())

    @property
    def total_hours(self) -> int:
        """Hours that the flight has."""
        hours = self.world.market.hours
        return hours.flight_end - hours.flight_start

    def hours(self) -> Iterator[tuple[Tick, ...]]:
        """Play hour after hour; yields each hour's ticks."""
        while not self.world.over:
            yield self.hour()
        self.played.channels = self.results()
        self.played.happened = happened(self.ports, self.world)
        self.played.reviewed = reviewed(self.ports, self.world)

    def hour(self) -> tuple[Tick, ...]:
        """Everything that happens in one hour: the client's wishes, pacing, answers, daily work, and four checks."""
        self.wish()
        ticks = self._each_track(Cadence.PACING, pace)
        self._check()
        self._answer()
        self.look_for_drift()
        self._do_daily_work()
        sweep(self.ports, self.scenario.name, run=self.ports.new_run())
        self.played.ticks += len(ticks)
        for _ in range(QUARTERS - 1):
            self.go_on()
            self._check()
        self.go_on()
        return ticks

    def go_on(self) -> None:
        """Let the market's next quarter of an hour begin."""
        self.world.market.advance(QUARTER_HOUR)
        self.played.hours = self.world.market.hour - self.world.market.hours.flight_start

    def wish(self) -> None:
        """Do what the client wants by now: activate the plan versions that were approved, ask to move money."""
        hours, now = self.world.market.hours, self.ports.clock.now()
        while self._wishes and hours.instant(hours.at_local(self._wishes[0].at)) <= now:
            try:
                self._fulfil(self._wishes[0], now)
            except (Busy, Conflict, Unavailable):
                return
            self._wishes.pop(0)

    def _fulfil(self, wish: PlanRevision | BudgetShift, now: datetime) -> None:
        if isinstance(wish, BudgetShift):
            ask_to_shift(self.ports, self.scenario.name, wish)
        else:
            plan = revised(self.scenario, self.active_plan(), wish, now)
            activate_plan(self.ports, plan, run=self.ports.new_run())

    def look_for_drift(self) -> None:
        """Look at each track that has changed since the last time, as is done after an event: whoever changed it."""
        for track in self.scenario.tracks:
            name = Track(self.scenario.name, track.track_id)
            revision = manifest_of(self.ports, name).revision
            if revision == self._revisions.get(track.track_id):
                continue
            try:
                check_drift(self.ports, name)
            except (Busy, Conflict, Unavailable):
                self.played.postponed += 1
            else:
                self._revisions[track.track_id] = revision

    def turn(self, cadence: Cadence) -> Turn | None:
        """When the tenant has its turn in this hour, or quarter of one; `None` where it has none."""
        tenant = configured(self.ports, self.scenario.name)
        step = min(cadence.every, HOUR)
        minute = (
            window_start(self.ports.clock.now(), step) + timedelta(minutes=cadence.minute_of(tenant.slot or 0)) % step
        )
        window = turn_of(tenant, cadence, minute)
        return None if window is None else Turn(minute, window)

    def _check(self) -> None:
        checks = self._each_track(Cadence.ANOMALY_PAUSE, watch)
        self.played.checks += len(checks)
        now = self.ports.clock.now()
        self.played.stopped += [Stopped(now, one.track.track_id, alarm) for one in checks for alarm in one.paused]

    def _do_daily_work(self) -> None:
        swept = self.turn(Cadence.DRIFT)
        if swept is not None:
            look_again(self.ports, self.scenario.name, swept.window)
            visit(self.ports, self.scenario.name, run=self.ports.new_run())
        self._each_track(Cadence.DRIFT, sweep_drift)
        self.played.reviews += len(self._each_track(Cadence.DEEP_REVIEW, review))
        if self._reports and self.ports.objects is not None and self.turn(Cadence.REPORT) is not None:
            from common.use_cases.report import make_report

            try:
                make_report(self.ports, self.scenario.name)
            except (Conflict, Unavailable):
                self.played.postponed += 1

    def _each_track(self, cadence: Cadence, work: Callable[[Ports, Track, datetime, str], R]) -> tuple[R, ...]:
        """Run a cadence's work on every track; what meets a live lease or a conflict comes again at its next tick."""
        turn, done = self.turn(cadence), list[R]()
        if turn is None:
            return ()
        for track in self.scenario.tracks:
            name = Track(self.scenario.name, track.track_id)
            try:
                done.append(work(self.ports, name, turn.window, self.ports.new_run()))
            except (Busy, Conflict, Unavailable):
                self.played.postponed += 1
        return tuple(done)

    def _answer(self) -> None:
        """Let the person decide what waits."""
        self.played.approvals += answer_requests(self.ports, self.scenario.name, self.person)
        self.played.drafts += answer_drafts(self.ports, self.scenario.name, self.person)

    def active_plan(self) -> MediaPlan:
        """The newest version of the plan."""
        return newest_plan(self.ports, self.scenario.name, PLAN_ID)

    def results(self) -> list[ChannelResult]:
        """How each channel stands now."""
        return results(self.ports, self.world)
