"""JSON bodies with one thing gone wrong, as in the answers of services: drawn from a seed, to be met again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

Path = tuple[str | int, ...]
"""Where in a body: keys of objects and positions in lists."""

DEPTH = 120
"""How deep a nested value goes: no service answers so, every parser takes it."""
WORDS = ("", " ", "NaN", "12abc", "1,234.56", "1e400", "-5", "٣٤", "0x1F", "\u202e\u0000\ud800", "null")
NUMBERS = (float("nan"), float("inf"), -float("inf"), 2**63, -(2**63), 10**30, 1e308, -1, -0.001, 0.5, 12.000001)
OTHERS: tuple[Any, ...] = ([], {}, [[]], {"value": "1"}, ["1"], True, False)

Change = Callable[[Any, Random], Any]


def mutations(body: Any, seed: int | str, count: int) -> Iterator[tuple[str, Any]]:
    """`count` bodies, each with one thing changed: where and how (`rows[0].spend: is null`), and the body.

    The same arguments give the same bodies. `body` stays as it is; what did not change is shared with it.
    """
    chance = Random(f"mutated:{seed}")
    places = list(_places(body))
    for _ in range(count):
        path, value = chance.choice(places)
        name, change = chance.choice(_fitting(path, value))
        if name == "swapped":
            yield _swapped(body, places, path, value, chance)
        else:
            yield f"{shown(path)}: {name}", _changed(body, path, change, chance)


def shown(path: Path) -> str:
    """A place, as a mutation names it: `results[0].metrics.clicks`; the whole is `(the whole)`."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return steps.removeprefix(".") or "(the whole)"


class _Gone:
    """Takes the place of what is left out."""


def _places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    if isinstance(value, Mapping):
        for key, part in value.items():  # pyright: ignore[reportUnknownVariableType]
            yield from _places(part, (*path, str(key)))  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list):
        for place, part in enumerate(value):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            yield from _places(part, (*path, place))


def _fitting(path: Path, value: Any) -> Sequence[tuple[str, Change]]:
    """What can go wrong with such a value, each as often as the others."""
    common = [*_ANYWHERE, *(_INSIDE if path else ())]
    if isinstance(value, str):
        return [*common, *_TEXT, *_TEXT]
    if isinstance(value, bool) or value is None:
        return common
    if isinstance(value, int | float):
        return [*common, *_NUMBER, *_NUMBER]
    return [*common, *_MANY] if value else common


def _changed(whole: Any, path: Path, change: Change, chance: Random) -> Any:
    """The whole with one part changed; everything beside the way to it is the same object."""
    if not path:
        return change(whole, chance)
    step, rest = path[0], path[1:]
    part = _changed(whole[step], rest, change, chance)
    if isinstance(whole, list):
        changed: list[Any] = [*whole]  # pyright: ignore[reportUnknownVariableType]
        changed[int(step) : int(step) + 1] = [] if part is _Gone else [part]
        return changed
    kept: dict[Any, Any] = {**whole, step: part}
    if part is _Gone:
        del kept[step]
    return kept


def _swapped(body: Any, places: Sequence[tuple[Path, Any]], path: Path, value: Any, chance: Random) -> tuple[str, Any]:
    """The value and another one of the same name change places, as ids of two rows do; of a name of its own: any."""
    leaves = [one for one in places if one[1] != value and not isinstance(one[1], dict | list)]
    alike = [one for one in leaves if one[0][-1:] == path[-1:]]
    other, theirs = chance.choice(alike or leaves or [(path, value)])
    first = _changed(body, path, lambda _, __: theirs, chance)
    return f"{shown(path)}: swapped with {shown(other)}", _changed(first, other, lambda _, __: value, chance)


def _nested(value: Any, _: Random) -> Any:
    for _number in range(DEPTH):
        value = [value]
    return value


def _cut(value: Any, chance: Random) -> Any:
    """A list or object that ends early."""
    keep = chance.randrange(len(value))
    if isinstance(value, list):
        return value[:keep]  # pyright: ignore[reportUnknownVariableType]
    return dict(list(value.items())[:keep])


def _doubled(value: Any, _: Random) -> Any:
    if isinstance(value, list):
        return [*value, *value]  # pyright: ignore[reportUnknownVariableType]
    return {**value, "": dict(value)}


def _renamed(value: Any, chance: Random) -> Any:
    """Keys in the other spelling, or the list's first entry as an object of itself."""
    if isinstance(value, list):
        return {"0": value[0]}  # pyright: ignore[reportUnknownVariableType]
    key = chance.choice(list(value))
    return {("_" + name if name == key else name): part for name, part in value.items()}


_ANYWHERE: tuple[tuple[str, Change], ...] = (
    ("is null", lambda _, __: None),
    ("of another type", lambda _, chance: chance.choice(OTHERS)),
    ("a number", lambda _, chance: chance.choice(NUMBERS)),
    ("a word", lambda _, chance: chance.choice(WORDS)),
    ("deeply nested", _nested),
)
_INSIDE: tuple[tuple[str, Change], ...] = (("left out", lambda _, __: _Gone), ("left out", lambda _, __: _Gone))
_TEXT: tuple[tuple[str, Change], ...] = (
    ("empty", lambda _, __: ""),
    ("a number in words", lambda _, chance: str(chance.choice(NUMBERS))),
    ("negative", lambda text, _: f"-{text}"),
    ("of another kind", lambda _, __: "SOMETHING_NEW"),
    ("longer", lambda text, _: f"{text} \u00e9\u4e2d\U0001f600"),
    ("cut off", lambda text, chance: text[: chance.randrange(len(text) or 1)]),
    ("swapped", lambda text, _: text),
)
_NUMBER: tuple[tuple[str, Change], ...] = (
    ("as text", lambda number, _: str(number)),
    ("negative", lambda number, _: -number - 1),
    ("huge", lambda number, _: (int(number) + 1) * 10**20),
    ("a fraction", lambda number, _: number + 0.123456789),
    ("swapped", lambda number, _: number),
)
_MANY: tuple[tuple[str, Change], ...] = (
    ("empty", lambda value, _: type(value)()),
    ("ends early", _cut),
    ("doubled", _doubled),
    ("renamed", _renamed),
)
