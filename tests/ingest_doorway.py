"""The function ingest in this process: requests signed as a sender's library signs them, and what it answers."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from common.adapters.known_senders import KnownSenders
from common.ports.identity import Identity
from common.ports.secrets import SecretMissing
from functions.ingest.app import create_app
from tests.fakes.clock import ManualClock
from tests.ingest_world import Shop

SECRET = f"whsec_{base64.b64encode(b's' * 32).decode()}"
OLD_SECRET = f"whsec_{base64.b64encode(b'o' * 32).decode()}"
PATH = "/v1/tenants/acme/conversions"


class KeptSecrets:
    """Secrets in a dictionary."""

    def __init__(self, **values: tuple[str, ...]) -> None:
        self.values = {name.replace("_", "-"): value for name, value in values.items()}

    def read(self, name: str) -> tuple[str, ...]:
        """As the port says."""
        if name not in self.values:
            raise SecretMissing(f"there is no secret {name}")
        return self.values[name]


class KeptJournal:
    """Keeps what was written."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, event: str, **fields: object) -> None:
        """As the port says."""
        self.lines.append(json.dumps({"event": event, **fields}, default=repr))


def signed(body: bytes, at: datetime, secret: str = SECRET, message_id: str = "msg-1") -> dict[str, str]:
    """The headers with which a sender's own library signs."""
    moment = str(int(at.timestamp()))
    try:
        signature = Webhook(secret).sign(message_id, at, body.decode())
    except UnicodeDecodeError:  # the library signs text alone
        key = base64.b64decode(secret.removeprefix("whsec_"))
        made = hmac.digest(key, b".".join([message_id.encode(), moment.encode(), body]), "sha256")
        signature = f"v1,{base64.b64encode(made).decode()}"
    return {"webhook-id": message_id, "webhook-timestamp": moment, "webhook-signature": signature}


@dataclass
class Doorway:
    """The app over one shop."""

    shop: Shop = field(default_factory=Shop)
    secrets: KeptSecrets = field(default_factory=lambda: KeptSecrets(shop_crm=(SECRET, OLD_SECRET)))
    journal: KeptJournal = field(default_factory=KeptJournal)
    identity: Identity | None = None
    pushers: Identity | None = None

    def __post_init__(self) -> None:
        """Make the app once."""
        ports = replace(self.shop.ports, journal=self.journal)

        def senders_at(published: datetime | None) -> KnownSenders:
            clock = self.shop.clock if published is None else ManualClock(published)
            return KnownSenders(self.secrets, clock, self.identity)

        self.client = create_app(ports, senders_at, self.pushers).test_client()

    def post(
        self, body: bytes, headers: Mapping[str, str] | None = None, *, path: str = PATH, kind: str = "application/json"
    ) -> TestResponse:
        """Send a body, signed now unless other headers are given."""
        found = signed(body, self.shop.clock.at) if headers is None else headers
        return self.client.post(path, data=body, headers=dict(found), content_type=kind)

    def send(self, *rows: Mapping[str, Any], rates: tuple[Mapping[str, Any], ...] = ()) -> TestResponse:
        """Send rows in JSON, signed."""
        given = {"conversions": list(rows), **({"match_rates": list(rates)} if rates else {})}
        return self.post(json.dumps(given).encode())

    def said(self) -> str:
        """All that was logged or published."""
        published = [f"{message.data!r} {message.attributes}" for _, message in self.shop.bus.messages]
        return "\n".join([*self.journal.lines, *published])
