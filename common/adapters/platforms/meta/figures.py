"""Rows of insights as figures. Numbers come as strings; a row that is not what was asked for is refused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from common.adapters.platforms.meta.bodies import Json, objects
from common.adapters.platforms.meta.failure import unreadable
from common.adapters.platforms.meta.money import NUMBER, in_micros
from common.domain.calendar import TenantCalendar
from common.domain.figures import HourFigures
from common.domain.money import split
from common.domain.verticals import Vertical

WINDOWS = ("7d_click", "1d_view")
"""The attribution windows that are asked for, always the same: seven days after a click, one after a view. A conversion
counts in one of them only, so the two add up. Longer view windows are gone since 12 January 2026 (Meta's blog)."""

_PURCHASES = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")
_LEADS = ("lead", "onsite_web_lead", "offsite_conversion.fb_pixel_lead", "onsite_conversion.lead_grouped")
ACTIONS: dict[Vertical, tuple[str, ...]] = {
    Vertical.ECOMMERCE: _PURCHASES,
    Vertical.TOURISM: _PURCHASES,
    Vertical.HEALTH: _LEADS,
    Vertical.SCHOOLS: _LEADS,
    Vertical.CUSTOM: _LEADS,
}
"""What counts as a conversion: the first of these that a row has. Each contains those after it, so only one counts."""

_FINE = 2**20
"""Parts of a conversion: binary ones, so that sums of shares are exact."""

BY_HOUR = "hourly_stats_aggregated_by_advertiser_time_zone"
FIELDS = "account_id,campaign_id,adset_id,ad_id,spend,clicks,impressions,actions,action_values,date_start,date_stop"
_ID = {"campaign": "campaign_id", "adset": "adset_id", "ad": "ad_id"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what of whom, when. Money in micros."""

    of: str
    """The object that was asked about, by its Meta id."""
    part: str
    """The ad or the place, where the row is about one."""
    first: date
    last: date
    hour: int | None
    """The hour of the account's day."""
    micros: int
    clicks: float
    impressions: float
    conversions: float
    value: int


@dataclass(frozen=True, slots=True)
class Form:
    """What a row must look like."""

    account_id: str
    asked: frozenset[str]
    """The ids that were asked about."""
    owner: str
    """The level that they are of: `campaign` or `adset`."""
    part: str | None = None
    """The field that names the part."""
    hourly: bool = False


def row_of(body: Any, form: Form, actions: Sequence[str]) -> Row:
    """A row of this form.

    Raises:
        MetaFailure: it is not one.
    """
    row = objects(body, "a row")
    owner = _text(row, _ID[form.owner])
    if owner not in form.asked:
        raise unreadable("a row is of something that was not asked about")
    if row.get("account_id", form.account_id) != form.account_id:
        raise unreadable("a row is of another account")
    return Row(
        of=owner,
        part="" if form.part is None else _text(row, form.part),
        first=_day(row, "date_start"),
        last=_day(row, "date_stop"),
        hour=_hour(row) if form.hourly else None,
        micros=in_units(row.get("spend")),
        clicks=_count(row.get("clicks")),
        impressions=_count(row.get("impressions")),
        conversions=claimed(row.get("actions", []), actions),
        value=round(claimed(row.get("action_values", []), actions, in_units)),
    )


def each_once(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The rows, if none says again what another said.

    Raises:
        MetaFailure: one does; which of them holds nobody can say.
    """
    found: dict[tuple[str, str, date, int | None], Row] = {}
    for row in rows:
        if found.setdefault((row.of, row.part, row.first, row.hour), row) is not row:
            raise unreadable("two rows are about the same")
    return tuple(found.values())


def of_one_day(rows: Iterable[Row], first: date, last: date) -> tuple[Row, ...]:
    """The rows, if each is about one of these days.

    Raises:
        MetaFailure: one spans several, or lies outside.
    """
    known = tuple(rows)
    if any(row.first != row.last or not first <= row.first <= last for row in known):
        raise unreadable("a row is not about one of the days")
    return known


def of_span(rows: Iterable[Row], first: date, last: date) -> tuple[Row, ...]:
    """The rows, if each lies within these days.

    Raises:
        MetaFailure: one does not.
    """
    known = tuple(rows)
    if any(not first <= row.first <= row.last <= last for row in known):
        raise unreadable("a row is about other days")
    return known


def by_instant(rows: Iterable[Row], calendar: TenantCalendar, now: datetime) -> tuple[HourFigures, ...]:
    """Rows by local hour as hours in UTC, in order; without conversions.

    Where clocks go back Meta has one row for the hour that comes twice: it is shared out equally over those that have
    begun. An hour that clocks leave out has no row; one that comes all the same goes to the next hour.
    """
    found: dict[datetime, HourFigures] = {}
    for row in rows:
        hours = _hours(row, calendar, now)
        for hour, micros in zip(hours, split(row.micros, [1] * len(hours)), strict=True):
            clicks, impressions = row.clicks / len(hours), row.impressions / len(hours)
            before = found.get(hour, HourFigures(hour, 0, 0.0, 0.0, 0.0))
            found[hour] = HourFigures(
                hour, before.micros + micros, before.clicks + clicks, before.impressions + impressions, 0.0
            )
    return tuple(found[hour] for hour in sorted(found))


def with_conversions(
    hours: Sequence[HourFigures], days: Iterable[Row], calendar: TenantCalendar
) -> tuple[HourFigures, ...]:
    """The hours with each day's conversions shared out by their clicks, so that they add up to the day's.

    Meta gives no conversions by hour that happen off its own sites (page on breakdowns, restrictions): in a row by the
    hour they are absent, which is not none.
    """
    found = {row.hour: row for row in hours}
    for day in days:
        same = [row for row in hours if calendar.day_of(row.hour) == day.first]
        same = same or [HourFigures(calendar.bounds(day.first)[0], 0, 0.0, 0.0, 0.0)]
        weights = [round(row.clicks * _FINE) for row in same]
        shares = split(round(day.conversions * _FINE), weights)
        found |= {row.hour: replace(row, conversions=share / _FINE) for row, share in zip(same, shares, strict=True)}
    return tuple(found[hour] for hour in sorted(found))


def _hours(row: Row, calendar: TenantCalendar, now: datetime) -> Sequence[datetime]:
    assert row.hour is not None
    day = calendar.hours(row.first)
    same = [hour for hour in day if calendar.local(hour).hour == row.hour]
    if not same:
        return [next((hour for hour in day if calendar.local(hour).hour > row.hour), day[-1])]
    return [hour for hour in same if hour <= now] or same[:1]


def claimed(entries: Any, actions: Sequence[str], number: Callable[[Any], float] | None = None) -> float:
    """What an action list has for the first of these types; an absent type means zero.

    Raises:
        MetaFailure: the list is none, or names a type twice.
    """
    if not isinstance(entries, list):
        raise unreadable("actions are no list")
    known: dict[str, Json] = {}
    for one in cast("list[Any]", entries):
        action = objects(one, "an action")
        kind = _text(action, "action_type")
        if kind in actions and kind in known:
            raise unreadable("an action comes twice")
        known[kind] = action
    chosen = next((known[kind] for kind in actions if kind in known), None)
    return 0 if chosen is None else _in_windows(chosen, number or _count)


def _in_windows(action: Mapping[str, Any], number: Callable[[Any], float]) -> float:
    """The windows that were asked for, added up; one that is absent is zero. Without any, the value as it stands."""
    windows = [key for key in action if key not in ("action_type", "value")]
    if windows:
        return sum(number(action[window]) for window in WINDOWS if window in action)
    return number(action.get("value"))


def _text(row: Json, field: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not value:
        raise unreadable(f"{field} is missing in a row")
    return value


def _day(row: Json, field: str) -> date:
    try:
        return date.fromisoformat(_text(row, field)[:10])
    except ValueError:
        pass
    raise unreadable(f"{field} is no day")


def _hour(row: Json) -> int:
    """The hour of `13:00:00 - 13:59:59`."""
    hour = _text(row, BY_HOUR)[:2]
    if not (hour.isascii() and hour.isdigit() and int(hour) < 24):
        raise unreadable("a row's hour is none")
    return int(hour)


def in_units(value: Any) -> int:
    """An amount in units of the currency, in micros.

    Raises:
        MetaFailure: it is none.
    """
    amount = in_micros(value) if isinstance(value, str) else None
    if amount is None:
        raise unreadable("an amount is no number")
    return amount


def _count(value: Any) -> float:
    """A count, which may be fractional."""
    number = float(value) if isinstance(value, str) and NUMBER.fullmatch(value) else -1.0
    if not 0 <= number < 1e15:
        raise unreadable("a count is no number")
    return number
