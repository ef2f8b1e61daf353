"""What the watch over a track remembers between checks: its part of the track's state, stored and in use.

Everything is a few numbers for each entity, however long its history is. Money in micros; instants as ISO 8601 text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from json import dumps, loads
from typing import Any

from common.decisions.anomaly.overspend import FACTORS, Belief, Suspected
from common.domain.anomaly import StreamMemory, TrackingMemory

_DIGITS = 6


@dataclass
class EntityMemory:
    """Of one entity."""

    seen: str
    """Hours that end by this instant were judged."""
    day: str | None = None
    """The local day of the last hour judged."""
    spent: float = 0.0
    appetite: Sequence[float] = ()
    grid: Sequence[float] = ()
    odds: Sequence[float] = field(default=(0.0,) * len(FACTORS))
    since: str | None = None
    """The hour since which its spend is suspicious."""
    expected: float = 0.0
    """Micros that the budget makes usual since then, and those that were spent."""
    measured: float = 0.0
    off_good_since: str | None = None
    """Since when it has spent nothing while it is off, as far as is reported."""
    off_spends: int = 0
    """Hours in a row in which it spent though it was off."""
    idle: int = 0
    """Hours in a row in which it spent nothing though it should have."""
    lately: Sequence[int] = ()
    """Micros of the last 24 hours, by the hour since the epoch modulo 24; -1 where an hour was not seen."""
    repeats: int = 0
    """Hours in a row that spent to the micro what the same hour of yesterday did."""
    window: str | None = None
    """From when on past hours were asked for again at the last report,"""
    window_micros: int = 0
    """and what they had spent then."""
    clicks: float = 0.0
    """Clicks of the hours of which GA4 reported too, old ones fading away; `sessions` likewise."""
    sessions: float = 0.0
    reported: str | None = None
    """Hours that end by this instant were compared with GA4's report."""
    usual: float = 0.0
    """Clicks of an hour, over the last days."""
    price: StreamMemory | str | None = None
    """The stream of its price per click. It is stored as JSON text and read only where an hour makes a price: it is
    half of what is remembered of an entity, and few hours of small campaigns make one."""
    held_micros: int = 0
    """Spend and clicks of the last hours that were too few clicks to say anything about the price."""
    held_clicks: float = 0.0
    held_hours: float = 0.0
    price_case: float = 0.0
    price_since: str | None = None
    price_factor: float = 1.0
    claimed_from: str | None = None
    """From when on the platform's claims were added up at the last report,"""
    claimed_until: str | None = None
    claimed: float = 0.0
    """until when, and how many there were."""
    arrivals: float = 0.0
    """Claims that arrived, old ones fading away, and the clicks that they are held against."""
    arrival_clicks: float = 0.0
    landing: dict[str, Any] | None = None
    """The case that its clicks do not arrive on the site any more,"""
    claims: dict[str, Any] | None = None
    """and that its platform does not count its conversions any more."""

    @property
    def suspected(self) -> Suspected:
        """The beliefs about its spend."""
        belief = Belief(self.grid[0], self.grid[1], self.appetite) if self.grid else None
        return Suspected(self.spent, belief, self.odds)

    def suspect(self, suspected: Suspected) -> None:
        """Remember the beliefs about its spend."""
        self.spent = suspected.spent
        if suspected.belief is not None:
            first, step, weights = suspected.belief
            self.grid, self.appetite = (first, step), weights
        self.odds = suspected.odds

    @property
    def prices(self) -> StreamMemory | None:
        """The stream of its price per click, read."""
        if isinstance(self.price, str):
            self.price = StreamMemory(*loads(self.price))
        return self.price

    def begin_again(self) -> None:
        """Drop every case; what was learned stays."""
        self.odds = (0.0,) * len(FACTORS)
        self.since, self.expected, self.measured = None, 0.0, 0.0
        self.price_case, self.price_since, self.price_factor = 0.0, None, 1.0
        self.landing = self.claims = None

    @property
    def sessions_per_click(self) -> float | None:
        """Sessions that a click usually brings; `None` until enough clicks were seen in GA4's reports."""
        return self.sessions / self.clicks if self.clicks >= ENOUGH_CLICKS else None


ENOUGH_CLICKS = 50
"""Clicks before it is known how many sessions one brings."""


