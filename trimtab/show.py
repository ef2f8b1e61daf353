"""What the commands print: tables for a person, plain data for a program."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from common.domain.approval import Approval
from common.domain.change_set import ChangeSet
from common.domain.log_entry import LogEntry, LoggedChange
from common.domain.money import MICROS
from common.domain.money import show as money
from common.domain.state import TrackState
from common.use_cases.pace import Tick
from common.use_cases.wording import worded
from sandbox.play import OFF_PLAN_PCT, Played


def played_data(played: Played) -> dict[str, Any]:
    """A played scenario as JSON: amounts in micros."""
    return asdict(played)


def played(console: Console, result: Played, store: str) -> None:
    """The table that a played scenario ends in, what was out of the ordinary, and where to look next."""
    console.print(_outcome(result))
    for row in result.channels:
        if row.note:
            console.print(f"Off plan: [bold]{row.track_id}[/bold] {row.channel}, {row.error_pct:+.1f}%: {row.note}")
    if result.happened:
        console.print("Out of the ordinary (UTC):")
    for one in result.happened:
        by = "" if one.by == "trimtab" else f", by {one.by}"
        console.print(
            f"  {one.at[5:16].replace('T', ' ')}  [bold]{one.track_id}[/bold]: {one.why} [dim]({one.what}{by})[/dim]"
        )
    console.print(
        f"\n{result.hours} hours, {result.ticks} ticks, {result.approvals} approvals answered, "
        f"{result.postponed} ticks came again later."
    )
    if store.endswith(":memory:"):
        return
    track = result.channels[0].track_id if result.channels else "TRACK"
    console.print("\nWhere to look next:")
    for command, what in (
        (f"log {track}", "what was changed, by whom and why"),
        (f"why {track}", "why the last day's ticks did what they did, or nothing"),
        ("verify-log", "the log has no gap and explains the live state"),
    ):
        console.print(f"  python -m trimtab {command} --store {store}   [dim]{what}[/dim]", soft_wrap=True)


def _outcome(result: Played) -> Table:
    table = Table(
        title=f"{result.tenant_id}: how the flight ended ({result.currency})", box=SIMPLE_HEAD, padding=(0, 1)
    )
    table.add_column("channel", no_wrap=True)
    for name in ("planned", "allocated", "spent", "error", "changes", "waiting"):
        table.add_column(name, justify="right", no_wrap=True)
    shown = ""
    for row in result.channels:
        if row.track_id != shown:
            table.add_row(f"[bold]{row.track_id}[/bold]")
            shown = row.track_id
        colour = "green" if abs(row.error_pct) <= OFF_PLAN_PCT else "yellow" if row.error_pct < 0 else "red"
        table.add_row(
            f"  {row.channel}",
            *(f"{round(amount / MICROS):,}" for amount in (row.planned, row.allocated, row.spent)),
            f"[{colour}]{row.error_pct:+.2f}%[/{colour}]",
            str(row.changes),
            str(row.waiting),
        )
    return table


def tick_data(tick: Tick) -> dict[str, Any]:
    """A tick as JSON."""
    return {
        "tenant": tick.track.tenant_id,
        "track": tick.track.track_id,
        "window": tick.window.isoformat(),
        "change_sets": [change_set.body() for change_set in tick.change_sets],
        "reasons": [reason.body() for reason in tick.reasons],
    }


def ticks(console: Console, done: Sequence[Tick]) -> None:
    """Each tick's change sets and reasons."""
    for tick in done:
        console.print(f"[bold]{tick.track.track_id}[/bold] {tick.window:%Y-%m-%d %H:%M} UTC")
        for change_set in tick.change_sets:
            console.print(f"  {change_set.state.value}: {change_set.change_set_id}")
        for reason in tick.reasons:
            console.print(f"  {reason.entity_id or 'track'}: {_reason(reason.code, reason.measured, reason.limit)}")


def _reason(code: str, measured: object, limit: object) -> str:
    numbers = [f"{name} {value}" for name, value in (("measured", measured), ("limit", limit)) if value is not None]
    return f"{code} ({', '.join(numbers)})" if numbers else code


def log(console: Console, entries: Sequence[LogEntry], currency: str) -> None:
    """Log entries, newest first."""
    table = Table()
    for name in ("seq", "rev", "when (UTC)", "what", "who", "changes", "why"):
        table.add_column(name, overflow="fold")
    for entry in entries:
        changes = "\n".join(_change(change, currency) for change in entry.changes[:6])
        more = len(entry.changes) - 6
        table.add_row(
            str(entry.seq),
            "" if entry.revision is None else str(entry.revision),
            f"{entry.at:%Y-%m-%d %H:%M}",
            entry.kind.value,
            entry.by,
            changes + (f"\n(+{more} more)" if more > 0 else ""),
            entry.why,
        )
    console.print(table)


def _change(change: LoggedChange, currency: str) -> str:
    before, after = (worded(change.setting, value, currency) for value in (change.before, change.after))
    failed = "" if change.outcome in ("applied", "already", "proposed") else f" [{change.code or change.outcome}]"
    return f"{change.entity_id} {change.setting}: {before} → {after}{failed}"


def reasons(console: Console, state: TrackState | None) -> None:
    """A day's folded reasons."""
    if state is None or not state.reasons:
        console.print("No tick has left a reason yet.")
        return
    table = Table(title=f"{state.track_id}, {state.reasons_day}")
    for name in ("entity", "reason", "measured", "limit", "times", "last (UTC)"):
        table.add_column(name)
    for one in state.reasons:
        measured, limit = one.reason.measured, one.reason.limit
        row = [one.entity_id, one.reason.code, *("" if v is None else str(v) for v in (measured, limit))]
        table.add_row(*row, str(one.count), f"{one.last:%H:%M}")
    console.print(table)


def approvals(console: Console, found: Sequence[Approval], currency: str) -> None:
    """What waits."""
    if not found:
        console.print("Nothing waits for a person.")
        return
    table = Table()
    for name in ("approval", "track", "what", "money", "people", "until (UTC)"):
        table.add_column(name, overflow="fold")
    for one in found:
        table.add_row(
            one.approval_id,
            one.track_id,
            one.summary,
            money(one.money, currency),
            f"{len(one.decisions)} of {one.people_needed}",
            f"{one.expires_at:%Y-%m-%d %H:%M}",
        )
    console.print(table)


def decided(console: Console, change_set: ChangeSet) -> None:
    """What became of a decision."""
    console.print(f"{change_set.change_set_id} is {change_set.state.value}.")
    for result in change_set.results:
        console.print(f"  {result.entity_id} {result.setting}: {result.outcome.value} {result.code or ''}")


def verified(console: Console, faults: Mapping[str, Sequence[str]]) -> None:
    """Each track's log: whole, or what is wrong with it."""
    for track, found in faults.items():
        if not found:
            console.print(f"[green]{track}: the log is whole and explains the live state[/green]")
        for fault in found:
            console.print(f"[red]{track}: {fault}[/red]")
