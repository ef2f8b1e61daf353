"""One check of a track: what was newly seen, what is wrong, and what to remember. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from common.decisions.anomaly.alarms import Alarm
from common.decisions.anomaly.claims import claims_due, judge_claims, learn_clicks
from common.decisions.anomaly.holidays import public_holidays
from common.decisions.anomaly.intake import ASKED_BACK, LEARNED_BACK, Taken, take_in
from common.decisions.anomaly.key_events import learn_rates
from common.decisions.anomaly.landing import judge_landing
from common.decisions.anomaly.memory import EntityMemory, WatchMemory, recall
from common.decisions.anomaly.resuming import begin_again
from common.decisions.anomaly.seen import Seen, Wanted
from common.decisions.anomaly.site import Sight, forget_quarters, judge_site, notice
from common.decisions.anomaly.spending import Watched, alarms_of, curve_of, judge_hours, oddities_of
from common.decisions.anomaly.verdicts import doubts, entity_alarms, site_alarms
from common.decisions.facts import Facts
from common.decisions.local_days import LocalDays
from common.domain.calendar import HOUR
from common.domain.change import Reason
from common.domain.manifest import Entity
from common.domain.state import TrackState
from common.domain.verticals import Metric

EVENTS_DELAY = HOUR * 6
"""Until GA4's report has an hour, at the least."""
UPLOAD_EVERY = HOUR * 26
"""A daily upload that is so late is named."""
USUAL_BREAK_EVEN = 3.0
"""How many times the usual price still pays where the plan says nothing about returns."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check came to."""

    memory: WatchMemory
    alarms: tuple[Alarm, ...]
    reasons: tuple[Reason, ...]
    news: bool
    """Whether anything was learned that must be kept."""


