"""The command that looks at what was set aside, and sends it again."""

import json
import os
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from common.domain.errors import Refused
from common.domain.text import one_line
from common.use_cases.redrive import MOST_TIMES, Fate, Looked
from trimtab.commands import AsJson, emit, told
from trimtab.harmless import text

_WORDS = {
    Fate.SEND: "is meant",
    Fate.OTHER: "has another reason",
    Fate.NO_MESSAGE: "only tells of something: mend it, then --discard",
    Fate.TOO_OFTEN: f"came back {MOST_TIMES} times: find out why, then --anyway or --discard",
    Fate.LATER: "is more than --limit",
}


def add_to(app: typer.Typer) -> None:
    """Make it a command of the program."""
    app.command("redrive")(redrive)


def redrive(
    topic: Annotated[str, typer.Argument(help="The topic whose dead letters are meant: pacing-ticks.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show them, and leave them where they are.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 1000,
    only: Annotated[str, typer.Option(help="Those whose reason has this in it.")] = "",
    anyway: Annotated[bool, typer.Option("--anyway", help="Those too that came back each time.")] = False,
    discard: Annotated[
        Path | None, typer.Option(help="Remove them instead; a line with each goes to this file first.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send again what was set aside of a topic, once what stood in its way is mended.

    Exit code 1: some were left that another try does not help.
    """
    with told():
        from common.adapters.system_clock import SystemClock
        from common.bootstrap.set_aside import post_of
        from common.settings import from_environment
        from common.use_cases import redrive as use_case

        if dry_run and discard is not None:
            raise Refused("--dry-run and --discard: say which")
        letters, bus = post_of(from_environment())
        now = SystemClock().now()
        found = use_case.look(letters, use_case.Wanted(topic, limit, only, anyway), now)
        if dry_run:
            letters.give_back(topic, [one.letter for one in found])
            done = "nothing was changed"
        elif discard is not None:
            count = use_case.discard(letters, topic, found, lambda gone: _kept(discard, topic, gone, now))
            done = f"{count} removed, with a copy in {discard}"
        else:
            done = f"{use_case.send_again(letters, bus, topic, found)} sent again"
        data = {"topic": topic, "done": done, "letters": [_data(one) for one in found]}
        emit(as_json, data, lambda console: _shown(console, topic, found, done))
        if discard is None and any(one.fate in (Fate.NO_MESSAGE, Fate.TOO_OFTEN) for one in found):
            raise typer.Exit(1)


def _data(one: Looked) -> dict[str, Any]:
    return {
        "message_id": one.letter.message_id,
        "set_aside_at": one.letter.published,
        "reason": one.reason,
        "redriven": one.times,
        "fate": one.fate.value,
    }


def _shown(console: Console, topic: str, found: Sequence[Looked], done: str) -> None:
    """Each reason once, with how many there are of it."""
    counted = Counter((one.reason, one.fate) for one in found)
    for (reason, fate), count in counted.most_common():
        console.print(text(f"{count:>5}  ", (one_line(reason)[:300], "bold"), f"  {_WORDS[fate]}"), soft_wrap=True)
    console.print(f"{topic}: {len(found)} set aside; {done}.")


def _kept(file: Path, topic: str, gone: Sequence[Looked], now: datetime) -> None:
    """A line of JSON for each, on the disk before anything is removed."""
    with file.open("a", encoding="utf-8") as out:
        for one in gone:
            line = {
                **_data(one),
                "topic": topic,
                "discarded_at": now,
                "attributes": dict(one.letter.message.attributes),
                "data": b64encode(one.letter.message.data).decode(),
            }
            out.write(json.dumps(line, default=str) + "\n")
        out.flush()
        os.fsync(out.fileno())
