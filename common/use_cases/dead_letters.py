"""What can't be handled is kept, with its reason, where somebody looks."""

from common.domain.tick import dead_letter_topic
from common.ports.bus import Message
from common.use_cases.ports import Ports


def set_aside(ports: Ports, topic: str, data: bytes, reason: str) -> None:
    """Publish it to the topic's dead-letter topic, with the reason as an attribute (1,000 bytes at most)."""
    short = reason.encode()[:1000].decode(errors="ignore")
    ports.bus.publish(dead_letter_topic(topic), Message(data, {"reason": short, "topic": topic}))
