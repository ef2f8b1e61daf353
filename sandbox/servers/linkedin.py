"""LinkedIn's Marketing API over loopback, with the campaigns of a simulated market: what its adapter is proved on.

It speaks as the API does: Rest.li's headers and lists, amounts as decimal text, days of UTC, a batch whose parts fail
on their own. An account stands for each platform that the scenario uses; ids are numbers in the order of names.
"""

import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from threading import Lock
from typing import Any
from urllib.parse import unquote

from common.domain.change import Setting, Status, Value
from common.domain.money import MICROS, from_units
from common.ports.ad_platform import AdPlatform, EntityRef, PlatformChange, PlatformUnavailable
from sandbox.servers.json_server import Dropped, Reply, Request, serving
from sandbox.world import World

FIRST_ACCOUNT, FIRST_CAMPAIGN = 500_000_001, 600_000_001
LEAST = 10 * MICROS
"""The least daily budget, about what LinkedIn asks for in dollars."""
_STATUS = {"ACTIVE": Status.ENABLED.value, "PAUSED": Status.PAUSED.value}
_SHOWN = {status: name for name, status in _STATUS.items()}
_BUDGETS = {"dailyBudget": Setting.DAILY_BUDGET, "totalBudget": Setting.TOTAL_BUDGET}
_ACCOUNT = re.compile(r"/rest/adAccounts/([0-9]+)(/adCampaigns\?ids=List\(([0-9,]+)\))?")
_REPORT = re.compile(r"/rest/adAnalytics\?q=analytics&pivot=(CAMPAIGN|ACCOUNT)&timeGranularity=DAILY&(.+)")
_DATE = re.compile(r"\(year:([0-9]+),month:([0-9]+),day:([0-9]+)\)")
_URN = re.compile(r"urn:li:sponsored(?:Campaign|Account):([0-9]+)")


