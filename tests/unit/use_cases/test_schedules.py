"""The scheduler's jobs follow the tenants: after a sync nothing differs, and what is not Trimtab's stays untouched."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import grpc
import pytest
from google.cloud.scheduler_v1.types import Job as GoogleJob
from hypothesis import given, settings
from hypothesis import strategies as st

from common.adapters.cloud_scheduler import CloudScheduler, scheduler_client
from common.decisions.schedule_drift import Finding, Kind
from common.decisions.schedules import utc_jobs, zone_jobs
from common.domain import paths
from common.domain.errors import Unavailable
from common.domain.schedule import Job
from common.domain.tenant import Cadences, Tenant
from common.ports.documents import Create
from common.use_cases.ports import Ports
from common.use_cases.schedules import Compared, compare, sync
from sandbox.servers.cloud_scheduler import ENABLED, PAUSED, CloudSchedulerServer, served
from tests.fakes.clock import ManualClock
from tests.fakes.documents import MemoryDocuments
from tests.world import World, tenant

PLACE = "projects/shop-1/locations/europe-west1"
NOW = datetime(2026, 5, 4, tzinfo=UTC)
CRONS = {"pacing": "* * * * *", "housekeeping": "*/5 * * * *"}
TENANTS = (
    tenant("a"),
    tenant("b", cadences=Cadences(sweep_hour=2, report_weekdays=(0,))),
    tenant("c", time_zone="Asia/Tokyo", cadences=Cadences(review_weekdays=())),
)
WANTED = zone_jobs(TENANTS, NOW)
FOREIGN = ("nightly-backup", "trimtab-report-nightly", "trimtab-drift-dashboard")
"""Jobs of others, some with names as ours might be."""


@pytest.fixture(scope="module")
def server() -> Iterator[CloudSchedulerServer]:
    """A scheduler for all tests of this file; each begins with jobs of its own."""
    with served() as found:
        yield found


def ports_with(*tenants: Tenant) -> Ports:
    documents = MemoryDocuments()
    for one in tenants:
        documents.commit(Create(paths.tenant(one.tenant_id), one.body()))
    return replace(World().ports(), documents=documents, clock=ManualClock(NOW))


def of(server: CloudSchedulerServer) -> CloudScheduler:
    return CloudScheduler(scheduler_client(server.address), "shop-1", "europe-west1", patience_seconds=0.1)


def put(server: CloudSchedulerServer, job: Job) -> GoogleJob:
    topic = f"projects/shop-1/topics/{job.topic}"
    made = server.put(f"{PLACE}/jobs/{job.name}", job.cron, job.time_zone, topic, job.data.encode())
    made.retry_config.retry_count = job.retries
    return made


def as_deployed(server: CloudSchedulerServer) -> None:
    """The infrastructure's jobs and those of others, and nothing else; no fault is on its way."""
    server.jobs.clear()
    server.faults, server.down, server.lost, server.calls = [], None, [], []
    for job in utc_jobs(CRONS):
        put(server, job)
    for name in FOREIGN:
        server.put(f"{PLACE}/jobs/{name}", "0 3 * * *", "Etc/UTC", "projects/shop-1/topics/backups", b"now")


def compared(server: CloudSchedulerServer, *tenants: Tenant) -> Compared:
    return compare(ports_with(*(tenants or TENANTS)), of(server), CRONS)


def synced(server: CloudSchedulerServer, *tenants: Tenant) -> list[Finding]:
    return list(sync(of(server), compared(server, *tenants)))


def theirs(server: CloudSchedulerServer) -> dict[str, GoogleJob]:
    """The jobs that a sync must leave alone, as they stand."""
    names = (*FOREIGN, *(job.name for job in utc_jobs(CRONS)))
    return {
        name: GoogleJob(server.jobs[f"{PLACE}/jobs/{name}"]) for name in names if f"{PLACE}/jobs/{name}" in server.jobs
    }


@st.composite
def begun(draw: st.DrawFn, server: CloudSchedulerServer) -> None:
    """Any state that people and syncs before may have left the jobs of time zones in."""
    as_deployed(server)
    extra = zone_jobs([tenant("gone", time_zone="America/Lima")], NOW)
    for job in draw(st.lists(st.sampled_from([*WANTED, *extra]), unique_by=lambda one: one.name)):
        spoilt = draw(
            st.sampled_from([{}, {"cron": "0 0 * * *"}, {"time_zone": "UTC"}, {"data": "{}"}, {"retries": 5}])
        )
        made = put(server, job.but(**spoilt))
        made.state = draw(st.sampled_from([ENABLED, PAUSED]))
    if draw(st.booleans()):
        for job in utc_jobs(CRONS):
            server.jobs[f"{PLACE}/jobs/{job.name}"].state = PAUSED


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_after_a_sync_nothing_differs_and_another_one_does_nothing(
    server: CloudSchedulerServer, data: st.DataObject
) -> None:
    data.draw(begun(server))
    before = theirs(server)
    differs = compared(server)
    assert len(synced(server)) == len(differs.drift.to_set_right)
    assert compared(server).drift.findings == ()
    writes = server.writes
    assert synced(server) == []
    assert (server.writes, theirs(server)) == (writes, before)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_a_sync_that_dies_half_way_is_finished_by_the_next(server: CloudSchedulerServer, data: st.DataObject) -> None:
    """Whichever of its calls is the last one, and whether that one was done or not."""
    data.draw(begun(server))
    differs = compared(server)
    server.faults = [*[None] * data.draw(st.integers(0, 12)), *[grpc.StatusCode.ABORTED] * 1000]
    server.lost = data.draw(st.sampled_from([[], ["CreateJob"], ["DeleteJob"]]))
    done: list[Finding] = []
    with suppress(Unavailable):
        done.extend(sync(of(server), differs))
    server.faults, server.lost = [], []
    left = synced(server)
    assert len(left) <= len(differs.drift.to_set_right)
    assert not {(one.job, one.kind) for one in left} & {(one.job, one.kind) for one in done}
    assert compared(server).drift.findings == ()


