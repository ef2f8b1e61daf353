# pyright: basic
"""`GoogleAdsService` of one account, by the official client: searches and mutates, each within its time.

The client's own stubs are called (they are its transport with its interceptors): so a call is sent once, by a deadline
that is ours, and its request id is seen also where it went well.

A server on this machine in the platform's place is spoken to in plain at `127.0.0.1:PORT`: the client offers no such
channel, so it gets one with the client's own interceptors. At `localhost:PORT` the client itself speaks TLS, and trusts
the certificates that `GRPC_DEFAULT_SSL_ROOTS_FILE_PATH` names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from logging import CRITICAL, getLogger
from threading import Lock
from typing import Any

from common.adapters.calls import CallFailed
from common.adapters.opening import Opening
from common.adapters.platforms.google_ads.credentials import asks_for_tokens, grant
from common.adapters.platforms.google_ads.deadline import Deadline
from common.adapters.platforms.google_ads.rows import BadAnswer, Row
from common.adapters.platforms.google_ads.troubles import failure_of, judge, judge_write, request_id_of
from common.domain.trouble import TroubleKind

VERSION = "v26"
_HERE = "loopback"
Operation = Mapping[str, Any]
"""A `MutateOperation`, as its fields are named: `{"campaign_operation": {"update": ..., "update_mask": ...}}`."""


@dataclass(frozen=True, slots=True)
class Mutated:
    """What came of operations: errors by the operation's place, those of none in particular under `None`."""

    errors: Mapping[int | None, Sequence[Any]]
    request_id: str | None


@dataclass(frozen=True, slots=True)
class _Way:
    """An open way to the service."""

    transport: Any
    credentials: Any = None
    email: str | None = None


