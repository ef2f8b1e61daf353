"""The market as ad accounts of Meta: the platform's adapter and client against the Graph API on this machine."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from threading import Lock

from common.adapters.opening import Opening
from common.adapters.platforms import meta
from common.adapters.platforms.meta.platform import REPORTED_AFTER
from common.domain.account import Account
from common.domain.errors import NotFound
from common.domain.money import MICROS
from common.domain.tenant import Tenant
from common.ports.ad_platform import AdPlatform
from sandbox.servers.meta import MetaServer, served
from sandbox.world import World
from tests.at_once import calls
from tests.contract.way import Reached, Way

BY_HOUR = "conversions off Meta's own sites come by day and are shared out over its hours"
EDITOR = "who changed something is in the account's activity log, which is not read"


def tenant_of(world: World, account_id: str) -> Tenant:
    """The tenant whose market this is. It names its country, so places are regions."""
    scenario = world.scenario
    return Tenant(
        tenant_id=scenario.name,
        name=scenario.name,
        currency=scenario.currency,
        time_zone=scenario.timezone,
        country="ES",
        vertical=scenario.vertical,
        tracks=tuple(track.track_id for track in scenario.tracks),
        accounts=(Account(platform="meta", account_id=account_id),),
    )


def opening_of(world: World, server: MetaServer) -> Opening:
    """The account that a server serves, about to be opened."""
    tenant = tenant_of(world, server.account_id)
    account = tenant.accounts[0]
    return Opening(tenant, account, lambda: "", world, calls(f"meta {account.account_id}", world), server.address)


@contextmanager
def _reach(world: World) -> Generator[Reached]:
    lock = Lock()
    with ExitStack() as entered:
        servers = {name: entered.enter_context(served(world, lock, platform=name)) for name in ("google_ads", "meta")}
        opened = {name: meta.connect(opening_of(world, server)) for name, server in servers.items()}

        def platforms(tenant_id: str, platform: str) -> AdPlatform:
            if tenant_id != world.scenario.name:
                raise NotFound(f"this account belongs to {world.scenario.name}, not to {tenant_id}")
            return opened[platform]

        yield Reached(platforms, entity_id=servers["meta"].external_id, geo_id=servers["meta"].objects.country)


WAY = Way(
    _reach,
    lacks={"editor": EDITOR, "conversions_by_hour": BY_HOUR},
    nowhere="120299999999999999",
    least_budget=MICROS,
    assumed_delay=REPORTED_AFTER,
)
