"""A root tick becomes a message for each tenant whose turn it is, with the window that all of them share."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from common.adapters.memory_bus import MemoryBus
from common.domain import paths
from common.domain.calendar import TenantCalendar
from common.domain.canonical import canonical
from common.domain.errors import Unavailable
from common.domain.model import parse_json
from common.domain.tenant import SLOTS, Cadences, slot_of
from common.domain.tick import Cadence, RootTick, TenantTick, is_stale, turn_of
from common.ports.bus import Message
from common.ports.documents import Create
from common.use_cases.fan_out import fan_out
from common.use_cases.pace import Tick
from common.use_cases.pace_tracks import pace_tracks
from common.use_cases.ports import Ports
from tests.fakes.clock import ManualClock
from tests.fakes.documents import MemoryDocuments
from tests.unit.sandbox.played_week import TENANT, begun, calm_week
from tests.unit.use_cases.deliveries import kept, settle, works
from tests.world import NOW, World, tenant

AT_FIVE_PAST = datetime(2026, 5, 4, 9, 5, 31, tzinfo=UTC)


def ports_with(bus: MemoryBus, *tenants: tuple[str, int, int]) -> Ports:
    """Ports of a store with these tenants: id, slot, how many tracks."""
    documents = MemoryDocuments()
    for tenant_id, slot, tracks in tenants:
        named = tuple(f"track-{number}" for number in range(tracks))
        documents.commit(Create(paths.tenant(tenant_id), tenant(tenant_id, slot=slot, tracks=named).body()))
    return replace(World().ports(), documents=documents, bus=bus)


def ticks(messages: Iterable[Message]) -> list[TenantTick]:
    """The messages' ticks, in order of tenant and first track."""
    found = [parse_json(TenantTick, message.data, "a tick") for message in messages]
    return sorted(found, key=lambda tick: (tick.tenant_id, tick.tracks))


def test_pacing_takes_the_tenants_of_the_minute_and_gives_them_the_window_of_the_hour() -> None:
    bus = MemoryBus()
    ports = ports_with(bus, ("a", 5, 1), ("b", 6, 1), ("c", 5, 2))
    sent = kept(bus, "pacing-ticks")
    assert fan_out(ports, RootTick(cadence=Cadence.PACING), AT_FIVE_PAST) == 2
    settle(bus)
    assert [(tick.tenant_id, tick.tracks) for tick in ticks(sent)] == [
        ("a", ("track-0",)),
        ("c", ("track-0", "track-1")),
    ]
    assert {tick.window for tick in ticks(sent)} == {datetime(2026, 5, 4, 9, tzinfo=UTC)}
    assert {tick.slot for tick in ticks(sent)} == {5}
    assert {message.attributes["tenant"] for message in sent} == {"a", "c"}


@given(
    st.dictionaries(st.integers(0, 10_000), st.integers(0, SLOTS - 1), min_size=1, max_size=12),
    st.integers(0, 24 * 60 - 1),
)
def test_in_any_fifteen_minutes_every_tenant_is_checked_once_whatever_its_slot(
    slots: dict[int, int], begun: int
) -> None:
    """And each quarter of an hour's check carries that quarter's window."""
    bus = MemoryBus()
    ports = ports_with(bus, *((f"t{number}", slot, 1) for number, slot in slots.items()))
    sent = kept(bus, "anomaly_pause-ticks")
    minutes = [NOW + timedelta(minutes=begun + minute, seconds=3) for minute in range(15)]
    counts = [fan_out(ports, RootTick(cadence=Cadence.ANOMALY_PAUSE), minute) for minute in minutes]
    settle(bus)
    found = ticks(sent)
    assert sum(counts) == len(found)
    assert [tick.tenant_id for tick in found] == sorted(f"t{number}" for number in slots)
    for tick in found:
        asked = next(
            minute for minute in minutes if minute.minute % 15 == Cadence.ANOMALY_PAUSE.minute_of(tick.slot) % 15
        )
        assert tick.window <= asked < tick.window + timedelta(minutes=15)


def test_over_an_hour_of_root_ticks_every_tenant_has_its_turn_once() -> None:
    bus = MemoryBus()
    ports = ports_with(bus, *((f"t{number}", number * 7 % 60, 1) for number in range(90)))
    sent = kept(bus, "pacing-ticks")
    root = RootTick(cadence=Cadence.PACING)
    counts = [fan_out(ports, root, NOW + timedelta(minutes=minute, seconds=3)) for minute in range(60)]
    settle(bus)
    assert sum(counts) == 90
    assert len({tick.tenant_id for tick in ticks(sent)}) == 90
    assert {tick.window for tick in ticks(sent)} == {NOW}


