"""The match rate of a day on which the CRM tells none: how Google Ads took what was uploaded to it."""

from datetime import date, timedelta
from typing import Any

from common.bootstrap import build
from common.domain import paths
from common.domain.ingest_body import Body
from common.ports.ad_platform import EntityRef
from common.ports.documents import Create
from common.settings import Settings
from common.use_cases.ingest import ingest
from sandbox.tenancy import tenant_of
from tests.fakes.keys import KeptKeys
from tests.unit.adapters.google_ads.ads_rig import JUNE, TIMEOUT, NewAds
from tests.unit.adapters.google_ads.test_uploads import day


def rates(new_ads: NewAds, uploads: list[dict[str, object]], told: Any = ()) -> dict[date, float | None]:
    """Two days of a CRM that has nothing new, with these match rates of its own: the rate of each day."""
    rig = new_ads(uploads=uploads)
    name = rig.world.scenario.name
    server = f"google_ads={rig.server.address}"
    ports = build(Settings(store="sqlite::memory:", servers=server), clock=rig.world, keys=KeptKeys({name: b"k"}))
    tenant = tenant_of(rig.world.scenario).but(accounts=(rig.opening.account,))
    ports.documents.commit(Create(paths.tenant(name), tenant.body()))
    rig.world.market.advance_to(rig.world.market.start + timedelta(hours=12))
    ingest(ports, tenant, Body([], told))
    rig.advance(24)
    ingest(ports, tenant, Body())
    found = ports.crm(name).uploads([EntityRef("search", "1", "campaign")], rig.world.market.start, timeout=TIMEOUT)
    return {one.at.date(): one.match_rate for one in found}


def test_each_day_has_the_share_that_was_taken_of_what_is_done_with(new_ads: NewAds) -> None:
    found = rates(new_ads, [day("2026-06-01", 70, 20, 10), day("2026-06-02", 5, 0, 95)])
    assert found == {JUNE: 70 / 90, JUNE + timedelta(days=1): 1.0}


def test_a_day_of_which_nothing_is_done_with_has_none_and_what_the_crm_tells_goes_first(new_ads: NewAds) -> None:
    uploads = [day("2026-06-01", 70, 20, 10), day("2026-06-02", 0, 0, 95)]
    told = [{"at": "2026-06-01T08:00:00Z", "matched": 1, "total": 2}]
    assert rates(new_ads, uploads, told) == {JUNE: 0.5, JUNE + timedelta(days=1): None}
