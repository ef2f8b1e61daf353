# pyright: basic
"""JSON over HTTPS, for platforms whose API has no client of its own; and what its refusals usually mean."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from time import monotonic
from typing import Any

from common.adapters.calls import CallFailed
from common.adapters.opening import Opening
from common.domain.connection import Need
from common.domain.money import MICROS
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import PlatformRefused, PlatformUnavailable

CONNECT_SECONDS = 10.0
_PART, _LONGEST = 2**16, 2**25
"""Bytes that are read of a body at once, and of the longest one."""
_CODE = re.compile(r"[A-Za-z0-9_.:/=+-]{1,100}")
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,40})?(E-[0-9]{1,2})?")
_DONE, _SERVER_FAULT = range(200, 300), range(500, 600)
_OK, _WRONG, _BUSY, _DOWN = 200, 400, 429, 503


@dataclass(frozen=True, slots=True)
class Said:
    """An answer; its body is an object, empty where there is none."""

    body: Mapping[str, Any]
    request_id: str | None = None
    """The service's own name for the call."""


class NotAnswered(Exception):
    """Nothing came back, or nothing that can be read (then `status` is known).

    `sent`: the service may have got the call.
    """

    def __init__(self, *, sent: bool, status: int | None = None, request_id: str | None = None) -> None:
        self.sent, self.status, self.request_id = sent, status, request_id
        super().__init__(f"no answer that can be read (status {status})")


class Refusal(Exception):
    """The service answered with an error. `body` is never shown to anybody."""

    def __init__(self, status: int, said: Said, after: timedelta | None) -> None:
        self.status, self.body, self.request_id, self.after = status, said.body, said.request_id, after
        super().__init__(f"status {status}")


class Left:
    """How many seconds a call has left, by the clock of this machine: several requests share them."""

    def __init__(self, seconds: float) -> None:
        self._until = monotonic() + seconds

    def __call__(self) -> float:
        """Seconds.

        Raises:
            CallFailed: none.
        """
        left = self._until - monotonic()
        if left <= 0:
            raise CallFailed(Trouble(TroubleKind.LATER, "timed_out", "there was no time left for the next request"))
        return left


class Rest:
    """One API. Its client is imported by the first call."""

    def __init__(self, base: str, request_id: str) -> None:
        """`base` is its address without a path; `request_id` the header in which it names a call."""
        self._base, self._request_id = base, request_id
        self._session: Any = None

    def ask(self, path: str, headers: Mapping[str, str], seconds: float, body: object = None) -> Said:
        """What it answers to a GET; to a POST where there is a body. Redirections are not followed.

        Raises:
            NotAnswered, Refusal.
        """
        answer, content = self._sent(path, headers, seconds, body)
        request_id = _word(answer.headers.get(self._request_id))
        try:
            found = json.loads(content) if content else {}
        except (ValueError, RecursionError):
            found = None
        readable = isinstance(found, dict)
        if answer.status_code not in _DONE:
            after = _seconds(answer.headers.get("Retry-After"))
            raise Refusal(answer.status_code, Said(found if readable else {}, request_id), after)
        if not readable:
            raise NotAnswered(sent=True, status=answer.status_code, request_id=request_id)
        return Said(found, request_id)

    def _sent(self, path: str, headers: Mapping[str, str], seconds: float, body: object) -> tuple[Any, bytes]:
        """The answer, and its body as it came."""
        import requests
        from urllib3.exceptions import HTTPError, NewConnectionError

        self._session = session = self._session or requests.Session()
        method, data = ("GET", None) if body is None else ("POST", json.dumps(body, allow_nan=False).encode())
        given = {"Accept": "application/json", "Content-Type": "application/json", **headers}
        until = monotonic() + seconds
        try:
            with session.request(
                method,
                self._base + path,
                data=data,
                headers=given,
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
                allow_redirects=False,
                auth=_as_it_is,
                stream=True,
            ) as answer:
                return answer, _body(answer.raw, until)
        except requests.ConnectTimeout:
            raise NotAnswered(sent=False) from None  # what requests says has the whole address in it
        except requests.ConnectionError as error:
            reason = getattr(error.args[0] if error.args else None, "reason", None)
            raise NotAnswered(sent=not isinstance(reason, NewConnectionError)) from None
        except (requests.RequestException, HTTPError):
            raise NotAnswered(sent=True) from None


def _body(raw: Any, until: float) -> bytes:
    """All of a body, which is over in time: the time-out of requests is only about the wait for the next byte."""
    found = bytearray()
    while part := raw.read1(_PART, decode_content=True):
        found += part
        if monotonic() > until or len(found) > _LONGEST:
            raise NotAnswered(sent=True)
    return bytes(found)


def _as_it_is(request: Any) -> Any:
    """Without this, a password that lies on the machine for the host would replace the token."""
    return request


def judge(error: Exception, service: str, account: str, *, writing: bool) -> Trouble | None:
    """What such an error usually means, with the service's name and the account's for who must act."""
    if isinstance(error, CallFailed):
        return error.trouble
    if isinstance(error, NotAnswered):
        return _silence(error, service, writing)
    if not isinstance(error, Refusal):
        return None
    whose = f"{service}'s account {account}"
    if error.status in _SERVER_FAULT or error.status == _BUSY:
        unknown = writing and error.status not in (_BUSY, _DOWN)
        kind = TroubleKind.UNKNOWN if unknown else TroubleKind.LATER
        code = "rate_limited" if error.status == _BUSY else "unavailable"
        said = f"{service} takes no more calls for now" if error.status == _BUSY else f"{service} is failing"
        return Trouble(kind, code, said, error.after, error.request_id)
    elsewhere = error.status < _WRONG
    kind, code, said = _MEANING.get(error.status, _ELSEWHERE if elsewhere else _NOT_TAKEN)
    kind = TroubleKind.UNKNOWN if writing and elsewhere else kind  # it may have been done before that was said
    said = f"{said.format(service=service, whose=whose)} (status {error.status})"
    return Trouble(kind, code, said, request_id=error.request_id)


