"""Do the clicks that are paid for still arrive, and is what they bring still counted?

Three places can break, and each is judged against what the clicks should have brought: the whole site (GA4's realtime,
by the quarter of an hour), one channel's way to it (GA4's report, hours later), and a platform's own counting.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import exp
from typing import Any, NamedTuple

from common.decisions.anomaly.alarms import Alarm, Kind
from common.decisions.anomaly.intake import CLAIMED_BACK, Taken
from common.decisions.anomaly.memory import EntityMemory, SiteMemory, stored, tracking
from common.decisions.anomaly.overspend import PRIOR
from common.decisions.anomaly.spending import Watched
from common.decisions.anomaly.tracking import Suspicion, Tracking, check, verdict
from common.domain.anomaly import HOURS, TrackingMemory
from common.domain.calendar import HOUR, QUARTER_HOUR
from common.domain.change import Reason
from common.domain.figures import EventsReport, HourFigures, Realtime
from common.domain.manifest import PauseScope

KEEP_QUARTERS = timedelta(hours=30)
"""How long realtime waits for the clicks of its hour; a platform that is later is judged by its own counts."""
SESSIONS = Suspicion(least_expected=20.5)
"""How visits are judged: how many a click brings is an estimate, so a little more than twenty must be missing."""
COUNTS = Suspicion(share_left=0.02, dispersion=1.8, least_expected=22.0, most_left=0.08)
"""How conversions are judged: they follow the market and scatter more than visits, so only next to none is broken."""
_FADE = 0.996
"""What is kept of a sum an hour later: half of it after a week."""
_RECENT = 1.0 - 0.5 ** (1 / 36)
"""Weight of an hour in the clicks of the last days, from which today's conversions come."""
_BUSY = 2.0
"""How many times the usual sessions of the last days may bring key events: a rush brings its own later, and fewer."""
_FADE_DAILY = 0.93
_DRAWN = 20.0
"""Visits that the rate of all hours counts for beside those of one hour."""
_ENOUGH_EVENTS = 30.0
"""Key events that must have been seen before it is known how many sessions bring one."""
_QUARTERS_AN_HOUR = 4
_LEAST_QUARTERS = 2
_SHIFTS = 6
"""Where GA4 is the truth, a platform's own counts are looked at every so many hours."""


class Sight(NamedTuple):
    """What one check can see of a track's way to the site."""

    watched: Mapping[str, Watched]
    taken: Mapping[str, Taken]
    """By entity, what its platform newly reported; a platform that was not asked or silent is absent."""


def notice(site: SiteMemory, realtime: Realtime | None) -> None:
    """Keep GA4's last quarter-hours until the clicks of their hour are reported."""
    for quarter in () if realtime is None else realtime.quarters:
        site.quarters[quarter.start.isoformat()] = (quarter.sessions, quarter.conversions)


def judge_site(site: SiteMemory, sight: Sight) -> None:
    """Compare the hours whose clicks are known now with what GA4 saw of the whole property.

    Platforms report at different times, and other tracks bring sessions too: each platform's clicks are held against
    all sessions, of which they are only a part. So what is missing is missing whoever else is late.
    """
    hours = _clicks_by_hour(sight)
    for platform in sorted(hours):
        done = site.judged.get(platform)
        for hour in sorted(hours[platform]):
            if done is not None and hour.isoformat() < done:
                continue
            site.judged[platform] = (hour + HOUR).isoformat()
            seen = [counts for counts in _quarters(site, hour) if counts is not None]
            if len(seen) < _LEAST_QUARTERS:
                continue
            part = len(seen) / _QUARTERS_AN_HOUR
            sessions, events = sum(one[0] for one in seen), sum(one[1] for one in seen)
            kept = _weighed(tracking(site.sessions), hours[platform][hour].sessions * part, sessions, hour)
            site.sessions = stored(kept)
            _mark_blind(site, kept, hour)
            _judge_events(site, sessions, events, hour, hours[platform][hour].local)


def _weighed(case: TrackingMemory, expected: float, sessions: float, hour: datetime) -> TrackingMemory:
    """The case with one hour more. That all was well before it began, as a late platform says, does not end it."""
    kept = check(case, expected, sessions, hour, SESSIONS).memory
    return case if case.since is not None and hour < case.since and kept.case < case.case else kept


def _mark_blind(site: SiteMemory, kept: TrackingMemory, hour: datetime) -> None:
    """Remember from when until when nobody was seen: it says nothing about a single channel."""
    doubted = kept.case >= SESSIONS.notable and kept.since is not None
    if doubted and (site.blind_since is None or site.blind_until is not None):
        site.blind_since, site.blind_until = (kept.since or hour).isoformat(), None
    elif not doubted and site.blind_since is not None and site.blind_until is None:
        site.blind_until = (hour + HOUR).isoformat()


