"""Laws of the market that hold whatever a policy does."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.domain.errors import Refused
from sandbox.market import Market
from tests.unit.sandbox.scenarios import channel_file, hourly_spend, market_of

HOUR = timedelta(hours=1)
ENTITY = "t/search"
BUDGETS = st.lists(st.tuples(st.integers(0, 167), st.floats(0, 1000)), max_size=12)
"""Daily budgets, with the hour of the flight at which each is set."""


def play(market: Market, budgets: list[tuple[int, float]]) -> list[float]:
    """Spend of each hour of the flight under a policy."""
    for hour, budget in sorted(budgets, key=lambda step: step[0]):
        market.advance_to(market.start + hour * HOUR)
        market.set(ENTITY, "daily_budget", budget)
    return hourly_spend(market)


def budgets_by_hour(budgets: list[tuple[int, float]]) -> list[float]:
    live, by_hour = 100.0, list[float]()
    steps = dict(sorted(budgets, key=lambda step: step[0]))
    for hour in range(168):
        live = steps.get(hour, live)
        by_hour.append(live)
    return by_hour


def days(numbers: list[float]) -> list[list[float]]:
    return [numbers[start : start + 24] for start in range(0, len(numbers), 24)]


@settings(deadline=None, max_examples=40)
@given(budgets=BUDGETS, seed=st.integers(0, 10))
def test_spend_keeps_within_demand_and_overdelivery(budgets: list[tuple[int, float]], seed: int) -> None:
    """No hour under zero or over its demand; no day over overdelivery times its highest budget."""
    market = market_of(channel_file(overdelivery=1.2, demand=300), seed=seed)
    spent = play(market, budgets)
    line, first = market.lines[ENTITY], market.hours.flight_day
    demand = [amount for day in range(7) for amount in line.days.demand(first + day)]
    assert all(0 <= amount <= most for amount, most in zip(spent, demand, strict=True))
    for day, live in zip(days(spent), days(budgets_by_hour(budgets)), strict=True):
        assert sum(day) <= 1.2 * max(live) * (1 + 1e-12)
    assert market.true_spend(ENTITY) == pytest.approx(sum(spent))


@settings(deadline=None, max_examples=40)
@given(budgets=BUDGETS, at=st.integers(0, 167), total=st.floats(0, 700), seed=st.integers(0, 10))
def test_a_native_total_is_kept(budgets: list[tuple[int, float]], at: int, total: float, seed: int) -> None:
    """Also in a runaway; what was spent before it was set counts."""
    runaway = {"kind": "spend_runaway", "channel": "search", "at": "2026-06-03T00:00", "until": "2026-06-05T00:00"}
    market = market_of(seed=seed, events=[{**runaway, "factor": 5}])
    early = [step for step in budgets if step[0] < at]
    play_until = [step for step in budgets if step[0] >= at]
    for hour, budget in sorted(early, key=lambda step: step[0]):
        market.advance_to(market.start + hour * HOUR)
        market.set(ENTITY, "daily_budget", budget)
    market.advance_to(market.start + at * HOUR)
    before = market.true_spend(ENTITY)
    market.set(ENTITY, "native_total", total)
    play(market, play_until)
    assert market.true_spend(ENTITY) <= max(before, total) * (1 + 1e-12)


@settings(deadline=None, max_examples=20)
@given(budgets=BUDGETS, seed=st.integers(0, 10))
def test_the_same_policy_meets_the_same_market(budgets: list[tuple[int, float]], seed: int) -> None:
    """Played hour by hour and asked about everything on the way, or in one go and asked once."""
    asked, quiet = market_of(seed=seed), market_of(seed=seed)
    steps = dict(sorted(budgets, key=lambda step: step[0]))
    for hour in range(168):
        if hour in steps:
            asked.set(ENTITY, "daily_budget", steps[hour])
        if hour % 24 == 7:
            asked.sources.platform_hours(ENTITY)
            asked.sources.ga4_realtime()
            asked.sources.crm_uploads()
        asked.advance_to(asked.now + timedelta(minutes=30))
        asked.sources.ga4_realtime()
        asked.advance_to(asked.now + timedelta(minutes=30))
    assert play(quiet, budgets) == hourly_spend(asked)
    assert quiet.sources.platform_hours(ENTITY) == asked.sources.platform_hours(ENTITY)
    assert quiet.sources.crm_uploads() == asked.sources.crm_uploads()


def test_draws_do_not_depend_on_what_the_policy_did_before() -> None:
    """From the day on which two policies agree, spend and conversions are the same."""
    meek, bold = market_of(), market_of()
    meek_spend = play(meek, [(5, 10), (72, 90)])
    bold_spend = play(bold, [(0, 900), (50, 3), (72, 90)])
    assert meek_spend[:72] != bold_spend[:72]
    assert meek_spend[72:] == bold_spend[72:]
    third = meek.start + timedelta(days=3)
    assert meek.sources.platform_hours(ENTITY, third) == bold.sources.platform_hours(ENTITY, third)


def test_more_budget_never_brings_fewer_conversions() -> None:
    """Counts use the same draws at a higher mean."""
    for seed in range(5):
        low, high = market_of(seed=seed, expected=False), market_of(seed=seed)
        play(low, [(0, 50)])
        play(high, [(0, 400)])
        conversions = [sum(len(hour) for hour in clicked(market)) for market in (low, high)]
        assert conversions[0] < conversions[1]


def clicked(market: Market) -> list[list[Any]]:
    """Conversions of the flight by click hour."""
    happening = market.sources.conversions[ENTITY]
    happening.through(market.hours.flight_end)
    return happening.clicked[market.hours.flight_start : market.hours.flight_end]


def test_days_to_come_do_not_change_those_before() -> None:
    """A longer flight, a later event and another channel leave the first days as they were."""
    late_event = {"kind": "demand_shift", "channel": "search", "at": "2026-06-10T00:00", "factor": 0.1}
    lines = channel_file(plan_budget=1400), channel_file(channel="meta", platform="meta")
    short = market_of()
    fortnight: dict[str, Any] = {"flight": {"start": "2026-06-01", "end": "2026-06-14"}}
    long = market_of(*lines, events=[late_event], **fortnight)
    for market in (short, long):
        market.advance_to(short.end)
    assert short.sources.platform_hours(ENTITY) == long.sources.platform_hours(ENTITY)
    assert short.true_spend(ENTITY) == long.true_spend(ENTITY)


def test_another_seed_is_another_market() -> None:
    assert hourly_spend(market_of(seed=1)) != hourly_spend(market_of(seed=2))


def test_a_paused_campaign_spends_nothing_until_it_is_enabled() -> None:
    market = market_of()
    market.advance_to(market.start + 30 * HOUR)
    market.set(ENTITY, "status", "paused")
    market.advance_to(market.start + 50 * HOUR)
    market.set(ENTITY, "status", "enabled")
    spent = hourly_spend(market)
    assert min(spent[:30]) > 0
    assert spent[30:50] == [0.0] * 20
    assert min(spent[50:60]) > 0


@pytest.mark.parametrize(
    ("field", "all_off"),
    [("paused_ads", ("ad-1", "ad-2", "ad-3")), ("excluded_geos", ("geo-1", "geo-2", "geo-3", "geo-4"))],
)
def test_with_every_part_off_nothing_is_spent(field: Any, all_off: tuple[str, ...]) -> None:
    market = market_of()
    market.set(ENTITY, field, all_off)
    assert sum(hourly_spend(market)) == 0


def test_a_looser_bid_gets_more_demand_and_a_lower_level() -> None:
    """A CPA target loosens upwards, a ROAS target downwards."""
    bid = {"target": 40, "volume": 0.6, "efficiency": 0.4}
    for vertical, looser in (("health", 50), ("ecommerce", 32)):
        plain, loose = (market_of(channel_file(bid=bid, demand=80), vertical=vertical, expected=True) for _ in range(2))
        loose.set(ENTITY, "bid_target", looser)
        assert sum(hourly_spend(loose)) == pytest.approx(sum(hourly_spend(plain)) * 1.25**0.6)
        assert loose.lines[ENTITY].efficiency(loose.hours.flight_start) == pytest.approx(1.25**-0.4)


def test_an_excluded_geo_takes_its_demand_and_its_rate_along() -> None:
    """The others keep their own rates: the channel's becomes their mean."""
    market, whole = market_of(channel_file(demand=50)), market_of(channel_file(demand=50))
    geos = market.lines[ENTITY].geos
    market.set(ENTITY, "excluded_geos", ["geo-2"])
    assert sum(hourly_spend(market)) == pytest.approx(sum(hourly_spend(whole)) * (1 - geos.weights[1]), rel=0.02)
    kept = [number for number in range(4) if number != 1]
    mean = sum(geos.weights[n] * geos.rates[n] for n in kept) / sum(geos.weights[n] for n in kept)
    assert market.lines[ENTITY].efficiency(market.hours.flight_start) == pytest.approx(mean)
    rows = market.sources.geo_days(ENTITY, market.hours.days[market.hours.flight_day])
    assert sum(row.spend + row.clicks + row.conversions for row in rows if row.part == "geo-2") == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("daily_budget", -1),
        ("daily_budget", float("nan")),
        ("bid_target", 30),
        ("status", "sleeping"),
        ("paused_ads", ["ad-9"]),
        ("excluded_geos", ["mars"]),
        ("native_total", -5),
    ],
)
def test_the_platform_refuses_what_it_can_not_do(field: Any, value: Any) -> None:
    market = market_of()
    before = market.live(ENTITY)
    with pytest.raises(Refused, match=field):
        market.set(ENTITY, field, value)
    assert market.live(ENTITY) == before
    assert market.changes(ENTITY) == []


