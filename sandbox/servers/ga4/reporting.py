# pyright: basic
"""Answers to report requests: the traffic by the dimensions that are asked for, page by page, with its metadata."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import grpc
from google.analytics.data_v1beta import types

from sandbox.servers.ga4.conduct import Conduct, Failure
from sandbox.servers.ga4.traffic import Hit, Traffic, dimensions_of, first_instant

OTHER = "(other)"
WHEN = ("date", "dateHour")
MONEY = ("purchaseRevenue",)
SCHEMA = "For a list of valid dimensions and metrics, see https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema."
Table = dict[tuple[str, ...], list[float]]


class Refused(Exception):
    """The request gets an error."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.text)


def answer(request: Any, traffic: Traffic, currency: str, zone: ZoneInfo) -> Any:
    """A core report."""
    conduct = traffic.conduct
    names = [one.name for one in request.dimensions]
    metrics = [one.name for one in request.metrics]
    _must_exist(names, metrics, conduct)
    table = {} if conduct.empty_reason else _table(request, traffic, names, metrics, zone)
    cut = _rolled(table, names, conduct)
    rows = sorted(table.items(), key=lambda row: (-row[1][0], row[0]))
    start, most = request.offset, min(request.limit or 10_000, conduct.page_rows)
    bare = conduct.without_headers and not rows
    return types.RunReportResponse(
        dimension_headers=[] if bare else [types.DimensionHeader(name=name) for name in names],
        metric_headers=[] if bare else [types.MetricHeader(name=name, type_=_type(name)) for name in metrics],
        rows=[_row(labels, numbers) for labels, numbers in rows[start : start + most]],
        row_count=len(rows),
        metadata=_metadata(conduct, request.currency_code or conduct.property_currency or currency, zone, cut=cut),
        kind="analyticsData#runReport",
    )


def realtime(request: Any, traffic: Traffic) -> Any:
    """A realtime report: sessions start, and key events happen."""
    conduct = traffic.conduct
    back = 59 if conduct.premium else 29
    ranges = list(request.minute_ranges) or [types.MinuteRange(start_minutes_ago=29, end_minutes_ago=0)]
    if any(one.start_minutes_ago > back for one in ranges):
        raise Refused(
            Failure(grpc.StatusCode.INVALID_ARGUMENT, f"Minute ranges must be within the last {back + 1} minutes.")
        )
    key = conduct.key_event
    rows: list[Any] = []
    for number, one in enumerate(ranges):
        sessions, conversions = traffic.minutes(one.start_minutes_ago, one.end_minutes_ago)
        named = (one.name or f"date_range_{number}",) if len(ranges) > 1 else ()
        counts = {
            "session_start": (sessions, 0.0),
            key: (conversions, conversions if conduct.counts_key_event else 0.0),
        }
        rows += [_row((name, *named), pair) for name, pair in counts.items() if pair[0] and _wants(request, name)]
    headers = ["eventName", *(["dateRange"] if len(ranges) > 1 else [])]
    metrics = [types.MetricHeader(name=one.name, type_=_type(one.name)) for one in request.metrics]
    bare = conduct.without_headers and not rows
    return types.RunRealtimeReportResponse(
        dimension_headers=[] if bare else [types.DimensionHeader(name=name) for name in headers],
        metric_headers=[] if bare else metrics,
        rows=rows,
        row_count=len(rows),
        kind="analyticsData#runRealtimeReport",
    )


def metadata(conduct: Conduct, property_id: str) -> Any:
    """What the property can be asked for; the metrics of single key events are named after them."""
    own = ["sessions", "keyEvents", "eventCount", "eventValue", "purchaseRevenue"]
    own += [f"keyEvents:{conduct.key_event}"] if conduct.counts_key_event else []
    return types.Metadata(
        name=f"properties/{property_id}/metadata", metrics=[types.MetricMetadata(api_name=name) for name in own]
    )


def _table(request: Any, traffic: Traffic, names: Sequence[str], metrics: Sequence[str], zone: ZoneInfo) -> Table:
    table: Table = {}
    first, conduct = request.date_ranges[0].start_date, traffic.conduct
    for hit in traffic.hits(first_instant(first, zone)):
        said = dimensions_of(hit, zone, conduct)
        if not _passes(request.dimension_filter, said):
            continue
        numbers = [_measure(metric, hit, conduct) for metric in metrics]
        sums = table.setdefault(tuple(said[name] for name in names), [0.0] * len(metrics))
        sums[:] = [one + more for one, more in zip(sums, numbers, strict=True)]
    least = conduct.least_sessions
    return {labels: sums for labels, sums in table.items() if any(sums) and (least is None or sums[0] >= least)}


