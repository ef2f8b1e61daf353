"""The hourly pacing tick of one track: gather what is known, decide, apply, and remember why."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from common.decisions import pacing
from common.decisions.facts import Facts
from common.decisions.guardrails import judge, needs_envelope, protects_cap
from common.decisions.observe import observe, spend_since
from common.decisions.spend import spend_of
from common.domain.calendar import TenantCalendar
from common.domain.change import Proposal, Reason
from common.domain.change_set import ChangeSet, Origin
from common.domain.guardrails import ExternalChangePolicy
from common.domain.paths import Track
from common.domain.spend_report import SpendReport
from common.domain.tick import Cadence
from common.ports.ad_platform import PlatformUnavailable
from common.use_cases.calls import refs_of
from common.use_cases.drive import finish
from common.use_cases.emergency_pause import reinforce
from common.use_cases.kept_inputs import keep
from common.use_cases.load import LoadedTrack, facts_of, load_track
from common.use_cases.ports import Ports
from common.use_cases.propose import propose
from common.use_cases.reconcile import Sight, adopt, answers, by_platform, differences, look, missing
from common.use_cases.remember import remember
from common.use_cases.rest import bring_to_rest
from common.use_cases.turn import not_its_turn


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick of one track came to: what was changed, and why, or why nothing was."""

    track: Track
    window: datetime
    change_sets: tuple[ChangeSet, ...] = ()
    reasons: tuple[Reason, ...] = ()


def pace(ports: Ports, track: Track, window: datetime, run: str) -> Tick:
    """Run one pacing tick. Running it again in the same window changes nothing more.

    Raises:
        Busy: somebody is applying a change set of this track; come again.
        Conflict: the track moved on meanwhile; come again.
        NotFound: there is no such track.
    """
    loaded = load_track(ports, track)
    refusal = not_its_turn(ports, loaded, Cadence.PACING, window)
    if refusal is not None:
        return Tick(track, window, reasons=(refusal,))
    loaded = _at_rest(ports, loaded, run)
    origin = Origin(cadence=Cadence.PACING.value, window=window, by="trimtab")
    sight = look(ports, loaded.manifest.value)
    loaded, undo = _reconciled(ports, loaded, sight, origin, run)
    facts, silent = _observed(ports, loaded)
    decided = pacing.decide(facts)
    wanted, asked = _left_alone(loaded, undo, decided.proposals)
    reachable = _reachable((*undo, *wanted), loaded, sight)
    change_sets, refused = _answer(ports, loaded, facts, reachable, origin, run)
    reasons = (*_out_of_sight(loaded, sight, silent), *decided.reasons, *asked, *refused)
    remember(ports, loaded, lambda state: state.but(pacing=facts.state.pacing), Cadence.PACING, window, reasons)
    return Tick(track, window, change_sets, reasons)


def _at_rest(ports: Ports, loaded: LoadedTrack, run: str) -> LoadedTrack:
    """The track with nothing left over from earlier runs; the same object where there was nothing."""
    manifest = bring_to_rest(ports, loaded.track, loaded.manifest, run)
    return loaded if manifest is loaded.manifest else load_track(ports, loaded.track)


def _reconciled(
    ports: Ports, loaded: LoadedTrack, sight: Sight, origin: Origin, run: str
) -> tuple[LoadedTrack, tuple[Proposal, ...]]:
    """The track with edits by hand adopted and standing pauses enforced; and what the tenant wants put back."""
    found = differences(loaded.manifest.value, sight)
    manifest = adopt(ports, loaded, found) if found else loaded.manifest
    manifest = reinforce(ports, loaded.track, manifest, origin, run)
    loaded = loaded if manifest is loaded.manifest else replace(loaded, manifest=manifest)
    return loaded, answers(loaded)


def _left_alone(
    loaded: LoadedTrack, undo: tuple[Proposal, ...], wanted: tuple[Proposal, ...]
) -> tuple[tuple[Proposal, ...], tuple[Reason, ...]]:
    """Pacing's proposals but for the settings that a person is being asked about; a cap in danger does not wait."""
    if loaded.tenant.guardrails.external_change_policy is not ExternalChangePolicy.ASK:
        return wanted, ()
    asked = {one.field for proposal in undo for one in proposal.changes}
    alone = [one for one in wanted if not protects_cap(one) and any(change.field in asked for change in one.changes)]
    reasons = (Reason(code="awaiting_person", entity_id=entity) for one in alone for entity in one.entities)
    return tuple(one for one in wanted if one not in alone), tuple(reasons)


def _reachable(proposals: tuple[Proposal, ...], loaded: LoadedTrack, sight: Sight) -> tuple[Proposal, ...]:
    """Without those that a platform would have to write which does not answer: they are decided again next time."""
    entities = loaded.manifest.value.entities
    silent = {name for name, one in entities.items() if one.platform in sight.silent}
    return tuple(one for one in proposals if silent.isdisjoint(one.entities))


def _answer(
    ports: Ports, loaded: LoadedTrack, facts: Facts, proposals: tuple[Proposal, ...], origin: Origin, run: str
) -> tuple[tuple[ChangeSet, ...], tuple[Reason, ...]]:
    """Judge the proposals with the kill switches as they are now, write down what follows, apply what is automatic.

    Returns what was written down, and why the rest was not done.
    """
    if not proposals:
        return (), ()
    envelope = needs_envelope(proposals, loaded.manifest.value)
    facts = replace(facts_of(ports, loaded, envelope=envelope), state=facts.state, spend=facts.spend)
    judgements = judge(proposals, facts)
    done = propose(ports, loaded, facts, judgements, origin, run, keep(facts))
    if done.intended is not None:
        finish(ports, loaded.track, done.manifest, run)
    return done.change_sets, done.reasons


def _observed(ports: Ports, loaded: LoadedTrack) -> tuple[Facts, tuple[str, ...]]:
    """The track as it is now, with newly visible spend taken in; and the platforms that gave none."""
    manifest, plan, now = loaded.manifest.value, loaded.plan, ports.clock.now()
    calendar = TenantCalendar.of(loaded.tenant.time_zone)
    entities = by_platform(manifest)
    reports: dict[str, SpendReport] = {}
    for name, since in spend_since(loaded.memory, manifest, plan, calendar, now).items():
        platform = ports.platforms(manifest.tenant_id, name)
        with suppress(PlatformUnavailable):
            reports[name] = platform.spend(refs_of(entities[name]), since, timeout=ports.timeout)
    state = observe(loaded.memory, manifest, plan, calendar, reports, now)
    facts = Facts(now, loaded.tenant, plan, manifest, state, spend_of(manifest, state))
    return facts, tuple(sorted(entities.keys() - reports.keys()))


def _out_of_sight(loaded: LoadedTrack, sight: Sight, silent: tuple[str, ...]) -> list[Reason]:
    """What could not be seen: platforms that did not answer, entities that are gone."""
    gone = [Reason(code="entity_missing", entity_id=one) for one in missing(loaded.manifest.value, sight)]
    platforms = sorted({*sight.silent, *silent})
    return [*(Reason(code="platform_silent", measured=name) for name in platforms), *gone]