def _is_blind(site: SiteMemory, hour: datetime) -> bool:
    if site.blind_since is None or hour.isoformat() < site.blind_since:
        return False
    return site.blind_until is None or hour.isoformat() < site.blind_until


class _Due(NamedTuple):
    """What an hour's clicks should have brought."""

    sessions: float
    local: int
    """The local hour."""


def _clicks_by_hour(sight: Sight) -> dict[str, dict[datetime, _Due]]:
    """By platform and hour, the sessions that its newly reported clicks should have brought."""
    found: dict[str, dict[datetime, _Due]] = {}
    for entity_id, taken in sight.taken.items():
        watched = sight.watched[entity_id]
        ratio = watched.memory.sessions_per_click
        of_platform = found.setdefault(watched.entity.platform, {})
        for row in taken.hours:
            day = watched.days.at(row.hour)
            before = of_platform.get(row.hour, _Due(0.0, day.hours[day.place(row.hour)]))
            of_platform[row.hour] = before._replace(sessions=before.sessions + row.clicks * (ratio or 0.0))
    return found


def _quarters(site: SiteMemory, hour: datetime) -> Iterable[tuple[float, ...] | None]:
    for quarter in range(_QUARTERS_AN_HOUR):
        counts = site.quarters.get((hour + quarter * QUARTER_HOUR).isoformat())
        yield None if counts is None else tuple(counts)


def _judge_events(site: SiteMemory, sessions: float, events: float, hour: datetime, local: int) -> None:
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


def forget_quarters(site: SiteMemory, watched: Mapping[str, Watched], now: datetime) -> None:
    """Drop the quarters whose hours every platform was compared with, and those that nobody will ask for."""
    platforms = {one.entity.platform for one in watched.values()}
    judged = [site.judged.get(platform, "") for platform in platforms]
    oldest = max(min(judged, default=""), (now - KEEP_QUARTERS).isoformat())
    site.quarters = {start: counts for start, counts in site.quarters.items() if start >= oldest}


def learn_clicks(memory: EntityMemory, hours: Iterable[HourFigures]) -> None:
    """Follow how many clicks an hour has."""
    for row in hours:
        memory.usual += _RECENT * (row.clicks - memory.usual) if memory.usual else row.clicks


def judge_landing(site: SiteMemory, watched: Watched, taken: Taken, report: EventsReport, since: datetime) -> None:
    """Compare an entity's clicks with the sessions that GA4 reports of it, hour by hour, and learn how many come.

    Hours in which the whole site was not seen say nothing about one channel.

    Args:
        since: from when on its platform was asked; hours before it are not known here.
    """
    memory, rows = watched.memory, report.hours.get(watched.entity.entity_id)
    if rows is None:
        return
    sessions = {row.hour: row.sessions for row in rows}
    hour = since if memory.reported is None else max(since, datetime.fromisoformat(memory.reported))
    until = min(report.complete_until, datetime.fromisoformat(memory.seen))
    while hour + HOUR <= until:
        clicked, came = taken.known.get(hour), sessions.get(hour, 0.0)
        clicks, ratio = 0.0 if clicked is None else clicked.clicks, memory.sessions_per_click
        blind = _is_blind(site, hour)
        if ratio is not None and not blind:
            memory.landing = stored(check(tracking(memory.landing), clicks * ratio, came, hour, SESSIONS).memory)
        if tracking(memory.landing).case < SESSIONS.notable and not blind:
            memory.clicks, memory.sessions = memory.clicks * _FADE + clicks, memory.sessions * _FADE + came
        hour += HOUR
    memory.reported = max(hour, until).isoformat()


def claims_due(memory: EntityMemory, *, degraded: bool) -> bool:
    """Whether a platform's own counts are to be looked at: always where they are all there is."""
    return degraded or memory.claimed_until is None or datetime.fromisoformat(memory.seen).hour % _SHIFTS == 0


