"""What a property was asked within the current quarter of an hour: its tracks share the answers, since one tick is one.

The last whole quarter-hour stays what it was, and reports change once an hour at most, so nothing newer is kept back.
Failures are not remembered.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar, cast

from common.domain.calendar import QUARTER_HOUR, window_start
from common.ports.clock import Clock

T = TypeVar("T")


@dataclass(slots=True)
class Remembered:
    """Answers by name, each with the first day that it reaches back to."""

    clock: Clock
    _quarter: datetime | None = None
    _known: dict[str, tuple[date, Any]] = field(default_factory=dict[str, tuple[date, Any]])

    def asked(self, name: str, ask: Callable[[], T]) -> T:
        """The answer of this quarter; asked for where there is none yet."""
        return self.since(name, date.min, ask)

    def since(self, name: str, first: date, ask: Callable[[], T]) -> T:
        """One that reaches back to this day, or further."""
        quarter = window_start(self.clock.now(), QUARTER_HOUR)
        if quarter != self._quarter:
            self._known, self._quarter = {}, quarter  # in this order, for other threads
        answers = self._known
        known = answers.get(name)
        if known is None or known[0] > first:
            known = answers[name] = first, ask()
        return cast("T", known[1])