def of_part(status: object, service: str, request_id: str | None) -> Trouble | None:
    """What one part of a write came to by the status that its answer gives it; `None`: it was done.

    Raises:
        CallFailed: (`unknown`) nobody can say.
    """
    known = status if isinstance(status, int) and not isinstance(status, bool) else None
    if known in _DONE:
        return None
    error = NotAnswered(sent=True, status=_OK) if known is None else Refusal(known, Said({}), None)
    trouble = judge(error, service, "", writing=True)
    if trouble is None or trouble.kind is TroubleKind.UNKNOWN:
        said = f"{service} did not say whether a part of what was written landed"
        raise CallFailed(Trouble(TroubleKind.UNKNOWN, "bad_answer", said, request_id=request_id))
    return trouble


_MEANING = {
    401: (
        TroubleKind.PERSON,
        "token_expired",
        "{service} does not take the token for {whose} any more: give a new one",
    ),
    403: (TroubleKind.PERSON, "permission_missing", "the token may not do this in {whose}: grant its owner the role"),
    404: (TroubleKind.PERSON, "account_missing", "{service} does not know {whose}, or does not show it to this token"),
    409: (TroubleKind.LATER, "concurrent_modification", "somebody changed the same at the same time"),
    426: (TroubleKind.OURS, "version_retired", "{service} does not serve this version of its API any more: update"),
}

_NOT_TAKEN = TroubleKind.OURS, "invalid_value", "{service} does not take this"
_ELSEWHERE = TroubleKind.OURS, "bad_answer", "{service} answered with something else than was asked for"


def _silence(error: NotAnswered, service: str, writing: bool) -> Trouble:
    if error.status is not None:
        kind = TroubleKind.UNKNOWN if writing else TroubleKind.OURS
        return Trouble(kind, "bad_answer", f"{service} answered with what can't be read", request_id=error.request_id)
    if not error.sent:
        return Trouble(TroubleKind.LATER, "unavailable", f"{service} can't be reached")
    kind = TroubleKind.UNKNOWN if writing else TroubleKind.LATER
    return Trouble(kind, "timed_out", f"{service} did not answer in time")


@contextmanager
def reading() -> Iterator[None]:
    """A call that failed is a platform that does not answer."""
    try:
        yield
    except CallFailed as error:
        raise PlatformUnavailable(error.trouble.said, error.trouble) from error


@contextmanager
def writing(*, landed: bool = False) -> Iterator[None]:
    """A call that failed was refused where surely nothing landed; else the platform did not answer."""
    try:
        yield
    except CallFailed as error:
        trouble = error.trouble
        if landed or trouble.kind is TroubleKind.UNKNOWN or trouble.code in ("unavailable", "timed_out"):
            raise PlatformUnavailable(trouble.said, trouble) from error
        raise PlatformRefused(trouble.code, trouble.said, trouble.request_id) from error


def need(what: str, ask: Callable[[], object]) -> Need:
    """Whether something that a connection needs is there: asking for it fails where a person must act.

    Raises:
        PlatformUnavailable: nobody can tell.
    """
    try:
        ask()
    except CallFailed as error:
        trouble = error.trouble
        if trouble.kind is not TroubleKind.PERSON:
            raise PlatformUnavailable(trouble.said, trouble) from error
        return Need(code=trouble.code, what=what, met=False, said=trouble.said)
    return Need(code="access", what=what, met=True, said="it is there")


def token_of(opening: Opening) -> str:
    """The token in the secret of an account: `{"access_token": "..."}`.

    Raises:
        CallFailed: there is none.
    """
    try:
        token = json.loads(opening.credentials())["access_token"]
    except (ValueError, TypeError, KeyError):
        token = None
    if not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
        said = f'the secret {opening.account.credentials} must hold {{"access_token": "..."}}'
        raise person("secret_unreadable", said)
    return token


def micros_of(amount: object) -> int | None:
    """A decimal number of currency units in text (`12.34`, `5E-7`), zero or more; `None`: it is none."""
    known = isinstance(amount, str) and _AMOUNT.fullmatch(amount)
    return int((Decimal(str(amount)) * MICROS).to_integral_value()) if known else None


def chunks(ids: Iterable[str], size: int) -> Iterator[tuple[str, ...]]:
    """In order, as many at once."""
    found = tuple(ids)
    return (found[start : start + size] for start in range(0, len(found), size))


def a_map(given: object) -> Mapping[str, Any]:
    """A JSON object; where there is something else, one without anything."""
    return given if isinstance(given, dict) else {}


def a_list(given: object) -> list[Any]:
    """A JSON list; where there is something else, one without anything."""
    return given if isinstance(given, list) else []


def person(code: str, said: str) -> CallFailed:
    """Somebody must act."""
    return CallFailed(Trouble(TroubleKind.PERSON, code, said))


def unreadable(said: str) -> CallFailed:
    """An answer that can't be used."""
    return CallFailed(Trouble(TroubleKind.OURS, "bad_answer", said))


def _word(given: object) -> str | None:
    return given if isinstance(given, str) and _CODE.fullmatch(given) else None


def _seconds(given: object) -> timedelta | None:
    known = isinstance(given, str) and re.fullmatch(r"[0-9]{1,6}", given)
    return timedelta(seconds=int(str(given))) if known else None
