"""A whole market on this machine as real accounts show it: Google Ads, Meta and GA4, each by its own protocol."""

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Lock

from common.domain.account import Account
from common.domain.manifest import Entity, Manifest
from common.domain.tenant import Tenant
from sandbox.servers import ga4, google_ads, meta
from sandbox.tenancy import manifests_of, tenant_of
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Whole:
    """The servers, and the tenant's documents with what its accounts and campaigns are called there."""

    world: World
    addresses: Mapping[str, str]
    """By source."""
    google_ads: google_ads.Served
    meta: meta.MetaServer
    ga4: ga4.Ga4Server

    @property
    def setting(self) -> str:
        """The value of `TRIMTAB_SERVERS`."""
        return ",".join(f"{source}={address}" for source, address in self.addresses.items())

    @property
    def tenant(self) -> Tenant:
        """The scenario's tenant with its accounts."""
        accounts = (
            Account(platform="google_ads", account_id=self.google_ads.account.number),
            Account(platform="meta", account_id=self.meta.account_id),
        )
        return tenant_of(self.world.scenario).but(accounts=accounts, ga4_property=ga4.PROPERTY_ID, country="ES")

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """The scenario's manifests by the campaigns' ids in these accounts."""
        return tuple(
            one.but(entities={key: self._renamed(entity) for key, entity in one.entities.items()})
            for one in manifests_of(self.world.scenario)
        )

    def external_id(self, name: str) -> str:
        """What a campaign or an ad of the market is called on its platform."""
        line = self.world.market.lines["/".join(name.split("/")[:2])]
        server = self.google_ads if line.channel.platform == "google_ads" else self.meta
        return server.external_id(name)

    def _renamed(self, entity: Entity) -> Entity:
        return entity.but(external_id=self.external_id(entity.external_id))


@contextmanager
def served_whole(world: World) -> Generator[Whole]:
    """Serve all accounts of a world whose campaigns are on Google Ads and Meta."""
    lock = Lock()
    with ExitStack() as stack:
        ads = stack.enter_context(google_ads.served(world, platform="google_ads"))
        graph = stack.enter_context(meta.served(world, lock))
        lines = world.market.lines

        def external_id(name: str) -> str:
            server = ads if lines["/".join(name.split("/")[:2])].channel.platform == "google_ads" else graph
            return server.external_id(name)

        site = stack.enter_context(ga4.served(world, external_id=external_id))
        addresses = {"google_ads": ads.address, "meta": graph.address, "ga4": site.address}
        yield Whole(world, addresses, ads, graph, site)
