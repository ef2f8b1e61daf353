"""What decisions were made on goes to object storage after some days, and can be had from there, to the byte."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from common.domain import paths
from common.domain.canonical import canonical
from common.domain.change import Setting, Verdict
from common.domain.change_set import ChangeSet, KeptInputs, Origin
from common.domain.errors import InvalidInput, NotFound, Refused, Unavailable
from common.ports.documents import Create, Query
from common.use_cases.archived_inputs import AT_ONCE, Archived, archive_inputs, inputs_of
from common.use_cases.daily_visit import visit
from common.use_cases.kept_inputs import again, keep
from common.use_cases.load import facts_of, load_track
from common.use_cases.ports import Ports
from common.use_cases.propose import propose
from common.use_cases.queries import every
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

    def anew(self) -> "Decided":
        """The same, with nothing archived yet."""
        return Decided(replace(self.world, documents=self.world.documents.copy()), made=self.made)

    @property
    def files(self) -> list[str]:
        """What is in object storage."""
        return list(self.objects.under("inputs/acme"))

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
    assert [file.split("/")[2] for file in decided.files] == before[:3]
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
    assert sum("/2026-05-01/" in file for file in decided.files) == 3
    decided.must_all_come_again()


@dataclass
class Fate:
    """A process that dies at one of its calls: before it is done, or before its answer comes."""

    dies_at: int
    done: bool
    calls: int = 0

    def over(self, ports: Ports) -> Ports:
        """The same ports, in this process."""
        assert ports.objects is not None
        return replace(ports, documents=Fated(ports.documents, self), objects=Fated(ports.objects, self))

    def call(self, method: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Make one call, if it comes to that."""
        self.calls += 1
        if self.calls != self.dies_at:
            return method(*args, **named)
        if self.done:
            method(*args, **named)
        raise Unavailable("no answer")


class Fated:
    """A port whose every call may be the last."""

    def __init__(self, inner: object, fate: Fate) -> None:
        self._inner, self._fate = inner, fate

    def __getattr__(self, name: str) -> Any:
        return partial(self._fate.call, getattr(self._inner, name))


CALLS = 7
"""It asks what there is, and for each of three days it writes a file and removes the documents."""


def test_it_takes_one_call_and_two_for_each_day(decided: Decided) -> None:
    fate = Fate(dies_at=CALLS + 1, done=False)
    assert archive_inputs(fate.over(decided.ports), "acme") == 3
    assert fate.calls == CALLS


@pytest.mark.parametrize("done", [False, True], ids=["before-it-is-done", "before-its-answer-comes"])
@pytest.mark.parametrize("dies_at", range(1, CALLS + 1))
def test_a_run_that_dies_loses_nothing_and_the_next_one_ends_it(decided: Decided, dies_at: int, done: bool) -> None:
    recent = decided.left[3:]
    with pytest.raises(Unavailable):
        archive_inputs(Fate(dies_at, done).over(decided.ports), "acme")
    decided.must_all_come_again()
    archive_inputs(decided.ports, "acme")
    assert decided.left == recent
    assert len(decided.files) == 3, "none is written twice"
    decided.must_all_come_again()


def test_two_visits_at_once_write_the_same_files(decided: Decided) -> None:
    documents = decided.world.documents

    def somebody_else() -> None:
        documents.after_query = lambda: None
        assert archive_inputs(decided.ports, "acme") == 3

    documents.after_query = somebody_else
    assert archive_inputs(decided.ports, "acme") == 3
    assert len(decided.files) == len(decided.left) == 3
    decided.must_all_come_again()


def test_a_store_that_was_restored_finds_what_was_archived_since_and_archives_it_again(decided: Decided) -> None:
    restored = replace(decided.anew(), objects=decided.objects)
    archive_inputs(decided.ports, "acme")
    restored.must_all_come_again()
    assert archive_inputs(restored.ports, "acme") == 3
    assert len(restored.files) == 3, "they were there"
    restored.must_all_come_again()


