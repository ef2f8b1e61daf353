"""Who watches: Trimtab's own check, and the rule of Google's Account Anomaly Detector.

The rule (Google Ads Scripts, solution "Account Anomaly Detector"): every hour the account's figures of the day so far,
without the last three hours, are held against the mean of the same weekdays of the last 26 weeks up to the same hour;
its template alarms where cost is at 150% of that or more, once a day. Here it has the weeks that the history has, and
its alarm pauses the account at once, though the script only sends a message.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean

from bench.anomaly_incidents import Trouble
from bench.anomaly_months import Stop
from bench.flights import TrackInPlay
from common.decisions.anomaly.alarms import Kind, is_worth_it
from common.decisions.anomaly.resuming import resumes
from common.decisions.anomaly.seen import Seen, Wanted
from common.decisions.anomaly.watching import Watch, remembered
from common.domain.figures import FiguresReport
from common.domain.manifest import Entity, PauseScope
from common.ports.ad_platform import EntityRef, PlatformUnavailable
from sandbox.analytics import SandboxAnalytics
from sandbox.market import Market
from sandbox.platform import SandboxPlatform

_TROUBLES = {
    Kind.SPEND: Trouble.RUNAWAY,
    Kind.PRICE: Trouble.PRICE,
    Kind.SITE: Trouble.OUTAGE,
    Kind.EVENTS: Trouble.OUTAGE,
    Kind.LANDING: Trouble.OUTAGE,
    Kind.CLAIMS: Trouble.COUNTS,
}
COST = 1.5
"""Cost of the day so far over the usual, from which the rule alarms."""
IGNORED_HOURS = 3


class TrimtabWatch:
    """Trimtab's check of one track, without store and pipeline."""

    def __init__(self, market: Market, track: TrackInPlay) -> None:
        self._market, self._analytics = market, SandboxAnalytics(market)
        self._refs = {name: _refs(entities) for name, entities in _by_platform(track).items()}

    def check(self, track: TrackInPlay) -> list[Stop]:
        """What is worth a pause."""
        watch = Watch(track.facts())
        checked = watch.check(self._seen(watch.wanted))
        resumes(track.manifest, checked.memory, None, self._market.now)  # so that it knows its pauses
        track.state = remembered(track.state, checked)
        return [
            Stop(_TROUBLES[alarm.kind], alarm.scope, alarm.target, alarm.kind.value)
            for alarm in checked.alarms
            if is_worth_it(alarm)
        ]

    def _seen(self, wanted: Wanted) -> Seen:
        figures: dict[str, FiguresReport] = {}
        silent: list[str] = []
        for name, since in wanted.figures.items():
            try:
                figures[name] = SandboxPlatform(self._market, name).figures(self._refs[name], since, timeout=30)
            except PlatformUnavailable:
                silent.append(name)
        realtime = self._analytics.realtime(timeout=30)
        events = None
        if realtime is not None and wanted.events is not None:
            everything = [ref for refs in self._refs.values() for ref in refs]
            events = self._analytics.events(everything, wanted.events, timeout=30)
        return Seen(wanted, figures, realtime is not None, realtime, events, silent=tuple(silent))


class AccountRule:
    """The rule, on each platform account of the track; a month of several tracks has several accounts."""

    def __init__(self, market: Market, track: TrackInPlay) -> None:
        self._market = market
        self._accounts = {name: [one.external_id for one in group] for name, group in _by_platform(track).items()}
        self._alarmed: set[tuple[str, int]] = set()

    def check(self, track: TrackInPlay) -> list[Stop]:
        """The channels of the accounts that spend too much."""
        if self._market.now.minute != self._market.start.minute:
            return []
        stops: list[Stop] = []
        for platform, names in self._accounts.items():
            day = self._market.hours.day(self._market.hour)
            if (platform, day) not in self._alarmed and self._too_dear(names):
                self._alarmed.add((platform, day))
                stops += [
                    Stop(Trouble.RUNAWAY, PauseScope.ENTITY, one.entity_id, "account_rule")
                    for one in track.manifest.entities.values()
                    if one.platform == platform
                ]
        return stops

    def _too_dear(self, names: Sequence[str]) -> bool:
        hours, now = self._market.hours, self._market.hour
        until = now - IGNORED_HOURS
        day = hours.day(now)
        if until <= hours.first[day]:
            return False
        counted = until - hours.first[day]
        so_far = self._cost(names, hours.first[day], counted)
        weeks = [hours.first[day - back] for back in range(7, 7 * 27, 7) if day - back >= 0]
        usual = fmean([self._cost(names, first, counted) for first in weeks]) if weeks else 0.0
        return usual > 0 and so_far >= COST * usual

    def _cost(self, names: Sequence[str], first: int, count: int) -> float:
        total = 0.0
        for name in names:
            until = min(first + count, self._market.visible_until(name))
            total += sum(self._market.lines[name].spending.by_hour[first:until])
        return total


class CampaignRule(AccountRule):
    """The same rule held to each campaign by itself, which the script does not do."""

    def __init__(self, market: Market, track: TrackInPlay) -> None:
        super().__init__(market, track)
        self._campaigns = {one.entity_id: [one.external_id] for one in track.manifest.entities.values()}

    def check(self, track: TrackInPlay) -> list[Stop]:
        """The campaigns that spend too much."""
        if self._market.now.minute != self._market.start.minute:
            return []
        day = self._market.hours.day(self._market.hour)
        found = [
            name
            for name, names in self._campaigns.items()
            if (name, day) not in self._alarmed and self._too_dear(names)
        ]
        self._alarmed |= {(name, day) for name in found}
        return [Stop(Trouble.RUNAWAY, PauseScope.ENTITY, name, "campaign_rule") for name in found]


def _by_platform(track: TrackInPlay) -> Mapping[str, list[Entity]]:
    groups: dict[str, list[Entity]] = {}
    for entity in track.manifest.entities.values():
        groups.setdefault(entity.platform, []).append(entity)
    return groups


def _refs(entities: Sequence[Entity]) -> list[EntityRef]:
    return [EntityRef(one.entity_id, one.external_id, one.kind) for one in entities]
