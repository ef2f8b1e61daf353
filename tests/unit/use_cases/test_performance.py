"""Days are recorded from a simulated market's sources, once a day, and read again as days and KPIs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest

from common.domain import paths
from common.domain.calendar import HOUR
from common.domain.figures import DayEvents, DayFigures
from common.domain.money import MICROS
from common.domain.paths import Track
from common.domain.performance import CRM, GA4, Performance, platform_source
from common.domain.verticals import Metric
from common.ports.ad_platform import AdPlatform, EntityRef
from common.ports.analytics import Analytics
from common.ports.documents import Create, Data
from common.use_cases.calls import refs_of
from common.use_cases.load import LoadedTrack, load_track
from common.use_cases.onboard import onboard
from common.use_cases.performance import BEFORE_FLIGHT, Known, Recorded, kpis_of, record_days, track_days
from common.use_cases.ports import Ports
from sandbox.scenario import parse_scenario
from sandbox.tenancy import manifests_of, plan_of, tenant_of
from sandbox.world import World
from tests.contract.market_rig import TIMEOUT
from tests.fakes.bus import KeptBus
from tests.fakes.documents import MemoryDocuments
from tests.unit.sandbox.scenarios import channel_file, scenario_file

FIRST = date(2026, 6, 1)
DAY = timedelta(days=1)
GOOGLE, META = platform_source("google_ads"), platform_source("meta")
BUSY = {"curve": {"kind": "hill", "top": 300, "half": 100, "shape": 1.0}, "native_cap": False}
DOWN = {"kind": "platform_error", "platform": "meta", "mode": "unavailable"}


@dataclass
class Shop:
    """A tenant with two channels in a market, forty days long, and its documents."""

    world: World
    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    tenant: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        scenario = self.world.scenario
        onboard(self.ports, tenant_of(scenario).but(**self.tenant), plan_of(scenario), manifests_of(scenario))

    @property
    def ports(self) -> Ports:
        world = self.world
        return Ports(
            self.documents, KeptBus(), world, world.platforms, lambda: "run", analytics=world.analytics, crm=world.crm
        )

    @property
    def loaded(self) -> LoadedTrack:
        return load_track(self.ports, Track("june", "t"))

    def until(self, days: float, hour: float = 8) -> "Shop":
        """Let time pass until so many days after the flight's first midnight, at this hour."""
        self.world.market.advance_to(self.world.market.start + days * DAY + hour * HOUR)
        return self

    def record(self) -> tuple[str, ...]:
        return record_days(self.ports, self.loaded)

    def daily(self, first: int, last: int) -> "Shop":
        """Record on each morning, from one day to another, both inclusive."""
        for day in range(first, last + 1):
            assert self.until(day).record() == ()
        return self

    def body(self, source: str, month: str = "202606") -> Data | None:
        return self.documents.body(paths.performance(Track("june", "t"), month, source))

    def record_of(self, source: str, month: str = "202606") -> Performance:
        return Performance.model_validate(self.body(source, month))

    def written(self) -> dict[str, Data]:
        """Every record, by path."""
        return {path: body for path, body in self.documents.bodies().items() if "/performance/" in path}

    def platform_days(self, name: str) -> dict[date, DayFigures]:
        """What the channel's platform says now."""
        refs = [one for one in self.refs if one.entity_id == name]
        platform = "google_ads" if name == "search" else "meta"
        report = self.world.platforms("june", platform).days(refs, FIRST - BEFORE_FLIGHT, timeout=TIMEOUT)
        return {row.day: row for row in report.days[name]}

    def ga4_days(self, name: str) -> dict[date, DayEvents]:
        """What GA4 says now."""
        report = self.world.analytics("june").days(self.refs, FIRST - BEFORE_FLIGHT, timeout=TIMEOUT)
        assert report is not None
        return {row.day: row for row in report.days[name]}

    @property
    def refs(self) -> list[EntityRef]:
        """The channels' campaigns."""
        return refs_of(self.loaded.manifest.value.entities.values())


