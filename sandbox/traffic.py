"""Clicks, impressions and GA4 sessions that an hour's spend brings, to the channel and to its ads and geos."""

from typing import NamedTuple

from sandbox.line import Line


class Traffic(NamedTuple):
    """One hour's counts; their means in expected mode."""

    clicks: float
    impressions: float
    sessions: float


class TrafficByHour:
    """The traffic of a channel, worked out once for each hour that is asked for."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._known: dict[int, Traffic] = {}

    def of(self, hour: int) -> Traffic:
        """The traffic of an hour that was played."""
        if hour not in self._known:
            self._known[hour] = self._brought(hour, self._line.spending.by_hour[hour])
        return self._known[hour]

    def by_quarter(self, hour: int) -> list[float]:
        """Sessions in the four quarters of an hour, even in the one that is under way; none after the flight."""
        spending = self._line.spending
        if hour < len(spending.by_hour):
            sessions = self.of(hour).sessions
        elif hour < self._line.hours.flight_end:
            sessions = self._brought(hour, spending.coming()).sessions
        else:
            return [0.0] * 4
        return self._line.draws.split(sessions, (0.25,) * 4, "quarters", *self._line.hours.key(hour))

    def by_ad(self, hour: int) -> list[tuple[float, float]]:
        """Clicks and impressions of each ad in an hour that was played."""
        return self._split("ads", hour, self._line.ad_shares(hour), self._views_per_click(hour))

    def by_geo(self, hour: int) -> list[tuple[float, float]]:
        """Clicks and impressions of each geo in an hour that was played."""
        shares = self._line.geo_shares(hour)
        return self._split("geos", hour, shares, shares)

    def _brought(self, hour: int, spend: float) -> Traffic:
        channel, draws = self._line.channel, self._line.draws
        uniforms = draws.uniforms(3, "traffic", *self._line.hours.key(hour))
        clicks = draws.count(spend / (channel.cpc * self._line.events.cpc.factor(hour)), uniforms[0])
        impressions = draws.count(clicks / channel.ctr * sum(self._views_per_click(hour)), uniforms[1])
        sessions = draws.count(clicks * channel.sessions_per_click, uniforms[2])
        return Traffic(clicks, impressions, sessions)

    def _views_per_click(self, hour: int) -> list[float]:
        """Each ad's part of the impressions that a click takes, where the channel's mean takes one."""
        return [share / rate for share, rate in zip(self._line.ad_shares(hour), self._line.ads.rates, strict=True)]

    def _split(self, what: str, hour: int, shares: list[float], views: list[float]) -> list[tuple[float, float]]:
        clicks, impressions, _ = self.of(hour)
        draws, key, total = self._line.draws, self._line.hours.key(hour), sum(views)
        split_clicks = draws.split(clicks, shares, f"clicks of {what}", *key)
        split_views = draws.split(impressions, [view / total for view in views], f"impressions of {what}", *key)
        return list(zip(split_clicks, split_views, strict=True))
