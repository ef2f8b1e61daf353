"""A source that only a person can mend is written where people look, once, and taken back when it answers again."""

from datetime import timedelta

import pytest

from common.domain.change import Reason
from common.domain.connection import Connection, ConnectionState
from common.domain.tick import Cadence, window_of
from common.domain.trouble import Trouble, TroubleKind
from common.use_cases.connections import connections_of
from common.use_cases.drift import sweep_drift
from common.use_cases.pace import pace
from common.use_cases.ports import Ports
from tests.watched_world import WatchedWorld
from tests.world import SOUTH, World

DEAD = Trouble(TroubleKind.PERSON, "token_expired", "meta says that our token ran out: make a new one")
BUSY = Trouble(TroubleKind.LATER, "rate_limited", "meta is busy", timedelta(minutes=5))


@pytest.fixture
def world() -> World:
    """One whose two tracks have just been paced."""
    made = World.taken_on()
    tick(made)
    tick(made, SOUTH)
    return made


def tick(world: World, track_id: str = "north", ports: Ports | None = None) -> tuple[Reason, ...]:
    """The next hour's tick of a track."""
    world.clock.forward(hours=1)
    window = window_of(Cadence.PACING, world.clock.now())
    return pace(ports or world.ports(), world.track(track_id), window, "run").reasons


def known(world: World, source: str = "meta") -> Connection | None:
    return connections_of(world.ports(), "acme").get(source)


def said(reasons: tuple[Reason, ...]) -> set[tuple[str, object]]:
    return {(one.code, one.measured) for one in reasons if one.entity_id is None}


def test_a_tick_says_why_and_the_connection_says_what_to_do(world: World) -> None:
    world.platforms["meta"].trouble = DEAD
    assert {("platform_silent", "meta"), ("token_expired", "meta")} <= said(tick(world))
    found = known(world)
    assert found is not None
    assert (found.state, found.since) == (ConnectionState.BROKEN, world.clock.now())
    assert [(one.code, one.said) for one in found.missing] == [("token_expired", DEAD.said)]
    assert known(world, "google") is None


def test_while_it_stands_no_more_is_written_than_on_any_tick_and_it_is_made_sure_of_once_an_hour() -> None:
    """A tick reads manifest and state at once and commits the state, whatever the sources say."""
    world = World.taken_on()
    ports, reads = world.ports(), list[int]()
    tick(world, ports=ports)
    world.do_daily_work()

    def cost(minutes: int) -> tuple[int, int]:
        world.clock.forward(minutes=minutes - 60)  # a tick is an hour later by itself
        before = world.documents.commits
        reads.clear()
        tick(world, ports=ports)
        return len(reads), world.documents.commits - before

    world.clock.forward(minutes=59)
    world.documents.after_read = lambda: reads.append(1)
    assert cost(60) == (1, 1)
    world.platforms["meta"].trouble = DEAD
    assert cost(60) == (2, 2), "it is new"
    assert [cost(59) for _ in range(4)] == [(1, 1), (2, 1), (1, 1), (2, 1)]


def test_what_another_track_took_back_is_noted_again_where_it_is_met_again(world: World) -> None:
    world.platforms["meta"].trouble = DEAD
    tick(world)
    tick(world, SOUTH)
    world.platforms["meta"].trouble = None
    tick(world)
    world.platforms["meta"].trouble = DEAD
    tick(world, SOUTH)
    found = known(world)
    assert found is not None
    assert found.state is ConnectionState.BROKEN


def test_the_second_track_of_a_tenant_finds_it_noted(world: World) -> None:
    world.platforms["meta"].trouble = DEAD
    tick(world)
    before, found = world.documents.commits, known(world)
    tick(world, SOUTH)
    assert (world.documents.commits - before, known(world)) == (1, found), "only its own state is written"


def test_it_is_taken_back_when_the_source_answers_again(world: World) -> None:
    world.platforms["meta"].trouble = DEAD
    tick(world)
    world.platforms["meta"].trouble = None
    assert "token_expired" not in {code for code, _ in said(tick(world))}
    found = known(world)
    assert found is not None
    assert (found.state, found.since, found.missing) == (ConnectionState.CONNECTED, world.clock.now(), ())
    assert world.loaded().memory.troubles == {}


def test_what_time_will_end_is_a_reason_and_no_connection(world: World) -> None:
    world.platforms["meta"].trouble = BUSY
    assert ("rate_limited", "meta") in said(tick(world))
    assert known(world) is None


def test_a_silence_that_says_nothing_takes_nothing_back(world: World) -> None:
    world.platforms["meta"].trouble = DEAD
    tick(world)
    world.platforms["meta"].trouble = BUSY
    tick(world)
    found = known(world)
    assert found is not None
    assert found.state is ConnectionState.BROKEN


