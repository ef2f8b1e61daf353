# pyright: basic
"""One recorded answer of GA4, served to the adapter by the official client: what it understands of it, or why not.

A report that answers one of the adapter's own questions is asked for as that, through the port; one that answers
somebody else's question is asked for by its own columns, and read and doubted just the same.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from threading import Lock
from typing import Any

import grpc
from google.analytics.data_v1beta import types
from google.protobuf.json_format import ParseError

from common.adapters.calls import CallFailed, Calls
from common.adapters.ga4.asked import Wanted
from common.adapters.ga4.asking import Asking
from common.adapters.ga4.budget import Use
from common.adapters.ga4.campaigns import GOOGLE_ADS, NOTHING, SESSION
from common.adapters.ga4.clock import day_named
from common.adapters.ga4.counted import REALTIME
from common.adapters.ga4.property import Ga4Property
from common.adapters.opening import Opening
from common.domain.account import Account
from common.domain.figures import DayEvents, HourEvents
from common.domain.ga4_mapping import Ga4Mapping, Ga4Rule
from common.domain.tenant import Tenant
from common.domain.verticals import Vertical
from common.ports.ad_platform import EntityRef
from common.ports.analytics import AnalyticsUnavailable
from sandbox.servers.ga4.conduct import Failure
from sandbox.servers.ga4.server import PROPERTY_ID, abort, listening

TIMEOUT = 5.0
SOME_DAY = date(2026, 6, 1)
BROKEN = Failure(grpc.StatusCode.INTERNAL, "Exception deserializing response!")
"""What the client says where an answer is none of this API's."""
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


