"""Queries over all collections of a name, and for texts up to one: every store answers as a list that is sorted would.

And the field by which a store may remove documents.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.domain.errors import InvalidInput
from common.ports.documents import KEPT_UNTIL, Create, Data, Documents, Query, Replace

NOON = "2026-05-04T12:00:00Z"


def found(store: Documents, query: Query | None) -> list[list[str]]:
    """The paths on each page of a query."""
    pages: list[list[str]] = []
    while query is not None:
        page = store.query(query)
        pages.append([document.path for document in page.documents])
        query = page.next
    return pages


def paths(store: Documents, query: Query) -> list[str]:
    """The paths on all pages of a query."""
    return [path for page in found(store, query) for path in page]


def keep(store: Documents, bodies: dict[str, Data]) -> None:
    """Create these documents."""
    store.commit(*(Create(path, body) for path, body in bodies.items()))


# All collections of a name

SCATTERED = [
    "b/1", "t/a/b/1", "t/a/b/2", "t/a-b/b/1", "t/a/b/1/c/1", "t/a/bb/1", "t/a/b/1/b/9", "t/é/b/1", "t/\U0001f600/b/1",
    "t/\uff5e/b/1", "u/a/b/%2F", "u/a/b/*", "t/a b/b/\n", "t/b/x/1",
]  # fmt: skip


def test_a_group_is_every_collection_of_that_name_in_the_order_of_paths_name_by_name(store: Documents) -> None:
    keep(store, {path: {"x": 1} for path in SCATTERED})
    names = [path for path in SCATTERED if path.split("/")[-2] == "b"]
    expected = sorted(names, key=lambda path: [name.encode() for name in path.split("/")])
    assert paths(store, Query("b", group=True)) == expected
    assert paths(store, Query("b", {"x": 1}, group=True, descending=True)) == expected[::-1]
    assert paths(store, Query("nothing", group=True)) == []
    start, end = expected[2], expected[-2]
    assert paths(store, Query("b", group=True, start=start, end=end)) == expected[2:-2]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_pages_of_a_group_hold_each_document_once(store: Documents, limit: int, descending: bool) -> None:
    keep(store, {f"t/{n % 3}/b/{n}": {"x": 1, "even": n % 2 == 0} for n in range(7)})
    expected = [f"t/{n % 3}/b/{n}" for n in (0, 3, 6, 1, 4, 2, 5)][:: -1 if descending else 1]
    query = Query("b", {"x": 1}, group=True, limit=limit, descending=descending)
    assert found(store, query) == [expected[first : first + limit] for first in range(0, 7, limit)]
    even = Query("b", {"x": 1, "even": True}, group=True, limit=limit, descending=descending)
    assert paths(store, even) == [path for path in expected if int(path[-1]) % 2 == 0]


# Texts up to one


def test_texts_up_to_one_come_in_their_order_and_nothing_else_does(store: Documents) -> None:
    values: dict[str, Any] = {
        "late": "2026-05-04T12:00:01Z", "noon": NOON, "also-noon": NOON, "early": "2026-05-04T09:00:00Z", "empty": "",
        "none": None, "number": 5, "yes": True, "list": [NOON], "dict": {"x": NOON}, "part": "2026-05-04T11:59:59.5Z",
        "nul": "2026\x00", "wide": "é", "wider": "\U0001f600",
    }  # fmt: skip
    keep(store, {f"a/{name}": {"due": value} for name, value in values.items()} | {"a/absent": {"x": 1}})
    query = Query("a", up_to=("due", NOON))
    assert paths(store, query) == ["a/empty", "a/nul", "a/early", "a/part", "a/also-noon", "a/noon"]
    assert paths(store, Query("a", up_to=("due", "\U0001f600"))) == [
        *paths(store, query),
        "a/late",
        "a/wide",
        "a/wider",
    ]
    early = ("2026-05-04T09:00:00Z", None)
    assert paths(store, Query("a", up_to=("due", NOON), after=early)) == ["a/part", "a/also-noon", "a/noon"]
    assert paths(store, Query("a", up_to=("due", NOON), after=(NOON, "a/also-noon"))) == ["a/noon"]
    assert paths(store, Query("a", up_to=("due", NOON), after=(NOON, None))) == []


@pytest.mark.parametrize("group", [False, True])
def test_pages_of_equal_texts_hold_each_document_once(store: Documents, group: bool) -> None:
    """As where many tracks are due at once: none may be lost between two pages."""
    names = [f"t/{n % 3}/b/{n}" if group else f"t/a/b/{n}" for n in range(7)]
    keep(store, {name: {"due": NOON} for name in names})
    expected = sorted(names)
    query = Query("b" if group else "t/a/b", group=group, up_to=("due", NOON), limit=2)
    assert found(store, query) == [expected[first : first + 2] for first in range(0, 7, 2)]


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=3).filter(
    lambda name: "/" not in name and name not in (".", "..") and not (name[:2] == name[-2:] == "__")
)
dues = st.sampled_from(["", "1", "1\x00", "2", "é", "\uff5e", "\U0001f600"]) | st.none() | st.integers(0, 2)


def test_whatever_the_names_are_every_page_is_what_a_sorted_list_holds(
    new_store: Callable[[], Documents], request: pytest.FixtureRequest
) -> None:
    @given(
        held=st.dictionaries(st.tuples(names, names), st.tuples(st.booleans(), dues), min_size=1, max_size=8),
        last=st.sampled_from(["1", "2", "é", "\U0001f600"]),
        limit=st.integers(1, 4),
    )
    @settings(max_examples=60 if "sqlite-memory" in request.node.name else 8, deadline=None, derandomize=True)
    def agree(held: dict[tuple[str, str], tuple[bool, Any]], last: str, limit: int) -> None:
        store = new_store()
        keep(store, {f"t/{of}/b/{name}": {"on": on, "due": due} for (of, name), (on, due) in held.items()})
        rows = [(of, name, due) for (of, name), (on, due) in held.items() if on]
        by_path = sorted(rows, key=lambda row: (row[0].encode(), row[1].encode()))
        due_now = [row for row in by_path if isinstance(row[2], str) and row[2].encode() <= last.encode()]
        due_now.sort(key=lambda row: row[2].encode())
        for query, expected in (
            (Query("b", {"on": True}, group=True, limit=limit), by_path),
            (Query("b", {"on": True}, group=True, limit=limit, up_to=("due", last)), due_now),
        ):
            pages = found(store, query)
            assert [path for page in pages for path in page] == [f"t/{of}/b/{name}" for of, name, _ in expected]
            assert all(len(page) == limit for page in pages[:-1])

    agree()


BAD_QUERIES = {
    "a group that is a path": Query("t/a/b", group=True),
    "a group without a name": Query("", group=True),
    "a reserved name": Query("__b__", group=True),
    "a start that is no path": Query("b", group=True, start="x"),
    "an end that is no document's": Query("b", group=True, end="t/a/b"),
    "a number to come up to": Query("b", up_to=("due", 1)),  # pyright: ignore[reportArgumentType]
    "half a surrogate pair": Query("b", up_to=("due", "\ud83d")),
    "a field without a name": Query("b", up_to=("", NOON)),
    "backwards": Query("b", {"x": 1}, up_to=("due", NOON), descending=True),
    "bounds of ids": Query("b", up_to=("due", NOON), start="1"),
    "going on without a field": Query("b", after=(NOON, None)),
    "going on after what is no path": Query("b", up_to=("due", NOON), after=(NOON, "x")),
    "the store's own field": Query("b", {KEPT_UNTIL: NOON}),
    "up to the store's own field": Query("b", up_to=(KEPT_UNTIL, NOON)),
}


@pytest.mark.parametrize("query", BAD_QUERIES.values(), ids=BAD_QUERIES.keys())
def test_a_query_that_firestore_would_not_take_is_refused(store: Documents, query: Query) -> None:
    with pytest.raises(InvalidInput):
        store.query(query)


# What goes by itself


@pytest.mark.parametrize("until", [NOON, "2026-05-04T12:00:00.000001Z", "9999-12-31T23:59:59.999999Z", None])
def test_until_when_a_document_is_kept_is_read_as_it_was_written(store: Documents, until: str | None) -> None:
    (version,) = store.commit(Create("a/1", {KEPT_UNTIL: until, "inside": {KEPT_UNTIL: "any text"}}))
    (document,) = store.read("a/1")
    assert document is not None
    assert document.data == {KEPT_UNTIL: until, "inside": {KEPT_UNTIL: "any text"}}
    assert store.query(Query("a")).documents == (document,)
    assert store.commit(Replace("a/1", document.data, version)) == (version,)


@pytest.mark.parametrize("until", ["", "tomorrow", "2026-05-04", "2026-05-04T12:00:00+00:00", "2026-05-04T12:00:00", 5])
def test_another_kind_of_instant_is_refused(store: Documents, until: Any) -> None:
    with pytest.raises(InvalidInput, match=KEPT_UNTIL):
        store.commit(Create("a/1", {KEPT_UNTIL: until}))
    assert store.read("a/1") == (None,)
