"""The numbers that are in a body, read without the adapter; and those that a door says the adapter understood.

A row is whose it is (`None`: that can't be told), and its numbers, `None` where one is missing or none. Sums are in the
words of the doors: money in micros, and as many digits as they print.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

Numbers = tuple[Decimal | None, ...]
Told = dict[str, tuple[int, Sequence[str]]]
"""By whose they are: how many rows, and the sums as they are printed."""


class HeldRow(NamedTuple):
    """One row of a body."""

    whose: str | None
    numbers: Numbers


class Reading(NamedTuple):
    """How to read one kind of body, and what is said of it."""

    rows: Callable[[Any], list[HeldRow]]
    told: Callable[[str], "Told | None"]
    """What a door said; `None`: the adapter was asked something else, since such columns are none of its own."""
    may_leave_out: bool = False
    """Whether one campaign that can't be understood is left out; otherwise nothing of the body is taken."""


def number(value: Any, *, scale: int = 1) -> Decimal | None:
    """A number from zero up that is finite, from JSON's number or text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = Decimal(str(value)) * scale
    except InvalidOperation:
        return None
    return found if found.is_finite() and found >= 0 else None


def part(value: Any, *path: str | int) -> Any:
    """What lies there; `None` where nothing does."""
    for step in path:
        known = isinstance(value, Mapping) if isinstance(step, str) else isinstance(value, list)
        try:
            value = value[step] if known else None
        except (KeyError, IndexError):
            return None
    return value


def entries(value: Any) -> list[Any]:
    """The list, or nothing."""
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]


def _google_rows(body: Any) -> list[HeldRow]:
    """A stream is a list of chunks, a search one of them."""
    chunks = entries(body) or [body]
    return [_google_row(row) for chunk in chunks for row in entries(part(chunk, "results"))]


def _google_row(row: Any) -> HeldRow:
    named = re.fullmatch(r"customers/\d+/campaigns/(\d+)", str(part(row, "campaign", "resourceName")))
    metrics = ("costMicros", "clicks", "conversions")
    return HeldRow(named and named[1], tuple(number(part(row, "metrics", name)) for name in metrics))


def _google_told(said: str) -> Told:
    form = r"(\d+): (\d+) rows, cost_micros (\d+), clicks ([-\w.+]+), conversions ([-\w.+]+)"
    return {one[0]: (int(one[1]), one[2:]) for one in re.findall(form, said)}


_PURCHASES = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")


def _meta_rows(body: Any) -> list[HeldRow]:
    return [_meta_row(row) for row in entries(part(body, "data"))]


def _meta_row(row: Any) -> HeldRow:
    known = part(row, "campaign_id")
    money, clicks = number(part(row, "spend"), scale=1_000_000), number(part(row, "clicks"))
    return HeldRow("all" if isinstance(known, str) else None, (money, clicks, _claimed(row)))


def _claimed(row: Any) -> Decimal | None:
    """Of an action that says nothing of windows its value, else both windows; of no such action nothing."""
    if not isinstance(row, Mapping) or "actions" not in row:
        return Decimal(0)
    if not isinstance(row["actions"], list):
        return None
    actions = {str(part(one, "action_type")): one for one in entries(row["actions"])}
    chosen = next((actions[name] for name in _PURCHASES if name in actions), None)
    if chosen is None:
        return Decimal(0)
    windows = [name for name in chosen if name not in ("action_type", "value")]
    values = [number(chosen[name]) for name in ("7d_click", "1d_view") if name in chosen]
    if not windows:
        return number(chosen.get("value"))
    return None if None in values else sum([one for one in values if one is not None], Decimal(0))


def _meta_told(said: str) -> Told:
    counts = r"clicks ([-\w.+]+), impressions [-\w.+]+, conversions ([-\w.+]+)"
    found = re.search(rf"(\d+) rows of \d+ campaigns: micros ([-\w.+]+), {counts}", said)
    return {"all": (int(found[1]), found.groups()[1:])} if found else {}


def _linkedin_rows(body: Any) -> list[HeldRow]:
    return [_linkedin_row(row) for row in entries(part(body, "elements"))]


def _linkedin_row(row: Any) -> HeldRow:
    named = re.fullmatch(r"urn:li:sponsoredCampaign:(\d+)", str(part(row, "pivotValues", 0)))
    cost, conversions = part(row, "costInLocalCurrency"), part(row, "externalWebsiteConversions")
    counts = [number(one) if type(one) is int else None for one in (part(row, "clicks"), conversions)]
    money = number(cost, scale=1_000_000) if isinstance(cost, str) else None
    return HeldRow(named and named[1], (money if money is None else round(money) + Decimal(0), *counts))


def _linkedin_told(said: str) -> Told:
    form = r"(\d+): (\d+) days, micros ([-\w.+]+), clicks ([-\w.+]+), conversions ([-\w.+]+)"
    return {one[0]: (int(one[1]), one[2:]) for one in re.findall(form, said)}


def _ga4_rows(body: Any) -> list[HeldRow]:
    """Rows of campaigns; what is of none is not told of."""
    return list(_ga4_of_campaigns(body))


def _ga4_of_campaigns(body: Any) -> Iterator[HeldRow]:
    """A label that is missing can't be told from an empty one, which GA4 gives for no campaign."""
    for row in entries(part(body, "rows")):
        labels = [part(row, "dimensionValues", place, "value") for place in (1, 2)]
        named = [name for name in labels if isinstance(name, str) and name not in ("", "(not set)", "(other)")]
        if named:
            yield HeldRow(named[0], tuple(number(part(row, "metricValues", place, "value")) for place in (0, 1)))


def _ga4_told(said: str) -> Told | None:
    """How many rows it does not say: -1."""
    if " rows of " in said:
        return None
    form = r"(?:google_ads|meta) (\S+) ([-\w.+]+) sessions, ([-\w.+]+) key events"
    return {one[0]: (-1, one[1:]) for one in re.findall(form, said)}


READINGS: Mapping[str, Reading] = {
    "google_ads/own_days_two_of_one_name": Reading(_google_rows, _google_told),
    "google_ads/own_hours": Reading(_google_rows, _google_told),
    "meta/own_days": Reading(_meta_rows, _meta_told),
    "meta/own_days_of_two_campaigns": Reading(_meta_rows, _meta_told),
    "linkedin/report": Reading(_linkedin_rows, _linkedin_told, may_leave_out=True),
    "ga4/own_days": Reading(_ga4_rows, _ga4_told, may_leave_out=True),
    "ga4/own_hours": Reading(_ga4_rows, _ga4_told, may_leave_out=True),
}
"""Bodies of the project with figures of campaigns, and how they are read."""
