"""The templates, compiled once."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from common.domain.text import honest

HERE = Path(__file__).parent
STATIC = HERE / "static"


def environment(*more: Path, home: str = "") -> Environment:
    """Templates in which every value is escaped, and foreign text can't hide what it says.

    Args:
        more: folders with further templates, which may build on these.
        home: where the pages for people are: put before the paths of links.
    """
    found = Environment(
        loader=FileSystemLoader([HERE / "templates", *more]),
        autoescape=True,
        finalize=honest,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.globals["home"] = home  # pyright: ignore[reportArgumentType] - jinja names only the types of its own
    return found
