"""Is the site seen at all? GA4's realtime by the quarter of an hour, against the visits that clicks should bring."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from common.decisions.anomaly.intake import Taken
from common.decisions.anomaly.key_events import judge_events
from common.decisions.anomaly.memory import SiteMemory, stored, tracking
from common.decisions.anomaly.quarters import KEEP_QUARTERS
from common.decisions.anomaly.spending import Watched
from common.decisions.anomaly.tracking import USUAL, check
from common.domain.anomaly import TrackingMemory
from common.domain.calendar import HOUR, QUARTER_HOUR
from common.domain.figures import Realtime

_STILL_COMES = timedelta(hours=12)
"""How long after an hour GA4's report may still bring it to be compared with a channel's clicks."""
_QUARTERS_AN_HOUR = 4
_LEAST_QUARTERS = 2


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
            judge_events(site, sessions, events, hour, hours[platform][hour].local)


def _weighed(case: TrackingMemory, expected: float, sessions: float, hour: datetime) -> TrackingMemory:
    """The case with one hour more. That all was well before it began, as a late platform says, does not end it."""
    kept = check(case, expected, sessions, hour, USUAL).memory
    return case if case.since is not None and hour < case.since and kept.case < case.case else kept


def _mark_blind(site: SiteMemory, kept: TrackingMemory, hour: datetime) -> None:
    """Remember from when until when nobody was seen: it says nothing about a single channel.

    Twice within a few hours is taken as once: the first may not have been compared with any channel yet.
    """
    doubted = kept.case >= USUAL.notable and kept.since is not None
    if doubted and (site.blind_since is None or site.blind_until is not None):
        since, before = kept.since or hour, site.blind_until
        if before is None or since - datetime.fromisoformat(before) > _STILL_COMES:
            site.blind_since = since.isoformat()
        site.blind_until = None
    elif not doubted and site.blind_since is not None and site.blind_until is None:
        site.blind_until = (hour + HOUR).isoformat()


def is_blind(site: SiteMemory, hour: datetime) -> bool:
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
        ratio = watched.memory.sessions_per_click or 0.0
        of_platform = found.setdefault(watched.entity.platform, {})
        for row in taken.hours:
            before = of_platform.get(row.hour)
            if before is None:
                day = watched.days.at(row.hour)
                before = _Due(0.0, day.hours[day.place(row.hour)])
            of_platform[row.hour] = _Due(before.sessions + row.clicks * ratio, before.local)
    return found


def _quarters(site: SiteMemory, hour: datetime) -> Iterable[tuple[float, ...] | None]:
    for quarter in range(_QUARTERS_AN_HOUR):
        counts = site.quarters.get((hour + quarter * QUARTER_HOUR).isoformat())
        yield None if counts is None else tuple(counts)


def forget_quarters(site: SiteMemory, watched: Mapping[str, Watched], now: datetime) -> None:
    """Drop the quarters whose hours every platform was compared with, and those that nobody will ask for."""
    platforms = {one.entity.platform for one in watched.values()}
    judged = [site.judged.get(platform, "") for platform in platforms]
    oldest = max(min(judged, default=""), (now - KEEP_QUARTERS).isoformat())
    site.quarters = {start: counts for start, counts in site.quarters.items() if start >= oldest}
