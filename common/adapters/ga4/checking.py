"""Everything that a property needs, asked of GA4 itself: two calls, and what their answers say."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from common.adapters.calls import CallFailed
from common.adapters.ga4.asked import Wanted
from common.adapters.ga4.asking import Asking, Deadline
from common.adapters.ga4.budget import Use
from common.adapters.ga4.campaigns import GOOGLE_ADS, NOTHING, SESSION, Campaigns
from common.adapters.ga4.clock import days_fit
from common.adapters.ga4.counted import Counts
from common.adapters.ga4.report import Report, Row
from common.adapters.opening import Opening
from common.domain.calendar import TenantCalendar
from common.domain.connection import Need
from common.domain.trouble import Trouble, TroubleKind
from common.ports.analytics import AnalyticsUnavailable

LOOKED_BACK = timedelta(days=7)
EXAMPLES = 3
PAID = ("cp", "ppc", "paid", "display", "retarget", "affiliate")
"""How a medium begins that somebody pays for, near enough as GA4's own channels have it
(support.google.com/analytics/answer/9756891)."""
GRANTS = {
    "secret_missing": "Credentials",
    "secret_unreadable": "Credentials",
    "token_expired": "Credentials",
    "api_disabled": "The Google Analytics Data API in the project",
    "permission_missing": "Viewer of the property",
    "account_missing": "The property",
    "key_event_missing": "The key event",
    "wrong_currency": "The tenant's currency",
    "thresholded": "Numbers in full",
}
"""What a trouble that a person ends says is missing."""


def needs(opening: Opening, timeout: float) -> tuple[Need, ...]:
    """As a source's `check` has it."""
    deadline, asking = Deadline(timeout), Asking(opening)
    try:
        metrics = asking.metadata(deadline.left)
        missing = _key_event(Counts.of(opening.tenant), metrics)
        found = asking.reports(Use.DAYS, _week(opening, counted=missing.met), deadline.left)
    except CallFailed as failed:
        return (_unmet(failed.trouble),)
    access = Need(code="permission_missing", what=GRANTS["permission_missing"], met=True, said="it can be read")
    expected = Campaigns.of(opening.campaigns(), opening.tenant.ga4.rules)
    return access, missing, *_Seen(opening, expected, *found).needs()


def _unmet(trouble: Trouble) -> Need:
    """What is missing for sure; what else it needs can't be looked at until that is mended."""
    if trouble.kind is not TroubleKind.PERSON:
        raise AnalyticsUnavailable(trouble.said, trouble)
    return Need(code=trouble.code, what=GRANTS.get(trouble.code, "The property"), met=False, said=trouble.said)


def _key_event(counts: Counts, metrics: frozenset[str]) -> Need:
    what = GRANTS["key_event_missing"]
    if counts.event is None:
        return Need(code="key_event_missing", what=what, met=True, said="all key events of the property are counted")
    met = counts.key_metric in metrics
    said = (
        f"{counts.event} is a key event of the property"
        if met
        else f"{counts.event} is no key event of the property: an editor marks it as one (Admin, Events), "
        "or `ga4.key_event` names another"
    )
    return Need(code="key_event_missing", what=what, met=met, said=said)


