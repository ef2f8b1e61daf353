# pyright: basic
"""LinkedIn: budgets, status and daily figures of a sponsored account's campaigns, by its Marketing API.

No client of LinkedIn's covers that API in Python: this speaks HTTP itself, as the Rest.li protocol 2.0.0 has it.
LinkedIn reports whole days of UTC: `common/adapters/daily.py` says what becomes of them. Only `days` has today's
figures so far. Figures by hour, geos and ads are not answered for. A guide to this file: docs/adding-a-platform.md.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from common.adapters import rest
from common.adapters.daily import complete_until, spend_by_hour
from common.adapters.opening import Opening
from common.adapters.rest import Left, Refusal, Rest, Said, a_list, a_map, chunks, micros_of, person, unreadable
from common.domain.calendar import TenantCalendar
from common.domain.change import Setting, Status
from common.domain.connection import Need
from common.domain.figures import DayFigures, DaysReport, FiguresReport
from common.domain.money import MICROS, minor_unit
from common.domain.spend_report import SpendReport
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import ALL, Answer, EntityRef, Live, PartsReport, PlatformChange, SomeSettings

VERSION = "202609"
"""Of the API, by year and month; each is served for a year."""
REPORTED_AFTER = timedelta(hours=6)
"""How long after its end a day is taken to be reported whole. LinkedIn calls its figures near real time; our margin."""
CHUNK, ROWS = 50, 15_000
"""Campaigns in one request, for a URL can't be long; and rows of a report, which is cut off there without a word."""
DELIVERS = {"ACTIVE": Status.ENABLED, "PAUSED": Status.PAUSED, "DRAFT": Status.PAUSED, "COMPLETED": Status.PAUSED}
GONE = frozenset({"ARCHIVED", "CANCELED", "PENDING_DELETION", "REMOVED"})
WRITTEN = {Status.ENABLED.value: "ACTIVE", Status.PAUSED.value: "PAUSED"}
BUDGETS = {Setting.DAILY_BUDGET: "dailyBudget", Setting.TOTAL_BUDGET: "totalBudget"}
EDITORS = frozenset({"ACCOUNT_BILLING_ADMIN", "ACCOUNT_MANAGER", "CAMPAIGN_MANAGER"})
"""The roles in an account that may change its campaigns."""
COUNTS = ("impressions", "clicks", "externalWebsiteConversions")
COST, VALUE = "costInLocalCurrency", "conversionValueInLocalCurrency"
_ID = re.compile(r"[1-9][0-9]{0,18}")
_ACTOR = re.compile(r"urn:li:[A-Za-z0-9:_-]{1,80}")


def connect(opening: Opening) -> "LinkedIn":
    """The account behind the port. Nobody is called yet."""
    return LinkedIn(opening)


def check(opening: Opening, *, timeout: float) -> tuple[Need, ...]:
    """All that the account needs: a token, the account in the tenant's currency, its reports, a role; and its days.

    Raises:
        PlatformUnavailable: LinkedIn does not answer, which says nothing of the rest.
    """
    account, left, today = LinkedIn(opening), Left(timeout), opening.clock.now().date()
    asks = {
        "An account in the tenant's currency that may be read": lambda: account.verify(left),
        "A role that may change campaigns": lambda: account.must_edit(left),
        "Reports of the account": lambda: account.report((), today, left),
    }
    needs: list[Need] = []
    for what, ask in asks.items():
        if all(need.met for need in needs):  # an account that a person must mend is not asked for more
            needs.append(rest.need(what, ask))
    alike = TenantCalendar.of(opening.tenant.time_zone).bounds(today)[0] == datetime.combine(today, time(), UTC)
    said = "LinkedIn's days are UTC's: what happens near midnight counts for the tenant's neighbouring day"
    return (*needs, Need(code="days_in_utc", what="Days as the tenant's", met=alike, said=said, required=False))


