"""What every document store does: SQLite in memory and in a file, and Firestore."""

import json
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from common.domain.errors import InvalidInput
from common.ports.documents import Conflict, Create, Data, Delete, Document, Documents, Query, Replace, Write

BODY: Data = {
    "text": "größer als 漢字 😀 \x00 \n",
    "whole": -(2**63),
    "money": 9_223_372_036_854_775_807,
    "fraction": 0.1,
    "whole fraction": 3.0,
    "yes": True,
    "nothing": None,
    "list": [1, "two", 3.5, False, None, {"in": ["it"]}],
    "empty": {"list": [], "dict": {}},
    "dotted.name `quoted` \\": {"0": 1},
    "deep": {"json": {"json": "[1]"}, "list": [{"whole": -(2**63), "fraction": 0.1, "whole fraction": 3.0}]},
    "json": {"json": "{}"},
    "said in json": '{"json": 1}',
}


def exact(data: Data) -> str:
    """A body as text, in which 1, 1.0 and true differ."""
    return json.dumps(data, sort_keys=True)


def bodies(*documents: Document | None) -> list[Data | None]:
    """The bodies of documents."""
    return [document and document.data for document in documents]


def pages(store: Documents, query: Query | None) -> Iterator[list[str]]:
    """The ids on each page of a query."""
    seen: list[Query] = []
    while query is not None:
        assert query not in seen, "a page leads back to itself"
        seen.append(query)
        page = store.query(query)
        yield [document.path.rpartition("/")[2] for document in page.documents]
        query = page.next


def ids(store: Documents, query: Query) -> list[str]:
    """The ids on all pages of a query."""
    return [name for page in pages(store, query) for name in page]


# Reading


def test_a_body_is_read_as_it_was_written_type_for_type(store: Documents) -> None:
    (version,) = store.commit(Create("a/1", BODY))
    (document,) = store.read("a/1")
    assert document is not None
    assert (document.path, document.version) == ("a/1", version)
    assert exact(document.data) == exact(BODY)


def test_documents_come_in_the_order_asked_for_and_none_stands_for_a_missing_one(store: Documents) -> None:
    store.commit(*(Create(f"a/{n}", {"n": n}) for n in range(4)))
    found = store.read("a/3", "b/0", "a/0", "a/9", "a/3")
    assert bodies(*found) == [{"n": 3}, None, {"n": 0}, None, {"n": 3}]


def test_nothing_asked_and_nothing_written_is_no_error(store: Documents) -> None:
    assert store.read() == ()
    assert store.commit() == ()


def test_what_a_caller_does_to_a_body_later_does_not_reach_the_store(store: Documents) -> None:
    body: Data = {"list": [1]}
    store.commit(Create("a/1", body))
    body["list"].append(2)
    first = store.read("a/1")[0]
    assert first is not None
    first.data["list"].append(3)
    assert bodies(*store.read("a/1")) == [{"list": [1]}]


# Preconditions


def replace(version: str) -> Write:
    """Replace the document, which is at `version`."""
    return Replace("a/1", {"n": 9}, version)


def delete(version: str) -> Write:
    """Delete the document, which is at `version`."""
    return Delete("a/1", version)


def test_a_document_is_created_only_once(store: Documents) -> None:
    store.commit(Create("a/1", {"by": "first"}))
    with pytest.raises(Conflict) as conflict:
        store.commit(Create("a/1", {"by": "second"}))
    assert conflict.value.paths == ("a/1",)
    assert bodies(*store.read("a/1")) == [{"by": "first"}]


def test_a_replacement_takes_the_place_of_the_whole_body(store: Documents) -> None:
    (version,) = store.commit(Create("a/1", {"old": {"kept": 1}, "both": 1}))
    store.commit(Replace("a/1", {"both": 2}, version))
    assert bodies(*store.read("a/1")) == [{"both": 2}]


def test_the_version_that_a_commit_returns_is_the_one_to_replace(store: Documents) -> None:
    (version,) = store.commit(Create("a/1", {"n": 0}))
    versions = [version]
    for n in range(1, 20):
        (version,) = store.commit(Replace("a/1", {"n": n}, version))
        versions.append(version)
    document = store.read("a/1")[0]
    assert document is not None
    assert (document.data, document.version) == ({"n": 19}, version)
    assert len(set(versions)) == len(versions)


