"""Laws of what a CRM tells: whatever comes twice, late, out of order or in parts, the same is known in the end."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from common.domain.calendar import TenantCalendar
from common.ports.documents import Write
from tests.fakes.documents import MemoryDocuments
from tests.ingest_world import CAMPAIGN, Shop, sale
from tests.property.reach import holds
from tests.world import NOW

IDS = ("a", "b", "ana@example.com", "+34 600 000 000")
TARGETS: tuple[dict[str, str], ...] = (
    CAMPAIGN,
    {"entity": "search"},
    {"campaign": "2002"},
    {"entity": "social"},
    {"click_id": "gclid-1"},
)
ENTITY = ("search", "search", "social", "social", None)
CALENDAR = TenantCalendar.of("Europe/Madrid")

Told = tuple[str, int, bool, int, int, int]
"""A row: id, revision, withdrawn, target, days ago, cents."""
told = st.tuples(
    st.sampled_from(IDS),
    st.integers(0, 3),
    st.booleans(),
    st.integers(0, len(TARGETS) - 1),
    st.integers(1, 4),
    st.sampled_from([0, 100, 12345]),
)
histories = st.tuples(st.lists(told, min_size=1, max_size=10), st.integers(0, 2**32))


def row(one: Told) -> dict[str, Any]:
    name, revision, withdrawn, target, ago, cents = one
    if withdrawn:
        return {"id": name, "revision": revision, "withdrawn": True}
    value = f"{cents / 100:.2f}"
    return sale(name, NOW - timedelta(days=ago), revision=revision, value=value, **TARGETS[target])


def known_in_the_end(rows: Sequence[Told]) -> dict[tuple[str, date], tuple[float, int]]:
    """The same by another way: of each id the last revision, a withdrawal before others, then added up."""
    found: dict[tuple[str, date], tuple[float, int]] = {}
    for name in IDS:
        of_id = [one for one in rows if one[0] == name]
        last = [one for one in of_id if one[1] == max(each[1] for each in of_id)]
        if not last or any(one[2] for one in last):
            continue
        assert len({one[3:] for one in last}) == 1, "the case leaves open which one counts"
        (_, _, _, target, ago, cents) = last[0]
        entity = ENTITY[target]
        if entity is not None:
            key = entity, CALENDAR.day_of(NOW - timedelta(days=ago))
            had = found.get(key, (0.0, 0))
            found[key] = had[0] + 1, had[1] + cents * 10_000
    return {key: value for key, value in found.items() if value != (0.0, 0)}


def without_ties(rows: Sequence[Told]) -> list[Told]:
    """Each revision says one thing."""
    said: dict[tuple[str, int, bool], Told] = {}
    return [said.setdefault(one[:3], one) for one in rows]


def delivered(rows: Sequence[Told], random: Random) -> Shop:
    """In any order, some of them twice, in deliveries of any size, over several days."""
    order = [*rows, *(one for one in rows if random.random() < 0.5)]
    random.shuffle(order)
    shop, sent = Shop(), 0
    while sent < len(order):
        size = random.randint(1, 4)
        assert not shop.send(*map(row, order[sent : sent + size])).faults
        sent += size
        shop.clock.forward(hours=random.choice([0, 5, 30]))
    return shop


def test_the_last_revision_of_each_id_counts_once_whatever_the_order() -> None:
    def law(case: tuple[list[Told], int]) -> bool:
        rows, seed = without_ties(case[0]), case[1]
        wanted = known_in_the_end(rows)
        assert delivered(rows, Random(seed)).totals() == wanted
        assert delivered(rows, Random(seed + 1)).totals() == wanted
        return bool(wanted) and len({one[0] for one in rows}) < len(rows)

    holds(histories, law, examples=300)


def test_of_two_that_say_different_things_at_one_revision_the_same_counts_in_any_order() -> None:
    def law(case: tuple[list[Told], int]) -> bool:
        rows, seed = case
        first, second = delivered(rows, Random(seed)), delivered(list(reversed(rows)), Random(seed + 1))
        assert first.totals() == second.totals()
        ties = [one for one in rows for other in rows if one[:2] == other[:2] and one != other]
        return bool(ties)

    holds(histories, law, examples=200)


class Interrupted(MemoryDocuments):
    """A store whose process is killed before or after the commit of a given number."""

    def __init__(self, dies_at: int, *, landed: bool) -> None:
        super().__init__()
        self._left, self._landed = dies_at, landed

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """As the port says, while the process lives."""
        self._left -= 1
        if self._left == 0 and not self._landed:
            raise KeyboardInterrupt
        done = super().commit(*writes)
        if self._left == 0:
            raise KeyboardInterrupt
        return done


def test_a_delivery_that_was_cut_short_anywhere_is_whole_once_it_is_sent_again() -> None:
    """1,000 rows are three commits, and a match rate a fourth; the tenant's document is the first."""
    rows = [sale(f"o-{number}", NOW - timedelta(days=1 + number % 3)) for number in range(1000)]
    whole = Shop()
    whole.send(*rows)
    for dies_at in (2, 3, 4):
        for landed in (False, True):
            shop = Shop(Interrupted(dies_at, landed=landed))
            try:
                shop.send(*rows)
            except KeyboardInterrupt:
                pass
            else:
                raise AssertionError(f"nothing died at commit {dies_at}")
            assert shop.totals() != whole.totals() or (landed and dies_at == 4)
            taken = shop.send(*rows)
            assert not taken.faults
            assert shop.totals() == whole.totals()
