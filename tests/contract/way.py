"""The ways to a market: one file each in the folder `ways`, so that every adapter stands the same tests.

A file `ways/NAME.py` defines `WAY = Way(reach=..., ...)`. That is all: the tests find it by its name.

`reach(world)` is entered for each world and gives a `Reached`. It serves *all* campaigns of the market: where it leads
to one real platform, `platforms(tenant_id, name)` is one account of that platform for each name that the scenario uses
(`google_ads`, `meta`), so that one that is down has a neighbour which is not. A tenant that is not the world's has an
account that this market does not serve.

The tests use the market's names: `t/search` (a campaign), `t/search/ad-1` (an ad), `geo-1`. They are translated here:
`entity_id` and `geo_id` say what they are called outside. Names of what does not exist are never asked for.

The market's clock goes to adapters as `Opening.clock`; retries must not wait (`tests.at_once.calls`).

What a platform can't do is said in `lacks`, with the reason: a setting that it does not have at all must then be
refused (`Answer.ok` false, nothing changed); tests of a report that it does not have are left to the other ways, and
counted as deselected.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from pathlib import Path

from common.domain.change import Setting
from common.ports.ad_platform import Platforms
from common.ports.analytics import AnalyticsOf
from common.ports.clock import Clock
from common.ports.crm import CrmOf
from sandbox.world import World

SOURCES = frozenset({"platforms", "analytics", "crm", "clock"})
FEATURES = frozenset({*(setting.value for setting in Setting), "hours", "conversions_by_hour", "geos", "ads", "editor"})
"""Settings; spend by the hour, conversions by the hour of their click rather than its day, figures by geo, figures by
ad (and ads that are turned off), who changed it last."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A world's sources through adapters; `None`: as the world itself has it."""

    platforms: Platforms | None = None
    analytics: AnalyticsOf | None = None
    crm: CrmOf | None = None
    clock: Clock | None = None
    entity_id: Callable[[str], str] = str
    """What a campaign or ad of the market is called outside, of those that exist."""
    geo_id: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Way:
    """How a world is reached, and what can't be done that way."""

    reach: Callable[[World], AbstractContextManager[Reached]]
    speaks: frozenset[str] = frozenset({"platforms"})
    """Which of `SOURCES` it leads to: the suites of the others are not for it."""
    lacks: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of `FEATURES`, each with the reason."""
    nowhere: str = "t/gone"
    """What nothing is called outside, though something could be."""
    least_budget: int = 0
    """The least daily budget that it takes, micros; less is refused."""
    rounding: int = 0
    """What it rounds the money in a row of a report to, micros."""
    time_zone: str = "Europe/Madrid"
    """Of the market: another one where days can't be the tenant's but there."""
    assumed_delay: timedelta | None = None
    """How late its reports are taken to be where the platform does not say; `None`: it says so exactly."""
    quarters: int = 2
    """The whole quarter-hours that GA4's realtime shows."""

    def has(self, name: str) -> bool:
        """Whether a test that needs this can run here."""
        return name in self.speaks if name in SOURCES else name not in self.lacks

    def holds(self, setting: Setting, value: object) -> bool:
        """Whether a campaign that has this setting can have this value."""
        too_little = setting is Setting.DAILY_BUDGET and isinstance(value, int) and value < self.least_budget
        return self.has(setting.value) and not too_little


NAMES = tuple(sorted(file.stem for file in (Path(__file__).parent / "ways").glob("*.py")))


def way(name: str) -> Way:
    """The way of this name."""
    found: Way = import_module(f"tests.contract.ways.{name}").WAY
    return found
