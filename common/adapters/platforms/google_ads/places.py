"""What places are called: their canonical names, and where two are called the same, with what kind of place it is.

Names are the same in every process, because whoever names a place looks for its namesakes first; so a name leads back
to one constant, or to none.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from common.adapters.platforms.google_ads import queries
from common.adapters.platforms.google_ads.rows import BadAnswer, Row, text

_KIND = re.compile(r" \([^()]+\)$")
_NUMBERED = "geo target {}"


@dataclass(frozen=True, slots=True)
class Place:
    """A geo target constant."""

    place_id: str
    name: str
    kind: str


@dataclass(slots=True)
class Places:
    """What is known of places. They are constants: what was asked once is not asked again."""

    _called: dict[str, str] = field(default_factory=dict[str, str])

    def names(self, ids: Collection[str], search: Callable[[str], list[Row]]) -> Mapping[str, str]:
        """What these places are called, by their numbers; one that Google gave up goes by its number."""
        new = sorted(set(ids) - self._called.keys())
        if new:
            here = {place.place_id: place for place in map(_place, search(queries.geos_by_id(new)))}
            twins = _by_name(search, {place.name for place in here.values()}) if here else {}
            for place_id in new:
                place = here.get(place_id)
                unknown = _NUMBERED.format(place_id)
                self._called[place_id] = _called(place, twins.get(place.name, ())) if place else unknown
        return {place_id: self._called[place_id] for place_id in ids}

    def resolved(self, names: Iterable[str], search: Callable[[str], list[Row]]) -> Mapping[str, str | tuple[str, ...]]:
        """The place that each name means, by its number; or all that it may mean, none where nothing is called so."""
        wanted = set(names)
        known = {called: place_id for place_id, called in self._called.copy().items()}  # other threads add to it
        new = wanted - known.keys()
        if new:
            found = _by_name(search, {plain for name in new for plain in (name, _KIND.sub("", name))})
            for places in found.values():
                known |= {_called(place, places): place.place_id for place in places}
            self._called |= {place_id: called for called, place_id in known.items()}
            alike = {name: tuple(sorted(_called(one, places) for one in places)) for name, places in found.items()}
        else:
            alike = dict[str, tuple[str, ...]]()
        return {name: known[name] if name in known else alike.get(name, ()) for name in wanted}


def _by_name(search: Callable[[str], list[Row]], names: Collection[str]) -> dict[str, tuple[Place, ...]]:
    found: dict[str, tuple[Place, ...]] = {}
    for place in map(_place, search(queries.geos_by_name(names))):
        found[place.name] = (*found.get(place.name, ()), place)
    return found


def _called(place: Place, namesakes: Collection[Place]) -> str:
    others = [one for one in namesakes if one.place_id != place.place_id]
    if not others:
        return place.name
    alike = any(one.kind == place.kind for one in others)
    return f"{place.name} ({place.kind} {place.place_id})" if alike else f"{place.name} ({place.kind})"


def _place(row: Row) -> Place:
    constant = row.geo_target_constant
    named = re.fullmatch(r"geoTargetConstants/(\d+)", constant.resource_name)
    if named is None:
        raise BadAnswer("a place is no geo target constant")
    return Place(named[1], text(constant, "canonical_name"), constant.target_type)
