"""Steps of one message, none of which stops the others."""

from collections.abc import Callable
from typing import TypeVar

from common.domain.errors import Unavailable
from common.ports.journal import Journal

R = TypeVar("R")


class Apart:
    """Runs steps one after another. One that fails stops no other: it is told of at once, and raised at the end.

    A store or a bus that does not answer stops all of them: the message comes again, and each step with it.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._failed: list[Exception] = []

    def run(self, step: Callable[[], R], otherwise: R, **what: str) -> R:
        """What the step answers; `otherwise` where it fails. `what` says in the journal which step it was.

        Raises:
            Unavailable: a store or a bus did not answer.
        """
        try:
            return step()
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - raised in the end, after the other steps
            self._journal.write("step_failed", severity="WARNING", **what, error=repr(error))
            self._failed.append(error)
            return otherwise

    def end(self) -> None:
        """Raise what failed first, if anything did: what can never succeed is set aside with its reason."""
        if self._failed:
            raise self._failed[0]
