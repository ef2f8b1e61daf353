"""How far live budgets are from a plan, in words: per track, per channel, and what moved them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from common.domain.calendar import TenantCalendar
from common.domain.drift import Cause, CauseKind, ChannelDrift, Direction, Drift, Standing
from common.domain.money import minor_unit, show
from common.web.kpi_words import kpi_said
from common.web.words import own_name, percent, when

_STANDING = {
    Standing.PLANNED: "",
    Standing.UNPLANNED: "has money, but no budget in the plan",
    Standing.UNUSED: "has neither a budget nor money",
    Standing.MISSING: "has a budget, but nothing live bears it",
}


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel: the plan's budget beside what is live."""

    channel: str
    plan: str
    live: str
    delta: str
    percent: str
    rises: bool
    same: bool
    plan_share: float
    """Length of the bar, 0 to 100, against the largest of the track."""
    live_share: float
    note: str
    spent: str
    kpi: str


@dataclass(frozen=True, slots=True)
class CauseRow:
    """One step that moved money, with what it did to each channel."""

    at: str
    by: str
    why: str
    change_set_id: str | None
    moved: list[str]
    """`Google Search -750.00 EUR, 100% of its difference`."""


@dataclass(frozen=True, slots=True)
class DriftView:
    """One track."""

    track_id: str
    plan_version: int
    word: str
    """`on plan`, `4% off plan`."""
    said: str
    over: bool
    away: bool
    """Live is not what the plan says."""
    channels: list[ChannelRow]
    causes: list[CauseRow]


def drift_view(drift: Drift, currency: str, calendar: TenantCalendar) -> DriftView:
    """A drift for a person."""
    return DriftView(
        track_id=drift.track_id,
        plan_version=drift.plan_version,
        word=drift_word(drift),
        said=drift_said(drift, currency),
        over=drift.over,
        away=any(one.delta for one in drift.channels),
        channels=channel_rows(drift, currency),
        causes=cause_rows(drift, currency, calendar),
    )


def drift_word(drift: Drift) -> str:
    """How far, in a word or three."""
    if drift.unplanned:
        return "spends outside the plan"
    return f"{_off(drift.planned_score)} off plan" if drift.planned_score else "on plan"


def drift_said(drift: Drift, currency: str) -> str:
    """How far, in what direction, and whether that is over the limit: a sentence or two."""
    version, limit = f"plan v{drift.plan_version}", f"{_off(drift.threshold)} is the limit"
    if drift.unplanned:
        names = listed(own_name(one) for one in drift.unplanned)
        money = show(drift.unplanned_money, currency)
        far = f"{names} {'has' if len(drift.unplanned) == 1 else 'have'} {money} that {version} has no budget for."
    elif drift.planned_score:
        most = max(drift.channels, key=lambda one: abs(one.delta) / one.plan if one.plan else 0.0)
        side = "over" if most.delta > 0 else "under"
        far = f"{own_name(most.channel)} is {_off(drift.planned_score)} {side} its budget in {version}; {limit}."
    else:
        return f"Live budgets are those of {version}."
    return f"{far} {_direction(drift, currency)}"


def _direction(drift: Drift, currency: str) -> str:
    total = sum(one.delta for one in drift.channels)
    match drift.direction:
        case Direction.UP:
            return f"In all {show(total, currency)} more than planned."
        case Direction.DOWN:
            return f"In all {show(-total, currency)} less than planned."
        case Direction.BETWEEN:
            return "The total is the plan's: channels took from one another."
        case Direction.NONE:
            return ""


def channel_rows(drift: Drift, currency: str) -> list[ChannelRow]:
    """The channels of a track, each with its bars."""
    most = max((max(one.plan, one.live) for one in drift.channels), default=0)
    return [_row(one, most, currency) for one in drift.channels if one.standing is not Standing.UNUSED or one.spent]


def _row(one: ChannelDrift, most: int, currency: str) -> ChannelRow:
    return ChannelRow(
        channel=own_name(one.channel),
        plan=show(one.plan, currency),
        live=show(one.live, currency),
        delta=signed_money(one.delta, currency),
        percent=percent(one.plan, one.live) if one.delta else "",
        rises=one.delta > 0,
        same=not one.delta,
        plan_share=share(one.plan, most),
        live_share=share(one.live, most),
        note=channel_note(one),
        spent=show(one.spent, currency),
        kpi=kpi_said(one.kpi, currency),
    )


def channel_note(one: ChannelDrift) -> str:
    """What is unusual about a channel; empty where nothing is."""
    notes = [_STANDING[one.standing], "is paused" if one.paused else ""]
    return ", and ".join(note for note in notes if note)


def cause_rows(drift: Drift, currency: str, calendar: TenantCalendar) -> list[CauseRow]:
    """What moved a track's money, oldest first: what moved several channels at once is one row."""
    found: dict[int, list[tuple[str, Cause]]] = {}
    for channel in drift.channels:
        for cause in channel.causes:
            found.setdefault(cause.seq, []).append((channel.channel, cause))
    return [_cause(rows, currency, calendar) for _, rows in sorted(found.items())]


def _cause(rows: Sequence[tuple[str, Cause]], currency: str, calendar: TenantCalendar) -> CauseRow:
    first = rows[0][1]
    why = first.why
    if first.kind is CauseKind.START:
        why = "It was allocated so when this plan version became active."
    elif first.kind is CauseKind.EXTERNAL_CHANGE:
        why = f"Changed by hand. {why}"
    return CauseRow(
        at=when(first.at, calendar),
        by="Trimtab" if first.by == "trimtab" else first.by,
        why=why,
        change_set_id=first.change_set_id,
        moved=[f"{own_name(channel)} {signed_money(one.amount, currency)}{_of_it(one.share)}" for channel, one in rows],
    )


def _of_it(part: float | None) -> str:
    if part is None:
        return ""
    return ", all of its difference" if part == 1 else f", {100 * part:.0f}% of its difference"


def signed_money(micros: int, currency: str) -> str:
    """A difference: `+750.00 EUR`, `-0.50 EUR`; what is less than the currency can name is `0.00 EUR`."""
    if abs(micros) < minor_unit(currency):
        return show(0, currency)
    return f"{'+' if micros > 0 else '-'}{show(abs(micros), currency)}"


def share(part: int, most: int) -> float:
    """A bar's length, 0 to 100."""
    return round(100 * part / most, 1) if most > 0 else 0.0


def _off(score: float) -> str:
    figure = f"{100 * score:.1f}".removesuffix(".0")
    return f"{figure}%" if figure != "0" else "under 0.1%"


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: `a, b and c`."""
    *some, last = names
    return f"{', '.join(some)} and {last}" if some else last
