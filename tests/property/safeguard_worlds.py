"""Generated tracks whose sources are well, each fault that they may have, and increases that go through without one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import inf, nan, sqrt
from random import Random
from typing import Any

from common.decisions.facts import Facts
from common.decisions.lag import LagCurve, age_at
from common.decisions.safeguards.signals import Signals
from common.domain.calendar import HOUR
from common.domain.change import Proposal
from common.domain.figures import Upload
from common.domain.money import MICROS
from common.domain.state import Freeze
from common.domain.track_days import Counted, EntityDay
from tests.cases.guardrail_world import facts_of, proposals_of

DAY = timedelta(days=1)
BACK = 46
"""Days of which sources have told: a window, its history, and what still settles."""
CHANNELS: tuple[str, ...] = ("search", "social", "video")
SOURCES = ("platform", "ga4", "crm")
_DELAYS = (("platform", 3), ("ga4", 6), ("crm", 20))
"""Hours after which each has told."""
_EVERYWHERE = {"bid_target": 20, "excluded_geos": ("ES-CE",)}
_ENTITIES: Mapping[str, Mapping[str, Any]] = {
    "search": _EVERYWHERE,
    "social": {**_EVERYWHERE, "delivery": {"bid_metric": "cpa", "overdelivery": 1.75}},
    "video": {**_EVERYWHERE, "delivery": {"bid_metric": "cpa", "takes_total_budget": True}},
    "ad-1": {"status": "paused"},
}


@dataclass
class Market:
    """A track, and what its sources say; faults are put into it."""

    facts: Facts
    hit: str
    """The channel that a fault is about, and that is to be raised."""
    mean_lag: float
    counts: dict[tuple[str, str], list[float | None]]
    """By channel and source, what is counted of each day, yesterday first."""
    silent: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    """Hours since a source told of a channel, where it is later than usual."""
    rates: list[float | None] = field(default_factory=list[float | None])
    """The match rate of each upload, this morning's first."""
    upload_count: float = 4.0

    def copy(self) -> "Market":
        """The same, for a fault to be put into."""
        counts = {key: list(one) for key, one in self.counts.items()}
        return replace(self, counts=counts, silent=dict(self.silent), rates=list(self.rates))

    def signals(self) -> Signals:
        """What there is to be looked at."""
        curves = dict.fromkeys(CHANNELS, LagCurve(self.mean_lag, learned=True))
        rows = [row for ago in range(BACK, 0, -1) for row in self._rows(ago, LagCurve(self.mean_lag))]
        return Signals(self.facts, rows, curves, self._uploads())

    def times(self, channel: str, source: str, factor: float | None, days: int = 20) -> None:
        """Let a source count so many times as much over the last days; `None`: nothing is known of them."""
        counts = self.counts[(channel, source)]
        for index in range(days):
            old = counts[index]
            counts[index] = None if factor is None or old is None else old * factor

    def _rows(self, ago: int, curve: LagCurve) -> Iterator[EntityDay]:
        """A day of each channel, as far as each source has told of it."""
        now, day = self.facts.now, self.facts.today - ago * DAY
        start, end = self.facts.calendar.bounds(day)
        for channel in CHANNELS:
            told = list[Counted | None]()
            for source, delay in _DELAYS:
                until = now - HOUR * self.silent.get((channel, source), delay)
                count = self.counts[(channel, source)][ago - 1]
                if count is not None and source == "platform":
                    count *= curve.visible(age_at(start, until))
                told.append(None if count is None or until < end else Counted(until, count))
            yield EntityDay(day, channel, channel, 100 * MICROS, platform=told[0], ga4=told[1], crm=told[2])

    def _uploads(self) -> list[Upload]:
        morning = self.facts.calendar.bounds(self.facts.today)[0] - timedelta(hours=18)
        found = [
            Upload(morning - ago * DAY, rate, dict.fromkeys(CHANNELS, self.upload_count))
            for ago, rate in enumerate(self.rates)
            if rate is not None
        ]
        return found[::-1]


def market(dice: Random) -> Market:
    """A track whose sources are well; the same dice give the same one."""
    day, hour = dice.randint(4, 24), dice.randint(7, 23)
    world = {
        "now": f"2026-03-{day:02}T{hour:02}:00",
        "entities": _ENTITIES,
        "spent": {name: (dice.randint(200, 900), dice.randint(0, 60)) for name in ("search", "social")},
        "guardrails": {
            "ga4_divergence_pct": dice.choice((20, 25, 40)),
            "crm_match_drop_pct": dice.choice((15, 20, 30)),
            "stale_hours": {"ga4": dice.choice((48, 72)), "crm": dice.choice((48, 72))},
        },
    }
    counts: dict[tuple[str, str], list[float | None]] = {}
    for channel in CHANNELS:
        a_day, usual = dice.uniform(15, 60), dice.uniform(1.0, 1.8)
        of_day = [_drawn(dice, a_day * dice.uniform(0.8, 1.2)) for _ in range(BACK)]
        for source, share in zip(SOURCES, (0.85 * usual, 0.85, 0.4), strict=True):
            counts[(channel, source)] = [float(_drawn(dice, one * share)) for one in of_day]
    rates: list[float | None] = [0.7 * dice.uniform(0.97, 1.03) for _ in range(BACK)]
    return Market(facts_of(world), dice.choice(CHANNELS), dice.uniform(0.8, 4), counts, rates=rates)


def _drawn(dice: Random, mean: float) -> int:
    return max(0, round(dice.gauss(mean, sqrt(mean))))


Fault = Callable[[Market, Random], None]


def _claims_more(market: Market, dice: Random) -> None:
    market.times(market.hit, "platform", dice.uniform(2.5, 6))


