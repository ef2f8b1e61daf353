"""Ten thousand answers in which one thing went wrong, through the real clients and the servers that stand for the APIs.

None makes anything raise but what the ports say; each is refused, or understood as what is in it. What is understood is
checked against a reading of the body that knows nothing of the adapters (`body_numbers.py`): a number that is missing,
no number or negative never comes out as one, least of all as zero, and no row is left out in silence.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import isfinite
from typing import Any, NamedTuple

import pytest

from bench.bodies import OWN, door
from tests.mutated import mutations
from tests.property.body_numbers import READINGS, Numbers, Reading
from tests.property.reach import told

COUNTS = {"google_ads": 2_400, "meta": 1_600, "ga4": 2_400, "linkedin": 1_200, "pubsub": 2_400, "hubspot": 400}
"""Mutated bodies by API, over all its bodies together."""
FIGURES = 400
"""Of them again: mutated bodies with figures of campaigns, whose numbers are compared."""
PRINTED = 1e-5
"""Doors print six digits."""


class Played(NamedTuple):
    """One mutated body and what became of it."""

    what: str
    body: Any
    said: str

    @property
    def refused(self) -> bool:
        """Whether nothing of it was taken."""
        return self.said.startswith("refused")


@cache
def cases(api: str) -> list[Mapping[str, Any]]:
    return [case for path in sorted((OWN / api).glob("*.json")) if "body" in (case := json.loads(path.read_bytes()))]


def play(api: str, case: Mapping[str, Any]) -> str:
    outcome = door(api)
    assert outcome is not None
    return outcome(case)


def played(api: str, case: Mapping[str, Any], seed: int, count: int) -> Iterator[Played]:
    for what, body in mutations(case["body"], f"{api}:{case['case']}:{seed}", count):
        where = f"{api}/{case['case']}: {what}"
        try:
            yield Played(where, body, play(api, {**case, "body": body}))
        except Exception as error:  # a door that breaks its word must name the body
            raise AssertionError(f"{where}: {type(error).__name__}: {error}") from error


def test_ten_thousand_bodies_are_enough() -> None:
    assert sum(COUNTS.values()) >= 10_000
    assert set(COUNTS) == {path.name for path in OWN.iterdir()}


@pytest.mark.parametrize("api", COUNTS)
def test_a_mutated_body_is_refused_by_a_code_or_parsed_and_raises_nothing(api: str) -> None:
    each = -(-COUNTS[api] // len(cases(api)))
    ways = Counter[str]()
    for case in cases(api):
        plain = play(api, case)
        for one in played(api, case, 1, each):
            assert re.match(r"parsed: |refused: [a-z0-9_]+: ", one.said), f"{one.what}: {one.said}"
            ways["as before" if one.said == plain else "refused" if one.refused else "otherwise"] += 1
    assert sum(ways.values()) >= COUNTS[api]
    told(ways, "refused", "otherwise")


@pytest.mark.parametrize("name", READINGS)
def test_no_figure_comes_out_that_was_not_in_the_body_and_none_gets_lost(name: str) -> None:
    api, reading = name.partition("/")[0], READINGS[name]
    (case,) = [case for case in cases(api) if f"{api}/{case['case']}" == name]
    plain = play(api, case)
    ways = Counter[str]()
    assert agrees(reading, case["body"], plain) == "same"
    for one in played(api, case, 2, FIGURES):
        way = "refused" if one.refused else agrees(reading, one.body, one.said)
        assert way in ("refused", "same", "left out", "another question"), f"{one.what}: {one.said}\n{way}"
        ways["as before" if one.said == plain else way] += 1
    told(ways, "refused", "left out")


def agrees(reading: Reading, body: Any, said: str) -> str:
    """Whether what was told is what is in the rows; `same`, `left out` for some of them, or what is wrong."""
    rows, sums_of = reading.rows(body), reading.told(said)
    if sums_of is None:
        return "another question"
    missing = {row.whose for row in rows} - sums_of.keys()
    if None in missing or (missing and not reading.may_leave_out):
        return f"nothing is told of {missing}"
    for whose, (count, sums) in sums_of.items():
        wrong = _differs(count, sums, [row.numbers for row in rows if row.whose == whose])
        if wrong is not None:
            return f"of {whose}: {wrong}"
    return "left out" if missing else "same"


def _differs(count: int, sums: Sequence[str], mine: Sequence[Numbers]) -> str | None:
    """What was told of one campaign against its rows; `None` where it is in them."""
    if count not in (-1, len(mine)):
        return f"{count} rows are told, {len(mine)} are there"
    columns = list(zip(*mine, strict=True)) or [()] * len(sums)
    for total, column in zip(sums, columns, strict=True):
        held = sum(one for one in column if one is not None)
        near = isfinite(float(total)) and abs(float(total) - float(held)) <= PRINTED * max(1.0, float(held))
        if None in column or not near:
            return f"{total} is told, {column} are there"
    return None
