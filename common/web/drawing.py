"""What a chart consists of, as data: lines, areas and words. A template makes of it what stands in a page.

Matplotlib writes a file for a drawing program, with styles that would hold for the whole page, and ids that two charts
would share. Here only what is seen is kept, and everything that reaches a page is escaped there as any text is.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

_SPACES = re.compile(r"[ \t\r\n]+")
_NUMBER = re.compile(r"-?\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Shape:
    """A line or an area. `path` is SVG's `d`, in pixels."""

    path: str
    fill: str
    stroke: str
    width: str
    dash: str


@dataclass(frozen=True, slots=True)
class Label:
    """Words. `anchor` says which end of them is at x: `start`, `middle` or `end`."""

    x: str
    y: str
    anchor: str
    size: str
    fill: str
    words: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart of `width` times `height` pixels."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
    labels: tuple[Label, ...]


def drawing_of(svg: str, width: int, height: int) -> Drawing:
    """What is seen of an SVG file as Matplotlib writes it, where nothing is clipped, turned or marked."""
    reader = _Reader()
    reader.feed(svg)
    return Drawing(width, height, tuple(reader.shapes), tuple(reader.labels))


class _Reader(HTMLParser):
    """Collects paths and texts; what is only defined, to be used somewhere, is not seen."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[Shape] = []
        self.labels: list[Label] = []
        self._defining = 0
        self._place: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: _short(value or "") for name, value in attrs}
        style = _styles(given.get("style", ""))
        if tag == "defs":
            self._defining += 1
        elif tag == "path" and not self._defining:
            shape = Shape(
                path=given["d"],
                fill=style.get("fill", "none"),
                stroke=style.get("stroke", "none"),
                width=style.get("stroke-width", "1"),
                dash=style.get("stroke-dasharray", "none"),
            )
            if (shape.fill, shape.stroke) != ("none", "none"):
                self.shapes.append(shape)
        elif tag == "text":
            self._place = {**style, **given}

    def handle_endtag(self, tag: str) -> None:
        if tag == "defs":
            self._defining -= 1
        elif tag == "text":
            self._place = None

    def handle_data(self, data: str) -> None:
        place = self._place
        if place is not None:
            self.labels.append(
                Label(
                    x=place["x"],
                    y=place["y"],
                    anchor=place.get("text-anchor", "start"),
                    size=place.get("font-size", "11px"),
                    fill=place.get("fill", "#000000"),
                    words=data,
                )
            )


def _styles(style: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in style.split(";"))
    return {key.strip(): value.strip() for key, _, value in pairs if value}


def _short(value: str) -> str:
    """Tenths of a pixel are fine enough."""
    value = _NUMBER.sub(lambda number: f"{float(number.group()):.1f}".removesuffix(".0"), value)
    return _SPACES.sub(" ", value).strip()
