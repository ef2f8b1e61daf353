"""Whom a tenant wants told, by which channel, and what was told."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from common.domain.calendar import Instant
from common.domain.model import Frozen, Id

ChannelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,19}$")]
Address = Annotated[str, StringConstraints(pattern=r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+$")]


class ChannelKind(StrEnum):
    """How a message goes out."""

    SLACK = "slack"
    GOOGLE_CHAT = "google_chat"
    WEBHOOK = "webhook"
    """Plain JSON, for a program of the tenant's."""
    EMAIL = "email"


class NotificationChannel(Frozen):
    """One place where a tenant reads messages."""

    name: ChannelName
    kind: ChannelKind
    url_secret: Id | None = None
    """Names the secret that holds the webhook's address: who knows it can write there."""
    signing_secret: Id | None = None
    """Names the secret that messages are signed with, as Standard Webhooks has it; without it they are not signed."""
    to: tuple[Address, ...] = ()
    urgent_only: bool = False
    """Leave out the daily digest."""

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if self.kind is ChannelKind.EMAIL and not self.to:
            raise ValueError(f"{self.name}: an e-mail channel needs addresses in `to`")
        if self.kind is not ChannelKind.EMAIL and self.url_secret is None:
            raise ValueError(f"{self.name}: a {self.kind} channel needs `url_secret`, the name of its address's secret")
        return self


class Notifications(Frozen):
    """What a tenant wants told."""

    channels: tuple[NotificationChannel, ...] = ()
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 8
    """The tenant's hour at which what is not urgent is sent."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [channel.name for channel in self.channels]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"channels named more than once: {', '.join(twice)}")
        return self


KEPT = timedelta(days=90)
"""How long it is known what was told. Pub/Sub keeps a message for 31 days at the most."""


class NoticeState(StrEnum):
    """What became of telling one thing to one channel."""

    WAITING = "waiting"
    """For the digest."""
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"


class Notice(Frozen):
    """`tenants/{t}/notices/{event}-{channel}`: created when it was sent or put aside for the digest; then sent once."""

    notice_id: Id
    tenant_id: Id
    track_id: Id
    channel: Id
    title: str
    """What kind of thing happened, in two or three words."""
    text: str
    happened_at: Instant
    state: NoticeState
    at: Instant
    detail: str = ""
    """Why it could not be delivered."""
    due: Instant | None = None
    """When its digest goes out, while it waits for it."""
    kept_until: Instant | None = None
    """When the store may remove it, once it was told: events do not come again after so long."""

    def ended(self, state: NoticeState, detail: str, now: datetime) -> Self:
        """What it is once its channel was told, or never will be."""
        return self.but(state=state, detail=detail, due=None, kept_until=now + KEPT)
