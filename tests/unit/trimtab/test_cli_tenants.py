"""`tenants`: taken on from files, whole or not at all; listed."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.scenario import load_scenario
from sandbox.servers.cloud_scheduler import served
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from tests.unit.trimtab.command import WEEKEND, trimtab

SCENARIO = load_scenario(WEEKEND)
GOOD: dict[str, dict[str, Any]] = {
    "tenant": tenant_of(SCENARIO).body(),
    "plan": plan_of(SCENARIO).body(),
    **{f"manifest-{number}": one.body() for number, one in enumerate(manifests_of(SCENARIO))},
}


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Where there is none yet."""
    return f"sqlite:{tmp_path / 'store.db'}"


def files(folder: Path, **changes: Mapping[str, Any]) -> list[Path]:
    """Good files, with these changes."""
    found: list[Path] = []
    for name, body in GOOD.items():
        found.append(folder / f"{name}.json")
        changed = {**body, **changes.get(name.partition("-")[0], {})}
        found[-1].write_text(json.dumps({key: value for key, value in changed.items() if value is not None}))
    return found


def test_a_tenant_is_taken_on_and_then_listed(tmp_path: Path, store: str) -> None:
    given = files(tmp_path)
    assert (
        trimtab("tenants", "add", *given, "--store", store, "--dry-run").out
        == "weekend with 2 tracks can be taken on.\n"
    )
    assert not (tmp_path / "store.db").exists()
    added = trimtab("tenants", "add", *reversed(given), "--store", store)
    assert added.code == 0
    assert "weekend is taken on with 2 tracks." in added.out
    assert "python -m trimtab connect weekend" in added.out
    (row,) = trimtab("tenants", "list", "--store", store, "--json").data
    assert (row["tenant"], row["time_zone"], row["stopped"]) == ("weekend", "Europe/Madrid", False)
    assert "Europe/Madrid" in trimtab("tenants", "list", "--store", store, width=120).out
    assert trimtab("verify-log", "--store", store).code == 0


def test_nobody_is_taken_on_twice(tmp_path: Path, store: str) -> None:
    given = files(tmp_path)
    trimtab("tenants", "add", *given, "--store", store)
    for options in ((), ("--dry-run",)):
        again = trimtab("tenants", "add", *given, "--store", store, *options)
        assert (again.code, "there is a tenant weekend already" in again.err) == (2, True)


def test_every_fault_of_every_file_is_listed_and_nothing_written(tmp_path: Path, store: str) -> None:
    given = files(
        tmp_path, tenant={"currency": "EUX", "colour": "red"}, plan={"master_cap": -1}, manifest={"revision": -1}
    )
    nowhere, list_ = tmp_path / "nowhere.json", tmp_path / "list.json"
    list_.write_text("[]")
    found = trimtab("tenants", "add", *given, nowhere, list_, "--store", store, width=300)
    assert found.code == 2
    for fault in (
        "tenant.json: currency",
        "tenant.json: colour",
        "plan.json: master_cap",
        "manifest-0.json: revision",
        "manifest-1.json: revision",
        "nowhere.json: can't be read: No such file",
        "list.json: : must be a JSON object",
    ):
        assert fault in found.err
    assert not (tmp_path / "store.db").exists()


@pytest.mark.parametrize(
    ("changes", "left_out", "says"),
    [
        ({}, "tenant", "there must be one tenant and one plan; there are 0 and 1"),
        ({}, "manifest-1", "there must be one for each of"),
        ({"tenant": {"tenant_id": "other"}}, "", "the plan is of weekend, the tenant is other"),
        ({"tenant": {"currency": "USD"}}, "", "the plan is in EUR, the tenant in USD"),
        ({"plan": {"approved_by": None, "approved_at": None, "digest": None}}, "", "a plan that nobody approved"),
        ({"manifest": {"log_seq": 7}}, "", "was live before"),
    ],
)
def test_files_that_do_not_fit_together(
    tmp_path: Path, store: str, changes: dict[str, dict[str, Any]], left_out: str, says: str
) -> None:
    given = [file for file in files(tmp_path, **changes) if file.stem != left_out]
    found = trimtab("tenants", "add", *given, "--store", store, width=300)
    assert (found.code, says in found.err) == (2, True), found.err


def test_whether_its_time_zone_has_its_jobs_is_told_where_the_scheduler_can_be_asked(
    tmp_path: Path, store: str
) -> None:
    with served() as scheduler:
        server = f"cloud_scheduler={scheduler.address}"
        add = partial(trimtab, "tenants", "add", "--store", store, TRIMTAB_SERVERS=server, TRIMTAB_BUS="pubsub:shop-1")
        told = add(*files(tmp_path), "--json").data
        assert len(told["jobs"]["missing"]) == 4
        assert "schedules sync --project shop-1 --region europe-west1" in told["jobs"]["said"]
        trimtab("schedules", "sync", "--store", store, "--project", "shop-1", TRIMTAB_SERVERS=server)
        another = files(
            tmp_path, tenant={"tenant_id": "b"}, plan={"tenant_id": "b", "digest": None}, manifest={"tenant_id": "b"}
        )
        more = add(*another)
    assert "Europe/Madrid has all of its jobs" in more.out
