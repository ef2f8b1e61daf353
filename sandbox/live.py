"""The settings of a campaign that are live on its platform, and what may be written there."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite
from typing import Any, Literal

from common.domain.errors import Refused
from sandbox.scenario import Channel

Field = Literal["daily_budget", "bid_target", "native_total", "status", "paused_ads", "excluded_geos"]
Value = float | str | frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Live:
    """Amounts in currency units; `native_total` is the platform's own total for the flight (`None`: none is set)."""

    daily_budget: float
    bid_target: float | None = None
    native_total: float | None = None
    status: Literal["enabled", "paused"] = "enabled"
    paused_ads: frozenset[str] = frozenset()
    excluded_geos: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that changed, and whether somebody did it by hand on the platform."""

    at: datetime
    field: Field
    value: Value
    by_hand: bool


def ad_names(channel: Channel) -> tuple[str, ...]:
    """`ad-1`, `ad-2`, ..."""
    return tuple(f"ad-{number}" for number in range(1, channel.ads + 1))


def geo_names(channel: Channel) -> tuple[str, ...]:
    """`geo-1`, `geo-2`, ..."""
    return tuple(f"geo-{number}" for number in range(1, channel.geos + 1))


def written(live: Live, channel: Channel, field: Field, value: Any) -> Live:
    """The settings once the platform took a write.

    Raises:
        Refused: the campaign has no such setting, or it can't have this value.
    """
    refusal = _REFUSALS[field](channel, value)
    if refusal:
        raise Refused(f"{channel.channel}: {field} can't be {value!r}: {refusal}")
    return replace(live, **{field: frozenset(value) if field in ("paused_ads", "excluded_geos") else value})


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0


def _budget(_: Channel, value: Any) -> str | None:
    return None if _is_amount(value) else "an amount, zero or more, is needed"


def _bid(channel: Channel, value: Any) -> str | None:
    if channel.bid is None:
        return "the channel has no bid target"
    return None if _is_amount(value) and value > 0 else "an amount over zero is needed"


def _native(channel: Channel, value: Any) -> str | None:
    if not channel.native_cap:
        return "the platform takes no total budget"
    return None if value is None or _is_amount(value) else "an amount, zero or more, or none is needed"


def _status(_: Channel, value: Any) -> str | None:
    return None if value in ("enabled", "paused") else "it is enabled or paused"


def _ads(channel: Channel, value: Any) -> str | None:
    return _unknown(value, ad_names(channel))


def _geos(channel: Channel, value: Any) -> str | None:
    return _unknown(value, geo_names(channel))


def _unknown(names: Any, known: tuple[str, ...]) -> str | None:
    unknown = sorted(set(names) - set(known))
    return f"{', '.join(unknown)} is not among {known[0]} to {known[-1]}" if unknown else None


_REFUSALS: dict[Field, Callable[[Channel, Any], str | None]] = {
    "daily_budget": _budget,
    "bid_target": _bid,
    "native_total": _native,
    "status": _status,
    "paused_ads": _ads,
    "excluded_geos": _geos,
}