def test_what_was_decided_again_after_a_restore_is_told_from_what_had_been_decided(decided: Decided) -> None:
    """Its window, and so its name, is that of the first time."""
    before, first = decided.anew(), decided.made[0]
    assert first.inputs is not None
    archive_inputs(decided.ports, "acme")
    other = inputs_of(decided.ports, decided.made[-1])
    path = paths.inputs("acme", first.inputs.kept_as)
    before.world.rewrite(path, lambda _: other.body())
    second = first.but(inputs=first.inputs.but(digest=other.digest))
    restored = replace(before, objects=decided.objects, made=[first, second])
    assert archive_inputs(restored.ports, "acme") == 3
    restored.must_all_come_again()


def test_what_was_too_large_to_keep_is_archived_as_its_digest(decided: Decided) -> None:
    first = decided.made[0]
    assert first.inputs is not None
    too_large = KeptInputs(digest=first.inputs.digest, lzma_base85=None)
    decided.world.rewrite(paths.inputs("acme", first.inputs.kept_as), lambda _: too_large.body())
    assert archive_inputs(decided.ports, "acme") == 3
    assert inputs_of(decided.ports, first) == too_large
    with pytest.raises(Refused, match="over the size limit"):
        again(too_large)


def test_a_file_that_holds_something_else_is_no_reason_to_remove_anything(decided: Decided) -> None:
    archive_inputs(replace(decided.ports, documents=decided.world.documents.copy()), "acme")
    decided.objects.kept[decided.files[0]] = b"{}\n"
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
    assert old.inputs is not None
    unknown = old.but(inputs=old.inputs.but(kept_as="2026-05-04-another", digest="0" * 64))
    with pytest.raises(NotFound, match="no file under inputs/acme/2026-05-04/ has it"):
        inputs_of(decided.ports, unknown)
    decided.objects.kept.clear()
    with pytest.raises(NotFound, match="no file under inputs/acme/2026-05-04/ has it"):
        inputs_of(decided.ports, old)


def of_another_decision(mine: KeptInputs, other: KeptInputs) -> KeptInputs:
    """Under the digest of the first."""
    return other.but(digest=mine.digest)


def whole_ones_of_another_decision(_: KeptInputs, other: KeptInputs) -> KeptInputs:
    """With their own digest, which is not that in the change set."""
    return other


def cut_short(mine: KeptInputs, _: KeptInputs) -> KeptInputs:
    """No LZMA any more."""
    assert mine.lzma_base85 is not None
    return mine.but(lzma_base85=mine.lzma_base85[:-10])


def not_in_base_85(mine: KeptInputs, _: KeptInputs) -> KeptInputs:
    """With a letter that is none."""
    return mine.but(lzma_base85=f'"{mine.lzma_base85}')


@pytest.mark.parametrize("archived", [False, True], ids=["document", "file"])
@pytest.mark.parametrize(
    "edited",
    [of_another_decision, whole_ones_of_another_decision, cut_short, not_in_base_85],
    ids=lambda one: one.__name__,
)
def test_inputs_that_were_edited_are_refused(
    decided: Decided, edited: Callable[[KeptInputs, KeptInputs], KeptInputs], archived: bool
) -> None:
    first, last = decided.made[0], decided.made[-1]
    assert first.inputs is not None
    wrong = edited(inputs_of(decided.ports, first), inputs_of(decided.ports, last))
    if archived:
        archive_inputs(decided.ports, "acme")
        line = Archived(kept_as=first.inputs.kept_as, inputs=wrong)
        decided.objects.kept[decided.files[0]] = canonical(line.body())
    else:
        decided.world.rewrite(paths.inputs("acme", first.inputs.kept_as), lambda _: wrong.body())
    with pytest.raises(Refused, match="edited"):
        again(inputs_of(decided.ports, first))


def test_a_file_that_is_no_list_of_inputs_is_named(decided: Decided) -> None:
    archive_inputs(decided.ports, "acme")
    decided.objects.kept[decided.files[0]] = b"gone"
    with pytest.raises(InvalidInput, match=decided.files[0]):
        inputs_of(decided.ports, decided.made[0])