class LinkedIn:
    """One sponsored account. On first use it is verified: that it is in use, and has the tenant's currency."""

    def __init__(self, opening: Opening) -> None:
        self._opening, self._verified = opening, False
        self._calendar, self._currency = TenantCalendar.of(opening.tenant.time_zone), opening.tenant.currency
        self._account = opening.account.account_id.removeprefix("urn:li:sponsoredAccount:")
        self._urn, self._path = f"urn:li:sponsoredAccount:{self._account}", f"/rest/adAccounts/{self._account}"
        self._http = Rest(f"http://{opening.server}" if opening.server else "https://api.linkedin.com", "x-li-uuid")

    def live(self, refs: Sequence[EntityRef], *, timeout: float, settings: SomeSettings = ALL) -> Mapping[str, Live]:
        """As the port says. Of the budgets that a campaign can have one is `None` where only the other one is shown."""
        with rest.reading():
            found = self._campaigns(refs, Left(timeout))
            here = [ref for ref in refs if ref.external_id in found and found[ref.external_id]["status"] not in GONE]
            return {ref.entity_id: self._live(found[ref.external_id]) for ref in here}

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """As the port says, one patch a campaign. LinkedIn has no way to only validate."""
        left = Left(timeout)
        with rest.writing():
            found = self._campaigns([change.ref for change in changes], left)
        refusals = [self._refusal(change, found.get(change.ref.external_id)) for change in changes]
        patches: dict[str, dict[str, Any]] = {}
        for change, refusal in zip(changes, refusals, strict=True):
            if refusal is None:
                self._add(change, patches.setdefault(change.ref.external_id, {"patch": {}})["patch"])
        sent: dict[str, Answer] = {}
        for ids in chunks(patches, CHUNK):
            with rest.writing(landed=bool(sent)):
                sent |= self._patch({one: patches[one] for one in ids}, left)
        answers = zip(changes, refusals, strict=True)
        return tuple(refusal or sent[change.ref.external_id] for change, refusal in answers)

    def spend(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> SpendReport:
        """As the port says: equal parts of the days that are reported whole."""
        report = self.days(refs, self._calendar.day_of(since), timeout=timeout)
        return spend_by_hour(report, since, self._calendar)

    def figures(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> FiguresReport:
        """Not answered for: LinkedIn has no hours."""
        return FiguresReport(self._complete_until())

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayFigures]:
        """As the port says; each day is LinkedIn's of that date. A campaign with a figure that can't be is left out."""
        left = Left(timeout)
        rows: dict[str, tuple[DayFigures, ...]] = {}
        with rest.reading():
            for ids in chunks(self._campaigns(refs, left), CHUNK):
                rows |= self.report(ids, first, left)
        known = {ref.entity_id: rows[ref.external_id] for ref in refs if ref.external_id in rows}
        return DaysReport(self._complete_until(), known)

    def geos(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """Not answered for."""
        return {}

    def ads(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """Not answered for."""
        return {}

    def verify(self, left: Left) -> None:
        """Whether this is the tenant's account, once.

        Raises:
            CallFailed: it is not, or can't be used.
        """
        if self._verified:
            return
        if not _ID.fullmatch(self._account):
            raise person("account_missing", f"{self._account!r} is no account of LinkedIn's: those are numbers")
        found = self._read(self._path, left)
        if not all(isinstance(found.get(name), str) for name in ("status", "currency")):
            raise unreadable(f"LinkedIn does not say how account {self._account} stands")
        if str(found.get("id")) != self._account:
            raise person("wrong_account", f"asked for account {self._account}, LinkedIn answered for another")
        if found.get("status") != "ACTIVE":
            raise person("account_disabled", f"LinkedIn's account {self._account} is not in use: activate it")
        if found.get("currency") != self._currency:
            said = f"LinkedIn's account {self._account} is not in {self._currency}, as the tenant is: name another one"
            raise person("wrong_currency", said)
        self._verified = True

    def must_edit(self, left: Left) -> None:
        """Whether who gave the token may change campaigns.

        Raises:
            CallFailed: LinkedIn does not say that they may.
        """
        users = map(
            a_map, a_list(self._read("/rest/adAccountUsers?q=authenticatedUser&count=1000", left).get("elements"))
        )
        if not any(one.get("account") == self._urn and one.get("role") in EDITORS for one in users):
            said = f"who gave the token is no campaign manager of LinkedIn's account {self._account}: make them one"
            raise person("permission_missing", said)

    def report(self, ids: Sequence[str], first: date, left: Left) -> dict[str, tuple[DayFigures, ...]]:
        """The days of these campaigns from `first` to today; without any, only whether the account's can be read.

        LinkedIn answers with no rows both where nothing happened and where the token may not read the figures: so this
        is only asked where the same token has just read the account and the campaigns.
        """
        last = self._opening.clock.now().date()
        if first > last:
            return dict.fromkeys(ids, ())
        pivot, whose = ("CAMPAIGN", "campaigns") if ids else ("ACCOUNT", "accounts")
        urns = ",".join([f"urn:li:sponsoredCampaign:{one}" for one in ids] or [self._urn]).replace(":", "%3A")
        query = f"q=analytics&pivot={pivot}&timeGranularity=DAILY&dateRange=(start:{_rest(first)},end:{_rest(last)})"
        fields = ",".join(("dateRange", "pivotValues", COST, VALUE, *COUNTS))
        answer = self._read(f"/rest/adAnalytics?{query}&{whose}=List({urns})&fields={fields}", left)
        return _rows(answer, ids, first, last) if ids else {}

    def _complete_until(self) -> datetime:
        return complete_until(self._opening.clock.now(), REPORTED_AFTER, self._calendar)

    def _campaigns(self, refs: Sequence[EntityRef], left: Left) -> dict[str, Mapping[str, Any]]:
        """The campaigns that LinkedIn knows, by their ids, whatever their status; it is one that we know too."""
        self.verify(left)
        wanted = {ref.external_id for ref in refs if ref.kind == "campaign" and _ID.fullmatch(ref.external_id)}
        found: dict[str, Mapping[str, Any]] = {}
        for ids in chunks(sorted(wanted), CHUNK):
            answer = self._read(f"{self._path}/adCampaigns?ids=List({','.join(ids)})", left)
            results, errors = a_map(answer.get("results")), a_map(answer.get("errors"))
            for one in ids:
                if one in results:
                    found[one] = self._campaign(one, a_map(results[one]))
                elif a_map(errors.get(one)).get("status") != 404:
                    raise unreadable(f"LinkedIn neither shows campaign {one} nor says that it is missing")
        return found

    def _campaign(self, one: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        if str(body.get("id")) != one or body.get("account") != self._urn:
            said = (
                f"LinkedIn does not show campaign {one} as one of account {self._account}: name the one that it is in"
            )
            raise person("wrong_account", said)
        if body.get("status") not in (*DELIVERS, *GONE):
            raise unreadable(f"LinkedIn's status of campaign {one} is none that we know")
        return body

    def _live(self, body: Mapping[str, Any]) -> Live:
        values: dict[Setting, Any] = {Setting.STATUS: DELIVERS[body["status"]].value}
        shown = {setting: self._budget(body[name]) for setting, name in BUDGETS.items() if body.get(name) is not None}
        if shown:
            values |= dict.fromkeys(BUDGETS) | shown
        last = a_map(a_map(body.get("changeAuditStamps")).get("lastModified"))
        actor, at = last.get("actor"), last.get("time")
        by = actor if isinstance(actor, str) and _ACTOR.fullmatch(actor) else None
        return Live(values, by, datetime.fromtimestamp(at / 1000, UTC) if type(at) is int and 0 < at < 10**13 else None)

    def _budget(self, shown: Any) -> int:
        amount = micros_of(a_map(shown).get("amount"))
        if amount is None or a_map(shown).get("currencyCode") != self._currency:
            raise unreadable("a budget that LinkedIn shows is no amount in the account's currency")
        return amount

    def _refusal(self, change: PlatformChange, body: Mapping[str, Any] | None) -> Answer | None:
        """Why a change can't be sent; `None`: it can."""
        after, setting = change.after, change.setting
        if body is None or body["status"] in GONE:
            return Answer(False, "entity_missing", f"LinkedIn has no campaign {change.ref.external_id} any more")
        if setting is Setting.STATUS:
            wrong = None if after in WRITTEN else f"a campaign can't be {after!r}"
        elif setting not in BUDGETS:
            wrong = f"{setting.value} is not written on LinkedIn"
        elif after is None:
            wrong = None if setting is Setting.TOTAL_BUDGET else "a campaign can't be without a daily budget"
        else:
            held = isinstance(after, int) and after >= 0 and after % minor_unit(self._currency) == 0
            wrong = None if held else f"{after!r} micros is no amount in {self._currency}"
        return None if wrong is None else Answer(False, "invalid_value", wrong)

    def _add(self, change: PlatformChange, patch: dict[str, Any]) -> None:
        """A change to the patch of its campaign."""
        if isinstance(change.after, int):
            amount = {"amount": f"{Decimal(change.after) / MICROS:f}", "currencyCode": self._currency}
            patch.setdefault("$set", {})[BUDGETS[change.setting]] = amount
        elif change.after is None:
            patch.setdefault("$delete", []).append(BUDGETS[change.setting])
        else:
            patch.setdefault("$set", {})["status"] = WRITTEN[str(change.after)]

    def _patch(self, patches: Mapping[str, Any], left: Left) -> dict[str, Answer]:
        path, body = f"{self._path}/adCampaigns?ids=List({','.join(patches)})", {"entities": patches}
        said = self._opening.calls.write(
            lambda seconds: self._asked(path, seconds, body, **{"X-RestLi-Method": "BATCH_PARTIAL_UPDATE"}),
            lambda error: self._judge(error, writing=True),
            timeout=left(),
        )
        known = {**a_map(said.body.get("results")), **a_map(said.body.get("errors"))}
        return {one: _outcome(a_map(known.get(one)), said.request_id) for one in patches}

    def _read(self, path: str, left: Left) -> Mapping[str, Any]:
        said = self._opening.calls.read(
            lambda seconds: self._asked(path, seconds),
            lambda error: self._judge(error, writing=False),
            timeout=left(),
        )
        return said.body

    def _asked(self, path: str, seconds: float, body: Any = None, **more: str) -> Said:
        """Within its seconds, of which reading the secret takes some: nothing is sent later than was allowed."""
        left, headers = Left(seconds), self._headers()
        return self._http.ask(path, {**headers, **more}, left(), body)

    def _headers(self) -> dict[str, str]:
        """A server on this machine gets no token."""
        headers = {"LinkedIn-Version": VERSION, "X-Restli-Protocol-Version": "2.0.0"}
        return (
            headers if self._opening.server else {**headers, "Authorization": f"Bearer {rest.token_of(self._opening)}"}
        )

    def _judge(self, error: Exception, *, writing: bool) -> Trouble | None:
        """As usual; and a limit of the day lasts until midnight of UTC."""
        if isinstance(error, Refusal) and error.status == 429 and "DAY" in str(error.body.get("message")):
            now = self._opening.clock.now()
            after = datetime.combine(now.date() + timedelta(days=1), time(), UTC) - now
            said = "LinkedIn takes no more calls today"
            return Trouble(TroubleKind.LATER, "quota_exhausted", said, after, error.request_id)
        return rest.judge(error, "LinkedIn", self._account, writing=writing)


def _rows(answer: Mapping[str, Any], ids: Sequence[str], first: date, last: date) -> dict[str, tuple[DayFigures, ...]]:
    """Each campaign's days, in order; without the campaigns of which a row can't be, or comes twice.

    Raises:
        CallFailed: a row can't be told whose or of when it is, or rows are missing: then nothing is known.
    """
    elements, links = answer.get("elements"), a_list(a_map(answer.get("paging")).get("links"))
    if not isinstance(elements, list) or len(elements) >= ROWS or any(a_map(one).get("rel") == "next" for one in links):
        raise unreadable("rows are missing in LinkedIn's report")
    days: dict[str, dict[date, DayFigures | None]] = {one: {} for one in ids}
    whose = {f"urn:li:sponsoredCampaign:{one}": rows for one, rows in days.items()}
    for element in map(a_map, elements):
        rows, day = (
            whose.get(" ".join(map(str, a_list(element.get("pivotValues"))))),
            _day(a_map(element.get("dateRange"))),
        )
        if rows is None or day is None or not first <= day <= last:
            raise unreadable("a row of LinkedIn's report is not of what was asked for")
        rows[day] = None if day in rows else _figures(day, element)
    sound = {one: rows for one, rows in days.items() if None not in rows.values()}
    return {one: tuple(row for _, row in sorted(rows.items()) if row is not None) for one, rows in sound.items()}


def _day(span: Mapping[str, Any]) -> date | None:
    """The one day that a row is of; `None`: it is none."""
    start = a_map(span.get("start"))
    try:
        found = date(start["year"], start["month"], start["day"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return found if start == span.get("end") else None


def _figures(day: date, row: Mapping[str, Any]) -> DayFigures | None:
    """A row's figures; `None` where one is missing or can't be. What no conversions are worth may be missing."""
    cost, counts = micros_of(row.get(COST)), [row[name] for name in COUNTS if type(row.get(name)) is int]
    if cost is None or len(counts) < len(COUNTS) or not all(0 <= count < 2**53 for count in counts):
        return None
    impressions, clicks, conversions = counts
    value = 0 if conversions == 0 and row.get(VALUE) is None else micros_of(row.get(VALUE))
    return None if value is None else DayFigures(day, cost, clicks, impressions, conversions, value)


def _outcome(said: Mapping[str, Any], request_id: str | None) -> Answer:
    """What became of one campaign's patch, by its part of the answer; `CallFailed` where nobody can say."""
    if (trouble := rest.of_part(status := said.get("status"), "LinkedIn", request_id)) is None:
        return Answer(True, request_id=request_id)
    code = "entity_missing" if status == 404 else trouble.code
    if code == "invalid_value" and "TOO_LOW" in (text := json.dumps(said)) and "udget" in text:
        code = "budget_below_minimum"
    return Answer(False, code, f"LinkedIn refused it with status {status}", request_id)


def _rest(day: date) -> str:
    return f"(year:{day.year},month:{day.month},day:{day.day})"
