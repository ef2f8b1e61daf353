"""The deep review of one track, once a day: gather the evidence, decide, ask the agent, guard, apply, remember why."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from common.decisions.review import statistical
from common.decisions.review.admit import admitted
from common.decisions.review.asking import question
from common.decisions.review.evidence import WINDOW, Evidence, Found
from common.decisions.review.platform_ratio import ratios
from common.decisions.told_figures import NO_FIGURES, Figures
from common.domain.advice import STATISTICAL, Advice
from common.domain.calendar import TenantCalendar
from common.domain.change import Reason
from common.domain.change_set import ChangeSet, Origin
from common.domain.log_entry import EntryKind
from common.domain.paths import Track
from common.domain.tick import Cadence
from common.ports.agent import AgentUnavailable
from common.use_cases.catch_up import CaughtUp, answer, catch_up
from common.use_cases.heard import Heard
from common.use_cases.kept_inputs import Review
from common.use_cases.ledger import Ledger, Telling
from common.use_cases.load import LoadedTrack, load_track
from common.use_cases.observe_spend import observe_spend
from common.use_cases.parts import parts_of
from common.use_cases.performance import BEFORE_FLIGHT, Known, Recorded, record_days
from common.use_cases.ports import Ports
from common.use_cases.remember import remember
from common.use_cases.safeguards import check_signals
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
    figures: Figures = NO_FIGURES


def review(ports: Ports, track: Track, window: datetime, run: str) -> Reviewed:
    """Review a track. Running it again in the same window changes nothing more.

    Args:
        window: the first instant of the tenant's day.

    Raises:
        Busy: somebody is applying a change set of this track; come again.
        Conflict: the track moved on meanwhile; come again.
        NotFound: there is no such track.
    """
    heard = Heard()
    ports = heard.through(ports)
    loaded = load_track(ports, track)
    refusal = not_its_turn(ports, loaded, Cadence.DEEP_REVIEW, window)
    if refusal is not None:
        return Reviewed(track, window, reasons=(refusal,))
    origin = Origin(cadence=Cadence.DEEP_REVIEW.value, window=window, by="trimtab")
    caught = catch_up(ports, loaded, origin, run)
    gathered = _gathered(ports, caught)
    evidence, facts = gathered.evidence, gathered.evidence.facts
    found = statistical.review(evidence)
    advice = _advice(ports, evidence, found)
    found = admitted(advice, found, evidence)
    loaded = _noted(ports, gathered.loaded, advice)
    wanted, asked = caught.undisputed(found.proposals)
    proposals = caught.reachable((*caught.undo, *wanted))
    change_sets, refused = answer(ports, loaded, facts, proposals, origin, run, Review(evidence, advice))
    heard.looked(gathered.reasons)
    settled = heard.settle(ports, loaded)
    reasons = (*gathered.reasons, *heard.reasons, *found.reasons, *asked, *refused)
    learned = {"pacing": facts.state.pacing, "ratios": facts.state.ratios}
    remember(ports, loaded, lambda state: settled(state).but(**learned), Cadence.DEEP_REVIEW, window, reasons)
    return Reviewed(track, window, change_sets, reasons, advice)


class _Gathered(NamedTuple):
    loaded: LoadedTrack
    """With the freezes that hold now."""
    evidence: Evidence
    reasons: tuple[Reason, ...]
    """What could not be had, and what can't be trusted."""


def _gathered(ports: Ports, caught: CaughtUp) -> _Gathered:
    """All that the review looks at: what the sources say of the days, whether they can be believed, spend, parts."""
    known: Known = {}
    silent = record_days(ports, caught.loaded, known)
    recorded = _recorded(ports, caught.loaded, known)
    loaded, frozen = check_signals(ports, caught.loaded, recorded)
    recorded = replace(recorded, loaded=loaded)
    facts, unseen = observe_spend(ports, loaded)
    parts = parts_of(ports, loaded, facts.today - WINDOW)
    days = recorded.days(_first_day(loaded), facts.today - _DAY)
    evidence = Evidence(facts, days, recorded.curves, parts.geos, parts.ads)
    state = facts.state.but(ratios={**facts.state.ratios, **ratios(evidence)})
    evidence = replace(evidence, facts=replace(facts, state=state))
    sources = (Reason(code="source_silent", measured=name) for name in silent)
    return _Gathered(loaded, evidence, (*caught.out_of_sight(unseen), *sources, *frozen, *parts.reasons))


def _recorded(ports: Ports, loaded: LoadedTrack, known: Known) -> Recorded:
    """All that is recorded until yesterday."""
    today = TenantCalendar.of(loaded.tenant.time_zone).day_of(ports.clock.now())
    return Recorded.read(ports, loaded, _first_day(loaded), today - _DAY, known)


def _first_day(loaded: LoadedTrack) -> date:
    return loaded.plan.flight.start - BEFORE_FLIGHT


def _advice(ports: Ports, evidence: Evidence, found: Found) -> Advice:
    """The agent's answer; where it gives none, the statistics' proposals stand, and why is recorded."""
    if evidence.facts.today not in evidence.facts.plan.flight:
        return Advice(agent=STATISTICAL)
    try:
        return ports.agent.advise(question(evidence, found), timeout=ports.agent_timeout)
    except AgentUnavailable as failure:
        return Advice(agent=STATISTICAL, failure=str(failure)[:1000])


def _noted(ports: Ports, loaded: LoadedTrack, advice: Advice) -> LoadedTrack:
    """The log says so where the agent gave no answer."""
    if advice.failure is None:
        return loaded
    ledger = Ledger(loaded.track, loaded.manifest, ports.clock.now())
    why = f"The agent gave no answer that can be used, so the statistics' proposals stand: {advice.failure}"
    ledger.record(EntryKind.NOTE, Telling("trimtab", why))
    return replace(loaded, manifest=ledger.commit(ports))
