"""Every tenant's turn is covered by a firing of exactly one job, on every day, whatever the clocks of its zone do.

Cloud Scheduler "runs on wall clock time", and for a time that comes twice it promises nothing ("execution anomalies":
cloud.google.com/scheduler/docs/configuring/cron-job-schedules, read 2026-11). So all of these readings must do: both
firings come, the first alone, or the second alone; of a time that is left out none comes. A scheduler that makes up
for those, as Debian's cron does, only sends more.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from common.decisions.schedules import utc_jobs, wanted_jobs, zone_job_name, zone_jobs
from common.domain.calendar import MINUTE, TenantCalendar
from common.domain.model import parse_json
from common.domain.schedule import Job
from common.domain.tenant import SLOTS, Cadences, Tenant
from common.domain.tick import Cadence, RootTick, daily_hour, daily_turn_of
from tests.world import tenant
from trimtab.function_list import described

YEAR = 2026
NOW = datetime(YEAR, 5, 4, tzinfo=UTC)
START, END = date(YEAR, 1, 1), date(YEAR + 2, 1, 1)
SOME_SLOTS = 0, 29, 30, 59
DAYS = [START + timedelta(days=number) for number in range((END - START).days)]
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
BY_ZONE = [one for one in Cadence if one.by_zone]

Reading = Callable[[datetime], bool]


def is_second(local: datetime) -> bool:
    return local.fold == 1 and local.replace(fold=0).utcoffset() != local.utcoffset()


def has_second(local: datetime) -> bool:
    return local.replace(fold=1).utcoffset() != local.replace(fold=0).utcoffset() and exists(local)


def exists(local: datetime) -> bool:
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


READINGS: dict[str, Reading] = {
    "both": lambda local: True,
    "the first alone": lambda local: not is_second(local),
    "the second alone": lambda local: is_second(local) or not has_second(local),
}


@cache
def clocks() -> dict[str, tuple[date, ...]]:
    """The zones whose clocks change in these years, one of each kind, and the days of UTC after which they do."""
    kinds: dict[tuple[timedelta | None, ...], str] = {}
    for zone in ZONES:
        info = ZoneInfo(zone)
        offsets = tuple(datetime(day.year, day.month, day.day, tzinfo=UTC).astimezone(info).utcoffset() for day in DAYS)
        if len(set(offsets)) > 1:
            kinds.setdefault(offsets, zone)
    return {
        zone: tuple(day for day, before, after in zip(DAYS[1:], offsets, offsets[1:], strict=False) if before != after)
        for offsets, zone in kinds.items()
    }


def minutes_about(zone: str) -> Iterator[datetime]:
    """The minutes of some slots, on the days about those on which the clocks change."""
    for day in clocks()[zone]:
        first = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=3)
        yield from (first + timedelta(hours=hour, minutes=slot) for hour in range(5 * 24) for slot in SOME_SLOTS)


def fields(job: Job) -> tuple[set[int], set[int]]:
    """The hours and weekdays on which it fires; weekdays count from Sunday, 0."""
    cron = CronSim(job.cron, NOW)
    return (
        set(cron.hours),
        {day % 7 for day in cron.weekdays if isinstance(day, int)},
    )


def hearing(job: Job) -> Callable[[datetime], bool]:
    """Whether a job fires at a time of its zone's clocks."""
    hours, weekdays = fields(job)
    return lambda local: local.hour in hours and local.isoweekday() % 7 in weekdays


def test_the_clocks_of_dozens_of_kinds_of_zones_change() -> None:
    assert {"Africa/Cairo", "Australia/LHI", "NZ-CHAT"} <= clocks().keys()
    assert len(clocks()) > 20


@pytest.mark.parametrize("reading", READINGS)
def test_on_the_days_about_a_change_each_turn_is_covered_by_its_job(reading: str) -> None:
    """In every zone whose clocks change, for every hour of the day, at slots from all over it."""
    for zone, days in clocks().items():
        calendar, fires = TenantCalendar.of(zone), READINGS[reading]
        told = ((minute, calendar.local(minute)) for minute in minutes_about(zone))
        sent = [(calendar.first_time(minute), local) for minute, local in told if fires(local)]
        for hour in range(24):
            one = tenant("a", time_zone=zone, cadences=Cadences(sweep_hour=hour))
            (job,) = (job for job in zone_jobs([one], NOW) if job.topic == Cadence.DRIFT.topic)
            hears = hearing(job)
            covered = {first for first, local in sent if hears(local)}
            for day in (day - timedelta(days=before) for day in days for before in (0, 1, 2)):
                turns = [calendar.first_time(calendar.turn(day, hour, slot)) for slot in SOME_SLOTS]
                assert covered.issuperset(turns), (zone, day, hour, job.cron)
                assert tuple(turn.minute for turn in turns) == SOME_SLOTS


