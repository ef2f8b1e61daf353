"""Signals are followed each day in a simulated market: what is entered and left, told and remembered, once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from common.domain import paths
from common.domain.calendar import HOUR
from common.domain.event import Event, EventType
from common.domain.figures import Upload
from common.domain.log_entry import EntryKind, LogEntry, chain_faults
from common.domain.paths import Track
from common.domain.tenant import Tenant
from common.ports.documents import Query, Replace
from common.use_cases.configure import tenant_of as configured
from common.use_cases.drift import DriftChecked, sweep_drift
from common.use_cases.load import LoadedTrack, load_track
from common.use_cases.onboard import onboard
from common.use_cases.ports import Ports
from common.use_cases.safeguards import check_signals, recorded_by_now
from sandbox.scenario import parse_scenario
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from sandbox.world import World
from tests.fakes.analytics import ScriptedCrm
from tests.fakes.bus import KeptBus
from tests.fakes.documents import MemoryDocuments
from tests.unit.sandbox.scenarios import channel_file, scenario_file

FIRST = date(2026, 6, 1)
DAY = timedelta(days=1)
TRACK = Track("june", "t")
BUSY = {"curve": {"kind": "hill", "top": 300, "half": 100, "shape": 1.0}, "native_cap": False}


@dataclass
class Shop:
    """A tenant with two channels in a market, forty days long, four weeks known before; it is swept each morning."""

    world: World
    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    bus: KeptBus = field(default_factory=KeptBus)
    crm: ScriptedCrm | None = None
    """In place of the market's."""

    def __post_init__(self) -> None:
        scenario = self.world.scenario
        onboard(self.ports, tenant_of(scenario), plan_of(scenario), manifests_of(scenario))

    @property
    def ports(self) -> Ports:
        world, crm = self.world, self.crm
        return Ports(
            self.documents, self.bus, world, world.platforms, lambda: "run",
            analytics=world.analytics, crm=world.crm if crm is None else lambda _: crm,
        )  # fmt: skip

    def until(self, last: int, first: int = 0) -> "Shop":
        """Sweep each morning at half past four, from one day of the flight to another, counted from zero."""
        for day in range(first, last + 1):
            self.world.market.advance_to(self.world.market.start + day * DAY + 4.5 * HOUR)
            self.sweep()
        return self

    def sweep(self) -> DriftChecked:
        """This morning's look."""
        calendar = self.world.market.hours.calendar
        window = calendar.bounds(calendar.day_of(self.world.now()))[0]
        return sweep_drift(self.ports, TRACK, window, "run")

    @property
    def loaded(self) -> LoadedTrack:
        return load_track(self.ports, TRACK)

    @property
    def freezes(self) -> list[tuple[str, str | None]]:
        """Those that stand."""
        return [(one.code, one.channel) for one in self.loaded.memory.freezes]

    @property
    def tenant(self) -> Tenant:
        return configured(self.ports, "june")

    def log(self) -> list[LogEntry]:
        """The track's log."""
        found = self.documents.query(Query(paths.log("june"), where={"track_id": "t"}, limit=1000))
        return [LogEntry.model_validate(one.data) for one in found.documents]

    def told(self, *types: EventType) -> list[Event]:
        """Events of these types, in order."""
        return [one for one in map(Event.model_validate, self.bus.events) if one.type in types]


def shop(*events: Mapping[str, Any], **changes: Any) -> Shop:
    """A busy shop in which these things happen."""
    search = channel_file(plan_budget=4000, **BUSY)
    social = channel_file(channel="social", platform="meta", plan_budget=2000, **BUSY)
    flight = {"start": str(FIRST), "end": str(FIRST + 39 * DAY)}
    file = scenario_file(search, social, events=list(events), flight=flight, history_days=28)
    return Shop(World(parse_scenario({**file, **changes})))


def event(kind: str, first: int, last: int | None = None, **more: Any) -> dict[str, Any]:
    """From midnight of one day of the flight to midnight of another."""
    until = {} if last is None else {"until": f"{FIRST + last * DAY}T00:00"}
    return {"kind": kind, "at": f"{FIRST + first * DAY}T00:00", **until, **more}


ENTERED, LEFT = EventType.SAFEGUARD_ENTERED, EventType.SAFEGUARD_LEFT
DEGRADED, RESTORED = EventType.ATTRIBUTION_DEGRADED, EventType.ATTRIBUTION_RESTORED


def test_nothing_is_entered_while_all_is_well() -> None:
    one = shop().until(39)
    assert one.freezes == []
    assert one.told(ENTERED, LEFT, DEGRADED, RESTORED) == []


