"""The market as Google Ads shows it: the official client over gRPC, through its adapter."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from common.adapters.opening import Opening
from common.adapters.platforms import google_ads
from common.domain.account import Account
from common.ports.ad_platform import AdPlatform
from sandbox.servers.google_ads import Served, served
from sandbox.tenancy import tenant_of
from sandbox.world import World
from tests.at_once import calls
from tests.contract.way import Reached, Way


def opening(server: Served, account_id: str | None = None, through: str | None = None) -> Opening:
    """An account on a server, for the tenant of its world. No secret is read."""
    world, number = server.account.world, account_id or server.account.number
    account = Account(platform="google_ads", account_id=number, through=through)
    tenant = tenant_of(world.scenario)
    return Opening(tenant, account, _no_secret, world, calls(f"google_ads {number}", world), server.address)


def _no_secret() -> str:
    raise AssertionError("a server on this machine gets no credentials")


@contextmanager
def _reach(world: World) -> Generator[Reached]:
    names = {line.channel.platform for line in world.market.lines.values()}
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(served(world, platform=name, number=f"{1_000_000_000 + place}", first=place))
            for place, name in enumerate(sorted(names))
        }
        opened: dict[tuple[str, str], AdPlatform] = {}

        def platforms(tenant_id: str, platform: str) -> AdPlatform:
            if (tenant_id, platform) not in opened:
                known = tenant_id == world.scenario.name
                account = opening(servers[platform], None if known else "9999999999")
                opened[tenant_id, platform] = google_ads.connect(account)
            return opened[tenant_id, platform]

        def entity_id(name: str) -> str:
            platform = world.market.lines["/".join(name.split("/")[:2])].channel.platform
            return servers[platform].external_id(name)

        yield Reached(platforms, entity_id=entity_id, geo_id=servers["google_ads"].geo_id)


WAY = Way(
    _reach,
    lacks={"total_budget": "a campaign on Google Ads has a budget for a day or one for its whole time, never both"},
    nowhere="404404404",
    least_budget=10_000,
    assumed_delay=timedelta(hours=3),
)
