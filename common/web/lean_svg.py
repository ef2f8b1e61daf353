"""An SVG drawing of Matplotlib's as it can stand in a page: what it draws and says, and nothing else.

Its styles become attributes, so that no policy against inline styles hides them and a page's own style has the last
word. Its ids go, since two charts in a page would have the same.
"""

import re
from xml.etree import ElementTree

_SVG = "http://www.w3.org/2000/svg"
_SPACES = re.compile(r"[ \t\r\n]+")
_NUMBER = re.compile(r"-?\d+\.\d+")
_KEPT = frozenset(
    {"stroke", "stroke-width", "stroke-dasharray", "stroke-dashoffset", "fill", "text-anchor", "font-size"}
)


def lean(drawing: str, title: str, said: str) -> str:
    """The drawing as an `svg` element for a page.

    Args:
        title: its name, for who does not see it.
        said: what it shows, in words.
    """
    root = ElementTree.fromstring(drawing[drawing.index("<svg") :])  # noqa: S314 - of our own making
    for parent in list(root.iter()):
        for child in list(parent):
            if _name(child) in ("metadata", "defs") or (_name(child) == "g" and not _draws(child)):
                parent.remove(child)
    for element in root.iter():
        element.tag, element.tail = _name(element), None
        element.text = _SPACES.sub(" ", element.text).strip() if element.text and element.text.strip() else None
        element.attrib = dict(_attributes(element))
    box = root.get("viewBox", "")
    root.attrib = {"viewBox": box, "role": "img", "aria-label": f"{title}. {said}", "stroke-linejoin": "round"}
    return ElementTree.tostring(root, encoding="unicode")


def _name(element: ElementTree.Element) -> str:
    return element.tag.removeprefix(f"{{{_SVG}}}")


def _draws(element: ElementTree.Element) -> bool:
    return any(_name(one) in ("path", "text", "use") for one in element.iter())


def _attributes(element: ElementTree.Element) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in element.attrib.items():
        if name == "style":
            pairs = (part.partition(":") for part in value.split(";"))
            styles = [(key.strip(), _rounded(item.strip())) for key, _, item in pairs]
            found += [(key, item) for key, item in styles if key in _KEPT]
        elif name in ("d", "x", "y"):
            found.append((name, _SPACES.sub(" ", _rounded(value)).strip()))
        elif name in ("href", "viewBox", "width", "height"):
            found.append((name, value))
    return found


def _rounded(value: str) -> str:
    """Tenths of a pixel are fine enough."""
    return _NUMBER.sub(lambda number: f"{float(number.group()):.1f}".removesuffix(".0"), value)
