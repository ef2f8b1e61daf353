"""Times, settings and reasons as a person reads them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from common.decisions.reason_words import in_words
from common.domain.calendar import TenantCalendar
from common.domain.change import Reason
from common.domain.manifest import Manifest
from common.domain.state import Freeze

LABELS = {
    "allocation": "Allocation for the flight",
    "daily_budget": "Daily budget",
    "total_budget": "Total budget on the platform",
    "bid_target": "Bid target",
    "status": "Status",
    "excluded_geos": "Excluded places",
}


_WRITTEN = {"cpa": "CPA", "crm": "CRM", "ctr": "CTR", "ga4": "GA4", "kpi": "KPI", "pct": "in %", "roas": "ROAS"}
"""Parts of names that are not written as words."""

_OWN_NAMES = {
    "google": "Google",
    "google_ads": "Google Ads",
    "google_pmax": "Google Performance Max",
    "google_search": "Google Search",
    "linkedin": "LinkedIn",
    "meta": "Meta",
    "microsoft_ads": "Microsoft Advertising",
    "tiktok": "TikTok",
    "youtube": "YouTube",
}
"""Platforms and channels as they write themselves."""


def own_name(name: str) -> str:
    """A platform or channel as a person writes it."""
    return _OWN_NAMES.get(name) or spelled(name)


def label(setting: str) -> str:
    """A setting's name."""
    return LABELS.get(setting) or setting.replace("_", " ").capitalize()


def spelled(name: str) -> str:
    """A code or key as words: `ga4_sessions` → `GA4 sessions`, `ctr_pct` → `CTR in %`."""
    words = " ".join(_WRITTEN.get(word, word) for word in name.replace(":", ": ").split("_"))
    return f"{words[:1].upper()}{words[1:]}"


def when(at: datetime, calendar: TenantCalendar) -> str:
    """An instant in the tenant's time zone: `Mon 4 May 2026, 11:00`."""
    local = calendar.local(at)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def until(at: datetime, now: datetime) -> str:
    """How long from now: `in 2 days 3 h`, `in 40 min`; `over` where it has passed."""
    left = at - now
    if left <= timedelta(0):
        return "over"
    hours, minutes = divmod(int(left.total_seconds() // 60), 60)
    if hours >= 48:
        days, hours = divmod(hours, 24)
        return f"in {days} days" + (f" {hours} h" if hours else "")
    return f"in {hours} h" + (f" {minutes} min" if minutes and hours < 6 else "") if hours else f"in {minutes} min"


def percent(before: int, after: int) -> str:
    """The change in percent with its sign: `+25%`, `-0.4%`; nothing where there was nothing before."""
    if before <= 0:
        return ""
    share = 100 * (after - before) / before
    return f"{share:+.0f}%" if abs(share) >= 10 else f"{share:+.1f}%"


def freeze_said(freeze: Freeze, currency: str, since: str = "") -> str:
    """A freeze in a sentence: of what, since when (` since Monday`), and why."""
    held = "wait for a person" if freeze.person else "are frozen"
    return f"Increases of {_frozen(freeze)} {held}{since}: {in_words(freeze.reason, currency)}."


def freeze_over(freeze: Freeze, currency: str, calendar: TenantCalendar) -> str:
    """A freeze that was left, in a sentence."""
    held = "waited for a person" if freeze.person else "were frozen"
    since, why = when(freeze.since, calendar), in_words(freeze.reason, currency)
    return f"Over: increases of {_frozen(freeze)} {held} since {since}, when this was found: {why}."


def _frozen(freeze: Freeze) -> str:
    return own_name(freeze.channel) if freeze.channel else "all channels"


def reason_said(reason: Reason, manifest: Manifest, currency: str) -> str:
    """A reason in words, behind the name of what it is about."""
    words = in_words(reason, currency)
    return f"{manifest.called(reason.entity_id)}: {words}" if reason.entity_id else words


def reasons_said(reasons: Iterable[Reason], manifest: Manifest, currency: str) -> list[str]:
    """Reasons as lines of their own, each once; that all is within bounds goes without saying."""
    lines: list[str] = []
    for reason in reasons:
        if reason.code != "within_bounds":
            said = reason_said(reason, manifest, currency)
            lines.append(said if reason.entity_id else f"{said[0].upper()}{said[1:]}")
    return list(dict.fromkeys(lines))
