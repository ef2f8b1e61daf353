"""One Google Ads account over the campaigns of a market: what it calls them, and what a test makes different in it."""

from dataclasses import dataclass, field
from typing import Any

from common.domain.verticals import Metric
from sandbox.live import ad_names, geo_names
from sandbox.platform import SandboxPlatform
from sandbox.world import World

NUMBER = "1234567890"
OURS, BY_HAND = "trimtab@example.com", "an account user"
"""Who changed something: us, or somebody by hand, as the market calls them."""
COUNTRY = "2724"


@dataclass(frozen=True, slots=True)
class Place:
    """A geo target constant that the market does not know."""

    place_id: int
    name: str
    kind: str = "Region"
    status: str = "ENABLED"


@dataclass(slots=True)
class Account:
    """An account. All that is not about names may be changed while it is served."""

    world: World
    platform: str = "google_ads"
    number: str = NUMBER
    first: int = 0
    """Accounts that start at different numbers have nothing in common but the names of places."""
    name: str = "June's account"
    manager: str | None = None
    """The manager account through which callers must come."""
    currency: str = ""
    time_zone: str = ""
    status: str = "ENABLED"
    is_manager: bool = False
    read_only: bool = False
    least_budget: int = 10_000
    """Micros a day."""
    validates_whole: bool = False
    """Whether what is only to be validated is refused whole where some of it is wrong."""
    names: dict[str, str] = field(default_factory=dict[str, str])
    """Other names of campaigns than the market has; two may have the same."""
    removed: set[str] = field(default_factory=set[str])
    """Campaigns that were removed, by the market's names."""
    shared: set[str] = field(default_factory=set[str])
    """Campaigns that spend from one budget."""
    for_all_time: set[str] = field(default_factory=set[str])
    """Campaigns with a total budget, and none for a day."""
    strategies: dict[str, str] = field(default_factory=dict[str, str])
    portfolio: set[str] = field(default_factory=set[str])
    """Campaigns that bid by a portfolio's strategy."""
    system_status: dict[str, str] = field(default_factory=dict[str, str])
    places: tuple[Place, ...] = ()
    more_excluded: dict[str, set[int]] = field(default_factory=dict[str, set[int]])
    """Of these places, by campaign."""
    hidden_changes: bool | None = False
    """Whether `change_event` is late; `None`: it fails."""
    uploads: list[dict[str, Any]] | None = None
    """Daily summaries of offline conversions; `None`: what the market's CRM uploads, in thousandths."""
    _ids: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        scenario = self.world.scenario
        self.currency, self.time_zone = self.currency or scenario.currency, self.time_zone or scenario.timezone
        for number, line in enumerate(sorted(self.world.market.lines), self.first * 1000):
            if self._line(line).platform == self.platform:
                self._ids[line] = f"{10_000_000_000 + number}"
                for place, ad in enumerate(ad_names(self._line(line))):
                    self._ids[f"{line}/{ad}"] = f"{20_000_000_000 + number}~{30_000_000_000 + number * 1000 + place}"

    @property
    def lines(self) -> list[str]:
        """Its campaigns, by the market's names."""
        return [name for name in self._ids if name in self.world.market.lines]

    @property
    def sandbox(self) -> SandboxPlatform:
        """The market behind it."""
        return SandboxPlatform(self.world.market, self.platform)

    def external_id(self, name: str) -> str:
        """What a campaign or ad of the market is called outside.

        Raises:
            KeyError: it is not in this account.
        """
        return self._ids[name]

    def market_name(self, external_id: str) -> str | None:
        """The same the other way."""
        return next((name for name, known in self._ids.items() if known == external_id), None)

    def ads(self, line: str) -> list[str]:
        """A campaign's ads, by the market's names."""
        return [f"{line}/{ad}" for ad in ad_names(self._line(line))]

    def geos(self) -> dict[str, str]:
        """The market's geos, with the numbers of their constants."""
        names = {geo for line in self.lines for geo in geo_names(self._line(line))}
        return {geo: f"{9_000_000 + int(geo.removeprefix('geo-'))}" for geo in sorted(names)}

    def geo_name(self, geo: str) -> str:
        """What a geo of the market is called outside."""
        return f"{geo},Spain"

    def strategy(self, line: str) -> str:
        """How a campaign bids."""
        if line in self.strategies:
            return self.strategies[line]
        if self._line(line).bid is None:
            return "MANUAL_CPC"
        track = next(track for name, track, _ in self.world.scenario.lines() if name == line)
        roas = self.world.scenario.metric(track) is Metric.ROAS
        return "MAXIMIZE_CONVERSION_VALUE" if roas else "MAXIMIZE_CONVERSIONS"

    def budget(self, line: str) -> str:
        """The resource name of what a campaign spends from."""
        first = min(self.shared) if line in self.shared else line
        return f"customers/{self.number}/campaignBudgets/{40_000_000_000 + int(self._ids[first])}"

    def spenders(self, budget: str) -> list[str]:
        """The campaigns that spend from a budget."""
        return [line for line in self.lines if self.budget(line) == budget and line not in self.removed]

    def _line(self, line: str) -> Any:
        return self.world.market.lines[line].channel
