"""Take in what platforms report: newly visible hours at every tick, and once a day the whole recent past again."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from common.decisions.local_days import LocalDays
from common.decisions.observed import Observed, count_hour, forecast
from common.decisions.spend_curve import LEARNING_DAYS, DaySpend, learn
from common.domain.calendar import HOUR, TenantCalendar
from common.domain.change import OptimizationType, Setting, Status
from common.domain.manifest import Entity, Manifest
from common.domain.plan import MediaPlan
from common.domain.spend_report import SpendReport
from common.domain.state import TrackState

_WEEK = timedelta(days=7)


def spend_since(
    state: TrackState, manifest: Manifest, plan: MediaPlan, calendar: TenantCalendar, now: datetime
) -> dict[str, datetime]:
    """From when on each platform must be asked for spend: what is not counted yet, once a day what may be restated."""
    days = LocalDays(calendar)
    since: dict[str, datetime] = {}
    for entity in _bearing(manifest):
        observed = _recall(state, entity, plan, days, now)
        wanted = observed.open if _is_due(observed, entity, days, now) else observed.seen
        instant = datetime.fromisoformat(wanted)
        since[entity.platform] = min(instant, since.get(entity.platform, instant))
    return since


def observe(
    state: TrackState,
    manifest: Manifest,
    plan: MediaPlan,
    calendar: TenantCalendar,
    reports: Mapping[str, SpendReport],
    now: datetime,
) -> TrackState:
    """The state with what the reports say taken in.

    Args:
        reports: by platform, what it answered when it was asked from `spend_since` on. Of a platform that is missing,
            and of an entity that its report does not name, nothing new is known; the bound of the unseen grows.
        now: the same instant that `spend_since` was asked with.
    """
    days = LocalDays(calendar)
    flight_start = days.of(plan.flight.start).start
    pacing = dict(state.pacing)
    for entity in _bearing(manifest):
        observed = _recall(state, entity, plan, days, now)
        report = reports.get(entity.platform)
        hours = None if report is None else report.hours.get(entity.entity_id)
        if report is not None and hours is not None:
            spend = {one.hour: one.micros for one in hours}
            _count(observed, entity, days, spend, report.complete_until)
            if _is_due(observed, entity, days, now):
                visible = now - HOUR * entity.delivery.reporting_delay_hours
                _restate(observed, days, spend, flight_start, days.at(visible).day)
        observed.stopped = _stopped(observed, entity)
        observed.unseen = round(forecast(observed, entity, days, now).bound)
        pacing[entity.entity_id] = observed.body()
    return state.but(pacing=pacing)


def _bearing(manifest: Manifest) -> Iterator[Entity]:
    return (one for one in manifest.entities.values() if one.allocation is not None and one.daily_budget is not None)


def _recall(state: TrackState, entity: Entity, plan: MediaPlan, days: LocalDays, now: datetime) -> Observed:
    known = state.pacing.get(entity.entity_id)
    if known is not None:
        return Observed(**known)
    start = days.of(plan.flight.start).start
    first = min(start, _learning_from(days, days.at(now).day))
    return Observed(seen=start.isoformat(), open=first.isoformat())


def _is_due(observed: Observed, entity: Entity, days: LocalDays, now: datetime) -> bool:
    """Once a day, when the day before is visible to its end."""
    visible = now - HOUR * entity.delivery.reporting_delay_hours
    return observed.learned != days.at(visible).day.isoformat()


def _learning_from(days: LocalDays, today: date) -> datetime:
    return days.of(today - timedelta(days=LEARNING_DAYS)).start


def _stopped(observed: Observed, entity: Entity) -> bool:
    """Whether it was pacing that paused the entity; remembered for longer than the trail goes back."""
    if entity.status is Status.ENABLED:
        return False
    last = next((step for step in reversed(entity.trail) if step.setting is Setting.STATUS), None)
    return observed.stopped if last is None else last.type is OptimizationType.PACE


def _count(
    observed: Observed, entity: Entity, days: LocalDays, spend: Mapping[datetime, int], complete_until: datetime
) -> None:
    hour = datetime.fromisoformat(observed.seen)
    while hour + HOUR <= complete_until:
        count_hour(observed, entity, days.at(hour), hour, spend.get(hour, 0))
        hour += HOUR
    observed.seen = hour.isoformat()


def _restate(
    observed: Observed, days: LocalDays, spend: Mapping[datetime, int], flight_start: datetime, today: date
) -> None:
    """Count the open hours anew, settle those that grew too old to be restated, and learn the curve again."""
    was_open, seen = datetime.fromisoformat(observed.open), datetime.fromisoformat(observed.seen)
    opens = max(was_open, _learning_from(days, today))
    in_flight = [(hour, micros) for hour, micros in spend.items() if flight_start <= hour < seen]
    observed.settled += sum([micros for hour, micros in in_flight if was_open <= hour < opens])
    observed.visible = observed.settled + sum([micros for hour, micros in in_flight if hour >= opens])
    whole = _whole_days(days, spend, opens, today, seen)
    curve = learn(whole)
    observed.weekday, observed.hours = list(curve.weekday), list(curve.hours)
    observed.day_noise, observed.hour_noise = curve.day_noise, curve.hour_noise
    last = [sum(day.hours) for day in whole if day.day >= today - _WEEK]
    observed.best_day = round(max(last)) if last else None
    observed.open, observed.learned = opens.isoformat(), today.isoformat()


def _whole_days(
    days: LocalDays, spend: Mapping[datetime, int], since: datetime, today: date, seen: datetime
) -> list[DaySpend]:
    """The days before today that are visible to their end; those on which the clocks change are left out."""
    found: list[DaySpend] = []
    one = days.at(since)
    while one.day < today:
        if one.end <= seen and len(one.hours) == 24:
            found.append(DaySpend(one.day, [spend.get(one.start + HOUR * index, 0) for index in range(24)]))
        one = days.of(one.day + timedelta(days=1))
    return found