DAILY = [Cadence.DEEP_REVIEW, Cadence.DRIFT, Cadence.REPORT]


@pytest.mark.parametrize("cadence", DAILY)
@given(
    st.sampled_from(sorted(available_timezones() - {"localtime"})),
    st.integers(2024, 2028),
    st.integers(0, 23),
    st.integers(0, SLOTS - 1),
)
@settings(max_examples=60, deadline=None)
def test_daily_work_has_one_turn_in_every_local_day_of_a_year_whatever_the_clocks_do(
    cadence: Cadence, zone: str, year: int, hour: int, slot: int
) -> None:
    """And each turn has a window of its own, later than the one before: the next is never taken for done."""
    hours = Cadences(review_hour=hour, sweep_hour=hour, report_hour=hour)
    one = tenant("a", slot=slot, time_zone=zone, cadences=hours)
    calendar = TenantCalendar.of(zone)
    first = datetime(year, 1, 1, minute=cadence.minute_of(slot), second=7, tzinfo=UTC)
    turns = [
        (at, window)
        for at in (first + timedelta(hours=number) for number in range(366 * 24))
        if (window := turn_of(one, cadence, at)) is not None
    ]
    days = [calendar.day_of(at) for at, _ in turns]
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    assert len(days) in (365, 366, 367)
    assert all(calendar.bounds(day)[0] == window for day, (_, window) in zip(days, turns, strict=True))
    assert all(not is_stale(cadence, window, at) for at, window in turns)


