"""Every gap, edit or truncation in a log is found."""

from datetime import UTC, datetime

from hypothesis import event, given
from hypothesis import strategies as st

from common.domain.log_entry import EntryKind, LogEntry, LoggedChange, chain_faults

AT = datetime(2026, 3, 1, tzinfo=UTC)


def chain(length: int) -> list[LogEntry]:
    """A log that verifies."""
    entries: list[LogEntry] = []
    for seq in range(length):
        previous = entries[-1].hash if entries else ""
        entry = LogEntry(
            tenant_id="t",
            track_id="k",
            seq=seq,
            kind=EntryKind.GENESIS if seq == 0 else EntryKind.NOTE,
            at=AT,
            by="trimtab",
            plan_version=1,
            why=f"entry {seq}",
            previous=previous,
        )
        entries.append(entry.sealed())
    return entries


def test_a_whole_log_verifies() -> None:
    entries = chain(5)
    assert chain_faults(entries, 4, entries[-1].hash) == []


def test_the_hash_of_an_entry_from_before_calls_had_names_stands() -> None:
    """As it was computed then, by a release that knew no `request_id`."""
    change = LoggedChange(entity_id="s", setting="daily_budget", before=1, after=2)
    fields = {"tenant_id": "a", "track_id": "b", "seq": 1, "kind": EntryKind.APPLIED, "by": "x", "plan_version": 1}
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    entry = LogEntry.model_validate({**fields, "at": at, "changes": (change,), "previous": "p"})
    assert entry.expected_hash() == "313259c0dcea038e838c0776598126f2fff901d38ba6989b6fef1468c31f033e"
    named = entry.but(changes=(change.but(request_id="RaB1c"),))
    assert named.expected_hash() != entry.expected_hash()


@given(st.integers(2, 12), st.data())
def test_any_single_tampering_is_found(length: int, data: st.DataObject) -> None:
    entries = chain(length)
    head = entries[-1]
    where = data.draw(st.integers(0, length - 1))
    kind = data.draw(st.sampled_from(["edit", "edit and rehash", "remove", "swap"]))
    event(kind)
    if kind == "edit":
        entries[where] = entries[where].but(why="something else")
    elif kind == "edit and rehash":
        entries[where] = entries[where].but(why="something else").sealed()
    elif kind == "remove":
        del entries[where]
    else:
        other = (where + 1) % length
        entries[where], entries[other] = entries[other], entries[where]
    assert chain_faults(entries, head.seq, head.hash)


def test_a_truncated_log_names_what_is_missing() -> None:
    entries = chain(6)
    found = chain_faults(entries[:4], 5, entries[-1].hash)
    assert found == ["entries 4 to 5 are missing at the end: the log was truncated"]
