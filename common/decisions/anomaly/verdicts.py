"""What the cases about visits and conversions come to: what is broken, and what may be and can't be told yet."""

from collections.abc import Iterable
from dataclasses import replace
from math import exp
from typing import Any

from common.decisions.anomaly.alarms import Alarm, Kind
from common.decisions.anomaly.memory import SiteMemory, tracking
from common.decisions.anomaly.overspend import PRIOR
from common.decisions.anomaly.spending import Watched
from common.decisions.anomaly.tracking import COUNTS, USUAL, Suspicion, Tracking, verdict
from common.domain.anomaly import TrackingMemory
from common.domain.change import Reason, Status
from common.domain.manifest import PauseScope


def site_alarms(site: SiteMemory, track_id: str) -> Iterable[Alarm]:
    """What is broken for all channels."""
    sessions, events = tracking(site.sessions), tracking(site.events)
    if verdict(sessions, USUAL) is Tracking.BROKEN:
        yield _alarm(sessions, Kind.SITE, PauseScope.TRACK, track_id, "sessions on the site")
    elif verdict(events, COUNTS) is Tracking.BROKEN:
        yield _alarm(events, Kind.EVENTS, PauseScope.TRACK, track_id, "key events on the site")


def entity_alarms(watched: Iterable[Watched], *, degraded: bool) -> Iterable[Alarm]:
    """What is broken on the way from the entities: of a whole channel where all of it is that runs, else of each."""
    found = [(one.entity, alarm) for one in watched for alarm in _broken(one, degraded=degraded)]
    running = [one.entity for one in watched if one.entity.status is Status.ENABLED]
    for entity, alarm in found:
        broken = {one.entity_id for one, other in found if other.kind is alarm.kind}
        if broken.issuperset(one.entity_id for one in running if one.channel == entity.channel):
            yield replace(alarm, scope=PauseScope.CHANNEL, target=entity.channel)
        else:
            yield alarm


def _broken(watched: Watched, *, degraded: bool) -> Iterable[Alarm]:
    """A platform's own counts are all there is only without GA4."""
    if watched.memory.landing is None and watched.memory.claims is None:
        return
    entity, landing, claims = watched.entity, tracking(watched.memory.landing), tracking(watched.memory.claims)
    if not degraded and verdict(landing, USUAL) is Tracking.BROKEN:
        yield _alarm(landing, Kind.LANDING, PauseScope.ENTITY, entity.entity_id, f"sessions from {entity.channel}")
    if verdict(claims, COUNTS) is Tracking.BROKEN:
        figure = f"conversions that {entity.platform} counts"
        wasted = 1.0 if degraded else 0.0
        yield _alarm(claims, Kind.CLAIMS, PauseScope.ENTITY, entity.entity_id, figure, wasted)


def doubts(site: SiteMemory, watched: Iterable[Watched]) -> Iterable[Reason]:
    """What may have stopped, and can't be told yet."""
    cases: list[tuple[str, dict[str, Any] | None, Suspicion, str | None]] = [
        ("site", site.sessions, USUAL, None),
        ("events", site.events, COUNTS, None),
    ]
    for one in watched:
        cases.append(("landing", one.memory.landing, USUAL, one.entity.entity_id))
        cases.append(("claims", one.memory.claims, COUNTS, one.entity.entity_id))
    for name, body, suspicion, entity_id in cases:
        if body is None:
            continue
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
