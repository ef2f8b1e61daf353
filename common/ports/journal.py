"""The structured log: what happened just now, for whoever operates the system.

The lines that metrics and alerts are made of, and the fields that they read (infra/metrics.tf):

    tick                 INFO     cadence tenant track window late_seconds pacing_error_pct drift_score verdicts
    tick_late            WARNING  cadence tenant late_seconds
    tick_missed          WARNING  cadence tenant track since
    stale_tick           WARNING  cadence tenant track window
    dead_letter          ERROR    topic reason
    overspend            ERROR    tenant track entity over_pct
    approvals_waiting    INFO     tenant waiting
    approval_expiring    WARNING  tenant approval expires_at
    verification_failed  ERROR    tenant track faults

`late_seconds` is from the minute that the message was due in, its slot's, to the start of its work; a message is late
from five minutes on. `pacing_error_pct` is of the spend expected by now, and left out where that is not known,
as `drift_score` is. A message whose tracks had nothing to judge has one line for all of them, with `tracks`.
`verdicts` counts the decisions of the tick by `auto`, `needs_approval`, `needs_replan`, `blocked`.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Journal(Protocol):
    """Takes one line at a time. A line is an event's name and its fields; it must not raise."""

    def write(self, event: str, **fields: object) -> None:
        """Write a line; a field `severity` other than INFO marks what a person should look at."""
        ...


class Silence:
    """A journal that keeps nothing."""

    def write(self, event: str, **fields: object) -> None:
        """Keep nothing."""


_ABOUT: ContextVar[Mapping[str, object]] = ContextVar("about", default={})  # noqa: B039 - never written to


@contextmanager
def about(**fields: object) -> Generator[None]:
    """Every line that is written within also says this, as far as it is something: tenant, track, change set."""
    token = _ABOUT.set({**_ABOUT.get(), **{name: value for name, value in fields.items() if value is not None}})
    try:
        yield
    finally:
        _ABOUT.reset(token)


def told_about() -> Mapping[str, object]:
    """What the lines of this moment are about."""
    return _ABOUT.get()
