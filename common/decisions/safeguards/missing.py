"""Sources that have told nothing for too long, or nothing that can be: what they would say is not known."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from math import isfinite

from common.decisions.safeguards.signals import LOOKED_BACK, Finding, Signals, Trust
from common.domain.calendar import HOUR
from common.domain.figures import Upload

GA4_STALE = "ga4_stale"
PLATFORM_STALE = "platform_days_stale"
CRM_STALE = "crm_stale"
CRM_UNREADABLE = "crm_unreadable"
_A_DAY = 24.0


def missing(signals: Signals) -> Iterator[Finding]:
    """Which sources are too old, by the channel where only some of it is."""
    yield from _ga4(signals)
    yield from _platforms(signals)
    yield from _crm(signals)


def _ga4(signals: Signals) -> Iterator[Finding]:
    """In degraded mode GA4 is not missing: it is not there, and tighter limits hold instead."""
    limit = signals.facts.tenant.guardrails.stale_hours.ga4
    if signals.facts.tenant.degraded_attribution:
        yield Finding(GA4_STALE, Trust.GOOD)
        for channel in signals.channels:
            yield Finding(GA4_STALE, Trust.GOOD, channel)
        return
    whole = _aged(signals, GA4_STALE, None, (row.ga4.until for row in signals.rows if row.ga4), limit)
    yield whole
    for channel, rows in signals.channels.items():
        if whole.trust is Trust.BAD:
            yield Finding(GA4_STALE, Trust.INCONCLUSIVE, channel)
        else:
            yield _aged(signals, GA4_STALE, channel, (row.ga4.until for row in rows if row.ga4), limit)


def _platforms(signals: Signals) -> Iterator[Finding]:
    """Days are recorded once a day, so they are as much older than spend is, whose age is judged at each increase."""
    for channel, rows in signals.channels.items():
        delays = [
            one.delivery.reporting_delay_hours
            for one in signals.facts.manifest.entities.values()
            if one.channel == channel and one.allocation is not None
        ]
        limit = max(signals.facts.tenant.guardrails.stale_hours.platform, max(delays) + 1) + _A_DAY
        heard = (row.platform.until for row in rows if row.platform)
        yield _aged(signals, PLATFORM_STALE, channel, heard, limit)


def _crm(signals: Signals) -> Iterator[Finding]:
    """A tenant of whose CRM nothing was ever heard has none. One that fell silent is missed until it is heard again.

    Or until its limit is longer than is looked back: that is how a tenant says that it has none any more.
    """
    uploads, limit = signals.uploads or (), signals.facts.tenant.guardrails.stale_hours.crm
    recorded = [row.crm.until for row in signals.rows if row.crm]
    heard = [one.at for one in uploads] or recorded
    if not heard:
        yield Finding(CRM_STALE, Trust.GOOD if limit * HOUR > LOOKED_BACK else Trust.INCONCLUSIVE)
    else:
        yield _aged(signals, CRM_STALE, None, heard, limit)
    yield Finding(CRM_UNREADABLE, _readable(uploads))


def _readable(uploads: Sequence[Upload]) -> Trust:
    """Whether the last upload says numbers that can be."""
    if not uploads:
        return Trust.INCONCLUSIVE
    return Trust.GOOD if is_readable(uploads[-1]) else Trust.BAD


def is_readable(upload: Upload) -> bool:
    """Whether an upload says numbers that can be."""
    return 0 <= upload.match_rate <= 1 and all(isfinite(one) for one in upload.conversions.values())


def _aged(signals: Signals, code: str, channel: str | None, heard: Iterable[datetime], limit: float) -> Finding:
    newest = max(heard, default=None)
    if newest is None:
        return Finding(code, Trust.BAD, channel)
    age = (signals.facts.now - newest) / HOUR
    return Finding(code, Trust.BAD if age > limit else Trust.GOOD, channel, age, limit)