def judge_claims(watched: Watched, taken: Taken, since: datetime) -> None:
    """Compare the claims that arrived since the last time with those that the clicks of the last days should bring.

    Platforms date a conversion by its click, so what arrived is how much more they claim now for hours known then.
    """
    memory = watched.memory
    seen = datetime.fromisoformat(memory.seen)
    if memory.claimed_from is None or memory.claimed_until is None:
        memory.arrivals = sum(row.conversions for row in taken.known.values())
        memory.arrival_clicks = sum(row.clicks for row in taken.known.values())
        _add_up(memory, taken, seen)
        return
    first, last = datetime.fromisoformat(memory.claimed_from), datetime.fromisoformat(memory.claimed_until)
    if since > first or last >= seen:
        return
    arrived = _claims(taken, first, last) - memory.claimed + _claims(taken, last, seen)
    clicks = memory.usual * _usual_hours(watched, last, seen)
    if memory.arrivals >= _ENOUGH_EVENTS and memory.arrival_clicks > 0:
        expected = clicks * memory.arrivals / memory.arrival_clicks
        kept = check(tracking(memory.claims), expected, max(0.0, arrived), last, COUNTS).memory
        memory.claims = stored(kept)
    if tracking(memory.claims).case < COUNTS.notable:
        fade = _FADE ** ((seen - last) / HOUR)
        memory.arrivals = memory.arrivals * fade + max(0.0, arrived)
        memory.arrival_clicks = memory.arrival_clicks * fade + clicks
    _add_up(memory, taken, seen)


def _usual_hours(watched: Watched, first: datetime, last: datetime) -> float:
    """Hours between two instants, each weighted by what it usually has of its day."""
    total, hour = 0.0, first
    while hour < last:
        day = watched.days.at(hour)
        weights = [watched.curve.hours[one] for one in day.hours]
        total += len(weights) * weights[day.place(hour)] / sum(weights)
        hour += HOUR
    return total


def _add_up(memory: EntityMemory, taken: Taken, seen: datetime) -> None:
    first = seen - CLAIMED_BACK
    memory.claimed_from, memory.claimed_until = first.isoformat(), seen.isoformat()
    memory.claimed = _claims(taken, first, seen)


def _claims(taken: Taken, first: datetime, last: datetime) -> float:
    return sum(row.conversions for hour, row in taken.known.items() if first <= hour < last)


def site_alarms(site: SiteMemory, track_id: str) -> Iterable[Alarm]:
    """What is broken for all channels."""
    sessions, events = tracking(site.sessions), tracking(site.events)
    if verdict(sessions, SESSIONS) is Tracking.BROKEN:
        yield _alarm(sessions, Kind.SITE, PauseScope.TRACK, track_id, "sessions on the site")
    elif verdict(events, COUNTS) is Tracking.BROKEN:
        yield _alarm(events, Kind.EVENTS, PauseScope.TRACK, track_id, "key events on the site")


def entity_alarms(watched: Watched, *, degraded: bool) -> Iterable[Alarm]:
    """What is broken on the way from one entity. A platform's own counts are all there is only without GA4."""
    entity, landing, claims = watched.entity, tracking(watched.memory.landing), tracking(watched.memory.claims)
    if not degraded and verdict(landing, SESSIONS) is Tracking.BROKEN:
        yield _alarm(landing, Kind.LANDING, PauseScope.CHANNEL, entity.channel, f"sessions from {entity.channel}")
    if verdict(claims, COUNTS) is Tracking.BROKEN:
        figure = f"conversions that {entity.platform} counts"
        wasted = 1.0 if degraded else 0.0
        yield _alarm(claims, Kind.CLAIMS, PauseScope.CHANNEL, entity.channel, figure, wasted)


def doubts(site: SiteMemory, watched: Iterable[Watched]) -> Iterable[Reason]:
    """What may have stopped, and can't be told yet."""
    cases: list[tuple[str, dict[str, Any] | None, Suspicion, str | None]] = [
        ("site", site.sessions, SESSIONS, None),
        ("events", site.events, COUNTS, None),
    ]
    for one in watched:
        cases.append(("landing", one.memory.landing, SESSIONS, one.entity.entity_id))
        cases.append(("claims", one.memory.claims, COUNTS, one.entity.entity_id))
    for name, body, suspicion, entity_id in cases:
        memory = tracking(body)
        if verdict(memory, suspicion) is Tracking.INCONCLUSIVE:
            code, seen = f"inconclusive:{name}", round(memory.observed)
            yield Reason(code=code, measured=seen, limit=round(memory.expected, 1), entity_id=entity_id)


def _alarm(
    memory: TrackingMemory, kind: Kind, scope: PauseScope, target: str, figure: str, wasted: float = 1.0
) -> Alarm:
    odds = PRIOR * exp(min(memory.case, 50.0))
    assert memory.since is not None  # a case that is settled has begun
    return Alarm(
        kind=kind,
        scope=scope,
        target=target,
        figure=figure,
        since=memory.since,
        measured=memory.observed,
        expected=memory.expected,
        probability=odds / (1.0 + odds),
        wasted_share=wasted,
        foregone_share=1.0,
    )
