"""Places that an ad set leaves out, by names that a person can read and that lead back to Meta's keys.

A country goes by its code, a region by its name, since that is what insights call them; any other place by its name
with its kind and key, `Alcobendas (cities 699250)`. Places without a key, such as a circle on the map, have no name
here: they stay as they are.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, cast

from common.adapters.platforms.meta.bodies import Json, objects, text
from common.adapters.platforms.meta.failure import unreadable

EXCLUDED = "excluded_geo_locations"
_CODES = {"countries": re.compile(r"[A-Z]{2}"), "country_groups": re.compile(r"[a-z_]+")}
_REGIONS = "regions"
_KEYED = frozenset(
    [
        "regions",
        "cities",
        "zips",
        "geo_markets",
        "metro_areas",
        "electoral_districts",
        "places",
        "neighborhoods",
        "subneighborhoods",
        "subcities",
        "small_geo_areas",
        "medium_geo_areas",
        "large_geo_areas",
    ]
)
"""Kinds of places that have a key (reference of targeting, `excluded_geo_locations`)."""
_NAMED = re.compile(r".* \((?P<kind>[a-z_]+) (?P<key>[^ ()]+)\)")

Places = dict[str, tuple[str, Any]]
"""By name: the kind of place, and what Meta has for it."""

FindRegion = Callable[[str], Json | None]
"""The one region of this name; `None`: there is none, or several."""


def excluded(targeting: Json) -> Places:
    """The places that a targeting leaves out.

    Raises:
        MetaFailure: it is not what a targeting looks like.
    """
    spec = targeting.get(EXCLUDED)
    if spec is None:
        return {}
    places: Places = {}
    for kind, entries in objects(spec, "excluded places").items():
        if kind not in _CODES and kind not in _KEYED:
            continue
        if not isinstance(entries, list):
            raise unreadable("excluded places have no list")
        for one in cast("list[Any]", entries):
            name = _code(kind, one) if kind in _CODES else _name(kind, objects(one, "an excluded place"))
            if name in places:
                name = f"{name} ({kind} {one['key']})" if kind in _KEYED else name
            places[name] = kind, one
    return places


def _code(kind: str, one: Any) -> str:
    if not isinstance(one, str) or _CODES[kind].fullmatch(one) is None:
        raise unreadable("an excluded country has no code")
    return one


def _name(kind: str, place: Json) -> str:
    key, name = text(place, "key"), place.get("name")
    if kind == _REGIONS:
        return text(place, "name")
    return f"{name if isinstance(name, str) and name else key} ({kind} {key})"


def names(targeting: Json) -> tuple[str, ...]:
    """The names of the places that it leaves out, sorted."""
    return tuple(sorted(excluded(targeting)))


def excluding(targeting: Json, wanted: Sequence[str], find: FindRegion) -> Json | str:
    """The targeting that leaves out these places and is the same in all else; or, as text, which name leads nowhere."""
    known = excluded(targeting)
    places: Places = {}
    for name in wanted:
        place = known.get(name) or _place(name, find)
        if place is None:
            return name
        places[name] = place
    spec: dict[str, Any] = dict(cast("Json", targeting.get(EXCLUDED) or {}))
    for kind in {kind for kind, _ in (*known.values(), *places.values())}:
        spec[kind] = [place for of, place in places.values() if of == kind]
    rest = {kind: entries for kind, entries in spec.items() if entries != []}
    return {key: value for key, value in targeting.items() if key != EXCLUDED} | ({EXCLUDED: rest} if rest else {})


def _place(name: str, find: FindRegion) -> tuple[str, Any] | None:
    if _CODES["countries"].fullmatch(name):
        return "countries", name
    keyed = _NAMED.fullmatch(name)
    if keyed and keyed["kind"] in _KEYED:
        return keyed["kind"], {"key": keyed["key"]}
    region = find(name)
    return None if region is None else (_REGIONS, {"key": region["key"], "name": name})
