"""Public holidays are days on which people behave as on a Sunday."""

from datetime import date

import pytest

from common.decisions.anomaly.holidays import public_holidays
from common.decisions.anomaly.memory import EntityMemory
from common.decisions.anomaly.spending import Watched, curve_of
from common.decisions.local_days import LocalDays
from common.domain.calendar import TenantCalendar
from tests.world import entity

EPIPHANY = date(2026, 1, 6)
"""A Tuesday."""


@pytest.mark.parametrize(("country", "is_one"), [("ES", True), ("FR", False), ("ZZ", False)])
def test_which_days_are_holidays_depends_on_the_country(country: str, is_one: bool) -> None:
    """One that is not known has none."""
    assert (EPIPHANY in public_holidays(country, 2026)) is is_one


def test_the_turn_of_the_year_is_known_from_both_sides() -> None:
    new_year = date(2027, 1, 1)
    assert new_year in public_holidays("ES", 2026)
    assert new_year in public_holidays("ES", 2027)


def test_a_holiday_is_like_a_sunday_and_the_day_after_it_is_itself() -> None:
    days = LocalDays(TenantCalendar.of("Europe/Madrid"))
    watched = Watched(
        entity("search", 100), EntityMemory(""), curve_of(None), days, 3.0, holidays=public_holidays("ES", 2026)
    )
    assert [watched.weekday(days.of(EPIPHANY.replace(day=day))) for day in (5, 6, 7)] == [0, 6, 2]