@pytest.mark.parametrize("write", [replace, delete])
def test_a_write_at_an_old_version_conflicts(store: Documents, write: Callable[[str], Write]) -> None:
    (old,) = store.commit(Create("a/1", {"n": 0}))
    store.commit(Replace("a/1", {"n": 1}, old))
    with pytest.raises(Conflict) as conflict:
        store.commit(write(old))
    assert conflict.value.paths == ("a/1",)
    assert bodies(*store.read("a/1")) == [{"n": 1}]


@pytest.mark.parametrize("write", [replace, delete])
def test_a_write_at_a_version_conflicts_where_the_document_is_gone(
    store: Documents, write: Callable[[str], Write]
) -> None:
    (version,) = store.commit(Create("a/1", {"n": 0}))
    store.commit(Delete("a/1", version))
    with pytest.raises(Conflict):
        store.commit(write(version))
    assert store.read("a/1") == (None,)


def test_a_document_created_anew_is_not_taken_for_the_one_that_was_deleted(store: Documents) -> None:
    (first,) = store.commit(Create("a/1", {"n": 0}))
    store.commit(Delete("a/1"))
    (second,) = store.commit(Create("a/1", {"n": 0}))
    assert second != first
    with pytest.raises(Conflict):
        store.commit(Replace("a/1", {"n": 1}, first))


def test_a_deletion_without_a_version_is_done_whatever_is_there(store: Documents) -> None:
    store.commit(Create("a/1", {}))
    assert store.commit(Delete("a/1"), Delete("a/2")) == ("", "")
    assert store.read("a/1", "a/2") == (None, None)


def test_a_replacement_that_changes_nothing_leaves_the_version(store: Documents) -> None:
    (version,) = store.commit(Create("a/1", BODY))
    assert store.commit(Replace("a/1", BODY, version)) == (version,)


# Atomicity


def test_if_one_write_loses_nothing_is_written_and_every_loser_is_named(store: Documents) -> None:
    old, kept = store.commit(Create("a/old", {"n": 0}), Create("a/kept", {"n": 0}))
    store.commit(Replace("a/old", {"n": 1}, old))
    with pytest.raises(Conflict) as conflict:
        store.commit(
            Create("a/new", {}),
            Replace("a/kept", {"n": 9}, kept),
            Replace("a/old", {"n": 9}, old),
            Create("a/kept/b/1", {}),
            Replace("a/missing", {}, old),
            Delete("a/other", old),
            Delete("a/absent"),
        )
    assert set(conflict.value.paths) == {"a/old", "a/missing", "a/other"}
    found = store.read("a/new", "a/kept", "a/old", "a/kept/b/1", "a/missing")
    assert bodies(*found) == [None, {"n": 0}, {"n": 1}, None, None]
    assert found[1] is not None
    assert found[1].version == kept


def test_a_commit_of_many_documents_is_written_whole(store: Documents) -> None:
    writes = [Create(f"tenants/t/outbox/{n:04}", {"n": n}) for n in range(501)]
    assert len(set(store.commit(*writes))) >= 1
    assert bodies(*store.read(*(write.path for write in writes))) == [{"n": n} for n in range(501)]


# Queries


def test_a_query_lists_the_documents_of_its_collection_and_of_no_other(store: Documents) -> None:
    paths = ["a/1/b/x", "a/1/b/y", "a/2/b/z", "a/1/bb/x", "a/1/b/x/c/deep", "b/x", "a/1/a/x"]
    store.commit(*(Create(path, {}) for path in paths))
    assert ids(store, Query("a/1/b")) == ["x", "y"]
    assert ids(store, Query("a/2/b")) == ["z"]
    assert ids(store, Query("b")) == ["x"]
    assert ids(store, Query("a/1/b/x/c")) == ["deep"]
    assert ids(store, Query("a")) == []  # what has documents under it need not exist


