"""Pushes of ticks pass by here on their way to the functions, to be stamped with the market's time.

Pub/Sub stamps a message with this machine's time, and a root tick's window and slot come from that stamp; but the
market lives in another year. So the scheduler writes the market's time beside each root tick, and it is put in the
stamp's place here. Everything else about a push stays as Pub/Sub made it.
"""

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

import requests
from flask import Flask, request

from common.domain.errors import InvalidInput
from common.domain.model import parse_json
from common.domain.tick import Cadence, RootTick, TenantTick
from common.use_cases.deliveries import Delivery, delivery_of

MARKET_TIME = "market_time"
"""The attribute with the market's time."""
ANSWER_SECONDS = 60
"""How long a function may take to answer a push."""


class Work(NamedTuple):
    """What a push asks for: a window of a track's or a tenant's; or the fan-out of the root tick of a minute."""

    cadence: Cadence
    window: datetime
    name: str


def work_of(tick: RootTick, minute: datetime) -> Work:
    """The fan-out of a root tick."""
    return Work(tick.cadence, minute, f"the tenants of {tick.time_zone or 'all zones'}")


class TickPushes:
    """Hands pushed ticks on to the functions, and remembers what they have handled."""

    def __init__(self) -> None:
        self.urls: dict[Cadence, str] = {}
        """Where each function takes its ticks."""
        self.handled: set[Work] = set()

    def app(self) -> Flask:
        """Takes a cadence's pushes at the path of its name. The function's answer goes back to Pub/Sub."""
        app = Flask("pushes")

        @app.post("/<cadence>")
        def push(cadence: str) -> tuple[str, int]:  # pyright: ignore[reportUnusedFunction]
            return "", self._hand_on(Cadence(cadence))

        return app

    def _hand_on(self, cadence: Cadence) -> int:
        body = request.get_json()
        delivery = delivery_of(body)
        if stamp := delivery.attributes.get(MARKET_TIME):
            body["message"] |= {"publishTime": stamp, "publish_time": stamp}
        try:
            answer = requests.post(self.urls[cadence], json=body, timeout=ANSWER_SECONDS)
        except requests.RequestException:
            return 503
        if answer.ok:
            with suppress(InvalidInput):  # the function has set it aside
                self.handled.update(_asked_for(delivery))
        return answer.status_code


def _asked_for(delivery: Delivery) -> list[Work]:
    if b"tenant_id" in delivery.data:
        tick = parse_json(TenantTick, delivery.data, "a tick")
        return [Work(tick.cadence, tick.window, name) for name in tick.tracks or (tick.tenant_id,)]
    stamp = delivery.attributes.get(MARKET_TIME)
    root = parse_json(RootTick, delivery.data, "a root tick")
    return [] if stamp is None else [work_of(root, datetime.fromisoformat(stamp))]
