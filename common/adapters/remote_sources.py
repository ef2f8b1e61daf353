"""GA4 and the CRM of the tenants of a simulated market that another process serves."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from common.adapters.market_wire import ask, days_of, end_of, hours_of, settled_of
from common.domain.connection import Need
from common.domain.errors import SourceSilent
from common.domain.figures import DayEvents, DaysReport, EventsReport, HourEvents, Quarter, Realtime, Upload
from common.domain.tenant import Tenant
from common.ports.ad_platform import EntityRef, PlatformRefused, PlatformUnavailable
from common.ports.analytics import AnalyticsOf, AnalyticsUnavailable
from common.ports.connections import CheckConnection
from common.ports.crm import CrmOf, CrmUnavailable


def remote_analytics(url: str) -> AnalyticsOf:
    """GA4 of the market at this URL."""
    return lambda tenant_id: RemoteAnalytics(f"{url}/{tenant_id}")


def remote_crm(url: str) -> CrmOf:
    """The CRMs of the market at this URL."""
    return lambda tenant_id: RemoteCrm(f"{url}/{tenant_id}")


def remote_check(url: str) -> CheckConnection:
    """The connections of the market at this URL."""

    def check(tenant: Tenant, source: str, timeout: float) -> tuple[Need, ...] | None:
        body = {"tenant": tenant.body(), "source": source}
        found = _asked(f"{url}/{tenant.tenant_id}/check", body, timeout, SourceSilent)
        return None if found is None else tuple(Need.model_validate(need) for need in found)

    return check


class RemoteAnalytics:
    """One tenant's property."""

    def __init__(self, url: str) -> None:
        self._url = url

    def realtime(self, *, timeout: float) -> Realtime | None:
        """The last two whole quarter-hours of the property."""
        found = _asked(f"{self._url}/realtime", {}, timeout, AnalyticsUnavailable)
        if found is None:
            return None
        return Realtime(tuple(Quarter(datetime.fromisoformat(start), *numbers) for start, *numbers in found))

    def events(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> EventsReport | None:
        """Sessions and conversions by hour."""
        found = _asked(f"{self._url}/events", _wanted(refs, since), timeout, AnalyticsUnavailable)
        return None if found is None else EventsReport(end_of(found), hours_of(found, HourEvents))

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayEvents] | None:
        """Sessions, and key events with their value, by day."""
        body = {"refs": [asdict(ref) for ref in refs], "first": first.isoformat()}
        found = _asked(f"{self._url}/days", body, timeout, AnalyticsUnavailable)
        return None if found is None else DaysReport(end_of(found), days_of(found, DayEvents), settled_of(found))


class RemoteCrm:
    """One tenant's CRM."""

    def __init__(self, url: str) -> None:
        self._url = url

    def uploads(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> tuple[Upload, ...]:
        """The uploads, oldest first."""
        found = _asked(f"{self._url}/uploads", _wanted(refs, since), timeout, CrmUnavailable)
        return tuple(Upload(datetime.fromisoformat(at), rate, conversions) for at, rate, conversions in found)


def _wanted(refs: Sequence[EntityRef], since: datetime) -> dict[str, object]:
    return {"refs": [asdict(ref) for ref in refs], "since": since.isoformat()}


def _asked(url: str, body: Mapping[str, object], timeout: float, unanswered: type[SourceSilent]) -> Any:
    """What is answered there; a refusal is no answer either, since these only read."""
    try:
        return ask(url, {**body, "timeout": timeout}, timeout)
    except PlatformUnavailable as error:
        raise unanswered(str(error), error.trouble) from error
    except PlatformRefused as error:
        raise unanswered(str(error)) from error
