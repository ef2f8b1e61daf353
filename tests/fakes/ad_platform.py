"""An advertising platform that does what a test tells it to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from common.domain.change import Setting, Value
from common.domain.figures import DayFigures, DaysReport, FiguresReport
from common.domain.manifest import Entity
from common.domain.spend_report import SpendReport
from common.domain.trouble import Trouble
from common.ports.ad_platform import (
    ALL,
    Answer,
    EntityRef,
    Live,
    PartsReport,
    PlatformChange,
    PlatformUnavailable,
    SomeSettings,
)

ON_PLATFORM = tuple(setting for setting in Setting if setting is not Setting.ALLOCATION)


@dataclass(slots=True)
class ScriptedPlatform:
    """Holds live settings by entity and writes them when told to.

    `after_live` runs once live settings were read, `before_apply` before each write is taken, `after_apply` once it is
    done: there a test lets time pass, turns a switch, edits by hand, or raises what the platform would.
    """

    settings: dict[str, dict[Setting, Value]] = field(default_factory=dict[str, dict[Setting, Value]])
    calls: list[tuple[str, tuple[PlatformChange, ...]]] = field(
        default_factory=list[tuple[str, tuple[PlatformChange, ...]]]
    )
    edited: dict[str, tuple[str | None, datetime | None]] = field(
        default_factory=dict[str, tuple[str | None, datetime | None]]
    )
    """By entity, who changed it last and when, where it tells."""
    down: bool = False
    trouble: Trouble | None = None
    """Why, where it says so."""
    request_id: str | None = None
    """What it calls each call, where it tells."""
    ignores: set[str] = field(default_factory=set[str])
    """Entities whose writes it says yes to and drops."""
    rejects: set[str] = field(default_factory=set[str])
    """Entities whose writes it refuses, one by one."""
    reported: Callable[[Sequence[EntityRef], datetime], FiguresReport] = lambda _, since: FiguresReport(since)
    """What it reports of these entities since an instant: nothing came of nothing, where a test says no more."""
    by_day: Callable[[Sequence[EntityRef], date], DaysReport[DayFigures]] = lambda _, first: DaysReport(
        datetime(first.year, first.month, first.day, tzinfo=UTC)
    )
    """What it reports of these entities from a day on: nothing is known yet, where a test says no more."""
    by_geo: Callable[[Sequence[EntityRef]], PartsReport] = lambda _: {}
    """What it reports of the geos of these campaigns: nothing, where a test says no more."""
    by_ad: Callable[[Sequence[EntityRef]], PartsReport] = lambda _: {}
    """The same of their ads."""
    after_live: Callable[[], None] = lambda: None
    before_apply: Callable[[], None] = lambda: None
    after_apply: Callable[[], None] = lambda: None

    def adds(self, entities: Iterable[Entity]) -> None:
        """Make these entities live as the manifest has them."""
        for entity in entities:
            self.settings[entity.entity_id] = {setting: entity.value(setting) for setting in ON_PLATFORM}

    def live(self, refs: Sequence[EntityRef], *, timeout: float, settings: SomeSettings = ALL) -> Mapping[str, Live]:
        """As the port says."""
        self._must_answer()
        known = [ref.entity_id for ref in refs if ref.entity_id in self.settings]
        nobody = (None, None)
        found = {one: Live(dict(self.settings[one]), *self.edited.get(one, nobody)) for one in known}
        self.after_live()
        return found

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """As the port says."""
        self.before_apply()
        self._must_answer()
        self.calls.append((key, tuple(changes)))
        answers = tuple(self._write(change) for change in changes)
        self.after_apply()
        return answers

    def spend(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> SpendReport:
        """As the port says: nothing was spent."""
        self._must_answer()
        return SpendReport(since)

    def figures(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> FiguresReport:
        """As the port says."""
        self._must_answer()
        return self.reported(refs, since)

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayFigures]:
        """As the port says."""
        self._must_answer()
        return self.by_day(refs, first)

    def geos(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """As the port says."""
        self._must_answer()
        return self.by_geo(refs)

    def ads(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """As the port says."""
        self._must_answer()
        return self.by_ad(refs)

    def _write(self, change: PlatformChange) -> Answer:
        entity_id = change.ref.entity_id
        if entity_id in self.rejects:
            return Answer(False, "rejected", "the platform does not want it", self.request_id)
        if entity_id not in self.ignores:
            self.settings[entity_id][change.setting] = change.after
        return Answer(True, request_id=self.request_id)

    def _must_answer(self) -> None:
        if self.down or self.trouble is not None:
            raise PlatformUnavailable("no answer", self.trouble)
