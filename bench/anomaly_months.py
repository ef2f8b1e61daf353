"""Plays tenant-months with somebody watching, and tells which incidents were stopped when, and what was stopped for
nothing.

Pacing goes on as it does in production. A watch is asked twice an hour: a platform's figures come by the hour and GA4
shows the half-hour before, so the checks at a quarter past and a quarter to would see nothing new. Whoever looks at a
pause turns it on again: at once where nothing was wrong, else when the incident is over.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from bench.anomaly_incidents import Incident, Trouble, first_visible, incidents_of, shown, wasted
from bench.flights import Policy, TrackInPlay
from common.decisions import pacing
from common.decisions.facts import Facts
from common.decisions.observe import observe, spend_since
from common.domain.change import Proposal
from common.domain.manifest import Pause, PauseScope
from sandbox.market import Market
from sandbox.scenario import Scenario
from sandbox.tenancy import manifests_of, plan_of, revised, tenant_of

STEP = timedelta(minutes=30)
AFTER_HOURS = 6
"""Hours that a month with an incident is played on after it: delays are over by then."""


def _pace(facts: Facts) -> Sequence[Proposal]:
    return pacing.decide(facts).proposals


PACING = Policy(spend_since, observe, _pace)


class Stop(NamedTuple):
    """What a watch wants stopped."""

    trouble: Trouble
    scope: PauseScope
    target: str
    reason: str


class TrackWatch(Protocol):
    """Watches one track of a market."""

    def check(self, track: TrackInPlay) -> list[Stop]:
        """What is to be stopped now."""
        ...


NewWatch = Callable[[Market, TrackInPlay], TrackWatch]


@dataclass(slots=True)
class Outcome:
    """How one incident ended. `None` where it never came to that."""

    incident: Incident
    visible: datetime
    """When its first hour could be seen."""
    factor: float
    shown: datetime | None = None
    paused: datetime | None = None
    lost: float = 0.0
    """Currency units, for a runaway."""
    lost_unseen: float = 0.0
    """Of that, before its first hour could be seen."""
    daily_budget: float = 0.0

    @property
    def minutes(self) -> float | None:
        """From when it was shown to the pause; nothing where it was stopped before that."""
        if self.paused is None:
            return None
        return 0.0 if self.shown is None else max(0.0, (self.paused - self.shown) / timedelta(minutes=1))

    @property
    def minutes_from_first(self) -> float | None:
        """From when its first hour could be seen to the pause."""
        return None if self.paused is None else max(0.0, (self.paused - self.visible) / timedelta(minutes=1))


@dataclass(slots=True)
class Month:
    """What happened in one tenant-month."""

    name: str
    days: float
    """That were played."""
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    false_pauses: list[tuple[datetime, Stop]] = field(default_factory=list[tuple[datetime, Stop]])
    early: int = 0
    """Pauses for an outage that could not be known yet."""
    price_pauses: int = 0
    """Pauses for a price spike that there was: neither caught nor false."""


def play(scenario: Scenario, new_watch: NewWatch, *, to_the_end: bool) -> Month:
    """Play a scenario from its flight's first hour.

    Args:
        to_the_end: or only until some hours after its last incident.
    """
    market = Market(scenario)
    tenant, plan = tenant_of(scenario), plan_of(scenario)
    tracks = [TrackInPlay(market, tenant, plan, manifest) for manifest in manifests_of(scenario)]
    watches = [(track, new_watch(market, track)) for track in tracks]
    referee = _Referee(market, tracks)
    last = market.end if to_the_end else min(market.end, referee.over)
    revisions = 0
    while market.now < last:
        approved = market.plan_revisions()
        for revision in approved[revisions:]:
            plan = revised(scenario, plan, revision, market.now)
            for track in tracks:
                track.follow(plan)
        revisions = len(approved)
        for track in tracks:
            track.tick(PACING)
        for _ in range(2):
            referee.look()
            for track, watch in watches:
                for stop in watch.check(track):
                    referee.judge(track, stop)
            market.advance(STEP)
    return referee.month


class _Referee:
    """Knows the incidents: times them, tells a right pause from a wrong one, and turns what was paused on again."""

    def __init__(self, market: Market, tracks: Sequence[TrackInPlay]) -> None:
        self._market, self._tracks = market, {track.manifest.track_id: track for track in tracks}
        self.month = Month(market.scenario.name, 0.0)
        self.month.outcomes = [self._outcome(incident) for incident in incidents_of(market)]
        self._lift: list[tuple[int, TrackInPlay, Pause]] = []

    def _outcome(self, incident: Incident) -> Outcome:
        line = self._market.lines[incident.entities[0]]
        factor = line.events.runaway.factor(incident.first)
        return Outcome(incident, first_visible(self._market, incident), factor, daily_budget=line.even_budget)

    @property
    def over(self) -> datetime:
        """When the last incident is over, and its last hour was seen."""
        ends = [outcome.incident.end for outcome in self.month.outcomes]
        return self._market.hours.instant(min(max(ends, default=0) + AFTER_HOURS, self._market.hours.flight_end))

    def look(self) -> None:
        """Note what can be seen by now, and turn on again what somebody would have by now."""
        market, hour = self._market, self._market.hour
        self.month.days = (market.now - market.start) / timedelta(days=1)
        for outcome in self.month.outcomes:
            running = outcome.incident.first <= hour and outcome.paused is None
            if running and outcome.incident.trouble is Trouble.RUNAWAY:
                outcome.lost = wasted(market, outcome.incident, hour)
                if market.now <= outcome.visible:
                    outcome.lost_unseen = outcome.lost
            if running and outcome.shown is None and shown(market, outcome.incident):
                outcome.shown = market.now
        due = [one for one in self._lift if one[0] <= hour]
        self._lift = [one for one in self._lift if one[0] > hour]
        for _, track, pause in due:
            track.turn(pause, off=False)

    def judge(self, track: TrackInPlay, stop: Stop) -> None:
        """Carry out a pause, and say what it was worth."""
        names = list(_named(track, stop))
        if not names:
            return
        hour = self._market.hour
        right = list(self._right(track, stop, names))
        pause = Pause(
            pause_id=f"{stop.scope.value}-{stop.target}",
            scope=stop.scope,
            target=stop.target,
            reason=stop.reason,
            since=self._market.now,
            entities=tuple(names),
        )
        track.turn(pause, off=True)
        if right:
            self._lift.append((max(*(one.incident.end for one in right), hour + 1), track, pause))
            for outcome in right:
                self._caught(outcome)
        else:
            self._lift.append((hour + 1, track, pause))
            self.month.false_pauses.append((self._market.now, stop))

    def _caught(self, outcome: Outcome) -> None:
        if outcome.incident.trouble is Trouble.PRICE:
            self.month.price_pauses += 1
        if outcome.paused is None:
            outcome.paused = self._market.now
            self.month.early += outcome.shown is None and outcome.incident.trouble in (Trouble.OUTAGE, Trouble.COUNTS)

    def _right(self, track: TrackInPlay, stop: Stop, names: Sequence[str]) -> Iterator[Outcome]:
        """The incidents that this pause is an answer to: of its kind, its scope, and not long over."""
        for outcome in self.month.outcomes:
            incident = outcome.incident
            paused = {track.manifest.entities[name].external_id for name in names}
            running = incident.first <= self._market.hour <= incident.end + AFTER_HOURS
            if (
                incident.track_id == track.manifest.track_id
                and incident.trouble is stop.trouble
                and running
                and paused & set(incident.entities)
            ):
                yield outcome


def _named(track: TrackInPlay, stop: Stop) -> Iterator[str]:
    """What a pause turns off: what is on in its scope."""
    for entity in track.manifest.entities.values():
        within = {
            PauseScope.TRACK: True,
            PauseScope.CHANNEL: entity.channel == stop.target,
            PauseScope.ENTITY: entity.entity_id == stop.target,
        }[stop.scope]
        if within and entity.status == "enabled":
            yield entity.entity_id