@pytest.mark.parametrize(
    ("zone", "hour"), [("Europe/Madrid", 2), ("Australia/Lord_Howe", 1), ("America/Nuuk", 23), ("Asia/Kolkata", 4)]
)
def test_over_two_years_a_tenant_has_each_days_turn_by_the_firings_of_its_one_job(zone: str, hour: int) -> None:
    """As cronsim enumerates them. A time that comes twice may give it one day's turn twice, never another day's."""
    one = tenant("a", slot=47, time_zone=zone, cadences=Cadences(review_hour=hour, review_weekdays=(0, 2, 6)))
    calendar = TenantCalendar.of(zone)
    (job,) = (job for job in zone_jobs([one], NOW) if job.topic == Cadence.DEEP_REVIEW.topic)
    firings = CronSim(job.cron, datetime(YEAR, 1, 1, tzinfo=calendar.zone) - MINUTE)
    windows: list[datetime] = []
    while (local := next(firings)).date() < END:
        window = daily_turn_of(one, Cadence.DEEP_REVIEW, local.astimezone(UTC), by_clocks=True)
        windows += [] if window is None else [window]
    assert list(dict.fromkeys(windows)) == [calendar.bounds(day)[0] for day in DAYS if day.weekday() in (0, 2, 6)]
    assert len(windows) - len(set(windows)) <= 2


@st.composite
def some_tenant(draw: st.DrawFn) -> Tenant:
    number, days = draw(st.integers(0, 99)), tuple(draw(st.lists(st.integers(0, 6), unique=True)))
    review, sweep, report = (draw(st.integers(0, 23)) for _ in range(3))
    hours = Cadences(
        review_hour=review, review_weekdays=days, sweep_hour=sweep, report_hour=report, report_weekdays=days[:1]
    )
    zone = draw(st.sampled_from(["Europe/Madrid", "America/New_York", "Etc/GMT+5", "Etc/GMT-5", "UTC"]))
    return tenant(f"t{number}", slot=number % SLOTS, time_zone=zone, cadences=hours)


@given(st.lists(some_tenant(), max_size=8))
@settings(max_examples=60, deadline=None)
def test_each_tenant_has_exactly_one_job_for_each_of_its_daily_cadences(tenants: list[Tenant]) -> None:
    """It fires in the tenant's hour on all of its weekdays; nobody has a job for nothing; more tenants make no more."""
    jobs = zone_jobs(tenants, NOW)
    roots = [parse_json(RootTick, job.data, job.name) for job in jobs]
    assert len({job.name for job in jobs}) == len(jobs)
    needed: set[tuple[Cadence, str]] = set()
    for one in tenants:
        for cadence in BY_ZONE:
            hour, days = daily_hour(one.cadences, cadence)
            own = [
                job
                for job, root in zip(jobs, roots, strict=True)
                if root.cadence is cadence and root.time_zone == one.time_zone
            ]
            if days:
                needed.add((cadence, one.time_zone))
                (job,) = own
                hours, weekdays = fields(job)
                assert hour in hours
                assert {(day + 1) % 7 for day in days} <= weekdays
                assert (job.topic, job.time_zone) == (cadence.topic, one.time_zone)
    assert {(root.cadence, root.time_zone) for root in roots} == needed


def test_jobs_of_two_zones_never_have_the_same_name_and_all_names_are_the_schedulers() -> None:
    names = [zone_job_name(cadence, zone) for cadence in BY_ZONE for zone in ZONES]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").replace("_", "").isalnum() and name.isascii() for name in names)


def test_the_infrastructures_jobs_are_beside_them_and_in_utc() -> None:
    crons = {name: one.cron for name, one in described().items() if one.cron is not None}
    jobs = wanted_jobs([tenant()], crons, NOW)
    assert {job.name: job.cron for job in jobs if job.time_zone == "Etc/UTC"} == {
        "trimtab-anomaly_pause": "* * * * *",
        "trimtab-housekeeping": "*/5 * * * *",
        "trimtab-ingest": "* * * * *",
        "trimtab-pacing": "* * * * *",
    }
    assert [(job.name, job.cron) for job in jobs if job not in utc_jobs(crons)] == [
        ("trimtab-deep_review-europe-madrid", "* 6 * * *"),
        ("trimtab-drift-europe-madrid", "* 4 * * *"),
        ("trimtab-housekeeping-europe-madrid", "* 4 * * *"),
        ("trimtab-report-europe-madrid", "* 8 * * *"),
    ]


@pytest.mark.parametrize(
    ("zone", "hour", "cron"),
    [
        ("Europe/Madrid", 2, "* 2,3 * * *"),
        ("Europe/Madrid", 3, "* 3 * * *"),
        ("America/Nuuk", 23, "* 22,23 * * *"),
        ("Australia/Lord_Howe", 2, "* 2,3 * * *"),
        ("Africa/Cairo", 0, "* 0,1 * * *"),
        ("Asia/Kolkata", 2, "* 2 * * *"),
    ],
)
def test_where_clocks_leave_out_an_hour_its_job_fires_when_its_turns_come_instead(
    zone: str, hour: int, cron: str
) -> None:
    jobs = zone_jobs([tenant(time_zone=zone, cadences=Cadences(sweep_hour=hour))], NOW)
    assert [job.cron for job in jobs if job.topic == Cadence.DRIFT.topic] == [cron]
