"""Text for the terminal. What people and platforms wrote may hold escape sequences, and rich would pass them on."""

from rich.text import Text

from common.domain.text import honest


def text(*parts: str | tuple[str, str]) -> Text:
    """Pieces of text, each perhaps with a style; their control characters are spelled out."""
    shown = [honest(part) if isinstance(part, str) else (honest(part[0]), part[1]) for part in parts]
    return Text.assemble(*shown)
