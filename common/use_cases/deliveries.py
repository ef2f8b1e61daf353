"""Handle one delivered message, and never lose it: done, or raised to come again, or set aside with its reason."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from common.domain.calendar import Instant
from common.domain.errors import Fault, InvalidInput, NotFound
from common.domain.event import TOPIC, TYPE, Event
from common.domain.model import faults_of, parse_json
from common.domain.tick import Cadence, RootTick, TenantTick
from common.ports.journal import about
from common.use_cases.dead_letters import handling, set_aside
from common.use_cases.fan_out import fan_out
from common.use_cases.lateness import tell_if_late
from common.use_cases.ports import Ports


class _Envelope(BaseModel):
    """The message inside a Pub/Sub push. Both spellings of its keys occur, side by side."""

    model_config = ConfigDict(extra="ignore")

    data: str = ""
    attributes: dict[str, str] = Field(default_factory=dict)
    message_id: str = Field(validation_alias=AliasChoices("messageId", "message_id"))
    publish_time: Instant = Field(validation_alias=AliasChoices("publishTime", "publish_time"))


class _Payload(BaseModel):
    """What a CloudEvent of a published message carries."""

    model_config = ConfigDict(extra="ignore")

    message: _Envelope


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it was delivered."""

    message_id: str
    published: datetime
    data: bytes
    attributes: Mapping[str, str]


def delivery_of(payload: object) -> Delivery:
    """The message in a CloudEvent's payload (`{"message": {...}}`).

    Raises:
        InvalidInput: it has no message, or its data is not base64.
    """
    try:
        found = _Payload.model_validate(payload).message
    except ValidationError as error:
        raise InvalidInput("a delivered event", faults_of(error)) from error
    try:
        data = base64.b64decode(found.data, validate=True)
    except ValueError as error:  # of a wrong length, or with characters that base64 does not have
        raise InvalidInput("a delivered event", [Fault("message.data", f"is not base64: {error}")]) from error
    return Delivery(found.message_id, found.publish_time, data, found.attributes)


def is_event(payload: object) -> bool:
    """Whether a message is one of the events, for a function that gets both events and ticks.

    All events are published with their type as an attribute, by which their subscription picks them; no tick has one.
    """
    try:
        return TYPE in delivery_of(payload).attributes
    except InvalidInput:
        return False


def handle(ports: Ports, cadence: Cadence, payload: object, work: Callable[[TenantTick], object]) -> None:
    """Do what a tick message asks for. What can never succeed is set aside on the dead-letter topic with its reason.

    Raises:
        Exception: whatever `work` raised that may succeed later; the message must be delivered again.
    """
    try:
        delivery = delivery_of(payload)
    except InvalidInput as error:
        set_aside(ports, cadence.topic, repr(payload).encode()[:100_000], str(error))
        return
    with handling(delivery.attributes), ports.tracer.message(f"{cadence.value} tick", delivery.attributes):
        try:
            tick = _tick(cadence, delivery)
            if isinstance(tick, RootTick):
                fan_out(ports, tick, delivery.published)
            else:
                _work(ports, tick, work)
        except (InvalidInput, NotFound) as error:
            set_aside(ports, cadence.topic, delivery.data, str(error), delivery.attributes)


def _work(ports: Ports, tick: TenantTick, work: Callable[[TenantTick], object]) -> None:
    """Do it, and say of each line and step whose it is."""
    with about(tenant=tick.tenant_id, cadence=tick.cadence.value), ports.tracer.span("tenant", tenant=tick.tenant_id):
        tell_if_late(ports, tick)
        try:
            work(tick)
        except Exception as error:  # whoever tells of it outside does not know whose it was; its words may be a CRM's
            ports.journal.write("message_failed", severity="WARNING", error=type(error).__name__)
            raise


def handle_event(ports: Ports, payload: object, work: Callable[[Event], object]) -> None:
    """Do what an event on the topic asks for. What can never succeed is set aside with its reason.

    Raises:
        Exception: whatever `work` raised that may succeed later; the event must be delivered again.
    """
    try:
        delivery = delivery_of(payload)
    except InvalidInput as error:
        set_aside(ports, TOPIC, repr(payload).encode()[:100_000], str(error))
        return
    attributes = delivery.attributes
    with handling(attributes), ports.tracer.message(attributes.get(TYPE, "event"), attributes):
        try:
            event = parse_json(Event, delivery.data, f"event {delivery.message_id}")
            with about(tenant=event.data.tenant_id, track=event.data.track_id, change_set=event.data.change_set_id):
                work(event)
        except (InvalidInput, NotFound) as error:
            set_aside(ports, TOPIC, delivery.data, str(error), attributes)


def _tick(cadence: Cadence, delivery: Delivery) -> RootTick | TenantTick:
    if b"tenant_id" not in delivery.data:
        tick: RootTick | TenantTick = parse_json(RootTick, delivery.data, f"message {delivery.message_id}")
    else:
        tick = parse_json(TenantTick, delivery.data, f"message {delivery.message_id}")
    if tick.cadence is not cadence:
        fault = Fault("cadence", f"is {tick.cadence}, but it came to {cadence}")
        raise InvalidInput(f"message {delivery.message_id}", [fault])
    return tick
