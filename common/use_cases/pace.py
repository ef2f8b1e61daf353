"""The hourly pacing tick of one track: gather what is known, decide, apply, and remember why."""

from dataclasses import dataclass
from datetime import datetime

from common.decisions import pacing
from common.decisions.told_figures import NO_FIGURES, Figures, figures_of
from common.domain.change import Reason
from common.domain.change_set import ChangeSet, Origin
from common.domain.paths import Track
from common.domain.tick import Cadence
from common.use_cases.catch_up import answer, catch_up
from common.use_cases.heard import Heard
from common.use_cases.load import load_track
from common.use_cases.missed_turns import tell_missed_daily
from common.use_cases.observe_spend import observe_spend
from common.use_cases.ports import Ports
from common.use_cases.remember import remember
from common.use_cases.turn import not_its_turn


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick of one track came to: what was changed, and why, or why nothing was."""

    track: Track
    window: datetime
    change_sets: tuple[ChangeSet, ...] = ()
    reasons: tuple[Reason, ...] = ()
    figures: Figures = NO_FIGURES


def pace(ports: Ports, track: Track, window: datetime, run: str) -> Tick:
    """Run one pacing tick. Running it again in the same window changes nothing more.

    Raises:
        Busy: somebody is applying a change set of this track; come again.
        Conflict: the track moved on meanwhile; come again.
        NotFound: there is no such track.
    """
    heard = Heard()
    ports = heard.through(ports)
    loaded = load_track(ports, track)
    refusal = not_its_turn(ports, loaded, Cadence.PACING, window)
    if refusal is not None:
        return Tick(track, window, reasons=(refusal,))
    tell_missed_daily(ports, loaded, window)
    origin = Origin(cadence=Cadence.PACING.value, window=window, by="trimtab")
    caught = catch_up(ports, loaded, origin, run, whole=False)
    loaded = caught.loaded
    facts, silent = observe_spend(ports, loaded)
    decided = pacing.decide(facts)
    wanted, asked = caught.undisputed(decided.proposals)
    change_sets, refused = answer(ports, loaded, facts, caught.reachable((*caught.undo, *wanted)), origin, run)
    unseen = caught.out_of_sight(silent)
    heard.looked(unseen, whole=not caught.sight.left_out)
    settled = heard.settle(ports, loaded)
    reasons = (*unseen, *heard.reasons, *decided.reasons, *asked, *refused)
    learned = facts.state.pacing
    remember(ports, loaded, lambda state: settled(state).but(pacing=learned), Cadence.PACING, window, reasons)
    return Tick(track, window, change_sets, reasons, figures_of(facts, change_sets))
