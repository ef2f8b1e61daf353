"""What a check found to be wrong: which figure, where, since when, how sure, and what it costs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from common.domain.manifest import PauseScope


class Kind(StrEnum):
    """What is wrong; also the code that a pause carries as its reason."""

    SPEND = "spend_anomaly"
    """The platform spends more than the budget makes usual."""
    PRICE = "price_anomaly"
    """Clicks cost far more than usual."""
    SITE = "tracking_failure"
    """Clicks go on, but GA4 sees next to nothing of the whole site."""
    EVENTS = "key_events_stopped"
    """The site is seen, but its key events do not come any more."""
    LANDING = "landing_failure"
    """One channel's clicks do not arrive on the site any more."""
    CLAIMS = "platform_counts_stopped"
    """A platform does not count its conversions any more."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is wrong, as far as it can be known. Money in micros."""

    kind: Kind
    scope: PauseScope
    target: str
    """The entity, channel or track that would have to stop."""
    figure: str
    """Which figure moved, in words."""
    since: datetime
    measured: float
    expected: float
    """Both since then: micros for spend, micros a click for prices, counts for the others."""
    probability: float
    wasted_share: float
    """Of what is spent: how much is lost while it is as it seems."""
    foregone_share: float
    """Of what is spent: how much of it a pause for nothing would keep from being spent well."""

    @property
    def odds(self) -> float:
        """That it is as it seems."""
        return self.probability / (1.0 - self.probability) if self.probability < 1.0 else float("inf")


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Money that would be lost, in micros."""

    next_check: int
    """Until the next check can act."""
    person: int
    """Until a person would look."""


PERSON_HOURS = 12
"""Until a person looks: a night."""
CHECK_HOURS = 0.25
WRONG_PAUSE = 1.25
"""How many times dearer a pause for nothing is than the same money wasted: it costs results, and trust."""
LEAST_ODDS = 1.0
"""However much is at stake, nothing is stopped that is likelier to be well."""


def is_worth_it(alarm: Alarm) -> bool:
    """Whether the loss that is to be expected until somebody looks is more than what a wrong pause is expected to cost.

    Both go on for as long as nobody looks, so the time cancels: p x wasted > (1 - p) x WRONG_PAUSE x foregone. A price
    that still pays wastes nothing, so it is never worth a pause; nor is anything that is likelier to be well.
    """
    return alarm.odds >= LEAST_ODDS and alarm.odds * alarm.wasted_share > WRONG_PAUSE * alarm.foregone_share


def at_risk(alarm: Alarm, a_day: float) -> AtRisk:
    """What would be lost.

    Args:
        a_day: micros that what would be stopped usually spends in a day.
    """
    an_hour = alarm.wasted_share * a_day / 24
    return AtRisk(next_check=round(an_hour * CHECK_HOURS), person=round(an_hour * PERSON_HOURS))
