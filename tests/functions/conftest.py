"""The real wire: a market, and the emulators of Firestore and Pub/Sub."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.functions.wire import Wire, wire


@pytest.fixture(scope="module")
def line(firestore_address: str, pubsub_address: str) -> Iterator[Wire]:
    """The emulators and the market."""
    with wire(f"test-{uuid4().hex[:12]}", firestore_address, pubsub_address) as found:
        yield found
