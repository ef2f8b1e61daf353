"""The recorded days as the peers read them: what was spent, and what the source that counts says came of it."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from common.decisions.lag import LagCurve, age_at
from common.decisions.review.evidence import Evidence
from common.domain.money import MICROS

WINDOW = 28
"""Days that a peer looks back on, where it does not look at all."""


class Day(NamedTuple):
    """One day of one channel."""

    day: date
    spend: float
    """In units of the currency."""
    conversions: float
    worth: float
    """What they come to in the KPI's own unit: conversions, or units of the currency."""
    visible: float
    """The share of the day's conversions that should be known by now: one where they are dated by event."""


class Reached(NamedTuple):
    """Days put together; `spend` counts as far as its conversions should be visible."""

    spend: float
    conversions: float
    worth: float


def days_of(name: str, evidence: Evidence) -> list[Day]:
    """An entity's days that both spend and conversions are known of, oldest first."""
    source, days = evidence.days.source, list[Day]()
    for row in evidence.days.rows:
        counted = row.counted(source)
        if row.entity_id != name or row.spend is None or counted is None:
            continue
        age = age_at(evidence.facts.calendar.bounds(row.day)[0], counted.until)
        visible = evidence.curves.get(row.channel, LagCurve()).visible(age) if source == "platform" else 1.0
        worth = evidence.yardstick.counts(counted, source)
        days.append(Day(row.day, row.spend / MICROS, counted.conversions, worth, visible))
    return days


def reached(days: Sequence[Day]) -> Reached:
    """Days together."""
    return Reached(
        sum(one.spend * one.visible for one in days),
        sum(one.conversions for one in days),
        sum(one.worth for one in days),
    )


def returns(of: dict[str, Reached]) -> dict[str, float]:
    """What each one's money returned, (W + m R) / (S + m): drawn to what the track's did, R, as if a week of it had.

    `m` is a quarter of the mean spend of a channel over the window, which is four weeks.
    """
    spent, worth = sum(one.spend for one in of.values()), sum(one.worth for one in of.values())
    if spent <= 0 or worth <= 0:
        return {}
    usual, weight = worth / spent, spent / len(of) / 4
    return {name: (one.worth + weight * usual) / (one.spend + weight) for name, one in of.items()}
