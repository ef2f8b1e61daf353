"""One body that Meta answered with, played to the adapter by Meta's own client: what does it make of it?

Around the body everything is as it should be: the account answers, campaigns are there, a job gets done. An error is
answered to whatever is asked.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, cast
from urllib.parse import parse_qs, parse_qsl, urlsplit

from common.adapters.calls import Calls
from common.adapters.opening import Opening
from common.adapters.platforms import meta
from common.adapters.platforms.meta.figures import BY_HOUR
from common.domain.account import Account
from common.domain.change import Setting
from common.domain.figures import DayFigures, PartFigures
from common.domain.money import MICROS
from common.domain.spend_report import HourSpend
from common.domain.tenant import Tenant
from common.domain.verticals import Vertical
from common.ports.ad_platform import (
    AdPlatform,
    Answer,
    EntityRef,
    Live,
    PlatformChange,
    PlatformRefused,
    PlatformUnavailable,
)

Json = dict[str, Any]
Figures = DayFigures | HourSpend | PartFigures

_DAY = re.compile(r"20[0-3][0-9]-[01][0-9]-[0-3][0-9]")
_ID = re.compile(r"[0-9]{1,20}")
_SOME_DAY = date(2026, 6, 1)
_NUMBERS = ("micros", "clicks", "impressions", "conversions")
_MOST = 20
"""Rows that are looked at for what to ask about."""


@dataclass
class _Played:
    """What is served right now."""

    case: Mapping[str, Any] = field(default_factory=dict[str, Any])
    at: str = ""
    """Where the body stands: `insights`, `nodes`, `batch`, `written` or `everywhere`."""
    body: Any = None
    account_id: str = "1"

    @property
    def text(self) -> str:
        """The body as it is sent."""
        raw = self.case.get("raw_body")
        return raw if isinstance(raw, str) else json.dumps(self.body)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked, and what is served where meanwhile."""

    at: str
    body: Any
    ask: Callable[[AdPlatform], str]


class _FixedClock:
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """Always the same."""
        return self._now


_LOCK = Lock()


def outcome(case: Mapping[str, Any]) -> str:
    """What the adapter makes of a body: `parsed: ...` with its numbers, or `refused: CODE: sentence`."""
    with _LOCK:
        door = _door()
        asked = _Asked(case.get("body"))
        door.played.case, door.played.account_id = case, asked.account_id
        said = [door.ask(question, asked.last) for question in asked.questions()]
    first = next((one for one in said if one.startswith("parsed")), said[0])
    return "; besides ".join([first, *(one for one in said if one is not first)])


