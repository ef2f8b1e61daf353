"""The limits of a daily budget as pacing reads them; their bounds to the micro are in the guardrails' cases."""

from datetime import UTC, datetime, timedelta

from common.decisions.budget_limits import BudgetLimits, budget_limits, even_pace, must_wait
from common.domain.change import OptimizationType, Setting
from common.domain.guardrails import Guardrails
from common.domain.manifest import Delivery, Entity, FieldChange

NOW = datetime(2026, 3, 11, 18, tzinfo=UTC)
RAILS = Guardrails()


def limits(
    *steps: tuple[float, int, int], learning: bool = False, days_left: int = 20, by_hand: bool = False
) -> BudgetLimits:
    """Of a budget of 100 whose past is (hours ago, before, after), oldest first."""
    trail = tuple(
        FieldChange(
            at=NOW - timedelta(hours=ago),
            setting=Setting.DAILY_BUDGET,
            before=before,
            after=after,
            type=None if by_hand else OptimizationType.PACE,
            auto=not by_hand,
        )
        for ago, before, after in steps
    )
    entity = Entity(
        entity_id="search",
        platform="google_ads",
        channel="search",
        external_id="1",
        allocation=3000,
        daily_budget=100,
        delivery=Delivery(learning=learning),
        trail=trail,
    )
    day_start = NOW - timedelta(hours=18)
    return budget_limits(entity, RAILS, NOW, pace=90, day_start=day_start, days_left=days_left, degraded=False)


def test_the_highest_is_the_tightest_of_all_bounds() -> None:
    """A raise to the highest is still automatic; which bound it is depends on the past."""
    assert limits().highest == 124
    assert limits((100, 70, 100)).highest == 112
    assert limits((40, 95, 100), learning=True).highest == 114


def test_a_decrease_is_bounded_only_where_a_platform_learns() -> None:
    """And there not while a cap is in danger, nor in the last three days."""
    assert limits().lowest(danger=False) == 0
    assert limits(learning=True).lowest(danger=False) == 80
    assert limits(learning=True).lowest(danger=True) == 0
    assert limits(learning=True, days_left=3).lowest(danger=False) == 0


def test_a_write_waits_for_the_cooldown_and_for_the_next_day() -> None:
    """A decrease in danger of the cap waits for neither."""
    fresh, full = limits((5, 90, 100)), limits(*((hours, 100, 100) for hours in (17, 14, 11, 8)))
    assert must_wait(fresh, RAILS, NOW, danger=False) == "cooldown_hours"
    assert must_wait(full, RAILS, NOW, danger=False) == "budget_writes_per_day"
    assert must_wait(limits((6, 90, 100)), RAILS, NOW, danger=False) is None
    assert must_wait(fresh, RAILS, NOW, danger=True) is None
    assert must_wait(limits((5, 90, 100), by_hand=True), RAILS, NOW, danger=False) is None


def test_nothing_left_has_no_pace() -> None:
    """An allocation that is spent, a flight that is over."""
    assert even_pace(2000, 20.0) == 100
    assert even_pace(2000, 0.5) == 4000
    assert even_pace(-1, 20.0) == even_pace(0, 20.0) == even_pace(2000, 0.0) == 0
