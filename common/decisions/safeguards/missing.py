"""Sources that have told nothing for too long, or nothing that can be: what they would say is not known."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from math import isfinite

from common.decisions.safeguards.signals import LOOKED_BACK, Finding, Signals, Trust
from common.domain.calendar import HOUR
from common.domain.change import Status
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
    limit, degraded = signals.facts.tenant.guardrails.stale_hours.ga4, signals.facts.tenant.degraded_attribution
    whole = Finding(GA4_STALE, Trust.GOOD)
    if not degraded:
        whole = _aged(
            signals, GA4_STALE, None, max((row.ga4.until for row in signals.rows if row.ga4), default=None), limit
        )
    yield whole
    for channel in signals.channels:
        if degraded:
            yield Finding(GA4_STALE, Trust.GOOD, channel)
        elif whole.trust is Trust.BAD:
            yield Finding(GA4_STALE, Trust.INCONCLUSIVE, channel)
        else:
            yield _aged(signals, GA4_STALE, channel, _oldest(signals, channel, "ga4"), limit)


def _platforms(signals: Signals) -> Iterator[Finding]:
    """Days are recorded once a day, so they are as much older than spend is, whose age is judged at each increase."""
    for channel in signals.channels:
        delays = [one.delivery.reporting_delay_hours for one in signals.campaigns(channel)]
        limit = max(signals.facts.tenant.guardrails.stale_hours.platform, max(delays) + 1) + _A_DAY
        yield _aged(signals, PLATFORM_STALE, channel, _oldest(signals, channel, "platform"), limit)


def _oldest(signals: Signals, channel: str, source: str) -> datetime | None:
    """Until when a source has told of each campaign that runs; `None` where it never told of one of them."""
    heard: dict[str, datetime] = {}
    for row in signals.channels[channel]:
        counted = row.counted(source)
        if counted is not None:
            heard[row.entity_id] = max(counted.until, heard.get(row.entity_id, counted.until))
    running = [one.entity_id for one in signals.campaigns(channel) if one.status is Status.ENABLED]
    wanted = running or list(heard)
    return min((heard[name] for name in wanted), default=None) if heard.keys() >= set(wanted) else None


def _crm(signals: Signals) -> Iterator[Finding]:
    """A tenant of whose CRM nothing was ever heard has none. One that fell silent is missed until it is heard again.

    Or until its limit is longer than is looked back: that is how a tenant says that it has none any more. One that
    told match rates is missed where it tells none any more, whatever else it says.
    """
    uploads, limit = signals.uploads or (), signals.facts.tenant.guardrails.stale_hours.crm
    recorded = [row.crm.until for row in signals.rows if row.crm]
    rated = [one.at for one in uploads if one.match_rate is not None]
    heard = rated or [one.at for one in uploads] or recorded
    if not heard:
        yield Finding(CRM_STALE, Trust.GOOD if limit * HOUR > LOOKED_BACK else Trust.INCONCLUSIVE)
    else:
        yield _aged(signals, CRM_STALE, None, max(heard), limit)
    yield Finding(CRM_UNREADABLE, _readable(uploads))


def _readable(uploads: Sequence[Upload]) -> Trust:
    """Whether the last upload says numbers that can be."""
    if not uploads:
        return Trust.INCONCLUSIVE
    return Trust.GOOD if is_readable(uploads[-1]) else Trust.BAD


def is_readable(upload: Upload) -> bool:
    """Whether an upload says numbers that can be."""
    rate = upload.match_rate
    return (rate is None or 0 <= rate <= 1) and all(isfinite(one) for one in upload.conversions.values())


def _aged(signals: Signals, code: str, channel: str | None, heard: datetime | None, limit: float) -> Finding:
    if heard is None:
        return Finding(code, Trust.BAD, channel)
    age = (signals.facts.now - heard) / HOUR
    return Finding(code, Trust.BAD if age > limit else Trust.GOOD, channel, age, limit)
