"""The simulated market: advance its clock, change settings in between, and see what comes of it.

Deterministic by the scenario's seed whatever the policy does. Amounts are in currency units, instants UTC. Everything
but spend is worked out only when it is asked for.
"""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from common.domain.calendar import HOUR
from sandbox.events import ErrorMode, PlanRevision, PlatformError
from sandbox.hours import Hours
from sandbox.line import Line
from sandbox.live import Change, Field, Live
from sandbox.response import Response, responses
from sandbox.scenario import Scenario
from sandbox.sources import Sources


class Market:
    """One scenario's market. Its clock starts at the flight's first instant, its history behind it.

    An entity is a channel of a track, named `track/channel`. With `expected` nothing is drawn. `start` is the flight's
    first instant, `end` the first one after it.
    """

    def __init__(self, scenario: Scenario, *, expected: bool = False) -> None:
        self.scenario, self.expected = scenario, expected
        self.hours = Hours(scenario)
        self.start = self.hours.instant(self.hours.flight_start)
        self.end = self.hours.instant(self.hours.flight_end)
        self.now = self.start
        self.lines = {
            entity: Line(scenario, track, channel, self.hours, expected=expected)
            for entity, track, channel in scenario.lines()
        }
        self._spendings = [line.spending for line in self.lines.values()]
        self._play()

    @property
    def hour(self) -> int:
        """The number of the current hour; those before it were played."""
        return self.hours.index(self.now)

    def advance_to(self, instant: datetime) -> None:
        """Play the hours that end by an instant; it may lie within an hour, or after the flight."""
        if instant < self.now:
            raise ValueError(f"the market is at {self.now} and can't go back to {instant}")
        self.now = instant
        self._play()

    def advance(self, step: timedelta) -> None:
        """Go on by a step, such as a quarter of an hour; an hour is played once it has ended."""
        self.advance_to(self.now + step)

    def advance_hour(self) -> None:
        """Go one hour on."""
        self.advance(HOUR)

    def set(self, entity: str, field: Field, value: Any) -> None:
        """Write a setting on the platform; it holds from the start of the current hour.

        Raises:
            KeyError: there is no such entity.
            Refused: the campaign has no such setting, or it can't have this value.
        """
        self.lines[entity].set(field, value, self.now)

    def live(self, entity: str) -> Live:
        """The settings that are live now."""
        return self.lines[entity].spending.live

    def changes(self, entity: str) -> list[Change]:
        """What was changed in the flight so far, by calls and by hand, oldest first."""
        return self.lines[entity].changes()

    def visible_until(self, entity: str) -> int:
        """The first hour that the platform does not report yet."""
        return self._reported(self.lines[entity])

    def visible_spend(self, entity: str, since: int = 0) -> list[float]:
        """Spend by hour, as far as the platform reports it by now, from hour number `since` on (0: the history's)."""
        line = self.lines[entity]
        return line.spending.by_hour[since : self._reported(line)]

    def true_spend(self, entity: str) -> float:
        """What was really spent in the flight so far, seen or not."""
        return self.lines[entity].spending.flight

    def error_mode(self, platform: str) -> ErrorMode | None:
        """How calls to a platform fail now; `None` while they work."""
        for event in self.scenario.events:
            if isinstance(event, PlatformError) and event.platform == platform:
                start, end = self.hours.at_local(event.at), self.hours.at_local(event.until)
                if start <= self.hour < end:
                    return event.mode
        return None

    def plan_revisions(self) -> list[PlanRevision]:
        """The plan revisions that the client approved by now, oldest first."""
        revisions = [event for event in self.scenario.events if isinstance(event, PlanRevision)]
        past = [event for event in revisions if self.hours.at_local(event.at) <= self.hour]
        return sorted(past, key=lambda event: event.at)

    @cached_property
    def responses(self) -> dict[str, Response]:
        """The mean conversions that each entity's spend brings."""
        return responses(self.scenario, self.lines)

    @cached_property
    def sources(self) -> Sources:
        """What platform, GA4 and CRM show."""
        return Sources(self)

    def _reported(self, line: Line) -> int:
        return max(0, self.hour - line.channel.reporting_delay_hours)

    def _play(self) -> None:
        until = min(self.hour, self.hours.flight_end)
        for spending in self._spendings:
            spending.play(until)
