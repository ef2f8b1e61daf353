"""Which jobs the tenants need, so that each gets its root ticks: one for each daily cadence and time zone. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

from common.domain.calendar import MINUTE, TenantCalendar
from common.domain.schedule import Job
from common.domain.tenant import EVERY_DAY, SLOTS, Tenant
from common.domain.tick import Cadence, RootTick, daily_hour

PREFIX = "trimtab-"
UTC_ZONE = "Etc/UTC"
RETRIES = 2
"""After 5 and 15 seconds: a root tick that is sent a minute late is for the slot of another minute."""


def wanted_jobs(tenants: Iterable[Tenant], crons: Mapping[str, str], now: datetime) -> tuple[Job, ...]:
    """All jobs: those at the same minutes for everybody, and those for each time zone, by name.

    Args:
        crons: the cron expression in UTC of each cadence that has one, as `functions/functions.json` lists them.
        now: for this year's changes of the clocks and the next one's.
    """
    return (*utc_jobs(crons), *zone_jobs(tenants, now))


def utc_jobs(crons: Mapping[str, str]) -> tuple[Job, ...]:
    """The jobs of cadences that don't depend on a tenant's clocks, as the infrastructure makes them."""
    found = {Cadence(name): cron for name, cron in sorted(crons.items())}
    return tuple(_job(PREFIX + cadence.value, cron, RootTick(cadence=cadence)) for cadence, cron in found.items())


def zone_jobs(tenants: Iterable[Tenant], now: datetime) -> tuple[Job, ...]:
    """The jobs of daily cadences: each fires in every minute of the hours in which tenants of its zone have turns."""
    hours: dict[tuple[Cadence, str], set[int]] = {}
    weekdays: dict[tuple[Cadence, str], set[int]] = {}
    for tenant in tenants:
        for cadence in (one for one in Cadence if one.by_zone):
            hour, days = daily_hour(tenant.cadences, cadence)
            if days:
                key = cadence, tenant.time_zone
                hours.setdefault(key, set()).update(hours_of_turns(tenant.time_zone, hour, now.year))
                weekdays.setdefault(key, set()).update(days)
    crons = {key: f"* {_listed(hours[key], 24)} * * {_weekdays(weekdays[key])}" for key in sorted(hours)}
    jobs = (
        _job(zone_job_name(cadence, zone), cron, RootTick(cadence=cadence, time_zone=zone), RETRIES)
        for (cadence, zone), cron in crons.items()
    )
    return tuple(sorted(jobs, key=lambda job: job.name))


def zone_job_name(cadence: Cadence, zone: str) -> str:
    """The name of a zone's job; those of two zones differ."""
    slug = zone.lower().replace("/", "-").replace("+", "plus")
    return f"{PREFIX}{cadence.value}-{slug}"


@lru_cache(maxsize=65_536)
def hours_of_turns(zone: str, hour: int, year: int) -> frozenset[int]:
    """The hours of the zone's clocks in which the turns of an hour come, in this year and the next.

    That is the hour itself, and the one in which its turns come on a day that leaves it out.
    """
    calendar = TenantCalendar.of(zone)
    found = {
        calendar.local(calendar.turn(day, hour, minute)).hour
        for day in _days_of_change(zone, year)
        for minute in range(SLOTS)
    }
    return frozenset({hour, *found})


@lru_cache(maxsize=1024)
def _days_of_change(zone: str, year: int) -> tuple[date, ...]:
    """The days of two years on which the clocks of a zone change; those that it leaves out altogether are none."""
    calendar, first = TenantCalendar.of(zone), date(year, 1, 1)
    days = (first + timedelta(days=number) for number in range((date(year + 2, 1, 1) - first).days))
    return tuple(day for day in days if _changes(calendar, day))


def _changes(calendar: TenantCalendar, day: date) -> bool:
    """Whether they change in a day, or just where it begins or ends: midnight is left out, too, in some zones."""
    start, end = calendar.bounds(day)
    return start < end and calendar.local(start - MINUTE).utcoffset() != calendar.local(end).utcoffset()


def _job(name: str, cron: str, tick: RootTick, retries: int = 0) -> Job:
    zone = tick.time_zone or UTC_ZONE
    data = tick.data.decode()
    return Job(name=name, cron=cron, time_zone=zone, topic=tick.cadence.topic, data=data, retries=retries)


def _weekdays(days: set[int]) -> str:
    """Cron counts weekdays from Sunday, tenants from Monday."""
    return "*" if days == set(EVERY_DAY) else _listed({(day + 1) % 7 for day in days}, 7)


def _listed(values: set[int], of: int) -> str:
    return "*" if len(values) == of else ",".join(map(str, sorted(values)))
