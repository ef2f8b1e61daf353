"""What decisions were made on goes to object storage after some days, and can be had from there, to the byte."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from common.domain import paths
from common.domain.canonical import canonical
from common.domain.change import Setting, Verdict
from common.domain.change_set import ChangeSet, Origin
from common.domain.errors import NotFound, Refused, Unavailable
from common.domain.model import parse_json
from common.ports.documents import Create, Delete, Query, Write
from common.use_cases.archived_inputs import AT_ONCE, Archived, archive_inputs, inputs_of
from common.use_cases.daily_visit import visit
from common.use_cases.kept_inputs import again, keep
from common.use_cases.load import facts_of, load_track
from common.use_cases.ports import Ports
from common.use_cases.propose import propose
from common.use_cases.queries import every
from tests.fakes.documents import MemoryDocuments
from tests.fakes.objects import MemoryObjects
from tests.world import World, asks, euros


@dataclass
class Decided:
    """A tenant whose rules recommended something each day, with what it was decided on."""

    world: World = field(default_factory=World.taken_on)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    made: list[ChangeSet] = field(default_factory=list[ChangeSet])

    @property
    def ports(self) -> Ports:
        """The world's, with object storage."""
        return replace(self.world.ports(), objects=self.objects)

    def decide(self) -> None:
        """Decide two things at once, which is one commit."""
        loaded = load_track(self.ports, self.world.track())
        facts = facts_of(self.ports, loaded)
        origin = Origin(cadence="pacing", window=self.world.clock.now(), by="trimtab")
        wished = [
            asks(self.world.wanted("search", Setting.DAILY_BUDGET, euros(110))).but(verdict=verdict)
            for verdict in (Verdict.BLOCKED, Verdict.NEEDS_REPLAN)
        ]
        done = propose(self.ports, loaded, facts, wished, origin, "run", keep(facts))
        assert len(done.change_sets) == 2
        self.made += done.change_sets

    def days(self, count: int) -> None:
        """Decide once on each of these days."""
        for _ in range(count):
            self.decide()
            self.world.clock.forward(hours=24)

    @property
    def left(self) -> list[str]:
        """The days of those that are still documents."""
        found = every(self.ports, Query(paths.inputs("acme")))
        return sorted({one.path.rpartition("/")[2][:10] for one in found})

    def must_all_come_again(self) -> None:
        """Every decision has its inputs, whole, wherever they are."""
        assert self.made
        for made in self.made:
            inputs = inputs_of(self.ports, made)
            assert made.inputs is not None
            assert inputs.digest == made.inputs.digest
            assert keep(again(inputs)) == inputs


@pytest.fixture
def decided() -> Decided:
    """Six days of decisions; it is the morning of the seventh."""
    made = Decided()
    made.days(6)
    return made


def test_the_older_ones_are_archived_by_the_daily_visit_a_file_a_day(decided: Decided) -> None:
    before = decided.left
    assert len(before) == 6
    assert visit(decided.ports, "acme", run="visitor").archived == 3
    assert decided.left == before[3:], "those of the last days are at hand"
    files = list(decided.objects.under("inputs/acme"))
    assert [file.split("/")[2] for file in files] == before[:3]
    decided.must_all_come_again()
    assert visit(decided.ports, "acme", run="visitor").archived == 0


def test_what_was_decided_at_once_is_kept_once(decided: Decided) -> None:
    names = [made.inputs and made.inputs.kept_as for made in decided.made]
    assert len(names) == 12
    assert len(set(names)) == 6


def test_of_many_each_page_is_a_file(decided: Decided) -> None:
    """A busy day, or one on which nobody visited."""
    kept = every(decided.world.ports(), Query(paths.inputs("acme")))
    body = next(iter(kept)).data
    names = [f"2026-05-01-{number:04}" for number in range(2 * AT_ONCE + 5)]
    decided.world.documents.commit(*(Create(paths.inputs("acme", name), body) for name in names))
    assert archive_inputs(decided.ports, "acme") == len(names) + 3
    assert len(list(decided.objects.under("inputs/acme/2026-05-01"))) == 3
    decided.must_all_come_again()


