"""What the pacing of all entities of a track shares, and what one of them comes to."""

from datetime import date, datetime
from typing import NamedTuple

from common.decisions.facts import Facts
from common.decisions.horizon import horizon
from common.decisions.observed import Forecast, Observed
from common.decisions.outlook import MOST_RESERVE, RESERVE, Outlook
from common.decisions.spend import stale_spend
from common.decisions.time_left import Clock, Curve
from common.domain.calendar import HOUR, Flight
from common.domain.change import Change, Reason
from common.domain.manifest import Entity
from common.domain.money import budget_step, show
from common.domain.plan import PlanChannel


class Move(NamedTuple):
    """The answer for one entity: why, and the changes if there are any."""

    reason: Reason
    changes: tuple[Change, ...] = ()
    why: str = ""


class PacingTrack:
    """One track at one tick."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.now = facts.now
        self.today = facts.today
        self.flight = facts.plan.flight
        self.rails = facts.tenant.guardrails
        self._unit = budget_step(facts.tenant.currency)
        self._clocks: dict[date, Clock] = {}
        self._lines: dict[str, PlanChannel] = {line.channel: line for line in facts.slice.channels}

    def clock(self, end: date) -> Clock:
        """The clock towards a boundary."""
        found = self._clocks.get(end)
        if found is None:
            flight = self.flight if end == self.flight.end else Flight(start=self.flight.start, end=end)
            found = self._clocks[end] = Clock.at(self.now, self.facts.calendar, flight)
        return found

    def outlook(self, entity: Entity) -> Outlook:
        """Where an entity stands whose spend is known."""
        facts, allocation = self.facts, entity.allocation or 0
        observed = Observed(**facts.state.pacing[entity.entity_id])
        curve = Curve(observed.weekday, observed.hours)
        boundary = horizon(allocation, self._lines.get(entity.channel), self.flight, self.today)
        clock, to_end = self.clock(boundary.end), self.clock(self.flight.end)
        left = to_end.left(curve)
        return Outlook(
            entity=entity,
            budget=entity.daily_budget or 0,
            allocation=allocation,
            observed=observed,
            spent=facts.spend[entity.entity_id],
            forecast=Forecast(*observed.ahead),
            horizon=boundary,
            flight_left=left,
            days=_landing(left.days, clock, observed) if boundary.final else clock.left(curve).days,
            last_day=clock.days_after == 0,
        )

    def frozen(self, outlook: Outlook) -> Reason | None:
        """Why nothing may be raised for this entity now, whatever its limits say."""
        entity = outlook.entity
        for freeze in self.facts.state.freezes:
            if freeze.channel is None or freeze.channel == entity.channel:
                return Reason(code="increases_frozen", measured=freeze.code, entity_id=entity.entity_id)
        return stale_spend(entity, self.facts)

    def hours_since(self, instant: datetime) -> float:
        """Hours from an instant until now."""
        return (self.now - instant) / HOUR

    def down(self, micros: float) -> int:
        """An amount that the currency can name, at most this one; at least the smallest there is."""
        return max(self._unit, int(micros // self._unit) * self._unit)

    def up(self, micros: float) -> int:
        """An amount that the currency can name, at least this one."""
        return max(self._unit, -int(-micros // self._unit) * self._unit)

    def show(self, micros: float) -> str:
        """An amount for a person."""
        return show(round(micros), self.facts.tenant.currency)


def _landing(days: float, clock: Clock, observed: Observed) -> float:
    """The days over which the money is spread: those left, less the reserve as long as the last day is to come."""
    if clock.days_after == 0:
        return days
    last = (clock.weekday + clock.days_after) % 7
    reserve = min(MOST_RESERVE, RESERVE * observed.day_noise)
    return days - reserve * observed.weekday[last] / observed.weekday[clock.weekday]
