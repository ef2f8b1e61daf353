"""Posts to objects: what Meta takes of them, and what it makes of the market."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from common.domain.errors import Refused
from sandbox.servers.meta.faults import GONE, INVALID, TOO_LITTLE, TOO_OFTEN, Answered
from sandbox.servers.meta.objects import ACTIVE, LEAST_BUDGET, LEAST_CAP, NO_CAP, PAUSED, Named, Objects, Shape

REGIONS = {"1": ("Comunidad de Madrid", "ES"), "2": ("Galicia", "ES"), "3": ("Santiago", "CL"), "4": ("Santiago", "CU")}
"""Some regions by their keys, with their countries."""
_CHANGES_AN_HOUR = 4
_DONE: Answered = (200, {"success": True})
_SHARED = frozenset({Shape.CAMPAIGN, Shape.LIFETIME})


class Writes:
    """Validates posts and does them."""

    def __init__(self, objects: Objects) -> None:
        self._objects, self._market = objects, objects.market
        self._changed: dict[str, list[datetime]] = {}
        self._fields: dict[str, Callable[[str, Named, Any, bool], Answered | None]] = {
            "status": self._status,
            "daily_budget": self._daily_budget,
            "spend_cap": self._spend_cap,
            "bid_amount": self._bid_amount,
            "targeting": self._targeting,
        }

    def post(self, external: str, params: Mapping[str, str], *, do: bool) -> Answered:
        """The answer to a post; with `do` false, what it would be."""
        what = self._objects.named.get(external)
        if what is None:
            return GONE
        for field, value in params.items():
            if field in ("access_token", "execution_options"):
                continue
            write = self._fields.get(field)
            refusal = INVALID if write is None else write(external, what, value, do)
            if refusal is not None:
                return refusal
        return _DONE

    def _status(self, external: str, what: Named, value: Any, do: bool) -> Answered | None:
        if value not in (ACTIVE, PAUSED):
            return INVALID
        if do and what.ad is not None:
            others = self._market.live(what.line).paused_ads - {what.ad}
            self._market.set(what.line, "paused_ads", others | {what.ad} if value == PAUSED else others)
        elif do:
            amounts, others = self._objects.amounts(what.line), self._objects.paused - {external}
            self._objects.paused = others | {external} if value == PAUSED else others
            self._objects.deliver(what.line, amounts)
        return None

    def _daily_budget(self, external: str, what: Named, value: Any, do: bool) -> Answered | None:
        shape, amount = self._objects.shapes[what.line], _whole(value)
        if amount is None or what.ad is not None or (what.ad_set is None) is not (shape in _SHARED):
            return INVALID
        if amount * self._objects.unit < LEAST_BUDGET:
            return TOO_LITTLE
        recent = [at for at in self._changed.get(external, []) if at > self._market.now - timedelta(hours=1)]
        if len(recent) >= _CHANGES_AN_HOUR:
            return TOO_OFTEN
        if do:
            self._changed[external] = [*recent, self._market.now]
            self._set_budget(what, amount * self._objects.unit)
        return None

    def _set_budget(self, what: Named, amount: float) -> None:
        if self._objects.shapes[what.line] is Shape.AD_SETS and what.ad_set is not None:
            amounts = list(self._objects.amounts(what.line))
            amounts[what.ad_set] = amount
            self._objects.deliver(what.line, amounts)
        else:
            self._market.set(what.line, "daily_budget", round(amount, 6))

    def _spend_cap(self, external: str, what: Named, value: Any, do: bool) -> Answered | None:
        amount = _whole(value)
        if amount is None or what.ad is not None or what.ad_set is not None:
            return INVALID
        if not self._market.lines[what.line].channel.native_cap:
            return INVALID
        if amount * self._objects.unit < LEAST_CAP:
            return TOO_LITTLE
        if do:
            cap = None if amount >= NO_CAP else round(amount * self._objects.unit, 6)
            self._market.set(what.line, "native_total", cap)
        return None

    def _bid_amount(self, external: str, what: Named, value: Any, do: bool) -> Answered | None:
        amount = _whole(value)
        if not amount or what.ad_set is None or self._market.live(what.line).bid_target is None:
            return INVALID
        if do:
            self._market.set(what.line, "bid_target", round(amount * self._objects.unit, 6))
        return None

    def _targeting(self, external: str, what: Named, value: Any, do: bool) -> Answered | None:
        """Countries by their codes; where the ad sets then differ, the market has what all of them leave out."""
        spec: dict[str, Any] = json.loads(value)
        if what.ad_set is None or "geo_locations" not in spec:
            return INVALID
        excluded: dict[str, Any] = dict(spec.get("excluded_geo_locations", {}))
        codes = {self._objects.country(geo): geo for geo in self._objects.geos()}
        countries: list[str] = excluded.pop("countries", [])
        regions = {str(one["key"]) for one in excluded.get("regions", [])}
        if not (codes.keys() >= set(countries) and REGIONS.keys() >= regions):
            return INVALID
        if regions:
            excluded["regions"] = [{"key": key, "name": REGIONS[key][0], "country": REGIONS[key][1]} for key in regions]
        if do:
            self._objects.extra_targeting[external] = excluded
            self._leave_out(what.line, external, frozenset(codes[code] for code in countries))
        return None

    def _leave_out(self, line: str, external: str, geos: frozenset[str]) -> None:
        before = self._market.live(line).excluded_geos
        ids = self._objects.ad_set_ids(line)
        now = {one: self._objects.targeting.get(one, before) for one in ids} | {external: geos}
        everywhere = frozenset(geo for geo in geos if all(geo in one for one in now.values()))
        try:
            self._market.set(line, "excluded_geos", everywhere)
        except Refused:  # not among this campaign's own places: Meta takes any
            return
        for one in ids:
            self._objects.targeting.pop(one, None)
            if now[one] != everywhere:
                self._objects.targeting[one] = now[one]


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, str) and value.isdigit() else None
