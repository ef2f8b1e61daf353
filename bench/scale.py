"""Many tenants on a virtual clock: are their ticks done in time, is any document too busy, is the load even?

The fan-out is the real one, for every tenant and minute. What a tenant's tick then does to documents is the real code
of turns too (load, is it its turn, remember), for every `EVERY_NTH` tenant: nobody writes another tenant's documents,
so the others' would say the same. How long a message takes comes from `python -m bench operations`. Two plays: 10,000
tenants for a day, and 100,000 for their two busiest hours.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from bench.scale_fleet import SWEEP_HOUR, Client, StrictDocuments, clients
from bench.scale_instances import Events, Function, Takes
from common.decisions.told_figures import NO_FIGURES, Figures
from common.domain.calendar import TenantCalendar
from common.domain.change import Reason
from common.domain.change_set import ChangeSet
from common.domain.model import parse_json
from common.domain.paths import Track
from common.domain.tick import Cadence, RootTick, TenantTick
from common.ports.bus import Message
from common.use_cases.each_track import TracksFailed, each_track
from common.use_cases.fan_out import fan_out
from common.use_cases.load import load_track
from common.use_cases.ports import Ports
from common.use_cases.remember import remember
from common.use_cases.turn import not_its_turn
from trimtab.function_list import described

START = datetime(2026, 5, 12, 0, 0, tzinfo=UTC)  # a Tuesday
EVERY_NTH = 20
IN_TIME = 300.0
"""Seconds from the minute of a message's slot to its end."""

MEASURED: Mapping[Cadence, Takes] = {
    Cadence.PACING: Takes(0.045, 4.3),
    Cadence.ANOMALY_PAUSE: Takes(0.025, 1.0),
    Cadence.DEEP_REVIEW: Takes(0.42, 8.5),
    Cadence.DRIFT: Takes(0.23, 8.6),
    Cadence.REPORT: Takes(0.66, 1.8),
    Cadence.HOUSEKEEPING: Takes(0.03, 0.4),
}
"""Of a tenant with four tracks, about as `python -m bench operations` has it: CPU, and half a second for each call.
Each check writes every track's state here; in truth three of four write one document."""
SLOW, SLOW_BY = 0.01, 10.0
"""Of a hundred messages one waits ten times as long: a platform that is slow, or is asked again."""
SPREAD = 0.5
"""Of the logarithm of each message's waiting."""
PAGE_SECONDS = 0.12
"""What fan-out waits for a page of three hundred tenants and for the request that publishes their ticks."""
ROOT_CPU = 0.00025
"""Seconds of CPU for each tenant that fan-out looks at."""


class Size(NamedTuple):
    """How much is played."""

    tenants: int
    minutes: int


