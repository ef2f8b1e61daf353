"""What playing and ticking print: a table for a person, plain data for a program."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from common.decisions.reason_words import in_words
from common.domain.money import MICROS
from common.domain.tenant import Tenant
from common.use_cases.pace import Tick
from sandbox.outcome import OFF_PCT, ChannelResult, Happening, Played
from sandbox.reviews import ReviewedTrack
from trimtab.harmless import text
from trimtab.show_records import change_set_lines


def played_data(played: Played) -> dict[str, Any]:
    """A played scenario as JSON: amounts in micros."""
    return asdict(played)


def played(console: Console, result: Played, store: str, pictures: Path | None = None) -> None:
    """The table that a played scenario ends in, what was out of the ordinary, and where to look next."""
    console.print(_outcome(result))
    for row in result.channels:
        if row.note:
            console.print(text(f"Off its allocation: {row.track_id} {row.channel}, {row.error_pct:+.1f}%: ", row.note))
    if result.happened:
        console.print("\nOut of the ordinary (UTC):")
    for one in result.happened:
        console.print(Padding(_happening(one), (0, 0, 0, 2), expand=False))
    _reviews(console, result)
    console.print(
        f"\n{result.hours} hours, {result.ticks} ticks; approvals answered: {result.approvals}; "
        f"plan drafts answered: {result.drafts}; ticks that came again later: {result.postponed}."
    )
    if pictures is not None and result.stopped:
        console.print(f"\nWhat was paused, and when, is drawn in {pictures}", soft_wrap=True)
    if not store.endswith(":memory:") and result.channels:
        console.print("\nWhere to look next:")
        for line in _next_steps(result.channels[0].track_id, store):
            console.print(line, soft_wrap=True)


_TYPES = {
    "budget_shift": "budget shifts",
    "bid": "bid targets",
    "audience": "exclusions of places",
    "creative": "ads turned on or off",
    "spend_increase": "larger totals that a person agreed to",
}


def _reviews(console: Console, result: Played) -> None:
    tracks = [one for one in result.reviewed if one.landed]
    if tracks:
        console.print(f"\nWhat {result.reviews} deep reviews changed, and why (the largest move of each track):")
    for line in (line for one in tracks for line in _reviewed(one, result.currency)):
        console.print(Padding(line, (0, 0, 0, 2), expand=False))


def _reviewed(one: ReviewedTrack, currency: str) -> Iterator[Text]:
    """One track's reviews: how many changes of each kind, what each channel gained, and the largest move."""
    kinds = ", ".join(f"{count} {_TYPES.get(kind, kind)}" for kind, count in one.landed.items())
    gained = ", ".join(f"{channel} {amount / MICROS:+,.0f}" for channel, amount in one.moved.items() if amount)
    yield text((one.track_id, "bold"), f": {kinds}{f'; {currency} by channel: {gained}' if gained else ''}")
    when = one.largest_at[5:16].replace("T", " ")
    yield text(f"  {when}  {one.why}", (f" Expected: {one.expected}." if one.expected else "", "dim"))


def _happening(one: Happening) -> Text:
    by = "" if one.by == "trimtab" or one.by in one.why else f" by {one.by}"
    by += f", {one.times} times in a row" if one.times > 1 else ""
    when = one.at[5:16].replace("T", " ")
    return text(f"{when}  ", (one.track_id, "bold"), f": {one.why} ", (f"({one.what}{by})", "dim"))


def _next_steps(track: str, store: str) -> Iterator[Text]:
    for command, what in (
        (f"log {track}", "what was changed, by whom and why"),
        (f"why {track}", "why the last day's ticks did what they did, or nothing"),
        ("approvals list", "what waits for a person"),
        ("plan list", "the versions of the plan, and who approved them"),
        ("verify-log", "the log has no gap and explains the live state"),
    ):
        yield text((f"  # {what}\n", "dim"), f"  python -m trimtab {command} --store {store}")


def _outcome(result: Played) -> Table:
    title = f"{result.tenant_id}: how the flight ended ({result.currency})"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("channel", overflow="fold")
    for name in ("planned", "allocated", "spent", "error", "changes", "waiting"):
        table.add_column(name, justify="right", no_wrap=True, min_width=7)
    shown = ""
    for row in result.channels:
        if row.track_id != shown:
            table.add_row(text((row.track_id, "bold")))
            shown = row.track_id
        table.add_row(*_cells(row))
    return table


def _cells(row: ChannelResult) -> Iterator[str | Text]:
    yield f"  {row.channel}"
    for amount in (row.planned, row.allocated, row.spent):
        yield f"{round(amount / MICROS):,}"
    colour = "green" if abs(row.error_pct) <= OFF_PCT else "yellow" if row.error_pct < 0 else "red"
    yield text((f"{row.error_pct:+.2f}%", colour))
    yield str(row.changes)
    yield str(row.waiting)


def tick_data(tick: Tick) -> dict[str, Any]:
    """A tick as JSON."""
    return {
        "tenant": tick.track.tenant_id,
        "track": tick.track.track_id,
        "window": tick.window.isoformat(),
        "change_sets": [change_set.body() for change_set in tick.change_sets],
        "reasons": [reason.body() for reason in tick.reasons],
    }


def ticks(console: Console, done: Sequence[Tick], tenant: Tenant) -> None:
    """Each tick's change sets and reasons."""
    for tick in done:
        console.print(text((tick.track.track_id, "bold"), f"  {tick.window:%Y-%m-%d %H:%M} UTC"))
        for change_set in tick.change_sets:
            for line in change_set_lines(change_set, tenant.currency):
                console.print(Padding(line, (0, 0, 0, 2), expand=False))
        for reason in tick.reasons:
            words = f"{reason.entity_id or 'track'}: {in_words(reason, tenant.currency)} "
            console.print(Padding(text(words, (f"({reason.code})", "dim")), (0, 0, 0, 2), expand=False))
