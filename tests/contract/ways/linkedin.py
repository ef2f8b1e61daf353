"""The market as LinkedIn's Marketing API shows it, through its adapter."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

from common.adapters.opening import Opening
from common.adapters.platforms import linkedin
from common.domain.account import Account
from common.ports.ad_platform import AdPlatform
from sandbox.servers.linkedin import LEAST, LinkedInServer, served
from sandbox.tenancy import tenant_of
from sandbox.world import World
from tests.at_once import calls
from tests.contract.way import Reached, Way


def opening(server: LinkedInServer, account_id: str) -> Opening:
    """An account on a server, for the tenant of its world. No secret is read."""
    world, account = server.world, Account(platform="linkedin", account_id=account_id)
    return Opening(tenant_of(world.scenario), account, _no_secret, world, calls("linkedin", world), server.address)


def _no_secret() -> str:
    raise AssertionError("a server on this machine gets no credentials")


@contextmanager
def _reach(world: World) -> Generator[Reached]:
    with served(world) as server:

        def platforms(tenant_id: str, platform: str) -> AdPlatform:
            known = tenant_id == world.scenario.name
            return linkedin.connect(opening(server, server.account_id(platform) if known else "999"))

        yield Reached(platforms, entity_id=server.external_id)


WAY = Way(
    _reach,
    lacks={
        "bid_target": "LinkedIn's campaigns bid for a click or a view, and have no target per conversion",
        "excluded_geos": "the targeting of LinkedIn's campaigns is left to people",
        "hours": "LinkedIn reports whole days and no hours",
        "geos": "LinkedIn's figures by place are approximate, for its members' privacy",
        "ads": "ads are not asked for on LinkedIn",
        "editor": "LinkedIn names who changed a campaign last also where that was Trimtab",
    },
    nowhere="699999999",
    least_budget=LEAST,
    rounding=1,
    time_zone="UTC",
    assumed_delay=timedelta(hours=30),
)