DAY, RUSH = Size(10_000, 24 * 60), Size(100_000, 120)
DAILY = (Cadence.DEEP_REVIEW, Cadence.DRIFT, Cadence.REPORT, Cadence.HOUSEKEEPING)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a tick of a track came to: nothing but that it had its turn."""

    change_sets: tuple[ChangeSet, ...] = ()
    reasons: tuple[Reason, ...] = ()
    figures: Figures = NO_FIGURES


@dataclass
class Play:
    """A fleet, its functions, and what was seen of them."""

    fleet: Sequence[Client]
    begins: datetime
    minutes: int
    events: Events = field(default_factory=Events)
    rng: Random = field(default_factory=lambda: Random(7))
    sent: Counter[int] = field(default_factory=Counter[int])
    """By minute, the messages that fan-out sent."""
    late: list[float] = field(default_factory=list[float])
    """Of each message, the seconds from its slot's minute to its end."""
    in_time: int = 0
    longest_root: float = 0.0

    def __post_init__(self) -> None:
        """Put the system together on the virtual clock."""
        self.documents = StrictDocuments(self.fleet, self)
        self._out: list[tuple[str, Message]] = []
        self.ports = Ports(self.documents, self, self, _nothing, lambda: "run")  # pyright: ignore[reportArgumentType]
        self.functions = {
            cadence: Function(cadence.value, self.events, self.rng, one.concurrency, one.max_instances)
            for cadence, one in ((cadence, described()[cadence]) for cadence in MEASURED)
        }
        self._hours = _hours_of(self.fleet)
        self._size = {one.tenant_id: one.tracks for one in self.fleet}
        self._sampled = {one.tenant_id for one in self.fleet[::EVERY_NTH]}

    def now(self) -> datetime:
        """The clock."""
        return self.begins + timedelta(seconds=self.events.now)

    def publish(self, topic: str, *messages: Message) -> None:
        """The bus: what fan-out publishes, page by page."""
        self._out += [(topic, message) for message in messages]

    def run(self) -> None:
        """Send every root tick of the time, and let everything come to its end."""
        for minute in range(self.minutes):
            self.events.at(60.0 * minute, partial(self._roots, minute))
        self.events.run()

    def _roots(self, minute: int) -> None:
        published = self.begins + timedelta(minutes=minute)
        roots = [RootTick(cadence=Cadence.PACING), RootTick(cadence=Cadence.ANOMALY_PAUSE)]
        if minute % 5 == 0:
            roots.append(RootTick(cadence=Cadence.HOUSEKEEPING))
        roots += [RootTick(cadence=one, time_zone=zone) for zone, hours in self._hours.items() for one in DAILY
                  if TenantCalendar.of(zone).local(published).hour in hours[one]]  # fmt: skip
        for root in roots:
            function = self.functions[root.cadence]
            # It is done at once here, and its messages arrive page by page, as they would.
            self._out, trips = [], self.documents.trips
            fan_out(self.ports, root, published)
            out, pages = self._out, self.documents.trips - trips
            takes = Takes(ROOT_CPU * max(1, len(out)), PAGE_SECONDS * pages)
            self.longest_root = max(self.longest_root, takes.cpu + takes.waits)
            function.push(takes, lambda: True)
            self.sent[minute] += len(out)
            for place, (_, message) in enumerate(out):
                at = self.events.now + 1.0 + PAGE_SECONDS * (place // 300)
                self.events.at(at, partial(self._arrives, function, message, published))

    def _arrives(self, function: Function, message: Message, published: datetime) -> None:
        tick = parse_json(TenantTick, message.data, "a tick")
        tracks = len(tick.tracks) or self._size[tick.tenant_id]
        measured = MEASURED[tick.cadence]
        slow = SLOW_BY if self.rng.random() < SLOW else 1.0
        waits = measured.waits * tracks / 4 * self.rng.lognormvariate(-(SPREAD**2) / 2, SPREAD) * slow
        takes = Takes(measured.cpu * tracks / 4, min(waits, 240.0))
        ends: list[float] = []

        def work() -> bool:
            if tick.tenant_id in self._sampled and not self._turn(tick):
                return False
            if not ends:
                ends.append((self.now() - published).total_seconds())
                self.late.append(ends[0])
                self.in_time += ends[0] <= IN_TIME
            return True

        function.push(takes, work)

    def _turn(self, tick: TenantTick) -> bool:
        """The real code of a turn, for every track of the message."""
        try:
            each_track(self.ports, tick, lambda track, _: self._track(tick, track))
        except TracksFailed:
            return False
        return True

    def _track(self, tick: TenantTick, track: Track) -> Turn:
        loaded = load_track(self.ports, track)
        if not_its_turn(self.ports, loaded, tick.cadence, tick.window) is None:
            remember(self.ports, loaded, lambda state: state, tick.cadence, tick.window, ())
        return Turn()


def _hours_of(fleet: Sequence[Client]) -> dict[str, dict[Cadence, set[int]]]:
    """By zone and daily work, the local hours in which its job sends root ticks."""
    found: dict[str, dict[Cadence, set[int]]] = {}
    for one in fleet:
        hours = {
            Cadence.DEEP_REVIEW: one.review_hour,
            Cadence.REPORT: one.report_hour,
            Cadence.DRIFT: SWEEP_HOUR,
            Cadence.HOUSEKEEPING: SWEEP_HOUR,
        }
        for cadence, hour in hours.items():
            found.setdefault(one.zone, {}).setdefault(cadence, set()).add(hour)
    return found


def _nothing(tenant_id: str, platform: str) -> Any:
    raise AssertionError(f"nobody asks {platform} for {tenant_id}")


def busiest(fleet: Sequence[Client], hours: int = 2) -> datetime:
    """The beginning of the hours of the day with the most daily work."""
    found = Counter[int]()
    for one in fleet:
        for hour in (one.review_hour, one.report_hour, SWEEP_HOUR, SWEEP_HOUR):
            local = datetime(START.year, START.month, START.day, hour, tzinfo=TenantCalendar.of(one.zone).zone)
            found[local.astimezone(UTC).hour] += 1
    best = max(range(24), key=lambda first: sum(found[(first + hour) % 24] for hour in range(hours)))
    return START + timedelta(hours=best)


def figures(play: Play) -> dict[str, Any]:
    """What was seen."""
    sent = [play.sent[minute] for minute in range(play.minutes)]
    late = sorted(play.late)
    return {
        "tenants": len(play.fleet),
        "hours": round(play.minutes / 60, 2),
        "messages": len(late),
        "on_time_pct": round(100 * play.in_time / len(late), 3),
        "p50_seconds": round(late[len(late) // 2], 1),
        "p999_seconds": round(late[int(0.999 * (len(late) - 1))], 1),
        "longest_seconds": round(late[-1], 1),
        "peak_to_mean": round(max(sent) / (sum(sent) / len(sent)), 3),
        "most_messages_a_minute": max(sent),
        "max_writes_per_document_s": play.documents.most_in_a_second,
        "writes_refused_pct": round(100 * play.documents.refused / max(1, play.documents.wanted), 3),
        "longest_fan_out_seconds": round(play.longest_root, 2),
        "instances": {one.name: one.most_used for one in play.functions.values()},
        "pushes_refused": {one.name: one.refused for one in play.functions.values() if one.refused},
    }


def run(_: Path | None = None, *, day: Size = DAY, rush: Size = RUSH) -> dict[str, Any]:
    """Play both."""
    many = clients(rush.tenants)
    plays = {
        "day": Play(clients(day.tenants), START, day.minutes),
        "rush": Play(many, busiest(many), rush.minutes),
    }
    for play in plays.values():
        play.run()
    found = {name: figures(play) for name, play in plays.items()}
    return {
        "scale": {
            "on_time_pct": min(one["on_time_pct"] for one in found.values()),
            "max_writes_per_document_s": max(one["max_writes_per_document_s"] for one in found.values()),
            "peak_to_mean": max(one["peak_to_mean"] for one in found.values()),
            **found,
        }
    }


def table(result: Mapping[str, Any]) -> None:
    """Print what was seen."""
    shown = Table(title="Scale, on a virtual clock")
    scale: Mapping[str, Any] = result["scale"]
    for name in ("what", "a day", "the two busiest hours"):
        shown.add_column(name, justify="left" if name == "what" else "right")
    for name in scale["day"]:
        shown.add_row(name.replace("_", " "), str(scale["day"][name]), str(scale["rush"][name]))
    Console().print(shown)
