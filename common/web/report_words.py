"""What a report says in words, with its numbers as one tenant writes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from common.domain.change import Setting, Status, Value
from common.domain.drift import Direction, Drift
from common.domain.guardrails import Mode
from common.domain.kpi import KpiReading
from common.domain.log_entry import EntryKind
from common.domain.money import MICROS
from common.domain.report import (
    ChangelogLine,
    Pacing,
    Reconciliation,
    Report,
    Safeguard,
    SafeguardKind,
    SourceState,
    Step,
    Waiting,
)
from common.domain.verticals import Metric
from common.web.connections_view import STATE_WORDS
from common.web.kpi_words import kpi_name, kpi_source
from common.web.numbers import Numbers
from common.web.words import freeze_said, label, own_name, spelled

_MONEY = (Setting.ALLOCATION, Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET)
_KINDS = {
    EntryKind.GENESIS: "Taken on",
    EntryKind.APPLIED: "Changed",
    EntryKind.EXTERNAL_CHANGE: "Changed by hand",
    EntryKind.PLAN_ACTIVATED: "New plan version",
    EntryKind.PREEMPTED: "Cut short by a pause",
    EntryKind.FAILED: "Not made",
    EntryKind.PENDING: "Asked",
    EntryKind.APPROVED: "Approved",
    EntryKind.REJECTED: "Rejected",
    EntryKind.EXPIRED: "Not answered in time",
    EntryKind.BLOCKED: "Not allowed",
    EntryKind.RECOMMENDED: "Recommended",
    EntryKind.NOTE: "Noted",
}


@dataclass(frozen=True, slots=True)
class ReportWords:
    """Words for one report."""

    numbers: Numbers

    @staticmethod
    def of(report: Report) -> "ReportWords":
        """Those of a report's tenant.

        Raises:
            InvalidInput: its locale is none.
        """
        return ReportWords(Numbers(report.locale, report.currency, report.time_zone))

    def pacing(self, pacing: Pacing, budget: int) -> str:
        """The curve's numbers in a sentence."""
        write, today = self.numbers.whole, next((one for one in pacing.points if one.forecast is not None), None)
        if today is None:
            return f"{write(pacing.forecast)} were spent of a plan of {write(budget)}."
        spent = max((one.spent for one in pacing.points if one.spent is not None), default=0)
        return (
            f"{write(spent)} spent so far; the plan has {write(today.planned)} by the end of today. At the end of the"
            f" flight it will be about {write(pacing.forecast)}, with 90% probability between {write(pacing.low)}"
            f" and {write(pacing.high)}; the plan is {write(budget)}."
        )

    def seen(self, pacing: Pacing) -> str:
        """Until when spend is counted."""
        return "No spend was reported yet." if pacing.seen_until is None else self.numbers.when(pacing.seen_until)

    def metric(self, kpi: KpiReading) -> str:
        """`CPA`, `ROAS`, and that it is a proxy."""
        return kpi_name(kpi)

    def ratio(self, kpi: KpiReading, value: float | None) -> str:
        """A value of the KPI: money for a CPA, a plain number for a ROAS."""
        if value is None:
            return "none yet"
        return self.numbers.units(value) if kpi.metric is Metric.CPA else self.numbers.number(value)

    def against_target(self, kpi: KpiReading) -> str:
        """Whether it is better than its target, as far as the interval tells."""
        if kpi.value is None or kpi.target is None:
            return "" if kpi.target is None else "Nothing to divide by yet."
        low, high = (kpi.value if end is None else end for end in (kpi.low, kpi.high))
        lower, higher = high < kpi.target, low > kpi.target
        better, worse = (lower, higher) if kpi.metric is Metric.CPA else (higher, lower)
        if better or worse:
            return f"{'Better' if better else 'Worse'} than the target."
        return "Too close to the target to tell them apart yet."

    def kpi_basis(self, kpi: KpiReading) -> str:
        """What a KPI was read from, and how mature it is."""
        days = f"{self.numbers.day(kpi.since)} to {self.numbers.day(kpi.until)}"
        counted = f"{self.numbers.number(kpi.conversions, 0)} conversions counted by {kpi_source(kpi)}, {days}."
        mature = "" if kpi.maturity is None else f" {self.numbers.percent(100 * kpi.maturity)} of what these days bring"
        proxy = " It is a proxy: it stands for what can't be measured itself." if kpi.proxy else ""
        changing = f" GA4 may still change {kpi.changing} of these days." if kpi.changing else ""
        return f"{counted}{mature + ' should be visible by now.' if mature else ''}{changing}{proxy}"

    def kpi_short(self, kpi: KpiReading | None) -> str:
        """For a table."""
        return "none yet" if kpi is None or kpi.value is None else self.ratio(kpi, kpi.value)

    def drift(self, drift: Drift) -> str:
        """How far live is from the plan."""
        version = f"v{drift.plan_version}"
        if drift.direction is Direction.NONE:
            return f"Live budgets are those of plan {version}."
        limit = f"the threshold is {self.numbers.percent(100 * drift.threshold)}"
        ways = {
            Direction.UP: "in all there is more than planned",
            Direction.DOWN: "in all there is less than planned",
            Direction.BETWEEN: "channels took from each other, the total is the plan's",
        }
        far = f"Live budgets differ by up to {self.numbers.percent(100 * drift.planned_score)} from plan {version}"
        unplanned = f" {' and '.join(map(own_name, drift.unplanned))} has money, but no budget in the plan."
        more = " It stays so until a revision is approved." if drift.over else ""
        return f"{far} ({limit}); {ways[drift.direction]}.{unplanned if drift.unplanned else ''}{more}"

    def who(self, by: str) -> str:
        """Who decided."""
        return "Trimtab" if by == "trimtab" else by

    def kind(self, line: ChangelogLine) -> str:
        """What sort of thing a line tells of."""
        states = {step.after for step in line.steps if step.setting == Setting.STATUS}
        if line.kind is EntryKind.APPLIED and len(states) == 1:
            return "Turned on" if states == {Status.ENABLED.value} else "Turned off"
        return "Pacing" if line.routine else _KINDS.get(line.kind, spelled(line.kind.value))

    def moved(self, line: ChangelogLine) -> list[str]:
        """`Google Search -750,00 €`"""
        return [f"{own_name(channel)} {self.numbers.signed(amount)}" for channel, amount in line.moved.items()]

    def by(self, line: ChangelogLine) -> str:
        """Who decided, and when: `Trimtab, 06:00`."""
        return f"{self.who(line.who)}, {self.numbers.time(line.at)}"

    def budgets(self, line: ChangelogLine) -> list[str]:
        """Routine corrections: `Search 80,00 € → 92,00 €`."""
        return [f"{step.entity}{self._total(step)} {self._moved(step)}" for step in line.steps]

    def steps(self, line: ChangelogLine) -> list[str]:
        """`Search: daily budget 80,00 € → 92,00 €`"""
        return [f"{step.entity}: {label(step.setting).lower()} {self._moved(step)}" for step in line.steps]

    def _moved(self, step: Step) -> str:
        before, after = self.value(step.setting, step.before), self.value(step.setting, step.after)
        return f"{before} → {after}" if before != after else f"{after}, moved and back"

    def _total(self, step: Step) -> str:
        return ", total on the platform" if step.setting == Setting.TOTAL_BUDGET else ""

    def value(self, setting: str, value: Value) -> str:
        """A setting's value."""
        if value is None or value == ():
            return "none"
        if setting == Setting.STATUS:
            return "on" if value == Status.ENABLED else str(value)
        if isinstance(value, int):
            return self.numbers.money(value) if setting in _MONEY else self.numbers.number(value / MICROS)
        return ", ".join(value) if isinstance(value, tuple) else value

    def setting(self, name: str) -> str:
        """A setting's name."""
        return label(name)

    def waiting(self, one: Waiting) -> str:
        """What a request moves, whom it needs, and until when."""
        people = "; two people must agree" if one.people_needed > 1 else ""
        return f"Moves {self.numbers.money(one.money)}{people}. Until {self.numbers.when(one.expires_at)}."

    def safeguard(self, one: Safeguard) -> str:
        """What is held, since when and why."""
        since = "" if one.since is None else f" since {self.numbers.when(one.since)}"
        if one.freeze is not None:
            return freeze_said(one.freeze, self.numbers.currency, since)
        return _SAFEGUARDS[one.kind](one, since)

    def connection(self, one: SourceState) -> str:
        """How a source is connected, since when."""
        return f"{own_name(one.source)}: {STATE_WORDS[one.state]} since {self.numbers.when(one.since)}"

    def reconciled(self, found: Reconciliation) -> str:
        """Whether plan and changelog give what is live."""
        if not found.differences:
            live = self.numbers.money(sum(found.live.values()))
            return f"The plan's budgets and every move listed here come to what is live, {live}, to the last micro."
        apart = [f"{own_name(name)} by {self.numbers.signed(amount)}" for name, amount in found.differences.items()]
        return f"What is listed here does not explain what is live: {', '.join(apart)}. Please tell us."


def _switch(one: Safeguard, since: str) -> str:
    who, why = f" by {one.by}" if one.by else "", one.reason or "no reason given"
    return f"The kill switch for {one.subject} is on{who}{since}: {why}. Only emergency pauses go out."


def _pause(one: Safeguard, since: str) -> str:
    what = {"track": "The whole track", "channel": f"All of {own_name(one.subject)}"}.get(one.scope, one.subject)
    return f"{what} is paused{since}: {spelled(one.reason).lower()}."


def _mode(one: Safeguard, _: str) -> str:
    what = spelled(one.subject)
    if one.reason == Mode.SHADOW:
        return f"{what}: only tried out. Such changes are decided and logged, and nothing is changed."
    return f"{what}: only advised. Every such change waits for a person."


_SAFEGUARDS: Mapping[SafeguardKind, Callable[[Safeguard, str], str]] = {
    SafeguardKind.KILL_SWITCH: _switch,
    SafeguardKind.PAUSE: _pause,
    SafeguardKind.DEGRADED: lambda _, __: "Without GA4: platform and CRM signals only, and the tighter limits.",
    SafeguardKind.MODE: _mode,
}
