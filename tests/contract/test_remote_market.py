"""What is particular to a market behind a socket: many clients at once, waiting, and addresses that are none."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest
from flask import Flask

from common.adapters.remote_market import RemoteClock, remote_platforms
from common.adapters.remote_sources import remote_check
from common.domain.change import Setting, Value
from common.domain.errors import SourceSilent
from common.domain.money import MICROS
from common.ports.ad_platform import PlatformChange, PlatformUnavailable
from sandbox.tenancy import tenant_of
from tests.contract.market_rig import SEARCH, SOCIAL, TENANT, TIMEOUT, Rig, world_of
from tests.contract.way import Reached, way
from tests.patience import eventually
from tests.served_market import served, served_app
from trimtab.processes import free_port


def test_many_clients_at_once_each_find_what_they_wrote() -> None:
    world = world_of()
    wrote: dict[Setting, list[int | str]] = {
        Setting.DAILY_BUDGET: [money * MICROS for money in range(50, 65)],
        Setting.BID_TARGET: [target * 100_000 for target in range(30, 45)],
        Setting.STATUS: ["paused", "enabled"] * 7,
    }

    def client(setting: Setting) -> list[Value]:
        found: list[Value] = []
        for after in wrote[setting]:
            rig.write((SEARCH, setting, after))
            found.append(rig.values(SEARCH)[setting])
            rig.spend(SOCIAL, world.market.start)
        return found

    with served(world) as url, ThreadPoolExecutor(len(wrote)) as pool:
        rig = Rig.of(world, way("loopback"), Reached(remote_platforms(url)))
        assert dict(zip(wrote, pool.map(client, wrote), strict=True)) == wrote
        assert rig.values(SEARCH) == {**rig.values(SEARCH), **{setting: after[-1] for setting, after in wrote.items()}}


def test_a_client_waits_no_longer_than_it_was_told_and_its_write_may_land_all_the_same() -> None:
    world, lock = world_of(), Lock()
    change = PlatformChange(SEARCH, Setting.DAILY_BUDGET, None, 90 * MICROS)
    with served(world, lock) as url:
        platform = remote_platforms(url)(TENANT, "google_ads")
        with lock, pytest.raises(PlatformUnavailable, match="timed out"):
            platform.apply("key-1", [change], timeout=0.1)
        assert eventually(lambda: world.market.live("t/search").daily_budget == 90)


def test_what_sources_need_is_told_as_it_is_here() -> None:
    down = {"kind": "platform_error", "platform": "meta", "at": "2026-06-01T00:00", "until": "2026-06-02T00:00"}
    world = world_of({**down, "mode": "unavailable"})
    tenant = tenant_of(world.scenario)
    with served(world) as url:
        check = remote_check(url)
        for source in ("google_ads", "ga4", "crm", "bing"):
            assert check(tenant, source, TIMEOUT) == world.check(tenant, source, TIMEOUT)
        assert check(tenant, "bing", TIMEOUT) is None
        with pytest.raises(SourceSilent, match="meta is down") as silent:
            check(tenant, "meta", TIMEOUT)
        assert silent.value.trouble is not None
        assert silent.value.trouble.code == "unavailable"
        with pytest.raises(SourceSilent, match="belongs to june"):
            check(tenant.but(tenant_id="july"), "meta", TIMEOUT)


def test_where_nobody_serves_a_market_the_error_names_the_address() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(PlatformUnavailable, match=f"{url}/now does not answer"):
        RemoteClock(url).now()
    with pytest.raises(PlatformUnavailable, match=f"{url}/june/meta/live does not answer"):
        remote_platforms(url)("june", "meta").live([SOCIAL], timeout=TIMEOUT)


def test_an_address_of_something_else_than_a_market_is_told_apart() -> None:
    with served_app(Flask("something else")) as url, pytest.raises(PlatformUnavailable, match=r"is no market: .*404"):
        RemoteClock(url).now()
    with pytest.raises(PlatformUnavailable, match="unknown url type"):
        RemoteClock("market.example").now()
