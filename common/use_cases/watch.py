"""The check of a track every fifteen minutes: gather what is visible, judge it, stop what loses money, remember why."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from common.decisions.anomaly import words
from common.decisions.anomaly.alarms import Alarm, Kind, at_risk, is_worth_it
from common.decisions.anomaly.resuming import RULE, resumes
from common.decisions.anomaly.seen import Seen, Wanted
from common.decisions.anomaly.watching import Checked, Watch, remembered
from common.decisions.facts import Facts
from common.decisions.guardrails import judge
from common.decisions.spend import spend_of
from common.decisions.told_figures import NO_FIGURES, Figures
from common.domain.calendar import TenantCalendar
from common.domain.change import Change, OptimizationType, Proposal, Reason, Setting, Status
from common.domain.change_set import ChangeSet, KeptInputs, Origin, PauseIntent
from common.domain.errors import Busy
from common.domain.figures import EventsReport, FiguresReport, Realtime, Upload
from common.domain.guardrails import Mode
from common.domain.manifest import Entity, Manifest, PauseScope
from common.domain.paths import Track
from common.domain.performance import GA4
from common.domain.state import TrackState
from common.domain.tick import Cadence
from common.ports.ad_platform import PlatformUnavailable
from common.ports.analytics import AnalyticsRevoked, AnalyticsUnavailable
from common.ports.crm import CrmUnavailable
from common.use_cases.attribution import follow_ga4
from common.use_cases.calls import refs_of
from common.use_cases.connect import look_at
from common.use_cases.drive import finish
from common.use_cases.emergency_pause import Grounds, emergency_pause
from common.use_cases.heard import Heard
from common.use_cases.load import LoadedTrack, facts_of, load_track
from common.use_cases.ports import Ports
from common.use_cases.propose import propose
from common.use_cases.remember import remember
from common.use_cases.together import Together, is_worth_keeping
from common.use_cases.turn import not_its_turn

FLIGHT_OVER = "flight_over"
WATCHED_AFTER = timedelta(days=4)
"""How long a flight that ended is watched: a platform reports its last day 72 hours later at the most."""


@dataclass(frozen=True, slots=True)
class Check:
    """What one check of one track came to."""

    track: Track
    window: datetime
    paused: tuple[Alarm, ...] = ()
    """What something was stopped for."""
    change_sets: tuple[ChangeSet, ...] = ()
    """Proposals that were written down: to lift a pause, or to make one where a tenant only tries pauses out."""
    reasons: tuple[Reason, ...] = ()
    figures: Figures = NO_FIGURES


def watch(ports: Ports, track: Track, window: datetime, run: str, message: Together | None = None) -> Check:
    """Run one check. Running it again in the same window changes nothing more.

    Args:
        message: what the tracks of one message share; a track that is checked alone has none.

    Raises:
        Busy: a pause is in force, but its calls could not be finished; come again.
        Conflict: the track moved on meanwhile; come again.
        NotFound: there is no such track.
    """
    heard, message = Heard(), message or Together((track.track_id,))
    ports = heard.through(ports)
    loaded = load_track(ports, track, state_read=message.state_read(track))
    refusal = not_its_turn(ports, loaded, Cadence.ANOMALY_PAUSE, window) or _over(ports, loaded)
    if refusal is not None:
        if refusal.code == FLIGHT_OVER:
            message.flight_ended(ports, loaded, window, refusal)
        return Check(track, window, reasons=(refusal,))
    facts = _facts(ports, loaded)
    watching = Watch(facts)
    watching.memory.site.quarters = {**message.quarters, **watching.memory.site.quarters}
    seen = _seen(ports, facts, watching.wanted)
    checked = watching.check(seen)
    origin = Origin(cadence=Cadence.ANOMALY_PAUSE.value, window=window, by="trimtab")
    alarms, named = _to_pause(ports, facts, checked.alarms)
    answer = _Answer(ports, loaded, facts, seen, origin, run)
    answer.pause(alarms)
    answer.lift(checked, seen.realtime)
    message.checked(track, watching.next_due(seen, checked))
    reasons = (*checked.reasons, *heard.reasons, *named, *answer.reasons)
    news = checked.news or answer.acted or heard.has_news(loaded)
    if news or is_worth_keeping(loaded.memory, window, seen.realtime, shared=not message.is_kept_by(track)):
        settled = heard.settle(ports, loaded)

        def learn(state: TrackState) -> TrackState:
            return message.rested(track, remembered(settled(state), checked), window)

        remember(ports, loaded, learn, Cadence.ANOMALY_PAUSE, window, reasons)
    if GA4 not in seen.silent or heard.needs_a_person(GA4):
        connected = seen.connected and GA4 not in seen.silent
        if follow_ga4(ports, loaded.tenant, connected=connected):
            look_at(ports, track.tenant_id, GA4)
    return Check(track, window, tuple(answer.paused), tuple(answer.change_sets), reasons)


def _over(ports: Ports, loaded: LoadedTrack) -> Reason | None:
    """A flight that ended is watched until its last day is reported, however late its platforms are."""
    flight = loaded.plan.flight
    today = TenantCalendar.of(loaded.tenant.time_zone).day_of(ports.clock.now())
    if today <= flight.end + WATCHED_AFTER:
        return None
    return Reason(code=FLIGHT_OVER, measured=str(today), limit=str(flight.end))


def _facts(ports: Ports, loaded: LoadedTrack) -> Facts:
    manifest, state = loaded.manifest.value, loaded.memory
    return Facts(ports.clock.now(), loaded.tenant, loaded.plan, manifest, state, spend_of(manifest, state))


def _seen(ports: Ports, facts: Facts, wanted: Wanted) -> Seen:
    """Ask every source that is due; one that does not answer is named, and the others go on."""
    tenant_id, bearing = facts.tenant.tenant_id, bearing_budgets(facts.manifest)
    silent: list[str] = []
    figures: dict[str, FiguresReport] = {}
    for name, since in wanted.figures.items():
        try:
            refs = refs_of([one for one in bearing if one.platform == name])
            figures[name] = ports.platforms(tenant_id, name).figures(refs, since, timeout=ports.timeout)
        except PlatformUnavailable:
            silent.append(name)
    realtime: Realtime | None = None
    events: EventsReport | None = None
    connected = True
    try:
        property_ = ports.analytics(tenant_id)
        realtime = property_.realtime(timeout=ports.timeout)
        connected = realtime is not None
        if connected and wanted.events is not None:
            events = property_.events(refs_of(bearing), wanted.events, timeout=ports.timeout)
    except AnalyticsRevoked:
        connected = False
    except AnalyticsUnavailable:
        silent.append(GA4)
    return Seen(wanted, figures, connected, realtime, events, _uploads(ports, facts, wanted, silent), tuple(silent))


def _uploads(ports: Ports, facts: Facts, wanted: Wanted, silent: list[str]) -> tuple[Upload, ...]:
    if wanted.uploads is None:
        return ()
    try:
        refs = refs_of(bearing_budgets(facts.manifest))
        return ports.crm(facts.tenant.tenant_id).uploads(refs, wanted.uploads, timeout=ports.timeout)
    except CrmUnavailable:
        silent.append("crm")
        return ()


def _to_pause(ports: Ports, facts: Facts, alarms: tuple[Alarm, ...]) -> tuple[list[Alarm], list[Reason]]:
    """What is worth a pause and runs, and all that is only named, with the reason for each."""
    chosen: list[Alarm] = []
    reasons: list[Reason] = []
    for alarm in alarms:
        worth = is_worth_it(alarm)
        stopping = [one for one in in_scope(facts.manifest, alarm) if one.status is Status.ENABLED]
        if worth and not stopping:
            continue
        if worth and alarm.kind is Kind.SPEND and _edited(ports, facts, stopping):
            reasons.append(Reason(code="budget_edited_by_hand", entity_id=alarm.target))
            continue
        reasons.append(words.reason(alarm, worth=worth))
        if worth:
            chosen.append(alarm)
    return chosen, reasons


def bearing_budgets(manifest: Manifest) -> list[Entity]:
    """The entities that are watched: those that money is given to."""
    return [one for one in manifest.entities.values() if one.daily_budget is not None]


def in_scope(manifest: Manifest, alarm: Alarm) -> list[Entity]:
    """The entities with a budget that a pause for this alarm would stop."""
    bearing = bearing_budgets(manifest)
    match alarm.scope:
        case PauseScope.TRACK:
            return bearing
        case PauseScope.CHANNEL:
            return [one for one in bearing if one.channel == alarm.target]
        case PauseScope.ENTITY:
            return [one for one in bearing if one.entity_id == alarm.target]


def _edited(ports: Ports, facts: Facts, entities: list[Entity]) -> bool:
    """Whether the budget that is live is over the one that spend was held against: somebody raised it by hand."""
    for entity in entities:
        platform = ports.platforms(facts.tenant.tenant_id, entity.platform)
        with suppress(PlatformUnavailable):
            found = platform.live(refs_of([entity]), timeout=ports.timeout, settings=frozenset({Setting.DAILY_BUDGET}))
            live = found.get(entity.entity_id)
            budget = None if live is None else live.values.get(Setting.DAILY_BUDGET)
            if isinstance(budget, int) and budget > (entity.daily_budget or 0):
                return True
    return False


_WIDEST_FIRST = (PauseScope.TRACK, PauseScope.CHANNEL, PauseScope.ENTITY)


class _Answer:
    """What follows from one check: pauses that go out, and proposals to lift them."""

    def __init__(self, ports: Ports, loaded: LoadedTrack, facts: Facts, seen: Seen, origin: Origin, run: str) -> None:
        self.paused: list[Alarm] = []
        self.change_sets: list[ChangeSet] = []
        self.reasons: list[Reason] = []
        self.acted = False
        self._ports, self._loaded, self._facts, self._seen = ports, loaded, facts, seen
        self._origin, self._run = origin, run

    def pause(self, alarms: list[Alarm]) -> None:
        """Stop what they say; the widest first, and then only what still runs."""
        mode = self._facts.tenant.guardrails.mode_of(OptimizationType.EMERGENCY_PAUSE)
        self.acted = bool(alarms)
        if alarms and mode is not Mode.ENFORCE:
            self._write_down(tuple(self._wish(alarm) for alarm in alarms))
            return
        manifest = self._loaded.manifest.value
        for alarm in sorted(alarms, key=lambda one: _WIDEST_FIRST.index(one.scope)):
            if any(one.status is Status.ENABLED for one in in_scope(manifest, alarm)):
                manifest = self._send(alarm)
                self.paused.append(alarm)

    def _send(self, alarm: Alarm) -> Manifest:
        track, facts = self._loaded.track, self._facts
        currency, calendar = facts.tenant.currency, facts.calendar
        return emergency_pause(
            self._ports,
            track,
            PauseIntent(scope=alarm.scope, target=alarm.target, reason=alarm.kind.value),
            self._origin,
            f"Paused. {words.sentence(alarm, facts.manifest, currency, calendar)}",
            self._run,
            Grounds(words.evidence(alarm, at_risk(alarm, self._a_day(alarm)), currency, calendar), self._kept(facts)),
        ).value

    def _kept(self, facts: Facts) -> KeptInputs:
        from common.use_cases.kept_inputs import keep  # most checks stop nothing

        return keep(facts, self._seen)

    def _a_day(self, alarm: Alarm) -> int:
        return sum(one.daily_budget or 0 for one in in_scope(self._facts.manifest, alarm))

    def _wish(self, alarm: Alarm) -> Proposal:
        """The pause as a proposal, where the tenant only tries pauses out."""
        facts, stopped = self._facts, in_scope(self._facts.manifest, alarm)
        currency, calendar = facts.tenant.currency, facts.calendar
        return Proposal(
            proposal_id=f"pause:{alarm.kind.value}:{alarm.target}"[:200],
            type=OptimizationType.EMERGENCY_PAUSE,
            rule=RULE,
            changes=tuple(
                Change(
                    entity_id=one.entity_id,
                    setting=Setting.STATUS,
                    before=Status.ENABLED.value,
                    after=Status.PAUSED.value,
                )
                for one in stopped
                if one.status is Status.ENABLED
            ),
            why=f"Pause. {words.sentence(alarm, facts.manifest, currency, calendar)}",
            evidence=words.evidence(alarm, at_risk(alarm, self._a_day(alarm)), currency, calendar),
            reasons=(Reason(code=alarm.kind.value),),
        )

    def lift(self, checked: Checked, realtime: Realtime | None) -> None:
        """Propose to lift the pauses that stand; one goes through by itself only where the tenant allows it."""
        if self.acted:
            self._loaded = load_track(self._ports, self._loaded.track)
        elif not self._loaded.manifest.value.pauses:
            return
        manifest = self._loaded.manifest.value
        proposals = resumes(manifest, checked.memory, realtime, self._facts.now)
        if proposals:
            self.acted = True
            self._write_down(proposals)

    def _write_down(self, proposals: tuple[Proposal, ...]) -> None:
        """Judge with the kill switches as they are now, ask or record; what may go out by itself does."""
        facts = facts_of(self._ports, self._loaded)
        judgements, kept = judge(proposals, facts), self._kept(facts)
        try:
            done = propose(self._ports, self._loaded, facts, judgements, self._origin, self._run, kept)
        except Busy:
            self.reasons.append(Reason(code="busy"))
            return
        self.change_sets += done.change_sets
        self.reasons += done.reasons
        if done.intended is not None:
            finish(self._ports, self._loaded.track, done.manifest, self._run)
        self._loaded = replace(self._loaded, manifest=done.manifest)
