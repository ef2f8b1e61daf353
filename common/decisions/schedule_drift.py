"""How the scheduler's jobs differ from those that are wanted. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from common.decisions.schedules import PREFIX
from common.domain.errors import InvalidInput
from common.domain.model import parse_json
from common.domain.schedule import Job, Standing
from common.domain.tick import Cadence, RootTick


class Kind(StrEnum):
    """How one job differs."""

    MISSING = "missing"
    CHANGED = "changed"
    EXTRA = "extra"
    """No tenant needs it."""
    PAUSED = "paused"
    RUNNING = "running"
    """All jobs of the infrastructure are paused, and this one is not."""
    FAILING = "failing"
    """Its last attempt did not reach its topic. It is as wanted; what is wrong is elsewhere."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference."""

    job: str
    kind: Kind
    what: str
    """For a person."""
    by_zone: bool
    """Whether it is a job of a time zone, which a sync sets right. The others are the infrastructure's."""


@dataclass(frozen=True, slots=True)
class Drift:
    """All differences, by job."""

    findings: tuple[Finding, ...]
    standing_still: bool
    """Whether the infrastructure has all its jobs paused. Those of time zones are meant to be paused then, too."""

    @property
    def to_set_right(self) -> tuple[Finding, ...]:
        """What a sync changes."""
        return tuple(one for one in self.findings if one.by_zone and one.kind is not Kind.FAILING)


def drift(zone_jobs: Sequence[Job], utc_jobs: Sequence[Job], live: Iterable[Standing]) -> Drift:
    """Compare what is wanted with what there is. Jobs that are not Trimtab's are left out of it.

    Args:
        zone_jobs: those of time zones, as the tenants need them.
        utc_jobs: those of the infrastructure.
    """
    there = {one.name: one for one in live}
    still = bool(utc_jobs) and all(job.name in there and there[job.name].paused for job in utc_jobs)
    findings = [
        *(one for job in utc_jobs for one in _compared(job, there.get(job.name), still, by_zone=False)),
        *(one for job in zone_jobs for one in _compared(job, there.get(job.name), still, by_zone=True)),
        *_extra({one.name for one in zone_jobs}, there.values()),
    ]
    return Drift(tuple(sorted(findings, key=lambda one: (one.by_zone, one.job))), still)


def _compared(job: Job, live: Standing | None, still: bool, *, by_zone: bool) -> Iterator[Finding]:
    if live is None:
        yield Finding(job.name, Kind.MISSING, f"{job.cron} in {job.time_zone}", by_zone)
        return
    wanted, found = job.model_dump(exclude={"retries"} if not by_zone else None), live.model_dump()
    if _tick(live.data) == _tick(job.data):
        wanted["data"] = live.data  # in other words
    apart = [f"{key} is {found[key]!r}, not {value!r}" for key, value in wanted.items() if found[key] != value]
    if apart:
        yield Finding(job.name, Kind.CHANGED, "; ".join(apart), by_zone)
    if live.paused and not still:
        yield Finding(job.name, Kind.PAUSED, "it does not fire", by_zone)
    if still and not live.paused:
        yield Finding(job.name, Kind.RUNNING, "all jobs of the infrastructure are paused, and it fires", by_zone)
    if live.failed is not None:
        yield Finding(job.name, Kind.FAILING, f"its last attempt failed: {live.failed}", by_zone)


def _tick(data: str) -> RootTick | str:
    try:
        return parse_json(RootTick, data, "a job's data")
    except InvalidInput:
        return data


def _extra(wanted: set[str], live: Iterable[Standing]) -> Iterator[Finding]:
    """Jobs that were made for a zone. Another's job may have such a name too; but not with such a topic."""
    for one in live:
        for cadence in (each for each in Cadence if each.by_zone):
            ours = one.name.startswith(f"{PREFIX}{cadence.value}-") and one.topic == cadence.topic
            if ours and one.name not in wanted:
                yield Finding(one.name, Kind.EXTRA, f"no tenant needs it: {one.cron} in {one.time_zone}", by_zone=True)
