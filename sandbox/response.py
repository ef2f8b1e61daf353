"""How many conversions an hour's spend brings on average: the rise of the channel's curve, times the level."""

from collections.abc import Mapping

from sandbox.line import Line
from sandbox.scenario import Scenario

_MOST_LIFT = 2.0


class Response:
    """A channel's mean conversions by click hour, worked out in order when somebody asks.

    `lift` is a line of the same track whose spend helps this one, with its strength.
    """

    def __init__(self, line: Line, lift: tuple[Line, float] | None) -> None:
        self.means: list[float] = []
        self._line, self._lift = line, lift
        self._day, self._level_of_day = -1, 0.0
        self._carried = self._spent = self._effective = self._brought = 0.0

    def through(self, end: int) -> list[float]:
        """The means of the hours before number `end` (and perhaps more), as far as they were played."""
        played = self._line.spending.by_hour
        for hour in range(len(self.means), min(end, len(played))):
            mean, self._effective, self._brought = self._respond(hour, played[hour])
            self._spent += played[hour]
            self.means.append(mean)
        return self.means

    def coming(self) -> float:
        """What the hour after those played will bring if the settings stay as they are."""
        hour = len(self._line.spending.by_hour)
        if hour >= self._line.hours.flight_end:
            return 0.0
        self.through(hour)
        return self._respond(hour, self._line.spending.coming())[0]

    def _respond(self, hour: int, spend: float) -> tuple[float, float, float]:
        """An hour's mean, with the day's effective spend through it and what the curve gives for that."""
        line = self._line
        day = line.hours.day(hour)
        if day != self._day:
            self._open(day)
        through = line.days.shape(day).through[hour - line.hours.first[day]]
        effective = self._spent + spend + self._carried * through
        brought = line.channel.curve.conversions(effective)
        level = self._level_of_day * line.events.level.factor(hour) * line.efficiency(hour)
        if self._lift:
            helper, strength = self._lift
            level *= min(_MOST_LIFT, 1 + strength * helper.spent_today(hour) / helper.even_budget)
        return (brought - self._brought) * level, effective, brought

    def _open(self, day: int) -> None:
        """A local day begins; part of the day before's effective spend still works."""
        channel, flight_day = self._line.channel, day - self._line.hours.flight_day
        self._day = day
        self._carried = channel.curve.adstock * self._effective
        self._spent = self._brought = 0.0
        level = channel.weekday[self._line.hours.days[day].weekday()] * (1 + channel.level_drift) ** flight_day
        self._level_of_day = level * channel.by_day.level[flight_day] if channel.by_day and flight_day >= 0 else level


def responses(scenario: Scenario, lines: Mapping[str, Line]) -> dict[str, Response]:
    """The response of each line, with the interactions of its track."""
    lifts: dict[str, tuple[Line, float]] = {}
    for track in scenario.tracks:
        if track.interaction:
            source, target = (f"{track.track_id}/{end}" for end in (track.interaction.source, track.interaction.target))
            lifts[target] = (lines[source], track.interaction.strength)
    return {entity: Response(line, lifts.get(entity)) for entity, line in lines.items()}
