"""The changelog: what a client reads of a log. Routine is folded, what was answered is told by its end."""

from datetime import timedelta
from typing import Any

from common.decisions.drift import drift_of
from common.decisions.reporting.changelog import by_hand, changelog, changes_since
from common.domain.calendar import TenantCalendar
from common.domain.guardrails import Guardrails
from common.domain.log_entry import EntryKind, LogEntry, LoggedChange
from common.domain.report import ChangelogDay, ChangelogLine
from tests.world import NOW, euros, manifest, plan

LIVE = manifest()
BUDGET, ALLOCATION = "daily_budget", "allocation"


def entry(seq: int, kind: EntryKind = EntryKind.APPLIED, **changes: Any) -> LogEntry:
    """An entry some hours after the one before; it raises the revision where it changed something."""
    changed = changes.get("changes", ())
    base = LogEntry(
        tenant_id="acme", track_id="north", seq=seq, kind=kind, at=NOW + timedelta(hours=seq), by="trimtab",
        plan_version=1, previous="", revision=seq if changed else None, why=f"Why {seq}.",
    )  # fmt: skip
    return base.but(**changes)


def moved(name: str, setting: str, before: object, after: object, outcome: str = "applied") -> LoggedChange:
    """One change of an entry."""
    return LoggedChange.model_validate(
        {"entity_id": name, "setting": setting, "before": before, "after": after, "outcome": outcome}
    )


def days(*entries: LogEntry) -> tuple[ChangelogDay, ...]:
    """The changelog of these, after a genesis at 11:00 in Madrid."""
    began = entry(0, EntryKind.GENESIS, revision=0, state=LIVE.live_state(), at=NOW)
    drift = drift_of(LIVE, plan().slice("north"), Guardrails())
    return changelog(began, entries, drift, LIVE, TenantCalendar.of("Europe/Madrid"))


def lines(*entries: LogEntry) -> list[ChangelogLine]:
    """All lines but that of the genesis, newest first."""
    return [line for day in days(*entries) for line in day.lines if line.first_seq]


def test_a_days_corrections_are_one_line_from_the_first_value_to_the_last() -> None:
    pace = [
        entry(1, changes=(moved("search", BUDGET, euros(100), euros(90)),)),
        entry(2, changes=(moved("social", BUDGET, euros(40), euros(44)),)),
        entry(3, changes=(moved("search", BUDGET, euros(90), euros(95)),)),
    ]
    (line,) = lines(*pace)
    assert (line.routine, line.times, line.first_seq, line.last_seq) == (True, 3, 1, 3)
    assert [(one.entity, one.before, one.after, one.times) for one in line.steps] == [
        ("search", euros(100), euros(95), 2),
        ("social", euros(40), euros(44), 1),
    ]


def test_days_are_the_tenants() -> None:
    late = entry(14, changes=(moved("search", BUDGET, 1, 2),))
    assert [day.day.isoformat() for day in days(late)] == ["2026-05-05", "2026-05-04"]


def test_a_person_who_changes_a_budget_is_not_routine() -> None:
    (line,) = lines(entry(1, by="ana@example.com", changes=(moved("search", BUDGET, 1, 2),)))
    assert (line.routine, line.who, line.text) == (False, "ana@example.com", "Why 1.")


def test_money_that_moves_is_told_by_channel() -> None:
    shift = (moved("search", ALLOCATION, euros(10), euros(4)), moved("social", ALLOCATION, euros(1), euros(7)))
    (line,) = lines(entry(1, changes=shift))
    assert line.moved == {"google_search": -euros(6), "meta": euros(6)}
    assert not line.routine


def test_what_did_not_land_moves_nothing() -> None:
    (line,) = lines(entry(1, changes=(moved("search", ALLOCATION, 1, 2, "rejected"), moved("social", BUDGET, 1, 2))))
    assert line.moved == {}
    assert [step.entity for step in line.steps] == ["social"]


def test_a_request_is_told_by_what_became_of_it() -> None:
    asked = entry(1, EntryKind.PENDING, change_set_id="cs")
    applied = entry(2, change_set_id="cs", by="ana@example.com", changes=(moved("search", BUDGET, 1, 2),))
    assert [line.kind for line in lines(asked, applied)] == [EntryKind.APPLIED]
    assert [line.kind for line in lines(asked)] == [EntryKind.PENDING]
    rejected = entry(2, EntryKind.REJECTED, change_set_id="cs", by="ana@example.com")
    assert [line.kind for line in lines(asked, rejected)] == [EntryKind.REJECTED]


def test_what_was_overtaken_or_only_tried_out_is_left_out() -> None:
    assert lines(entry(1, EntryKind.SUPERSEDED), entry(2, EntryKind.SHADOWED)) == []


def test_the_same_thing_again_is_one_line() -> None:
    again = [entry(seq, EntryKind.BLOCKED, why="The cap is reached.") for seq in (1, 2, 3)]
    (line,) = lines(*again)
    assert (line.times, line.last_seq) == (3, 3)


def test_changes_of_a_week_leave_out_routine() -> None:
    found = days(
        entry(1, changes=(moved("search", BUDGET, 1, 2),)),
        entry(2, EntryKind.EXTERNAL_CHANGE, by="bo", changes=(moved("search", BUDGET, 2, 3),)),
        entry(3, changes=(moved("search", "status", "enabled", "paused"),)),
        entry(4, EntryKind.REJECTED),
    )
    assert changes_since(found, NOW) == 2
    assert changes_since(found, NOW + timedelta(hours=3)) == 1


def test_edits_by_hand_are_listed_with_who_and_when() -> None:
    found = by_hand(
        [
            entry(1, EntryKind.EXTERNAL_CHANGE, by="bo@example.com", changes=(moved("search", BUDGET, 1, 2),)),
            entry(2, changes=(moved("search", BUDGET, 2, 1),)),
        ],
        LIVE,
    )
    assert [(one.who, one.entity, one.before, one.after, one.at) for one in found] == [
        ("bo@example.com", "search", 1, 2, NOW + timedelta(hours=1))
    ]
