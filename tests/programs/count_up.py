"""Raise the number in one document of a SQLite store by compare-and-set: `count_up.py FILE TIMES`."""

import sys

from common.adapters.sqlite import SqliteDocuments
from common.ports.documents import Conflict, Replace

store = SqliteDocuments(sys.argv[1], patience=60)
for _ in range(int(sys.argv[2])):
    while True:
        (document,) = store.read("counters/1")
        assert document is not None
        try:
            store.commit(Replace("counters/1", {"n": document.data["n"] + 1}, document.version))
        except Conflict:
            continue
        break
