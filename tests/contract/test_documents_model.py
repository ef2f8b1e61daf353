"""Any sequence of commits, reads and queries: every store answers as a plain dictionary would."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from common.ports.documents import Conflict, Create, Data, Delete, Document, Documents, Query, Replace, Write

PATHS = [f"{collection}/{name}" for collection in ("a", "a/x/b", "a/y/b") for name in ("x", "y", "é", "\uff5e", "😀")]

texts = st.text(st.characters(codec="utf-8"), max_size=6)
names = texts.filter(lambda name: name and not (name[:2] == name[-2:] == "__"))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | texts
    | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.dictionaries(names, inner, max_size=3)
        | st.lists(inner.filter(lambda item: not isinstance(item, list)), max_size=3)
    ),
    max_leaves=6,
)
fields = st.fixed_dictionaries(
    {"kind": st.sampled_from(["p", "q", 0, 1, False, True])}, optional={"x": values, "é`.": values}
)
"""Bodies that filters on `kind` tell apart, with anything else in them."""


class StoreAndModel(RuleBasedStateMachine):
    """Does the same to a store and to a dictionary of documents."""

    def __init__(self, store: Documents) -> None:
        super().__init__()
        self.store = store
        self.model: dict[str, Document] = {}
        self.past: dict[str, set[str]] = {path: set() for path in PATHS}

    @rule(data=st.data(), paths=st.lists(st.sampled_from(PATHS), min_size=1, max_size=5, unique=True))
    def commit(self, data: st.DataObject, paths: list[str]) -> None:
        """Commit writes of which some may lose."""
        writes = [data.draw(self.write(path)) for path in paths]
        losers = {write.path for write in writes if not self.holds(write)}
        if losers:
            with pytest.raises(Conflict) as conflict:
                self.store.commit(*writes)
            assert set(conflict.value.paths) == losers
            return
        for write, version in zip(writes, self.store.commit(*writes), strict=True):
            self.apply(write, version)

    def write(self, path: str) -> st.SearchStrategy[Write]:
        """A write that more often holds than not."""
        document = self.model.get(path)
        versions = [document.version] * 4 if document else []
        known = st.sampled_from([*versions, *sorted(self.past[path])] or ["1.000000000"])
        replace = st.builds(Replace, st.just(path), fields | st.just(document.data if document else {}), known)
        return st.one_of(
            st.builds(Create, st.just(path), fields), replace, st.builds(Delete, st.just(path), st.none() | known)
        )

    def holds(self, write: Write) -> bool:
        """Whether the precondition does."""
        document = self.model.get(write.path)
        if isinstance(write, Create):
            return document is None
        return (isinstance(write, Delete) and write.version is None) or (
            document is not None and document.version == write.version
        )

    def apply(self, write: Write, version: str) -> None:
        """Do to the model what was done to the store."""
        before = self.model.pop(write.path, None)
        if isinstance(write, Delete):
            assert version == ""
            return
        if before is not None and exact(before.data) == exact(write.data):
            assert version == before.version
        else:
            assert version not in self.past[write.path]
        self.past[write.path].add(version)
        self.model[write.path] = Document(write.path, write.data, version)

    @rule(paths=st.lists(st.sampled_from(PATHS), max_size=6))
    def read(self, paths: list[str]) -> None:
        """Read documents, some of them twice."""
        assert list(map(as_text, self.store.read(*paths))) == [as_text(self.model.get(path)) for path in paths]

    @rule(
        collection=st.sampled_from(["a", "a/x/b", "a/y/b", "a/z/b"]),
        kind=st.none() | st.sampled_from(["p", 0, 1, True, False]),
        start=st.none() | names.filter(lambda name: "/" not in name and name not in (".", "..")),
        end=st.none() | st.sampled_from(["y", "é", "\ue000", "😀"]),
        limit=st.integers(1, 6),
        descending=st.booleans(),
    )
    def query(
        self, collection: str, kind: Any, start: str | None, end: str | None, limit: int, descending: bool
    ) -> None:
        """Read a query to its end."""
        where = {} if kind is None else {"kind": kind}
        query: Query | None = Query(collection, where, start, end, descending and kind is not None, limit)
        expected = [as_text(document) for document in self.matching(query)]
        found: list[str] = []
        while query is not None:
            page = self.store.query(query)
            assert len(page.documents) <= limit
            found += map(as_text, page.documents)
            query = page.next
        assert found == expected

    def matching(self, query: Query) -> list[Document]:
        """What the model answers."""
        found: dict[str, Document] = {}
        for path, document in self.model.items():
            collection, _, name = path.rpartition("/")
            kind = document.data["kind"]
            wanted = query.where.get("kind", kind)
            if collection == query.collection and kind == wanted and isinstance(kind, bool) == isinstance(wanted, bool):
                found[name] = document
        within = [name for name in found if (query.start or "") <= name and (query.end is None or name < query.end)]
        return [found[name] for name in sorted(within, key=str.encode, reverse=query.descending)]


def exact(data: Data) -> str:
    """A body as text, in which 1, 1.0 and true differ and the order of names does too."""
    return json.dumps(data)


def as_text(document: Document | None) -> str:
    """All of a document, to compare."""
    return "" if document is None else json.dumps([document.path, document.version, document.data], sort_keys=True)


def test_a_store_answers_as_a_dictionary_would(
    new_store: Callable[[], Documents], request: pytest.FixtureRequest
) -> None:
    class Machine(StoreAndModel):
        def __init__(self) -> None:
            super().__init__(new_store())

    quick = "sqlite-memory" in request.node.name
    run_state_machine_as_test(
        Machine,
        settings=settings(max_examples=100 if quick else 10, stateful_step_count=20, deadline=None, derandomize=True),
    )