def test_ids_are_ordered_by_their_bytes_in_utf_8(store: Documents) -> None:
    names = ["a", "Z", "z", "ä", "10", "9", "\uff5e", "😀", "\ue000", " ", "a\x00", "a b", "e\u0301", "é"]
    store.commit(*(Create(f"a/{name}", {"x": 1}) for name in names))
    expected = sorted(names, key=str.encode)
    assert ids(store, Query("a")) == expected
    assert ids(store, Query("a", where={"x": 1}, descending=True)) == expected[::-1]


@pytest.mark.parametrize("descending", [False, True])
def test_start_is_the_first_id_and_end_the_first_beyond(store: Documents, descending: bool) -> None:
    store.commit(*(Create(f"log/north-{n:012}", {"x": 1}) for n in range(5)))
    store.commit(Create("log/north-east-000000000001", {"x": 1}))

    def within(start: str | None, end: str | None) -> list[str]:
        where = {"x": 1} if descending else {}
        return ids(store, Query("log", where, start, end, descending))[:: -1 if descending else 1]

    every = [f"north-{n:012}" for n in range(5)]
    assert within("north-000000000001", "north-000000000003") == every[1:3]
    assert within("north-0", "north-:") == every
    assert within("north-000000000003", None) == [*every[3:], "north-east-000000000001"]
    assert within(None, "north-000000000001") == every[:1]
    assert within("north-000000000003", "north-000000000003") == []
    assert within("north-000000000003", "north-000000000001") == []


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_together_hold_each_document_once_and_the_last_says_so(
    store: Documents, limit: int, descending: bool
) -> None:
    store.commit(*(Create(f"a/{n}", {"odd": bool(n % 2), "x": 1}) for n in range(7)))
    expected = [str(n) for n in range(7)][:: -1 if descending else 1]
    got = list(pages(store, Query("a", where={"x": 1}, limit=limit, descending=descending)))
    assert got == [expected[first : first + limit] for first in range(0, 7, limit)]
    odd = list(pages(store, Query("a", where={"odd": True}, limit=limit, descending=descending)))
    assert [name for page in odd for name in page] == [name for name in expected if int(name) % 2]
    assert all(len(page) == limit for page in odd[:-1])


def test_a_page_goes_on_where_the_last_ended_though_documents_come_and_go(store: Documents) -> None:
    store.commit(*(Create(f"a/{n}", {}) for n in (1, 2, 3, 4, 5)))
    page = store.query(Query("a", limit=2))
    assert page.next is not None
    store.commit(Delete("a/2"), Delete("a/3"), Create("a/0", {}), Create("a/35", {}))
    assert ids(store, page.next) == ["35", "4", "5"]


def test_a_filter_compares_type_and_value_as_firestore_does(store: Documents) -> None:
    values: dict[str, Any] = {
        "int": 1, "float": 1.0, "bool": True, "text": "1", "zero": 0, "false": False, "none": None,
        "list": [1], "dict": {"x": 1}, "big": 2**62 + 1,
    }  # fmt: skip
    store.commit(*(Create(f"a/{name}", {"x": value}) for name, value in values.items()), Create("a/absent", {"y": 1}))
    assert ids(store, Query("a", where={"x": 1})) == ["float", "int"]
    assert ids(store, Query("a", where={"x": True})) == ["bool"]
    assert ids(store, Query("a", where={"x": "1"})) == ["text"]
    assert ids(store, Query("a", where={"x": 0})) == ["zero"]
    assert ids(store, Query("a", where={"x": False})) == ["false"]
    assert ids(store, Query("a", where={"x": 2**62 + 1})) == ["big"]
    assert ids(store, Query("a", where={"x": 2**62})) == []


def test_a_list_holds_a_text_only_as_a_member_of_its_own(store: Documents) -> None:
    values: dict[str, Any] = {
        "first": ["ana@x.example", "bo"], "last": ["bo", "größer 😀", "ana@x.example"], "text": "ana@x.example",
        "part": ["ana@x.example.org"], "deeper": [{"in": "ana@x.example"}], "dict": {"0": "ana@x.example"},
        "none": None, "empty": [], "number": [1, True],
    }  # fmt: skip
    store.commit(*(Create(f"a/{name}", {"x": value}) for name, value in values.items()), Create("a/absent", {"y": 1}))
    assert ids(store, Query("a", holding=("x", "ana@x.example"))) == ["first", "last"]
    assert ids(store, Query("a", holding=("x", "größer 😀"))) == ["last"]
    assert ids(store, Query("a", holding=("x", "1"))) == []
    assert ids(store, Query("a", holding=("z", "ana@x.example"))) == []


