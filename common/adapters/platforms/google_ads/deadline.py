"""The time that a call of the port has, shared by the calls that it takes."""

from time import monotonic

from common.adapters.calls import CallFailed
from common.domain.trouble import Trouble, TroubleKind


class Deadline:
    """Counts down from `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = monotonic() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left.

        Raises:
            CallFailed: there are none.
        """
        left = self._end - monotonic()
        if left <= 0:
            raise CallFailed(Trouble(TroubleKind.LATER, "timed_out", timed_out(self.seconds)))
        return left


def timed_out(seconds: float) -> str:
    """The sentence for who waited that long."""
    return f"google_ads did not answer within {seconds:.0f} s; it is asked again at the next tick"