def found(server: CloudSchedulerServer, *tenants: Tenant) -> set[tuple[str, Kind, bool]]:
    return {(one.job, one.kind, one.by_zone) for one in compared(server, *tenants).drift.findings}


def test_what_the_infrastructure_keeps_is_told_and_left_alone(server: CloudSchedulerServer) -> None:
    as_deployed(server)
    assert synced(server)
    server.jobs[f"{PLACE}/jobs/trimtab-pacing"].pubsub_target.data = b'{ "cadence": "pacing" }'  # says the same
    assert found(server) == set()
    pacing, sweeps = server.jobs[f"{PLACE}/jobs/trimtab-pacing"], server.jobs[f"{PLACE}/jobs/trimtab-housekeeping"]
    pacing.schedule, pacing.status.code, sweeps.state = "0 * * * *", 5, PAUSED
    expected = {
        ("trimtab-pacing", Kind.CHANGED, False),
        ("trimtab-pacing", Kind.FAILING, False),
        ("trimtab-housekeeping", Kind.PAUSED, False),
    }
    assert found(server) == expected
    assert synced(server) == []
    del server.jobs[pacing.name]
    assert found(server) == {("trimtab-pacing", Kind.MISSING, False), ("trimtab-housekeeping", Kind.PAUSED, False)}


def test_a_job_that_does_not_reach_its_topic_is_told_but_is_as_it_should_be(server: CloudSchedulerServer) -> None:
    as_deployed(server)
    synced(server)
    name = WANTED[0].name
    server.jobs[f"{PLACE}/jobs/{name}"].status.code = grpc.StatusCode.NOT_FOUND.value[0]
    (finding,) = compared(server).drift.findings
    assert (finding.job, finding.kind, finding.what) == (name, Kind.FAILING, "its last attempt failed: NOT_FOUND")
    assert synced(server) == []


def test_while_the_infrastructure_stands_still_so_do_the_jobs_of_time_zones(server: CloudSchedulerServer) -> None:
    as_deployed(server)
    for job in utc_jobs(CRONS):
        server.jobs[f"{PLACE}/jobs/{job.name}"].state = PAUSED
    synced(server)
    names = [f"{PLACE}/jobs/{job.name}" for job in WANTED]
    assert {server.jobs[name].state for name in names} == {PAUSED}
    for job in utc_jobs(CRONS):
        server.jobs[f"{PLACE}/jobs/{job.name}"].state = ENABLED
    assert {one.kind for one in synced(server)} == {Kind.PAUSED}
    assert {server.jobs[name].state for name in names} == {ENABLED}


def test_with_its_last_tenant_a_zones_jobs_go(server: CloudSchedulerServer) -> None:
    as_deployed(server)
    synced(server)
    gone = synced(server, *TENANTS[:2])
    assert {one.kind for one in gone} == {Kind.EXTRA}
    assert {one.job for one in gone} == {job.name for job in WANTED if job.time_zone == "Asia/Tokyo"}


def test_while_a_tenants_document_is_broken_no_job_is_removed(server: CloudSchedulerServer) -> None:
    """It may be the one that needs it. What the others need is made all the same."""
    as_deployed(server)
    synced(server, TENANTS[2])
    ports = ports_with(*TENANTS[:2])
    ports.documents.commit(Create(paths.tenant("c"), {**TENANTS[2].body(), "currency": "XXX"}))
    differs = compare(ports, of(server), CRONS)
    (broken,) = differs.broken
    assert broken.startswith("tenants/c has 1 fault:\n  currency:")
    assert {one.kind for one in sync(of(server), differs)} == {Kind.MISSING}
    assert found(server) == set()


def test_what_is_missing_is_made_before_what_is_extra_goes(server: CloudSchedulerServer) -> None:
    """So that whoever stops it half-way leaves a job too many, and none too few."""
    as_deployed(server)
    for job in zone_jobs([tenant("gone", time_zone="America/Lima")], NOW):
        put(server, job)
    kinds = [one.kind for one in synced(server)]
    assert kinds == [Kind.MISSING] * len(WANTED) + [Kind.EXTRA] * 4