@pytest.mark.parametrize(
    ("zone", "hour", "day", "local"),
    [
        ("Europe/Madrid", 4, date(2026, 5, 4), "04:05"),
        ("Asia/Kolkata", 4, date(2026, 5, 4), "04:35"),
        ("Europe/Madrid", 2, date(2026, 3, 29), "03:05"),  # the hour is left out
        ("Europe/Madrid", 2, date(2026, 10, 25), "02:05"),  # it comes twice: the first
        ("America/Nuuk", 23, date(2026, 3, 28), "22:05"),  # the day's last hour is left out
        ("America/New_York", 19, date(2026, 3, 8), "19:05"),  # the second turn in one day of UTC
    ],
)
def test_the_hour_is_the_tenants_also_where_the_clocks_change(zone: str, hour: int, day: date, local: str) -> None:
    slot, calendar = Cadence.DRIFT.slot_at(5), TenantCalendar.of(zone)
    one = tenant("a", slot=slot, time_zone=zone, cadences=Cadences(sweep_hour=hour))
    start, end = calendar.bounds(day)
    minutes = (start + timedelta(minutes=number) for number in range(round((end - start).total_seconds()) // 60))
    (turn,) = [minute for minute in minutes if turn_of(one, Cadence.DRIFT, minute) is not None]
    assert calendar.local(turn).strftime("%H:%M") == local


def test_of_the_tenants_of_a_minute_the_daily_work_takes_those_whose_hour_it_is() -> None:
    """It asks the store for no more than that minute's tenants."""
    bus = MemoryBus()
    slot = Cadence.DRIFT.slot_at(5)
    ports = ports_with(bus, ("a", slot, 2), ("b", slot + 1, 1), ("c", slot, 1))
    late = tenant("d", slot=slot, cadences=Cadences(sweep_hour=12, report_hour=12))
    ports.documents.commit(Create(paths.tenant("d"), late.body()))
    sent = kept(bus, "drift-ticks")
    at_four = TenantCalendar.of(late.time_zone).bounds(AT_FIVE_PAST.date())[0] + timedelta(hours=4, minutes=5)
    assert fan_out(ports, RootTick(cadence=Cadence.DRIFT), at_four) == 2
    assert fan_out(ports, RootTick(cadence=Cadence.DRIFT), at_four + timedelta(hours=1)) == 0
    assert fan_out(ports, RootTick(cadence=Cadence.DRIFT), at_four + timedelta(hours=8)) == 1
    settle(bus)
    assert [tick.tenant_id for tick in ticks(sent)] == ["a", "c", "d"]
    assert {tick.window for tick in ticks(sent)} == {at_four - timedelta(hours=4, minutes=5)}


@pytest.mark.parametrize("cadence", [one for one in Cadence if one.by_zone])
def test_a_root_tick_with_a_time_zone_is_for_the_tenants_of_that_zone(cadence: Cadence) -> None:
    """Housekeeping's is the daily visit, in the hour of the sweep."""
    bus, hours = MemoryBus(), Cadences(review_hour=4, report_hour=4)
    ports = ports_with(bus)
    for name, slot, zone in (("a", 5, "Europe/Madrid"), ("b", 5, "Europe/Paris"), ("c", 6, "Europe/Madrid")):
        one = tenant(name, slot=cadence.slot_at(slot), time_zone=zone, cadences=hours)
        ports.documents.commit(Create(paths.tenant(name), one.body()))
    sent = kept(bus, cadence.topic)
    midnight = TenantCalendar.of("Europe/Madrid").bounds(AT_FIVE_PAST.date())[0]
    for zone in ("Europe/Madrid", "Asia/Tokyo"):
        for minute in range(3 * 60, 6 * 60):
            fan_out(ports, RootTick(cadence=cadence, time_zone=zone), midnight + timedelta(minutes=minute, seconds=9))
    settle(bus)
    assert [(tick.tenant_id, tick.window) for tick in ticks(sent)] == [("a", midnight), ("c", midnight)]
    for tick in ticks(sent):
        assert tick.due is not None
        assert timedelta(hours=4) <= tick.due - midnight < timedelta(hours=5)
        assert tick.daily is (cadence is Cadence.HOUSEKEEPING)


@pytest.mark.parametrize(("hour", "sent"), [(0, 1), (1, 1), (2, 0)])
def test_of_a_time_that_clocks_show_twice_either_root_tick_is_the_turn(hour: int, sent: int) -> None:
    """A scheduler may fire at one of them alone. On that day of Madrid, two o'clock comes at 0 and at 1 of UTC."""
    bus = MemoryBus()
    ports = ports_with(bus)
    one = tenant("a", slot=Cadence.HOUSEKEEPING.slot_at(5), cadences=Cadences(sweep_hour=2))
    ports.documents.commit(Create(paths.tenant("a"), one.body()))
    root, visits = RootTick(cadence=Cadence.HOUSEKEEPING, time_zone="Europe/Madrid"), kept(bus, "housekeeping-ticks")
    assert fan_out(ports, root, datetime(2026, 10, 25, hour, 5, 9, tzinfo=UTC)) == sent
    settle(bus)
    assert [tick.window for tick in ticks(visits)] == [datetime(2026, 10, 24, 22, tzinfo=UTC)] * sent


@pytest.mark.parametrize("cadence", [one for one in Cadence if not one.by_zone])
def test_hourly_work_has_no_time_zone(cadence: Cadence) -> None:
    with pytest.raises(ValidationError, match="leave out time_zone"):
        RootTick(cadence=cadence, time_zone="Europe/Madrid")


def test_a_root_tick_says_nothing_that_an_older_function_would_refuse() -> None:
    assert RootTick(cadence=Cadence.DRIFT).data == b'{"cadence":"drift"}'


@pytest.mark.parametrize(
    ("cadence", "some_days", "every_day"),
    [
        (Cadence.REPORT, Cadences(report_hour=8, report_weekdays=(0, 3)), Cadences(report_hour=8)),
        (Cadence.DEEP_REVIEW, Cadences(review_hour=8, review_weekdays=(0, 3)), Cadences(review_hour=8)),
    ],
)
def test_reports_and_reviews_come_on_the_tenants_weekdays(
    cadence: Cadence, some_days: Cadences, every_day: Cadences
) -> None:
    one = tenant("a", slot=cadence.slot_at(5), cadences=some_days)
    monday = TenantCalendar.of(one.time_zone).bounds(date(2026, 5, 4))[0] + timedelta(hours=8, minutes=5)
    week = [monday + timedelta(days=number) for number in range(7)]
    assert [turn_of(one, cadence, day) is not None for day in week] == [number in (0, 3) for number in range(7)]
    assert all(turn_of(one.but(cadences=every_day), cadence, day) for day in week)


def test_more_tracks_than_a_message_carries_go_in_several() -> None:
    bus = MemoryBus()
    ports = ports_with(bus, ("big", 5, 120))
    sent = kept(bus, "pacing-ticks")
    assert fan_out(ports, RootTick(cadence=Cadence.PACING), AT_FIVE_PAST) == 3
    settle(bus)
    assert sorted(len(tick.tracks) for tick in ticks(sent)) == [20, 50, 50]
    assert len({track for tick in ticks(sent) for track in tick.tracks}) == 120


def test_what_is_done_for_a_tenant_as_a_whole_goes_in_one_message() -> None:
    cadence = Cadence.REPORT
    bus = MemoryBus()
    ports = ports_with(bus, ("big", cadence.slot_at(5), 120))
    sent = kept(bus, cadence.topic)
    at_eight = TenantCalendar.of("Europe/Madrid").bounds(AT_FIVE_PAST.date())[0] + timedelta(hours=8, minutes=5)
    assert fan_out(ports, RootTick(cadence=cadence), at_eight) == 1
    settle(bus)
    assert [tick.tracks for tick in ticks(sent)] == [()]


def test_more_tenants_than_a_page_holds_all_get_their_message() -> None:
    bus = MemoryBus()
    ports = ports_with(bus, *((f"t{number:04}", 5, 1) for number in range(650)))
    sent = kept(bus, "pacing-ticks")
    assert fan_out(ports, RootTick(cadence=Cadence.PACING), AT_FIVE_PAST) == 650
    settle(bus)
    assert len({tick.tenant_id for tick in ticks(sent)}) == 650


def test_a_tenant_without_tracks_gets_no_message() -> None:
    assert fan_out(ports_with(MemoryBus(), ("empty", 5, 0)), RootTick(cadence=Cadence.PACING), AT_FIVE_PAST) == 0


def test_a_tenant_whose_document_is_broken_is_set_aside_and_the_others_go_on() -> None:
    bus = MemoryBus()
    ports = ports_with(bus, ("a", 5, 1), ("c", 5, 1))
    broken = {**tenant("b", slot=5).body(), "currency": "XXX", "time_zone": "Atlantis"}
    ports.documents.commit(Create(paths.tenant("b"), broken))
    sent, dead = kept(bus, "pacing-ticks"), kept(bus, "pacing-ticks-dead-letter")
    assert fan_out(ports, RootTick(cadence=Cadence.PACING), AT_FIVE_PAST) == 2
    settle(bus)
    assert [tick.tenant_id for tick in ticks(sent)] == ["a", "c"]
    (message,) = dead
    assert message.data == b'{"document":"tenants/b"}'
    assert "currency" in message.attributes["reason"]
    assert "time_zone" in message.attributes["reason"]


def test_where_the_bus_is_down_the_root_tick_comes_again() -> None:
    world = World.taken_on()
    world.bus.down = True
    with pytest.raises(Unavailable):
        fan_out(world.ports(), RootTick(cadence=Cadence.PACING), NOW + timedelta(minutes=slot_of("acme")))


def test_from_a_root_tick_to_paced_tracks_over_a_bus_that_delivers_in_any_order() -> None:
    week = begun(calm_week())
    start = week.ports.clock.now()
    clock = ManualClock(start + timedelta(minutes=slot_of(TENANT)))
    bus = MemoryBus(clock, seed=3)
    ports = replace(week.ports, bus=bus, clock=clock)
    done: list[Tick] = []
    works(bus, ports, Cadence.PACING, lambda tick: done.extend(pace_tracks(ports, tick)))
    root = Message(canonical(RootTick(cadence=Cadence.PACING).body()))
    bus.publish(Cadence.PACING.topic, root, root)
    settle(bus)
    run = [tick for tick in done if "window_done" not in {reason.code for reason in tick.reasons}]
    assert sorted(tick.track for tick in run) == sorted(week.tracks)
    assert {tick.window for tick in done} == {start}
    assert len(done) == 4


def test_a_time_zones_root_ticks_of_an_hour_bring_each_of_its_tenants_one_daily_visit() -> None:
    """As they come over the bus, with the time at which each was published; the others are not asked for."""
    midnight = TenantCalendar.of("Europe/Madrid").bounds(AT_FIVE_PAST.date())[0]
    clock = ManualClock(midnight + timedelta(hours=4))
    bus = MemoryBus(clock, seed=3)
    ports = replace(ports_with(bus, ("a", 5, 1), ("b", 6, 2), ("c", 59, 1)), clock=clock)
    done: list[TenantTick] = []
    works(bus, ports, Cadence.HOUSEKEEPING, done.append)
    root = Message(RootTick(cadence=Cadence.HOUSEKEEPING, time_zone="Europe/Madrid").data)
    for _ in range(60):
        bus.publish(Cadence.HOUSEKEEPING.topic, root)
        settle(bus)
        clock.forward(minutes=1)
    assert sorted(tick.tenant_id for tick in done) == ["a", "b", "c"]
    assert all(tick.daily and tick.window == midnight for tick in done)
