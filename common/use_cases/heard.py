"""Which sources answered a run, and what those said that did not: noted where people look, and taken back.

The ports are wrapped once at the start of a run, so that no use case has to hand on why a source was silent. A trouble
that a person must end is written into the source's connection when it is new, and taken out when the source answers
again. The track's state remembers which are noted, so that a run that finds nothing new writes nothing more; while one
stands, it is made sure of once an hour, for another track of the tenant may have taken it back.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from common.domain.change import Reason
from common.domain.errors import SourceSilent
from common.domain.performance import CRM, GA4
from common.domain.state import TrackState
from common.domain.trouble import CLOSED, Trouble, TroubleKind
from common.ports.ad_platform import AdPlatform
from common.ports.analytics import Analytics
from common.ports.crm import Crm
from common.use_cases.connections import GONE, note, take_back
from common.use_cases.load import LoadedTrack
from common.use_cases.ports import Ports

Mark = tuple[str, str]
"""A source, and the code of a trouble that is noted of it."""


MADE_SURE_OF = timedelta(hours=1)
"""How often it is made sure that a trouble which stands is noted."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_JUST_SILENT = frozenset({"unavailable", "timed_out"})


@dataclass
class Heard:
    """What was heard of each source during one run of one track."""

    answered: set[str] = field(default_factory=set[str])
    in_full: set[str] = field(default_factory=set[str])
    """Those whose answers say that nothing is missing: GA4's days need all that it needs, its realtime next to nothing.
    """
    troubles: dict[str, Trouble] = field(default_factory=dict[str, Trouble])
    """By source; one that a person must end goes before others."""
    gone: tuple[str, ...] | None = None
    """The entities that their platforms do not know any more; `None`: nobody looked at all of them."""

    def through(self, ports: Ports) -> Ports:
        """The same ports, listened to."""

        def platforms(tenant_id: str, name: str) -> AdPlatform:
            return cast("AdPlatform", _Listened(ports.platforms(tenant_id, name), name, self))

        def analytics(tenant_id: str) -> Analytics:
            return cast("Analytics", _Listened(ports.analytics(tenant_id), GA4, self))

        def crm(tenant_id: str) -> Crm:
            return cast("Crm", _Listened(ports.crm(tenant_id), CRM, self))

        return replace(ports, platforms=platforms, analytics=analytics, crm=crm)

    def silent(self, source: str, trouble: Trouble) -> None:
        """A source gave no answer, and said why."""
        known = self.troubles.get(source)
        if known is None or known.kind is not TroubleKind.PERSON:
            self.troubles[source] = trouble

    def looked(self, reasons: Iterable[Reason], *, whole: bool = True) -> None:
        """What is live was read, and these say what was not to be seen.

        Args:
            whole: of all entities. Otherwise that nothing is missing says nothing of those that were left out.
        """
        gone = tuple(sorted(one.entity_id for one in reasons if one.code == GONE and one.entity_id))
        self.gone = gone if whole or gone else None

    def needs_a_person(self, source: str) -> bool:
        """Whether a source is silent until somebody acts."""
        trouble = self.troubles.get(source)
        return trouble is not None and trouble.kind is TroubleKind.PERSON

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why each source was silent, as far as it said more than that."""
        told = ((source, one.code) for source, one in sorted(self.troubles.items()) if one.code not in _JUST_SILENT)
        return tuple(Reason(code=code, measured=source) for source, code in told)

    def settle(self, ports: Ports, loaded: LoadedTrack) -> Callable[[TrackState], TrackState]:
        """Bring the connections up to what was heard, and say what the track's state is to remember of it."""
        now, noted, standing = ports.clock.now(), loaded.memory.troubles, self._standing(loaded)
        new = [mark for mark in standing if now - noted.get(_key(mark), _NEVER) >= MADE_SURE_OF]
        over = self._over(loaded, standing)
        for mark in new:
            note(ports, loaded.tenant, mark[0], standing[mark])
        for source, code in over:
            take_back(ports, loaded.tenant, source, code)
        if not new and not over:
            return lambda state: state
        return lambda state: state.but(troubles=_marked(state.troubles, new, over, now))

    def has_news(self, loaded: LoadedTrack) -> bool:
        """Whether the connections have something to be told that the track's state does not know."""
        standing = self._standing(loaded)
        return any(_key(mark) not in loaded.memory.troubles for mark in standing) or bool(self._over(loaded, standing))

    def _standing(self, loaded: LoadedTrack) -> dict[Mark, Trouble]:
        """The troubles that a person must end."""
        met = {(at, one.code): one for at, one in self.troubles.items() if one.kind is TroubleKind.PERSON}
        return {**met, **_deleted(loaded, self.gone or ())}

    def _over(self, loaded: LoadedTrack, standing: Mapping[Mark, Trouble]) -> list[Mark]:
        """Those noted of sources that answered and met no other; of deleted entities, where somebody looked."""
        noted = [_mark(key) for key in loaded.memory.troubles]
        ill = {source for source, code in standing if not code.startswith(GONE)}
        return [
            (source, code)
            for source, code in noted
            if (source, code) not in standing
            and source in (self.answered if code in CLOSED else self.in_full) - ill
            and (self.gone is not None or not code.startswith(GONE))
        ]


def _deleted(loaded: LoadedTrack, gone: Iterable[str]) -> dict[Mark, Trouble]:
    """A trouble for each platform of which entities of the track are gone."""
    entities, track_id = loaded.manifest.value.entities, loaded.track.track_id
    by_platform: dict[str, list[str]] = {}
    for name in (one for one in gone if one in entities):
        by_platform.setdefault(entities[name].platform, []).append(name)
    found: dict[Mark, Trouble] = {}
    for platform, names in by_platform.items():
        code = f"{GONE}:{track_id}"
        said = f"{', '.join(names)} of {track_id} is not on {platform} any more: restore it there, or revise the plan"
        found[(platform, code)] = Trouble(TroubleKind.PERSON, code, said)
    return found


def _marked(
    noted: Mapping[str, datetime], new: Iterable[Mark], over: Iterable[Mark], now: datetime
) -> dict[str, datetime]:
    gone = {_key(mark) for mark in over}
    kept = {key: at for key, at in noted.items() if key not in gone}
    return {**kept, **{_key(mark): now for mark in new}}


def _key(mark: Mark) -> str:
    return " ".join(mark)


def _mark(key: str) -> Mark:
    source, _, code = key.partition(" ")
    return source, code


class _Listened:
    """A source whose every call is heard."""

    def __init__(self, inner: object, source: str, heard: Heard) -> None:
        self._inner, self._source, self._heard = inner, source, heard

    def __getattr__(self, name: str) -> Callable[..., Any]:
        inner: Callable[..., Any] = getattr(self._inner, name)

        def call(*args: object, **named: object) -> Any:
            try:
                answer = inner(*args, **named)
            except SourceSilent as error:
                if error.trouble is not None:
                    self._heard.silent(self._source, error.trouble)
                raise
            self._heard.answered.add(self._source)
            if self._source != GA4 or name == "days":
                self._heard.in_full.add(self._source)
            return answer

        return call
