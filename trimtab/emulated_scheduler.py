"""The scheduler of a run on the emulators: root ticks go to their topics, and the market goes on when they are handled.

Pub/Sub stamps a message with this machine's time, and a root tick's window and slot come from that stamp; but the
market lives in another year. So the scheduler writes the market's time beside each root tick, and pushes of ticks pass
by here on their way to the functions, to be stamped with it. Everything else about them stays as Pub/Sub made it.
"""

from contextlib import suppress
from datetime import datetime
from threading import Event, Lock
from time import monotonic

import requests
from flask import Flask, request

from common.domain.canonical import canonical
from common.domain.errors import InvalidInput, Unavailable
from common.domain.model import parse_json
from common.domain.tick import Cadence, RootTick, TenantTick
from common.ports.bus import Message
from common.use_cases.deliveries import delivery_of
from sandbox.play import QUARTERS, Player
from trimtab.local_functions import LocalFunction
from trimtab.processes import tail
from trimtab.serving import Hour

HOURLY = (
    Cadence.PACING,
    Cadence.ANOMALY_PAUSE,
    Cadence.DRIFT,
    Cadence.DEEP_REVIEW,
    Cadence.REPORT,
    Cadence.HOUSEKEEPING,
    Cadence.INGEST,
)
"""What may have its turn at the beginning of an hour, in this order; in its other quarters only the check has."""
MARKET_TIME = "market_time"
"""The attribute with the market's time."""
LONGEST_SECONDS = 30
"""How long the functions may take over an hour's ticks before something must be wrong."""


class TickPushes:
    """Hands pushed ticks on to `functions`, and remembers what they have handled: tracks, or a tenant as a whole."""

    def __init__(self) -> None:
        self.functions: dict[Cadence, LocalFunction] = {}
        self._handled: set[tuple[Cadence, datetime, str]] = set()

    def app(self) -> Flask:
        """Takes a cadence's pushes at the path of its name. The function's answer goes back to Pub/Sub."""
        app = Flask("pushes")

        @app.post("/<cadence>")
        def push(cadence: str) -> tuple[str, int]:  # pyright: ignore[reportUnusedFunction]
            return "", self._hand_on(Cadence(cadence))

        return app

    def handled(self, cadence: Cadence, window: datetime, name: str) -> bool:
        """Whether a function has acknowledged the tick of this track, or of the tenant of this name."""
        return (cadence, window, name) in self._handled

    def _hand_on(self, cadence: Cadence) -> int:
        body = request.get_json()
        delivery = delivery_of(body)
        if stamp := delivery.attributes.get(MARKET_TIME):
            body["message"] |= {"publishTime": stamp, "publish_time": stamp}
        try:
            answer = requests.post(self.functions[cadence].url, json=body, timeout=LONGEST_SECONDS)
        except requests.RequestException:
            return 503
        if answer.ok and b"tenant_id" in delivery.data:
            self._remember(delivery.data)
        return answer.status_code

    def _remember(self, data: bytes) -> None:
        with suppress(InvalidInput):  # the function has set it aside
            tick = parse_json(TenantTick, data, "a tick")
            self._handled.update((tick.cadence, tick.window, name) for name in tick.tracks or (tick.tenant_id,))


def played_by_functions(player: Player, lock: Lock, pushes: TickPushes) -> Hour:
    """An hour in which the functions do the work: what has its turn is run; the market goes on by quarters."""

    def hour(stop: Event) -> bool:
        with lock:
            player.wish()
        for quarter in range(QUARTERS):
            for cadence in HOURLY if quarter == 0 else (Cadence.ANOMALY_PAUSE,):
                _fire(player, pushes, cadence, stop)
                if stop.is_set():
                    return False  # the market is not served any more, so the functions can't go on
            with lock:
                player.go_on()
        return not player.world.over

    return hour


def _fire(player: Player, pushes: TickPushes, cadence: Cadence, stop: Event) -> None:
    """Where the tenant has its turn, send the root tick of that minute, and wait until its work is done."""
    turn = player.turn(cadence)
    if turn is None:
        return
    root = Message(canonical(RootTick(cadence=cadence).body()), {MARKET_TIME: turn.minute.isoformat()})
    player.ports.bus.publish(cadence.topic, root)
    _wait_until_handled(player, pushes, cadence, turn.window, stop)


def _wait_until_handled(player: Player, pushes: TickPushes, cadence: Cadence, window: datetime, stop: Event) -> None:
    tenant = player.scenario
    names = [tenant.name] if cadence.by_tenant else [track.track_id for track in tenant.tracks]
    deadline = monotonic() + LONGEST_SECONDS
    while late := [name for name in names if not pushes.handled(cadence, window, name)]:
        if monotonic() > deadline:
            said = tail(pushes.functions[cadence].log)
            raise Unavailable(
                f"the function {cadence} did not handle {', '.join(late)} at {window:%Y-%m-%d %H:%M} UTC within "
                f"{LONGEST_SECONDS} s, so the market stands still: see why, and start again. {said}"
            )
        if stop.wait(0.02):
            return