def _week(opening: Opening, *, counted: bool) -> tuple[Wanted, ...]:
    """By campaign in the tenant's currency, and the property's own currency."""
    day = TenantCalendar.of(opening.tenant.time_zone).day_of(opening.clock.now()) - LOOKED_BACK
    key = Counts.of(opening.tenant).key_metric if counted else "keyEvents"
    first, currency = day.isoformat(), opening.tenant.currency
    return (
        Wanted(SESSION.asked(rules=True), ("sessions", key), first, currency),
        Wanted(("date",), ("purchaseRevenue",), first),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a week of the property shows."""

    opening: Opening
    expected: Campaigns
    """The campaigns that run, as far as the manifests say."""
    campaigns: Report
    revenue: Report

    def needs(self) -> Iterator[Need]:
        """Each met or not."""
        yield self._data()
        yield from self._zone()
        yield from self._currency()
        if self.opening.tenant.account(GOOGLE_ADS) is not None:
            yield self._google_ads()
        yield self._unmapped()
        if self.expected.entities:
            yield self._unseen()

    def _data(self) -> Need:
        sessions = sum(row.numbers[0] for row in self.campaigns.rows)
        said = (
            f"{sessions:,.0f} sessions in seven days"
            if sessions
            else "no session in seven days: is the tag on the site?"
        )
        return Need(code="no_data", what="Data of the last seven days", met=sessions > 0, said=said)

    def _zone(self) -> Iterator[Need]:
        tenant, zone, what = self.opening.tenant, self.campaigns.zone, "The tenant's time zone"
        if zone is None:
            said = "GA4 does not say in which time zone the property counts"
            yield Need(code="wrong_time_zone", what=what, met=False, said=said)
            return
        met = self._same_days(zone)
        said = (
            f"days begin as the tenant's do ({zone.key})"
            if met
            else f"the property counts in {zone.key} and the tenant in {tenant.time_zone}, so nothing is known by day: "
            "an editor changes its time zone (Admin, Property details)"
        )
        yield Need(code="wrong_time_zone", what=what, met=met, said=said)

    def _same_days(self, zone: ZoneInfo) -> bool:
        """Over a year, since two zones may agree in one half of it."""
        calendar = TenantCalendar.of(self.opening.tenant.time_zone)
        today = calendar.day_of(self.opening.clock.now())
        return days_fit(zone, calendar, today - timedelta(days=365), today)

    def _currency(self) -> Iterator[Need]:
        theirs, ours = self.revenue.currency, self.opening.tenant.currency
        met = theirs == ours
        said = (
            f"the property counts in {theirs} too"
            if met
            else f"the property counts in {theirs or 'a currency it does not tell'}: GA4 converts revenue to {ours} "
            "at each day's rate, and the value of other key events not at all"
        )
        yield Need(code="currency_converted", what=f"Values in {ours}", met=met, said=said, required=False)

    def _google_ads(self) -> Need:
        tagged = [row for row in self.campaigns.rows if row.labels[0] not in NOTHING]
        sessions = sum(row.numbers[0] for row in tagged)
        said = (
            f"{sessions:,.0f} sessions of {len({row.labels[0] for row in tagged})} campaigns of Google Ads"
            if tagged
            else "no session names a campaign of Google Ads: link the two (Admin, Google Ads links) and tag "
            "automatically (Google Ads, Account settings)"
        )
        what = "The link to Google Ads"
        return Need(code="google_ads_link_missing", what=what, met=bool(tagged), said=said, required=False)

    def _unmapped(self) -> Need:
        """Sessions that somebody paid for, by their medium, and that lead to no campaign that runs here."""
        lost = [row for row in self.campaigns.rows if self._is_lost(row)]
        what = "Campaign ids on paid sessions"
        if not lost:
            return Need(code="sessions_unmapped", what=what, met=True, said="every paid one has one", required=False)
        sessions, conversions = (sum(row.numbers[at] for row in lost) for at in (0, 1))
        named = sorted(lost, key=lambda row: -row.numbers[0])[:EXAMPLES]
        said = (
            f"{sessions:,.0f} paid sessions with {conversions:,.0f} key events in seven days lead to no campaign that "
            f"runs here, such as {'; '.join(map(_called, named))}: put the campaign's id into utm_id, or write a rule "
            "for them; what somebody else runs may stay so"
        )
        return Need(code="sessions_unmapped", what=what, met=False, said=said, required=False)

    def _is_lost(self, row: Row) -> bool:
        google_ads, utm_id, source, medium, campaign = row.labels
        if not medium.casefold().startswith(PAID):
            return False
        if self.expected.entities:
            return self.expected.entity(row.labels) is None
        ruled = any(rule.fits(source, medium, campaign) for rule in self.opening.tenant.ga4.rules)
        return google_ads in NOTHING and utm_id in NOTHING and not ruled

    def _unseen(self) -> Need:
        """Campaigns that run and brought no session: tags that are missing look like this."""
        seen = {self.expected.entity(row.labels) for row in self.campaigns.rows if row.numbers[0]}
        silent = sorted(self.expected.entities - seen)
        what = "Sessions of every campaign that runs"
        if not silent:
            said = f"each of {len(self.expected.entities)} brought some within seven days"
            return Need(code="campaigns_unseen", what=what, met=True, said=said, required=False)
        said = (
            f"{len(silent)} of {len(self.expected.entities)} campaigns brought none in seven days, such as "
            f"{', '.join(silent[:EXAMPLES])}: is utm_id its id there, or auto-tagging on?"
        )
        return Need(code="campaigns_unseen", what=what, met=False, said=said, required=False)


def _called(row: Row) -> str:
    """A row in words: where its sessions came from, and the id that they named."""
    google_ads, utm_id, source, medium, campaign = row.labels
    named = next((one for one in (google_ads, utm_id) if one not in NOTHING), None)
    return f"{source} / {medium}, {campaign}" + (f" ({named})" if named else "")
