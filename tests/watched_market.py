"""A market whose figures are watched, without store and pipeline: what would be paused, and what is named.

The reports of its platforms can be distorted on their way, as real ones are.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bench.anomaly_months import PACING
from bench.flights import TrackInPlay
from common.decisions.anomaly.alarms import Alarm, is_worth_it
from common.decisions.anomaly.seen import Seen, Wanted
from common.decisions.anomaly.watching import Checked, Watch, remembered
from common.domain.figures import EventsReport, FiguresReport, HourFigures
from common.use_cases.calls import refs_of
from sandbox.analytics import SandboxAnalytics
from sandbox.market import Market
from sandbox.platform import SandboxPlatform
from sandbox.scenario import parse_scenario
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from tests.unit.sandbox.scenarios import channel_file, scenario_file

HALF_HOUR = timedelta(minutes=30)

Distorted = Callable[[FiguresReport, datetime], FiguresReport]
"""A report as it arrives, from the one that the platform has, at an instant."""


def honest(report: FiguresReport, _: datetime) -> FiguresReport:
    """The report as it is."""
    return report


def shop(*events: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Twelve days of a shop with a quick and a late channel, busy enough for its visits to be judged."""
    search = channel_file(plan_budget=1800, demand=400, cpc=0.3, native_cap=False)
    social = channel_file(
        channel="social", platform="meta", plan_budget=960, demand=250, cpc=0.2, native_cap=False,
        reporting_delay_hours=1, overdelivery=1.75,
    )  # fmt: skip
    flight = {"start": "2026-06-01", "end": "2026-06-12"}
    given = {"flight": flight, "history_days": 14, "vertical": "ecommerce", **changes}
    return scenario_file(search, social, events=[dict(one) for one in events], **given)


class WatchedMarket:
    """One track that is paced and watched; nothing is paused, so that what would be can be counted."""

    def __init__(self, scenario: Mapping[str, Any], distorted: Distorted = honest) -> None:
        parsed = parse_scenario(dict(scenario))
        self.market, self._distorted = Market(parsed), distorted
        self._analytics = SandboxAnalytics(self.market)
        (manifest,) = manifests_of(parsed)
        self.track = TrackInPlay(self.market, tenant_of(parsed), plan_of(parsed), manifest)
        self.named = Counter[str]()
        self.paused: list[tuple[datetime, Alarm]] = []
        """What was worth a pause, at each check that said so."""

    def play(self, days: float) -> "WatchedMarket":
        """Play on for so many days: pacing every hour, a check every half-hour."""
        last = self.market.now + timedelta(days=days)
        while self.market.now < last:
            self.track.tick(PACING)
            for _ in range(2):
                self.check()
                self.market.advance(HALF_HOUR)
        return self

    def check(self) -> Checked:
        """One check."""
        watch = Watch(self.track.facts())
        checked = watch.check(self._seen(watch.wanted))
        self.track.state = remembered(self.track.state, checked)
        self.named.update(reason.code for reason in checked.reasons)
        self.paused += [(self.market.now, alarm) for alarm in checked.alarms if is_worth_it(alarm)]
        return checked

    def _seen(self, wanted: Wanted) -> Seen:
        entities = self.track.manifest.entities.values()
        figures: dict[str, FiguresReport] = {}
        for name, since in wanted.figures.items():
            refs = refs_of([one for one in entities if one.platform == name])
            report = SandboxPlatform(self.market, name).figures(refs, since, timeout=30)
            figures[name] = self._distorted(report, self.market.now)
        realtime = self._analytics.realtime(timeout=30)
        events: EventsReport | None = None
        if realtime is not None and wanted.events is not None:
            events = self._analytics.events(refs_of(entities), wanted.events, timeout=30)
        return Seen(wanted, figures, realtime is not None, realtime, events)


def each_hour(report: FiguresReport, change: Callable[[HourFigures], HourFigures | None]) -> FiguresReport:
    """A report with each of its hours changed, or left out."""
    hours = {
        name: tuple(one for one in (change(row) for row in rows) if one is not None)
        for name, rows in report.hours.items()
    }
    return replace(report, hours=hours)
