"""What the tenant's CRM uploads: once a day at 06:00, with a match rate of its own."""

from datetime import date, datetime, time
from typing import NamedTuple

from sandbox.draws import Draws, LogNormal
from sandbox.events import CrmMatchDrop
from sandbox.hours import Hours
from sandbox.scenario import Scenario
from sandbox.windows import Window, Windows

_UPLOAD_AT = time(6)
_MATCH_RATE = 0.7
_MATCH_NOISE = LogNormal(0.03)


class Upload(NamedTuple):
    """One upload: its conversions by entity and by the day on which they happened."""

    at: datetime
    match_rate: float
    conversions: dict[tuple[str, date], float]


class Uploads:
    """The uploads, numbered by their day. `at[n]` is the hour at whose start upload `n` happens."""

    def __init__(self, scenario: Scenario, hours: Hours, *, expected: bool) -> None:
        self._hours = hours
        self._draws = Draws(scenario.seed, "crm", expected=expected)
        self.at = [hours.at_local(datetime.combine(day, _UPLOAD_AT)) for day in hours.days]
        drops = [event for event in scenario.events if isinstance(event, CrmMatchDrop)]
        self._drops = Windows(
            tuple(Window(hours.at_local(drop.at), hours.at_local(drop.until), drop.factor) for drop in drops)
        )

    def of(self, hour: int) -> int:
        """The upload that carries what happens in an hour: the first at its end or later."""
        day = self._hours.day(hour)
        return day if hour < self.at[day] else day + 1

    def carried_by(self, upload: int) -> range:
        """The hours whose conversions an upload carries."""
        return range(self.at[upload - 1] if upload else 0, self.at[upload])

    def last(self, hour: int) -> int:
        """The last upload by the start of an hour; negative before the first."""
        if hour >= self._hours.end:
            return len(self.at) - 1
        day = self._hours.day(hour)
        return day if self.at[day] <= hour else day - 1

    def factor(self, upload: int) -> float:
        """What a match drop leaves of an upload's conversions."""
        return self._drops.factor(self.at[upload])

    def match_rate(self, upload: int) -> float:
        """The share of an upload's records that matched."""
        noise = self._draws.factors(1, _MATCH_NOISE, "match rate", self._hours.days[upload])[0]
        return min(1.0, _MATCH_RATE * noise) * self.factor(upload)
