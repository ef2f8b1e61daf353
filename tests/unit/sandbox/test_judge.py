"""Pacing is judged where perfect pacing could spend the plan; value is what the spend brings on average."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.judge import Paced, paced, value
from tests.unit.sandbox.scenarios import channel_file, market_of, played


def only(*channels: dict[str, Any], events: Any = ()) -> Paced:
    (result,) = paced(played(market_of(*channels, events=events, expected=True)))
    return result


def test_error_is_relative_to_the_plan() -> None:
    result = only(channel_file(demand=95))
    assert (result.entity, result.plan_budget, result.judged) == ("t/search", 700, False)
    assert result.spent == pytest.approx(7 * 95)
    assert result.error == pytest.approx(0.05)
    assert result.over == 0


def test_overspend() -> None:
    market = market_of(expected=True)
    market.set("t/search", "daily_budget", 110)
    (result,) = paced(played(market))
    assert result.error == result.over == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("demand", "judged"),
    [
        ([100] * 7, True),
        ([99.9] * 7, True),
        ([99.8] * 7, False),
        ([0, 120, 120, 120, 120, 120, 120], True),
        ([200] * 6 + [0], False),
    ],
    ids=["just enough", "99.9%", "too little", "made up for later", "missing on the last day"],
)
def test_a_channel_is_judged_where_even_spending_would_reach_its_plan(demand: list[float], judged: bool) -> None:
    """Each day min(left / days left, the day's demand): a dry first day can be made up for, a dry last one can't."""
    assert only(channel_file(by_day={"demand": demand, "level": [1] * 7})).judged is judged


def test_demand_events_count() -> None:
    dry = {"kind": "demand_shift", "channel": "search", "at": "2026-06-07T12:00", "factor": 0}
    assert not only(channel_file(demand=101), events=[dry]).judged


def test_a_market_with_a_runaway_is_not_judged_on_pacing() -> None:
    window = {"at": "2026-06-02T00:00", "until": "2026-06-02T03:00"}
    assert not only(events=[{"kind": "spend_runaway", "channel": "search", "factor": 2, **window}]).judged


def test_the_plan_in_force_at_the_end_counts() -> None:
    revision = {"kind": "plan_revision", "track_id": "t", "at": "2026-06-04T10:00", "channels": {"search": 1400}}
    result = only(events=[revision])
    assert (result.plan_budget, result.judged) == (1400, True)
    assert result.error == pytest.approx(0.5)
    assert not only(channel_file(demand=200), events=[revision]).judged


def test_value_counts_money_or_conversions_by_vertical() -> None:
    by_vertical = {
        vertical: value(played(market_of(vertical=vertical, expected=True)))
        for vertical in ("ecommerce", "tourism", "health", "schools", "custom")
    }
    assert by_vertical["ecommerce"] == by_vertical["tourism"] == pytest.approx(50 * by_vertical["health"])
    assert by_vertical["health"] == by_vertical["schools"] == by_vertical["custom"] == pytest.approx(7 * 30)


def test_value_is_of_means_not_of_the_luck_of_counts() -> None:
    """With draws, it is the curve at the spend that really happened."""
    market = played(
        market_of(channel_file(curve={"kind": "power", "scale": 0.1, "exponent": 1.0}, value_per_conversion=2))
    )
    assert value(market) == pytest.approx(0.2 * market.true_spend("t/search"))


def test_value_so_far() -> None:
    market = market_of(expected=True)
    assert value(market) == 0
    market.advance_to(datetime(2026, 6, 1, 22, tzinfo=UTC))
    assert value(market) == pytest.approx(50 * 30)


def test_an_interaction_lifts_its_target() -> None:
    """1 + strength x the helper's spend today over its even budget, at most 2."""

    steady = {"kind": "table", "spend": [0, 10], "conversions": [0, 10]}

    def lifted(strength: float) -> float:
        lines = [channel_file(), channel_file(channel="meta", plan_budget=70, curve=steady)]
        interaction = {"from": "search", "to": "meta", "strength": strength}
        track = {"track_id": "t", "channels": lines, "interaction": interaction}
        market = played(market_of(tracks=[track], expected=True))
        means = market.responses["t/meta"].through(market.hours.flight_end)
        return sum(means[market.hours.flight_start :])

    plain, most = lifted(0), lifted(10)
    assert plain == pytest.approx(70)
    assert plain < lifted(0.5) < 1.5 * plain
    assert lifted(1) < most < 2 * plain
