"""The deep review of one track, once a day: gather the evidence, decide, ask the agent, guard, apply, remember why."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from common.decisions.facts import Facts
from common.decisions.review import statistical
from common.decisions.review.admit import admitted
from common.decisions.review.asking import question
from common.decisions.review.evidence import WINDOW, Evidence, Found
from common.domain.advice import Advice
from common.domain.change import Reason
from common.domain.change_set import ChangeSet, Origin
from common.domain.log_entry import EntryKind
from common.domain.paths import Track
from common.domain.tick import Cadence
from common.ports.agent import AgentUnavailable
from common.use_cases.catch_up import answer, catch_up
from common.use_cases.kept_inputs import Review
from common.use_cases.ledger import Ledger, Telling
from common.use_cases.load import LoadedTrack, load_track
from common.use_cases.observe_spend import observe_spend
from common.use_cases.parts import parts_of
from common.use_cases.performance import BEFORE_FLIGHT, Recorded, record_days
from common.use_cases.ports import Ports
from common.use_cases.remember import remember
from common.use_cases.turn import not_its_turn

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What one review of one track came to."""

    track: Track
    window: datetime
    change_sets: tuple[ChangeSet, ...] = ()
    """What was written down: one for each verdict, and for each question to a person."""
    reasons: tuple[Reason, ...] = ()
    """Why, and of everything that was left alone, why."""
    advice: Advice | None = None
    """What the agent answered; `None` where there was nothing to ask about."""


def review(ports: Ports, track: Track, window: datetime, run: str) -> Reviewed:
    """Review a track. Running it again in the same window changes nothing more.

    Args:
        window: the first instant of the tenant's day.

    Raises:
        Busy: somebody is applying a change set of this track; come again.
        Conflict: the track moved on meanwhile; come again.
        NotFound: there is no such track.
    """
    loaded = load_track(ports, track)
    refusal = not_its_turn(ports, loaded, Cadence.DEEP_REVIEW, window)
    if refusal is not None:
        return Reviewed(track, window, reasons=(refusal,))
    origin = Origin(cadence=Cadence.DEEP_REVIEW.value, window=window, by="trimtab")
    caught = catch_up(ports, loaded, origin, run)
    silent = [Reason(code="source_silent", measured=name) for name in record_days(ports, caught.loaded)]
    facts, unseen = observe_spend(ports, caught.loaded)
    evidence, left_out = _evidence(ports, caught.loaded, facts)
    found = statistical.review(evidence)
    advice = _advice(ports, evidence, found)
    found = admitted(advice, found, evidence)
    loaded = _noted(ports, caught.loaded, advice)
    wanted, asked = caught.undisputed(found.proposals)
    proposals = caught.reachable((*caught.undo, *wanted))
    change_sets, refused = answer(ports, loaded, facts, proposals, origin, run, Review(evidence, advice))
    reasons = (*caught.out_of_sight(unseen), *silent, *left_out, *found.reasons, *asked, *refused)
    remember(ports, loaded, lambda state: state.but(pacing=facts.state.pacing), Cadence.DEEP_REVIEW, window, reasons)
    return Reviewed(track, window, change_sets, reasons, advice)


def _evidence(ports: Ports, loaded: LoadedTrack, facts: Facts) -> tuple[Evidence, tuple[Reason, ...]]:
    """What is recorded, and what is inside the campaigns; and what could not be had of it."""
    since, until = loaded.plan.flight.start - BEFORE_FLIGHT, facts.today - _DAY
    recorded = Recorded.read(ports, loaded, since, until)
    parts = parts_of(ports, loaded, facts.today - WINDOW)
    return Evidence(facts, recorded.days(since, until), recorded.curves, parts.geos, parts.ads), parts.reasons


def _advice(ports: Ports, evidence: Evidence, found: Found) -> Advice:
    """The agent's answer; where it gives none, the statistics' proposals stand, and why is recorded."""
    try:
        return ports.agent.advise(question(evidence, found), timeout=ports.agent_timeout)
    except AgentUnavailable as failure:
        return Advice(agent="statistical", failure=str(failure)[:1000])


def _noted(ports: Ports, loaded: LoadedTrack, advice: Advice) -> LoadedTrack:
    """The log says so where the agent gave no answer."""
    if advice.failure is None:
        return loaded
    ledger = Ledger(loaded.track, loaded.manifest, ports.clock.now())
    why = f"The agent gave no answer that can be used, so the statistics' proposals stand: {advice.failure}"
    ledger.record(EntryKind.NOTE, Telling("trimtab", why))
    return replace(loaded, manifest=ledger.commit(ports))
