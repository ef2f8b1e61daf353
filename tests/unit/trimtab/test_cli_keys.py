"""`new-key` and `erase`: what a CRM told can't be read any more, and the log is as it was."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from common.adapters.system_clock import SystemClock
from common.bootstrap import build
from common.domain import paths
from common.domain.ingest_body import Body
from common.domain.tenant import Tenant
from common.ports.ad_platform import EntityRef
from common.ports.crm import CrmUnavailable
from common.ports.keys import NoKey
from common.settings import Settings
from common.use_cases.configure import configure
from common.use_cases.ingest import ingest
from common.use_cases.onboard import onboard
from common.use_cases.ports import Ports
from sandbox.scenario import load_scenario
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from tests.fakes.clock import ManualClock
from tests.unit.trimtab.command import WEEKEND, Outcome, trimtab
from trimtab.cli import app

PERSON = "ana@example.com"
SHOP = EntityRef("shop-search", "1", "campaign", "google_ads")


@pytest.fixture
def told(tmp_path: Path) -> Mapping[str, str]:
    """The environment of a store with a tenant whose log has some entries, and whose CRM told a sale."""
    environment = {"TRIMTAB_STORE": f"sqlite:{tmp_path / 'store.db'}", "TRIMTAB_SECRETS": str(tmp_path / "secrets")}
    scenario = load_scenario(WEEKEND)
    first = build(Settings(store=environment["TRIMTAB_STORE"]))
    onboard(first, tenant_of(scenario), plan_of(scenario), manifests_of(scenario))
    for degraded in (True, False):
        configure(first, "weekend", partial(Tenant.but, degraded_attribution=degraded))
    assert run(environment, "new-key", "weekend").code == 0
    ports, tenant = opened(environment)
    happened = (ports.clock.now() - timedelta(hours=20)).isoformat()
    row = {"id": PERSON, "happened_at": happened, "kind": "purchase", "entity": SHOP.entity_id}
    assert not ingest(ports, tenant, Body([row])).faults
    return environment


def run(environment: Mapping[str, str], *arguments: str) -> Outcome:
    return trimtab(*arguments, width=80, **environment)


def opened(environment: Mapping[str, str]) -> tuple[Ports, Tenant]:
    given = {name.removeprefix("TRIMTAB_").lower(): value for name, value in environment.items()}
    ports = build(Settings.model_validate(given), clock=ManualClock(SystemClock().now()))
    (document,) = ports.documents.read(paths.tenant("weekend"))
    assert document is not None
    return ports, Tenant.model_validate(document.data)


def conversions(environment: Mapping[str, str]) -> float:
    ports, _ = opened(environment)
    uploads = ports.crm("weekend").uploads([SHOP], ports.clock.now() - timedelta(days=2), timeout=5)
    return sum(one.conversions.get(SHOP.entity_id, 0) for one in uploads)


def log_and_events(environment: Mapping[str, str]) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(environment["TRIMTAB_STORE"].removeprefix("sqlite:"))) as connection:
        where = "collection LIKE '%optimization_log' OR collection LIKE '%outbox' OR collection LIKE '%notices'"
        rows = connection.execute(f"SELECT collection, id, body FROM documents WHERE {where} ORDER BY 1, 2")
        return [(str(one), str(two), str(three)) for one, two, three in rows]


def test_after_an_erasure_nothing_can_be_read_nothing_is_taken_and_the_log_verifies(told: Mapping[str, str]) -> None:
    before, verified = log_and_events(told), run(told, "verify-log", "--json")
    assert len(before) >= 6
    assert conversions(told) == 1.0
    assert verified.code == 0
    done = run(told, "erase", "weekend", "--yes")
    assert (done.code, done.out.strip()) == (0, "The key of weekend is erased.")
    ports, tenant = opened(told)
    with pytest.raises(NoKey):
        ingest(ports, tenant, Body())
    with pytest.raises(CrmUnavailable) as caught:
        conversions(told)
    assert caught.value.trouble is not None
    assert caught.value.trouble.code == "key_erased"
    assert log_and_events(told) == before
    assert run(told, "verify-log", "--json").data == verified.data


def test_nothing_that_was_told_of_a_person_was_ever_in_the_store(told: Mapping[str, str]) -> None:
    file = Path(told["TRIMTAB_STORE"].removeprefix("sqlite:"))
    kept = b"".join(one.read_bytes() for one in file.parent.rglob("*") if one.is_file())
    assert PERSON.encode() not in kept
    assert b"ingested" in kept


def test_a_new_key_begins_anew(told: Mapping[str, str]) -> None:
    assert run(told, "new-key", "weekend").code == 2
    run(told, "erase", "weekend", "--yes")
    assert run(told, "new-key", "weekend", "--json").data == {"tenant": "weekend", "key": "made"}
    ports, tenant = opened(told)
    assert conversions(told) == 0.0
    row = {"id": PERSON, "happened_at": ports.clock.now().isoformat(), "kind": "purchase", "entity": SHOP.entity_id}
    assert ingest(ports, tenant, Body([row])).of("accepted") == 1
    assert conversions(told) == 1.0


@pytest.mark.parametrize(("typed", "code"), [("weekend", 0), (" weekend ", 0), ("yes", 2), ("weekends", 2)])
def test_it_asks_for_the_name_again_and_says_what_it_does(told: Mapping[str, str], typed: str, code: int) -> None:
    result = CliRunner().invoke(app, ["erase", "weekend"], input=f"{typed}\n", env=dict(told))
    assert result.exit_code == code
    assert "can't be undone" in result.stderr
    assert "optimization log" in result.stderr
    if code:
        assert "nothing was erased" in result.stderr
        assert conversions(told) == 1.0


@pytest.mark.parametrize("command", ["erase", "new-key"])
def test_a_tenant_that_is_not_there_is_named(told: Mapping[str, str], command: str) -> None:
    outcome = run(told, command, "nobody")
    assert outcome.code == 2
    assert "nobody" in outcome.err


def test_without_a_key_there_is_nothing_to_erase(told: Mapping[str, str]) -> None:
    run(told, "erase", "weekend", "--yes")
    outcome = run(told, "erase", "weekend", "--yes")
    assert outcome.code == 2
    assert "was erased" in outcome.err


def test_without_a_place_for_keys_it_says_which_setting(told: Mapping[str, str]) -> None:
    outcome = trimtab("new-key", "weekend", TRIMTAB_STORE=told["TRIMTAB_STORE"])
    assert outcome.code == 2
    assert "TRIMTAB_SECRETS" in outcome.err
