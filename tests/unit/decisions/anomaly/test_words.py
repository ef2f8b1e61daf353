"""What was found, in sentences that somebody who knows the account understands at once."""

from datetime import UTC, datetime, timedelta

import pytest

from common.decisions.anomaly import words
from common.decisions.anomaly.alarms import Alarm, AtRisk, Kind, at_risk, is_worth_it
from common.domain.calendar import TenantCalendar
from common.domain.manifest import PauseScope
from tests.world import entity, euros, manifest

SINCE = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
MADRID = TenantCalendar.of("Europe/Madrid")
NAMED = manifest().but(
    entities={
        **manifest().entities,
        "search": entity("search", 6000, name="Search | brand"),
        "meta": entity("meta", 10),
    }
)


def alarm(kind: Kind, scope: PauseScope, target: str, figure: str, measured: float, expected: float) -> Alarm:
    """Of this morning, quite sure."""
    return Alarm(kind, scope, target, figure, SINCE, measured, expected, 0.9987, 1.0, 1.0)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            alarm(Kind.SPEND, PauseScope.ENTITY, "search", "spend", euros(512.5), euros(100)),
            "Search | brand: since Mon 09:00 it has spent 512.50 EUR where its budget makes 100.00 EUR usual",
        ),
        (
            alarm(Kind.PRICE, PauseScope.ENTITY, "social", "price per click", euros(4), euros(0.5)),
            "Social: since Mon 09:00 a click costs 4.00 EUR where 0.50 EUR is usual, more than it brings",
        ),
        (
            alarm(Kind.SITE, PauseScope.TRACK, "north", "sessions on the site", 0, 24.2),
            "All of north: since Mon 09:00 there were 0 sessions on the site where its clicks should have brought 24",
        ),
        (
            alarm(Kind.LANDING, PauseScope.CHANNEL, "meta", "sessions from meta", 1, 1240),
            "Meta: since Mon 09:00 there were 1 sessions from meta where its clicks should have brought 1,240",
        ),
    ],
    ids=["spend", "price", "the site", "a channel that is called as one of its campaigns"],
)
def test_a_finding_is_a_sentence(found: Alarm, said: str) -> None:
    assert words.sentence(found, NAMED, "EUR", MADRID) == f"{said} (99.9% sure)."


def test_nothing_is_ever_quite_sure() -> None:
    sure = Alarm(Kind.SPEND, PauseScope.ENTITY, "search", "spend", SINCE, 2, 1, 1.0, 1.0, 1.0)
    assert "(99.9% sure)" in words.sentence(sure, NAMED, "EUR", MADRID)
    assert is_worth_it(sure)


@pytest.mark.parametrize(
    ("probability", "wasted", "worth"),
    [
        (0.5, 1.0, False),
        (0.55, 1.0, False),
        (0.56, 1.0, True),
        (0.5, 6.0, True),
        (0.49, 6.0, False),
        (0.999, 0.0, False),
    ],
)
def test_a_pause_is_worth_it_where_more_is_lost_than_a_pause_for_nothing_would_cost(
    probability: float, wasted: float, worth: bool
) -> None:
    """That is taken to be a quarter dearer, and nothing is paused that is likelier to be well; what still pays loses
    nothing, however sure it is."""
    assert (
        is_worth_it(Alarm(Kind.SPEND, PauseScope.ENTITY, "s", "spend", SINCE, 2, 1, probability, wasted, 1.0)) is worth
    )


def test_what_is_at_risk_grows_with_what_is_wasted() -> None:
    """Of 96 a day, twice as much again: two an hour."""
    twice = Alarm(Kind.SPEND, PauseScope.ENTITY, "s", "spend", SINCE, 2, 1, 0.9, 0.5, 1.0)
    assert at_risk(twice, euros(96)) == AtRisk(next_check=euros(0.5), person=euros(24))


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(minutes=40), "40 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=26, minutes=10), "26 h"),
    ],
)
def test_how_long_something_has_lasted(span: timedelta, said: str) -> None:
    assert words.lasted(span) == said
