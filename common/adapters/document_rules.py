"""What every adapter of `Documents` does alike: which paths, bodies and queries it refuses, and how a page continues.

The rules are Firestore's, so that nothing which the embedded store accepts fails in the cloud. They are checked before
anything is sent or written, and all faults are reported at once. Where its limits page
(https://firebase.google.com/docs/firestore/quotas) and its emulator differ, the stricter of the two is kept.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from math import isfinite
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

from common.domain.errors import Fault, InvalidInput
from common.ports.documents import Delete, Document, Page, Query, Replace, Write

MAX_ID_BYTES = 1_500
MAX_PATH_BYTES = 6 * 1024
MAX_DEPTH = 20
"""How deep lists and dicts may be nested within a body."""
MAX_DOCUMENT_BYTES = 1024 * 1024 - 89
"""Of Firestore's 1 MiB: what one field may take. Held for the whole document, one bound serves both limits."""
MAX_COMMIT_BYTES = 3 * 1024 * 1024
"""Of a commit's bodies as JSON. Firestore takes requests of 10 MiB and its emulator 4; protobuf is a little larger."""

_STORED_PER_JSON_BYTE = 11
"""The most that Firestore stores for a byte of JSON: an empty map in a list is 3 bytes of JSON and counts 32."""

_INT64 = range(-(2**63), 2**63)


def check_paths(paths: Iterable[str]) -> None:
    """Raises InvalidInput where one is not the path of a document."""
    faults = [Fault(path, what) for path in paths for what in _path_faults(path, "document")]
    if faults:
        raise InvalidInput("the read", faults)


def check_query(query: Query) -> None:
    """Raises InvalidInput with all that is wrong with a query."""
    faults = [Fault("collection", what) for what in _path_faults(query.collection, "collection")]
    for name, bound in (("start", query.start), ("end", query.end)):
        if bound is not None and (what := _id_fault(bound)):
            faults.append(Fault(name, what))
    if query.limit < 1:
        faults.append(Fault("limit", f"must be at least 1, not {query.limit}"))
    for field, value in query.where.items():
        faults += _field_faults({field: value}, ("where",), scalars=True)
    if faults:
        raise InvalidInput(f"the query on {query.collection!r}", faults)


def encode(writes: Sequence[Write]) -> list[str]:
    """Each write's body as compact JSON, `""` for a deletion, once all of them have passed.

    Raises:
        InvalidInput: with every fault of every write.
    """
    faults: list[Fault] = []
    bodies = [_encode(write, faults) for write in writes]
    ...
