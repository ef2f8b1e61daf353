"""The daily visit does the whole sweep, mends the list of people, counts what waits, and names turns nobody took."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from common.decisions.missed import LATE, missed
from common.domain.change import Setting
from common.domain.paths import Track
from common.domain.tenant import Cadences
from common.domain.tick import Cadence, TenantTick, window_of
from common.use_cases.configure import tenant_of
from common.use_cases.daily_visit import Visited, housekeep, visit
from common.use_cases.housekeeping import Swept
from common.use_cases.pace import pace
from common.use_cases.queries import tenants_naming
from tests.fakes.journal import Lines
from tests.world import NORTH, NOW, SOUTH, World, asks, auto, euros, tenant


@pytest.fixture
def world() -> World:
    return World.taken_on()


def visited(world: World, lines: Lines | None = None) -> Visited:
    ports = world.ports() if lines is None else replace(world.ports(), journal=lines)
    return visit(ports, "acme", run="visitor")


def test_a_tenant_from_before_its_people_were_listed_gets_the_list(world: World) -> None:
    path, ports = "tenants/acme", world.ports()
    world.rewrite(path, lambda body: {key: value for key, value in body.items() if key != "people"})
    assert tenants_naming(ports, "ana@example.com") == []
    epoch = tenant_of(ports, "acme").config_epoch
    visited(world)
    (found,) = tenants_naming(ports, "Ana@Example.com")
    assert (found.tenant_id, found.config_epoch) == ("acme", epoch)
    commits = world.documents.commits
    visited(world)
    assert world.documents.commits == commits, "once is enough"


def test_what_waits_for_people_is_counted_and_what_is_left_over_swept_up(world: World) -> None:
    lines = Lines()
    world.propose(asks(world.wanted("social", Setting.ALLOCATION, euros(2600))))
    world.propose(auto(world.wanted("search-s", Setting.DAILY_BUDGET, euros(55), SOUTH)), track_id=SOUTH)
    world.clock.forward(minutes=20)
    found = visited(world, lines)
    assert (found.waiting, found.swept.driven) == (1, (SOUTH,))
    assert lines.of("approvals_waiting") == [{"tenant": "acme", "waiting": 1}]


def test_a_message_asks_for_the_visit_or_for_the_sweep_alone(world: World) -> None:
    tick = TenantTick(cadence=Cadence.HOUSEKEEPING, window=NOW, tenant_id="acme")
    assert isinstance(housekeep(world.ports(), tick), Swept)
    assert isinstance(housekeep(world.ports(), tick.but(daily=True)), Visited)


def test_turns_that_nobody_took_are_named_until_the_flight_is_over() -> None:
    world, lines = World.taken_on(at=NOW - timedelta(days=2)), Lines()
    done = {Cadence.PACING: NOW, Cadence.ANOMALY_PAUSE: NOW - timedelta(hours=5), Cadence.DEEP_REVIEW: NOW}
    windows = {cadence.value: at.isoformat().replace("+00:00", "Z") for cadence, at in done.items()}
    world.rewrite(Track("acme", NORTH).state, lambda body: {**body, "windows": windows})
    found = visited(world, lines)
    north = [cadence for track, cadence in found.missed if track == NORTH]
    assert north == [Cadence.ANOMALY_PAUSE, Cadence.DRIFT]
    assert [cadence for track, cadence in found.missed if track == SOUTH] == [*Cadence][:4], "it never had a turn"
    assert {"cadence": "drift", "tenant": "acme", "track": NORTH, "since": "2026-05-02T09:00:00+00:00"} in [
        {key: value for key, value in line.items() if key != "severity"} for line in lines.of("tick_missed")
    ]
    world.clock.at = NOW + timedelta(days=60)
    assert visited(world).missed == ()


MADRID_NINE = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize(
    ("cadence", "done", "hours", "behind"),
    [
        (Cadence.PACING, MADRID_NINE - timedelta(hours=4), Cadences(), False),
        (Cadence.PACING, MADRID_NINE - timedelta(hours=5), Cadences(), True),
        (Cadence.ANOMALY_PAUSE, MADRID_NINE - LATE - timedelta(minutes=15), Cadences(), False),
        (Cadence.ANOMALY_PAUSE, MADRID_NINE - LATE - timedelta(minutes=45), Cadences(), True),
        (Cadence.DRIFT, datetime(2026, 5, 3, 22, tzinfo=UTC), Cadences(sweep_hour=5), False),
        (Cadence.DRIFT, datetime(2026, 5, 2, 22, tzinfo=UTC), Cadences(sweep_hour=5), True),
        (Cadence.DRIFT, datetime(2026, 5, 2, 22, tzinfo=UTC), Cadences(sweep_hour=7), False),
        (Cadence.DEEP_REVIEW, datetime(2026, 4, 29, 22, tzinfo=UTC), Cadences(review_weekdays=(3,)), False),
        (Cadence.DEEP_REVIEW, datetime(2026, 4, 22, 22, tzinfo=UTC), Cadences(review_weekdays=(3,)), True),
        (Cadence.DEEP_REVIEW, MADRID_NINE - timedelta(days=300), Cadences(review_weekdays=()), False),
    ],
)
def test_a_cadence_is_behind_once_a_turn_is_three_hours_over(
    cadence: Cadence, done: datetime, hours: Cadences, behind: bool
) -> None:
    windows = {one.value: MADRID_NINE for one in Cadence} | {cadence.value: done}
    found = missed(tenant(cadences=hours, slot=0), windows, done, MADRID_NINE)
    assert found == ({cadence: done} if behind else {})


@pytest.mark.parametrize(
    ("hour", "swept", "told"),
    [(14, None, [Cadence.DEEP_REVIEW, Cadence.DRIFT]), (13, None, []), (15, None, []), (14, NOW, [])],
)
def test_pacing_names_daily_work_that_never_comes_once_a_day(
    hour: int, swept: datetime | None, told: list[Cadence]
) -> None:
    """A zone without jobs has no daily visit either. Two in the afternoon of UTC is half a day after Madrid's sweep."""
    world, lines = World.taken_on(at=NOW - timedelta(days=2)), Lines()
    if swept is not None:
        done = {cadence.value: swept.isoformat().replace("+00:00", "Z") for cadence in Cadence}
        windows = {**done, Cadence.PACING.value: (NOW - timedelta(days=1)).isoformat().replace("+00:00", "Z")}
        world.rewrite(Track("acme", NORTH).state, lambda body: {**body, "windows": windows})
    world.clock.at = NOW.replace(hour=hour)
    pace(replace(world.ports(), journal=lines), Track("acme", NORTH), window_of(Cadence.PACING, world.clock.at), "run")
    assert [line["cadence"] for line in lines.of("tick_missed")] == [cadence.value for cadence in told]
