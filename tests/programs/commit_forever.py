"""Write ever higher numbers into two documents at once and say each when its commit has returned: FILE."""

import sys

from common.adapters.sqlite import SqliteDocuments
from common.ports.documents import Create, Replace, Write

PATHS = ("pairs/left", "pairs/right")
store = SqliteDocuments(sys.argv[1])
while True:
    documents = store.read(*PATHS)
    number = max((document.data["n"] for document in documents if document), default=0) + 1
    body = {"n": number, "ballast": "x" * (number % 50_000)}
    writes: list[Write] = [
        Replace(path, body, document.version) if document else Create(path, body)
        for path, document in zip(PATHS, documents, strict=True)
    ]
    store.commit(*writes, Create(f"log/{number:09}", {"n": number}))
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()
