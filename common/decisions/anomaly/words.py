"""What a check found, in a sentence that an account manager understands, and as evidence."""

from datetime import timedelta

from common.decisions.anomaly.alarms import Alarm, AtRisk, Kind
from common.domain.calendar import TenantCalendar
from common.domain.change import Reason
from common.domain.manifest import Manifest, PauseScope
from common.domain.money import show

_MONEY = frozenset({Kind.SPEND, Kind.PRICE})


def named(alarm: Alarm, manifest: Manifest) -> str:
    """What would have to stop, by the name that people know it by."""
    if alarm.scope is PauseScope.TRACK:
        return f"all of {alarm.target}"
    return manifest.called(alarm.target) if alarm.scope is PauseScope.ENTITY else alarm.target


def sentence(alarm: Alarm, manifest: Manifest, currency: str, calendar: TenantCalendar) -> str:
    """Why it is paused, or should be."""
    since = f"{calendar.local(alarm.since):%a %H:%M}"
    seen, usual = amount(alarm, alarm.measured, currency), amount(alarm, alarm.expected, currency)
    sure = f"{min(99.9, 100 * alarm.probability):.3g}% sure"
    match alarm.kind:
        case Kind.SPEND:
            said = f"since {since} it has spent {seen} where its budget makes {usual} usual"
        case Kind.PRICE:
            said = f"since {since} a click costs {seen} where {usual} is usual, more than it brings"
        case _:
            said = f"since {since} there were {seen} {alarm.figure} where its clicks should have brought {usual}"
    subject = named(alarm, manifest)
    return f"{subject[0].upper()}{subject[1:]}: {said} ({sure})."


def amount(alarm: Alarm, value: float, currency: str) -> str:
    """A measured or expected value with its unit."""
    return show(round(value), currency) if alarm.kind in _MONEY else f"{value:,.0f}"


Evidence = dict[str, float | int | str | None]


def evidence(alarm: Alarm, risk: AtRisk, currency: str, calendar: TenantCalendar) -> Evidence:
    """The numbers that led to it, named for a person."""
    return {
        "figure": alarm.figure,
        "since": f"{calendar.local(alarm.since):%Y-%m-%d %H:%M}",
        "measured": amount(alarm, alarm.measured, currency),
        "usual": amount(alarm, alarm.expected, currency),
        "probability": round(alarm.probability, 4),
        "at_risk_until_the_next_check": show(risk.next_check, currency),
        "at_risk_until_a_person_looks": show(risk.person, currency),
    }


def reason(alarm: Alarm, *, worth: bool) -> Reason:
    """The finding as a reason: named, or paused for."""
    code = alarm.kind.value if worth else f"unusual:{alarm.kind.value}"
    target = None if alarm.scope is PauseScope.TRACK else alarm.target
    measured = round(alarm.measured / alarm.expected, 2) if alarm.expected > 0 else None
    return Reason(code=code, measured=measured, limit=round(alarm.probability, 3), entity_id=target)


def lasted(span: timedelta) -> str:
    """How long something has lasted: `3 h`, `40 min`."""
    minutes = round(span.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.0f} h"
