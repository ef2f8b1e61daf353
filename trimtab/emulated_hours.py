"""How the market's hours pass on the emulators: each quarter waits for the functions, or for nobody.

The scheduler fires what is due in a quarter of an hour when the market stands at its beginning.
"""

from collections.abc import Mapping, Sequence
from threading import Event, Lock
from time import monotonic

from rich.console import Console

from common.domain.calendar import QUARTER_HOUR
from common.domain.errors import Unavailable
from sandbox.play import QUARTERS, Player
from trimtab.local_functions import LocalFunction
from trimtab.local_scheduler import LOST_SECONDS, Firing, LocalScheduler
from trimtab.processes import tail
from trimtab.serving import Hour

_SETTLES_SECONDS = 5.0
"""How long a flight's last messages are waited for, before it is told how it went."""


def waiting_for_functions(
    player: Player, lock: Lock, scheduler: LocalScheduler, functions: Mapping[str, LocalFunction]
) -> Hour:
    """Hours whose every quarter ends when what was due in it is handled."""

    def hour(stop: Event) -> bool:
        for _ in range(QUARTERS):
            with lock:
                player.wish()
            firings = scheduler.due(player.ports.clock.now() + QUARTER_HOUR)
            for firing in firings:
                scheduler.fire(firing)
                if firing.whose and not _handled(firing, scheduler, functions, stop):
                    return False
            if not all(_handled(one, scheduler, functions, stop) for one in firings):
                return False  # the market is not served any more, so the functions can't go on
            scheduler.look()
            with lock:
                player.go_on()
        return not player.world.over

    return hour


def _handled(firing: Firing, scheduler: LocalScheduler, functions: Mapping[str, LocalFunction], stop: Event) -> bool:
    """Wait until it is handled. `False`: told to stop before.

    Raises:
        Unavailable: it took too long; says whose work, and what the function has logged.
    """
    deadline = monotonic() + LOST_SECONDS
    while not scheduler.handled(firing):
        if stop.wait(0.01):
            return False
        if monotonic() > deadline:
            whose = ", ".join(firing.whose) or "its root tick"
            raise Unavailable(
                f"the function {firing.cadence} did not handle {whose} at {firing.minute:%Y-%m-%d %H:%M} UTC "
                f"within {LOST_SECONDS:.0f} s, so the market stands still: see why, and start again. "
                f"{tail(functions[firing.cadence].log)}"
            )
    return True


class FastFlight:
    """A flight that passes in so many seconds and waits for nobody; then it says how it went."""

    def __init__(self, player: Player, lock: Lock, scheduler: LocalScheduler, seconds: float) -> None:
        self._player, self._lock, self._scheduler = player, lock, scheduler
        self._quarter_seconds = seconds / player.total_hours / QUARTERS
        self._began: float | None = None
        self._quarters = 0

    def quarter(self, stop: Event) -> bool:
        """Play the next quarter of an hour when its time has come. Whether there are more."""
        self._began = self._began or monotonic()
        if stop.wait(max(0.0, self._began + self._quarters * self._quarter_seconds - monotonic())):
            return False
        with self._lock:
            self._player.wish()
        for firing in self._scheduler.due(self._player.ports.clock.now() + QUARTER_HOUR):
            self._scheduler.fire_or_let_go_by(firing)
        with self._lock:
            self._player.go_on()
        self._quarters += 1
        if self._player.world.over:
            took = monotonic() - self._began
            self._settle(stop)
            for line in self._ended(took):
                Console(highlight=False, soft_wrap=True).print(line)
        return not self._player.world.over

    def _settle(self, stop: Event) -> None:
        deadline = monotonic() + _SETTLES_SECONDS
        while not self._scheduler.look() and monotonic() < deadline and not stop.wait(0.1):
            pass

    def _ended(self, took: float) -> Sequence[str]:
        with self._lock:
            rows = self._player.results()
        hours = self._player.total_hours
        return (
            f"The flight is over: {hours} hours in {took:.0f} s, {hours / took:.1f} hours a second.",
            *(
                f"  {one.job}: {one.fired} fired, {one.let_go_by} let go by, {one.handled} handled, {one.lost} lost"
                for one in self._scheduler.tallied()
            ),
            *(
                f"  {one.track_id}/{one.channel}: {100 * one.spent / one.planned:.1f}% of its plan was spent, "
                f"{one.error_pct:+.1f}% off its allocation"
                for one in rows
            ),
        )