def storage_is_down(decided: Decided) -> Ports:
    """Nothing is written."""
    decided.objects.down = True
    return decided.ports


def the_answer_is_lost(decided: Decided) -> Ports:
    """The first file is written, and the run dies before it knows."""
    return replace(decided.ports, objects=Dies(decided.objects))


def documents_stay(decided: Decided) -> Ports:
    """The first file is written and its documents are not removed."""
    return replace(decided.ports, documents=Keeps(decided.world.documents))


class Dies(MemoryObjects):
    """Writes, and then does not answer."""

    def __init__(self, inner: MemoryObjects) -> None:
        super().__init__()
        self._inner = inner

    def create(self, path: str, data: bytes, *, content_type: str) -> None:
        """As the port says, but for the answer."""
        self._inner.create(path, data, content_type=content_type)
        raise Unavailable("no answer")


class Keeps:
    """A store that takes no deletions just now."""

    def __init__(self, inner: MemoryDocuments) -> None:
        self._inner = inner
        self.read, self.query = inner.read, inner.query

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """As the port says."""
        if any(isinstance(one, Delete) for one in writes):
            raise Unavailable("no answer")
        return self._inner.commit(*writes)


@pytest.mark.parametrize("fault", [storage_is_down, the_answer_is_lost, documents_stay], ids=lambda one: one.__name__)
def test_a_run_that_dies_loses_nothing_and_the_next_one_ends_it(
    decided: Decided, fault: Callable[[Decided], Ports]
) -> None:
    with pytest.raises(Unavailable):
        archive_inputs(fault(decided), "acme")
    decided.objects.down = False
    assert len(decided.left) == 6
    decided.must_all_come_again()
    assert archive_inputs(decided.ports, "acme") == 3
    assert len(list(decided.objects.under("inputs/acme"))) == 3, "none is written twice"
    decided.must_all_come_again()


def test_a_file_that_holds_something_else_is_no_reason_to_remove_anything(decided: Decided) -> None:
    archive_inputs(replace(decided.ports, documents=decided.world.documents.copy()), "acme")
    path = next(decided.objects.under("inputs/acme"))
    decided.objects.kept[path] = b"{}\n"
    with pytest.raises(Refused, match="holds something else"):
        archive_inputs(decided.ports, "acme")
    assert len(decided.left) == 6


def test_without_object_storage_they_stay_where_they_are(decided: Decided) -> None:
    assert visit(decided.world.ports(), "acme", run="visitor").archived == 0
    decided.must_all_come_again()


def test_another_tenants_are_left_alone(decided: Decided) -> None:
    assert archive_inputs(decided.ports, "acm") == 0
    assert archive_inputs(decided.ports, "acme-2") == 0
    assert len(decided.left) == 6


def test_what_is_neither_here_nor_there_is_said(decided: Decided) -> None:
    archive_inputs(decided.ports, "acme")
    old, asked = decided.made[0], decided.made[0].but(inputs=None)
    with pytest.raises(NotFound, match="set TRIMTAB_OBJECTS"):
        inputs_of(decided.world.ports(), old)
    with pytest.raises(NotFound, match="no inputs are kept"):
        inputs_of(decided.ports, asked)
    decided.objects.kept.clear()
    with pytest.raises(NotFound, match="no file under inputs/acme/2026-05-04/ has it"):
        inputs_of(decided.ports, old)


def test_archived_inputs_that_were_edited_are_refused(decided: Decided) -> None:
    archive_inputs(decided.ports, "acme")
    path = next(decided.objects.under("inputs/acme"))
    other = decided.objects.kept[list(decided.objects.under("inputs/acme"))[1]]
    inputs = parse_json(Archived, other, "").inputs
    mine = parse_json(Archived, decided.objects.kept[path], "")
    decided.objects.kept[path] = canonical(mine.but(inputs=inputs.but(digest=mine.inputs.digest)).body())
    with pytest.raises(Refused, match="do not match their digest"):
        again(inputs_of(decided.ports, decided.made[0]))
