"""What a CRM's connection needs, each met or not; and which CRM a process opens for a tenant."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import grpc
import pytest

from common.bootstrap import build
from common.domain import paths
from common.domain.account import Account
from common.domain.connection import Need
from common.domain.crm import CrmSource, HubSpotProperties
from common.domain.errors import NotFound
from common.domain.ingest_body import Body
from common.domain.tenant import Tenant
from common.ports.connections import CheckConnection
from common.ports.crm import CrmUnavailable
from common.ports.crm_pull import Place
from common.ports.documents import Create
from common.settings import Settings
from common.use_cases.ingest import ingest
from common.use_cases.ports import Ports
from sandbox.servers import google_ads, hubspot, secret_manager
from sandbox.tenancy import tenant_of
from tests.contract.market_rig import world_of
from tests.fakes.clock import ManualClock
from tests.fakes.documents import MemoryDocuments
from tests.ingest_doorway import SECRET
from tests.ingest_world import rate, sale
from tests.world import NOW, tenant

SIGNED = CrmSource(signing="shop-crm")
ASKED = CrmSource(hubspot="shop-hubspot", hubspot_properties=HubSpotProperties(campaign="utm_campaign_id"))


def opened(folder: Path | str, source: CrmSource, servers: str | None = None) -> tuple[Ports, Tenant, CheckConnection]:
    """A process for one tenant, whose secrets are in a folder or in Secret Manager."""
    documents, found = MemoryDocuments(), tenant().but(crm=source)
    documents.commit(Create(paths.tenant("acme"), found.body()))
    settings = Settings(secrets=str(folder), servers=servers)
    ports = build(settings, documents=documents, clock=ManualClock(NOW))
    return ports, found, ports.check_connection


def needs(ports: Ports, of: Tenant) -> dict[str, Need]:
    found = ports.check_connection(of, "crm", 5)
    assert found is not None
    return {one.what: one for one in found}


def unmet(ports: Ports, of: Tenant) -> set[tuple[str, bool]]:
    return {(one.code, one.required) for one in needs(ports, of).values() if not one.met}


def test_a_tenant_without_a_crm_has_no_such_source(tmp_path: Path) -> None:
    ports, found, check = opened(tmp_path, CrmSource())
    assert check(found, "crm", 5) is None
    assert ports.crm("acme").uploads((), NOW, timeout=1) == ()
    with pytest.raises(NotFound):
        ports.crm_pull("acme")


def test_what_a_crm_that_sends_needs_is_met_step_by_step(tmp_path: Path) -> None:
    ports, found, _ = opened(tmp_path, SIGNED)
    assert unmet(ports, found) == {("no_key", True), ("secret_missing", True)}
    (tmp_path / "shop-crm").write_text("whsec_tooshort")
    ports.keys.make("acme")
    assert unmet(ports, found) == {("secret_missing", True), ("silent", False), ("match_rate_unknown", False)}
    (tmp_path / "shop-crm").write_text(SECRET)
    ingest(ports, found, Body([sale()]))
    assert unmet(ports, found) == {("match_rate_unknown", False)}
    ingest(ports, found, Body(match_rates=[rate()]))
    assert unmet(ports, found) == set()
    assert any("70% matched" in one.said for one in needs(ports, found).values())


def test_a_crm_that_fell_silent_and_a_key_that_was_erased_are_told(tmp_path: Path) -> None:
    ports, found, _ = opened(tmp_path, CrmSource(senders=("crm@shop.example",)))
    ports.keys.make("acme")
    ingest(ports, found, Body(match_rates=[rate()]))
    clock = ports.clock
    assert isinstance(clock, ManualClock)
    clock.forward(days=3)
    assert unmet(ports, found) == {("silent", False)}
    ports.keys.erase("acme")
    assert unmet(ports, found) == {("key_erased", True)}


@pytest.fixture
def portal() -> Iterator[hubspot.Portal]:
    """A portal of HubSpot's."""
    with hubspot.served() as found:
        yield found


def test_what_hubspot_needs_stands_beside_it_and_its_deals_are_read(portal: hubspot.Portal, tmp_path: Path) -> None:
    ports, found, _ = opened(tmp_path, ASKED, f"hubspot={portal.address}")
    ports.keys.make("acme")
    portal.faults = ["scopes"]
    assert ("permission_missing", True) in unmet(ports, found)
    assert isinstance(ports.clock, ManualClock)
    ports.clock.forward(hours=1)  # an account that refused is left alone for a while
    assert unmet(ports, found) == {("silent", False), ("match_rate_unknown", False)}
    portal.put("1", NOW, hs_is_closed_won="true", closedate=(NOW - timedelta(days=1)).isoformat(), utm_campaign_id="1")
    (row,) = ports.crm_pull("acme").changed(Place(since=NOW - timedelta(days=1)), timeout=5).rows
    assert row["campaign"] == "1"


def test_a_hubspot_that_does_not_answer_says_nothing_of_what_is_missing(portal: hubspot.Portal, tmp_path: Path) -> None:
    ports, found, _ = opened(tmp_path, ASKED, f"hubspot={portal.address}")
    portal.faults = ["invalid"]
    with pytest.raises(CrmUnavailable):
        needs(ports, found)


def test_secrets_and_keys_may_be_in_secret_manager() -> None:
    with secret_manager.served() as server:
        ports, found, _ = opened("secret-manager:shop-project", SIGNED, f"secret_manager={server.address}")
        assert unmet(ports, found) == {("no_key", True), ("secret_missing", True)}
        server.put("shop-project", "shop-crm", SECRET.encode())
        ports.keys.make("acme")
        assert unmet(ports, found) == {("silent", False), ("match_rate_unknown", False)}


def test_where_secret_manager_does_not_answer_nothing_is_known() -> None:
    with secret_manager.served() as server:
        ports, found, _ = opened("secret-manager:shop-project", SIGNED, f"secret_manager={server.address}")
        server.faults = [grpc.StatusCode.INTERNAL]
        with pytest.raises(CrmUnavailable):
            needs(ports, found)


def test_google_ads_tells_match_rates_where_the_crm_does_not(tmp_path: Path) -> None:
    """Its summaries of offline uploads, through its own client: what the market's CRM uploaded, by day."""
    world = world_of()
    world.market.advance(timedelta(hours=60))
    with google_ads.served(world, platform="google_ads") as server:
        documents, clock = MemoryDocuments(), ManualClock(world.now())
        account = Account(platform="google_ads", account_id=server.account.number)
        found = tenant_of(world.scenario).but(crm=SIGNED, accounts=(account,))
        documents.commit(Create(paths.tenant(found.tenant_id), found.body()))
        settings = Settings(secrets=str(tmp_path), servers=f"google_ads={server.address}")
        ports = build(settings, documents=documents, clock=clock)
        ports.keys.make(found.tenant_id)
        clock.forward(days=-1)
        ingest(ports, found, Body())
        clock.forward(days=1)
        (upload,) = ports.crm(found.tenant_id).uploads((), world.now() - timedelta(days=5), timeout=30)
    (told,) = [one for one in world.market.sources.crm_uploads() if one.at.date() == upload.at.date()]
    assert upload.match_rate == pytest.approx(told.match_rate, rel=0.05)