@pytest.mark.parametrize("name", ["odd.name `quoted` \\", "people"])
@pytest.mark.parametrize("limit", [1, 2, 100])
def test_what_a_list_holds_goes_with_other_filters_bounds_and_pages(store: Documents, name: str, limit: int) -> None:
    store.commit(
        *(Create(f"a/{n}", {name: ["ana"] if n % 2 else ["bo"], "kind": n < 7}) for n in range(9)),
    )
    asked = Query("a", {"kind": True}, "2", "8", limit=limit, holding=(name, "ana"))
    assert list(pages(store, asked)) == [["3", "5"][first : first + limit] for first in range(0, 2, limit)]


def test_all_filters_must_hold_within_the_bounds(store: Documents) -> None:
    store.commit(*(Create(f"a/{n}", {"state": "pending", "even": n % 2 == 0}) for n in range(6)))
    store.commit(Create("a/x", {"state": "done", "even": True}))
    query = Query("a", where={"state": "pending", "even": True}, start="1", end="5", descending=True)
    assert ids(store, query) == ["4", "2"]


@pytest.mark.parametrize("name", ["a.b", "a b", "`", "\\", '"', "0", "ключ", "a`.`b\\"])
def test_a_filter_names_a_top_level_field_whatever_it_is_called(store: Documents, name: str) -> None:
    store.commit(Create("a/top", {name: 1}), Create("a/nested", {"a": {"b": 1}, "in": {name: 1}}))
    assert ids(store, Query("a", where={name: 1})) == ["top"]


def test_a_query_brings_bodies_and_versions(store: Documents) -> None:
    (version,) = store.commit(Create("a/1", BODY))
    (document,) = store.query(Query("a")).documents
    assert (document.path, document.version, exact(document.data)) == ("a/1", version, exact(BODY))


# Refusals


def nested(levels: int) -> Any:
    """A dict in a dict in a dict ..."""
    value: Any = 1
    for _ in range(levels):
        value = {"in": value}
    return value