class _Asked:
    """What such a body could be the answer to.

    Others asked for other fields: an object or row of a recorded body that has no id at all is given one.
    """

    def __init__(self, body: Any) -> None:
        self.object, self.items = _object(body), _list(body)
        data = None if self.object is None else _list(self.object.get("data"))
        rows = [one for one in map(_object, (data or [])[:_MOST]) if one is not None]
        self.account_id = next(_texts(rows, "account_id", _ID), "1")
        self.body, self.data, self.rows = body, data, rows
        self.of_objects = bool(rows) and not any("spend" in row or "date_start" in row for row in rows)
        days = [
            day for row in (*rows, *self._inner()) for name in ("date_start", "date_stop") for day in _days(row, name)
        ]
        self.first, self.last = min(days, default=_SOME_DAY), max(days, default=_SOME_DAY)

    def questions(self) -> Iterator[_Question]:
        """All that it could answer."""
        if self.items is not None:
            yield _Question("written", self.body, self._written)
            yield _Question("batch", self.body, lambda platform: _shown(platform.live(self._numbered(), timeout=30)))
        elif self.of_objects:
            ids = {"id": "1", "account_id": self.account_id}
            objects = [ids | row for row in self.rows]
            refs = [EntityRef(f"{number}", str(one["id"]), _kind(one)) for number, one in enumerate(objects)]
            yield _Question("nodes", objects, lambda platform: _shown(platform.live(refs, timeout=30)))
            if self._inner():
                yield from self._reports({"data": self._inner()}, self._inner())
        elif self.object is not None and self.data is not None:
            yield from self._reports(self.object | {"data": [_of_a_campaign(one) for one in self.data]}, self.rows)
        elif self.object is not None and "data" in self.object:
            yield from self._reports(self.body, ())
        else:
            yield from self._reports(self.body, (), at="everywhere")

    def _reports(self, page: Any, rows: Sequence[Json], at: str = "insights") -> Iterator[_Question]:
        first, last, since = self.first, self.last, datetime.combine(self.first, time(), UTC)
        ids = list(dict.fromkeys(_texts(rows, "campaign_id", _ID))) or ["1"]
        refs = [EntityRef(one, one, "campaign") for one in ids]
        asks: dict[str, Callable[[AdPlatform], Mapping[str, Sequence[Figures]]]] = {
            BY_HOUR: lambda platform: platform.spend(refs, since, timeout=30).hours,
            "": lambda platform: platform.days(refs, first, timeout=30).days,
            "ad_id": lambda platform: platform.ads(refs, first, last, timeout=30),
            "country": lambda platform: platform.geos(refs, first, last, timeout=30),
        }
        for mark, ask in asks.items():
            if not mark or any(mark in row for row in rows):
                yield _Question(at, page, lambda platform, ask=ask: _counted(ask(platform)))

    def _inner(self) -> list[Json]:
        """Insights that came along with objects, each of its object."""
        found: list[Json] = []
        for row in self.rows:
            rows = _list((_object(row.get("insights")) or {}).get("data")) or []
            found += [{"campaign_id": row.get("id", "1")} | one for one in map(_object, rows) if one is not None]
        return found

    def _numbered(self) -> list[EntityRef]:
        return [EntityRef(str(number), str(number), "campaign") for number in range(1, len(self.items or "x") + 1)]

    def _written(self, platform: AdPlatform) -> str:
        changes = [PlatformChange(ref, Setting.DAILY_BUDGET, None, 7 * MICROS) for ref in self._numbered()]
        return f"parsed: {', '.join(map(_answered, platform.apply('key', changes, timeout=30)))}"


@dataclass(frozen=True, slots=True)
class _Door:
    """A server of this process, and the account that it plays."""

    address: str
    played: _Played

    def ask(self, question: _Question, last: date) -> str:
        """One question, answered with the body."""
        self.played.at, self.played.body = question.at, question.body
        clock = _FixedClock(datetime.combine(last, time(23), UTC))
        account = Account(platform="meta", account_id=f"act_{self.played.account_id}")
        calls = Calls("meta", clock, pause=lambda _: None)
        platform = meta.connect(Opening(_tenant(account), account, str, clock, calls, self.address))
        try:
            said = question.ask(platform)
        except PlatformRefused as error:
            return f"refused: {error}"
        except PlatformUnavailable as error:
            return f"refused: {error.trouble.code if error.trouble else 'unavailable'}: {error}"
        try:
            platform.days((), last, timeout=30)
        except PlatformUnavailable as error:
            return f"{said}; then {error}" if error.trouble and error.trouble.code == "quota_exhausted" else said
        return said


@cache
def _door() -> _Door:
    played = _Played()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(played))
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    return _Door(f"127.0.0.1:{server.server_port}", played)


def _handler(played: _Played) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _reply(self) -> None:
            path, query = urlsplit(self.path).path.strip("/").partition("/")[2], urlsplit(self.path).query
            posted = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            params = dict(parse_qsl(query)) | {name: values[0] for name, values in parse_qs(posted).items()}
            if _is_played(played, self.command, path, params):
                self._send(played.case.get("http_status", 200), played.text, played.case.get("headers") or {})
            else:
                self._send(200, json.dumps(_scaffold(played, path, params)), {})

        def _send(self, status: Any, text: str, headers: Mapping[str, Any]) -> None:
            sent = text.encode("utf-8", "surrogatepass")
            self.send_response(status if isinstance(status, int) and 200 <= status < 600 else 200)
            for name, value in headers.items():
                self.send_header(name, str(value).replace("\n", " "))
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = _reply  # noqa: N815 - as the base class names them

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class names it
            """Say nothing: addresses hold tokens."""

    return Handler


