"""What breaks bodies does so in one place, the same way each time, and in every way that it knows."""

import json
from collections import Counter
from copy import deepcopy
from typing import Any

from tests.mutated import mutations

BODY: Any = {
    "rows": [{"id": "17", "spend": "12.30", "clicks": 4, "live": True}, {"id": "18", "spend": "7", "clicks": 0}],
    "paging": {"next": None, "kind": "CURSOR"},
    "total": 19.3,
}
WAYS = {
    "is null",
    "of another type",
    "a number",
    "a word",
    "deeply nested",
    "left out",
    "empty",
    "a number in words",
    "negative",
    "of another kind",
    "longer",
    "cut off",
    "swapped",
    "as text",
    "huge",
    "a fraction",
    "ends early",
    "doubled",
    "renamed",
}


def test_the_same_seed_breaks_a_body_in_the_same_ways_and_another_in_others() -> None:
    first, again, other = (repr(list(mutations(BODY, seed, 300))) for seed in (1, 1, 2))
    assert first == again != other


def test_the_body_itself_stays_as_it_is() -> None:
    before = deepcopy(BODY)
    list(mutations(BODY, 3, 500))
    assert before == BODY


def test_every_place_is_met_in_every_way_and_what_comes_out_can_be_sent() -> None:
    found = list(mutations(BODY, 4, 3_000))
    assert len(found) == 3_000
    assert {what.partition(": ")[2].partition(" with ")[0] for what, _ in found} == WAYS
    places = Counter(what.partition(": ")[0] for what, _ in found)
    assert len(places) == 15
    assert min(places.values()) > 100
    assert all(json.dumps(body) for _, body in found)


def test_nearly_every_mutation_changes_something() -> None:
    same = [what for what, body in mutations(BODY, 5, 1_000) if json.dumps(body) == json.dumps(BODY)]
    assert len(same) < 50
