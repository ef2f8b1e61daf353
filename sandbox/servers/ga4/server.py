# pyright: basic
"""The service `google.analytics.data.v1beta.BetaAnalyticsData` on a port of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

import grpc
from google.analytics.data_v1beta import types
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

from sandbox.servers.ga4 import reporting
from sandbox.servers.ga4.conduct import Conduct, Failure
from sandbox.servers.ga4.quota import METADATA, Quota, cost
from sandbox.servers.ga4.reporting import Refused
from sandbox.servers.ga4.traffic import Traffic
from sandbox.world import World

SERVICE = "google.analytics.data.v1beta.BetaAnalyticsData"
PROPERTY_ID = "123456789"
THREADS = 16
"""More than GA4 takes at once."""
NO_PERMISSION = (
    "User does not have sufficient permissions for this property. To learn more about Property ID, see "
    "https://developers.google.com/analytics/devguides/reporting/data/v1/property-id."
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was answered."""

    method: str
    reports: int
    tokens: int


class Ga4Server:
    """The property of one world."""

    def __init__(self, world: World, conduct: Conduct, external_id: Callable[[str], str], lock: Lock) -> None:
        self.world, self.conduct, self.external_id = world, conduct, external_id
        self.address = ""
        """`127.0.0.1:PORT`."""
        self.calls: list[Call] = []
        """All that were answered."""
        self.core, self.realtime = Quota(conduct), Quota(conduct)
        self._traffic, self._lock = Traffic(world, conduct, external_id), lock

    @property
    def methods(self) -> Mapping[str, tuple[Callable[[Any], Any], Any, Any, Quota]]:
        """By name: what answers, the types of request and answer, and which quota pays."""
        return {
            "RunReport": (self._run_report, types.RunReportRequest, types.RunReportResponse, self.core),
            "BatchRunReports": (self._batch, types.BatchRunReportsRequest, types.BatchRunReportsResponse, self.core),
            "GetMetadata": (self._metadata, types.GetMetadataRequest, types.Metadata, self.core),
            "RunRealtimeReport": (
                self._realtime,
                types.RunRealtimeReportRequest,
                types.RunRealtimeReportResponse,
                self.realtime,
            ),
        }

    def _run_report(self, request: Any) -> Any:
        self._must_be_ours(request.property)
        answer = self._report(request)
        self._note("runReport", [answer])
        return answer

    def _batch(self, request: Any) -> Any:
        self._must_be_ours(request.property)
        if len(request.requests) > 5:
            raise Refused(Failure(grpc.StatusCode.INVALID_ARGUMENT, "The batch request can have up to 5 requests."))
        answer = types.BatchRunReportsResponse(reports=[self._report(one) for one in request.requests])
        self._note("batchRunReports", list(answer.reports))
        return answer

    def _report(self, request: Any) -> Any:
        zone = ZoneInfo(self.conduct.time_zone or self.world.scenario.timezone)
        found = reporting.answer(request, self._traffic, self.world.scenario.currency, zone)
        now = self.world.now()
        quota = self.core.pay(cost(request, found, now.astimezone(zone).date()), now)
        if request.return_property_quota and self.conduct.tells_quota:
            found.property_quota = quota
        return found

    def _realtime(self, request: Any) -> Any:
        self._must_be_ours(request.property)
        found, now = reporting.realtime(request, self._traffic), self.world.now()
        found.property_quota = self.realtime.pay(cost(request, found, now.date()), now)
        self._note("runRealtimeReport", [found])
        if not (request.return_property_quota and self.conduct.tells_quota):
            found.property_quota = None
        return found

    def _metadata(self, request: Any) -> Any:
        self._must_be_ours(request.name.removesuffix("/metadata"))
        self.core.pay(METADATA, self.world.now())
        self.calls.append(Call("getMetadata", 1, METADATA))
        return reporting.metadata(self.conduct, PROPERTY_ID)

    def _note(self, method: str, answers: list[Any]) -> None:
        tokens = sum(one.property_quota.tokens_per_day.consumed for one in answers)
        self.calls.append(Call(method, len(answers), tokens))

    def _must_be_ours(self, named: str) -> None:
        number = named.removeprefix("properties/")
        if not number.isdigit():
            text = f"A property ID must be a number. Got: {number}. See where to find your Property ID."
            raise Refused(Failure(grpc.StatusCode.INVALID_ARGUMENT, text))
        if number != PROPERTY_ID or self.conduct.revoked or not self._traffic.connected():
            raise Refused(Failure(grpc.StatusCode.PERMISSION_DENIED, NO_PERMISSION))

    def _answered(self, answer: Callable[[Any], Any], quota: Quota, request: Any, context: Any) -> Any:
        quota.under_way += 1
        try:
            with self._lock:
                if self.conduct.failures:
                    raise Refused(self.conduct.failures.pop(0))
                quota.must_have_some(self.world.now())
                return answer(request)
        except Refused as refused:
            abort(context, refused.failure)
        finally:
            quota.under_way -= 1


@contextmanager
def served(
    world: World,
    conduct: Conduct | None = None,
    external_id: Callable[[str], str] | None = None,
    lock: Lock | None = None,
) -> Iterator[Ga4Server]:
    """A property that serves the world.

    Args:
        external_id: what campaigns are called on their platforms; digits made from their names where it is not given.
        lock: held while the world is asked.
    """
    found = Ga4Server(world, conduct or Conduct(), external_id or digits, lock or Lock())
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            lambda request, context, answer=answer, quota=quota: found._answered(answer, quota, request, context),
            request_deserializer=asked.deserialize,
            response_serializer=answered.serialize,
        )
        for name, (answer, asked, answered, quota) in found.methods.items()
    }
    with listening(handlers) as found.address:
        yield found


@contextmanager
def listening(handlers: dict[str, Any]) -> Iterator[str]:
    """A server of these methods; gives its address."""
    server = grpc.server(ThreadPoolExecutor(THREADS), options=[("grpc.max_send_message_length", -1)])
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(grace=1).wait()


def abort(context: Any, failure: Failure) -> None:
    """Answer with an error, with its reason in the details as Google has it."""
    if failure.reason is not None:
        info = error_details_pb2.ErrorInfo(reason=failure.reason, domain="googleapis.com")
        packed = any_pb2.Any()
        packed.Pack(info)
        status = status_pb2.Status(code=failure.code.value[0], message=failure.text, details=[packed])
        context.set_trailing_metadata([("grpc-status-details-bin", status.SerializeToString())])
    context.abort(failure.code, failure.text)


def digits(name: str) -> str:
    """Ten digits, always the same for a name."""
    return str(10**9 + int.from_bytes(sha256(name.encode()).digest()[:6]) % (9 * 10**9))
