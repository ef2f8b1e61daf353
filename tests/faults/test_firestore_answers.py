"""Firestore behind a line that loses requests and answers: what was done is never guessed, and no call hangs."""

from collections.abc import Iterator

import pytest

from common.adapters.firestore import FirestoreDocuments, firestore_client
from common.domain.errors import OutcomeUnknown, Unavailable
from common.ports.documents import Conflict, Create, Delete, Query, Replace
from tests.faults.bad_line import LOSE_ANSWER, LOSE_REQUEST, PASS, SILENCE, Line

pytestmark = pytest.mark.emulator


@pytest.fixture
def line(firestore_address: str) -> Line:
    """A line to the emulator that works."""
    return Line(firestore_address)


@pytest.fixture
def near_end(line: Line) -> Iterator[str]:
    """The address of the line's near end."""
    with line.connected() as address:
        yield address


@pytest.fixture
def store(near_end: str, project: str) -> FirestoreDocuments:
    """A store at the far end of the line."""
    return FirestoreDocuments(firestore_client(project, emulator=near_end), call_seconds=30, read_seconds=10)


def test_a_commit_whose_answer_is_lost_is_not_repeated_and_a_read_tells_that_it_happened(
    line: Line, store: FirestoreDocuments
) -> None:
    line.faults = [LOSE_ANSWER]
    with pytest.raises(OutcomeUnknown, match="a/1, a/2"):
        store.commit(Create("a/1", {"n": 1}), Create("a/2", {"n": 2}))
    assert line.calls == ["Commit"]
    assert [document and document.data for document in store.read("a/1", "a/2")] == [{"n": 1}, {"n": 2}]
    with pytest.raises(Conflict):
        store.commit(Create("a/1", {"n": 1}), Create("a/2", {"n": 2}))


def test_a_commit_that_never_arrived_looks_the_same_until_it_is_read(line: Line, store: FirestoreDocuments) -> None:
    line.faults = [LOSE_REQUEST]
    with pytest.raises(OutcomeUnknown):
        store.commit(Create("a/1", {"n": 1}))
    assert line.calls == ["Commit"]
    assert store.read("a/1") == (None,)
    store.commit(Create("a/1", {"n": 1}))


def test_a_commit_without_an_answer_ends_at_its_time_limit(line: Line, near_end: str, project: str) -> None:
    line.faults = [SILENCE]
    hasty = FirestoreDocuments(firestore_client(project, emulator=near_end), call_seconds=0.5)
    with pytest.raises(OutcomeUnknown, match="Deadline Exceeded"):
        hasty.commit(Create("a/1", {"n": 1}))


def test_a_read_and_a_query_are_asked_again_until_they_are_answered(line: Line, store: FirestoreDocuments) -> None:
    store.commit(Create("a/1", {"n": 1}))
    line.faults = [LOSE_REQUEST, LOSE_ANSWER, LOSE_REQUEST]
    (document,) = store.read("a/1")
    assert document is not None
    line.faults = [LOSE_ANSWER]
    assert store.query(Query("a")).documents == (document,)
    assert line.calls == ["Commit", *["BatchGetDocuments"] * 4, *["RunQuery"] * 2]


def test_a_conflict_is_one_though_nobody_answers_who_won(line: Line, near_end: str, project: str) -> None:
    client = firestore_client(project, emulator=near_end)
    store = FirestoreDocuments(client, call_seconds=30, read_seconds=0.5)
    (version,) = store.commit(Create("a/1", {}))
    line.faults = [PASS, *[LOSE_REQUEST] * 100]
    with pytest.raises(Conflict) as conflict:
        store.commit(Create("a/1", {}), Replace("a/2", {}, version), Delete("a/3"))
    assert conflict.value.paths == ("a/1", "a/2")


def test_where_nobody_listens_reads_give_up_and_commits_do_not_claim_to_know(project: str) -> None:
    nowhere = FirestoreDocuments(firestore_client(project, emulator="127.0.0.1:1"), read_seconds=0.5)
    with pytest.raises(Unavailable):
        nowhere.read("a/1")
    with pytest.raises(Unavailable):
        nowhere.query(Query("a"))
    with pytest.raises(OutcomeUnknown):
        nowhere.commit(Create("a/1", {}))