@dataclass(slots=True)
class _Served:
    """What is answered right now."""

    answer: Any = None
    failure: Failure | None = None
    ranges: tuple[str, ...] = ()
    """Names of the minute ranges of a realtime report, in their order."""

    @property
    def columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of its dimensions and metrics."""
        if self.answer is None:
            return (), ()
        named = (self.answer.dimension_headers, self.answer.metric_headers)
        dimensions, metrics = (tuple(one.name for one in headers) for headers in named)
        return dimensions, metrics

    @property
    def is_realtime(self) -> bool:
        """Whether it says that it is a realtime report."""
        return isinstance(self.answer, types.RunRealtimeReportResponse)

    @property
    def days(self) -> list[date]:
        """The days that its rows are of, in order."""
        return sorted(set(self._days()))

    def _days(self) -> Iterator[date]:
        for row in () if self.answer is None else self.answer.rows:
            for one in row.dimension_values[:1]:
                try:
                    yield day_named(one.value[:8])
                except ValueError:
                    continue


def outcome(case: Mapping[str, Any]) -> str:
    """What the adapter makes of a body: `parsed: ...` with its numbers, or `refused: CODE: sentence`. Never raises."""
    door = _door()
    with door.lock:
        door.served = _served(case)
        try:
            return f"parsed: {_asked(door)}"
        except (CallFailed, AnalyticsUnavailable) as error:
            trouble = error.trouble
            return "refused: unavailable: no reason" if trouble is None else f"refused: {trouble.code}: {trouble.said}"


def _served(case: Mapping[str, Any]) -> _Served:
    try:
        body = json.loads(case["raw_body"]) if "raw_body" in case else case["body"]
        status = int(case.get("http_status") or 200)
        if status >= 400 or "error" in body:
            return _Served(failure=_failure(body, status))
        realtime = "Realtime" in str(body.get("kind"))
        kind = types.RunRealtimeReportResponse if realtime else types.RunReportResponse
        return _Served(answer=kind.from_json(json.dumps(body), ignore_unknown_fields=True))
    except (ParseError, ValueError, TypeError, AttributeError, KeyError, RecursionError, SystemError):
        return _Served(failure=BROKEN)


def _failure(body: Any, status: int) -> Failure:
    error = body.get("error") or {}
    named = str(error.get("status"))
    if named not in grpc.StatusCode.__members__:
        named = _STATUS.get(int(error.get("code") or status), "UNKNOWN")
    reasons = [one.get("reason") for one in error.get("details") or () if isinstance(one, Mapping)]
    reason = next((one for one in reasons if isinstance(one, str)), None)
    return Failure(grpc.StatusCode[named], str(error.get("message") or ""), reason)


def _asked(door: "_Door") -> str:
    """Ask what this answer answers."""
    dimensions, metrics = door.served.columns
    labels = (SESSION.asked(rules=False), SESSION.asked(rules=True))
    key = [one.removeprefix("keyEvents:") for one in metrics if one.startswith("keyEvents:")]
    if door.served.is_realtime and (dimensions[:1], metrics) == REALTIME:
        found = Ga4Property(_opening(door, [], "purchase")).realtime(timeout=TIMEOUT)
        quarters = () if found is None else found.quarters
        return ", ".join(f"{one.sessions:g} sessions, {one.conversions:g} key events" for one in quarters)
    if not metrics or (dimensions[:1] == ("dateHour",) and dimensions[1:] in labels):
        return _by_entity(
            door, key, lambda source, refs, first: source.events(refs, _midnight(first), timeout=TIMEOUT).hours
        )
    if dimensions[:1] == ("date",) and dimensions[1:] in labels:
        return _by_entity(door, key, lambda source, refs, first: source.days(refs, first, timeout=TIMEOUT).days)
    return _as_it_is(door, dimensions, metrics)


def _by_entity(door: "_Door", key: list[str], ask: Callable[[Any, Any, date], Mapping[str, Any]]) -> str:
    days = door.served.days
    source = Ga4Property(_opening(door, days, key[0] if key else None))
    found = ask(source, list(_refs(door.served)), days[0] if days else SOME_DAY)
    told = [f"{entity} {_sums(rows)}" for entity, rows in sorted(found.items())]
    return "; ".join(told) or "no campaign is answered for"


def _sums(rows: tuple[DayEvents | HourEvents, ...]) -> str:
    sessions, conversions = (sum(getattr(row, name) for row in rows) for name in ("sessions", "conversions"))
    value = sum(row.value for row in rows if isinstance(row, DayEvents))
    return f"{sessions:g} sessions, {conversions:g} key events, value {value} micros"


def _as_it_is(door: "_Door", dimensions: tuple[str, ...], metrics: tuple[str, ...]) -> str:
    asking = Asking(_opening(door, [], None))
    if door.served.is_realtime:
        found = asking.realtime((dimensions, metrics), [("last", 15, 1)], (), TIMEOUT)
    else:
        found = asking.reports(Use.EVENTS, [Wanted(dimensions, metrics, "2020-01-01")], TIMEOUT)[0]
    sums = [sum(row.numbers[at] for row in found.rows) for at in range(len(metrics))]
    told = ", ".join(f"{metric} {total:g}" for metric, total in zip(metrics, sums, strict=True))
    return f"{len(found.rows)} rows of {' x '.join(dimensions) or 'nothing'}: {told}"


def _refs(served: _Served) -> Iterator[EntityRef]:
    """The campaigns that are named in it."""
    rows = () if served.answer is None else served.answer.rows
    known = {tuple(one.value for one in row.dimension_values[1:3]) for row in rows}
    for labels in sorted(known):
        for name, platform in zip(labels, (GOOGLE_ADS, "meta"), strict=False):
            if name not in NOTHING:
                yield EntityRef(f"{platform} {name}", name, "campaign", platform)


def _opening(door: "_Door", days: list[date], key_event: str | None) -> Opening:
    """A tenant whose property this may be, two days later."""
    now = _midnight((days[-1] if days else SOME_DAY) + timedelta(days=3))
    rules = (Ga4Rule(entity_id="none", source="nowhere"),) if len(door.served.columns[0]) > 3 else ()
    tenant = Tenant(
        tenant_id="replay",
        name="Replay",
        currency="EUR",
        time_zone="Europe/Madrid",
        vertical=Vertical.CUSTOM,
        tracks=("t",),
        ga4=Ga4Mapping(rules=rules, key_event=key_event),
    )
    clock = _Clock(now)
    calls = Calls(f"ga4 {PROPERTY_ID}", clock, pause=lambda _: None)
    return Opening(tenant, Account(platform="ga4", account_id=PROPERTY_ID), str, clock, calls, door.address)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Clock:
    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass(slots=True)
class _Door:
    """A server that answers whatever it is asked with one body."""

    address: str = ""
    served: _Served = field(default_factory=_Served)
    lock: Lock = field(default_factory=Lock)
    open: ExitStack = field(default_factory=ExitStack)

    def report(self, request: Any, context: Any) -> Any:
        """Any report; one that asks for other columns has none of these rows, and a second page has none either."""
        if self.served.failure is not None:
            abort(context, self.served.failure)
        asked = tuple(one.name for one in request.dimensions), tuple(one.name for one in request.metrics)
        if asked != self.served.columns and self.served.columns[0][1:] in (
            SESSION.asked(rules=False),
            SESSION.asked(rules=True),
        ):
            return self._other(*asked)
        if isinstance(self.served.answer, types.RunReportResponse) and request.offset:
            answer = types.RunReportResponse(self.served.answer)
            answer.rows = []
            return answer
        return self.served.answer

    def _other(self, dimensions: tuple[str, ...], metrics: tuple[str, ...]) -> Any:
        return types.RunReportResponse(
            dimension_headers=[types.DimensionHeader(name=name) for name in dimensions],
            metric_headers=[types.MetricHeader(name=name) for name in metrics],
            metadata=self.served.answer.metadata,
        )

    def batch(self, request: Any, context: Any) -> Any:
        """A batch of such."""
        return types.BatchRunReportsResponse(reports=[self.report(one, context) for one in request.requests])


@cache
def _door() -> _Door:
    """One for the whole process: it is closed with it."""
    door = _Door()
    methods = {
        "RunReport": (door.report, types.RunReportRequest, types.RunReportResponse),
        "BatchRunReports": (door.batch, types.BatchRunReportsRequest, types.BatchRunReportsResponse),
        "RunRealtimeReport": (door.report, types.RunRealtimeReportRequest, types.RunRealtimeReportResponse),
    }
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            answer, request_deserializer=asked.deserialize, response_serializer=answered.serialize
        )
        for name, (answer, asked, answered) in methods.items()
    }
    door.address = door.open.enter_context(listening(handlers))
    return door