@dataclass(slots=True)
class PauseMemory:
    """Of a pause that the watch made, or saw made, and of those before it in the same place."""

    made: Sequence[str] = ()
    """When it was made, oldest first; those of the last week."""
    entities: Sequence[str] = ()
    """What it turned off, while it stands."""
    asked: str | None = None
    """The hour in which lifting it was last proposed."""
    good_since: str | None = None
    """Since when its signal has been good."""


@dataclass(slots=True)
class SiteMemory:
    """Of the whole property: what GA4's realtime showed, and the case that it does not see the site any more."""

    quarters: dict[str, Sequence[float]] = field(default_factory=dict[str, Sequence[float]])
    """Sessions and conversions by quarter-hour that is still to be compared with clicks."""
    judged: dict[str, str] = field(default_factory=dict[str, str])
    """By platform: hours that end by this instant were compared."""
    sessions: dict[str, Any] | None = None
    """The case that sessions stopped,"""
    events: dict[str, Any] | None = None
    """and that key events stopped though sessions go on."""
    blind_since: str | None = None
    """Since when the whole site was not seen, the last time,"""
    blind_until: str | None = None
    """and until when; `None` while it lasts."""
    counted: str | None = None
    """Key events of hours that end by this instant were counted."""
    usual: float = 0.0
    """Sessions of an hour, over the last days."""
    hourly_sessions: Sequence[float] = ()
    """Sessions by local hour, old ones fading away,"""
    hourly_events: Sequence[float] = ()
    """and key events: visits of some hours bring more than others'."""
    uploaded: str | None = None
    """The last upload of the CRM."""
    connected: bool = True
    """Whether the tenant had GA4 at the last check."""


@dataclass(slots=True)
class WatchMemory:
    """Of one track."""

    entities: dict[str, EntityMemory] = field(default_factory=dict[str, EntityMemory])
    site: SiteMemory = field(default_factory=SiteMemory)
    pauses: dict[str, PauseMemory] = field(default_factory=dict[str, PauseMemory])

    def body(self) -> dict[str, Any]:
        """As it is stored: what has its usual value is left out."""
        return {
            "entities": {name: _entity(one) for name, one in self.entities.items()},
            "site": _sparse(self.site),
            "pauses": {name: _sparse(one) for name, one in self.pauses.items()},
        }


def recall(body: dict[str, Any]) -> WatchMemory:
    """What was stored; an empty memory where nothing was. It is a copy: what was stored stays as it was."""
    site = SiteMemory(**body.get("site", {}))
    site.quarters, site.judged = dict(site.quarters), dict(site.judged)  # all else is replaced, not written into
    return WatchMemory(
        entities={name: _entity_as(one) for name, one in body.get("entities", {}).items()},
        site=site,
        pauses={name: PauseMemory(**one) for name, one in body.get("pauses", {}).items()},
    )


def _entity_as(kept: dict[str, Any]) -> EntityMemory:
    """As it was stored. What was left out has the class's own values, so its constructor is not needed: every check
    begins with all entities, and it takes ten times as long."""
    memory = EntityMemory.__new__(EntityMemory)
    vars(memory).update(kept)
    return memory


def _entity(memory: EntityMemory) -> dict[str, Any]:
    kept = _sparse(memory)
    for name in kept.keys() & {"grid", "appetite"}:
        kept[name] = [round(one, _DIGITS) for one in kept[name]]
    if isinstance(memory.price, StreamMemory):
        kept["price"] = dumps(memory.price)
    if "odds" in kept:
        kept["odds"] = [float(f"{one:.{_DIGITS}g}") for one in kept["odds"]]
    return kept


def _sparse(memory: EntityMemory | SiteMemory | PauseMemory) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, usual in _USUAL[type(memory)]:
        value = getattr(memory, name)
        if value != usual:
            kept[name] = round(value, _DIGITS) if type(value) is float else value
    return kept


def _usual(empty: EntityMemory | SiteMemory | PauseMemory) -> list[tuple[str, Any]]:
    return [(one.name, getattr(empty, one.name)) for one in fields(empty)]


_USUAL = {type(empty): _usual(empty) for empty in (EntityMemory(""), SiteMemory(), PauseMemory())}


_NO_CASE = TrackingMemory()


def tracking(body: dict[str, Any] | None) -> TrackingMemory:
    """A case as it was stored."""
    return _NO_CASE if body is None else TrackingMemory(**body)


def stored(memory: TrackingMemory) -> dict[str, Any] | None:
    """A case as it is stored; one that has not begun is nothing."""
    return None if memory.since is None else memory.model_dump(mode="json")
