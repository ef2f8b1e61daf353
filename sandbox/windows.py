"""The scenario's events as the market looks them up: which factors hold for a channel in an hour."""

from dataclasses import dataclass

from sandbox.events import (
    CpcSpike,
    DemandShift,
    Event,
    ExternalEdit,
    Ga4Divergence,
    LevelShift,
    SpendRunaway,
    TrackingOutage,
)
from sandbox.hours import Hours
from sandbox.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Window:
    """Hours `start` to `end` (exclusive) in which something multiplies by `factor`."""

    start: int
    end: int
    factor: float

    @classmethod
    def of(cls, event: LevelShift | DemandShift | SpendRunaway | CpcSpike | Ga4Divergence, hours: Hours) -> "Window":
        """The window of an event with a factor."""
        end = hours.flight_end if event.until is None else hours.at_local(event.until)
        return cls(hours.at_local(event.at), end, event.factor)


@dataclass(frozen=True, slots=True)
class Windows:
    """The factors of one kind for one channel; where windows overlap, they multiply."""

    windows: tuple[Window, ...] = ()

    def factor(self, hour: int) -> float:
        """The product of what holds in an hour; 1 where nothing does."""
        product = 1.0
        for window in self.windows:
            if window.start <= hour < window.end:
                product *= window.factor
        return product

    def holds(self, hour: int) -> bool:
        """Whether any window covers the hour."""
        return any(window.start <= hour < window.end for window in self.windows)

    def touch(self, first: int, end: int) -> bool:
        """Whether any window covers part of these hours."""
        return any(window.start < end and first < window.end for window in self.windows)


@dataclass(frozen=True, slots=True)
class ChannelEvents:
    """What happens to one channel. A tracking outage is a factor of zero."""

    level: Windows
    demand: Windows
    runaway: Windows
    cpc: Windows
    platform: Windows
    """Claims of the platform: divergence and outages, by the conversion's event hour."""
    ga4: Windows
    edits: tuple[tuple[int, float], ...]
    """Hour from which on a daily budget holds that somebody set by hand."""

    @classmethod
    def of(cls, scenario: Scenario, track_id: str, channel: str, hours: Hours) -> "ChannelEvents":
        """The events of a scenario that concern this channel."""
        mine = [event for event in scenario.events if _concerns(event, track_id, channel)]

        def windows(*kinds: type[LevelShift | DemandShift | SpendRunaway | CpcSpike | Ga4Divergence]) -> list[Window]:
            return [Window.of(event, hours) for event in mine if isinstance(event, kinds)]

        def outages(source: str) -> list[Window]:
            found = [event for event in mine if isinstance(event, TrackingOutage) and event.source == source]
            return [Window(hours.at_local(event.at), hours.at_local(event.until), 0.0) for event in found]

        edits = [(hours.at_local(event.at), event.daily_budget) for event in mine if isinstance(event, ExternalEdit)]
        return cls(
            level=Windows(tuple(windows(LevelShift))),
            demand=Windows(tuple(windows(DemandShift))),
            runaway=Windows(tuple(windows(SpendRunaway))),
            cpc=Windows(tuple(windows(CpcSpike))),
            platform=Windows((*windows(Ga4Divergence), *outages("platform"))),
            ga4=Windows(tuple(outages("ga4"))),
            edits=tuple(edits),
        )


def _concerns(event: Event, track_id: str, channel: str) -> bool:
    """Whether an event is about this channel; one that names none is about all of the kind it can be about."""
    named_track = getattr(event, "track_id", None)
    named_channel = getattr(event, "channel", None)
    return named_track in (None, track_id) and named_channel in (None, channel)