class Watch:
    """The check of one track at one instant. `wanted` is asked for first, then `check` judges what was answered."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._days = LocalDays(facts.calendar)
        self.memory = recall(facts.state.watching)

    @cached_property
    def _flight_start(self) -> datetime:
        return self._days.of(self._facts.plan.flight.start).start

    @cached_property
    def watched(self) -> Mapping[str, Watched]:
        """Every entity that bears a budget, with what is remembered of it."""
        return {
            entity.entity_id: Watched(
                entity=entity,
                memory=self._remembered(entity),
                curve=curve_of(self._facts.state.pacing.get(entity.entity_id)),
                days=self._days,
                break_even=self._break_even,
                holidays=self._holidays,
            )
            for entity in self._facts.manifest.entities.values()
            if entity.daily_budget is not None
        }

    def _remembered(self, entity: Entity) -> EntityMemory:
        """Of an entity that was never seen, judging begins with today, or with the flight."""
        known = self.memory.entities.get(entity.entity_id)
        if known is None:
            today = self._days.at(self._facts.now).start
            known = EntityMemory(seen=max(today, self._flight_start).isoformat())
            self.memory.entities[entity.entity_id] = known
        return known

    @cached_property
    def _holidays(self) -> Collection[date]:
        country, today = self._facts.tenant.country, self._facts.today
        return frozenset() if country is None else public_holidays(country, today.year)

    @cached_property
    def _break_even(self) -> float:
        """A return on ad spend of four still pays at four times the price."""
        kpi = self._facts.slice.kpi
        return max(kpi.target, 1.0) if kpi is not None and kpi.metric is Metric.ROAS else USUAL_BREAK_EVEN

    @cached_property
    def wanted(self) -> Wanted:
        """What is due by now: hours that may be reported, as far as each platform's usual delay says."""
        figures: dict[str, datetime] = {}
        events: datetime | None = None
        for watched in self.watched.values():
            memory, platform = watched.memory, watched.entity.platform
            since = self._figures_since(watched)
            if since is not None:
                figures[platform] = min(since, figures.get(platform, since))
        for watched in self.watched.values():
            reported = watched.memory.reported
            due = self._learned_from if reported is None else datetime.fromisoformat(reported)
            if watched.entity.platform in figures and due + HOUR + EVENTS_DELAY <= self._facts.now:
                events = due if events is None else min(due, events)
        memory = self.memory.site
        uploaded = None if memory.uploaded is None else datetime.fromisoformat(memory.uploaded)
        uploads = uploaded or self._facts.now - UPLOAD_EVERY
        return Wanted(figures, events, uploads if self._facts.now - uploads >= UPLOAD_EVERY else None)

    @cached_property
    def _learned_from(self) -> datetime:
        """The first hour of the tenant's that the first reports are asked for."""
        day = self._days.at(self._facts.now - LEARNED_BACK)
        return day.start + HOUR * day.place(self._facts.now - LEARNED_BACK)

    def _figures_since(self, watched: Watched) -> datetime | None:
        memory = watched.memory
        if _hours_due(watched) > self._facts.now and memory.window is not None:
            return None
        if memory.window is None:
            return self._learned_from
        since = [datetime.fromisoformat(memory.seen) - ASKED_BACK]
        if memory.reported is not None:
            since.append(datetime.fromisoformat(memory.reported))
        if memory.claimed_from is not None and claims_due(memory, degraded=not self.memory.site.connected):
            since.append(datetime.fromisoformat(memory.claimed_from))
        return max(min(since), self._learned_from)

    def check(self, seen: Seen) -> Checked:
        """Judge what was answered."""
        begin_again(self._facts.manifest, self.memory)
        self.memory.site.connected = seen.connected
        site, reasons = self.memory.site, [Reason(code="source_silent", measured=name) for name in seen.silent]
        taken: dict[str, Taken] = {}
        for name, watched in self.watched.items():
            platform = watched.entity.platform
            report, since = seen.figures.get(platform), seen.wanted.figures.get(platform)
            if report is None or since is None:
                continue
            first = watched.memory.window is None
            one = take_in(watched.entity, watched.memory, report, since, self._facts.now)
            reasons += one.faults
            taken[name] = one
            self._judge_entity(watched, one, since, seen, first=first)
        notice(site, seen.realtime)
        if seen.events is not None:
            learn_rates(site, seen.events, self.watched.values())
        if seen.connected:
            judge_site(site, Sight(self.watched, taken))
        else:
            self._without_ga4()
        forget_quarters(site, self.watched, self._facts.now)
        uploaded = site.uploaded
        reasons += self._uploads(seen)
        alarms = self._alarms(seen)
        reasons += [reason for one in self.watched.values() for reason in oddities_of(one)]
        reasons += doubts(site, self.watched.values())
        self._forget_gone()
        return Checked(self.memory, alarms, tuple(reasons), news=bool(taken or alarms or site.uploaded != uploaded))

    def _judge_entity(self, watched: Watched, taken: Taken, since: datetime, seen: Seen, *, first: bool) -> None:
        memory = watched.memory
        if first:
            learn_clicks(memory, sorted(taken.known.values(), key=lambda row: row.hour))
        else:
            learn_clicks(memory, taken.hours)
        judge_hours(watched, taken.hours)
        if seen.events is not None and taken.known:
            judge_landing(self.memory.site, watched, taken, seen.events, since)
        if taken.known and claims_due(memory, degraded=not seen.connected):
            judge_claims(watched, taken, since)

    def _without_ga4(self) -> None:
        """Nothing is known of the site; a case from before can't go on. When nobody was seen stays known."""
        site = self.memory.site
        site.quarters, site.sessions, site.events = {}, None, None
        for memory in self.memory.entities.values():
            memory.landing = None

    def _uploads(self, seen: Seen) -> list[Reason]:
        site, now = self.memory.site, self._facts.now
        if seen.uploads:
            site.uploaded = max(upload.at for upload in seen.uploads).isoformat()
        if site.uploaded is None or now - datetime.fromisoformat(site.uploaded) < UPLOAD_EVERY:
            return []
        age = (now - datetime.fromisoformat(site.uploaded)) / HOUR
        return [Reason(code="crm_late", measured=round(age, 1), limit=UPLOAD_EVERY / HOUR)]

    def _alarms(self, seen: Seen) -> tuple[Alarm, ...]:
        """Each once; where the whole site is not seen, that explains each of its channels."""
        found = list(site_alarms(self.memory.site, self._facts.manifest.track_id)) if seen.connected else []
        whole = bool(found)
        for watched in self.watched.values():
            found += alarms_of(watched)
        if not whole:
            found += entity_alarms(self.watched.values(), degraded=not seen.connected)
        found.sort(key=lambda one: one.probability)  # the surest of several about the same is kept
        return tuple({(one.kind, one.target): one for one in found}.values())

    def next_due(self, seen: Seen, checked: Checked) -> datetime | None:
        """When a source may have something new to judge; `None` where the next check must look, whatever is due.

        It must while something stands or a source owes something: an alarm, a pause, silence, hours that are late. A
        late upload of the CRM is only named, so nobody looks for it before the next hours are due.
        """
        now, site = self._facts.now, checked.memory.site
        if checked.alarms or seen.silent or self._facts.manifest.pauses:
            return None
        hours = [_hours_due(one) for one in self.watched.values()]
        if any(one.memory.window is None for one in self.watched.values()) or min(hours, default=now + HOUR) <= now:
            return None
        uploads = [] if site.uploaded is None else [datetime.fromisoformat(site.uploaded) + UPLOAD_EVERY]
        return min(due for due in (*hours, *uploads, now + HOUR) if due > now)

    def _forget_gone(self) -> None:
        for name in self.memory.entities.keys() - self.watched.keys():
            del self.memory.entities[name]


def _hours_due(watched: Watched) -> datetime:
    """When the hour after the last one that was judged may be reported, as far as its platform's usual delay says."""
    delay = watched.entity.delivery.reporting_delay_hours
    return datetime.fromisoformat(watched.memory.seen) + HOUR * (1 + delay)


def remembered(state: TrackState, checked: Checked) -> TrackState:
    """A track's state with what a check remembers."""
    return state.but(watching=checked.memory.body())
