"""What becomes of the answers that outside services really give: every body of a folder, played to who must read it.

A body is a JSON file with `case`, and `body` or `raw_body` (text that need not be JSON); `http_status`, `headers` and
`request_headers` are optional, `provenance` says where it comes from. The folder says whose it is: `google_ads/...`,
`ga4/...`. A source's door, `outcome(case)` in `sandbox/servers/NAME_replay.py` or `sandbox/servers/NAME`, serves it to
the adapter and says in a line what the adapter made of it. A pushed message goes through functions-framework.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench import delivered
from bench.delivered import READ
from common.domain.errors import InvalidInput
from common.use_cases.deliveries import Delivery

OWN = Path(__file__).parents[1] / "tests" / "bodies"
"""The bodies that come with the project."""
PUBSUB = "pubsub"
Door = Callable[[Mapping[str, Any]], str]
Row = dict[str, str]


def run(scenarios: Path | None = None) -> dict[str, Any]:
    """Play every body under a folder; those that come with the project where none is named."""
    return {"bodies": [_row(api, name, case) for api, name, case in _bodies(scenarios or OWN)]}


def table(figures: Mapping[str, Any]) -> None:
    """Print what became of each, and how many went which way."""
    rows: list[Row] = figures["bodies"]
    for row in rows:
        print(f"{row['api']}/{row['case']}: {row['outcome']}")
    for api in sorted({row["api"] for row in rows}):
        ways = Counter(row["became"] for row in rows if row["api"] == api)
        print(f"{api}: {', '.join(f'{count} {way}' for way, count in sorted(ways.items()))}")
    print(f"{len(rows)} bodies, {len(_raised(figures))} that nobody was ready for")


def failed(figures: Mapping[str, Any]) -> bool:
    """Whether a body made something raise, or its door broke its word."""
    return bool(_raised(figures))


def _raised(figures: Mapping[str, Any]) -> list[Row]:
    return [row for row in figures["bodies"] if row["became"] == "raised"]


def _bodies(folder: Path) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path in sorted(folder.rglob("*.json")):
        try:
            case = json.loads(path.read_bytes())
        except ValueError:
            continue
        if isinstance(case, dict) and "case" in case and ("body" in case or "raw_body" in case):
            yield _api_of(path), str(case["case"]), case  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _api_of(path: Path) -> str:
    """The nearest folder that some door is named after; else the one that it lies in."""
    names = [folder.name for folder in path.parents if folder.name]
    return next((name for name in names if name.isidentifier() and door(name) is not None), names[0])


def _row(api: str, name: str, case: Mapping[str, Any]) -> Row:
    said, became = _played(api, case)
    return {"api": api, "case": name, "became": became, "outcome": said}


def _played(api: str, case: Mapping[str, Any]) -> tuple[str, str]:
    play = door(api)
    if play is None:
        return "no door yet", "no door"
    try:
        said = play(case)
    except Exception as error:  # noqa: BLE001 - that it raises at all is what is looked for
        return f"raised: {type(error).__name__}: {error}", "raised"
    became = said.partition(":")[0]
    return (said, became) if became in ("parsed", "refused") else (f"raised: the door said {said!r}", "raised")


@cache
def door(api: str) -> Door | None:
    """Who plays the bodies of this API; `None`: nobody."""
    if api == PUBSUB:
        return pushed
    for name in (f"{api}_replay", api):
        if find_spec(f"sandbox.servers.{name}") is not None:
            found: Door | None = getattr(import_module(f"sandbox.servers.{name}"), "outcome", None)
            if found is not None:
                return found
    return None


def pushed(case: Mapping[str, Any]) -> str:
    """A push as a function gets it: its headers and its body, through functions-framework, to the reader of deliveries.

    Without JSON's content type the framework has no message; the function never sees it.
    """
    body = case["raw_body"] if "raw_body" in case else json.dumps(case["body"])
    given: Mapping[str, Any] = case.get("request_headers") or {}
    headers = {name: str(value) for name, value in given.items() if name.lower() not in ("content-length", "host")}
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "application/json")
    found: list[Delivery | InvalidInput] = []
    data = str(body).encode("utf-8", "surrogatepass")
    answer = _function().post("/", data=data, headers=headers, content_type=kind, environ_base={READ: found})
    if not found:
        return f"refused: http_{answer.status_code}: the framework gave the function nothing"
    (read,) = found
    if isinstance(read, InvalidInput):
        return f"refused: set_aside: {'; '.join(map(str, read.faults))}"
    return f"parsed: message {read.message_id!r} of {read.published:%Y-%m-%d %H:%M:%S}, {len(read.data)} bytes"


@cache
def _function() -> Any:
    from functions_framework import create_app  # pyright: ignore[reportUnknownVariableType]

    app: Any = create_app("delivered", str(delivered.__file__))
    app.logger.disabled = True  # a push that the framework can't take is an answer here, and no news
    return app.test_client()
