"""Whatever order sources fail and answer in, their connections say what was heard of them last, and cost no more."""

from collections.abc import Sequence

from hypothesis import strategies as st

from common.domain.connection import ConnectionState
from common.domain.tick import Cadence, window_of
from common.domain.trouble import Trouble, TroubleKind
from common.use_cases.connections import connections_of
from common.use_cases.pace import pace
from common.use_cases.ports import Ports
from tests.property.reach import holds
from tests.world import NORTH, SOUTH, World

PLATFORMS = ("google", "meta")
LATER = Trouble(TroubleKind.LATER, "rate_limited", "come again")
FOR_A_PERSON = tuple(
    Trouble(TroubleKind.PERSON, code, f"mend the {code}") for code in ("token_expired", "account_disabled")
)
HOURS = st.lists(
    st.tuples(
        st.sampled_from((NORTH, SOUTH)),
        st.sampled_from((None, LATER, *FOR_A_PERSON)),
        st.sampled_from((None, None, LATER, FOR_A_PERSON[0])),
    ),
    min_size=4,
    max_size=10,
)
Hours = Sequence[tuple[str, Trouble | None, Trouble | None]]


def test_a_connection_says_what_was_heard_last_and_where_nobody_is_needed_a_tick_reads_and_writes_no_more() -> None:
    """Two tracks tell of the same platforms. Reached: hours in which a trouble was noted, and later taken back."""

    def law(hours: Hours) -> bool:
        world, reads = World.taken_on(), list[int]()
        ports, taken_back = world.ports(), False
        _tick(world, ports, NORTH)
        _tick(world, ports, SOUTH)
        for track_id in (NORTH, SOUTH):
            world.do_daily_work(track_id)
        world.documents.after_read = lambda: reads.append(1)
        for track_id, *told in hours:
            for name, trouble in zip(PLATFORMS, told, strict=True):
                world.platforms[name].trouble = trouble
            ill = any(trouble in FOR_A_PERSON for trouble in told) or world.loaded(track_id).memory.troubles
            before = world.documents.commits
            reads.clear()
            _tick(world, ports, track_id)
            assert ill or (len(reads), world.documents.commits - before) == (1, 1)
            for name, trouble in zip(PLATFORMS, told, strict=True):
                taken_back |= _holds(world, name, trouble)
        return taken_back

    holds(HOURS, law, examples=60)


def _tick(world: World, ports: Ports, track_id: str) -> None:
    world.clock.forward(hours=1)
    pace(ports, world.track(track_id), window_of(Cadence.PACING, world.clock.now()), "run")


def _holds(world: World, name: str, trouble: Trouble | None) -> bool:
    """Check what is known of a platform after it was heard; whether something of it was taken back."""
    found = connections_of(world.ports(), "acme").get(name)
    if trouble is not None and trouble.kind is TroubleKind.PERSON:
        assert found is not None
        assert found.state is ConnectionState.BROKEN
        assert trouble.code in {one.code for one in found.missing}
    return found is not None and any(one.met for one in found.needs)
