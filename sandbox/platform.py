"""The market as an advertising platform: what a real adapter gives, with the scenario's failures of calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from common.domain.calendar import HOUR
from common.domain.change import Setting, Status, Value
from common.domain.errors import Refused
from common.domain.figures import DayFigures, DaysReport, FiguresReport, HourFigures
from common.domain.money import MICROS
from common.domain.spend_report import HourSpend, SpendReport
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import (
    ALL,
    Answer,
    EntityRef,
    Live,
    PartsReport,
    PlatformChange,
    PlatformRefused,
    PlatformUnavailable,
    SomeSettings,
)
from sandbox.live import Field
from sandbox.market import Market
from sandbox.platform_parts import Ad, ad_named, added_up

_FIELDS: dict[Setting, Field] = {
    Setting.DAILY_BUDGET: "daily_budget",
    Setting.TOTAL_BUDGET: "native_total",
    Setting.BID_TARGET: "bid_target",
    Setting.STATUS: "status",
    Setting.EXCLUDED_GEOS: "excluded_geos",
}
_MONEY = frozenset({Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET, Setting.BID_TARGET})


@dataclass(frozen=True, slots=True)
class SandboxPlatform:
    """One platform of a market. A campaign's `external_id` is its name there, `track/channel`; an ad's adds its own."""

    market: Market
    platform: str

    def live(self, refs: Sequence[EntityRef], *, timeout: float, settings: SomeSettings = ALL) -> Mapping[str, Live]:
        """The settings that are live now; who changed them last, where it was done by hand."""
        self._answers()
        ads = {ref.entity_id: ad_named(ref.external_id, self.market) for ref in refs}
        campaigns = {ref.entity_id: self._live(ref.external_id) for ref in self._known(refs)}
        return campaigns | {entity_id: self._live_ad(ad) for entity_id, ad in ads.items() if ad is not None}

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """Write settings; they hold from the start of the market's current hour."""
        self._answers()
        mode = self.market.error_mode(self.platform)
        if mode == "rate_limit":
            raise PlatformRefused("rate_limited", f"{self.platform} takes no more writes for now")
        answers = tuple(
            Answer(False, "internal_error", "the platform failed on this change")
            if mode == "partial" and number % 2
            else self._write(change)
            for number, change in enumerate(changes)
        )
        if mode == "timeout_after_apply":
            raise _no_answer(TroubleKind.UNKNOWN, "timed_out", f"{self.platform} did not answer within {timeout:.0f} s")
        return answers

    def spend(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> SpendReport:
        """Reported spend by hour of the entities that the platform knows."""
        self._answers()
        known = self._known(refs)
        hours = {ref.entity_id: self._hours(ref.external_id, since) for ref in known}
        return SpendReport(complete_until=self._until(known), hours=hours)

    def figures(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> FiguresReport:
        """Reported figures by hour of the entities that the platform knows."""
        self._answers()
        known = self._known(refs)
        hours = {ref.entity_id: self._figures(ref.external_id, since) for ref in known}
        return FiguresReport(complete_until=self._until(known), hours=hours)

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayFigures]:
        """The figures added up by day; a claimed conversion is worth what the scenario says."""
        self._answers()
        known = self._known(refs)
        return DaysReport(self._until(known), {ref.entity_id: self._days(ref.external_id, first) for ref in known})

    def geos(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """Reported figures by geo of the campaigns that the platform knows."""
        self._answers()
        known, geo_days = self._known(refs), self.market.sources.geo_days
        return {ref.entity_id: added_up(geo_days(ref.external_id, first), last) for ref in known}

    def ads(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """Reported figures by ad of the campaigns that the platform knows."""
        self._answers()
        known, ad_days = self._known(refs), self.market.sources.ad_days
        return {ref.entity_id: added_up(ad_days(ref.external_id, first), last, of=ref.external_id) for ref in known}

    def _answers(self) -> None:
        if self.market.error_mode(self.platform) == "unavailable":
            raise _no_answer(TroubleKind.LATER, "unavailable", f"{self.platform} is down")

    def _known(self, refs: Sequence[EntityRef]) -> list[EntityRef]:
        return [ref for ref in refs if ref.external_id in self.market.lines]

    def _until(self, known: Sequence[EntityRef]) -> datetime:
        """How far a report of these entities goes."""
        ends = [self.market.visible_until(ref.external_id) for ref in known]
        return self.market.hours.instant(min(ends)) if ends else self.market.now

    def _live_ad(self, ad: Ad) -> Live:
        paused = ad.name in self.market.live(ad.line).paused_ads
        return Live({Setting.STATUS: (Status.PAUSED if paused else Status.ENABLED).value})

    def _live(self, name: str) -> Live:
        live = self.market.live(name)
        last = next((change for change in reversed(self.market.changes(name))), None)
        by_hand = last is not None and last.by_hand
        return Live(
            values={setting: _reported(setting, getattr(live, field)) for setting, field in _FIELDS.items()},
            changed_by="an account user" if by_hand else None,
            changed_at=last.at if by_hand and last is not None else None,
        )

    def _write(self, change: PlatformChange) -> Answer:
        after, ad = change.after, ad_named(change.ref.external_id, self.market)
        if ad is not None:
            return self._write_ad(ad, change)
        value = after / MICROS if change.setting in _MONEY and isinstance(after, int) else after
        try:
            self.market.set(change.ref.external_id, _FIELDS[change.setting], value)
        except KeyError:
            return Answer(False, "entity_missing", f"{change.ref.external_id} does not exist")
        except Refused as error:
            return Answer(False, "invalid_value", str(error))
        return Answer(True)

    def _write_ad(self, ad: Ad, change: PlatformChange) -> Answer:
        if change.setting is not Setting.STATUS or change.after not in tuple(Status):
            return Answer(False, "invalid_value", f"an ad's {change.setting} can't be {change.after!r}")
        others = self.market.live(ad.line).paused_ads - {ad.name}
        paused = others | {ad.name} if change.after == Status.PAUSED else others
        self.market.set(ad.line, "paused_ads", paused)
        return Answer(True)

    def _hours(self, name: str, since: datetime) -> tuple[HourSpend, ...]:
        start = self.market.hours
        first = max(0, start.index(since))
        amounts = self.market.visible_spend(name, first)
        return tuple(
            HourSpend(start.instant(first) + HOUR * offset, round(amount * MICROS))
            for offset, amount in enumerate(amounts)
            if amount
        )

    def _figures(self, name: str, since: datetime) -> tuple[HourFigures, ...]:
        hours = self.market.hours
        rows = self.market.sources.platform_hours(name, hours.instant(hours.index(since)))
        return tuple(
            HourFigures(row.start, round(row.spend * MICROS), row.clicks, row.impressions, row.conversions)
            for row in rows
            if any(row[1:])
        )

    def _days(self, name: str, first: date) -> tuple[DayFigures, ...]:
        calendar, worth = self.market.hours.calendar, self.market.lines[name].channel.value_per_conversion
        rows = groupby(self._figures(name, calendar.bounds(first)[0]), lambda row: calendar.day_of(row.hour))
        return tuple(_day(day, tuple(hours), worth) for day, hours in rows)


def _no_answer(kind: TroubleKind, code: str, said: str) -> PlatformUnavailable:
    return PlatformUnavailable(said, Trouble(kind, code, said))


def _day(day: date, hours: Sequence[HourFigures], worth: float) -> DayFigures:
    conversions = sum(row.conversions for row in hours)
    return DayFigures(
        day,
        sum(row.micros for row in hours),
        sum(row.clicks for row in hours),
        sum(row.impressions for row in hours),
        conversions,
        round(conversions * worth * MICROS),
    )


def _reported(setting: Setting, value: object) -> Value:
    if isinstance(value, frozenset):
        return tuple(sorted(str(one) for one in value))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if setting in _MONEY and isinstance(value, int | float):
        return round(value * MICROS)
    return value if isinstance(value, str) else None
