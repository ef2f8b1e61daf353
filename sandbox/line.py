"""One channel in the market: what drives it, its settings, and what was changed."""

from bisect import bisect_right
from datetime import datetime
from functools import cached_property
from typing import Any

from common.domain.verticals import Metric
from sandbox.days import Days
from sandbox.draws import Draws
from sandbox.hours import Hours
from sandbox.live import Change, Field, Live, written
from sandbox.parts import Parts, ads_of, geos_of
from sandbox.scenario import Channel, Scenario, Track
from sandbox.spend import Spending
from sandbox.windows import ChannelEvents


class Line:
    """A channel of a track; `even_budget` is the file's plan budget over the flight's days."""

    def __init__(self, scenario: Scenario, track: Track, channel: Channel, hours: Hours, *, expected: bool) -> None:
        self.track, self.channel, self.hours = track, channel, hours
        self.entity = f"{track.track_id}/{channel.channel}"
        self.even_budget = channel.plan_budget / scenario.flight.days
        self.draws = Draws(scenario.seed, track.track_id, channel.channel, expected=expected)
        self.events = ChannelEvents.of(scenario, track.track_id, channel.channel, hours)
        self.days = Days(channel, hours, self.draws, self.events)
        self.spending = Spending(channel, hours, self.days, self.events, self.even_budget)
        self._metric = scenario.metric(track)
        self._since, self._settings = [0], [self.spending.live]
        self._writes: list[Change] = []

    @cached_property
    def ads(self) -> Parts:
        """The channel's ads."""
        return ads_of(self.channel, self.draws)

    @cached_property
    def geos(self) -> Parts:
        """The channel's geos."""
        return geos_of(self.channel, self.draws)

    def set(self, field: Field, value: Any, now: datetime) -> None:
        """Write a setting; it holds from the start of the hour in which `now` lies.

        Raises:
            Refused: the campaign has no such setting, or it can't have this value.
        """
        live = written(self.spending.live, self.channel, field, value)
        self.spending.live = live
        self._since.append(self.hours.index(now))
        self._settings.append(live)
        self._writes.append(Change(now, field, getattr(live, field), by_hand=False))
        self.spending.reach = self._reach(live)
        self.spending.stopped = (
            live.status == "paused"
            or len(live.paused_ads) == self.channel.ads
            or len(live.excluded_geos) == self.channel.geos
        )

    def changes(self) -> list[Change]:
        """Everything that was changed in the flight so far, by a call or by hand, oldest first."""
        return sorted([*self.spending.edits, *self._writes], key=lambda change: change.at)

    def settings(self, hour: int) -> Live:
        """What was in force in an hour that began; of the daily budget, only what was written by a call."""
        return self._settings[bisect_right(self._since, hour) - 1]

    def spent_today(self, hour: int) -> float:
        """Spend of an hour's day up to the hour's end; of the hour that comes next, what it is about to spend."""
        first = self.hours.first[self.hours.day(hour)]
        spent = sum(self.spending.by_hour[first : hour + 1])
        return spent + self.spending.coming() if hour == len(self.spending.by_hour) else spent

    def ad_shares(self, hour: int) -> list[float]:
        """Each ad's share of an hour's spend, clicks and conversions."""
        return self.ads.shares(self.settings(hour).paused_ads)

    def geo_shares(self, hour: int) -> list[float]:
        """Each geo's share of an hour's spend and clicks."""
        return self.geos.shares(self.settings(hour).excluded_geos)

    def geo_odds(self, hour: int) -> list[float]:
        """Each geo's share of the conversions that an hour's clicks bring."""
        odds = [share * rate for share, rate in zip(self.geo_shares(hour), self.geos.rates, strict=True)]
        total = sum(odds)
        return [odd / total for odd in odds]

    def efficiency(self, hour: int) -> float:
        """What the bid target and excluded geos make of the conversions of an hour's spend."""
        live, bid = self.settings(hour), self.channel.bid
        factor = self._looseness(live) ** -bid.efficiency if bid else 1.0
        if live.excluded_geos:
            factor *= sum(share * rate for share, rate in zip(self.geo_shares(hour), self.geos.rates, strict=True))
        return factor

    def _reach(self, live: Live) -> float:
        """What the bid target and excluded geos make of demand."""
        bid = self.channel.bid
        factor = self._looseness(live) ** bid.volume if bid else 1.0
        return factor * self.geos.on(live.excluded_geos) if live.excluded_geos else factor

    def _looseness(self, live: Live) -> float:
        """How much looser the bid target is than the channel's own: a higher CPA, or a lower ROAS."""
        bid = self.channel.bid
        if bid is None or live.bid_target is None:
            return 1.0
        ratio = live.bid_target / bid.target
        return 1 / ratio if self._metric is Metric.ROAS else ratio
