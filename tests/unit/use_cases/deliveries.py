"""Messages as Pub/Sub pushes them, and a bus that delivers to the use cases."""

import base64
from collections.abc import Callable
from typing import Any

from common.adapters.memory_bus import Delivery, MemoryBus
from common.domain.tick import Cadence, TenantTick
from common.ports.bus import Message
from common.use_cases.deliveries import handle
from common.use_cases.ports import Ports


def pushed(body: bytes, *, published: str = "2026-05-04T09:00:07.123Z", **changes: Any) -> dict[str, Any]:
    """The payload of a pushed message, its keys in both spellings."""
    both = {"messageId": "7", "message_id": "7", "publishTime": published, "publish_time": published}
    message: dict[str, Any] = {"data": base64.b64encode(body).decode(), "attributes": {}, **both, **changes}
    return {"message": message, "subscription": "projects/p/x"}


def delivered(delivery: Delivery) -> dict[str, Any]:
    """The payload of what the bus in memory delivers."""
    attributes = dict(delivery.message.attributes)
    return pushed(delivery.message.data, published=delivery.published.isoformat(), attributes=attributes)


def works(bus: MemoryBus, ports: Ports, cadence: Cadence, work: Callable[[TenantTick], object]) -> None:
    """Have the cadence's messages handled by `work`."""
    bus.subscribe(cadence.topic, cadence.value, lambda delivery: handle(ports, cadence, delivered(delivery), work))


def kept(bus: MemoryBus, topic: str) -> list[Message]:
    """What is published to a topic from now on, as it is delivered."""
    found: list[Message] = []
    bus.subscribe(topic, f"kept-{topic}", lambda delivery: found.append(delivery.message))
    return found


def settle(bus: MemoryBus) -> None:
    """Deliver until nothing waits, each message taken at its first delivery."""
    while bus.waiting:
        assert [failure.error for failure in bus.deliver()] == []
