"""Text that comes from outside, made harmless: wherever it is shown, it shows all that it holds, and nothing else."""

import re
from typing import Any

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Characters that show nothing, turn the text around them, or command a terminal: names must not lie."""

LONGEST_NAME = 120


def honest(value: Any) -> Any:
    """Text with its invisible characters spelled out; anything else as it is."""
    if type(value) is str and _UNSEEN.search(value):
        return _UNSEEN.sub(lambda found: f"[U+{ord(found.group()):04X}]", value)
    return value


def one_line(text: str) -> str:
    """A name for the middle of a sentence: without line breaks, and no longer than a sentence bears."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"
