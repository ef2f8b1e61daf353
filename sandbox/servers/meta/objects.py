"""A market's campaigns as Meta has them: campaigns, ad sets and ads with ids of digits, amounts in Meta's units."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_uppercase
from typing import Any

from common.adapters.platforms.meta.money import MOST, UNITS
from common.domain.money import MICROS
from sandbox.live import ad_names, geo_names
from sandbox.market import Market

ACTIVE, PAUSED = "ACTIVE", "PAUSED"
LEAST_CAP, LEAST_BUDGET = 100, 1
"""What Meta takes at least for a spend cap and a daily budget, in whole currency units."""
_AD_SETS_OF = 2


class Shape(StrEnum):
    """Where a campaign's budget lies."""

    CAMPAIGN = "campaign"
    """With the campaign, for all its ad sets."""
    AD_SET = "ad_set"
    """With its only ad set."""
    AD_SETS = "ad_sets"
    """With several ad sets, a part each."""
    LIFETIME = "lifetime"
    """With the campaign, for all its life."""


@dataclass(frozen=True, slots=True)
class Named:
    """What an id stands for: a line of the market, one of its ad sets by its number, or one of its ads by its name."""

    line: str
    ad_set: int | None = None
    ad: str | None = None


class Objects:
    """The ids of a market, and what is behind them now."""

    def __init__(self, market: Market, account_id: str, shapes: Mapping[str, Shape]) -> None:
        self.market, self.account_id = market, account_id
        default = (Shape.AD_SET, Shape.CAMPAIGN)
        self.shapes = {
            line: shapes.get(line, default[number % len(default)]) for number, line in enumerate(market.lines)
        }
        self.paused: set[str] = set()
        """Ids of campaigns and ad sets that were paused here. The market pauses whole campaigns only."""
        self._amounts: dict[str, list[float]] = {}
        self.extra_targeting: dict[str, Mapping[str, Any]] = {}
        """What else than countries an ad set's targeting leaves out, by its id."""
        self.targeting: dict[str, frozenset[str]] = {}
        """The countries that an ad set leaves out where that is not what the whole campaign does, by its id."""
        self._numbers = {line: number for number, line in enumerate(market.lines)}
        self.named = dict(self._all())

    @property
    def unit(self) -> float:
        """Meta's unit of the currency, in whole currency units."""
        return UNITS[self.market.scenario.currency] / MICROS

    def external_id(self, name: str) -> str:
        """The id of a line, `track/channel`, or of an ad, `track/channel/ad-1`."""
        line, _, ad = name.rpartition("/")
        if name in self._numbers:
            return self._id(name, 0)
        return self._id(line, 100 + ad_names(self.market.lines[line].channel).index(ad))

    def ad_set_id(self, line: str, number: int) -> str:
        """The id of a line's ad set, counted from 0."""
        return self._id(line, 1 + number)

    def ad_sets(self, line: str) -> int:
        """How many it has."""
        return 1 if self.shapes[line] is Shape.AD_SET else _AD_SETS_OF

    def units(self, amount: float) -> int:
        """An amount in Meta's units."""
        return round(amount / self.unit)

    def country(self, geo: str) -> str:
        """A place of the market as a country: `geo-1` is `AB`."""
        first, second = divmod(int(geo.rpartition("-")[2]), len(ascii_uppercase))
        return ascii_uppercase[first] + ascii_uppercase[second]

    def geos(self) -> Iterator[str]:
        """All places of the market."""
        yield from dict.fromkeys(geo for known in self.market.lines.values() for geo in geo_names(known.channel))

    def body(self, external: str) -> dict[str, Any]:
        """All fields of an object but its edges."""
        what = self.named[external]
        common = {"id": external, "account_id": self.account_id}
        if what.ad is not None:
            return common | self._ad(what.line, what.ad)
        return common | (self._campaign(what.line) if what.ad_set is None else self._ad_set(what.line, what.ad_set))

    def _all(self) -> Iterator[tuple[str, Named]]:
        for line, known in self.market.lines.items():
            yield self._id(line, 0), Named(line)
            for number in range(self.ad_sets(line)):
                yield self.ad_set_id(line, number), Named(line, ad_set=number)
            for ad in ad_names(known.channel):
                yield self.external_id(f"{line}/{ad}"), Named(line, ad=ad)

    def _id(self, line: str, number: int) -> str:
        return str(120_200_000_000_000_000 + self._numbers[line] * 10_000 + number)

    def _campaign(self, line: str) -> dict[str, Any]:
        live, shape = self.market.live(line), self.shapes[line]
        takes_cap = self.market.lines[line].channel.native_cap
        body: dict[str, Any] = {
            "name": line,
            "status": self._status_of(line, self.external_id(line)),
            "effective_status": self._status_of(line, self.external_id(line)),
            "can_use_spend_cap": takes_cap,
        }
        if live.native_total is not None:
            body["spend_cap"] = str(self.units(live.native_total))
        if shape in (Shape.CAMPAIGN, Shape.LIFETIME):
            body |= self._budget(line, live.daily_budget) | {"bid_strategy": self._strategy(line)}
        return body

    def _ad_set(self, line: str, number: int) -> dict[str, Any]:
        live, shape = self.market.live(line), self.shapes[line]
        external = self.ad_set_id(line, number)
        body: dict[str, Any] = {
            "name": f"{line} ad set {number + 1}",
            "campaign_id": self.external_id(line),
            "status": self._status_of(line, external),
            "effective_status": ACTIVE if live.status == "enabled" else "CAMPAIGN_PAUSED",
            "bid_strategy": self._strategy(line),
            "targeting": self._targeting(line, external),
            "learning_stage_info": {"attribution_windows": ["7d_click", "1d_view"], "status": "SUCCESS"},
        }
        if live.bid_target is not None:
            body["bid_amount"] = self.units(live.bid_target)
        if shape is Shape.AD_SET:
            body |= self._budget(line, live.daily_budget)
        elif shape is Shape.AD_SETS:
            body |= self._budget(line, self.amounts(line)[number])
        return body

    def ad_set_ids(self, line: str) -> list[str]:
        """The ids of its ad sets."""
        return [self.ad_set_id(line, number) for number in range(self.ad_sets(line))]

    def amounts(self, line: str) -> list[float]:
        """What each of its ad sets may spend on a day, where they have budgets of their own; paused ones too."""
        budget, count = self.market.live(line).daily_budget, self.ad_sets(line)
        known = self._amounts.setdefault(line, [budget / count] * count)
        active = self._active(line, known)
        if active and abs(active - budget) > self.unit / 2:  # somebody changed the whole
            known = self._amounts[line] = [amount * budget / active for amount in known]
        return known

    def deliver(self, line: str, amounts: list[float]) -> None:
        """Have the market spend what its campaign and ad sets may, now that one of them was changed."""
        if self.shapes[line] is Shape.AD_SETS:
            self._amounts[line] = amounts
            active = self._active(line, amounts)
            if active:
                self.market.set(line, "daily_budget", round(active, 6))
        stopped = self.external_id(line) in self.paused or self.paused >= set(self.ad_set_ids(line))
        self.market.set(line, "status", "paused" if stopped else "enabled")

    def _active(self, line: str, amounts: list[float]) -> float:
        ids = self.ad_set_ids(line)
        return sum(amount for one, amount in zip(ids, amounts, strict=True) if one not in self.paused)

    def _status_of(self, line: str, external: str) -> str:
        """As it is configured. What the market paused by itself is the campaign."""
        if external in self.paused:
            return PAUSED
        here = self.paused & {self.external_id(line), *self.ad_set_ids(line)}
        by_itself = self.market.live(line).status == "paused" and not here
        return PAUSED if by_itself and external == self.external_id(line) else ACTIVE

    def _budget(self, line: str, amount: float) -> dict[str, str]:
        units = str(self.units(amount))
        if self.shapes[line] is Shape.LIFETIME:
            return {"daily_budget": "0", "lifetime_budget": units}
        return {"daily_budget": units, "lifetime_budget": "0"}

    def _strategy(self, line: str) -> str:
        return "LOWEST_COST_WITHOUT_CAP" if self.market.live(line).bid_target is None else "COST_CAP"

    def _targeting(self, line: str, external: str) -> dict[str, Any]:
        left_out = self.targeting.get(external, self.market.live(line).excluded_geos)
        countries = sorted(map(self.country, left_out))
        excluded = {**self.extra_targeting.get(external, {}), **({"countries": countries} if countries else {})}
        targeting: dict[str, Any] = {
            "age_min": 18,
            "geo_locations": {"countries": ["ES"], "location_types": ["home", "recent"]},
        }
        return targeting | ({"excluded_geo_locations": excluded} if excluded else {})

    def _ad(self, line: str, ad: str) -> dict[str, Any]:
        paused = ad in self.market.live(line).paused_ads
        names = ad_names(self.market.lines[line].channel)
        return {
            "name": f"{line}/{ad}",
            "campaign_id": self.external_id(line),
            "adset_id": self.ad_set_id(line, names.index(ad) % self.ad_sets(line)),
            "status": PAUSED if paused else ACTIVE,
            "effective_status": PAUSED if paused else ACTIVE,
        }


NO_CAP = MOST