def shop(*events: Mapping[str, Any], tenant: Mapping[str, Any] | None = None, **changes: Any) -> Shop:
    search = channel_file(plan_budget=4000, **BUSY)
    social = channel_file(
        channel="social", platform="meta", reporting_delay_hours=1, plan_budget=2000, lag_days={"mean": 4, "max": 12},
        **BUSY,
    )  # fmt: skip
    flight = {"start": str(FIRST), "end": str(FIRST + 39 * DAY)}
    file = scenario_file(search, social, events=[dict(one) for one in events], flight=flight, history_days=35)
    return Shop(World(parse_scenario({**file, **changes})), tenant=dict(tenant or {}))


def test_the_first_record_reaches_four_weeks_back_and_holds_each_source_by_month() -> None:
    one = shop().until(3)
    assert one.record() == ()
    names = {path.rpartition("/")[2] for path in one.written()}
    assert names == {f"t-2026{month}-{source}" for month in ("05", "06") for source in (GOOGLE, META, GA4, CRM)}
    days = track_days(one.ports, one.loaded, FIRST - 60 * DAY, FIRST + 60 * DAY)
    assert sorted({row.day for row in days.rows}) == [FIRST + number * DAY for number in range(-28, 3)]
    for row in days.rows:
        said, seen = one.platform_days(row.entity_id)[row.day], one.ga4_days(row.entity_id)[row.day]
        assert (row.spend, row.clicks, row.impressions) == (said.micros, said.clicks, said.impressions)
        assert row.platform is not None
        assert row.ga4 is not None
        assert (row.platform.conversions, row.platform.value) == (said.conversions, said.value)
        assert (row.ga4.conversions, row.ga4.value, row.ga4.sessions) == (seen.conversions, seen.value, seen.sessions)


def test_the_day_that_is_under_way_is_not_recorded_and_a_source_that_is_late_comes_later() -> None:
    """At five in the morning GA4, six hours late, has not told of yesterday's last hour."""
    one = shop().until(3, hour=5)
    one.record()
    assert max(one.record_of(GOOGLE).observations("search", one.world.market.hours.calendar.day_of)) == FIRST + 2 * DAY
    assert max(one.record_of(GA4).observations("search", one.world.market.hours.calendar.day_of)) == FIRST + DAY
    one.until(3, hour=6).record()
    assert max(one.record_of(GA4).observations("search", one.world.market.hours.calendar.day_of)) == FIRST + 2 * DAY


def test_recording_again_writes_nothing() -> None:
    one = shop().daily(1, 4)
    written, commits = one.written(), one.documents.commits
    assert one.record() == ()
    one.until(4, hour=8.5).record()
    assert (one.written(), one.documents.commits) == (written, commits)


def test_each_source_is_asked_once() -> None:
    one = shop().until(2)
    asked: list[str] = []

    def platforms(tenant_id: str, name: str) -> AdPlatform:
        asked.append(name)
        return one.world.platforms(tenant_id, name)

    def analytics(tenant_id: str) -> Analytics:
        asked.append("ga4")
        return one.world.analytics(tenant_id)

    record_days(replace(one.ports, platforms=platforms, analytics=analytics), one.loaded)
    assert sorted(asked) == ["ga4", "google_ads", "meta"]


def test_a_silent_platform_is_named_keeps_what_it_has_and_is_asked_for_the_gap() -> None:
    one = shop({**DOWN, "at": "2026-06-03T00:00", "until": "2026-06-05T12:00"}).daily(1, 1)
    before = one.written()
    for day in (2, 3, 4):
        assert one.until(day).record() == (META,)
    assert one.body(META) == before[paths.performance(Track("june", "t"), "202606", META)]
    assert "social" in one.record_of(GA4).known()
    days = track_days(one.ports, one.loaded, FIRST, FIRST + 3 * DAY)
    assert {row.spend for row in days.of(channel="social") if row.day > FIRST} == {None}
    one.until(5).record()
    days = track_days(one.ports, one.loaded, FIRST, FIRST + 4 * DAY)
    said = one.platform_days("social")
    assert [row.spend for row in days.of(channel="social")] == [said[FIRST + n * DAY].micros for n in range(5)]


