"""What `verify-log` found, for a person and for a program."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from common.use_cases.verify import Kept, Verified
from trimtab.harmless import text


def verified_data(kept: Kept, tracks: Mapping[str, Verified], where: str | None) -> dict[str, Any]:
    """As JSON. `anchored` is the last entry that an anchor vouches for, `last` the log's last one."""
    return {
        "anchors": {"in": where, "count": len(kept.anchors), "faults": kept.faults},
        "tracks": {
            track: {
                "faults": one.faults,
                "last": one.last,
                "anchored": one.anchoring.up_to,
                "anchor": one.anchoring.newest,
            }
            for track, one in tracks.items()
        },
    }


def verified(console: Console, kept: Kept, tracks: Mapping[str, Verified], where: str | None) -> None:
    """Each track's log: whole, or what is wrong with it; and how far anchors vouch for it."""
    for track, one in tracks.items():
        if not one.faults:
            console.print(text((f"{track}: the log is whole and explains the live state", "green")))
        for fault in one.faults:
            console.print(text((f"{track}: {fault}", "red")))
        console.print(Padding(text((_vouched(one), "dim")), (0, 0, 0, 2), expand=False))
    for line in _anchors(kept, where):
        console.print(line, soft_wrap=True)


def _vouched(one: Verified) -> str:
    newest, up_to, last = one.anchoring.newest, one.anchoring.up_to, one.last
    if newest is None or up_to is None:
        return "no anchor vouches for it: that its end was cut off, or all of it written anew, can't be ruled out"
    if last is None or last <= up_to:
        return f"{newest} vouches for it up to its last entry"
    rest = f"entry {last} is" if last == up_to + 1 else f"entries {up_to + 1} to {last} are"
    return f"{newest} vouches for it up to entry {up_to}; {rest} not anchored yet"


def _anchors(kept: Kept, where: str | None) -> Iterator[Text]:
    if where is None:
        yield text(("Nothing says where anchors are kept: set TRIMTAB_OBJECTS.", "yellow"))
    elif not kept.anchors and not kept.faults:
        yield text((f"There are no anchors in {where}.", "yellow"))
    for fault in kept.faults:
        yield text((f"an anchor in {where} can't be used: {fault}", "red"))
