"""A change set is intended, applied and committed: once, with what really landed, told in the log and in one event."""

import pytest

from common.domain.canonical import canonical
from common.domain.change import Setting
from common.domain.change_set import ChangeSetState, Outcome
from common.domain.errors import Busy, Unavailable
from common.domain.log_entry import EntryKind, chain_faults, replay
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import PlatformRefused, PlatformUnavailable
from common.ports.documents import Conflict
from common.use_cases.configure import switch_global, switch_tenant
from common.use_cases.drive import finish
from common.use_cases.rest import bring_to_rest
from tests.world import World, auto, euros


@pytest.fixture
def world() -> World:
    return World.taken_on()


def test_what_landed_is_live_in_the_manifest_the_log_and_an_event(world: World) -> None:
    ended = world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    manifest, log = world.manifest(), world.log()
    assert ended.state is ChangeSetState.APPLIED
    assert world.live("search", Setting.DAILY_BUDGET) == manifest.entities["search"].daily_budget == euros(90)
    assert (manifest.revision, manifest.at_rest) == (1, True)
    assert [entry.kind for entry in log] == [EntryKind.GENESIS, EntryKind.APPLIED]
    assert canonical(replay(log)) == canonical(manifest.live_state())
    assert not chain_faults(log, manifest.log_seq, manifest.log_hash)
    assert world.bus.types == ["optimization.applied"]
    assert not world.outbox()


def test_an_event_that_could_not_go_out_waits_in_the_outbox(world: World) -> None:
    proposed = world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    world.bus.down = True
    with pytest.raises(Unavailable):
        finish(world.ports(), world.track(), proposed.manifest, "run")
    assert world.manifest().revision == 1
    assert len(world.outbox()) == 1


def test_a_setting_that_the_platform_refuses_leaves_the_rest_applied(world: World) -> None:
    world.platforms["meta"].rejects.add("social")
    ended = world.apply(
        auto(world.wanted("social", Setting.DAILY_BUDGET, euros(40))),
        auto(world.wanted("retarget", Setting.DAILY_BUDGET, euros(20))),
    )
    assert ended.state is ChangeSetState.PARTIALLY_APPLIED
    assert [(one.entity_id, one.code) for one in ended.results] == [("social", "rejected"), ("retarget", None)]
    entities = world.manifest().entities
    assert entities["social"].daily_budget == world.live("social", Setting.DAILY_BUDGET)
    assert entities["retarget"].daily_budget == euros(20)


def test_what_the_platform_calls_its_calls_is_in_the_result_and_in_the_log(world: World) -> None:
    """Of what landed and of what was refused; an entry without one has no such key, so that older hashes stand."""
    world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(95))))
    world.clock.forward(hours=1)
    world.platforms["google"].request_id = "RaB1c"
    landed = world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    world.clock.forward(hours=1)
    world.platforms["google"].rejects.add("search")
    refused = world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(80))))
    assert [one.request_id for one in (*landed.results, *refused.results)] == ["RaB1c", "RaB1c"]
    without, *entries = [entry for entry in world.log() if entry.changes]
    assert [entry.changes[0].request_id for entry in entries] == ["RaB1c", "RaB1c"]
    assert "request_id" not in without.body()["changes"][0]
    manifest = world.manifest()
    assert not chain_faults(world.log(), manifest.log_seq, manifest.log_hash)


@pytest.mark.parametrize("silent", [False, True])
def test_so_is_that_of_a_whole_call_that_came_to_nothing(world: World, *, silent: bool) -> None:
    def refuse() -> None:
        if silent:
            trouble = Trouble(TroubleKind.UNKNOWN, "timed_out", "no answer in time", request_id="RaB2c")
            raise PlatformUnavailable("no answer in time", trouble)
        raise PlatformRefused("rate_limited", "too many", "RaB2c")

    if silent:
        world.platforms["google"].after_apply = refuse
    else:
        world.platforms["google"].before_apply = refuse
    (result,) = world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90)))).results
    assert (result.landed, result.request_id) == (silent, "RaB2c")


def test_a_platform_that_says_yes_and_does_nothing_is_found_out(world: World) -> None:
    world.platforms["google"].ignores.add("search")
    ended = world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    assert (ended.state, ended.results[0].code) == (ChangeSetState.FAILED, "not_taken")
    assert world.manifest().revision == 0
    assert world.bus.types == ["optimization.failed"]