class Refused(Exception):
    """An answer that is an error, as the API words it."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        self.reply = Reply(
            status, {"status": status, "code": code, "message": message, **more}, {"x-li-uuid": "AAYx=="}
        )


@dataclass
class LinkedInServer:
    """The market as LinkedIn shows it. What a test may change is here; a change holds from the next request on."""

    world: World
    address: str = ""
    currency: str | None = None
    """Of all accounts; `None`: the scenario's."""
    account_status: str = "ACTIVE"
    role: str = "CAMPAIGN_MANAGER"
    shown: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """Fields of campaigns, by external id, that are shown otherwise than they are in the market."""
    edit: Callable[[Request, Reply], Reply] = lambda _, reply: reply
    """Changes an answer before it is sent; what a write did, it did. May raise `Dropped`."""
    requests: list[Request] = field(default_factory=list[Request])
    _lock: Lock = field(default_factory=Lock)

    def external_id(self, name: str) -> str:
        """What a campaign of the market is called here; ads are not served, and so numbers that nothing has."""
        names = sorted(self.world.market.lines)
        line, _, ad = name.partition("/ad-")
        return str(FIRST_CAMPAIGN + names.index(line) + (10_000 * int(ad) if ad else 0))

    def account_id(self, platform: str) -> str:
        """The account that stands for a platform of the scenario."""
        return str(FIRST_ACCOUNT + self._platforms.index(platform))

    def answer(self, request: Request) -> Reply:
        """What LinkedIn answers to a request."""
        with self._lock:
            self.requests.append(request)
            try:
                reply = self._answer(request)
            except Refused as refused:
                reply = refused.reply
            return self.edit(request, reply)

    @property
    def _platforms(self) -> list[str]:
        return sorted({line.channel.platform for line in self.world.market.lines.values()})

    def _answer(self, request: Request) -> Reply:
        if "linkedin-version" not in request.headers or request.headers.get("x-restli-protocol-version") != "2.0.0":
            raise Refused(
                400, "VERSION_MISSING", "A version must be present. Please specify a version by adding the header"
            )
        if request.path.startswith("/rest/adAccountUsers?q=authenticatedUser"):
            urns = (f"urn:li:sponsoredAccount:{self.account_id(name)}" for name in self._platforms)
            return Reply(200, {"elements": [{"account": urn, "role": self.role} for urn in urns]})
        report, account = _REPORT.fullmatch(request.path), _ACCOUNT.fullmatch(request.path)
        if report is not None:
            return self._report(report[1], report[2])
        if account is None:
            raise Refused(404, "RESOURCE_NOT_FOUND", "No virtual resource found")
        platform = self._platform(account[1])
        if account[2] is None:
            return Reply(200, self._account(account[1]))
        ids = account[3].split(",")
        return self._campaigns(platform, ids) if request.method == "GET" else self._patched(platform, ids, request)

    def _platform(self, account_id: str) -> str:
        """The platform that an account stands for, while it answers."""
        known = {self.account_id(name): name for name in self._platforms}
        if account_id not in known:
            raise Refused(404, "RESOURCE_NOT_FOUND", "Could not find entity")
        if self.world.market.error_mode(known[account_id]) == "unavailable":
            raise Refused(503, "SERVICE_UNAVAILABLE", "Service is unavailable")
        return known[account_id]

    def _account(self, account_id: str) -> dict[str, Any]:
        return {
            "id": int(account_id),
            "name": "A client",
            "currency": self.currency or self.world.scenario.currency,
            "status": self.account_status,
            "type": "BUSINESS",
            "test": False,
            "servingStatuses": ["RUNNABLE"],
            "version": {"versionTag": "3"},
        }

    def _line(self, platform: str, one: str) -> str | None:
        """The market's name of a campaign, if the account has it."""
        lines = self.world.market.lines
        return next((name for name in lines if self._is(name, one) and lines[name].channel.platform == platform), None)

    def _is(self, name: str, one: str) -> bool:
        return self.external_id(name) == one

    def _campaigns(self, platform: str, ids: list[str]) -> Reply:
        lines = {one: self._line(platform, one) for one in ids}
        results = {one: self._campaign(platform, one, line) for one, line in lines.items() if line is not None}
        missing = {one: {"status": 404, "code": "RESOURCE_NOT_FOUND"} for one, line in lines.items() if line is None}
        return Reply(200, {"results": results, "statuses": dict.fromkeys(results, 200), "errors": missing})

    def _campaign(self, platform: str, one: str, line: str) -> dict[str, Any]:
        ref = EntityRef(one, line, "campaign")
        values = self._market(platform).live([ref], timeout=1)[one].values
        changes = self.world.market.changes(line)
        at = changes[-1].at if changes else self.world.market.start
        budgets = {name: self._amount(values[setting]) for name, setting in _BUDGETS.items()}
        return {
            "id": int(one),
            "account": f"urn:li:sponsoredAccount:{self.account_id(platform)}",
            "name": line,
            "status": _SHOWN[str(values[Setting.STATUS])],
            "type": "SPONSORED_UPDATES",
            **{name: amount for name, amount in budgets.items() if amount is not None},
            "changeAuditStamps": {
                "lastModified": {"actor": "urn:li:person:AbC1", "time": round(at.timestamp() * 1000)},
            },
            "version": {"versionTag": str(len(changes) + 1)},
            **self.shown.get(one, {}),
        }

    def _amount(self, micros: Value) -> dict[str, str] | None:
        if not isinstance(micros, int):
            return None
        return {"amount": f"{micros / MICROS:.2f}", "currencyCode": self.currency or self.world.scenario.currency}

    def _market(self, platform: str) -> AdPlatform:
        return self.world.platforms(self.world.scenario.name, platform)

    def _patched(self, platform: str, ids: list[str], request: Request) -> Reply:
        """Each campaign's patch is taken whole or not at all."""
        if request.headers.get("x-restli-method") != "BATCH_PARTIAL_UPDATE" or set(request.body["entities"]) != set(
            ids
        ):
            raise Refused(400, "ILLEGAL_ARGUMENT", "Request body does not fit the keys")
        mode = self.world.market.error_mode(platform)
        if mode == "rate_limit":
            message = "Resource level throttle limit for calls to this resource is reached."
            raise Refused(429, "TOO_MANY_REQUESTS", message, serviceErrorCode=101)
        results: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for number, one in enumerate(ids):
            try:
                if mode == "partial" and number % 2:
                    raise Refused(500, "INTERNAL_SERVER_ERROR", "Internal Server Error")
                self._patch(platform, one, request.body["entities"][one]["patch"])
                results[one] = {"status": 204}
            except Refused as refused:
                errors[one] = refused.reply.body
        if mode == "timeout_after_apply":
            raise Dropped
        return Reply(200, {"results": results, "errors": errors}, {"x-li-uuid": "AAYx/patch=="})

    def _patch(self, platform: str, one: str, patch: Mapping[str, Any]) -> None:
        line = self._line(platform, one)
        if line is None:
            raise Refused(404, "RESOURCE_NOT_FOUND", "Could not find entity")
        ref = EntityRef(one, line, "campaign")
        for setting, after in list(self._settings(line, patch)):
            with suppress(PlatformUnavailable):  # it landed, and nobody will hear of it
                self._market(platform).apply("patch", [PlatformChange(ref, setting, None, after)], timeout=1)

    def _settings(self, line: str, patch: Mapping[str, Any]) -> Iterator[tuple[Setting, Value]]:
        if "totalBudget" in patch.get("$set", {}) and not self.world.market.lines[line].channel.native_cap:
            raise _wrong("totalBudget", "FIELD_NOT_ALLOWED")
        for name, value in patch.get("$set", {}).items():
            if name == "status":
                yield Setting.STATUS, _STATUS[value]
                continue
            if value["currencyCode"] != (self.currency or self.world.scenario.currency):
                raise _wrong(f"{name}/currencyCode", "INVALID_VALUE")
            micros = from_units(float(value["amount"]))
            if name == "dailyBudget" and micros < LEAST:
                raise _wrong("dailyBudget/amount", "FIELD_VALUE_TOO_LOW")
            yield _BUDGETS[name], micros
        for name in patch.get("$delete", ()):
            yield _BUDGETS[name], None

    def _report(self, pivot: str, query: str) -> Reply:
        (start, end), ids = (_day(found) for found in _DATE.findall(query)), _URN.findall(unquote(query))
        if pivot == "ACCOUNT":
            self._platform(ids[0])
            return Reply(200, {"paging": {"start": 0, "count": 10, "links": []}, "elements": []})
        rows: list[dict[str, Any]] = []
        for name, line in self.world.market.lines.items():
            if (one := self.external_id(name)) in ids:
                self._platform(self.account_id(line.channel.platform))
                rows += self._days(one, name, start, end)
        return Reply(200, {"paging": {"start": 0, "count": 10, "links": []}, "elements": rows})

    def _days(self, one: str, line: str, start: date, end: date) -> Iterator[dict[str, Any]]:
        """A row for each day of UTC on which anything happened."""
        channel, ref = self.world.market.lines[line].channel, EntityRef(one, line, "campaign")
        report = self._market(channel.platform).figures([ref], datetime.combine(start, time(), UTC), timeout=1)
        hours = report.hours[one]
        for day in sorted({row.hour.date() for row in hours}):
            if not start <= day <= end:
                continue
            rows = [row for row in hours if row.hour.date() == day]
            conversions = round(sum(row.conversions for row in rows))
            yield {
                "dateRange": {"start": _written(day), "end": _written(day)},
                "pivotValues": [f"urn:li:sponsoredCampaign:{one}"],
                "costInLocalCurrency": f"{sum(row.micros for row in rows) / MICROS:.6f}",
                "impressions": round(sum(row.impressions for row in rows)),
                "clicks": round(sum(row.clicks for row in rows)),
                "externalWebsiteConversions": conversions,
                "conversionValueInLocalCurrency": f"{conversions * channel.value_per_conversion:.1f}",
            }


@contextmanager
def served(world: World) -> Generator[LinkedInServer]:
    """Serves a world's campaigns for as long as the block lasts."""
    server = LinkedInServer(world)
    with serving(server.answer) as server.address:
        yield server


def _wrong(path: str, code: str) -> Refused:
    wrong = {"code": code, "input": {"inputPath": {"fieldPath": path}}, "description": "The value can't be used"}
    return Refused(422, "UNPROCESSABLE_ENTITY", "Input field validation failure", errorDetails={"inputErrors": [wrong]})


def _day(found: tuple[str, str, str]) -> date:
    return date(*map(int, found))


def _written(day: date) -> dict[str, int]:
    return {"year": day.year, "month": day.month, "day": day.day}
