"""Which recorded days can't be decided on, what is said of them, and what the rules then see."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from math import nan

import pytest

from common.decisions.lag import LagCurve
from common.decisions.review.evidence import Evidence
from common.decisions.review.soundness import sound
from common.domain.figures import PartFigures
from common.domain.track_days import Counted, EntityDay, TrackDays
from tests.cases.guardrail_world import euros, facts_of

FACTS = facts_of({})
DAY = timedelta(days=1)
GEO = PartFigures("ES-MD", euros(50), 20, 900, 2.0)


def row(ago: int, name: str = "search") -> EntityDay:
    """A day on which all is well."""
    counted = Counted(FACTS.now, 4.0, euros(80))
    return EntityDay(FACTS.today - ago * DAY, name, name, euros(100), 50, 2_000, counted, counted)


def evidence(rows: list[EntityDay], first: int = 80) -> Evidence:
    """Of two campaigns, of which the other one is well."""
    others = [row(ago, "social") for ago in range(first, 0, -1)]
    days = TrackDays(FACTS.today - first * DAY, FACTS.today - DAY, "ga4", tuple(rows + others))
    return Evidence(FACTS, days, geos={"search": (GEO,), "social": (GEO,)}, ads={"ad-1": GEO})


def days(*missing: int, first: int = 80) -> list[EntityDay]:
    """The days up to yesterday, but for those so many days ago."""
    return [row(ago) for ago in range(first, 0, -1) if ago not in missing]


def changed(change: Callable[[EntityDay], EntityDay], *agos: int) -> list[EntityDay]:
    """All days, those of so many days ago changed."""
    chosen: set[date] = {FACTS.today - ago * DAY for ago in agos}
    return [change(one) if one.day in chosen else one for one in days()]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(days(), id="all days"),
        pytest.param([], id="none: a rule says so itself"),
        pytest.param(days(1, 2, 3, 40, 50), id="a few are missing"),
        pytest.param(days(*range(5, 81)), id="the first days of a campaign"),
        pytest.param(changed(lambda one: replace(one, spend=0), 3, 4), id="a few conversions after a stop"),
        pytest.param(changed(lambda one: replace(one, crm=Counted(FACTS.now, 0.0)), 3), id="another source"),
    ],
)
def test_days_that_may_be_decided_on_stay_as_they_are(rows: list[EntityDay]) -> None:
    given = evidence(rows)
    assert sound(given) == (given, ())


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        pytest.param(changed(lambda one: replace(one, spend=-1), 70), "figures_negative", id="spend taken back"),
        pytest.param(changed(lambda one: replace(one, clicks=nan), 70), "figures_unreadable", id="no number"),
        pytest.param(days() + days(first=1), "days_twice", id="yesterday twice"),
        pytest.param(days(*range(1, 9)), "days_missing", id="the last week and a day"),
        pytest.param(days(*range(31, 61)), "days_missing", id="the month before last"),
        pytest.param(
            changed(lambda one: replace(one, ga4=None), *range(1, 9)),
            "days_missing",
            id="not by the source that counts",
        ),
        pytest.param(
            changed(lambda one: replace(one, spend=0), *range(1, 25)), "conversions_unpaid", id="long after a stop"
        ),
    ],
)
def test_of_an_entity_whose_days_can_not_be_nothing_is_seen_and_the_reason_is_said(
    rows: list[EntityDay], code: str
) -> None:
    checked, reasons = sound(evidence(rows))
    assert [(one.code, one.entity_id) for one in reasons] == [(code, "search")]
    assert {one.entity_id for one in checked.days.rows} == {"social"}
    assert checked.geos.keys() == {"social"}
    assert checked.ads.keys() == {"ad-1"}


def test_a_lag_that_is_no_number_is_its_channels_fault() -> None:
    _, reasons = sound(replace(evidence(days()), curves={"search": LagCurve(nan)}))
    assert [(one.code, one.entity_id) for one in reasons] == [("lag_unreadable", "search")]


def test_what_is_wrong_inside_is_the_campaigns_fault_too() -> None:
    checked, reasons = sound(replace(evidence(days()), ads={"ad-1": replace(GEO, clicks=nan)}))
    assert {one.entity_id for one in reasons} == {"ad-1", "group", "social"}
    assert {one.code for one in reasons} == {"parts_unreadable"}
    assert {one.entity_id for one in checked.days.rows} == {"search"}
    assert not checked.ads