def _claims_less(market: Market, dice: Random) -> None:
    market.times(market.hit, "platform", dice.uniform(0.0, 0.25))


def _ga4_sees_less(market: Market, dice: Random) -> None:
    market.times(market.hit, "ga4", dice.uniform(0.0, 0.3))


def _claims_always_too_many(market: Market, dice: Random) -> None:
    market.times(market.hit, "platform", dice.uniform(4.5, 9), BACK)


def _matches_too_few(market: Market, dice: Random) -> None:
    market.rates = [0.3 * dice.uniform(0.3, 0.95) for _ in market.rates]


def _matches_fewer(market: Market, dice: Random) -> None:
    drop = market.facts.tenant.guardrails.crm_match_drop_pct
    fallen = dice.randint(1, 9)
    market.rates[:fallen] = [0.7 * (1 - drop / 100) * dice.uniform(0.6, 0.9)] * fallen


def _upload_is_no_number(market: Market, dice: Random) -> None:
    if dice.random() < 0.5:
        market.rates[0] = dice.choice((nan, inf, -0.2, 1.01))
    else:
        market.upload_count = dice.choice((nan, inf))


def _ga4_up_crm_down(market: Market, dice: Random) -> None:
    up, down = dice.uniform(1.5, 2.2), dice.uniform(0.2, 0.6)
    for channel in CHANNELS:
        market.times(channel, "platform", up)
        market.times(channel, "ga4", up)
        market.times(channel, "crm", down)


def _ga4_down_crm_up(market: Market, dice: Random) -> None:
    up, down = dice.uniform(1.5, 2.2), dice.uniform(0.2, 0.6)
    for channel in CHANNELS:
        market.times(channel, "platform", down)
        market.times(channel, "ga4", down)
        market.times(channel, "crm", up)


def _ga4_is_silent(market: Market, dice: Random) -> None:
    hours = market.facts.tenant.guardrails.stale_hours.ga4 + 1 + dice.choice((0, 24, 700))
    channels = CHANNELS if dice.random() < 0.5 else (market.hit,)
    market.silent |= {(channel, "ga4"): hours for channel in channels}


def _ga4_never_told(market: Market, dice: Random) -> None:
    for channel in CHANNELS if dice.random() < 0.5 else (market.hit,):
        market.times(channel, "ga4", None, BACK)


def _platform_is_silent(market: Market, dice: Random) -> None:
    market.silent[(market.hit, "platform")] = 55 + dice.choice((0, 24, 700))


def _channel_is_gone(market: Market, _: Random) -> None:
    for source in SOURCES:
        market.times(market.hit, source, None, BACK)


def _crm_is_silent(market: Market, dice: Random) -> None:
    days = 4 + dice.randint(0, 20)
    market.rates[:days] = [None] * days


def _freeze_can_not_be_judged(market: Market, dice: Random) -> None:
    freeze = Freeze(code="ga4_diverges", since=market.facts.now - dice.randint(1, 60) * DAY, channel=market.hit)
    market.facts = replace(market.facts, state=market.facts.state.but(freezes=(freeze,)))
    for source in ("platform", "ga4"):
        market.times(market.hit, source, 0.0)


def _spend_is_unknown(market: Market, _: Random) -> None:
    market.facts = replace(market.facts, spend={})


def _spend_is_old(market: Market, dice: Random) -> None:
    seen = (market.facts.now - HOUR * dice.choice((7, 30, 400))).isoformat()
    pacing = {name: {**one, "seen": seen} for name, one in market.facts.state.pacing.items()}
    market.facts = replace(market.facts, state=market.facts.state.but(pacing=pacing))


FAULTS: Mapping[Fault, str] = {
    _claims_more: "ga4_diverges",
    _claims_less: "ga4_diverges",
    _ga4_sees_less: "ga4_diverges",
    _claims_always_too_many: "ga4_ratio_alarm",
    _matches_too_few: "crm_match_floor",
    _matches_fewer: "crm_match_fell",
    _upload_is_no_number: "crm_unreadable",
    _ga4_up_crm_down: "ga4_up_crm_down",
    _ga4_down_crm_up: "ga4_down_crm_up",
    _ga4_is_silent: "ga4_stale",
    _ga4_never_told: "ga4_stale",
    _platform_is_silent: "platform_days_stale",
    _channel_is_gone: "platform_days_stale",
    _crm_is_silent: "crm_stale",
    _freeze_can_not_be_judged: "ga4_diverges",
    _spend_is_unknown: "spend_unknown",
    _spend_is_old: "stale_data",
}
"""Each with the code under which it holds increases back."""


def increases(facts: Facts, channel: str, dice: Random) -> list[Proposal]:
    """What would raise a channel within every bound: its budget, its allocation, its bid target, its reach, an ad."""
    giver = dice.choice([one for one in CHANNELS if one != channel])
    has = {name: facts.manifest.entities[name] for name in (channel, giver)}
    budget = (has[channel].daily_budget or 0) / MICROS
    given, got = ((has[name].allocation or 0) / MICROS for name in (giver, channel))
    rows: list[dict[str, Any]] = [{"type": "audience", "changes": [[channel, "excluded_geos", []]]}]
    for _ in range(2):
        bid, moved = dice.uniform(20.2, 22), dice.uniform(1, 40)
        rows += [
            {"type": "pace", "changes": [[channel, "daily_budget", budget * dice.uniform(1.01, 1.24)]]},
            {
                "type": "budget_shift",
                "changes": [[giver, "allocation", given - moved], [channel, "allocation", got + moved]],
            },
            {"type": "bid", "changes": [[channel, "bid_target", bid]], "evidence": {"conversions_30d": 90}},
        ]
    if channel == "social":
        rows.append({"type": "creative", "changes": [["ad-1", "status", "enabled"]]})
    return list(proposals_of(rows, facts))