def test_a_gap_of_weeks_is_filled_from_where_the_record_ends() -> None:
    one = shop().daily(1, 2)
    one.until(39).record()
    days = track_days(one.ports, one.loaded, FIRST, FIRST + 38 * DAY)
    assert [row.spend for row in days.of(channel="search")] == [
        one.platform_days("search")[FIRST + number * DAY].micros for number in range(39)
    ]


def test_what_somebody_else_wrote_meanwhile_stays() -> None:
    """Both record the same morning; the second finds the records written, and adds nothing twice."""
    one = shop().daily(1, 2).until(3)
    loaded, ports, rivals = one.loaded, one.ports, list[bool]()

    def come_in_between() -> None:
        if not rivals:
            rivals.append(True)
            record_days(ports, loaded)

    one.documents.after_query = come_in_between
    assert record_days(ports, loaded) == ()
    assert rivals
    for source in (GOOGLE, META, GA4, CRM):
        assert len(one.record_of(source).rounds) == 3
    alone = shop().daily(1, 3)
    assert one.written() == alone.written()


def test_who_records_days_and_then_reads_them_reads_no_record_twice() -> None:
    one = shop().daily(1, 5).until(6)
    loaded, ports, known, reads = one.loaded, one.ports, Known(), list[bool]()
    one.documents.after_read = one.documents.after_query = lambda: reads.append(True)
    assert record_days(ports, loaded, known) == ()
    shown = Recorded.read(ports, loaded, FIRST, FIRST + 5 * DAY, known)
    before = len(reads)
    assert Recorded.read(ports, loaded, FIRST, FIRST + 5 * DAY, known) == shown
    assert len(reads) == before
    assert Recorded.read(ports, loaded, FIRST, FIRST + 5 * DAY) == shown
    assert len(reads) == before + 1


@pytest.mark.parametrize("name", ["t-2", "t-202606-ga4", "t-202606-x"])
def test_records_of_a_track_whose_name_begins_alike_are_not_its_own(name: str) -> None:
    one = shop().daily(1, 5)
    body = one.record_of(GA4).but(track_id=name).body()
    before = Recorded.read(one.ports, one.loaded, FIRST, FIRST + 4 * DAY)
    one.documents.commit(*(Create(paths.performance(Track("june", name), "202606", kind), body) for kind in (GA4, CRM)))
    assert Recorded.read(one.ports, one.loaded, FIRST, FIRST + 4 * DAY) == before
    assert {record.source for record in before.documents} == {GOOGLE, META, GA4, CRM}


def test_a_days_claims_are_seen_to_grow_and_how_late_they_come_is_learned_by_channel() -> None:
    one = shop().daily(1, 30)
    looks = one.record_of(META).observations("social", one.world.market.hours.calendar.day_of)[FIRST + 4 * DAY]
    claims = [look.figures["conversions"] for look in looks]
    assert claims == sorted(claims)
    assert claims[0] < claims[1] < claims[-1]
    curves = Recorded.read(one.ports, one.loaded, FIRST, FIRST + 30 * DAY).curves
    assert curves["search"].mean == pytest.approx(1.4, abs=0.35)
    assert curves["social"].mean == pytest.approx(3.6, abs=0.6)


def test_the_kpi_is_ga4s_and_adds_up_from_the_recorded_days() -> None:
    one = shop().daily(1, 10)
    found = kpis_of(one.ports, one.loaded, FIRST, FIRST + 20 * DAY)
    assert found.track is not None
    for name, reading in found.channels.items():
        spend = sum(row.micros for day, row in one.platform_days(name).items() if FIRST <= day < FIRST + 10 * DAY)
        value = sum(row.value for day, row in one.ga4_days(name).items() if FIRST <= day < FIRST + 10 * DAY)
        assert (reading.metric, reading.source, reading.spend) == (Metric.ROAS, "ga4", spend)
        assert reading.value == pytest.approx(value / spend, abs=1e-6)
        assert (reading.since, reading.until) == (FIRST, FIRST + 9 * DAY)
    assert found.track.spend == sum(one.spend for one in found.channels.values())
    social, search = (found.channels[name].maturity for name in ("social", "search"))
    assert social is not None
    assert search is not None
    assert 0.5 < social < search < 1


