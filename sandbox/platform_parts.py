"""What is inside a market's campaigns, as their platform has it: ads that are turned on and off, and parts' figures."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from common.domain.figures import PartFigures
from common.domain.money import MICROS
from sandbox.live import ad_names
from sandbox.market import Market
from sandbox.platform_reports import PartDay


class Ad(NamedTuple):
    """An ad, by the name of its line in the market and its own. Outside its name is `track/channel/ad`."""

    line: str
    name: str


def ad_named(external_id: str, market: Market) -> Ad | None:
    """The ad that is called so; `None` where nothing is, or something else."""
    line, _, name = external_id.rpartition("/")
    known = market.lines.get(line)
    return Ad(line, name) if known is not None and name in ad_names(known.channel) else None


def added_up(rows: Sequence[PartDay], last: date, *, of: str | None = None) -> tuple[PartFigures, ...]:
    """Each part's days up to the last one.

    Args:
        of: the line whose ads these are; a geo goes by its own name.
    """
    days: dict[str, list[PartDay]] = {}
    for row in rows:
        if row.day <= last:
            days.setdefault(row.part, []).append(row)
    return tuple(_part(part if of is None else f"{of}/{part}", found) for part, found in days.items())


def _part(name: str, days: Sequence[PartDay]) -> PartFigures:
    return PartFigures(
        name,
        round(sum(day.spend for day in days) * MICROS),
        sum(day.clicks for day in days),
        sum(day.impressions for day in days),
        sum(day.conversions for day in days),
    )
