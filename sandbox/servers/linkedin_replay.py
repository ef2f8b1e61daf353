"""One recorded answer of LinkedIn's, played to its adapter: what it makes of it, or why it refuses it.

The body decides what is asked: a report for days, campaigns for their settings, what became of patches for a write; an
account, an error or anything else for the account first. What comes before is answered as it should be, for the account
and the currency that the body is of.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from threading import Lock
from typing import Any

from common.adapters.calls import Calls
from common.adapters.opening import Opening
from common.adapters.platforms import linkedin
from common.adapters.rest import a_list, a_map
from common.domain.account import Account
from common.domain.change import Setting
from common.domain.figures import DayFigures
from common.domain.money import CURRENCIES, MICROS
from common.domain.tenant import Tenant
from common.domain.trouble import Trouble, TroubleKind
from common.domain.verticals import Vertical
from common.ports.ad_platform import AdPlatform, EntityRef, Live, PlatformChange, PlatformRefused, PlatformUnavailable
from sandbox.servers.json_server import Reply, Request, serving

TIMEOUT = 5.0
ERROR = 300
ANY, ACCOUNT = "", r"GET /rest/adAccounts/\d+$"
SHOWN, WRITTEN, REPORTED = "GET .*/adCampaigns", "POST .*/adCampaigns", "/adAnalytics"
_NOTHING = Trouble(TroubleKind.OURS, "bad_answer", "no campaign has figures that can be")
_ID = re.compile(r"[1-9][0-9]{0,18}")
_ACCOUNT = re.compile(r"urn:li:sponsoredAccount:([1-9][0-9]{0,18})")
_CAMPAIGN = re.compile(r"urn:li:sponsoredCampaign:([1-9][0-9]{0,18})")
_CODE = re.compile(r'"currency(?:Code)?": "([A-Z]{3})"')
_DAY = re.compile(r'"year": ([0-9]{4}), "month": ([0-9]{1,2}), "day": ([0-9]{1,2})')


def outcome(case: Mapping[str, Any]) -> str:
    """What the adapter makes of a body: `parsed: ...` with its numbers, or `refused: CODE: sentence`. Never raises."""
    door = _door()
    with door.lock:
        door.played = played = _Played.of(case)
        try:
            return f"parsed: {played.asked(linkedin.connect(played.opening(door.address)))}"
        except PlatformUnavailable as error:
            return f"refused: {error.trouble.code if error.trouble else 'unavailable'}: {error}"
        except PlatformRefused as error:
            return f"refused: {error}"


@dataclass(frozen=True, slots=True)
class _Played:
    """A body, and whose it is."""

    reply: Reply
    part: str
    """A pattern of the requests that it answers."""
    account: str
    currency: str
    campaigns: tuple[str, ...]
    first: date
    last: date

    @classmethod
    def of(cls, case: Mapping[str, Any]) -> "_Played":
        """Whose it is, as far as it says so."""
        body = case["body"] if "body" in case else str(case.get("raw_body")).encode()
        text = json.dumps(body) if "body" in case else ""
        status = case.get("http_status")
        reply = Reply(status if isinstance(status, int) and 200 <= status < 600 else 200, body, _headers(case))
        accounts, codes = _ACCOUNT.findall(text), [one for one in _CODE.findall(text) if one in CURRENCIES]
        shape = a_map(body)
        own = str(shape.get("id")) if "currency" in shape and _ID.fullmatch(str(shape.get("id"))) else "1"
        ids = [*a_map(shape.get("results")), *a_map(shape.get("errors")), *_CAMPAIGN.findall(text)]
        campaigns = tuple(dict.fromkeys(one for one in ids if _ID.fullmatch(one)))
        days = sorted(_days(text)) or [date(2026, 6, 1)]
        part = _part(shape, reply.status)
        return cls(reply, part, (accounts or [own])[0], (codes or ["EUR"])[0], campaigns or ("1",), days[0], days[-1])

    def opening(self, address: str) -> Opening:
        """The account on this machine, for a tenant that it fits."""
        tenant = Tenant(
            tenant_id="replay",
            name="replay",
            currency=self.currency,
            time_zone="UTC",
            vertical=Vertical.ECOMMERCE,
            tracks=("t",),
        )
        clock = _At(datetime.combine(self.last + timedelta(days=1), time(12), UTC))
        calls = Calls("linkedin", clock, pause=lambda _: None)
        return Opening(tenant, Account(platform="linkedin", account_id=self.account), str, clock, calls, address)

    def answer(self, request: Request) -> Reply:
        """The body where it belongs; elsewhere what should be."""
        if re.search(self.part, f"{request.method} {request.path}"):
            return self.reply
        if "/adAnalytics" in request.path:
            return Reply(200, {"elements": []})
        if "/adCampaigns" not in request.path:
            return Reply(200, {"id": int(self.account), "currency": self.currency, "status": "ACTIVE"})
        urn = f"urn:li:sponsoredAccount:{self.account}"
        return Reply(200, {"results": {one: {"id": one, "account": urn, "status": "ACTIVE"} for one in self.campaigns}})

    def asked(self, platform: AdPlatform) -> str:
        """Ask what such a body answers; in words."""
        refs = [EntityRef(one, one, "campaign") for one in self.campaigns]
        if self.part == WRITTEN:
            changes = [PlatformChange(ref, Setting.DAILY_BUDGET, None, 100 * MICROS) for ref in refs]
            answers = zip(refs, platform.apply("replay", changes, timeout=TIMEOUT), strict=True)
            return ", ".join(f"patch of {ref.entity_id} {answer.code or 'taken'}" for ref, answer in answers)
        if self.part == SHOWN:
            return _told(platform.live(refs, timeout=TIMEOUT), self.currency)
        report = platform.days(refs, self.first, timeout=TIMEOUT)
        if self.part == ACCOUNT:
            return f"account {self.account} in {self.currency}"
        if not report.days:
            raise PlatformUnavailable("no campaign has figures that can be", _NOTHING)
        return "; ".join(f"{one}: {_added_up(rows)}" for one, rows in report.days.items())


def _told(live: Mapping[str, Live], currency: str) -> str:
    if not live:
        return "no campaign is there any more"
    shown = {one: {setting.value: value for setting, value in found.values.items()} for one, found in live.items()}
    return f"{json.dumps(shown)} in {currency} micros"


def _added_up(rows: Sequence[DayFigures]) -> str:
    if not rows:
        return "no day on which anything happened"
    sums = {name: sum(getattr(row, name) for row in rows) for name in ("micros", "clicks", "conversions", "value")}
    return f"{len(rows)} days, {', '.join(f'{name} {total}' for name, total in sums.items())}"


@dataclass(frozen=True, slots=True)
class _At:
    """A clock that stands."""

    instant: datetime

    def now(self) -> datetime:
        """The instant."""
        return self.instant


class _Door:
    """The server that plays one body after the other."""

    def __init__(self) -> None:
        self.lock, self._open = Lock(), ExitStack()
        self.played: _Played | None = None
        self.address = self._open.enter_context(serving(self._answer))

    def _answer(self, request: Request) -> Reply:
        return Reply(503, {}) if self.played is None else self.played.answer(request)


@cache
def _door() -> _Door:
    return _Door()


def _part(body: Mapping[str, Any], status: int) -> str:
    results = list(map(a_map, a_map(body.get("results")).values()))
    if status >= ERROR:
        return ANY
    if results and not any("account" in one for one in results):
        return WRITTEN
    if "results" in body or "statuses" in body:
        return SHOWN
    if "currency" in body:
        return ACCOUNT
    return REPORTED if a_list(body.get("elements")) or "paging" in body else ANY


def _headers(case: Mapping[str, Any]) -> dict[str, str]:
    found = {str(name): str(value) for name, value in a_map(case.get("headers")).items()}
    return {
        name: value for name, value in found.items() if re.fullmatch(r"[A-Za-z0-9-]+", name) and value.isprintable()
    }


def _days(text: str) -> Iterator[date]:
    for year, month, day in _DAY.findall(text):
        with suppress(ValueError):
            yield date(int(year), int(month), int(day))
