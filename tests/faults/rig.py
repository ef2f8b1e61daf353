"""The ground that the ports of a schedule stand on: at each I/O boundary the draw says what goes wrong there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from common.ports.documents import Data, Documents
from common.use_cases.memo import Memo
from tests.fakes.documents import MemoryDocuments
from tests.fakes.objects import MemoryObjects
from tests.faults.clockwork import Clockwork
from tests.faults.history import History, Landed, Noted, Record, World
from tests.faults.mix import CALM, LONGEST_STALL, Mix

CALL_TIMEOUT = 30.0
"""Seconds that a platform call may take."""
ACK_DEADLINE = 600.0
"""Seconds after which a message that nobody acknowledged comes again."""
LONGEST_DELIVERY = LONGEST_STALL + 900.0

Place = tuple[str, str, str, str]
"""Tenant, platform, entity and setting."""


class Shelf(Documents, Protocol):
    """A store that also shows a body to whoever writes the history."""

    def body(self, path: str) -> Data | None:
        """A document's body, if it exists."""
        ...


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a schedule begins: the documents, and what is live on the platforms."""

    documents: MemoryDocuments
    live: Mapping[Place, Any]


@dataclass(slots=True)
class Worker:
    """A process: its clock is off by some seconds, and it remembers what it read."""

    name: str
    offset: float
    memo: Memo = field(default_factory=Memo)
    remembered: dict[str, Any] = field(default_factory=dict[str, Any])
    """What a planted bug keeps between deliveries."""


@dataclass(slots=True)
class Delivery:
    """One message in the hands of one worker."""

    name: str
    tenant: str
    worker: Worker
    abandoned: Callable[[], None]
    """Called when the worker dies: nobody acknowledged the message, and it comes again."""
    stalled: bool = False


class Rig:
    """Everything that one schedule shares."""

    def __init__(self, rng: Random, mix: Mix, store: Shelf, beginning: Beginning) -> None:
        self.rng = rng
        self.mix = mix
        self.store = store
        self.objects = MemoryObjects()
        self.live = dict(beginning.live)
        self.clockwork = Clockwork()
        world = World(beginning.documents.bodies(), beginning.live, mix.skew, LONGEST_DELIVERY)
        self.history = History(world)
        self.outages: dict[tuple[str, str], float] = {}
        self.calls = 0

    def calm_down(self) -> None:
        """From now on nothing goes wrong."""
        self.mix = CALM
        self.outages.clear()

    def happens(self, chance: float) -> bool:
        """One draw."""
        return chance > 0 and self.rng.random() < chance

    def tell(self, record: Record) -> None:
        """Add to the history."""
        self.history.records.append(record)

    def note(self, delivery: Delivery, what: str) -> None:
        """Say which fault struck."""
        self.tell(Noted(self.clockwork.now, delivery.name, what))

    def enter(self, delivery: Delivery, call: str) -> None:
        """A call leaves its worker: others get their turn before it has its effect, unless the worker dies first.

        A write to a platform leaves at once or not at all, since whoever sends it looks at the clock just before.
        """
        self._may_die(delivery, f"before {call}")
        if call != "apply":
            self._may_stall(delivery, f"before {call}")
        self.clockwork.sleep(self.rng.random() ** 2 * 3)

    def leave(self, delivery: Delivery, call: str) -> None:
        """A call had its effect: the worker may die of it, or stand still before it hears of it."""
        self._may_die(delivery, f"after {call}")
        self._may_stall(delivery, f"after {call}")

    def _may_stall(self, delivery: Delivery, where: str) -> None:
        if self.mix.stall and not delivery.stalled and self.happens(self.mix.stall):
            self.note(delivery, f"stall {where}")
            delivery.stalled = True
            self.clockwork.sleep(20 + (LONGEST_STALL - 20) * self.rng.random())

    def _may_die(self, delivery: Delivery, where: str) -> None:
        if self.happens(self.mix.crash):
            self.note(delivery, f"crash {where}")
            delivery.abandoned()
            self.clockwork.vanish()

    def edit(self, place: Place, value: Any) -> None:
        """Change a setting on its platform by hand."""
        before, self.live[place] = self.live[place], value
        if before != value:
            self.tell(Landed(self.clockwork.now, None, *place, before, value))
