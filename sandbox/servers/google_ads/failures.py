# pyright: basic
"""How the service says no: a gRPC status, with a `GoogleAdsFailure` among the trailing metadata."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.ads.googleads.v26.errors.types.errors import GoogleAdsError, GoogleAdsFailure
from google.protobuf.json_format import ParseDict

FAILURE = "google.ads.googleads.v26.errors.googleadsfailure-bin"
Error = Mapping[str, Any]
"""A `GoogleAdsError`, in JSON with the fields' own names."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A call that fails. `errors` are empty where gRPC itself fails."""

    status: str
    errors: Sequence[Error] = ()
    details: str = ""
    calls: frozenset[str] = field(default_factory=lambda: frozenset({"search", "validate", "mutate"}))
    lands: bool = False
    """What the call writes is written all the same, before it fails."""


class Failed(Exception):
    """Ends a call."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.status)


def error(group: str, name: str, message: str, *, operation: int | None = None, fields: Iterable[str] = ()) -> Error:
    """One error, of an operation where it is about one."""
    path: list[Mapping[str, Any]] = [{"field_name": one} for one in fields]
    if operation is not None:
        path.insert(0, {"field_name": "mutate_operations", "index": operation})
    location = {"location": {"field_path_elements": path}} if path else {}
    return {"error_code": {group: name}, "message": message, **location}


def quota(name: str, seconds: int | None, scope: str = "DEVELOPER", rate: str = "Number of operations") -> Fault:
    """A quota that is used up; `None`: the service does not say for how long."""
    delay = {} if seconds is None else {"retry_delay": f"{seconds}s"}
    details = {"quota_error_details": {"rate_scope": scope, "rate_name": rate, **delay}}
    said = "Too many requests." if seconds is None else f"Too many requests. Retry in {seconds} seconds."
    return Fault("RESOURCE_EXHAUSTED", [{**error("quota_error", name, said), "details": details}])


def denied(group: str, name: str, status: str = "PERMISSION_DENIED") -> Fault:
    """A call that the caller may not make."""
    return Fault(status, [error(group, name, f"The caller was refused: {name}.")])


def failure(errors: Iterable[Error], request_id: str) -> Any:
    """The message that carries errors."""
    message = GoogleAdsFailure.pb()(request_id=request_id)
    for one in errors:
        message.errors.append(ParseDict(dict(one), GoogleAdsError.pb()(), ignore_unknown_fields=True))
    return message


def end(context: grpc.ServicerContext, fault: Fault, request_id: str) -> None:
    """End a call with a fault."""
    metadata: list[tuple[str, str | bytes]] = [("request-id", request_id)]
    if fault.errors:
        metadata.append((FAILURE, failure(fault.errors, request_id).SerializeToString()))
    context.set_trailing_metadata(tuple(metadata))
    context.abort(grpc.StatusCode[fault.status], fault.details or "Request contains an invalid argument.")
