"""Every function in one process: what is published is delivered, in turn, to the functions that hear its topic."""

import base64
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from common.decisions.notices import Importance
from common.domain.canonical import canonical
from common.domain.event import IMPORTANCE, TOPIC, TYPE
from common.domain.tick import Cadence, RootTick, TenantTick
from common.ports.bus import Message
from common.use_cases.daily_visit import housekeep
from common.use_cases.deliveries import handle, handle_event
from common.use_cases.drift import MOVES, after_event
from common.use_cases.drift_tracks import sweep_tracks
from common.use_cases.notify import notify
from common.use_cases.pace_tracks import pace_tracks
from common.use_cases.ports import Ports
from common.use_cases.report_tenant import report_tenant
from common.use_cases.review_tracks import review_tracks
from common.use_cases.watch_tracks import watch_tracks

Handler = Callable[[Ports, Any], object]

WORK: Mapping[Cadence, Callable[[Ports, TenantTick], object]] = {
    Cadence.PACING: pace_tracks,
    Cadence.ANOMALY_PAUSE: watch_tracks,
    Cadence.DEEP_REVIEW: review_tracks,
    Cadence.DRIFT: sweep_tracks,
    Cadence.REPORT: report_tenant,
    Cadence.HOUSEKEEPING: housekeep,
}


class Queue:
    """A bus that keeps what was published until somebody takes it."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[str, Message]] = deque()

    def publish(self, topic: str, *messages: Message) -> None:
        """As the port says."""
        self.waiting += [(topic, message) for message in messages]


def hearers(topic: str, message: Message) -> list[tuple[str, Handler]]:
    """The functions that hear a message of a topic, and what each does with it; none where it is nobody's.

    Of the events, each hears what the filter of its subscription lets by (infra/pubsub.tf).
    """
    if topic == TOPIC:
        told = message.attributes[IMPORTANCE] != Importance.SILENT
        heard = {"notify": _notified} if told else {}
        if message.attributes[TYPE] in MOVES:
            heard["drift"] = _drifted
        return list(heard.items())
    return [(cadence.value, _ticks(cadence)) for cadence in WORK if cadence.topic == topic]


def _notified(ports: Ports, payload: Any) -> None:
    handle_event(ports, payload, lambda event: notify(ports, event))


def _drifted(ports: Ports, payload: Any) -> None:
    handle_event(ports, payload, lambda event: after_event(ports, event))


def _ticks(cadence: Cadence) -> Handler:
    work = WORK[cadence]
    return lambda ports, payload: handle(ports, cadence, payload, lambda tick: work(ports, tick))


def payload_of(message: Message, published: datetime) -> dict[str, Any]:
    """A message as it is pushed."""
    return {
        "message": {
            "data": base64.b64encode(message.data).decode(),
            "attributes": dict(message.attributes),
            "messageId": "1",
            "publishTime": published.isoformat(),
        }
    }


def root_tick(cadence: Cadence, **fields: Any) -> Message:
    """What the scheduler publishes."""
    return Message(canonical(RootTick(cadence=cadence, **fields).body()))
