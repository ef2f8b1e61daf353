"""Google Ads behind the port of advertising platforms."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

from common.adapters.calls import CallFailed
from common.adapters.opening import Opening
from common.adapters.platforms.google_ads import campaigns as settings
from common.adapters.platforms.google_ads import queries, reports
from common.adapters.platforms.google_ads.asking import Asking, answering
from common.adapters.platforms.google_ads.deadline import Deadline
from common.adapters.platforms.google_ads.editors import Edit, Editors, Values
from common.adapters.platforms.google_ads.places import Places
from common.adapters.platforms.google_ads.rows import BadAnswer, Row
from common.adapters.platforms.google_ads.writing import write
from common.domain.calendar import TenantCalendar
from common.domain.change import Setting
from common.domain.figures import DayFigures, DaysReport, FiguresReport, PartFigures
from common.domain.spend_report import HourSpend, SpendReport
from common.ports.ad_platform import ALL, Answer, EntityRef, Live, PartsReport, PlatformChange, SomeSettings

_CAMPAIGN, _AD = re.compile(r"\d{1,19}"), re.compile(r"(\d{1,19})~(\d{1,19})")
KNOWN_FOR = timedelta(hours=1)
"""How long a campaign is taken to exist, for reports: what it spent it spent, removed or not."""


class GoogleAdsPlatform:
    """One account. Every answer is of the tenant's account, in its currency and time zone, or there is none."""

    def __init__(self, opening: Opening) -> None:
        self._asking, self._places = Asking(opening), Places()
        self._currency, self._calendar = opening.tenant.currency, TenantCalendar.of(opening.tenant.time_zone)
        self._editors = Editors(self._calendar)
        self._known: dict[str, datetime] = {}

    def live(self, refs: Sequence[EntityRef], *, timeout: float, settings: SomeSettings = ALL) -> Mapping[str, Live]:
        """The live settings of campaigns and ads; what was removed is absent. Places are a search of their own.

        Raises:
            PlatformUnavailable: no answer.
        """
        with answering(timeout) as deadline:
            ids, ads = _campaigns(refs), _ads(refs)
            found = self._campaigns(ids, deadline)
            shown: dict[str, Values] = {one: found[one].values() for one in found}
            if Setting.EXCLUDED_GEOS in settings:
                for one, places in self._excluded(list(found), deadline).items():
                    shown[one] = {**shown[one], Setting.EXCLUDED_GEOS: places}
            shown |= self._ad_values(ads, deadline)
            edits = self._edits(shown, {one: found[one].budget for one in found}, deadline)
        told = [ref for ref in refs if ref.kind != "ad_set" and ref.external_id in shown]
        return {ref.entity_id: _live(ref.external_id, shown, edits) for ref in told}

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """Write settings: validated first, then each on its own. What is so already is not sent.

        Google drops no repetitions by a key: that values are absolute is what makes twice the same as once.

        Raises:
            PlatformUnavailable: no answer; some of it may have landed.
            PlatformRefused: nothing landed.
        """
        with answering(timeout) as deadline:
            answers = write(self._asking, self._places, changes, self._currency, deadline)
        for change, answer in zip(changes, answers, strict=True):
            if answer.ok:
                self._editors.wrote(change.ref.external_id, change.setting, change.after)
        return answers

    def spend(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> SpendReport:
        """Spend by hour.

        Raises:
            PlatformUnavailable: no answer.
        """
        with answering(timeout) as deadline:
            hours, now = self._hours(since), self._asking.now()
            rows = self._report(
                refs, lambda ids: queries.hours(ids, hours.first, hours.last, with_figures=False), deadline
            )
            found = hours.spend(rows)
            known = self._existing(refs, deadline, found)
        spent = {one: tuple(HourSpend(row.hour, row.micros) for row in found.get(one, ())) for one in found}
        return SpendReport(
            now - reports.REPORTING_DELAY, {ref.entity_id: spent.get(ref.external_id, ()) for ref in known}
        )

    def figures(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> FiguresReport:
        """Spend by hour with what came of it.

        Raises:
            PlatformUnavailable: no answer.
        """
        with answering(timeout) as deadline:
            hours, now = self._hours(since), self._asking.now()
            rows = self._report(
                refs, lambda ids: queries.hours(ids, hours.first, hours.last, with_figures=True), deadline
            )
            found = hours.figures(rows)
            known = self._existing(refs, deadline, found)
        by_entity = {ref.entity_id: found.get(ref.external_id, ()) for ref in known}
        return FiguresReport(now - reports.REPORTING_DELAY, by_entity)

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayFigures]:
        """Figures by local day.

        Raises:
            PlatformUnavailable: no answer.
        """
        with answering(timeout) as deadline:
            now = self._asking.now()
            last = max(first, self._calendar.day_of(now))
            rows = self._report(refs, lambda ids: queries.days(ids, first, last), deadline)
            found = reports.days(rows, first, last)
            known = self._existing(refs, deadline, found)
        by_entity = {ref.entity_id: found.get(ref.external_id, ()) for ref in known}
        return DaysReport(now - reports.REPORTING_DELAY, by_entity)

    def geos(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """Figures by where people were: the region, or the country where no region is known.

        Raises:
            PlatformUnavailable: no answer.
        """
        with answering(timeout) as deadline:
            found = reports.geos(self._report(refs, lambda ids: queries.geos(ids, first, last), deadline))
            names = self._places.names(reports.places_in(found), self._asking.constants(deadline))
            known = self._existing(refs, deadline, found)
        return {ref.entity_id: _named(found.get(ref.external_id, ()), names) for ref in known}

    def ads(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """Figures by ad.

        Raises:
            PlatformUnavailable: no answer.
        """
        with answering(timeout) as deadline:
            found = reports.ads(self._report(refs, lambda ids: queries.ads(ids, first, last), deadline))
            known = self._existing(refs, deadline, found)
        return {ref.entity_id: found.get(ref.external_id, ()) for ref in known}

    def _hours(self, since: datetime) -> reports.Hours:
        return reports.Hours(self._calendar, since, max(since, self._asking.now()))

    def _campaigns(self, ids: Sequence[str], deadline: Deadline) -> dict[str, settings.Campaign]:
        """Those of these campaigns that were not removed."""
        found = settings.campaigns(self._rows("campaigns", queries.campaigns, ids, deadline))
        self._known |= dict.fromkeys(found, self._asking.now())
        return {one: campaign for one, campaign in found.items() if not campaign.removed}

    def _excluded(self, ids: Sequence[str], deadline: Deadline) -> dict[str, tuple[str, ...]]:
        found = settings.exclusions(self._rows("exclusions", queries.exclusions, ids, deadline))
        places = {place for one in ids for place in found.get(one, ())}
        names = self._places.names(places, self._asking.constants(deadline))
        return {one: tuple(sorted(names[place] for place in found.get(one, ()))) for one in ids}

    def _ad_values(self, ads: Mapping[str, str], deadline: Deadline) -> dict[str, Values]:
        rows = self._asking.about("ads", queries.ad_statuses, sorted(set(ads.values())), deadline)
        found = settings.ads(rows)
        return {one: {Setting.STATUS: status} for one in ads if (status := found.get(one)) is not None}

    def _edits(self, shown: Mapping[str, Values], budgets: Mapping[str, str], deadline: Deadline) -> Mapping[str, Edit]:
        """Who made it so. Where that is not answered, settings are told without a name; the next call asks again."""

        def search(query: str) -> list[Row]:
            return self._asking.all(query, deadline)

        with suppress(CallFailed, BadAnswer):
            return self._editors.of(shown, budgets, self._asking.now(), search, self._asking.service.email)
        return {}

    def _report(self, refs: Sequence[EntityRef], query: queries.ByIds, deadline: Deadline) -> Sequence[Row]:
        return self._rows("campaigns", query, _campaigns(refs), deadline)

    def _rows(self, kind: str, query: queries.ByIds, ids: Sequence[str], deadline: Deadline) -> list[Row]:
        """The rows of these campaigns: what is odd about another that was asked for with them does not touch them."""
        wanted = frozenset(ids)
        rows = self._asking.about(kind, query, ids, deadline)
        return [row for row in rows if reports.identity(row.campaign) in wanted]

    def _existing(self, refs: Sequence[EntityRef], deadline: Deadline, told: Mapping[str, object]) -> list[EntityRef]:
        """Those that there are, or were: one without rows did nothing, one that is unknown is not answered for."""
        now = self._asking.now()
        self._known |= dict.fromkeys(told, now)
        known = {one for one, at in self._known.copy().items() if now - at < KNOWN_FOR}  # other threads add to it
        unsure = [one for one in _campaigns(refs) if one not in known]
        if unsure:
            rows = self._asking.about("known", queries.known, unsure, deadline, fresh=True)
            found = {reports.identity(row.campaign) for row in rows}
            self._known |= dict.fromkeys(found, now)
            known |= found
        return [ref for ref in refs if ref.kind == "campaign" and ref.external_id in known]


def _campaigns(refs: Sequence[EntityRef]) -> list[str]:
    """Those that are campaigns: an ad group has a number too."""
    return sorted({ref.external_id for ref in refs if ref.kind == "campaign" and _CAMPAIGN.fullmatch(ref.external_id)})


def _ads(refs: Sequence[EntityRef]) -> dict[str, str]:
    """Ads by group and ad, with the number of the ad alone."""
    named = ((ref.external_id, _AD.fullmatch(ref.external_id)) for ref in refs if ref.kind == "ad")
    return {external_id: found[2] for external_id, found in named if found is not None}


def _live(external_id: str, shown: Mapping[str, Values], edits: Mapping[str, Edit]) -> Live:
    edit = edits.get(external_id)
    return Live(shown[external_id], edit and edit.by, edit and edit.at)


def _named(parts: Sequence[PartFigures], names: Mapping[str, str]) -> tuple[PartFigures, ...]:
    return tuple(
        PartFigures(names[part.part], part.micros, part.clicks, part.impressions, part.conversions) for part in parts
    )
