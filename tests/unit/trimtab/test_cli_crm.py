"""`crm`: where a client's CRM comes from, shown and changed."""

from pathlib import Path

import pytest

from common.bootstrap import build
from common.settings import Settings
from common.use_cases.onboard import onboard
from sandbox.scenario import load_scenario
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from tests.unit.trimtab.command import WEEKEND, Outcome, trimtab


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store with a tenant."""
    where, scenario = f"sqlite:{tmp_path / 'store.db'}", load_scenario(WEEKEND)
    onboard(build(Settings(store=where)), tenant_of(scenario), plan_of(scenario), manifests_of(scenario))
    return where


def crm(store: str, *options: str) -> Outcome:
    return trimtab("crm", "weekend", "--store", store, *options)


def test_what_is_given_is_written_and_the_rest_stays(store: str) -> None:
    assert crm(store, "--signing", "shop-crm", "--sender", "A@shop.example", "--sender", "b@shop.example").code == 0
    found = crm(store, "--hubspot", "shop-hubspot", "--deal", "campaign=utm_campaign_id", "--json")
    assert found.data == {
        "senders": ["a@shop.example", "b@shop.example"],
        "signing": "shop-crm",
        "hubspot": "shop-hubspot",
        "hubspot_properties": {"campaign": "utm_campaign_id", "platform": None, "click_id": None},
    }
    assert crm(store, "--json").data == found.data
    assert "may send, by identity: a@shop.example, b@shop.example" in crm(store).out


def test_what_is_given_with_nothing_in_it_is_taken_away(store: str) -> None:
    crm(store, "--signing", "shop-crm", "--sender", "a@shop.example", "--deal", "click_id=gclid")
    assert crm(store, "--signing", "", "--sender", "", "--deal", "click_id=", "--json").data == {
        "senders": [],
        "signing": None,
        "hubspot": None,
        "hubspot_properties": {"campaign": None, "platform": None, "click_id": None},
    }


def test_all_that_is_wrong_is_told_and_nothing_is_written(store: str) -> None:
    outcome = crm(store, "--signing", "a b", "--sender", "nobody", "--deal", "campaign=Campaign Id", "--deal", "name=x")
    assert outcome.code == 2
    assert all(
        name in outcome.err for name in ("signing", "senders.0", "hubspot_properties.campaign", "properties.name")
    )
    assert crm(store, "--json").data["signing"] is None
    assert trimtab("crm", "nobody", "--store", store).code == 2
