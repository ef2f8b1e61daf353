"""What can't be handled is kept, with its reason, where somebody looks."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from common.domain.tick import dead_letter_topic
from common.ports.bus import Message
from common.use_cases.ports import Ports

REDRIVEN = "redriven"
"""The attribute that counts how often a message was sent again after it had been set aside."""

NO_MESSAGE = "no-message"
"""The attribute of what only tells of something, and would not be understood if it were sent again."""

_REDRIVEN: ContextVar[str | None] = ContextVar("redriven", default=None)


@contextmanager
def handling(attributes: Mapping[str, str]) -> Generator[None]:
    """What is set aside within came by a message with these attributes: how often it was sent again is kept."""
    token = _REDRIVEN.set(attributes.get(REDRIVEN))
    try:
        yield
    finally:
        _REDRIVEN.reset(token)


def set_aside(ports: Ports, topic: str, data: bytes, reason: str, attributes: Mapping[str, str] | None = None) -> None:
    """Publish it to the topic's dead-letter topic, with the reason (1,000 bytes) as an attribute, and say so.

    Args:
        attributes: those that it came with, so that it can be sent again as it was; `None` where the data is no
            message, but tells of something that can't be handled.
    """
    short = reason.encode()[:1000].decode(errors="ignore")
    kept = {NO_MESSAGE: "yes"} if attributes is None else _ours(attributes)
    if (times := _REDRIVEN.get()) is not None:
        kept[REDRIVEN] = times
    ports.bus.publish(dead_letter_topic(topic), Message(data, {**kept, "reason": short, "topic": topic}))
    ports.journal.write("dead_letter", severity="ERROR", topic=topic, reason=short)


def _ours(attributes: Mapping[str, str]) -> dict[str, str]:
    """Without those that Pub/Sub itself added, which nobody may publish."""
    return {key: value for key, value in attributes.items() if not key.startswith("goog")}
