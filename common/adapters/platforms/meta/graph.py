# pyright: basic
"""Calls to the Graph API by Meta's own client, and what of an answer is safe to look at.

The client puts the token and its proof into every address, and addresses and bodies into its errors. So nothing that it
raises leaves this module, not even as the cause of something else; and the library below it never logs an address.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from threading import local
from typing import Any, TypeVar

import requests
from facebook_business.api import FacebookAdsApi, FacebookResponse
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from common.adapters.platforms.meta.credentials import Credentials
from common.adapters.platforms.meta.failure import How, MetaFailure, unreadable
from common.adapters.platforms.meta.usage import FULL, Level, level_of

VERSION = "v26.0"
BATCH = 50
"""The most that Meta takes in one batch (page on batch requests)."""
_CONNECT_SECONDS = 10.0
_CLIENT_FAULTS = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
"""What the client raises on bodies that it did not expect."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{4,64}")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a batch."""

    method: str
    path: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """An answer's body, and Meta's name for the call."""

    body: Any
    request_id: str | None = None


class Graph:
    """One account's calls. Threads may share it."""

    def __init__(self, credentials: Credentials, server: str | None, note: Callable[[Mapping[str, str]], None]) -> None:
        self._session = FacebookSession(access_token=credentials.token, app_secret=credentials.app_secret)
        self._session.requests.max_redirects = 0  # a redirect would take the token elsewhere
        if server is not None:
            self._session.GRAPH = f"http://{server}"  # pyright: ignore[reportAttributeAccessIssue]
            self._session.requests.trust_env = False
        self._note = note
        self._heard = local()
        self._session.requests.hooks["response"].append(self._hear)
        self._secrets = tuple(filter(None, (credentials.token, credentials.app_secret)))
        _keep_addresses_out_of_logs()

    def get(self, path: str, params: Mapping[str, Any], timeout: float) -> Found:
        """Read one thing.

        Raises:
            MetaFailure: it came to nothing.
        """
        return self._call("GET", path, params, timeout)

    def post(self, path: str, params: Mapping[str, Any], timeout: float) -> Found:
        """Create or change one thing.

        Raises:
            MetaFailure: it came to nothing.
        """
        return self._call("POST", path, params, timeout)

    def about_token(self, timeout: float) -> Found:
        """What Meta says of our token.

        Raises:
            MetaFailure: it came to nothing.
        """
        return self._call("GET", "debug_token", {"input_token": self._secrets[0]}, timeout)

    def batch(self, asked: Sequence[Asked], timeout: float) -> list[Found | MetaFailure]:
        """Up to `BATCH` calls in one, each with what became of it.

        Raises:
            MetaFailure: the whole of it came to nothing.
        """
        new = FacebookAdsApi(self._session, api_version=VERSION).new_batch()
        calls = [new.add(one.method, one.path, _texts(one.params)) for one in asked]
        answer = self._call("POST", "", {"batch": calls}, timeout)
        if not isinstance(answer.body, list) or len(answer.body) != len(asked):
            raise unreadable("it does not have one item a call")
        return [self._item(one, answer.request_id) for one in answer.body]

    def _call(self, method: str, path: str, params: Mapping[str, Any], timeout: float) -> Found:
        session = copy(self._session)  # the client keeps the time-out there, and threads have different ones
        session.timeout = min(timeout, _CONNECT_SECONDS), timeout
        api = FacebookAdsApi(session, api_version=VERSION)
        self._heard.response = None
        failure: MetaFailure | None = None
        response: FacebookResponse | None = None
        try:
            response = api.call(method, (path,), params=dict(params))
        except FacebookRequestError as error:
            failure = self._failed(error.body(), error.http_status(), error.http_headers())
        except requests.exceptions.ConnectTimeout:
            failure = MetaFailure(How.NO_CONNECTION)
        except requests.exceptions.Timeout:
            failure = MetaFailure(How.TIMED_OUT)
        except requests.exceptions.ConnectionError as error:
            failure = MetaFailure(_cut(error))
        except requests.exceptions.RequestException:
            failure = MetaFailure(How.CUT_OFF)
        except _CLIENT_FAULTS:
            failure = self._misread()
        if failure is not None or response is None:
            raise failure or MetaFailure(How.CUT_OFF)
        self._note(response.headers())
        body = response.json()
        if response.status() != requests.codes.ok:
            raise self._failed(body, response.status(), response.headers())
        if isinstance(body, str):
            raise unreadable("it is no JSON")
        return Found(body, self._named(response.headers().get("x-fb-trace-id")))

    def _hear(self, response: requests.Response, **_: Any) -> None:
        """Keep what this thread's call was answered, since the client fails on some errors before it tells of them."""
        self._heard.response = response

    def _misread(self) -> MetaFailure:
        """What an answer was on which the client failed."""
        heard = self._heard.response
        if heard is None:
            return unreadable("the client could not read it")
        try:
            body = json.loads(heard.text)
        except (RecursionError, ValueError):
            body = None
        is_error = heard.status_code != requests.codes.ok or (isinstance(body, dict) and "error" in body)
        return self._failed(body, heard.status_code, heard.headers) if is_error else unreadable("it is no object")

    def _item(self, item: Any, request_id: str | None) -> Found | MetaFailure:
        """One item of a batch: a code, and a body that is JSON in a string, or is parsed already."""
        if not item:
            return MetaFailure(How.CUT_OFF, request_id=request_id)
        if not isinstance(item, dict) or not isinstance(item.get("code"), int):
            return unreadable("an item of a batch has no code")
        headers = _named_values(item.get("headers"))
        try:
            body = json.loads(item["body"]) if isinstance(item.get("body"), str) else item.get("body")
        except (RecursionError, ValueError):
            return unreadable("an item of a batch is no JSON")
        if item["code"] != requests.codes.ok or _is_refusal(body):
            return self._failed(body, item["code"], headers)
        self._note(headers)
        if body is None:
            return MetaFailure(How.CUT_OFF, request_id=request_id)
        return Found(body, self._named(headers.get("x-fb-trace-id")) or request_id)

    def _failed(self, body: Any, status: Any, headers: Any) -> MetaFailure:
        """What an error says, by its numbers."""
        level = level_of(headers) if isinstance(headers, Mapping) else Level(0.0, None)
        if isinstance(headers, Mapping):
            self._note(headers)
        error = body.get("error") if isinstance(body, dict) else None
        if not isinstance(error, dict):
            return MetaFailure(How.ANSWERED, http_status=_whole(status), after=_waiting(level))
        transient = error.get("is_transient")
        return MetaFailure(
            How.ANSWERED,
            code=_whole(error.get("code")),
            subcode=_whole(error.get("error_subcode")),
            http_status=_whole(status),
            transient=transient if isinstance(transient, bool) else None,
            after=_waiting(level),
            request_id=self._named(error.get("fbtrace_id")),
        )

    def _named(self, said: Any) -> str | None:
        """Meta's name for a call, if it looks like one and is none of our secrets."""
        fits = isinstance(said, str) and _REQUEST_ID.fullmatch(said) is not None
        return said if fits and not any(secret in said for secret in self._secrets) else None


def _is_refusal(body: Any) -> bool:
    return isinstance(body, dict) and ("error" in body or body.get("success") is False)


def _texts(params: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as a batch has them."""
    return {
        key: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        for key, value in params.items()
    }


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53 else None


def _waiting(level: Level) -> timedelta | None:
    return level.wait if level.share >= FULL else None


def _named_values(headers: Any) -> dict[str, str]:
    """The headers of a batch's item: a list of names and values, or an object."""
    if isinstance(headers, dict):
        return {str(name).lower(): str(value) for name, value in headers.items()}
    pairs = headers if isinstance(headers, list) else []
    return {str(one["name"]).lower(): str(one.get("value")) for one in pairs if isinstance(one, dict) and "name" in one}


def _cut(error: requests.exceptions.ConnectionError) -> How:
    """Whether a connection was never made, or broke."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    never = type(reason).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")
    return How.NO_CONNECTION if never else How.CUT_OFF


def _keep_addresses_out_of_logs() -> None:
    logging.getLogger("urllib3.connectionpool").addFilter(_says_no_token)


def _says_no_token(record: logging.LogRecord) -> bool:
    return "access_token" not in record.getMessage()
