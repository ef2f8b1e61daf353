"""`schedules`: what differs is shown, set right when asked, and told by the exit code."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from common.bootstrap import build
from common.settings import Settings
from common.use_cases.onboard import onboard
from sandbox.scenario import load_scenario
from sandbox.servers.cloud_scheduler import PAUSED, CloudSchedulerServer, served
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from tests.unit.trimtab.command import WEEKEND, Outcome, trimtab
from trimtab.function_list import crons

PLACE = "projects/shop-1/locations/europe-west1"
JOBS = [f"trimtab-{cadence}-europe-madrid" for cadence in ("deep_review", "drift", "housekeeping", "report")]


@pytest.fixture
def server() -> Iterator[CloudSchedulerServer]:
    """A scheduler with the infrastructure's jobs."""
    with served() as found:
        for name, cron in crons().items():
            topic, data = f"projects/shop-1/topics/{name}-ticks", f'{{"cadence":"{name}"}}'
            found.put(f"{PLACE}/jobs/trimtab-{name}", cron, "Etc/UTC", topic, data.encode())
        yield found


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store with a tenant in Madrid."""
    where, scenario = f"sqlite:{tmp_path / 'store.db'}", load_scenario(WEEKEND)
    onboard(build(Settings(store=where)), tenant_of(scenario), plan_of(scenario), manifests_of(scenario))
    return where


def schedules(server: CloudSchedulerServer, store: str, *arguments: str, project: str = "shop-1") -> Outcome:
    told = {"TRIMTAB_SERVERS": f"cloud_scheduler={server.address}", "TRIMTAB_STORE": store}
    return trimtab("schedules", *arguments, "--project", project, width=160, **told)


def test_from_nothing_to_all_jobs_and_then_nothing_differs(server: CloudSchedulerServer, store: str) -> None:
    before = schedules(server, store)
    assert before.code == 1
    assert "4 jobs for 1 time zone: 4 differences" in before.out
    assert all(f"{job} " in before.out for job in JOBS)
    dry = schedules(server, store, "sync", "--dry-run", "--json")
    assert (dry.code, [(one["job"], one["kind"], one["done"]) for one in dry.data["differences"]]) == (
        1,
        [(job, "missing", False) for job in JOBS],
    )
    assert server.writes == 0
    done = schedules(server, store, "sync", "--json")
    assert (done.code, [one["done"] for one in done.data["differences"]]) == (0, [True] * 4)
    after = schedules(server, store)
    assert (after.code, after.out) == (0, "4 jobs for 1 time zone: nothing differs\n")
    assert schedules(server, store, "sync").out == "4 jobs for 1 time zone: nothing differs, 0 set right\n"


def test_what_is_wrong_with_the_infrastructures_jobs_is_told_and_left(server: CloudSchedulerServer, store: str) -> None:
    schedules(server, store, "sync")
    server.jobs[f"{PLACE}/jobs/trimtab-pacing"].state = PAUSED
    found = schedules(server, store)
    assert (found.code, "Terraform's" in found.out, "paused" in found.out) == (1, True, True)
    assert schedules(server, store, "sync").code == 0
    assert server.jobs[f"{PLACE}/jobs/trimtab-pacing"].state == PAUSED


def test_what_was_done_before_it_failed_is_told_and_the_next_one_goes_on(
    server: CloudSchedulerServer, store: str
) -> None:
    pages_of_jobs, a_job = 2, 1
    server.faults = [*[None] * (pages_of_jobs + a_job), grpc.StatusCode.PERMISSION_DENIED]
    half = schedules(server, store, "sync", "--json")
    assert (half.code, [one["done"] for one in half.data["differences"]]) == (2, [True, False, False, False])
    assert "roles/cloudscheduler.admin" in half.err
    assert [one["job"] for one in schedules(server, store, "sync", "--json").data["differences"]] == JOBS[1:]
    assert schedules(server, store).code == 0


def test_it_must_know_whose_jobs_and_where(server: CloudSchedulerServer, store: str) -> None:
    nowhere = schedules(server, store, project="")
    assert (nowhere.code, "--project: say whose jobs" in nowhere.err) == (2, True)
    odd = schedules(server, store, "--region", "here", project="Shop!")
    assert (odd.code, "--project" in odd.err, "--region" in odd.err) == (2, True, True)
