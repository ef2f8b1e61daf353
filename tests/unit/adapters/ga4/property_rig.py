"""A world's site, its GA4 property with all its switches, and the adapter that reads it."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from common.adapters.ga4.property import Ga4Property
from common.adapters.opening import Opening
from common.domain.account import Account
from common.domain.figures import DayEvents, DaysReport, EventsReport
from common.domain.ga4_mapping import Ga4Mapping
from common.domain.trouble import Trouble
from common.ports.ad_platform import EntityRef
from common.ports.analytics import AnalyticsUnavailable
from sandbox.servers.ga4 import PROPERTY_ID, Conduct, Ga4Server, served
from sandbox.tenancy import tenant_of
from tests.at_once import calls
from tests.contract.market_rig import BUSY, world_of

TIMEOUT = 30.0
JUNE = date(2026, 6, 1)


@dataclass(frozen=True, slots=True)
class PropertyRig:
    """One property and who reads it."""

    server: Ga4Server
    reader: Ga4Property
    opening: Opening

    @property
    def conduct(self) -> Conduct:
        """Its switches."""
        return self.server.conduct

    @property
    def start(self) -> datetime:
        """Of the flight, which follows a week of history."""
        return self.server.world.market.start

    def ref(self, channel: str) -> EntityRef:
        """A campaign, as the manifest knows it."""
        line = self.server.world.market.lines[f"t/{channel}"]
        return EntityRef(channel, self.server.external_id(f"t/{channel}"), "campaign", line.channel.platform)

    @property
    def both(self) -> tuple[EntityRef, EntityRef]:
        """The two campaigns."""
        return self.ref("search"), self.ref("social")

    def advance(self, hours: float) -> None:
        """Let the market go on."""
        self.server.world.market.advance(timedelta(hours=hours))

    def events(self, *refs: EntityRef, since: datetime | None = None) -> EventsReport:
        """The report by hour, which must be there."""
        found = self.reader.events(refs or self.both, since or self.start, timeout=TIMEOUT)
        assert found is not None
        return found

    def days(self, *refs: EntityRef, first: date = JUNE) -> DaysReport[DayEvents]:
        """The report by day, which must be there."""
        found = self.reader.days(refs or self.both, first, timeout=TIMEOUT)
        assert found is not None
        return found

    def refused(self, what: str = "events") -> Trouble:
        """Why one of the three gives no answer."""
        asks: dict[str, Callable[[], object]] = {
            "events": self.events,
            "days": self.days,
            "realtime": lambda: self.reader.realtime(timeout=TIMEOUT),
        }
        with pytest.raises(AnalyticsUnavailable) as silent:
            asks[what]()
        assert silent.value.trouble is not None
        return silent.value.trouble


@contextmanager
def property_rig(
    conduct: Conduct | None = None,
    *,
    hours: float = 34,
    ga4: Ga4Mapping | None = None,
    market: Any = None,
    **tenant: Any,
) -> Generator[PropertyRig]:
    """A property on the morning of the flight's second day, unless another hour is asked for.

    `market` are changes to both channels, `tenant` to the tenant.
    """
    channels: dict[str, Any] = {**BUSY, **(market or {})}
    world = world_of(**channels)
    world.market.advance(timedelta(hours=hours))
    with served(world, conduct) as server:
        account = Account(platform="ga4", account_id=PROPERTY_ID)
        who = tenant_of(world.scenario).but(ga4=ga4 or Ga4Mapping(), **tenant)
        opening = Opening(who, account, lambda: "", world, calls(PROPERTY_ID, world), server.address)
        yield PropertyRig(server, Ga4Property(opening), opening)
