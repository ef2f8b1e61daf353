"""The local scheduler: sends the root ticks that the cloud's would, on the market's clock, and follows each.

Its jobs are those that the tenant needs and that the list of functions names. A minute in which the tenant has no turn
is passed over: its root tick would find nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from zoneinfo import ZoneInfo

from cronsim import CronSim

from common.decisions.schedules import wanted_jobs
from common.domain.calendar import MINUTE
from common.domain.model import parse_json
from common.domain.schedule import Job
from common.domain.tenant import Tenant
from common.domain.tick import Cadence, RootTick, daily_turn_of, turn_of
from common.ports.bus import Message
from common.use_cases.configure import tenant_of
from common.use_cases.ports import Ports
from trimtab.function_list import described
from trimtab.tick_pushes import MARKET_TIME, TickPushes, Work, work_of

LOST_SECONDS = 30.0
"""How long the functions may take over one firing before something must be wrong."""
SWEEP_SECONDS = 1.0
"""From sweep to sweep, where time is short: each has the emulator, which has no indexes, read every document."""


@dataclass(frozen=True, slots=True)
class Firing:
    """A job at a minute (UTC), and the work that it starts: its root tick, and the tenant's or its tracks'."""

    job: Job
    cadence: Cadence
    minute: datetime
    work: frozenset[Work]
    whose: tuple[str, ...]
    """Tracks, or the tenant as a whole; none where it is not known before whether there is work at all."""


@dataclass(slots=True)
class Tally:
    """What became of a job's firings."""

    job: str
    fired: int = 0
    let_go_by: int = 0
    """Not sent, since the one before was not handled yet."""
    handled: int = 0
    lost: int = 0
    """Sent, and not handled in half a minute."""


@dataclass(slots=True)
class LocalScheduler:
    """The jobs of one tenant. What is due before `since` is not fired."""

    ports: Ports
    tenant_id: str
    pushes: TickPushes
    since: datetime
    _tallies: dict[str, Tally] = field(default_factory=dict[str, Tally])
    _in_hand: dict[str, Firing] = field(default_factory=dict[str, Firing])
    _sent: dict[str, float] = field(default_factory=dict[str, float])
    """When each job was fired last, by this machine's clock."""

    def due(self, until: datetime) -> list[Firing]:
        """What is due since the last time and before an instant, in order."""
        tenant = tenant_of(self.ports, self.tenant_id)
        crons = {name: one.cron for name, one in described().items() if one.cron is not None}
        jobs = wanted_jobs([tenant], crons, self.since)
        found = [firing for job in jobs for firing in _firings(job, tenant, self.since, until)]
        self.since = until
        order = list(Cadence)
        return sorted(found, key=lambda firing: (firing.minute, order.index(firing.cadence)))

    def fire(self, firing: Firing) -> None:
        """Send the root tick."""
        stamp = {MARKET_TIME: firing.minute.isoformat()}
        self._of(firing.job).fired += 1
        self._in_hand[firing.job.name], self._sent[firing.job.name] = firing, monotonic()
        self.ports.bus.publish(firing.job.topic, Message(firing.job.data.encode(), stamp))

    def fire_or_let_go_by(self, firing: Firing) -> None:
        """Send it, unless the job's last one is still in hand: as little as the cloud's does this one pile up."""
        self.look()
        too_soon = not firing.whose and monotonic() - self._sent.get(firing.job.name, -SWEEP_SECONDS) < SWEEP_SECONDS
        if firing.job.name in self._in_hand or too_soon:
            self._of(firing.job).let_go_by += 1
        else:
            self.fire(firing)

    def look(self) -> bool:
        """Count what is handled by now, and what must be lost. Whether nothing is in hand any more."""
        for name, firing in list(self._in_hand.items()):
            if self.handled(firing):
                self._tallies[name].handled += 1
            elif monotonic() - self._sent[name] > LOST_SECONDS:
                self._tallies[name].lost += 1
            else:
                continue
            del self._in_hand[name]
        return not self._in_hand

    def handled(self, firing: Firing) -> bool:
        """Whether functions have acknowledged the root tick and all that is known to have come of it."""
        return firing.work <= self.pushes.handled

    def tallied(self) -> list[Tally]:
        """What became of the firings until now, by job."""
        return [tally for _, tally in sorted(dict(self._tallies).items())]

    def _of(self, job: Job) -> Tally:
        return self._tallies.setdefault(job.name, Tally(job.name))


def _firings(job: Job, tenant: Tenant, since: datetime, until: datetime) -> Iterator[Firing]:
    tick = parse_json(RootTick, job.data, f"job {job.name}")
    for minute in _minutes(job, since, until):
        found = _found(tenant, tick, minute)
        if found is not None:
            work, whose = found
            yield Firing(job, tick.cadence, minute, frozenset(work), whose)


def _minutes(job: Job, since: datetime, until: datetime) -> Iterator[datetime]:
    """When it is due, as its cron expression has it on its zone's clocks: from `since` until just before `until`."""
    for minute in CronSim(job.cron, (since - MINUTE).astimezone(ZoneInfo(job.time_zone))):
        if minute >= until:
            return
        yield minute.astimezone(since.tzinfo)


def _found(tenant: Tenant, tick: RootTick, minute: datetime) -> tuple[set[Work], tuple[str, ...]] | None:
    """What the root tick of this minute starts; `None` where it is nobody's turn."""
    root = work_of(tick, minute)
    if tick.cadence is Cadence.HOUSEKEEPING and tick.time_zone is None:
        return {root}, ()
    if (tenant.slot or 0) not in tick.cadence.slots(minute):
        return None
    window = (turn_of if tick.time_zone is None else daily_turn_of)(tenant, tick.cadence, minute)
    if window is None:
        return None
    whose = (tenant.tenant_id,) if tick.cadence.by_tenant else tenant.tracks
    return {root, *(Work(tick.cadence, window, name) for name in whose)}, whose
