"""Insights of a market: rows as Meta has them, everything in strings."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from common.adapters.platforms.meta.figures import BY_HOUR
from common.domain.calendar import TenantCalendar
from common.domain.figures import HourFigures
from common.domain.money import MICROS
from common.domain.verticals import Vertical
from common.ports.ad_platform import EntityRef
from sandbox.platform import SandboxPlatform
from sandbox.servers.meta.objects import Objects

_ACTIONS = {Vertical.ECOMMERCE: "purchase", Vertical.TOURISM: "purchase"}
_DAY = timedelta(days=1)
_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for insights."""

    level: str
    owner: str
    """What the ids are of: `campaign` or `adset`."""
    ids: Sequence[str]
    first: date
    last: date
    daily: bool
    breakdowns: Sequence[str]

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1


def asked(params: Mapping[str, str]) -> Asked:
    """The request of these parameters."""
    conditions = json.loads(params.get("filtering", "[]"))
    days = json.loads(params["time_range"])
    return Asked(
        level=params["level"],
        owner=conditions[0]["field"].partition(".")[0] if conditions else "account",
        ids=conditions[0]["value"] if conditions else (),
        first=date.fromisoformat(days["since"]),
        last=date.fromisoformat(days["until"]),
        daily=params.get("time_increment") == "1",
        breakdowns=json.loads(params.get("breakdowns", "[]")),
    )


def rows(objects: Objects, request: Asked) -> list[dict[str, Any]]:
    """Its rows; what was not delivered has none."""
    if request.level == "account":
        return _of_account(objects, request)
    return [
        row for external in request.ids if external in objects.named for row in _rows_of(objects, external, request)
    ]


def _rows_of(objects: Objects, external: str, request: Asked) -> Iterator[dict[str, Any]]:
    what = objects.named[external]
    platform, ref = SandboxPlatform(objects.market, ""), EntityRef("", what.line, "campaign")
    share = 1 if what.ad_set is None else objects.ad_sets(what.line)
    owner = {f"{request.owner}_id": external, "account_id": objects.account_id}
    if BY_HOUR in request.breakdowns:
        found = _by_hour(objects, platform, ref, request)
    elif request.breakdowns or request.level == "ad":
        found = _by_part(objects, platform, ref, request)
    else:
        found = _by_day(objects, platform, ref, request)
    for keys, figures in found:
        yield owner | keys | figures.body(share)


def _of_account(objects: Objects, request: Asked) -> list[dict[str, Any]]:
    """One row for the whole account and all days."""
    platform = SandboxPlatform(objects.market, "")
    refs = [EntityRef(line, line, "campaign") for line in objects.market.lines]
    days = platform.days(refs, request.first, timeout=_TIMEOUT).days
    found = [row for rows in days.values() for row in rows if row.day <= request.last]
    sums = [sum(column) for column in zip(*((*_of(row), row.value) for row in found), strict=True)]
    if not any(sums):
        return []
    figures = _Figures(round(sums[0]), sums[1], sums[2], sums[3], round(sums[4]), _action(objects))
    return [{"account_id": objects.account_id} | _dates(request.first, request.last) | figures.body(1)]


@dataclass(frozen=True, slots=True)
class _Figures:
    micros: int
    clicks: float
    impressions: float
    conversions: float
    value: int
    action: str

    def body(self, share: int) -> dict[str, Any]:
        """As a row has them; with ad sets each has an equal part."""
        body: dict[str, Any] = {
            "spend": f"{Decimal(self.micros) / MICROS / share:f}",
            "clicks": _text(self.clicks / share),
            "impressions": _text(self.impressions / share),
        }
        if self.clicks:
            body["actions"] = [
                {"action_type": "link_click", "value": _text(self.clicks), "7d_click": _text(self.clicks)}
            ]
        if self.conversions:
            claimed = _text(self.conversions / share)
            worth = f"{Decimal(self.value) / MICROS / share:f}"
            body.setdefault("actions", []).append({"action_type": self.action, "value": claimed, "7d_click": claimed})
            body["action_values"] = [{"action_type": self.action, "value": worth, "7d_click": worth}]
        return body


Found = Iterator[tuple[dict[str, str], _Figures]]


def _by_day(objects: Objects, platform: SandboxPlatform, ref: EntityRef, request: Asked) -> Found:
    for row in platform.days([ref], request.first, timeout=_TIMEOUT).days[""]:
        if row.day <= request.last:
            yield _dates(row.day, row.day), _Figures(*_of(row), row.value, _action(objects))


def _by_hour(objects: Objects, platform: SandboxPlatform, ref: EntityRef, request: Asked) -> Found:
    """The hours of the account's clock: one that comes twice has one row. Nothing of what happens off Meta's sites."""
    calendar = TenantCalendar.of(objects.market.scenario.timezone)
    hours = platform.figures([ref], calendar.bounds(request.first)[0], timeout=_TIMEOUT).hours[""]

    def place(row: HourFigures) -> tuple[date, int]:
        local = calendar.local(row.hour)
        return local.date(), local.hour

    for (day, hour), same in groupby(hours, place):
        if day <= request.last:
            sums = [sum(column) for column in zip(*map(_of, same), strict=True)]
            figures = _Figures(round(sums[0]), sums[1], sums[2], 0, 0, _action(objects))
            yield _dates(day, day) | {BY_HOUR: f"{hour:02}:00:00 - {hour:02}:59:59"}, figures


def _by_part(objects: Objects, platform: SandboxPlatform, ref: EntityRef, request: Asked) -> Found:
    ask = platform.ads if request.level == "ad" else platform.geos
    for part in ask([ref], request.first, request.last, timeout=_TIMEOUT)[""]:
        if part.micros or part.impressions:
            name = {"ad_id": objects.external_id(part.part)} if request.level == "ad" else {}
            name |= {} if request.level == "ad" else {"country": objects.country(part.part)}
            figures = _Figures(*_of(part), 0, _action(objects))
            yield _dates(request.first, request.last) | name, figures


def _of(row: Any) -> tuple[int, float, float, float]:
    return row.micros, row.clicks, row.impressions, row.conversions


def _dates(first: date, last: date) -> dict[str, str]:
    return {"date_start": first.isoformat(), "date_stop": last.isoformat()}


def _action(objects: Objects) -> str:
    return _ACTIONS.get(objects.market.scenario.vertical, "lead")


def _text(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(float(number))
