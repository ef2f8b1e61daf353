"""What one source has said of a track's days, month by month, each with the time since when it was known.

Platforms go on counting for weeks what a day's clicks bring, and GA4 a day or two, so a day is looked at again while it
still changes. What changed is appended, and nothing is ever rewritten: the document tells what was known at any instant
and how a day's count grew with its age, which is what a lag curve is learned from.

It stays bounded. A day is complete before it is looked at, its first look is at an age of one day, and it is written
down again only where it has changed and has come to a later one of the ages in `STEPS`: eight times at the most, when
it is about half as old again each time. A row takes 7 numbers, 8 bytes each in Firestore, so 50 entities whose every
day changes every time come to 50 x 31 x 8 x 56 bytes = 0.66 MiB in a month, of the 1 MiB that a document may have.
Where a track has more, its days are written down at fewer ages. Rounds are at most four a day. Entities stand in a
list, of which Firestore indexes each item as a whole: of a map it would index every number, and it takes no document
with more than 40,000 entries (firebase.google.com/docs/firestore/quotas).
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Annotated, Self

from pydantic import Field, model_validator

from common.domain.calendar import Instant
from common.domain.model import Frozen, Id, Name

GA4, CRM = "ga4", "crm"
"""Sources; a platform is another."""
GA4_SETTLES = timedelta(hours=48)
"""How long GA4 may change what it has reported (support.google.com/analytics/answer/12233314)."""

STEPS = (1, 2, 3, 5, 8, 13, 21, 34)
"""Ages in days at which a day that has changed is written down again. Between two of them its count is a little old."""
LOOKED_BACK = timedelta(days=STEPS[-1])
"""How long a day is looked at again."""
ROUNDS_A_DAY = 4
MAX_ROWS = 12_400
"""50 entities x 31 days x 8 ages."""

Figures = Mapping[str, float]
"""What a source says of an entity's day, by name: `micros`, `clicks`, `conversions`, `value` (micros), ..."""
DayOf = Callable[[datetime], date]
"""The tenant's local day at an instant."""
Number = int | Annotated[float, Field(allow_inf_nan=False)]


def platform_source(platform: str) -> str:
    """The name of a platform as a source: never that of another kind of source."""
    return f"platform-{platform}"


def month_of(day: date) -> str:
    """The month of a day: `202605`."""
    return f"{day:%Y%m}"


def months(first: date, last: date) -> list[str]:
    """The months in which the days from `first` to `last` lie."""
    count = 12 * (last.year - first.year) + last.month - first.month + 1
    return [f"{(first.month - 1 + n) // 12 + first.year:04}{(first.month - 1 + n) % 12 + 1:02}" for n in range(count)]


def _is_finite(said: Mapping[date, Figures], days: Iterable[date]) -> bool:
    return all(isfinite(number) for day in days for number in said.get(day, {}).values())


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source said at `at` of all days from `first` on, with what happened until `until`.

    `days` has the figures by entity and day; an entity that is absent was not answered for, a day that is absent had
    nothing.
    """

    first: date
    at: datetime
    until: datetime
    days: Mapping[str, Mapping[date, Figures]]


@dataclass(frozen=True, slots=True)
class Observation:
    """A day of an entity as it was known at `at`, when `until` had been told. A figure that is absent is zero."""

    at: datetime
    until: datetime
    figures: Figures


class Round(Frozen):
    """The source was asked at `at` for the days from `first` on, and said what had happened until `until`."""

    first: date
    at: Instant
    until: Instant
    without: tuple[Id, ...] = ()
    """Entities that were known, and were not answered for."""


class Rows(Frozen):
    """What was written down of an entity, oldest first, column by column: a list in a list can't be stored."""

    entity_id: Id
    day: tuple[int, ...] = ()
    """Of the month."""
    round: tuple[int, ...] = ()
    """The number of the round that brought it."""
    columns: dict[str, tuple[Number, ...]] = {}

    @model_validator(mode="after")
    def _even(self) -> Self:
        wrong = [name for name, column in self.columns.items() if len(column) != len(self.day)]
        if len(self.round) != len(self.day) or wrong:
            raise ValueError(f"columns of unlike length: {', '.join(wrong) or 'day, round'}")
        return self

    def at(self, index: int) -> Figures:
        """The figures of one row."""
        return {name: column[index] for name, column in self.columns.items()}

    def last(self) -> dict[int, int]:
        """By day of the month, the newest of its rows."""
        return {day: index for index, day in enumerate(self.day)}

    def with_rows(self, number: int, found: Mapping[int, Figures]) -> Self:
        """With what round `number` brought, by day of the month."""
        if not found:
            return self
        names = self.columns or dict.fromkeys(name for figures in found.values() for name in figures)
        return self.but(
            day=(*self.day, *found),
            round=(*self.round, *(number for _ in found)),
            columns={
                name: (*self.columns.get(name, ()), *(figures.get(name, 0) for figures in found.values()))
                for name in names
            },
        )