def _is_played(played: _Played, method: str, path: str, params: Mapping[str, str]) -> bool:
    """Whether the body is the answer to this call."""
    if played.at == "everywhere" or int(played.case.get("http_status", 200) or 200) >= 400:
        return True
    if path.endswith("/insights"):
        return played.at == "insights" and method == "GET"
    if path:
        return False
    posts = '"POST"' in params["batch"]
    return played.at == "batch" or (played.at == "written" and posts and "validate_only" not in params["batch"])


def _scaffold(played: _Played, path: str, params: Mapping[str, str]) -> Any:
    """What surrounds the body."""
    account_id = played.account_id
    if path.startswith("act_") and not path.endswith("/insights"):
        money = {"currency": "USD", "timezone_name": "UTC", "account_status": 1}
        return {"id": path, "account_id": account_id, **money}
    if path.endswith("/insights"):
        return {"report_run_id": "7"}
    if path:
        return {"async_status": "Job Completed", "async_percent_completion": 100}
    calls = json.loads(params["batch"])
    bodies = played.body[: len(calls)] if played.at == "nodes" else [_there(call, account_id) for call in calls]
    return [{"code": 200, "body": json.dumps(body)} for body in bodies]


def _there(call: Mapping[str, Any], account_id: str) -> Mapping[str, Any]:
    """A campaign that is there, or a change that is taken."""
    if call["method"] == "POST":
        return {"success": True}
    name = str(call["relative_url"]).partition("?")[0]
    shown = {"id": name, "account_id": account_id, "name": name, "status": "ACTIVE", "effective_status": "ACTIVE"}
    return shown | {"daily_budget": "500", "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}


def _tenant(account: Account) -> Tenant:
    return Tenant(
        tenant_id="played",
        name="played",
        currency="USD",
        time_zone="UTC",
        vertical=Vertical.ECOMMERCE,
        tracks=("one",),
        accounts=(account,),
    )


def _object(value: Any) -> Json | None:
    return cast("Json", value) if isinstance(value, dict) else None


def _list(value: Any) -> list[Any] | None:
    return cast("list[Any]", value) if isinstance(value, list) else None


def _of_a_campaign(row: Any) -> Any:
    known = _object(row)
    return row if known is None else {"campaign_id": "1"} | known


def _kind(row: Json) -> str:
    return "ad_set" if "learning_stage_info" in row or "targeting" in row else "campaign"


def _texts(rows: Sequence[Json], name: str, form: re.Pattern[str]) -> Iterator[str]:
    values = [row.get(name) for row in rows]
    return (value for value in values if isinstance(value, str) and form.fullmatch(value))


def _days(row: Json, name: str) -> Iterator[date]:
    for text in _texts([row], name, _DAY):
        try:
            yield date.fromisoformat(text)
        except ValueError:
            continue


def _counted(found: Mapping[str, Sequence[Figures]]) -> str:
    rows = [row for some in found.values() for row in some]
    names = ("micros",) if any(isinstance(row, HourSpend) for row in rows) else _NUMBERS
    told = ", ".join(f"{name} {sum(getattr(row, name) for row in rows):.12g}" for name in names)
    return f"parsed: {len(rows)} rows of {len(found)} campaigns: {told}"


def _shown(found: Mapping[str, Live]) -> str:
    told = "; ".join(", ".join(f"{name} {value}" for name, value in live.values.items()) for live in found.values())
    return f"parsed: {len(found)} live: {told}"


def _answered(answer: Answer) -> str:
    return "ok" if answer.ok else f"not ok, {answer.code}"