REFUSED: dict[str, Any] = {
    "a list in a list": {"x": [[1]]},
    "an empty list in a list": {"x": {"y": [1, []]}},
    "not a number": {"x": float("nan")},
    "infinity": {"x": [{"y": float("-inf")}]},
    "65 bits": {"x": 2**63},
    "a negative number of 65 bits": {"x": [-(2**63) - 1]},
    "bytes": {"x": b"1"},
    "a tuple": {"x": (1, 2)},
    "a set": {"x": [{1}]},
    "an object": {"x": object()},
    "half a surrogate pair": {"x": "\ud83d"},
    "half a surrogate pair in a name": {"\ud83d": 1},
    "a name that is a number": {"x": {1: 1}},
    "an empty name": {"x": {"": 1}},
    "a reserved name": {"__x__": 1},
    "a reserved name further down": {"x": [{"____": 1}]},
    "a long name": {"x": {"n" * 1501: 1}},
    "21 levels": {"x": nested(21)},
    "21 levels of lists and dicts": {"x": [nested(20)]},
    "a megabyte of text": {"x": "a" * 1024 * 1024},
    "a megabyte of numbers, in far less JSON": {"x": [1] * 131_100},
    "a megabyte of small dicts": {"x": [{"a": 1}] * 105_000},
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_a_body_that_firestore_would_not_take_is_refused_and_nothing_written(store: Documents, body: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        store.commit(Create("a/good", {"x": 1}), Create("a/bad", body))
    assert [fault.where.startswith("a/bad") for fault in refusal.value.faults] == [True]
    assert store.read("a/good", "a/bad") == (None, None)


TAKEN: dict[str, Data] = {
    "20 levels": nested(21),
    "20 levels of lists and dicts": {"x": [nested(19)]},
    "a long name": {"n" * 1500: 1},
    "names that only look reserved": {"__x": 1, "x__": 1, "___": 1},
    "almost a megabyte of text": {"x": "a" * (1024 * 1024 - 89 - 100)},
    "almost a megabyte of numbers": {"x": [1] * 131_000},
    "almost a megabyte of text in two bytes a character": {"x": "é" * 524_000},
}


@pytest.mark.parametrize("body", TAKEN.values(), ids=TAKEN.keys())
def test_a_body_within_the_limits_is_taken(store: Documents, body: Data) -> None:
    store.commit(Create("a/1", body))
    assert [exact(data or {}) for data in bodies(*store.read("a/1"))] == [exact(body)]


def test_a_commit_of_three_megabytes_is_taken_and_a_larger_one_refused(store: Documents) -> None:
    megabyte = {"x": "a" * (1024 * 1024 - 200)}
    store.commit(*(Create(f"a/{n}", megabyte) for n in range(3)))
    with pytest.raises(InvalidInput, match="one commit"):
        store.commit(*(Create(f"b/{n}", megabyte) for n in range(4)))
    assert store.read("b/0") == (None,)


def test_all_that_is_wrong_with_a_commit_is_said_at_once(store: Documents) -> None:
    (version,) = store.commit(Create("a/1", {}))
    with pytest.raises(InvalidInput) as refusal:
        store.commit(
            Create("a/2", {"entities": [{"bid": float("inf")}, {"budget": 2**64}], "by": {"when": object()}}),
            Create("a", {}),
            Replace("a/1", {}, version),
            Delete("a/1", ""),
        )
    wheres = [fault.where for fault in refusal.value.faults]
    assert wheres == ["a", "a/1", "a/1", "a/2.entities.0.bid", "a/2.entities.1.budget", "a/2.by.when"]


BAD_PATHS = ["", "a", "a/", "/1", "a//1", "a/1/b", "a/.", "a/..", "../1", "a/__x__", "__a__/1", "a/____", "a/\ud83d",
             "a/" + "x" * 1501, "/".join(["a" * 1000] * 8)]  # fmt: skip


@pytest.mark.parametrize("path", BAD_PATHS, ids=repr)
def test_what_is_no_path_of_a_document_is_refused(store: Documents, path: str) -> None:
    with pytest.raises(InvalidInput):
        store.read("a/1", path)
    with pytest.raises(InvalidInput):
        store.commit(Create("a/1", {}), Create(path, {}))
    with pytest.raises(InvalidInput):
        store.commit(Delete(path))
    assert store.read("a/1") == (None,)


@pytest.mark.parametrize(
    "name", ["é", "漢字", "😀", "a b", "%2F", "*", "a\nb", "\x00", "__x", "x" * 1500, "-", "a.b", "~"], ids=ascii
)
def test_an_id_may_be_any_text_without_a_slash(store: Documents, name: str) -> None:
    store.commit(Create(f"a/{name}/{name}/{name}", {"x": 1}))
    assert bodies(*store.read(f"a/{name}/{name}/{name}")) == [{"x": 1}]
    assert ids(store, Query(f"a/{name}/{name}")) == [name]


BAD_QUERIES = [
    Query(""),
    Query("a/1"),
    Query("a//b"),
    Query("a", limit=0),
    Query("a", start=""),
    Query("a", start="x/y"),
    Query("a", end="__x__"),
    Query("a", where={"": 1}),
    Query("a", where={"__x__": 1}),
    Query("a", where={"x": 2**63}),
    Query("a", where={"x": "\ud83d"}),
    Query("a", descending=True),
    Query("a", {"y": 1}, holding=("x", "ana"), descending=True),
    Query("a", holding=("", "ana")),
    Query("a", holding=("x", "\ud83d")),
    Query("a", holding=cast("tuple[str, str]", ("x", 1))),
]


@pytest.mark.parametrize("query", BAD_QUERIES, ids=repr)
def test_a_query_that_makes_no_sense_is_refused(store: Documents, query: Query) -> None:
    with pytest.raises(InvalidInput):
        store.query(query)
