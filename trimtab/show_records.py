"""What is kept, printed for a person: log entries, reasons, approvals, what became of a decision."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from common.decisions.reason_words import in_words
from common.domain.approval import Approval
from common.domain.change import Change
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.log_entry import LANDED, LogEntry, LoggedChange
from common.domain.money import show as money
from common.domain.state import FoldedReason, TrackState
from common.use_cases.ledger import logged
from common.use_cases.wording import worded
from trimtab.harmless import text

_NEXT = {
    ChangeSetState.INTENDED: "It is decided, but not applied yet: the next tick or sweep drives it to its end.",
    ChangeSetState.APPROVED: "It is decided, and applied once what is in flight has ended.",
    ChangeSetState.PENDING: "A second, different person must approve it too.",
}


def log(console: Console, entries: Sequence[LogEntry], currency: str) -> None:
    """Log entries in the order given."""
    for entry in entries:
        revision = "" if entry.revision is None else f", revision {entry.revision}"
        what = (f"{entry.kind.value.replace('_', ' ')} by {entry.by}", "bold")
        console.print(text(f"{entry.seq:>4}  {entry.at:%Y-%m-%d %H:%M} UTC  ", what, revision))
        for change in entry.changes:
            _indented(console, _change(change, currency))
        _indented(console, entry.why)


def _indented(console: Console, line: str, style: str = "") -> None:
    console.print(Padding(text((line, style)), (0, 0, 0, 6), expand=False))


def _change(change: Change | LoggedChange, currency: str) -> str:
    before, after = (worded(change.setting, value, currency) for value in (change.before, change.after))
    line = f"{change.entity_id} {change.setting.replace('_', ' ')}: {before} → {after}"
    if isinstance(change, Change) or change.outcome in (*LANDED, "proposed"):
        return line
    call = f"; the platform's request {change.request_id}" if change.request_id else ""
    return f"{line} ({change.outcome}{f': {change.code}' if change.code else ''}{call})"


def change_set_lines(change_set: ChangeSet, currency: str) -> Iterator[Text]:
    """A change set with what became of its changes."""
    state = change_set.state.value.replace("_", " ")
    yield text((state, "bold"), f": change set {change_set.change_set_id}")
    for change in logged(change_set):
        yield text(f"  {_change(change, currency)}")


def reasons(console: Console, state: TrackState | None, currency: str) -> None:
    """A day's folded reasons, by entity."""
    if state is None or not state.reasons:
        console.print("No tick has left a reason yet.")
        return
    title = f"{state.track_id}: the ticks of {state.reasons_day}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("entity", no_wrap=True)
    table.add_column("times", justify="right")
    table.add_column("last (UTC)")
    table.add_column("why, with the last numbers", overflow="fold")
    shown = ""
    for one in sorted(state.reasons, key=_by_entity):
        name = "" if one.entity_id == shown else one.entity_id
        shown = one.entity_id
        words = text(in_words(one.reason, currency), (f" ({one.reason.code})", "dim"))
        table.add_row(text((name, "bold")), str(one.count), f"{one.last:%H:%M}", words)
    console.print(table)


def _by_entity(one: FoldedReason) -> tuple[str, float]:
    return one.entity_id, -one.last.timestamp()


def approval_data(approval: Approval, change_set: ChangeSet) -> dict[str, Any]:
    """An approval as JSON, with the proposals that it is made of."""
    return {**approval.body(), "proposals": [proposal.body() for proposal in change_set.proposals]}


def approvals(console: Console, waiting: Sequence[tuple[Approval, ChangeSet]], currency: str) -> None:
    """What waits, and how to answer."""
    if not waiting:
        console.print("Nothing waits for a person.")
        return
    for approval, change_set in waiting:
        people = f"{len(approval.decisions)} of {approval.people_needed}"
        console.print(text((approval.approval_id, "bold"), f"  {approval.track_id}"))
        for proposal in change_set.proposals:
            _indented(console, proposal.why)
            for change in proposal.changes:
                _indented(console, _change(change, currency))
            if len(change_set.proposals) > 1:
                _indented(console, f"alone: --only {proposal.proposal_id}", "dim")
        until = f"{approval.expires_at:%Y-%m-%d %H:%M} UTC"
        _indented(console, f"Moves {money(approval.money, currency)}; approved by {people}; expires {until}.")
    console.print("\nTo decide: python -m trimtab approvals approve ID --by YOU, or reject ID --by YOU --reason WHY")


def decided(console: Console, change_set: ChangeSet, currency: str) -> None:
    """What became of a decision."""
    for line in change_set_lines(change_set, currency):
        console.print(line)
    if change_set.state in _NEXT:
        console.print(_NEXT[change_set.state])
