# pyright: basic
"""One recorded answer of Google Ads, served to the adapter: what it understands of it, or why it does not.

Recorded rows answer somebody else's question. Where no row says whose it is, nobody asked for that: the account is made
the tenant's, and figures that none of the rows has are filled in, said not to have been asked for, and never shown.
Rows that do say whose they are answer ours, and what they lack, they lack.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from threading import Lock
from typing import Any

import grpc
from google.ads.googleads.v26.services.types import google_ads_service as service
from google.protobuf.json_format import ParseDict, ParseError

from common.adapters.opening import Opening
from common.adapters.platforms.google_ads import connect, upload_summaries
from common.domain.account import Account
from common.domain.calendar import TenantCalendar
from common.domain.change import Setting
from common.domain.tenant import Tenant
from common.domain.verticals import Vertical
from common.ports.ad_platform import AdPlatform, EntityRef, PlatformChange, PlatformRefused, PlatformUnavailable
from sandbox.servers.google_ads.failures import Fault, end
from sandbox.servers.google_ads.fields import made
from sandbox.servers.google_ads.gaql import parsed
from sandbox.servers.google_ads.server import listening

TIMEOUT = 5.0
NUMBER, CURRENCY, ZONE = "1234567890", "EUR", "Europe/Madrid"
_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ABORTED"}
_MORE = {429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED"}
_VERSION = re.compile(r"googleads\.v\d+\.")
_BESIDE = {"campaign_criterion", "change_event", "geo_target_constant"}
"""What is asked beside the settings of campaigns: other rows do not answer it."""
_FIGURES = ("clicks", "impressions", "conversions", "conversions_value")
_OWN = {"mutate_operation_responses", "mutateOperationResponses", "partial_failure_error", "partialFailureError"}


def outcome(case: Mapping[str, Any]) -> str:
    """What the adapter makes of a body: `parsed: ...` with its numbers, or `refused: CODE: sentence`. Never raises."""
    try:
        body = _read(case)
        served = _served(body, int(case.get("http_status") or 200))
    except (ParseError, ValueError, TypeError, AttributeError, RecursionError, SystemError, OverflowError) as error:
        return f"refused: bad_answer: no answer of Google Ads: {type(error).__name__}"
    with _replay().lock:
        _replay().served = served
        try:
            return _asked(served)
        except (PlatformUnavailable, PlatformRefused) as error:
            code = _code(error)
            return f"refused: {code}: {str(error).removeprefix(f'{code}: ')}{served.read}"


@dataclass(slots=True)
class _Served:
    """An answer, as it goes out."""

    rows: list[Any] = field(default_factory=list)
    fault: Fault | None = None
    mutated: Any = None
    unasked: list[str] = field(default_factory=list)
    """Figures for which nobody asked when it was recorded."""
    writes: int = 0
    """How many changes are to be written for it: none where it answers a search."""

    @property
    def number(self) -> str:
        """Whose rows they are."""
        found = (re.search(r"customers/(\d+)", str(row)) for row in self.rows)
        return next((one[1] for one in found if one), NUMBER)

    @property
    def days(self) -> list[date]:
        """The days that it tells of, in order."""
        return sorted(day for row in self.rows if (day := _day(row.segments.date)) is not None)

    @property
    def read(self) -> str:
        """What the client read, for who compares."""
        if not self.rows:
            return ""
        micros, clicks = (sum(getattr(row.metrics, name) for row in self.rows) for name in ("cost_micros", "clicks"))
        return f" (the client read {len(self.rows)} rows: cost_micros {micros}, clicks {clicks})"


def _read(case: Mapping[str, Any]) -> Any:
    body = json.loads(case["raw_body"]) if "raw_body" in case else case["body"]
    return json.loads(_VERSION.sub("googleads.v26.", json.dumps(body)))


def _served(body: Any, status: int) -> _Served:
    chunks = body if isinstance(body, list) else [body]
    if not all(isinstance(chunk, Mapping) for chunk in chunks):
        raise ValueError("neither an answer nor a list of such")
    for chunk in chunks:
        if "error" in chunk or "errors" in chunk or status >= 400:
            return _failed(chunk, status)
    if chunks and _OWN & set(chunks[0]):
        answer = ParseDict(dict(chunks[0]), service.MutateGoogleAdsResponse.pb()(), ignore_unknown_fields=True)
        count = len(answer.mutate_operation_responses) or len(chunks[0].get("results") or ())
        while len(answer.mutate_operation_responses) < count:
            answer.mutate_operation_responses.add()
        return _Served(mutated=answer, writes=max(1, count))
    rows = [row for chunk in chunks for row in chunk.get("results") or ()]
    served = _Served([ParseDict(row, service.GoogleAdsRow.pb()(), ignore_unknown_fields=True) for row in rows])
    if not any(row.customer.currency_code or row.customer.time_zone for row in served.rows):
        _complete(served)
    return served


def _complete(served: _Served) -> None:
    """Add what our question asks for and theirs did not."""
    number = served.number
    served.unasked += [one for one in _FIGURES if not any(row.metrics.HasField(one) for row in served.rows)]
    for row in served.rows:
        row.customer.resource_name = row.customer.resource_name or f"customers/{number}"
        row.customer.currency_code, row.customer.time_zone = CURRENCY, ZONE
        for one in served.unasked:
            setattr(row.metrics, one, 0)


def _failed(chunk: Mapping[str, Any], status: int) -> _Served:
    said = chunk.get("error", chunk)
    errors = list(chunk.get("errors") or ())
    for detail in said.get("details") or ():
        errors += detail.get("errors") or ()
    known = {**_STATUS, **_MORE}.get(status, "UNKNOWN")
    named = said.get("status") if said.get("status") in grpc.StatusCode.__members__ else known
    writes = any("operations" in json.dumps(error.get("location") or "") for error in errors)
    message = str(said.get("message") or "")
    return _Served(fault=Fault(named, [dict(error) for error in errors], message), writes=int(writes))


@dataclass(frozen=True, slots=True)
class _Question:
    """What the adapter is asked."""

    opening: Opening
    refs: list[EntityRef]
    first: date
    last: date
    unasked: Sequence[str]

    @property
    def platform(self) -> AdPlatform:
        """The account."""
        return connect(self.opening)


def _asked(served: _Served) -> str:
    """Ask what such an answer answers."""
    days = served.days
    first, last = (days[0], days[-1]) if days else (date(2026, 6, 1), date(2026, 6, 2))
    opening = _opening(served.number, datetime.combine(last, time(12), UTC) + timedelta(days=1))
    if served.writes:
        return _written(opening, served.writes)
    refs = [EntityRef(one, one, "campaign") for one in sorted(_campaigns(served))] or [EntityRef("1", "1", "campaign")]
    row = served.rows[0] if served.rows else service.GoogleAdsRow.pb()()
    ask = next((ask for tells, ask in _ASKED if tells(row)), _days)
    unasked = f" (not asked for there: {', '.join(served.unasked)})" if served.unasked and served.rows else ""
    return f"parsed: {ask(_Question(opening, refs, first, last, served.unasked))}{unasked}"


def _uploads(question: _Question) -> str:
    found = upload_summaries(question.opening, datetime(2000, 1, 1, tzinfo=UTC), TIMEOUT)
    return f"{len(found)} days of uploads, {sum(one.successful for one in found)} successful"


def _live(question: _Question) -> str:
    live = question.platform.live(question.refs, timeout=TIMEOUT)
    shown = ({setting.value: value for setting, value in one.values.items()} for one in live.values())
    return f"{len(live)} campaigns live: {'; '.join(map(str, shown))}"


def _hours(question: _Question) -> str:
    since = TenantCalendar.of(ZONE).bounds(question.first)[0]
    return f"hours: {_summed(question.platform.figures(question.refs, since, timeout=TIMEOUT).hours, question)}"


def _geos(question: _Question) -> str:
    found = question.platform.geos(question.refs, question.first, question.last, timeout=TIMEOUT)
    return f"geos: {_summed(found, question)}"


def _ads(question: _Question) -> str:
    found = question.platform.ads(question.refs, question.first, question.last, timeout=TIMEOUT)
    return f"ads: {_summed(found, question)}"


def _days(question: _Question) -> str:
    return f"days: {_summed(question.platform.days(question.refs, question.first, timeout=TIMEOUT).days, question)}"


_ASKED: list[tuple[Callable[[Any], bool], Callable[[_Question], str]]] = [
    (lambda row: row.HasField("offline_conversion_upload_client_summary"), _uploads),
    (lambda row: row.HasField("campaign_budget"), _live),
    (lambda row: row.segments.HasField("hour"), _hours),
    (lambda row: row.HasField("user_location_view"), _geos),
    (lambda row: row.HasField("ad_group_ad"), _ads),
]
"""What tells which question a row answers; the days of campaigns otherwise."""


def _written(opening: Opening, count: int) -> str:
    refs = [EntityRef(f"c{one}", str(one), "campaign") for one in range(1, count + 1)]
    changes = [PlatformChange(ref, Setting.DAILY_BUDGET, None, 5_000_000) for ref in refs]
    answers = connect(opening).apply("replayed", changes, timeout=TIMEOUT)
    refused = [one for one in answers if not one.ok]
    if refused:
        return f"refused: {refused[0].code}: {len(refused)} of {len(answers)} changes: {refused[0].detail}"
    return f"parsed: all {len(answers)} changes were taken"


def _summed(report: Mapping[str, Any], question: _Question) -> str:
    shown: list[str] = []
    for name, rows in report.items():
        figures = [f"{len(rows)} rows", f"cost_micros {sum(row.micros for row in rows)}"]
        for one in ("clicks", "conversions"):
            figures += [] if one in question.unasked else [f"{one} {sum(getattr(row, one) for row in rows):g}"]
        shown.append(f"{name}: {', '.join(figures)}")
    return "; ".join(shown) or "no campaign is answered for"


def _campaigns(served: _Served) -> Iterator[str]:
    for row in served.rows:
        named = re.fullmatch(r"customers/\d+/campaigns/(\d+)", row.campaign.resource_name)
        if named:
            yield named[1]


def _code(error: PlatformUnavailable | PlatformRefused) -> str:
    if isinstance(error, PlatformRefused):
        return error.code
    return error.trouble.code if error.trouble else "unavailable"


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class _At:
    """A clock that stands."""

    instant: datetime

    def now(self) -> datetime:
        """That instant."""
        return self.instant


def _opening(number: str, now: datetime) -> Opening:
    from common.adapters.calls import Calls

    tenant = Tenant(
        tenant_id="replayed", name="", currency=CURRENCY, time_zone=ZONE, vertical=Vertical.ECOMMERCE, tracks=("t",)
    )
    account, clock = Account(platform="google_ads", account_id=number), _At(now)
    calls = Calls("google_ads", clock, pause=lambda _: None)
    return Opening(tenant, account, lambda: "", clock, calls, _replay().address)


class _Replay:
    """The server that gives one answer to whatever is asked, but to who the account is."""

    def __init__(self) -> None:
        self.served, self.lock = _Served(), Lock()
        self._stack = ExitStack()
        self.address = self._stack.enter_context(listening(self.search, self.mutate))

    def search(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The recorded rows; for a write, campaigns that can be written."""
        query = parsed(request.query)
        if query.resource == "customer" or self.served.writes:
            ids = [int(str(value)) for one in query.conditions if one.field == "campaign.id" for value in one.values]
            rows = [_whose(request.customer_id)] if query.resource == "customer" else map(_campaign, ids)
            return service.SearchGoogleAdsResponse.pb()(results=made(rows, query))
        if self.served.fault is not None:
            end(context, self.served.fault, "replayed")
        about = [row for row in self.served.rows if query.resource not in _BESIDE or row.HasField(query.resource)]
        return service.SearchGoogleAdsResponse.pb()(results=about)

    def mutate(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The recorded answer, once what is to be written is valid."""
        if self.served.fault is not None:
            end(context, self.served.fault, "replayed")
        if request.validate_only or self.served.mutated is None:
            return service.MutateGoogleAdsResponse.pb()()
        return self.served.mutated


def _whose(number: str) -> dict[str, Any]:
    return {
        "customer.resource_name": f"customers/{number}",
        "customer.id": int(number),
        "customer.currency_code": CURRENCY,
        "customer.time_zone": ZONE,
    }


def _campaign(campaign_id: int) -> dict[str, Any]:
    return {
        **_whose(NUMBER),
        "campaign.resource_name": f"customers/{NUMBER}/campaigns/{campaign_id}",
        "campaign.id": campaign_id,
        "campaign.name": f"campaign {campaign_id}",
        "campaign.status": "ENABLED",
        "campaign.campaign_budget": f"customers/{NUMBER}/campaignBudgets/{campaign_id}",
        "campaign_budget.resource_name": f"customers/{NUMBER}/campaignBudgets/{campaign_id}",
        "campaign_budget.period": "DAILY",
        "campaign_budget.amount_micros": 9_000_000,
        "campaign_budget.reference_count": 1,
    }


@cache
def _replay() -> _Replay:
    return _Replay()