class Performance(Frozen):
    """`tenants/{t}/performance/{track}-{yyyymm}-{source}`."""

    tenant_id: Name
    track_id: Name
    month: Annotated[str, Field(pattern=r"^\d{6}$")]
    source: str
    rounds: tuple[Round, ...] = ()
    entities: tuple[Rows, ...] = ()
    """Those that the source has answered for."""

    def known(self) -> dict[str, Rows]:
        """What was written down, by entity."""
        return {rows.entity_id: rows for rows in self.entities}

    def appended(self, answer: Answer, day_of: DayOf) -> Self:
        """With what is new in an answer; the same object where nothing is to be written.

        Days that were not over, or are of another month, are left out; an entity with a figure that is no number was
        not answered for. A round that brought nothing is noted once a day: that nothing had changed is known then.
        """
        open_day, today = day_of(answer.until), day_of(answer.at)
        asked_today = sum(day_of(one.at) == today for one in self.rounds)
        days = [day for day in self._days() if answer.first <= day < open_day]
        if not days or asked_today >= ROUNDS_A_DAY:
            return self
        steps = self._steps(answer)
        known, news = self.known(), asked_today == 0
        answered = {entity_id: said for entity_id, said in answer.days.items() if _is_finite(said, days)}
        without = tuple(entity_id for entity_id in known if entity_id not in answered)
        for entity_id, said in answered.items():
            rows = known.get(entity_id, Rows(entity_id=entity_id))
            found = dict(self._news(rows, {day: said.get(day, {}) for day in days}, open_day, steps, day_of))
            known[entity_id] = rows.with_rows(len(self.rounds), found)
            news = news or bool(found)
        if not news:
            return self
        asked = Round(first=answer.first, at=answer.at, until=answer.until, without=without)
        return self.but(rounds=(*self.rounds, asked), entities=tuple(known.values()))

    def observations(self, entity_id: str, day_of: DayOf) -> dict[date, tuple[Observation, ...]]:
        """By day, how an entity was known at the ages at which it was looked at, oldest first.

        A day has none before the source told of its end. Where nothing had changed, the same figures come again.
        """
        rows = self.known().get(entity_id)
        if rows is None:
            return {}
        written: dict[int, dict[int, int]] = {}
        for index, (day, number) in enumerate(zip(rows.day, rows.round, strict=True)):
            written.setdefault(day, {})[number] = index
        return {
            day: tuple(self._seen(rows, written.get(day.day, {}), looks))
            for day, looks in self._looks(entity_id, day_of)
            if looks or day.day in written
        }

    def heard(self) -> datetime | None:
        """Until when the source has told what happened; `None` before the first round."""
        return max((one.until for one in self.rounds), default=None)

    def _days(self) -> Iterator[date]:
        day = date(int(self.month[:4]), int(self.month[4:]), 1)
        while month_of(day) == self.month:
            yield day
            day += timedelta(days=1)

    def _steps(self, answer: Answer) -> tuple[int, ...]:
        """The ages at which days are written down, so that with all its entities the document stays within bounds."""
        return STEPS[: max(1, MAX_ROWS // (31 * max(1, len(self.known().keys() | answer.days.keys()))))]

    def _news(
        self, known: Rows, said: Mapping[date, Figures], open_day: date, steps: tuple[int, ...], day_of: DayOf
    ) -> Iterator[tuple[int, Figures]]:
        last = known.last()
        for day, figures in said.items():
            index = last.get(day.day)
            old: Figures = {}
            step = 0
            if index is not None:
                old = known.at(index)
                step = bisect_right(steps, (day_of(self.rounds[known.round[index]].until) - day).days)
            changed = any(figures.get(name, 0) != old.get(name, 0) for name in {*figures, *old})
            if changed and bisect_right(steps, (open_day - day).days) > step:
                yield day.day, figures

    def _looks(self, entity_id: str, day_of: DayOf) -> Iterator[tuple[date, list[int]]]:
        """Each day with the numbers of the rounds in which it came to one of the ages, and was answered for."""
        open_days = [
            (number, day_of(one.until)) for number, one in enumerate(self.rounds) if entity_id not in one.without
        ]
        for day in self._days():
            looks, step = list[int](), 0
            for number, open_day in open_days:
                reached = bisect_right(STEPS, (open_day - day).days)
                if reached > step and self.rounds[number].first <= day:
                    looks.append(number)
                    step = reached
            yield day, looks

    def _seen(self, rows: Rows, written: Mapping[int, int], looks: list[int]) -> Iterator[Observation]:
        figures: Figures = {}
        for number in sorted({*written, *looks}):
            if number in written:
                figures = rows.at(written[number])
            yield Observation(self.rounds[number].at, self.rounds[number].until, figures)