def test_a_platform_without_native_cap_takes_no_total() -> None:
    with pytest.raises(Refused, match="native_total"):
        market_of(channel_file(native_cap=False)).set(ENTITY, "native_total", 5)


def test_time_only_goes_forward() -> None:
    market = market_of()
    with pytest.raises(ValueError, match="can't go back"):
        market.advance_to(market.start - HOUR)


def test_the_flight_starts_with_its_history_visible() -> None:
    """A week of it, but for the hours that the platform still owes, at the even budget times one factor."""
    market = market_of(channel_file(reporting_delay_hours=5, noise=0, hour_noise=0))
    history = market.visible_spend(ENTITY)
    assert len(history) == 7 * 24 - 5
    full_days = [sum(day) for day in days(history)[:6]]
    assert all(one == pytest.approx(other) for one, other in pairwise(full_days))
    assert 80 <= full_days[0] <= 120
    assert market.true_spend(ENTITY) == 0
    assert market.live(ENTITY).daily_budget == 100


def test_without_history_the_market_starts_cold() -> None:
    market = market_of(history_days=0)
    assert market.visible_spend(ENTITY) == []
    assert market.live(ENTITY).daily_budget == 100
    assert len(hourly_spend(market)) == 168


def test_nothing_is_spent_after_the_flight() -> None:
    market = market_of()
    spent = sum(hourly_spend(market))
    market.set(ENTITY, "daily_budget", 500)
    market.advance_to(market.end + timedelta(days=60))
    assert market.true_spend(ENTITY) == pytest.approx(spent)
