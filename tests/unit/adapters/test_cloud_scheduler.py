"""Cloud Scheduler by its official client, against its service on this machine."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from common.adapters.cloud_scheduler import CloudScheduler, scheduler_client
from common.domain.errors import InvalidInput, NotFound, Refused, TrimtabError, Unavailable
from common.domain.schedule import Job, Standing
from sandbox.servers.cloud_scheduler import A_PAGE, CloudSchedulerServer, served

PLACE = "projects/shop-1/locations/europe-west1"
JOB = Job(
    name="trimtab-drift-europe-madrid",
    cron="* 2,3 * * 1,5",
    time_zone="Europe/Madrid",
    topic="drift-ticks",
    data='{"cadence":"drift","time_zone":"Europe/Madrid"}',
    retries=2,
)
CODE = grpc.StatusCode


@pytest.fixture
def server() -> Iterator[CloudSchedulerServer]:
    """A scheduler without jobs."""
    with served() as found:
        found.places = {PLACE}
        yield found


def connected(server: CloudSchedulerServer, region: str = "europe-west1") -> CloudScheduler:
    return CloudScheduler(scheduler_client(server.address), "shop-1", region, patience_seconds=0.2)


@pytest.fixture
def scheduler(server: CloudSchedulerServer) -> CloudScheduler:
    """Its jobs, by somebody who does not wait long."""
    return connected(server)


def test_a_job_stands_as_it_was_put_and_is_changed_paused_resumed_and_removed(scheduler: CloudScheduler) -> None:
    scheduler.put(JOB)
    standing = Standing(**JOB.model_dump())
    assert list(scheduler.jobs()) == [standing]
    changed = JOB.but(cron="* 5 * * *", retries=0)
    scheduler.pause(JOB.name)
    scheduler.put(changed)
    assert list(scheduler.jobs()) == [Standing(**changed.model_dump(), paused=True)]
    scheduler.pause(JOB.name)
    scheduler.resume(JOB.name)
    scheduler.resume(JOB.name)
    assert list(scheduler.jobs()) == [Standing(**changed.model_dump())]
    scheduler.remove(JOB.name)
    scheduler.remove(JOB.name)
    assert list(scheduler.jobs()) == []


def test_all_pages_are_read(scheduler: CloudScheduler, server: CloudSchedulerServer) -> None:
    names = [f"job-{number:02}" for number in range(2 * A_PAGE + 1)]
    for name in names:
        scheduler.put(JOB.but(name=name))
    assert [one.name for one in scheduler.jobs()] == names
    assert server.calls.count("ListJobs") == 3


def test_jobs_that_others_made_are_shown_as_they_are(scheduler: CloudScheduler, server: CloudSchedulerServer) -> None:
    made = server.put(f"{PLACE}/jobs/theirs", "every 5 minutes", "utc", "projects/other/topics/drift-ticks", b"\xff")
    made.status.code = CODE.NOT_FOUND.value[0]
    (found,) = scheduler.jobs()
    assert (found.topic, found.cron, found.failed, found.data) == (None, "every 5 minutes", "NOT_FOUND", "\ufffd")


@pytest.mark.parametrize("fault", [CODE.UNAVAILABLE, CODE.DEADLINE_EXCEEDED, CODE.RESOURCE_EXHAUSTED, CODE.INTERNAL])
@pytest.mark.parametrize("calls_before", [0, 1])
def test_what_passes_is_tried_again(
    scheduler: CloudScheduler, server: CloudSchedulerServer, fault: grpc.StatusCode, calls_before: int
) -> None:
    server.faults = [*[None] * calls_before, fault]
    scheduler.put(JOB)
    assert server.faults == []
    assert [one.name for one in scheduler.jobs()] == [JOB.name]


def test_a_job_whose_making_was_not_answered_is_there_once(
    scheduler: CloudScheduler, server: CloudSchedulerServer
) -> None:
    server.lost = ["CreateJob", "UpdateJob"]
    scheduler.put(JOB, new=True)
    scheduler.put(JOB)
    assert (list(scheduler.jobs()), server.lost) == ([Standing(**JOB.model_dump())], [])


@pytest.mark.parametrize(
    ("fault", "raised", "says"),
    [
        (CODE.PERMISSION_DENIED, Refused, "roles/cloudscheduler.admin"),
        (CODE.UNAUTHENTICATED, Refused, "gcloud auth application-default login"),
        (CODE.RESOURCE_EXHAUSTED, Unavailable, "500 writes a minute"),
        (CODE.UNAVAILABLE, Unavailable, "does not answer"),
    ],
)
@pytest.mark.parametrize("doing", ["jobs", "put", "remove", "pause", "resume"])
def test_what_stays_says_what_to_do(
    scheduler: CloudScheduler,
    server: CloudSchedulerServer,
    fault: grpc.StatusCode,
    raised: type[TrimtabError],
    says: str,
    doing: str,
) -> None:
    scheduler.put(JOB)
    server.down = fault
    calls = {
        "jobs": lambda: list(scheduler.jobs()),
        "put": lambda: scheduler.put(JOB),
        "remove": lambda: scheduler.remove(JOB.name),
        "pause": lambda: scheduler.pause(JOB.name),
        "resume": lambda: scheduler.resume(JOB.name),
    }
    with pytest.raises(raised, match=says):
        calls[doing]()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"cron": "* 25 * * *"}, "not a cron expression"),
        ({"cron": "* * * *"}, "not a cron expression"),
        ({"time_zone": "Atlantis"}, "tz database"),
        ({"name": "a job"}, "letters, digits"),
        ({"data": ""}, "must have data"),
        ({"retries": 6}, "between 0 and 5"),
    ],
)
@pytest.mark.parametrize("there", [False, True])
def test_what_google_does_not_take_is_said_with_the_jobs_name(
    scheduler: CloudScheduler, changes: dict[str, str], says: str, there: bool
) -> None:
    job = JOB.but(**changes)
    if there and job.name == JOB.name:
        scheduler.put(JOB)
    with pytest.raises(InvalidInput, match=says) as caught:
        scheduler.put(job)
    assert job.name in str(caught.value)


def test_where_the_api_is_off_it_says_how_to_turn_it_on(
    server: CloudSchedulerServer, scheduler: CloudScheduler
) -> None:
    server.down = CODE.PERMISSION_DENIED
    server.says = "Cloud Scheduler API has not been used in project 1 before or it is disabled."
    with pytest.raises(Refused, match=r"gcloud services enable cloudscheduler.googleapis.com --project shop-1"):
        list(scheduler.jobs())


def test_a_region_that_there_is_not_and_a_job_that_is_gone(
    server: CloudSchedulerServer, scheduler: CloudScheduler
) -> None:
    elsewhere = connected(server, "europe-west99")
    with pytest.raises(Refused, match="check --project and --region"):
        list(elsewhere.jobs())
    with pytest.raises(Refused, match="check --project and --region"):
        elsewhere.put(JOB)
    with pytest.raises(NotFound, match="there is no job"):
        scheduler.pause(JOB.name)


def test_a_job_that_is_run_sends_its_message(scheduler: CloudScheduler, server: CloudSchedulerServer) -> None:
    """And can be looked at alone: what the service offers beside what Trimtab asks of it."""
    scheduler.put(JOB)
    name = f"{PLACE}/jobs/{JOB.name}"
    client: Any = scheduler_client(server.address)
    assert client.get_job(name=name) == client.run_job(name=name)
    assert server.sent == [("projects/shop-1/topics/drift-ticks", JOB.data.encode())]
