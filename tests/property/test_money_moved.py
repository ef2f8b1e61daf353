"""Laws of how much money a person answers for, on generated changes of one track."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from common.decisions.facts import Facts
from common.decisions.money_moved import money_moved
from common.domain.change import Change, Setting, Status, Value
from common.domain.money import MICROS
from tests.world import World, euros

BEARING = ("search", "social", "retarget")
AMOUNTS = st.integers(0, 20_000 * MICROS)
STATES = st.sampled_from([one.value for one in Status])
GEOS = st.lists(st.sampled_from(["ES-A", "ES-B", "ES-C"]), unique=True).map(lambda names: tuple(sorted(names)))
VALUES: dict[Setting, st.SearchStrategy[Value]] = {
    Setting.ALLOCATION: AMOUNTS,
    Setting.DAILY_BUDGET: AMOUNTS,
    Setting.TOTAL_BUDGET: AMOUNTS,
    Setting.BID_TARGET: AMOUNTS,
    Setting.STATUS: STATES,
    Setting.EXCLUDED_GEOS: GEOS,
}
FACTS: Facts = World.taken_on().facts()

Fields = list[tuple[str, Setting]]


def _changes(fields: Fields) -> st.SearchStrategy[list[Change]]:
    def one(field: tuple[str, Setting]) -> st.SearchStrategy[Change]:
        entity_id, setting = field
        pairs = st.tuples(VALUES[setting], VALUES[setting])
        return pairs.map(lambda pair: Change(entity_id=entity_id, setting=setting, before=pair[0], after=pair[1]))

    return st.tuples(*(one(field) for field in fields)).map(list)


def _fields(entities: tuple[str, ...], settings: tuple[Setting, ...]) -> st.SearchStrategy[Fields]:
    every = [(entity_id, setting) for entity_id in entities for setting in settings]
    return st.lists(st.sampled_from(every), unique=True, min_size=1, max_size=6)


ANYTHING = _fields((*BEARING, "ad-1", "ad-2"), tuple(Setting)).flatmap(_changes)


@given(ANYTHING)
def test_undoing_a_change_moves_as_much_as_making_it(changes: list[Change]) -> None:
    """And no change moves less than nothing."""
    back = [one.but(before=one.after, after=one.before) for one in changes]
    assert money_moved(back, FACTS) == money_moved(changes, FACTS) >= 0


@given(ANYTHING)
def test_the_order_of_changes_makes_no_difference(changes: list[Change]) -> None:
    assert money_moved(changes[::-1], FACTS) == money_moved(changes, FACTS)


@given(ANYTHING)
def test_what_changes_nothing_moves_nothing(changes: list[Change]) -> None:
    still = [one.but(after=one.before) for one in changes]
    assert money_moved(still, FACTS) == 0


@given(ANYTHING)
def test_more_changes_never_move_less_than_the_largest_of_them(changes: list[Change]) -> None:
    """Nothing that is packed together with a small change hides behind it, but the speed at which it is spent."""
    alone = [one for one in changes if one.setting is not Setting.DAILY_BUDGET]
    assert all(money_moved([one], FACTS) <= money_moved(changes, FACTS) for one in alone)


@given(st.integers(1, 1_000), st.sampled_from([(a, b) for a in BEARING for b in BEARING if a != b]))
def test_a_shift_counts_once(units: int, pair: tuple[str, str]) -> None:
    """Whatever daily budgets move with it at the pace of the money."""
    giver, taker = pair
    bare = _shift(giver, taker, units, budgets=lambda _: 0)
    paced = _shift(giver, taker, units, budgets=lambda moved: moved // FACTS.days_left())
    assert money_moved(bare, FACTS) == money_moved(paced, FACTS) == euros(units)


@given(st.integers(1, 1_400))
def test_a_daily_budget_does_not_hide_behind_a_small_move(units: int) -> None:
    """Far more a day than what is moved asks for counts like the same step alone."""
    step = Change(entity_id="search", setting=Setting.DAILY_BUDGET, before=0, after=euros(units))
    tiny = Change(entity_id="search", setting=Setting.ALLOCATION, before=0, after=1)
    assert money_moved([tiny, step], FACTS) == money_moved([step], FACTS)


def _shift(giver: str, taker: str, units: int, budgets: Callable[[int], int]) -> list[Change]:
    changes: list[Change] = []
    for name, moved in ((giver, -euros(units)), (taker, euros(units))):
        entity = FACTS.manifest.entities[name]
        for setting, step in ((Setting.ALLOCATION, moved), (Setting.DAILY_BUDGET, budgets(moved))):
            before = entity.value(setting)
            assert isinstance(before, int)
            changes.append(Change(entity_id=name, setting=setting, before=before, after=before + step))
    return changes
