"""The templates, compiled once."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from common.domain.text import honest

HERE = Path(__file__).parent
STATIC = HERE / "static"


def environment() -> Environment:
    """Templates in which every value is escaped, and foreign text can't hide what it says."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        finalize=honest,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