def test_a_value_that_somebody_changed_meanwhile_is_not_overwritten(world: World) -> None:
    wanted = world.wanted("search", Setting.DAILY_BUDGET, euros(90))
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(123))
    ended = world.apply(auto(wanted))
    assert (ended.state, ended.results[0].code) == (ChangeSetState.FAILED, "external_change")
    assert world.live("search", Setting.DAILY_BUDGET) == euros(123)


def test_a_call_that_is_refused_whole_fails_with_the_platforms_code(world: World) -> None:
    def refuse() -> None:
        raise PlatformRefused("quota", "too many writes")

    world.platforms["google"].before_apply = refuse
    ended = world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    assert (ended.state, ended.results[0].code) == (ChangeSetState.FAILED, "quota")


def _no_answer() -> None:
    raise PlatformUnavailable("no answer")


def test_a_write_without_an_answer_that_landed_is_applied(world: World) -> None:
    world.platforms["google"].after_apply = _no_answer
    ended = world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    assert ended.results[0].outcome is Outcome.APPLIED


def test_a_write_without_an_answer_holds_its_lease_until_another_run_takes_over(world: World) -> None:
    """It may land within its time-out: nobody else touches the track before the lease has run out."""
    world.platforms["google"].before_apply = _no_answer
    with pytest.raises(Busy):
        world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    world.platforms["google"].before_apply = lambda: None
    with pytest.raises(Busy):
        bring_to_rest(world.ports(), world.track(), world.loaded().manifest, "another")
    world.edit_by_hand("search", Setting.DAILY_BUDGET, euros(90))  # the write lands at last
    epoch = world.manifest().epoch
    world.clock.forward(minutes=20)
    rested = bring_to_rest(world.ports(), world.track(), world.loaded().manifest, "another")
    assert rested.value.epoch == epoch + 1
    assert rested.value.entities["search"].daily_budget == euros(90)
    assert len(world.platforms["google"].calls) == 0, "what had landed was not sent again"


def test_a_takeover_does_not_call_failed_what_an_earlier_run_may_have_written(world: World) -> None:
    world.platforms["google"].after_apply = _no_answer
    world.platforms["google"].ignores.add("search")
    with pytest.raises(Busy):
        world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    world.clock.forward(minutes=20)
    world.platforms["google"].down = True
    with pytest.raises(Busy):
        bring_to_rest(world.ports(), world.track(), world.loaded().manifest, "another")
    assert world.manifest().in_flight is not None


@pytest.mark.parametrize("scope", ["global", "tenant"])
def test_a_kill_switch_that_is_turned_on_the_way_stops_the_next_call(world: World, scope: str) -> None:
    def kill() -> None:
        if scope == "global":
            switch_global(world.ports(), on=True, by="cy@example.com", reason="stop")
        else:
            switch_tenant(world.ports(), "acme", on=True, by="cy@example.com", reason="stop")

    world.platforms["google"].after_apply = kill
    ended = world.apply(
        auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))),
        auto(world.wanted("social", Setting.DAILY_BUDGET, euros(40))),
    )
    assert [one.code for one in ended.results] == [None, f"kill_switch_{scope}"]
    assert not world.platforms["meta"].calls


def test_a_run_whose_permission_grew_old_while_the_platform_was_read_writes_nothing(world: World) -> None:
    """Between the last look at the kill switches and the call lies at most one call's time-out."""
    world.documents.after_read = lambda: world.clock.forward(seconds=40)
    with pytest.raises(Busy):
        world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    assert not world.platforms["google"].calls


def test_a_run_that_stood_still_after_it_had_read_what_is_live_writes_nothing(world: World) -> None:
    """Somebody may have edited it by hand since."""
    world.platforms["google"].after_live = lambda: world.clock.forward(minutes=3)
    with pytest.raises(Busy):
        world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    assert not world.platforms["google"].calls


def test_a_run_that_lost_its_right_writes_nothing_more(world: World) -> None:
    proposed = world.propose(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    world.clock.forward(minutes=20)
    bring_to_rest(world.ports(), world.track(), proposed.manifest, "another")
    calls = len(world.platforms["google"].calls)
    with pytest.raises((Busy, Conflict)):
        finish(world.ports(), world.track(), proposed.manifest, "run")
    assert len(world.platforms["google"].calls) == calls