def test_a_platform_that_claims_too_much_freezes_its_channel_until_it_does_not() -> None:
    """Told once each: an entry in the log, an event, and the state that every decision reads, in one commit."""
    one = shop(event("ga4_divergence", 5, 15, channel="search", factor=3)).until(15)
    assert one.freezes == [("ga4_diverges", "search")]
    (entered,) = one.told(ENTERED)
    entry = next(each for each in one.log() if each.seq == entered.data.seq)
    assert (entry.kind, entry.revision, entry.why) == (EntryKind.NOTE, None, entered.data.why)
    assert entry.reasons[0].code == "ga4_diverges"
    assert entered.data.safeguard == one.loaded.memory.freezes[0]
    assert entered.data.why.startswith("Increases of Search are frozen: its platform counts ")
    assert one.told(LEFT) == []
    one.until(35, first=16)
    assert one.freezes == []
    (left,) = one.told(LEFT)
    assert left.data.safeguard == entered.data.safeguard
    assert left.data.why.startswith("Over: increases of Search were frozen since ")
    head = one.loaded.manifest.value
    assert chain_faults(one.log(), head.log_seq, head.log_hash) == []


@pytest.mark.parametrize("factor", [0.6, 0.3], ids=["fell", "under the floor too"])
def test_a_match_rate_that_drops_freezes_the_track(factor: float) -> None:
    one = shop(event("crm_match_drop", 5, 9, factor=factor)).until(7)
    codes = [("crm_match_floor", None), ("crm_match_fell", None)]
    assert one.freezes == codes[1 if factor > 0.5 else 0 :]
    assert one.until(14, first=8).freezes == []


def test_without_ga4_the_tenant_is_in_degraded_mode_until_it_is_back() -> None:
    one = shop(event("ga4_disconnect", 3), event("ga4_connect", 8)).until(4)
    assert one.tenant.degraded_attribution
    assert one.loaded.manifest.value.degraded
    one.until(7, first=5)
    assert len(one.told(DEGRADED)) == 1
    one.until(9, first=8)
    assert not one.tenant.degraded_attribution
    assert len(one.told(RESTORED)) == 1
    assert one.freezes == []


def test_days_that_are_not_told_freeze_what_they_are_about() -> None:
    """One answer may fail. The day's reasons name the campaigns that are held."""
    one = shop(event("platform_error", 3, 9, platform="meta", mode="unavailable")).until(3)
    assert one.freezes == []
    assert one.until(6, first=4).freezes == [("platform_days_stale", "social")]
    held = [each.entity_id for each in one.loaded.memory.reasons if each.reason.code == "platform_days_stale"]
    assert held == ["social"]
    assert one.until(10, first=7).freezes == []


def test_looking_again_at_once_changes_nothing() -> None:
    one = shop(event("crm_match_drop", 5, 9, factor=0.5)).until(7)
    commits, loaded = one.documents.commits, one.loaded
    again, reasons = check_signals(one.ports, loaded, recorded_by_now(one.ports, loaded))
    assert (one.documents.commits, again) == (commits, loaded)
    assert [each.code for each in reasons] == ["crm_match_fell"]


def test_somebody_who_writes_at_the_same_time_loses_nothing() -> None:
    """The state moved on between reading and writing: what is found goes on top of what somebody else learned."""
    one = shop(event("crm_match_drop", 5, 9, factor=0.5)).until(5)
    one.world.market.advance_to(one.world.market.start + 5 * DAY + 7 * HOUR)
    stale, held = one.loaded, one.loaded.state
    assert held is not None
    learned = held.value.but(pacing={**held.value.pacing, "search": {**held.value.pacing.get("search", {}), "x": 1}})
    one.documents.commit(Replace(TRACK.state, learned.body(), held.version))
    check_signals(one.ports, stale, recorded_by_now(one.ports, stale))
    assert one.freezes == [("crm_match_fell", None)]
    assert one.loaded.memory.pacing["search"]["x"] == 1


def test_a_crm_that_says_no_number_freezes_the_track() -> None:
    one = shop().until(2)
    at = one.world.now() - HOUR
    one.crm = ScriptedCrm((Upload(at - DAY, 0.7, {"search": 3.0}), Upload(at, float("nan"), {"search": 3.0})))
    one.until(3, first=3)
    assert one.freezes == [("crm_unreadable", None)]


def test_nothing_is_judged_once_the_flight_is_over() -> None:
    one = shop().until(39)
    one.world.market.advance_to(one.world.market.start + 47 * DAY)
    one.crm = ScriptedCrm((Upload(one.world.now(), 0.1, {}),))
    one.sweep()
    assert one.freezes == []
