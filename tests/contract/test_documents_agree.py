"""Whatever is tried on them, what the embedded store takes Firestore takes too, and both keep it exactly."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.adapters.firestore import FirestoreDocuments, firestore_client
from common.adapters.sqlite import SqliteDocuments
from common.domain.errors import InvalidInput
from common.ports.documents import Create, Documents, Query

REFUSED = "refused"

odd_names: st.SearchStrategy[str] = st.one_of(
    st.text(max_size=3),
    st.sampled_from(["", ".", "..", "__x__", "____", "___", "a/b", "\ud800", "x" * 1500, "x" * 1501]),
)
odd_scalars: st.SearchStrategy[Any] = st.one_of(
    st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
    st.sampled_from(
        [2**63, -(2**63), 2**63 - 1, -0.0, 5e-324, b"x", Decimal(1), datetime(2026, 1, 1, tzinfo=UTC), (1,), {2}]
    ),
    st.sampled_from(["\ud800", "\x00", "\U0010ffff", "\ufeff"]),
)
odd_values: st.SearchStrategy[Any] = st.recursive(
    odd_scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_names | st.integers(), inner, max_size=3),
    max_leaves=8,
)
odd_bodies = st.dictionaries(odd_names, odd_values, max_size=4)


def outcome(store: Documents, path: str, body: Any) -> str:
    """What became of creating a document: its body as it is read again, or that it was refused."""
    try:
        store.commit(Create(path, body))
    except InvalidInput as refusal:
        return REFUSED if refusal.faults else "refused without a reason"
    (document,) = store.read(path)
    assert document is not None
    collection, _, name = path.rpartition("/")
    assert store.query(Query(collection, start=name, limit=1)).documents == (document,)
    return json.dumps(document.data, sort_keys=True)


@given(name=odd_names, body=odd_bodies)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_the_embedded_store_keeps_a_body_exactly_or_refuses_it(name: str, body: Any) -> None:
    found = outcome(SqliteDocuments(), f"a/{name}", body)
    if found != REFUSED:
        assert found == json.dumps(body, sort_keys=True)


@pytest.mark.emulator
def test_firestore_takes_and_keeps_what_the_embedded_store_does(firestore_address: str) -> None:
    @given(name=odd_names, body=odd_bodies)
    @settings(max_examples=150, deadline=None, derandomize=True)
    def agree(name: str, body: Any) -> None:
        client = firestore_client(f"test-{uuid4().hex[:12]}", emulator=firestore_address)
        firestore = FirestoreDocuments(client, call_seconds=60)
        assert outcome(firestore, f"a/{name}", body) == outcome(SqliteDocuments(), f"a/{name}", body)

    agree()
