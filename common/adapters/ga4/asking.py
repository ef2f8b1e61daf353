# pyright: basic
"""The calls to one property: within the time and the tokens that are left, page by page until all is there."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from time import monotonic
from typing import Any, TypeVar

import google.auth
import grpc
from google.analytics.data_v1beta import BetaAnalyticsDataClient, types
from google.analytics.data_v1beta.services.beta_analytics_data.transports import BetaAnalyticsDataGrpcTransport
from google.api_core.exceptions import GoogleAPICallError
from google.oauth2 import service_account

from common.adapters.calls import CallFailed
from common.adapters.ga4.asked import Wanted
from common.adapters.ga4.budget import UNTOLD, Budget, Use
from common.adapters.ga4.report import Asked, Report, Row, page, report
from common.adapters.ga4.troubles import judge
from common.adapters.opening import Opening
from common.domain.trouble import Trouble, TroubleKind

SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
IN_ONE = 5
"""Reports that one batch may have."""
ROWS = 100_000
"""Rows of a page; GA4 gives at most 250,000."""
STANDARD_BACK, PREMIUM_BACK = 29, 59
"""Minutes that realtime goes back, of a standard property and of one of Analytics 360."""
STANDARD_DAY = 200_000
"""Tokens a day of a standard property: only one of Analytics 360 can have more left."""
T = TypeVar("T")
Columns = tuple[tuple[str, ...], tuple[str, ...]]
"""Names of dimensions and of metrics."""
Range = tuple[str, int, int]
"""A name, and the minutes ago that it begins and ends with."""


class Deadline:
    """The seconds that one question may take, with all its calls."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds."""
        return max(0.0, self._end - monotonic())


