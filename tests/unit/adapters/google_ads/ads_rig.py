"""A market's account on a Google Ads server, with all its switches, and the adapter that reads and writes it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

import pytest

from common.adapters.opening import Opening
from common.adapters.platforms import google_ads
from common.domain.change import Setting, Value
from common.domain.connection import Need
from common.domain.trouble import Trouble
from common.ports.ad_platform import (
    AdPlatform,
    Answer,
    EntityRef,
    Live,
    PlatformChange,
    PlatformRefused,
    PlatformUnavailable,
)
from sandbox.scenario import parse_scenario
from sandbox.servers.google_ads import Account, Served, served
from sandbox.world import World
from tests.contract.ways.google_ads import opening
from tests.unit.sandbox.scenarios import channel_file, scenario_file

TIMEOUT = 30.0
JUNE = date(2026, 6, 1)
NAMES = ("search", "brand", "shop")
BID = {"target": 4.0, "volume": 0.5, "efficiency": 0.5}


@dataclass(frozen=True, slots=True)
class AdsRig:
    """One account and who works on it."""

    server: Served
    opening: Opening
    platform: AdPlatform

    @classmethod
    def on(cls, server: Served, **account: Any) -> Self:
        """A newly opened account on a server."""
        opened = opening(server, **account)
        return cls(server, opened, google_ads.connect(opened))

    @property
    def account(self) -> Account:
        """Its switches."""
        return self.server.account

    @property
    def world(self) -> World:
        """The market."""
        return self.server.account.world

    def ref(self, name: str = "search") -> EntityRef:
        """A campaign (`search`) or an ad (`search/ad-1`)."""
        kind = "ad" if "/" in name else "campaign"
        return EntityRef(name.replace("/", "."), self.server.external_id(f"t/{name}"), kind)

    def live(self, *names: str) -> dict[str, Live]:
        """What is live."""
        refs = [self.ref(name) for name in names or ("search",)]
        return dict(self.platform.live(refs, timeout=TIMEOUT))

    def value(self, setting: Setting, name: str = "search") -> Value:
        """A live setting."""
        return self.live(name)[name.replace("/", ".")].values[setting]

    def change(self, setting: Setting, after: Value, name: str = "search") -> PlatformChange:
        """A change of a setting, whatever it is now."""
        return PlatformChange(self.ref(name), setting, None, after)

    def write(self, *changes: PlatformChange) -> tuple[Answer, ...]:
        """Write them in one call."""
        return self.platform.apply("key-1", changes, timeout=TIMEOUT)

    def needs(self) -> dict[str, Need]:
        """What a look at the connection finds, by code."""
        return {need.code: need for need in google_ads.check(self.opening, timeout=TIMEOUT)}

    def advance(self, hours: float) -> None:
        """Let the market go on."""
        self.world.market.advance(timedelta(hours=hours))

    def mutates(self) -> int:
        """The operations that were sent to be done or validated so far."""
        return self.server.operations - len(self.server.queries)


NewAds = Callable[..., AdsRig]


@pytest.fixture
def new_ads() -> Iterator[NewAds]:
    """Makes accounts with three campaigns. `world` and `events` make the market, all else are its switches."""
    with ExitStack() as stack:

        def make(*, events: Any = (), world: dict[str, Any] | None = None, **different: Any) -> AdsRig:
            changes: dict[str, Any] = {"native_cap": True, "bid": BID}
            lines = [channel_file(channel=name, **changes) for name in NAMES]
            market = World(parse_scenario(scenario_file(*lines, events=events, **(world or {}))))
            return AdsRig.on(stack.enter_context(served(market, **different)))

        yield make


@pytest.fixture
def ads(new_ads: NewAds) -> AdsRig:
    """An account in which nothing is out of the ordinary."""
    return new_ads()


def trouble_of(call: Callable[[], object]) -> Trouble:
    """Why a call got no answer."""
    with pytest.raises(PlatformUnavailable) as silent:
        call()
    assert silent.value.trouble is not None
    return silent.value.trouble


def refusal_of(call: Callable[[], object]) -> PlatformRefused:
    """How a call was refused whole."""
    with pytest.raises(PlatformRefused) as refused:
        call()
    return refused.value
