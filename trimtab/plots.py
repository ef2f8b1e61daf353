"""Pictures of what was paused in an emergency: the figure that moved, what was usual, and the moment of the pause."""

# pyright: basic

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from common.decisions.anomaly.alarms import Kind
from sandbox.line import Line
from sandbox.outcome import Stopped
from sandbox.play import Player

BEFORE, AFTER = timedelta(hours=24), timedelta(hours=14)
"""How much is shown around a pause."""
WIDTH, HEIGHT = 9.0, 3.0
"""Of each picture, in inches."""
USUAL, SEEN, PAUSED = "#8a8f98", "#1f6feb", "#c62f2f"


@dataclass(frozen=True, slots=True)
class Curve:
    """One figure by hour, beside what was usual."""

    title: str
    unit: str
    hours: Sequence[datetime]
    """Local starts of hours."""
    seen: Sequence[float]
    usual: Sequence[float]
    paused: datetime


def draw_pauses(player: Player, file: Path) -> bool:
    """Draw the first pause of each kind into an SVG file. Returns whether there was any."""
    curves = list(_curves(player))
    if not curves:
        return False
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT * len(curves)), layout="constrained")
    for number, curve in enumerate(curves, 1):
        _draw(figure.add_subplot(len(curves), 1, number), curve)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, format="svg", metadata={"Date": None})
    return True


def _draw(axes: Any, curve: Curve) -> None:
    from matplotlib.dates import ConciseDateFormatter

    axes.step(curve.hours, curve.usual, where="post", color=USUAL, label="usual")
    axes.step(curve.hours, curve.seen, where="post", color=SEEN, label="seen")
    axes.axvline(curve.paused, color=PAUSED, linestyle="--", label=f"paused {curve.paused:%a %H:%M}")
    axes.set_title(curve.title, loc="left", fontsize=10)
    axes.set_ylabel(curve.unit)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator(), tz=curve.paused.tzinfo))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", frameon=False, fontsize=8)


def _curves(player: Player) -> Iterator[Curve]:
    shown = set[Kind]()
    for stopped in player.played.stopped:
        kind = stopped.alarm.kind
        if kind not in shown and kind in _DRAWN:
            shown.add(kind)
            yield _DRAWN[kind](player, stopped)


def _around(player: Player, at: datetime) -> range:
    hours = player.world.market.hours
    return range(max(hours.flight_start, hours.index(at - BEFORE)), min(hours.flight_end, hours.index(at + AFTER)))


def _spend(player: Player, stopped: Stopped) -> Curve:
    market, shown = player.world.market, _around(player, stopped.at)
    line = market.lines[f"{stopped.track_id}/{stopped.alarm.target}"]
    return Curve(
        title=f"{stopped.track_id} {stopped.alarm.target}: spend an hour, and the budget's usual share of the hour",
        unit=player.scenario.currency,
        hours=_locals(player, shown),
        seen=[line.spending.by_hour[hour] for hour in shown],
        usual=[line.settings(hour).daily_budget * _share(player, line, hour) for hour in shown],
        paused=market.hours.calendar.local(stopped.at),
    )


def _share(player: Player, line: Line, hour: int) -> float:
    """What an hour usually has of its day's spend."""
    hours = player.world.market.hours
    day = hours.day(hour)
    return line.days.shape(day).even[hour - hours.first[day]]


def _sessions(player: Player, stopped: Stopped) -> Curve:
    market, shown = player.world.market, _around(player, stopped.at)
    first = market.hours.instant(shown.start)
    names = [name for name, line in market.lines.items() if line.track.track_id == stopped.track_id]
    seen, usual = dict.fromkeys(shown, 0.0), dict.fromkeys(shown, 0.0)
    for rows in (market.sources.ga4_hours(names, first) or {}).values():
        for row in rows:
            _add(seen, market.hours.index(row.hour), row.sessions)
    for name in names:
        ratio = market.lines[name].channel.sessions_per_click
        for row in market.sources.platform_hours(name, first):
            _add(usual, market.hours.index(row.start), row.clicks * ratio)
    return Curve(
        title=f"{stopped.track_id}: sessions an hour that GA4 sees, and those that the clicks should bring",
        unit="sessions",
        hours=_locals(player, shown),
        seen=list(seen.values()),
        usual=list(usual.values()),
        paused=market.hours.calendar.local(stopped.at),
    )


def _add(by_hour: dict[int, float], hour: int, amount: float) -> None:
    if hour in by_hour:
        by_hour[hour] += amount


def _locals(player: Player, shown: range) -> list[datetime]:
    hours = player.world.market.hours
    return [hours.calendar.local(hours.instant(hour)) for hour in shown]


_DRAWN = {Kind.SPEND: _spend, Kind.SITE: _sessions}
