"""Do visits still end in key events as often as they used to at this hour of the day?"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from common.decisions.anomaly.memory import SiteMemory, stored, tracking
from common.decisions.anomaly.spending import Watched
from common.decisions.anomaly.tracking import COUNTS, check
from common.domain.anomaly import HOURS
from common.domain.calendar import HOUR
from common.domain.figures import EventsReport

_RECENT = 1.0 - 0.5 ** (1 / 36)
"""Weight of an hour in the clicks of the last days, from which today's conversions come."""
_BUSY = 2.0
"""How many times the usual sessions of the last days may bring key events: a rush brings its own later, and fewer."""
_FADE_DAILY = 0.93
_DRAWN = 20.0
"""Visits that the rate of all hours counts for beside those of one hour."""
_ENOUGH_EVENTS = 30.0
"""Key events that must have been seen before it is known how many sessions bring one."""


def judge_events(site: SiteMemory, sessions: float, events: float, hour: datetime, local: int) -> None:
    """Whether visits still end in key events as often as they used to; each hour once, whichever platform is first."""
    if site.counted is not None and hour.isoformat() < site.counted:
        return
    site.counted = (hour + HOUR).isoformat()
    site.usual += _RECENT * (sessions - site.usual) if site.usual else sessions
    rate = _rate(site, local)
    if rate is not None:
        expected = min(sessions, _BUSY * site.usual) * rate
        site.events = stored(check(tracking(site.events), expected, events, hour, COUNTS).memory)
    if tracking(site.events).case < COUNTS.notable and site.hourly_sessions:
        site.hourly_sessions = _added(site.hourly_sessions, local, sessions)
        site.hourly_events = _added(site.hourly_events, local, events)


def _added(hourly: Sequence[float], local: int, amount: float) -> Sequence[float]:
    return [round(_FADE_DAILY * one + amount, 3) if at == local else one for at, one in enumerate(hourly)]


def _rate(site: SiteMemory, local: int) -> float | None:
    """Key events a visit of this hour brings, drawn toward those of all hours; `None` while too few were seen."""
    sessions, events = sum(site.hourly_sessions), sum(site.hourly_events)
    if events < _ENOUGH_EVENTS or sessions <= 0:
        return None
    return (site.hourly_events[local] + _DRAWN * events / sessions) / (site.hourly_sessions[local] + _DRAWN)


def learn_rates(site: SiteMemory, report: EventsReport, watched: Iterable[Watched]) -> None:
    """Begin with what GA4's first report says of the last weeks."""
    if site.hourly_sessions:
        return
    sessions, events = [0.0] * HOURS, [0.0] * HOURS
    for one in watched:
        for row in report.hours.get(one.entity.entity_id, ()):
            day = one.days.at(row.hour)
            local = day.hours[day.place(row.hour)]
            sessions[local] += row.sessions
            events[local] += row.conversions
    site.hourly_sessions, site.hourly_events = sessions, events
