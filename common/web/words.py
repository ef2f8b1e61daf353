"""Times, settings and foreign text as a person reads them."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from common.decisions.reason_words import in_words
from common.domain.calendar import TenantCalendar
from common.domain.change import Reason
from common.domain.manifest import Manifest

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Characters that show nothing or turn the text around them: names come from outside, and must not lie."""

LABELS = {
    "allocation": "Allocation for the flight",
    "daily_budget": "Daily budget",
    "total_budget": "Total budget on the platform",
    "bid_target": "Bid target",
    "status": "Status",
    "excluded_geos": "Excluded places",
}


def honest(value: Any) -> Any:
    """Text with its invisible characters spelled out; anything else as it is."""
    if type(value) is str and _UNSEEN.search(value):
        return _UNSEEN.sub(lambda found: f"[U+{ord(found.group()):04X}]", value)
    return value


def label(setting: str) -> str:
    """A setting's name."""
    return LABELS.get(setting) or setting.replace("_", " ").capitalize()


def spelled(name: str) -> str:
    """A code or key as words: `ga4_sessions` → `Ga4 sessions`."""
    return name.replace("_", " ").replace(":", ": ").capitalize()


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


def reasons_said(reasons: Iterable[Reason], manifest: Manifest, currency: str) -> list[str]:
    """Reasons in words with what they are about, each once; that all is within bounds goes without saying."""
    lines: list[str] = []
    for reason in reasons:
        if reason.code != "within_bounds":
            entity = manifest.entities.get(reason.entity_id or "")
            about = reason.entity_id if entity is None else entity.name or entity.entity_id
            words = in_words(reason, currency)
            lines.append(f"{about}: {words}" if about else f"{words[0].upper()}{words[1:]}")
    return list(dict.fromkeys(lines))
