"""What became of the offline conversions that a CRM uploaded to the account, by day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from common.adapters.opening import Opening
from common.adapters.platforms.google_ads import queries
from common.adapters.platforms.google_ads.rows import BadAnswer, Row, amount, text
from common.domain.calendar import TenantCalendar


@dataclass(frozen=True, slots=True)
class UploadSummary:
    """The uploads of one local day, of all clients together. Success: they were taken, not that one matched."""

    at: datetime
    """UTC: the last upload, where it was on this day; otherwise the day's end."""
    successful: int
    total: int
    """Successful, failed and pending."""
    pending: int


def read(opening: Opening, since: datetime, timeout: float) -> tuple[UploadSummary, ...]:
    """The days that are over at `since` or later, oldest first. Days without uploads are absent.

    Raises:
        PlatformUnavailable: no answer.
    """
    from common.adapters.platforms.google_ads.asking import Asking, answering

    calendar = TenantCalendar.of(opening.tenant.time_zone)
    with answering(timeout) as deadline:
        found = _summaries(Asking(opening).all(queries.UPLOADS, deadline), calendar)
    return tuple(one for one in found if one.at >= since)


def _summaries(rows: Iterable[Row], calendar: TenantCalendar) -> list[UploadSummary]:
    counts: dict[date, list[int]] = {}
    last: dict[date, datetime] = {}
    for row in rows:
        summary = row.offline_conversion_upload_client_summary
        at = _instant(text(summary, "last_upload_date_time"), calendar)
        last[calendar.day_of(at)] = max(at, last.get(calendar.day_of(at), at))
        for daily in summary.daily_summaries:
            day = calendar.day_of(_instant(text(daily, "upload_date"), calendar))
            parts = [amount(daily, f"{name}_count") for name in ("successful", "failed", "pending")]
            counts[day] = [sum(pair) for pair in zip(counts.get(day, [0, 0, 0]), parts, strict=True)]
    return [
        UploadSummary(last.get(day) or calendar.bounds(day)[1], successful, successful + failed + pending, pending)
        for day, (successful, failed, pending) in sorted(counts.items())
    ]


def _instant(written: str, calendar: TenantCalendar) -> datetime:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise BadAnswer("the time of an upload can't be read") from None
    return (at.replace(tzinfo=calendar.zone) if at.tzinfo is None else at).astimezone(UTC)
