"""Charts, drawn on the server: lines, areas and words that a template makes an SVG of."""

# pyright: basic

from collections.abc import Callable, Sequence
from datetime import date, datetime
from io import StringIO
from threading import Lock
from typing import Any, NamedTuple

from common.domain.report import CurvePoint, Pacing
from common.web.drawing import Drawing, drawing_of
from common.web.numbers import Numbers

PLANNED, SPENT, BAND, GRID, INK = "#5b6773", "#0b4f8a", "#cfe0f1", "#dde3e8", "#3d4853"
"""Each 4.5:1 on white but for the band and the grid, which carry no meaning alone."""
_ALONE = Lock()
"""Matplotlib's settings are its process's: only one chart is drawn at a time."""


class Size(NamedTuple):
    """A chart's size in CSS pixels at which its text is as large as it says, and how many dates it has room for."""

    width: int
    height: int
    dates: int


WIDE, NARROW = Size(720, 270, 6), Size(350, 250, 3)


def pacing_chart(pacing: Pacing, now: datetime, numbers: Numbers, size: Size) -> Drawing:
    """The pacing curve: planned, spent until now, and forecast with its interval."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    points, days = pacing.points, [point.day for point in pacing.points]
    local = now.astimezone(numbers.zone)
    passed = (local.date() - days[0]).days + (local.hour * 60 + local.minute) / 1440
    with _ALONE, _settings():
        figure = Figure(figsize=(size.width / 72, size.height / 72), layout="constrained")
        axes: Any = figure.add_subplot()
        figure.patch.set_visible(False)
        axes.patch.set_visible(False)
        _curves(axes, points, passed)
        _frame(axes, days, numbers, size)
        drawn = StringIO()
        # `savefig` draws twice, once for the layout, which this does as well while it draws.
        FigureCanvasSVG(figure).print_svg(drawn, metadata={"Date": None})
    return drawing_of(drawn.getvalue(), size.width, size.height)


def _settings() -> Any:
    from matplotlib import rc_context

    return rc_context({"svg.fonttype": "none", "svg.hashsalt": "trimtab", "path.simplify": False, "font.size": 11})


def _curves(axes: Any, points: Sequence[CurvePoint], now: float) -> None:
    """All amounts from the flight's start, in micros; a day's amount stands at its end."""
    ends = range(1, len(points) + 1)
    axes.plot(
        [0, *ends], [0, *(point.planned for point in points)], color=PLANNED, ls=(0, (5, 3)), lw=1.5, label="Plan"
    )
    ahead = [(end, point) for end, point in zip(ends, points, strict=True) if point.forecast is not None]
    spent = [(min(end, now) if ahead else end, one.spent) for end, one in zip(ends, points, strict=True)]
    known = [(0.0, 0), *((x, y) for x, y in spent if y is not None)]
    if ahead:
        last = known[-1]
        x = [last[0], *(end for end, _ in ahead)]
        low, high = ([last[1], *(getattr(point, name) for _, point in ahead)] for name in ("low", "high"))
        axes.fill([*x, *reversed(x)], [*low, *reversed(high)], color=BAND, lw=0, label="90% interval", clip_on=False)
        means = [last[1], *(point.forecast for _, point in ahead)]
        axes.plot(x, means, color=SPENT, ls=(0, (1, 1.6)), lw=2, label="Forecast", clip_on=False)
        axes.axvline(last[0], color=INK, lw=0.8, clip_on=False)
        axes.annotate(
            "now",
            (last[0], 1),
            (-4 if last[0] > len(points) / 2 else 4, -2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            color=INK,
            ha="right" if last[0] > len(points) / 2 else "left",
            va="top",
        )
    if len(known) > 1:
        axes.plot(*zip(*known, strict=True), color=SPENT, lw=2.6, label="Spent", clip_on=False)


def _frame(axes: Any, days: Sequence[date], numbers: Numbers, size: Size) -> None:
    axes.set_xlim(0, len(days))
    axes.set_ylim(bottom=0)
    ticks = _spread(len(days), size.dates)
    axes.set_xticks([*ticks[:-1], len(days)], [numbers.short_day(days[tick]) for tick in ticks])
    axes.yaxis.set_major_locator(_amounts())
    axes.yaxis.set_major_formatter(_as(numbers.compact))
    axes.tick_params(bottom=False, left=False, labelcolor=INK)
    axes.grid(axis="y", color=GRID, lw=0.8, clip_on=False)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    labels = axes.get_xticklabels()
    labels[0].set_ha("left")
    labels[-1].set_ha("right")
    order = {"Plan": 0, "Spent": 1, "Forecast": 2, "90% interval": 3}
    handles, names = axes.get_legend_handles_labels()
    chosen = sorted(zip(names, handles, strict=True), key=lambda one: order[one[0]])
    axes.legend(
        [handle for _, handle in chosen],
        [name for name, _ in chosen],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=4 if size.width > 500 else 2,
        frameon=False,
        labelcolor=INK,
        borderaxespad=0.2,
        handlelength=2.4,
    )


def _spread(days: int, count: int) -> list[int]:
    """The first day, the last, and others about evenly between."""
    if days <= count:
        return list(range(days))
    return [round(number * (days - 1) / (count - 1)) for number in range(count)]


def _amounts() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10])


def _as(words: Callable[[float], str]) -> Any:
    from matplotlib.ticker import FuncFormatter

    return FuncFormatter(lambda value, _: words(value))
