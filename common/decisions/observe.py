"""Take in what platforms report: newly visible hours at every tick, the last week again every day, and once a week the
four weeks that the curve is learned from."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from common.decisions.local_days import WHOLE_DAY, LocalDays
from common.decisions.observed import Observed, count_hour, forecast
from common.decisions.spend_curve import LEARNING_DAYS, DaySpend, learn
from common.domain.calendar import HOUR, TenantCalendar
from common.domain.change import OptimizationType, Setting, Status
from common.domain.manifest import Entity, Manifest
from common.domain.plan import MediaPlan
from common.domain.spend_report import SpendReport
from common.domain.state import TrackState

RESTATED_DAYS = 7
"""Days that are asked for again every day: platforms correct what they reported."""
LEARN_EVERY = 7
"""Days between two lessons: a curve changes slowly."""


def spend_since(
    state: TrackState, manifest: Manifest, plan: MediaPlan, calendar: TenantCalendar, now: datetime
) -> dict[str, datetime]:
    """From when on each platform must be asked for spend: newly visible hours, now and then also those before."""
    days = LocalDays(calendar)
    since: dict[str, datetime] = {}
    for entity in _bearing(manifest):
        observed = _recall(state, entity, plan, days, now)
        instant = _wanted_from(observed, days, _day_in_sight(entity, days, now))
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
            today = _day_in_sight(entity, days, now)
            if _is_due(observed.restated, today, 1):
                _restate(observed, days, spend, flight_start, today)
            if _is_due(observed.learned, today, LEARN_EVERY):
                _learn(observed, days, spend, today)
        observed.stopped = _stopped(observed, entity)
        ahead = forecast(observed, entity, days, now)
        observed.ahead, observed.unseen = [round(amount, 6) for amount in ahead], round(ahead.bound())
        pacing[entity.entity_id] = observed.body()
    return state.but(pacing=pacing)


def _bearing(manifest: Manifest) -> Iterator[Entity]:
    return (one for one in manifest.entities.values() if one.allocation is not None and one.daily_budget is not None)


def _recall(state: TrackState, entity: Entity, plan: MediaPlan, days: LocalDays, now: datetime) -> Observed:
    known = state.pacing.get(entity.entity_id)
    if known is not None:
        return Observed(**known)
    start = days.of(plan.flight.start).start
    first = min(start, _back(days, _day_in_sight(entity, days, now), RESTATED_DAYS))
    return Observed(seen=start.isoformat(), open=first.isoformat())


def _day_in_sight(entity: Entity, days: LocalDays, now: datetime) -> date:
    """The last day of which something is usually reported by now; the days before it are, to their end."""
    return days.at(now - HOUR * entity.delivery.reporting_delay_hours).day


def _is_due(last: str | None, today: date, every: int) -> bool:
    return last is None or (today - date.fromisoformat(last)).days >= every


def _wanted_from(observed: Observed, days: LocalDays, today: date) -> datetime:
    if not _is_due(observed.restated, today, 1):
        return datetime.fromisoformat(observed.seen)
    opened = datetime.fromisoformat(observed.open)
    return min(opened, _back(days, today, LEARNING_DAYS)) if _is_due(observed.learned, today, LEARN_EVERY) else opened


def _back(days: LocalDays, today: date, count: int) -> datetime:
    return days.of(today - timedelta(days=count)).start


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
    """Count the open hours anew, and settle those that grew too old to be restated."""
    was_open, seen = datetime.fromisoformat(observed.open), datetime.fromisoformat(observed.seen)
    opens = max(was_open, _back(days, today, RESTATED_DAYS))
    in_flight = [(hour, micros) for hour, micros in spend.items() if max(flight_start, was_open) <= hour < seen]
    observed.settled += sum([micros for hour, micros in in_flight if hour < opens])
    observed.visible = observed.settled + sum([micros for hour, micros in in_flight if hour >= opens])
    last = [sum(day.hours) for day in _whole_days(days, spend, opens, today)]
    observed.best_day = round(max(last)) if last else None
    observed.open, observed.restated = opens.isoformat(), today.isoformat()


def _learn(observed: Observed, days: LocalDays, spend: Mapping[datetime, int], today: date) -> None:
    curve = learn(_whole_days(days, spend, _back(days, today, LEARNING_DAYS), today))
    observed.weekday = [round(weight, 4) for weight in curve.weekday]
    observed.hours = [round(weight, 4) for weight in curve.hours]
    observed.day_noise, observed.hour_noise = curve.day_noise, curve.hour_noise
    observed.learned = today.isoformat()


def _whole_days(days: LocalDays, spend: Mapping[datetime, int], since: datetime, today: date) -> list[DaySpend]:
    """The days before today, those left out on which the clocks change."""
    found: list[DaySpend] = []
    one = days.at(since)
    while one.day < today:
        if one.hours is WHOLE_DAY:
            found.append(DaySpend(one.day, [spend.get(one.start + HOUR * index, 0) for index in WHOLE_DAY]))
        one = days.of(one.day + timedelta(days=1))
    return found
