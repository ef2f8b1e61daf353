"""What a check asks for, and what it was answered: apart from how it is judged, since a decision's inputs keep it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from common.domain.figures import EventsReport, FiguresReport, Realtime, Upload


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a check has to ask for: since when, by platform; and GA4's report and the CRM, where they are due."""

    figures: Mapping[str, datetime]
    events: datetime | None = None
    uploads: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What was answered."""

    wanted: Wanted
    figures: Mapping[str, FiguresReport] = field(default_factory=dict[str, FiguresReport])
    """By platform; one that was asked and is missing did not answer."""
    connected: bool = False
    """Whether the tenant has GA4."""
    realtime: Realtime | None = None
    events: EventsReport | None = None
    uploads: tuple[Upload, ...] = ()
    silent: tuple[str, ...] = ()
    """Sources that did not answer."""