def test_another_trouble_takes_the_place_beside_the_first(world: World) -> None:
    world.platforms["meta"].trouble = DEAD
    tick(world)
    world.platforms["meta"].trouble = Trouble(TroubleKind.PERSON, "account_disabled", "meta closed the account")
    tick(world)
    found = known(world)
    assert found is not None
    assert {one.code for one in found.missing} == {"token_expired", "account_disabled"}
    world.platforms["meta"].trouble = None
    tick(world)
    found = known(world)
    assert found is not None
    assert found.missing == ()


def test_a_campaign_that_somebody_deleted_is_named_until_it_is_back(world: World) -> None:
    settings = world.platforms["meta"].settings.pop("retarget")
    assert any(one.code == "entity_missing" and one.entity_id == "retarget" for one in tick(world))
    found = known(world)
    assert found is not None
    assert found.state is ConnectionState.LIMITED
    assert [one.said for one in found.missing] == [
        "retarget of north is not on meta any more: restore it there, or revise the plan"
    ]
    world.platforms["meta"].settings["retarget"] = settings
    tick(world)
    assert known(world) == found, "an hourly look leaves ads out, so it does not say that nothing is missing"
    world.clock.forward(days=1)
    sweep_drift(world.ports(), world.track(), window_of(Cadence.DRIFT, world.clock.now()), "run")
    found = known(world)
    assert found is not None
    assert (found.state, found.missing) == (ConnectionState.CONNECTED, ())


def test_the_sweep_and_the_watch_note_what_they_meet_too() -> None:
    watched = WatchedWorld.taken_on()
    watched.ga4.trouble = Trouble(TroubleKind.PERSON, "permission_missing", "grant Viewer on properties/1")
    check = watched.check()
    assert {("source_silent", "ga4"), ("permission_missing", "ga4")} <= said(check.reasons)
    world = watched.world
    found = known(world, "ga4")
    assert found is not None
    assert (found.account_id, found.state) == ("properties/1", ConnectionState.BROKEN)
    watched.pass_time()
    watched.ga4.trouble = None
    watched.check()
    assert known(world, "ga4") == found.but(
        state=ConnectionState.CONNECTED,
        since=watched.now,
        needs=tuple(one.but(met=True, said="it answers again") for one in found.needs),
    )
    world.platforms["google"].trouble = DEAD
    swept = sweep_drift(watched.ports, world.track(), window_of(Cadence.DRIFT, watched.now), "sweep")
    assert ("token_expired", "google") in said(swept.reasons)
    assert known(world, "google") is not None


def test_a_property_that_is_closed_to_us_degrades_the_tenant_at_once_and_one_that_is_slow_does_not() -> None:
    watched = WatchedWorld.taken_on()
    watched.ga4.trouble = Trouble(TroubleKind.LATER, "unavailable", "come again")
    watched.check()
    assert not watched.world.loaded().tenant.degraded_attribution
    watched.pass_time()
    watched.ga4.trouble = Trouble(TroubleKind.PERSON, "permission_missing", "grant Viewer on properties/1")
    watched.check()
    assert watched.world.loaded().tenant.degraded_attribution
    watched.pass_time()
    watched.ga4.trouble = None
    watched.check()
    assert not watched.world.loaded().tenant.degraded_attribution


def test_a_deletion_is_not_taken_back_by_a_run_that_did_not_look_at_what_is_live() -> None:
    watched = WatchedWorld.taken_on()
    del watched.world.platforms["meta"].settings["ad-1"]
    sweep_drift(watched.ports, watched.world.track(), window_of(Cadence.DRIFT, watched.now), "sweep")
    for _ in range(8):
        watched.pass_time()
        watched.check()
    found = known(watched.world)
    assert found is not None
    assert [one.code for one in found.missing] == ["entity_missing:north"]


def test_whoever_else_writes_the_connection_meanwhile_is_not_overwritten(world: World) -> None:
    """Two tracks of a tenant meet two troubles at the same moment."""
    reads = list[int]()

    def come_in_between() -> None:
        reads.append(1)
        if len(reads) != 2:  # the first was of the manifest, this one of the connection
            return
        world.documents.after_read = lambda: None
        assert known(world) is None
        world.platforms["meta"].trouble = Trouble(TroubleKind.PERSON, "account_disabled", "meta closed the account")
        tick(world, SOUTH)

    ports = world.ports()
    tick(world, ports=ports)
    world.platforms["meta"].trouble = DEAD
    world.documents.after_read = come_in_between
    tick(world, ports=ports)
    found = known(world)
    assert found is not None
    assert {one.code for one in found.missing} == {"token_expired", "account_disabled"}
