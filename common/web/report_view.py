"""A report as one page that needs nothing else: styles and charts are in it, numbers are as its tenant writes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Template

from common.domain.drift import CauseKind, Drift
from common.domain.kpi import KpiReading
from common.domain.report import ChangelogDay, ChannelLine, Report, TrackReport, TrackStatus
from common.web.charts import NARROW, WIDE, pacing_chart
from common.web.drawing import Drawing
from common.web.pages import environment
from common.web.report_words import ReportWords
from common.web.words import own_name

RECENT_DAYS = 10
"""Days of the changelog that stand open; older ones are folded away."""
MOST_CAUSES = 8
"""Steps that moved money which are listed; the rest is summed up."""

STATUS = {
    TrackStatus.NOT_BEGUN: ("not begun", "calm"),
    TrackStatus.OVER: ("flight over", "calm"),
    TrackStatus.ON_PLAN: ("on plan", "good"),
    TrackStatus.BEHIND: ("behind plan", "look"),
    TrackStatus.AHEAD: ("ahead of plan", "look"),
    TrackStatus.DRIFTED: ("away from the plan", "look"),
    TrackStatus.STOPPED: ("stopped", "act"),
}
"""A status as a word, and how much it asks for."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A channel's budget: what is live, what of it is spent, and where the plan is. Lengths of 0 to 100."""

    live: float
    spent: float
    plan: float
    said: str


@dataclass(frozen=True, slots=True)
class Scale:
    """A KPI with its interval and its target on one scale of 0 to 100; `None` for what is not known."""

    value: float
    low: float | None
    high: float | None
    target: float | None
    said: str


@dataclass(frozen=True, slots=True)
class CauseView:
    """A step that moved money away from the plan, or back, with what it did to each channel."""

    at: str
    who: str
    why: str
    moved: list[str]


@dataclass(frozen=True, slots=True)
class TrackView:
    """What of a track is not written as it stands in the report."""

    of: TrackReport
    word: str
    tone: str
    wide_chart: Drawing
    narrow_chart: Drawing
    curve: str
    bars: dict[str, Bar]
    scale: Scale | None
    causes: list[CauseView]
    more_causes: int
    recent: Sequence[ChangelogDay]
    older: Sequence[ChangelogDay]


def report_page(report: Report) -> bytes:
    """The page, as UTF-8.

    Raises:
        InvalidInput: the tenant's locale is none.
    """
    words = ReportWords.of(report)
    tracks = [_track(track, report, words) for track in report.tracks]
    word, tone = STATUS[report.status]
    page = _template().render(report=report, tracks=tracks, words=words, n=words.numbers, word=word, tone=tone)
    return page.encode()


@lru_cache(maxsize=1)
def _template() -> Template:
    templates = environment()
    templates.filters["own_name"] = own_name
    return templates.get_template("report.html")


def _track(track: TrackReport, report: Report, words: ReportWords) -> TrackView:
    word, tone = STATUS[track.status]
    said = words.pacing(track.pacing, track.budget)
    wide, narrow = (pacing_chart(track.pacing, report.made_at, words.numbers, size) for size in (WIDE, NARROW))
    causes = _causes(track.drift, words)
    return TrackView(
        of=track,
        word=word,
        tone=tone,
        wide_chart=wide,
        narrow_chart=narrow,
        curve=said,
        bars={line.channel: _bar(line, track.channels, words) for line in track.channels},
        scale=_scale(track.kpi, words),
        causes=causes[:MOST_CAUSES],
        more_causes=len(causes[MOST_CAUSES:]),
        recent=track.changelog[:RECENT_DAYS],
        older=track.changelog[RECENT_DAYS:],
    )


def _bar(line: ChannelLine, lines: Iterable[ChannelLine], words: ReportWords) -> Bar:
    most = max(max(one.plan, one.live, one.spent) for one in lines) or 1
    live, spent, plan = (round(100 * amount / most, 1) for amount in (line.live, line.spent, line.plan))
    write = words.numbers.whole
    return Bar(live, spent, plan, f"{write(line.live)} live, {write(line.spent)} spent; {write(line.plan)} in the plan")


def _scale(kpi: KpiReading | None, words: ReportWords) -> Scale | None:
    if kpi is None or kpi.value is None:
        return None
    known = [end for end in (kpi.value, kpi.high, kpi.target) if end is not None]
    whole = max(known) * 1.1 or 1.0
    low, high, target = (
        None if end is None else round(100 * end / whole, 1) for end in (kpi.low, kpi.high, kpi.target)
    )
    said = f"{words.metric(kpi)} {words.ratio(kpi, kpi.value)}, target {words.ratio(kpi, kpi.target)}"
    return Scale(round(100 * kpi.value / whole, 1), low, high, target, said)


def _causes(drift: Drift, words: ReportWords) -> list[CauseView]:
    """The steps behind a drift, the largest first; each is told once, with all channels that it moved."""
    steps: dict[int, list[tuple[str, int, float | None]]] = {}
    told: dict[int, tuple[str, str, str]] = {}
    for channel in drift.channels:
        for cause in channel.causes:
            steps.setdefault(cause.seq, []).append((channel.channel, cause.amount, cause.share))
            start = cause.kind is CauseKind.START
            why = "So it was when the plan version became active." if start else cause.why
            told[cause.seq] = (words.numbers.when(cause.at), words.who(cause.by), why)
    order = sorted(steps, key=lambda seq: (-sum(abs(amount) for _, amount, _ in steps[seq]), seq))
    return [CauseView(*told[seq], [_share(*moved, words) for moved in steps[seq]]) for seq in order]


def _share(channel: str, amount: int, share: float | None, words: ReportWords) -> str:
    part = "" if share is None else f", {words.numbers.percent(100 * share)} of its difference"
    return f"{own_name(channel)} {words.numbers.signed(amount)}{part}"
