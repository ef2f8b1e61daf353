"""A GA4 property as Google's client reaches it: reports eight hours late, and the last quarter-hour in realtime."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from common.adapters.ga4 import connect
from common.adapters.opening import Opening
from common.domain.account import Account
from common.domain.figures import DayEvents, DaysReport, EventsReport, Realtime
from common.ports.ad_platform import EntityRef
from common.ports.analytics import Analytics
from sandbox.servers.ga4 import PROPERTY_ID, Ga4Server, served
from sandbox.tenancy import tenant_of
from sandbox.world import World
from tests.at_once import calls
from tests.contract.way import Reached, Way


def opening(world: World, address: str, property_id: str = PROPERTY_ID) -> Opening:
    """The world's property, about to be opened."""
    account = Account(platform="ga4", account_id=property_id)
    return Opening(tenant_of(world.scenario), account, lambda: "", world, calls(property_id, world), address)


@dataclass(frozen=True, slots=True)
class Named:
    """The property, asked by the market's names."""

    inner: Analytics
    server: Ga4Server

    def realtime(self, *, timeout: float) -> Realtime | None:
        """As the port says."""
        return self.inner.realtime(timeout=timeout)

    def events(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> EventsReport | None:
        """As the port says."""
        return self.inner.events(self._out(refs), since, timeout=timeout)

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayEvents] | None:
        """As the port says."""
        return self.inner.days(self._out(refs), first, timeout=timeout)

    def _out(self, refs: Sequence[EntityRef]) -> list[EntityRef]:
        lines = self.server.world.market.lines
        platforms = {name: line.channel.platform for name, line in lines.items()}
        return [
            replace(ref, external_id=self.server.external_id(ref.external_id), platform=platforms.get(ref.external_id))
            for ref in refs
        ]


@contextmanager
def _reach(world: World) -> Generator[Reached]:
    with served(world) as server:
        ours = Named(connect(opening(world, server.address)), server)
        theirs = Named(connect(opening(world, server.address, "987654321")), server)
        yield Reached(analytics=lambda tenant_id: ours if tenant_id == world.scenario.name else theirs)


WAY = Way(_reach, speaks=frozenset({"analytics"}), assumed_delay=timedelta(hours=8), quarters=1)
