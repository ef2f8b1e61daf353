"""What must agree between the parts of a scenario file.

The rules read a lenient outline in which whatever can't be read is `None`, so that they speak up next to the faults of
single fields and not only once those are mended.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime, ValidationError, ValidatorFunctionWrapHandler
from pydantic.functional_validators import WrapValidator

from common.domain.calendar import HOUR, Flight, TenantCalendar, TimeZone
from common.domain.errors import Fault
from common.domain.money import CURRENCIES, Currency

T = TypeVar("T")


def _or_none(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


Readable = Annotated[T | None, WrapValidator(_or_none)]


class _Outline(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Period(_Outline):
    start: Readable[date] = None
    end: Readable[date] = None
    budget: Readable[float] = None


class _ByDay(_Outline):
    demand: Readable[list[Any]] = None
    level: Readable[list[Any]] = None


class _Channel(_Outline):
    channel: Readable[str] = None
    platform: Readable[str] = None
    plan_budget: Readable[float] = None
    periods: Readable[list[Readable[_Period]]] = None
    by_day: Readable[_ByDay] = None


class _Interaction(_Outline):
    source: Readable[str] = Field(default=None, alias="from")
    target: Readable[str] = Field(default=None, alias="to")


class _Track(_Outline):
    track_id: Readable[str] = None
    channels: Readable[list[Readable[_Channel]]] = None
    interaction: Readable[_Interaction] = None


class _Event(_Outline):
    kind: Readable[str] = None
    at: Readable[NaiveDatetime] = None
    channel: Readable[str] = None
    to: Readable[str] = None
    track_id: Readable[str] = None
    platform: Readable[str] = None
    amount: Readable[float] = None
    daily_budget: Readable[float] = None
    channels: Readable[dict[str, Readable[float]]] = None


class _Scenario(_Outline):
    timezone: Readable[TimeZone] = None
    currency: Readable[Currency] = None
    flight: Readable[Flight] = None
    history_days: Readable[int] = None
    master_cap: Readable[float] = None
    tracks: Readable[list[Readable[_Track]]] = None
    events: Readable[list[Readable[_Event]]] = None

    def each_track(self) -> Iterator[tuple[str, _Track]]:
        """The tracks that can be read, with where they stand."""
        for index, track in enumerate(self.tracks or ()):
            if track is not None:
                yield f"tracks.{index}", track

    def each_channel(self) -> Iterator[tuple[str, _Track, _Channel]]:
        """The channels that can be read, with where they stand."""
        for where, track in self.each_track():
            for index, channel in enumerate(track.channels or ()):
                if channel is not None:
                    yield f"{where}.channels.{index}", track, channel

    def each_event(self) -> Iterator[tuple[str, _Event]]:
        """The events that can be read, with where they stand."""
        for index, event in enumerate(self.events or ()):
            if event is not None:
                yield f"events.{index}", event


def inconsistencies(text: str | bytes) -> list[Fault]:
    """The faults between the parts of a scenario's JSON text; none where it is not a JSON object at all."""
    try:
        outline = _Scenario.model_validate_json(text)
    except ValidationError:
        return []
    rules = (
        _named_twice,
        _over_the_cap,
        _coins,
        _uneven_days,
        _periods,
        _by_day,
        _interactions,
        _times_of_events,
        _names_in_events,
    )
    return [fault for rule in rules for fault in rule(outline)]


def _named_twice(outline: _Scenario) -> Iterator[Fault]:
    yield from _repeated((f"{where}.track_id", track.track_id) for where, track in outline.each_track())
    for where, track in outline.each_track():
        lines = enumerate(track.channels or ())
        yield from _repeated((f"{where}.channels.{i}.channel", line.channel) for i, line in lines if line)


