"""When a pause may be lifted: a person is asked, with what is known of its signal, or the tenant has allowed it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from common.decisions.anomaly.alarms import Kind
from common.decisions.anomaly.memory import PauseMemory, WatchMemory
from common.decisions.anomaly.words import lasted
from common.decisions.guardrails.evidence import GOOD_MINUTES
from common.domain.change import Change, OptimizationType, Proposal, Reason, Setting, Status
from common.domain.figures import Realtime
from common.domain.manifest import Manifest, Pause, PauseScope

RULE = "anomaly_pause"
WEEK = timedelta(days=7)
FLAPS = 3
"""Pauses in the same place within a week from which only a person lifts one."""
OURS = frozenset(kind.value for kind in Kind)
"""Reasons of pauses that the watch makes."""


def resumes(manifest: Manifest, memory: WatchMemory, realtime: Realtime | None, now: datetime) -> tuple[Proposal, ...]:
    """Proposals to lift the pauses that the watch made, once an hour each; what is remembered of them is moved on."""
    found: list[Proposal] = []
    for pause in manifest.pauses:
        if pause.reason not in OURS:
            continue
        known = memory.pauses.setdefault(pause.pause_id, PauseMemory())
        _remember(known, pause, now)
        known.good_since = _good_since(known, pause, memory, realtime)
        hour = now.replace(minute=0, second=0, microsecond=0).isoformat()
        changes = tuple(_turned_on(manifest, pause))
        if known.asked != hour and changes:
            known.asked = hour
            found.append(_proposal(manifest, pause, known, changes, now))
    return tuple(found)


def begin_again(manifest: Manifest, memory: WatchMemory) -> None:
    """What a pause was made for is over once it was lifted: whoever lifted it has looked, so only news counts."""
    for pause_id in memory.pauses.keys() - {pause.pause_id for pause in manifest.pauses}:
        known = memory.pauses[pause_id]
        for name in known.entities:
            if name in memory.entities:
                memory.entities[name].begin_again()
        if known.entities:
            memory.site.sessions = memory.site.events = None
        known.entities, known.asked, known.good_since = (), None, None


def _remember(known: PauseMemory, pause: Pause, now: datetime) -> None:
    made = dict.fromkeys([*known.made, pause.since.isoformat()])
    known.entities = list(pause.entities)
    known.made = [one for one in made if now - datetime.fromisoformat(one) <= WEEK]


def _good_since(known: PauseMemory, pause: Pause, memory: WatchMemory, realtime: Realtime | None) -> str | None:
    """Since when the signal behind a pause has been good; `None` where it is not, or can't be seen while it is off."""
    if pause.reason == Kind.SPEND:
        watched = [memory.entities[name] for name in pause.entities if name in memory.entities]
        since = [one.off_good_since for one in watched]
        good = [one for one in since if one is not None]
        return max(good) if good and len(good) == len(since) else None
    if pause.reason in (Kind.SITE, Kind.EVENTS) and realtime is not None and realtime.quarters:
        seen = [one.sessions if pause.reason == Kind.SITE else one.conversions for one in realtime.quarters]
        if seen[-1] <= 0:
            return None
        return known.good_since or realtime.quarters[-1].start.isoformat()
    return None


def _turned_on(manifest: Manifest, pause: Pause) -> Iterator[Change]:
    for name in pause.entities:
        entity = manifest.entities.get(name)
        if entity is not None and entity.status is Status.PAUSED:
            yield Change(entity_id=name, setting=Setting.STATUS, before=Status.PAUSED.value, after=Status.ENABLED.value)


def _proposal(
    manifest: Manifest, pause: Pause, known: PauseMemory, changes: tuple[Change, ...], now: datetime
) -> Proposal:
    evidence: dict[str, float | int | str | None] = {
        "paused_for": lasted(now - pause.since),
        "because_of": pause.reason.replace("_", " "),
        "pauses_in_seven_days": len(known.made),
    }
    good = None if known.good_since is None else now - datetime.fromisoformat(known.good_since)
    flapping = len(known.made) >= FLAPS
    if good is not None and not flapping:
        evidence[GOOD_MINUTES] = int(good.total_seconds() // 60)
    return Proposal(
        proposal_id=f"resume:{pause.pause_id}",
        type=OptimizationType.RESUME,
        rule=RULE,
        changes=changes,
        why=_why(manifest, pause, good, len(known.made), flapping=flapping),
        evidence=evidence,
        reasons=(Reason(code="flapping", measured=len(known.made), limit=FLAPS),) if flapping else (),
        lifts_pause=pause.pause_id,
    )


def _why(manifest: Manifest, pause: Pause, good: timedelta | None, times: int, *, flapping: bool) -> str:
    called = manifest.called(pause.target) if pause.scope is PauseScope.ENTITY else pause.target
    subject = f"everything of {called}" if pause.scope is PauseScope.TRACK else called
    if flapping:
        signal = f"it was paused {times} times in seven days, so look before you agree"
    elif good is None:
        signal = "whether what went wrong is mended can't be seen from here while it is off"
    else:
        signal = f"its signal has been good for {lasted(good)}"
    return f"Turn {subject} on again: {signal}."