class Asking:
    """One property, asked through its tenant's calls and budget."""

    def __init__(self, opening: Opening) -> None:
        self._opening, self._property = opening, opening.account.account_id
        self.budget = Budget(opening.tenant.ga4.tokens_a_day)
        self.minutes_back = STANDARD_BACK
        self._made: BetaAnalyticsDataClient | None = None

    def realtime(self, columns: Columns, ranges: Sequence[Range], events: Sequence[str], timeout: float) -> Report:
        """What happens within ranges of minutes; of these events only, where any are named."""
        dimensions, names = columns
        request = types.RunRealtimeReportRequest(
            property=f"properties/{self._property}",
            dimensions=[types.Dimension(name=name) for name in dimensions],
            metrics=[types.Metric(name=name) for name in names],
            minute_ranges=[
                types.MinuteRange(name=name, start_minutes_ago=first, end_minutes_ago=last)
                for name, first, last in ranges
            ],
            dimension_filter=_among("eventName", events) if events else None,
            limit=ROWS,
            return_property_quota=True,
        )
        asked = Asked(self._property, Wanted((*dimensions, *(["dateRange"] * (len(ranges) > 1))), names, ""))
        answer = self._call(
            Use.REALTIME, Deadline(timeout), lambda client, rest: client.run_realtime_report(request, **rest)
        )
        self._paid(Use.REALTIME, [answer])
        rows = page(answer, asked)
        if len(rows) < answer.row_count:
            asked.refuse(f"has {answer.row_count} rows, of which {len(rows)} came")
        return report([rows], None, asked)

    def reports(self, use: Use, wanted: Sequence[Wanted], timeout: float) -> tuple[Report, ...]:
        """These reports, in as few calls as may be."""
        deadline = Deadline(timeout)
        parts = [wanted[at : at + IN_ONE] for at in range(0, len(wanted), IN_ONE)]
        return tuple(one for part in parts for one in self._batch(use, part, deadline))

    def metadata(self, timeout: float) -> frozenset[str]:
        """The names of the metrics that the property has."""
        name = f"properties/{self._property}/metadata"
        found = self._call(Use.DAYS, Deadline(timeout), lambda client, rest: client.get_metadata(name=name, **rest))
        self.budget.spend(Use.DAYS, UNTOLD, self._opening.clock.now())
        return frozenset(metric.api_name for metric in found.metrics)

    def _batch(self, use: Use, wanted: Sequence[Wanted], deadline: Deadline) -> Iterator[Report]:
        requests = [self._request(one) for one in wanted]
        batch = types.BatchRunReportsRequest(property=f"properties/{self._property}", requests=requests)
        answer = self._call(use, deadline, lambda client, rest: client.batch_run_reports(batch, **rest))
        self._paid(use, answer.reports)
        for number, one in enumerate(wanted):
            asked = Asked(self._property, one)
            if number >= len(answer.reports):
                asked.refuse(f"has {len(answer.reports)} reports of {len(wanted)}")
            first = answer.reports[number]
            yield report(self._pages(use, requests[number], asked, first, deadline), first.metadata, asked)

    def _pages(self, use: Use, request: Any, asked: Asked, answer: Any, deadline: Deadline) -> list[tuple[Row, ...]]:
        pages, seen, count = [page(answer, asked)], len(answer.rows), answer.row_count
        while seen < count:
            more = types.RunReportRequest(request)
            more.offset = seen
            answer = self._call(use, deadline, lambda client, rest, more=more: client.run_report(more, **rest))
            self._paid(use, [answer])
            if not answer.rows:
                asked.refuse(f"has {count} rows, of which {seen} came")
            if answer.row_count != count:
                asked.refuse("changed while it was read page by page")
            pages.append(page(answer, asked, seen))
            seen += len(answer.rows)
        return pages

    def _request(self, wanted: Wanted) -> Any:
        return types.RunReportRequest(
            property=f"properties/{self._property}",
            dimensions=[types.Dimension(name=name) for name in wanted.dimensions],
            metrics=[types.Metric(name=name) for name in wanted.metrics],
            date_ranges=[types.DateRange(start_date=wanted.first, end_date="today")],
            dimension_filter=_among(wanted.only[0], [wanted.only[1]]) if wanted.only else None,
            currency_code=wanted.currency or "",
            limit=ROWS,
            return_property_quota=True,
        )

    def _call(self, use: Use, deadline: Deadline, call: Callable[[Any, dict[str, Any]], T]) -> T:
        """Through the tenant's budget and calls. GA4's client repeats nothing by itself when it is told not to.

        That a quota ran out is an answer: it is about reports or about realtime, never about the whole account.
        """
        now = self._opening.clock.now()
        self.budget.admit(use, now)

        def asked(seconds: float) -> T | Trouble:
            try:
                return call(self._client, {"retry": None, "timeout": seconds})
            except GoogleAPICallError as error:
                trouble = judge(error, self._property, now)
                if trouble is None or trouble.code != "quota_exhausted":
                    raise
                return trouble

        try:
            answer = self._opening.calls.read(
                asked, lambda error: judge(error, self._property, now), timeout=deadline.left
            )
        except CallFailed as failed:
            if failed.trouble.kind is TroubleKind.PERSON:
                self._made = None  # somebody will put it right in the secret: it is read again
            raise
        if isinstance(answer, Trouble):
            self.budget.close(use, answer.after or timedelta(), now)
            raise CallFailed(answer)
        return answer

    def _paid(self, use: Use, answers: Sequence[Any]) -> None:
        now = self._opening.clock.now()
        for answer in answers:
            quota = answer.property_quota
            told = quota.tokens_per_day.consumed
            self.budget.spend(use, told or UNTOLD, now)
            if quota.tokens_per_day.remaining > STANDARD_DAY:
                self.minutes_back = PREMIUM_BACK

    @property
    def _client(self) -> BetaAnalyticsDataClient:
        """Made at the first call. Python's own cache has one lock for all properties, and a secret may take long."""
        made = self._made
        if made is None:
            made = self._made = self._opened()
        return made

    def _opened(self) -> BetaAnalyticsDataClient:
        if self._opening.server is not None:
            channel = grpc.insecure_channel(self._opening.server, options=[("grpc.max_receive_message_length", -1)])
            return BetaAnalyticsDataClient(transport=BetaAnalyticsDataGrpcTransport(channel=channel))
        return BetaAnalyticsDataClient(credentials=_credentials(self._opening.credentials()))


def _among(dimension: str, values: Sequence[str]) -> Any:
    listed = types.Filter.InListFilter(values=list(values), case_sensitive=True)
    return types.FilterExpression(filter=types.Filter(field_name=dimension, in_list_filter=listed))


def _credentials(secret: str) -> Any:
    """What the secret holds: the JSON of a service account's key, or the word `default` for this process's own account.

    Raises:
        CallFailed: it holds something else.
    """
    if secret.strip() == "default":
        return google.auth.default(scopes=[SCOPE])[0]
    try:
        return service_account.Credentials.from_service_account_info(dict(json.loads(secret)), scopes=[SCOPE])
    except (ValueError, TypeError):
        said = "the secret with GA4's credentials holds neither the JSON key of a service account nor the word default"
        raise CallFailed(Trouble(TroubleKind.PERSON, "secret_unreadable", said)) from None  # the error may show the key
