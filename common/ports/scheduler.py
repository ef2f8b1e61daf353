"""The scheduler: what sends root ticks at their times."""

from collections.abc import Iterator
from typing import Protocol

from common.domain.schedule import Job, Standing


class Scheduler(Protocol):
    """The jobs of one project in one region. Doing any of it twice is as good as once."""

    def jobs(self) -> Iterator[Standing]:
        """All jobs, as they stand.

        Raises:
            Refused: whoever asks may not, or there is no such place; the message says what to do.
            Unavailable: there is no answer in time.
        """
        ...

    def put(self, job: Job, *, new: bool = False) -> None:
        """Have a job as it is said, whether there is one of its name or not. One that is paused stays so.

        Args:
            new: there seems to be none; knowing it saves a call.

        Raises:
            InvalidInput: the scheduler does not take it.
            Refused, Unavailable: as `jobs` does.
        """
        ...

    def remove(self, name: str) -> None:
        """Have no job of this name. Raises as `jobs` does."""
        ...

    def pause(self, name: str) -> None:
        """Let a job fire no more until it is resumed. Raises as `jobs` does, and NotFound where there is none."""
        ...

    def resume(self, name: str) -> None:
        """Let a job fire again. Raises as `pause` does."""
        ...