def test_without_ga4_the_platforms_claims_count_corrected_by_how_late_they_come() -> None:
    """The channel brings what it brings; a week of which the last days are half seen says the same as a month."""
    never = {"kind": "ga4_connect", "at": "2026-07-10T23:00"}
    one = shop(never).daily(1, 35)
    assert one.body(GA4) is None
    last_week = kpis_of(one.ports, one.loaded, FIRST + 28 * DAY, FIRST + 34 * DAY).channels["social"]
    before = kpis_of(one.ports, one.loaded, FIRST, FIRST + 20 * DAY).channels["social"]
    assert (last_week.source, before.source) == ("platform", "platform")
    assert last_week.value is not None
    assert before.value is not None
    assert last_week.maturity is not None
    assert last_week.maturity < 0.75
    assert last_week.conversions * 50 * MICROS / last_week.spend < 0.8 * before.value
    assert last_week.value == pytest.approx(before.value, rel=0.1)


def test_in_degraded_mode_the_platforms_claims_count_whatever_ga4_said_before() -> None:
    one = shop(tenant={"degraded_attribution": True}).daily(1, 3)
    assert one.body(GA4) is not None
    assert track_days(one.ports, one.loaded, FIRST, FIRST + 2 * DAY).source == "platform"


def test_a_ga4_that_has_said_nothing_for_days_while_platforms_have_is_not_believed() -> None:
    """Three days are its stale hours."""
    one = shop({"kind": "ga4_disconnect", "at": "2026-06-05T09:00"}).daily(1, 6)
    assert track_days(one.ports, one.loaded, FIRST, FIRST + 5 * DAY).source == "ga4"
    one.daily(7, 8)
    assert track_days(one.ports, one.loaded, FIRST, FIRST + 7 * DAY).source == "platform"


def test_once_ga4_is_connected_its_past_is_recorded() -> None:
    one = shop({"kind": "ga4_connect", "at": "2026-06-04T23:00"}).daily(1, 3)
    assert one.body(GA4) is None
    one.daily(4, 4)
    days = track_days(one.ports, one.loaded, FIRST, FIRST + 3 * DAY)
    assert days.source == "ga4"
    assert all(row.ga4 is not None for row in days.rows)


def test_what_the_crm_uploads_is_of_the_day_before() -> None:
    one = shop().daily(1, 5)
    uploads = one.world.crm("june").uploads(one.refs, one.world.market.start + 2 * DAY, timeout=TIMEOUT)
    (row,) = track_days(one.ports, one.loaded, FIRST + DAY, FIRST + DAY).of(channel="search")
    assert row.crm is not None
    assert row.crm.conversions == uploads[0].conversions["search"]


def test_a_flight_whose_days_change_no_more_is_asked_for_no_more() -> None:
    one = shop().until(40 + 35)
    assert one.record() == ()
    one.until(40 + 37)

    def nobody(tenant_id: str, name: str) -> Any:
        raise AssertionError(f"{name} was asked")

    written = one.written()
    assert record_days(replace(one.ports, platforms=nobody, analytics=nobody), one.loaded) == ()
    assert one.written() == written


def test_before_anything_is_recorded_there_are_no_days_and_no_kpi() -> None:
    one = shop()
    days = track_days(one.ports, one.loaded, FIRST, FIRST + 5 * DAY)
    assert (days.rows, days.channels, days.spend(), days.source) == ((), (), 0, "platform")
    found = kpis_of(one.ports, one.loaded, FIRST, FIRST + 5 * DAY)
    assert (found.track, dict(found.channels)) == (None, {})


def test_days_add_up_by_channel_and_by_day() -> None:
    one = shop().daily(1, 4)
    days = track_days(one.ports, one.loaded, FIRST, FIRST + 3 * DAY)
    every: list[tuple[Callable[..., float], float]] = [
        (days.spend, sum(row.spend or 0 for row in days.rows)),
        (days.conversions, sum(row.ga4.conversions for row in days.rows if row.ga4)),
        (days.value, sum(row.ga4.value for row in days.rows if row.ga4)),
    ]
    for total, expected in every:
        assert total() == expected > 0
        assert sum(total(channel=name) for name in days.channels) == expected
        assert sum(total(day=FIRST + number * DAY) for number in range(4)) == expected
