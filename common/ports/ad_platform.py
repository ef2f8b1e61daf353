"""An advertising platform: what is live there, what was spent, and how to change a setting."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from common.domain.change import Setting, Value
from common.domain.errors import SourceSilent, TrimtabError
from common.domain.figures import DayFigures, DaysReport, FiguresReport, PartFigures
from common.domain.spend_report import SpendReport


@dataclass(frozen=True, slots=True)
class EntityRef:
    """Names an entity to its platform."""

    entity_id: str
    external_id: str
    kind: str
    platform: str | None = None
    """Two platforms may give out the same external id: whoever is asked about several needs to know whose it is."""


@dataclass(frozen=True, slots=True)
class Live:
    """An entity as it is on the platform right now. `allocation` is ours and never appears."""

    values: Mapping[Setting, Value]
    changed_by: str | None = None
    """Who made the last change, where the platform tells."""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlatformChange:
    """One setting to write: the absolute value, and the one that it replaces."""

    ref: EntityRef
    setting: Setting
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform said to one change. It may be wrong: only reading back tells."""

    ok: bool
    code: str | None = None
    detail: str | None = None
    request_id: str | None = None
    """The platform's own name for the call, for its support; kept in the log."""


PartsReport = Mapping[str, tuple[PartFigures, ...]]
"""Figures of the parts of campaigns by entity id; a campaign that is absent was not answered for."""


class PlatformUnavailable(SourceSilent):
    """The platform did not answer, or not in time, or not us. Whether a write landed is unknown: read back."""


class PlatformRefused(TrimtabError):
    """The platform refused the whole call; nothing was changed."""

    def __init__(self, code: str, detail: str, request_id: str | None = None) -> None:
        self.code = code
        self.request_id = request_id
        super().__init__(f"{code}: {detail}")


SomeSettings = frozenset[Setting]
ALL: SomeSettings = frozenset(Setting)


class AdPlatform(Protocol):
    """One account on one platform. Every call ends within `timeout` seconds."""

    def live(self, refs: Sequence[EntityRef], *, timeout: float, settings: SomeSettings = ALL) -> Mapping[str, Live]:
        """The live settings by entity id; an entity that does not exist any more is absent.

        Args:
            settings: those that matter now. Others may be left out of the answer, where each costs a call.

        Raises:
            PlatformUnavailable: no answer.
        """
        ...

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """Write these settings, validating first where the platform can; one answer a change, in order.

        Args:
            key: the same for every attempt of the same changes, for platforms that drop repetitions.

        Raises:
            PlatformUnavailable: no answer; some of it may have landed.
            PlatformRefused: nothing landed.
        """
        ...

    def spend(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> SpendReport:
        """Spend by hour, from the hour on in which `since` lies.

        Raises:
            PlatformUnavailable: no answer.
        """
        ...

    def figures(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> FiguresReport:
        """Spend by hour with what came of it: clicks, impressions, and the conversions that the platform claims.

        Raises:
            PlatformUnavailable: no answer.
        """
        ...

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayFigures]:
        """The same by local day, from day `first` on, with what the claimed conversions are worth.

        Raises:
            PlatformUnavailable: no answer.
        """
        ...

    def geos(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """Each geo of these campaigns over the local days from `first` to `last`, both inclusive.

        Raises:
            PlatformUnavailable: no answer.
        """
        ...

    def ads(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """Each ad of these campaigns over the same days, by the ad's external id.

        Raises:
            PlatformUnavailable: no answer.
        """
        ...


Platforms = Callable[[str, str], AdPlatform]
"""`platforms(tenant_id, platform)`: the tenant's account on a platform."""
