"""Which freezes are entered and left, given what was found.

What is bad freezes at once. A freeze ends where the same safeguard finds that all is well again; what can't be told
leaves things as they are. Each safeguard finds a thing good only at some distance from where it is bad, so nothing
flaps.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from common.decisions.safeguards.disagreement import disagreement
from common.decisions.safeguards.divergence import divergence
from common.decisions.safeguards.match_rate import match_rate
from common.decisions.safeguards.missing import missing
from common.decisions.safeguards.signals import LOOKED_BACK, Finding, Signals, Trust
from common.domain.state import Freeze, Thawed, TrackState

_SAFEGUARDS: Sequence[Callable[[Signals], Iterable[Finding]]] = (divergence, match_rate, disagreement, missing)


class Followed(NamedTuple):
    """The state with the freezes that stand now, and how that differs from before."""

    state: TrackState
    entered: tuple[Freeze, ...] = ()
    left: tuple[Freeze, ...] = ()


def findings(signals: Signals) -> Iterator[Finding]:
    """What every safeguard finds."""
    for safeguard in _SAFEGUARDS:
        yield from safeguard(signals)


def followed(signals: Signals) -> Followed:
    """Follow what is found. A freeze about which nothing is found stays: of a channel that is gone it does no harm."""
    state, now = signals.facts.state, signals.facts.now
    found = {(one.code, one.channel): one for one in findings(signals)}
    standing = {(one.code, one.channel) for one in state.freezes}
    left = tuple(one for one in state.freezes if _is_good(found.get((one.code, one.channel))))
    entered = tuple(_freeze(one, now) for key, one in found.items() if one.trust is Trust.BAD and key not in standing)
    thawed = (
        *(one for one in state.thawed if now - one.until < LOOKED_BACK),
        *(Thawed(code=one.code, channel=one.channel, since=one.since, until=now) for one in left),
    )
    freezes = (*(one for one in state.freezes if one not in left), *entered)
    return Followed(state.but(freezes=freezes, thawed=thawed), entered, left)


def _is_good(finding: Finding | None) -> bool:
    return finding is not None and finding.trust is Trust.GOOD


def _freeze(finding: Finding, now: datetime) -> Freeze:
    return Freeze(
        code=finding.code,
        since=now,
        channel=finding.channel,
        measured=None if finding.measured is None else round(finding.measured, 3),
        limit=None if finding.limit is None else round(finding.limit, 3),
        person=finding.person,
    )