def _repeated(names: Iterable[tuple[str, str | None]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for where, name in names:
        if name is None:
            continue
        if name in seen:
            yield Fault(where, f"{name} is already there; give each a name of its own")
        seen.add(name)


def _over_the_cap(outline: _Scenario) -> Iterator[Fault]:
    total = sum(_exact(line.plan_budget or 0) for _, _, line in outline.each_channel())
    if outline.master_cap is not None and total > _exact(outline.master_cap):
        yield Fault("master_cap", f"the plan's budgets add up to {total}, over the cap of {outline.master_cap}")


def _coins(outline: _Scenario) -> Iterator[Fault]:
    """Budgets that no invoice could show."""
    if outline.currency is None:
        return
    digits = CURRENCIES[outline.currency]
    for where, amount in _budgets(outline):
        if amount is not None and round(_exact(amount), digits) != _exact(amount):
            yield Fault(where, f"{amount} is finer than the smallest coin of {outline.currency} ({digits} decimals)")


def _budgets(outline: _Scenario) -> Iterator[tuple[str, float | None]]:
    yield "master_cap", outline.master_cap
    for where, _, line in outline.each_channel():
        yield f"{where}.plan_budget", line.plan_budget
        for index, period in enumerate(line.periods or ()):
            if period is not None:
                yield f"{where}.periods.{index}.budget", period.budget
    for where, event in outline.each_event():
        yield f"{where}.daily_budget", event.daily_budget
        yield f"{where}.amount", event.amount
        for name, amount in (event.channels or {}).items():
            yield f"{where}.channels.{name}", amount


def _uneven_days(outline: _Scenario) -> Iterator[Fault]:
    """Zones that move their clocks by half an hour have days that are no whole number of hours."""
    if outline.timezone is None or outline.flight is None or outline.history_days is None:
        return
    calendar = TenantCalendar.of(outline.timezone)
    for offset in range(-outline.history_days, outline.flight.days):
        day = outline.flight.start + timedelta(days=offset)
        start, end = calendar.bounds(day)
        if (end - start) % HOUR:
            yield Fault("timezone", f"{day} has {(end - start) / HOUR} hours there; the market plays whole hours")
            return


def _periods(outline: _Scenario) -> Iterator[Fault]:
    for where, _, line in outline.each_channel():
        if not line.periods or outline.flight is None:
            continue
        expected: date | None = outline.flight.start
        for index, period in enumerate(line.periods):
            if period is None or period.start is None or period.end is None:
                expected = None
                continue
            place = f"{where}.periods.{index}"
            if period.end < period.start:
                yield Fault(f"{place}.end", f"{period.end} is before the period's start, {period.start}")
            if period.start not in outline.flight or period.end not in outline.flight:
                yield Fault(place, f"lies outside the flight, {outline.flight.start} to {outline.flight.end}")
            elif expected is not None and period.start != expected:
                yield Fault(f"{place}.start", f"should be {expected}: periods cover the flight without gap or overlap")
            expected = period.end + timedelta(days=1)
        if expected is not None and expected <= outline.flight.end:
            yield Fault(f"{where}.periods", f"end before the flight does, on {outline.flight.end}")
        yield from _sum_of_periods(where, line)


def _sum_of_periods(where: str, line: _Channel) -> Iterator[Fault]:
    budgets = [None if period is None else period.budget for period in line.periods or ()]
    if line.plan_budget is None or None in budgets:
        return
    total = sum(_exact(budget) for budget in budgets if budget is not None)
    if total != _exact(line.plan_budget):
        yield Fault(f"{where}.periods", f"add up to {total}, the channel's plan_budget is {line.plan_budget}")


def _by_day(outline: _Scenario) -> Iterator[Fault]:
    for where, _, line in outline.each_channel():
        if line.by_day is None or outline.flight is None:
            continue
        for name, values in (("demand", line.by_day.demand), ("level", line.by_day.level)):
            if values is not None and len(values) != outline.flight.days:
                what = f"has {len(values)} values, the flight {outline.flight.days} days"
                yield Fault(f"{where}.by_day.{name}", what)


def _interactions(outline: _Scenario) -> Iterator[Fault]:
    for where, track in outline.each_track():
        if track.interaction is None:
            continue
        names = {line.channel for line in track.channels or () if line}
        ends = (("from", track.interaction.source), ("to", track.interaction.target))
        for key, name in ends:
            if name is not None and name not in names:
                yield Fault(f"{where}.interaction.{key}", f"{name} is no channel of this track")
        if ends[0][1] is not None and ends[0][1] == ends[1][1]:
            yield Fault(f"{where}.interaction.to", "a channel can't interact with itself")


def _times_of_events(outline: _Scenario) -> Iterator[Fault]:
    if outline.flight is None:
        return
    for where, event in outline.each_event():
        if event.at is not None and event.at.date() not in outline.flight:
            first, last = outline.flight.start, outline.flight.end
            yield Fault(f"{where}.at", f"{_hour(event.at)} is outside the flight, {first} to {last}")


def _names_in_events(outline: _Scenario) -> Iterator[Fault]:
    channels = {(track.track_id, line.channel) for _, track, line in outline.each_channel()}
    tracks = {track.track_id for _, track in outline.each_track()}
    platforms = {line.platform for _, _, line in outline.each_channel()}
    for where, event in outline.each_event():
        if event.track_id is not None and event.track_id not in tracks:
            yield Fault(f"{where}.track_id", f"{event.track_id} is no track of this scenario")
        elif event.channel is not None and not _known(event.track_id, event.channel, channels):
            owner = f"track {event.track_id}" if event.track_id else "any track"
            yield Fault(f"{where}.channel", f"{event.channel} is no channel of {owner}")
        if event.platform is not None and event.platform not in platforms:
            yield Fault(f"{where}.platform", f"{event.platform} is no channel's platform")
        if event.to is not None and event.track_id in tracks and not _known(event.track_id, event.to, channels):
            yield Fault(f"{where}.to", f"{event.to} is no channel of track {event.track_id}")
        for name in event.channels or ():
            if event.track_id in tracks and not _known(event.track_id, name, channels):
                yield Fault(f"{where}.channels.{name}", f"{name} is no channel of track {event.track_id}")


def _known(track: str | None, channel: str, channels: set[tuple[str | None, str | None]]) -> bool:
    if track is not None:
        return (track, channel) in channels
    return any(name == channel for _, name in channels)


def _exact(amount: float) -> Decimal:
    return Decimal(str(amount))


def _hour(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M}"