class Service:
    """One account's service. Threads may share it."""

    def __init__(self, opening: Opening) -> None:
        self._opening, self._lock = opening, Lock()
        self._open: _Way | None = None

    def search(self, query: str, deadline: Deadline) -> list[Row]:
        """All rows that a query gives, however many pages they take: one operation of the quota.

        Raises:
            CallFailed: it came to nothing.
        """
        return self._through(self._opening.calls.read, partial(self._search, query), judge, deadline, 1)

    def mutate(self, operations: Sequence[Operation], deadline: Deadline, *, validate_only: bool) -> Mutated:
        """Send operations, each landing or failing on its own; or only have them validated.

        Raises:
            CallFailed: none landed, or (`unknown`) nobody can say.
        """
        send = partial(self._mutate, operations, validate_only)
        if validate_only:
            return self._through(self._opening.calls.read, send, judge, deadline, len(operations))
        return self._through(self._opening.calls.write, send, judge_write, deadline, len(operations))

    @property
    def email(self) -> str | None:
        """Who is signed in, where that is known; nobody is before the first call."""
        return None if self._open is None else self._open.email

    def _through(self, calls: Any, send: Any, judged: Any, deadline: Deadline, cost: int) -> Any:
        try:
            return calls(send, judged, timeout=deadline.left, cost=cost)
        except CallFailed as error:
            if error.trouble.kind is TroubleKind.PERSON:
                self._open = None  # somebody will put it right in the secret: it is read again
            raise

    def _search(self, query: str, seconds: float) -> list[Row]:
        from google.ads.googleads.v26.services.types.google_ads_service import SearchGoogleAdsRequest

        deadline, token, seen = Deadline(seconds), "", set[str]()
        rows: list[Row] = []
        while True:
            way = self._way(deadline)
            request = SearchGoogleAdsRequest(customer_id=self._customer, query=query, page_token=token)
            page = way.transport.search(request, timeout=deadline.left, metadata=self._routing)
            rows.extend(page.results)
            token = page.next_page_token
            if not token:
                return rows
            if token in seen:
                raise BadAnswer("the same page came twice")
            seen.add(token)

    def _mutate(self, operations: Sequence[Operation], validate_only: bool, seconds: float) -> Mutated:
        from google.ads.googleads.errors import GoogleAdsException
        from google.ads.googleads.v26.services.types.google_ads_service import MutateGoogleAdsRequest, MutateOperation

        deadline = Deadline(seconds)
        way = self._way(deadline)
        request = MutateGoogleAdsRequest(
            customer_id=self._customer,
            mutate_operations=[MutateOperation(operation) for operation in operations],
            partial_failure=True,
            validate_only=validate_only,
        )
        try:
            answer, call = way.transport.mutate.with_call(request, timeout=deadline.left, metadata=self._routing)
        except GoogleAdsException as error:
            found = _by_place(failure_of(error.error).errors)
            if not validate_only or None in found or error.error.code().name != "INVALID_ARGUMENT":
                raise
            return Mutated(found, error.request_id)  # what only looks may refuse all for one of them
        return _mutated(answer, request_id_of(call), None if validate_only else len(operations))

    @property
    def _customer(self) -> str:
        return self._opening.account.account_id.replace("-", "")

    @property
    def _routing(self) -> Sequence[tuple[str, str]]:
        return (("x-goog-request-params", f"customer_id={self._customer}"),)

    def _way(self, deadline: Deadline) -> _Way:
        with self._lock:
            way = self._open
            if way is None:
                server = self._opening.server
                way = self._open = self._to_server(server) if server else self._to_google()
            if way.credentials is not None and not way.credentials.valid:
                way.credentials.refresh(asks_for_tokens(deadline))
            return way

    def _to_google(self) -> _Way:
        found = grant(self._opening.credentials(), self._opening.account.account_id)
        return _Way(self._client(found.credentials, found.developer_token), found.credentials, found.email)

    def _to_server(self, address: str) -> _Way:
        from google.auth.credentials import AnonymousCredentials

        if address.startswith("localhost:"):
            return _Way(self._client(AnonymousCredentials(), _HERE, address))
        return _Way(_plain(address, self._opening.account.through))

    def _client(self, credentials: Any, developer_token: str, endpoint: str | None = None) -> Any:
        from google.ads.googleads.client import GoogleAdsClient

        getLogger("google.ads.googleads.client").setLevel(CRITICAL)  # troubles are told by us, without Google's details
        through = self._opening.account.through
        client = GoogleAdsClient(credentials, developer_token, endpoint, login_customer_id=through, version=VERSION)
        return client.get_service("GoogleAdsService").transport


def _plain(address: str, through: str | None) -> Any:
    import grpc
    from google.ads.googleads.interceptors import ExceptionInterceptor, MetadataInterceptor
    from google.ads.googleads.v26.services.services.google_ads_service import transports

    channel = grpc.intercept_channel(
        grpc.insecure_channel(address, options=(("grpc.max_receive_message_length", 2**26),)),
        MetadataInterceptor(_HERE, through),
        ExceptionInterceptor(VERSION),
    )
    return transports.GoogleAdsServiceGrpcTransport(channel=channel)


def _mutated(answer: Any, request_id: str | None, written: int | None) -> Mutated:
    from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure

    failures = [GoogleAdsFailure.pb().FromString(one.value) for one in answer.partial_failure_error.details]
    errors = _by_place(error for failure in failures for error in failure.errors)
    request_id = request_id or next((one.request_id for one in failures if one.request_id), None)
    if answer.partial_failure_error.code and not errors:
        raise BadAnswer("some of it failed, and it does not say what")
    if written is not None and len(answer.mutate_operation_responses) != written:
        raise BadAnswer(f"{written} operations were sent and {len(answer.mutate_operation_responses)} answered")
    return Mutated(errors, request_id)


def _by_place(errors: Iterable[Any]) -> dict[int | None, list[Any]]:
    found: dict[int | None, list[Any]] = {}
    for error in errors:
        found.setdefault(_place(error), []).append(error)
    return found


def _place(error: Any) -> int | None:
    """Which operation an error is about."""
    for element in error.location.field_path_elements:
        if element.field_name in ("mutate_operations", "operations") and element.HasField("index"):
            return element.index
    return None
