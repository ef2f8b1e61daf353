"""What a channel spends in an hour, given the budget that is live and what the market would take.

    want  = max(0, b * D - spent today) * w[h] / sum(w[h:]) * H
    spend = min(want, demand of the hour, overdelivery * b - spent today, native total left), never below 0

All amounts are in currency units.
"""

from dataclasses import replace

from sandbox.days import Days
from sandbox.hours import Hours
from sandbox.live import Change, Live
from sandbox.scenario import Channel
from sandbox.windows import ChannelEvents


class Spending:
    """A channel's spend, played hour by hour.

    `by_hour` holds what was played, from the history's first hour on; `flight` its sum over the flight; `live` the
    settings in force in the hour that comes next. `reach` is what the bid target and excluded geos make of demand;
    `stopped` says that the campaign or everything in it is paused. `edits` are those made by hand so far.
    """

    def __init__(self, channel: Channel, hours: Hours, days: Days, events: ChannelEvents, even_budget: float) -> None:
        self.live = Live(even_budget, bid_target=channel.bid.target if channel.bid else None)
        self.by_hour: list[float] = []
        self.flight = 0.0
        self.reach = 1.0
        self.stopped = False
        self.edits: list[Change] = []
        self._hours, self._days = hours, days
        self._overdelivery, self._even_budget = channel.overdelivery, even_budget
        self._edits_to_come = dict(events.edits)
        self._turns = frozenset(hours.first) | frozenset(self._edits_to_come)
        self._turn(0)

    def play(self, until: int) -> None:
        """Play the hours up to number `until` (exclusive), which is at most the end of the flight."""
        by_hour = self.by_hour
        while (hour := len(by_hour)) < until:
            amount = self.coming()
            by_hour.append(amount)
            self._today += amount
            self.flight += amount
            if hour + 1 in self._turns:
                self._turn(hour + 1)

    def coming(self) -> float:
        """What the hour after those played will spend if the settings stay as they are."""
        day, live, spent = self._day, self.live, self._today
        hour = len(self.by_hour) - day.first
        if self.stopped or hour == len(day.rate):
            return 0.0
        budget = live.daily_budget
        forced = day.runaway[hour] if day.runaway else None
        if forced is None:
            want = (budget * day.appetite - spent) * day.rate[hour]
            amount = min(want, day.demand[hour] * self.reach, self._overdelivery * budget - spent)
        else:
            amount = budget * forced
        if live.native_total is not None:
            amount = min(amount, live.native_total - self.flight)
        return amount if amount > 0 else 0.0

    def _turn(self, hour: int) -> None:
        """A day begins, or somebody sets the live budget by hand."""
        if hour in self._hours.first and hour < self._hours.flight_end:
            self._open(self._hours.day(hour))
        if hour in self._edits_to_come:
            budget = self._edits_to_come[hour]
            self.live = replace(self.live, daily_budget=budget)
            self.edits.append(Change(self._hours.instant(hour), "daily_budget", budget, by_hand=True))

    def _open(self, day: int) -> None:
        self._day, self._today = self._days.day(day), 0.0
        if day < self._hours.flight_day:
            budget = self._even_budget * self._days.history_factor(day)
            self.live = replace(self.live, daily_budget=budget)
        elif day == self._hours.flight_day:
            self.flight = 0.0
            self.live = replace(self.live, daily_budget=self._even_budget)