def _measure(metric: str, hit: Hit, conduct: Conduct) -> float:
    if metric == "sessions":
        return hit.sessions
    if metric.startswith("keyEvents"):
        return hit.conversions if conduct.counts_key_event else 0.0
    return hit.value if metric == "eventValue" or conduct.key_event == "purchase" else 0.0


def _rolled(table: Table, names: Sequence[str], conduct: Conduct) -> bool:
    """Roll the smallest rows of each day into one; whether there were any."""
    if conduct.keep_rows is None:
        return False
    ranked = sorted(table, key=lambda labels: -table[labels][0])
    kept: dict[tuple[str, ...], int] = {}
    cut = False
    for labels in ranked:
        when = tuple(value for name, value in zip(names, labels, strict=True) if name in WHEN)
        kept[when] = kept.get(when, 0) + 1
        if kept[when] > conduct.keep_rows:
            rest = tuple(value if name in WHEN else OTHER for name, value in zip(names, labels, strict=True))
            gone = table.pop(labels)
            if not conduct.hide_other:
                table[rest] = [a + b for a, b in zip(table.get(rest, [0.0] * len(gone)), gone, strict=True)]
            cut = True
    return cut


def _metadata(conduct: Conduct, currency: str, zone: ZoneInfo, *, cut: bool) -> Any:
    reasons = types.ResponseMetaData.DataTruncationReason
    schema = types.ResponseMetaData.SchemaRestrictionResponse
    restricted = [schema.ActiveMetricRestriction(metric_name=name) for name in conduct.restricted]
    found = types.ResponseMetaData(
        currency_code=conduct.currency or currency,
        time_zone="" if conduct.time_zone == "" else zone.key,
        data_loss_from_other_row=cut,
        subject_to_thresholding=conduct.least_sessions is not None,
        schema_restriction_response=schema(active_metric_restrictions=restricted),
    )
    if conduct.empty_reason:
        found.empty_reason = conduct.empty_reason
    if conduct.sampled is not None:
        read, space = conduct.sampled
        found.sampling_metadatas = [types.SamplingMetadata(samples_read_count=read, sampling_space_size=space)]
    if conduct.truncated_before is not None:
        kind = reasons.DataTruncationType.DATA_TRUNCATION_TYPE_PROPERTY
        found.data_truncation_reasons = [
            reasons(data_truncation_type=kind, data_truncation_date=conduct.truncated_before)
        ]
    return found


def _must_exist(names: Sequence[str], metrics: Sequence[str], conduct: Conduct) -> None:
    single = f"keyEvents:{conduct.key_event}" if conduct.counts_key_event else None
    for metric in metrics:
        if metric not in ("sessions", "keyEvents", "eventValue", "purchaseRevenue", single):
            text = f"Did you mean sessions? Field {metric} is not a valid metric. {SCHEMA}"
            raise Refused(Failure(grpc.StatusCode.INVALID_ARGUMENT, text))
    for name in names:
        if name not in WHEN and not name.startswith(("session", "firstUser")):
            text = f"Did you mean date? Field {name} is not a valid dimension. {SCHEMA}"
            raise Refused(Failure(grpc.StatusCode.INVALID_ARGUMENT, text))


def _passes(wanted: Any, said: Mapping[str, str]) -> bool:
    listed = wanted.filter
    return not listed.field_name or said[listed.field_name] in list(listed.in_list_filter.values)


def _wants(request: Any, event: str) -> bool:
    listed = request.dimension_filter.filter
    return not listed.field_name or event in list(listed.in_list_filter.values)


def _type(metric: str) -> Any:
    kinds = types.MetricType
    if metric in MONEY:
        return kinds.TYPE_CURRENCY
    return kinds.TYPE_INTEGER if metric in ("sessions", "eventCount") else kinds.TYPE_FLOAT


def _row(labels: Sequence[str], numbers: Sequence[float]) -> Any:
    return types.Row(
        dimension_values=[types.DimensionValue(value=label) for label in labels],
        metric_values=[types.MetricValue(value=_text(number)) for number in numbers],
    )


def _text(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(float(number))
