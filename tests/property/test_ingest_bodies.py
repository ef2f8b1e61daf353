"""2,100 deliveries with something gone wrong, in JSON and CSV: each is refused with reasons, or taken for what it says.

Whatever is answered, the totals are those of the rows that were not refused, read here by other means.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, cast
from zoneinfo import ZoneInfo

from tests.ingest_doorway import Doorway
from tests.ingest_world import SEARCH, SOCIAL, rate, sale
from tests.mutated import mutations
from tests.world import NOW

EACH = 1_050
PLANTED = ("ana@example.com", "+34600111222")
ROWS = [
    sale("o-1", revision=1),
    sale(PLANTED[0], NOW - timedelta(days=2), value=12.5, withdrawn=False),
    sale(PLANTED[1], entity="social", value="0.07", currency="eur"),
    sale("o-4", campaign="2002", platform="meta", updated_at="2026-05-03T09:00:00+02:00", tenant="acme"),
    sale("o-5", click_id="gclid-5"),
    {"id": "o-6", "withdrawn": True, "revision": 7},
]
NAMES = {"search": "search", "social": "social", "1001": "search", "2002": "social"}
Totals = Mapping[tuple[str, date], tuple[float, int]]


def test_json_with_something_gone_wrong() -> None:
    body = {"conversions": ROWS, "match_rates": [rate()]}
    cases = ((json.dumps(mutated).encode(errors="replace"), mutated) for _, mutated in mutations(body, "ingest", EACH))
    check("application/json", cases, rows_of)


def test_csv_with_something_gone_wrong() -> None:
    chance = Random("csv")
    cases = ((text, text) for text in (gone_wrong(chance) for _ in range(EACH)))
    check("text/csv", cases, cells_of)


def check(kind: str, cases: Iterator[tuple[bytes, Any]], read: Callable[[Any], list[Any]]) -> None:
    """Send each to a shop of its own; a fifth at least must be taken whole, and a fifth refused in part or whole."""
    answered: Counter[int] = Counter()
    for body, mutated in cases:
        doorway = Doorway()
        answer = doorway.post(body, kind=kind)
        answered[answer.status_code] += 1
        assert answer.status_code in (200, 207, 422), (answer.status_code, answer.text, body)
        said = cast("dict[str, Any]", answer.json)
        assert answer.status_code == 200 or said["faults"]
        for one in PLANTED:
            assert one not in answer.text + doorway.said(), body
        if answer.status_code != 422:
            refused = {fault["row"] for fault in said["faults"] if fault["list"] == "conversions"}
            taken = [row for number, row in enumerate(read(mutated), 1) if number not in refused]
            assert doorway.shop.totals() == totals_of(taken), body
        else:
            assert doorway.shop.totals() == {}, body
    assert min(answered[200], answered[207] + answered[422]) >= 0.2 * answered.total(), f"{kind}: {answered}"


def rows_of(mutated: Any) -> list[Any]:
    return mutated.get("conversions", [])


def cells_of(text: bytes) -> list[Any]:
    lines = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    return [{str(name).strip().lower(): value for name, value in line.items()} for line in lines]


def totals_of(rows: list[Any]) -> Totals:
    """What rows say that are well: the last of each id, by entity and local day."""
    last: dict[str, tuple[Any, ...]] = {}
    for row in rows:
        given = {name: str(value).strip() for name, value in row.items() if value is not None and str(value).strip()}
        withdrawn = given.get("withdrawn", "").lower() in ("true", "1")
        updated = given.get("updated_at")
        revision = float(given.get("revision", 0)) if updated is None else 1e6 * instant(updated).timestamp()
        micros = int(Decimal(given.get("value", "0")) * 1_000_000)
        said = (int(revision), withdrawn, "", "", 0)
        if not withdrawn:
            day = instant(given["happened_at"]).astimezone(ZoneInfo("Europe/Madrid")).date()
            said = (int(revision), withdrawn, day, entity_of(given), micros)
        last[given["id"]] = max(said, last.get(given["id"], said), key=str)
    found: dict[tuple[str, date], tuple[float, int]] = {}
    for _, withdrawn, day, entity, micros in last.values():
        if not withdrawn and entity is not None:
            had = found.get((entity, day), (0.0, 0))
            found[(entity, day)] = had[0] + 1, had[1] + micros
    return found


def entity_of(given: Mapping[str, str]) -> str | None:
    if "entity" in given:
        return given["entity"] if given["entity"] in ("search", "social") else None
    ref = {SEARCH.external_id: SEARCH, SOCIAL.external_id: SOCIAL}.get(given.get("campaign", ""))
    return None if ref is None or given.get("platform", ref.platform) != ref.platform else ref.entity_id


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


COLUMNS = ("id", "happened_at", "kind", "platform", "campaign", "entity", "click_id", "value", "currency", "revision")
ODD = (
    "",
    " ",
    "NaN",
    "-5",
    "1e5",
    "1,5",
    "12.3456789",
    "EUR",
    "USD",
    "2026-05-03",
    "2026-13-01T00:00:00Z",
    '"',
    "\u0000",
)


def gone_wrong(chance: Random) -> bytes:
    """A CSV file of some of the rows, with up to two things changed."""
    table: Table = [[*map(str, COLUMNS)], *([str(row.get(name, "")) for name in COLUMNS] for row in ROWS[:5])]
    for _ in range(chance.choice([0, 1, 1, 2])):
        table = chance.choice([_odd_cell, _odd_cell, _other_row, _short_row, _blank_row, _column_moved])(table, chance)
    text = io.StringIO()
    csv.writer(text, lineterminator=chance.choice(["\n", "\r\n"])).writerows(table)
    data = text.getvalue().encode()
    if chance.random() < 0.15:
        place = chance.randrange(len(data))
        data = data[:place] + chance.choice([b"", b"\xff", b'"', b";", b"\r", b","]) + data[place + 1 :]
    return data


Table = list[list[str]]


def _odd_cell(table: Table, chance: Random) -> Table:
    row, column = chance.randrange(len(table)), chance.randrange(len(COLUMNS))
    cells = [*table[row]]
    cells[column : column + 1] = [chance.choice(ODD)]
    return [*table[:row], cells, *table[row + 1 :]]


def _other_row(table: Table, chance: Random) -> Table:
    return [*table, chance.choice(table)]


def _short_row(table: Table, chance: Random) -> Table:
    row = chance.randrange(len(table))
    return [*table[:row], table[row][: chance.randrange(len(COLUMNS))], *table[row + 1 :]]


def _blank_row(table: Table, chance: Random) -> Table:
    row = chance.randrange(1, len(table) + 1)
    return [*table[:row], [], *table[row:]]


def _column_moved(table: Table, chance: Random) -> Table:
    order = [*range(min(map(len, table)))]
    chance.shuffle(order)
    return [[row[column] for column in order] for row in table]
