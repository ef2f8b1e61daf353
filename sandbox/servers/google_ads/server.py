# pyright: basic
"""`GoogleAdsService` on this machine: gRPC as the official client speaks it, over one account of a market."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

import grpc
from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure
from google.ads.googleads.v26.services.types import google_ads_service as service
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.status_pb2 import Status

from sandbox.servers.google_ads.account import Account
from sandbox.servers.google_ads.failures import Failed, Fault, denied, end, error, failure, quota
from sandbox.servers.google_ads.fields import made, must_be_known
from sandbox.servers.google_ads.gaql import Query, QueryError, parsed
from sandbox.servers.google_ads.mutating import deeds
from sandbox.servers.google_ads.tables import rows
from sandbox.world import World

SERVICE = "google.ads.googleads.v26.services.GoogleAdsService"
PAGE = 10_000
Answers = Callable[[Any, grpc.ServicerContext], Any]


@dataclass(slots=True)
class Served:
    """An account that is served, and what was asked of it."""

    account: Account
    address: str = ""
    page: int = PAGE
    """Rows of an answer."""
    queries: list[str] = field(default_factory=list[str])
    operations: int = 0
    """Of the developer token's quota, as the platform counts them: a search is one, a mutate one an operation."""
    _faults: list[tuple[Fault, int | None, int]] = field(default_factory=list[tuple[Fault, int | None, int]])
    """Each with how often it comes, and after how many calls that it is about."""
    _calls: int = 0
    _lock: Any = field(default_factory=RLock)

    def external_id(self, name: str) -> str:
        """What a campaign or ad of the market is called here."""
        return self.account.external_id(name)

    def geo_id(self, geo: str) -> str:
        """What a geo of the market is called here."""
        return self.account.geo_name(geo)

    def fail(self, fault: Fault, times: int | None = 1, *, after: int = 0) -> None:
        """Let the next calls that it is about fail, once so many of them went well; `None`: all from then on."""
        self._faults.append((fault, times, after))

    def well(self) -> None:
        """Let nothing fail any more."""
        self._faults.clear()

    def search(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Answer a query."""
        with self._lock, _ending(context, self._named()):
            self._admit(request, context, "search", 0 if request.page_token else 1)
            self.queries.append(request.query)
            try:
                query = parsed(request.query)
                must_be_known(query)
                found = query.of(rows(self.account, query))
            except QueryError as no:
                group = "change_event_error" if "CHANGE" in no.code or "LIMIT" in no.code else "query_error"
                raise Failed(Fault("INVALID_ARGUMENT", [error(group, no.code, str(no))])) from None
            return self._page(found, query, request.page_token)

    def mutate(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Do operations, or only look at them."""
        request_id = self._named()
        with self._lock, _ending(context, request_id):
            kind, operations = "validate" if request.validate_only else "mutate", list(request.mutate_operations)
            fault = self._admit(request, context, kind, len(operations))
            done, errors = deeds(self.account, operations)
            if self.account.world.market.error_mode(self.account.platform) == "partial" and kind == "mutate":
                odd = range(1, len(operations), 2)
                errors = [*errors, *(error("internal_error", "INTERNAL_ERROR", "It failed.", operation=i) for i in odd)]
                done = [None if place in odd else deed for place, deed in enumerate(done)]
            whole = not request.partial_failure or (kind == "validate" and self.account.validates_whole)
            if errors and whole:
                raise Failed(Fault("INVALID_ARGUMENT", errors))
            if kind == "mutate":
                for deed in done:
                    if deed is not None:
                        deed()
            if fault is not None:
                raise Failed(fault)
            return _mutated(0 if kind == "validate" else len(operations), errors, request_id)

    def _named(self) -> str:
        self._calls += 1
        return f"request-{self._calls:06}"

    def _page(self, found: Sequence[Any], query: Query, token: str) -> Any:
        start = int(token or 0)
        end_ = start + self.page
        answer = service.SearchGoogleAdsResponse.pb()(results=made(found[start:end_], query))
        answer.field_mask.paths.extend(query.fields)
        if end_ < len(found):
            answer.next_page_token = str(end_)
        return answer

    def _admit(self, request: Any, context: grpc.ServicerContext, kind: str, cost: int) -> Fault | None:
        """Let a call in; what it meets after it was done is given back.

        Raises:
            Failed: it is refused.
        """
        self.operations += cost
        manager, metadata = self.account.manager, dict(context.invocation_metadata())
        if request.customer_id != self.account.number or (manager and metadata.get("login-customer-id") != manager):
            raise Failed(denied("authorization_error", "USER_PERMISSION_DENIED"))
        fault = self._fault(kind) or self._of_scenario(kind)
        if fault is not None and not fault.lands:
            raise Failed(fault)
        return fault

    def _fault(self, kind: str) -> Fault | None:
        for place, (fault, times, after) in enumerate(self._faults):
            if kind not in fault.calls:
                continue
            if after:
                self._faults[place] = fault, times, after - 1
                continue
            if times is not None:
                self._faults[place : place + 1] = [(fault, times - 1, 0)] if times > 1 else []
            return fault
        return None

    def _of_scenario(self, kind: str) -> Fault | None:
        """What the market's own events do to calls."""
        mode = self.account.world.market.error_mode(self.account.platform)
        if mode == "unavailable":
            return Fault("UNAVAILABLE", details="The service is currently unavailable.")
        if mode == "rate_limit" and kind != "search":
            return quota("RESOURCE_TEMPORARILY_EXHAUSTED", None, "ACCOUNT")
        if mode == "timeout_after_apply" and kind == "mutate":
            return Fault("DEADLINE_EXCEEDED", details="Deadline Exceeded", lands=True)
        return None


@contextmanager
def served(world: World, tls: tuple[bytes, bytes] | None = None, **different: Any) -> Generator[Served]:
    """Serve a market's campaigns on one platform as an account.

    Args:
        world: the market, with its clock.
        tls: a private key and its certificate for `localhost`, in PEM; without them nothing is encrypted.
        different: what is to be different in the account, by the names of `Account`.
    """
    server = Served(Account(world, **different))
    with listening(server.search, server.mutate, tls) as address:
        server.address = address
        yield server


@contextmanager
def listening(search: Answers, mutate: Answers, tls: tuple[bytes, bytes] | None = None) -> Generator[str]:
    """Listen on a port of this machine. Yields the address, `localhost:PORT` where it is encrypted."""
    takes = {"Search": service.SearchGoogleAdsRequest, "Mutate": service.MutateGoogleAdsRequest}
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(answer, takes[name].pb().FromString, _bytes)
        for name, answer in (("Search", search), ("Mutate", mutate))
    }
    server = grpc.server(ThreadPoolExecutor(4, thread_name_prefix="google-ads"))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    if tls is None:
        address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    else:
        address = f"localhost:{server.add_secure_port('127.0.0.1:0', grpc.ssl_server_credentials([tls]))}"
    server.start()
    try:
        yield address
    finally:
        server.stop(grace=0.05).wait()


@contextmanager
def _ending(context: grpc.ServicerContext, request_id: str) -> Generator[None]:
    """The call gets its name, and ends with what goes wrong in it."""
    context.send_initial_metadata((("request-id", request_id),))
    context.set_trailing_metadata((("request-id", request_id),))
    try:
        yield
    except Failed as failed:
        end(context, failed.fault, request_id)


def _bytes(message: Any) -> bytes:
    return message.SerializeToString()


def _mutated(count: int, errors: Sequence[Any], request_id: str) -> Any:
    answer = service.MutateGoogleAdsResponse.pb()()
    for _ in range(count):
        answer.mutate_operation_responses.add()
    if errors:
        packed = AnyMessage(
            type_url=f"type.googleapis.com/{GoogleAdsFailure.pb().DESCRIPTOR.full_name}",
            value=failure(errors, request_id).SerializeToString(),
        )
        status = Status(code=3, message="Multiple errors in the request.", details=[packed])
        answer.partial_failure_error.CopyFrom(status)
    return answer
