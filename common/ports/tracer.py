"""Traces: what belonged to what, and how long each step took, from the root tick to the platform's call."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

Attribute = str | int | float | bool

TRACEPARENT = "traceparent"
"""The attribute of a message that names the trace it belongs to, and the step: https://www.w3.org/TR/trace-context/."""


class Tracer(Protocol):
    """Times steps. It must not raise, and no step may fail or wait because of it."""

    def span(self, name: str, **attributes: Attribute) -> AbstractContextManager[None]:
        """A step, within the one that is under way. An error that leaves it is noted, and goes on."""
        ...

    def message(self, name: str, carried: Mapping[str, str], **attributes: Attribute) -> AbstractContextManager[None]:
        """The step that handles a message, within the one that published it, as its attributes tell.

        When it ends, what was timed has been handed on, or given up: a function's CPU stops with its answer.
        """
        ...

    def carried(self) -> Mapping[str, str]:
        """The attributes by which a message that is published now tells what it belongs to; none outside a trace."""
        ...


class NoTracer:
    """Times nothing."""

    def span(self, name: str, **attributes: Attribute) -> AbstractContextManager[None]:
        """Time nothing."""
        return nullcontext()

    def message(self, name: str, carried: Mapping[str, str], **attributes: Attribute) -> AbstractContextManager[None]:
        """Time nothing."""
        return nullcontext()

    def carried(self) -> Mapping[str, str]:
        """Tell nothing."""
        return {}
