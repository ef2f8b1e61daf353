"""What is counted for a tenant: sessions, its key event, and what that is worth: any track may have a ROAS to reach."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.adapters.ga4.asked import Wanted
from common.adapters.ga4.campaigns import FIRST_USER, SESSION
from common.domain.tenant import Tenant
from common.domain.verticals import VERTICALS

SESSION_START = "session_start"
REALTIME = (("eventName",), ("eventCount", "keyEvents"))
"""Dimensions and metrics of realtime, which knows no campaigns and no single key event."""
PURCHASE, REVENUE, VALUE = "purchase", "purchaseRevenue", "eventValue"
"""GA4 converts revenue to the currency that is asked for; the value of any other event is what the site sent."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The key event, and the metric of its value."""

    event: str | None
    """`None`: all key events of the property."""
    value: str

    @classmethod
    def of(cls, tenant: Tenant) -> "Counts":
        """As the tenant says, or else its vertical."""
        event = tenant.ga4.key_event or VERTICALS[tenant.vertical].ga4_event
        return cls(event, REVENUE if event == PURCHASE else VALUE)

    @property
    def key_metric(self) -> str:
        """The metric that counts it."""
        return "keyEvents" if self.event is None else f"keyEvents:{self.event}"

    @property
    def realtime(self) -> tuple[str, ...]:
        """The events that realtime is asked for; none: all."""
        return () if self.event is None else (SESSION_START, self.event)

    def hourly(self, first: str, *, rules: bool) -> tuple[Wanted, ...]:
        """The report by hour."""
        return (Wanted(("dateHour", *SESSION.asked(rules=rules)), ("sessions", self.key_metric), first),)

    def daily(self, first: str, currency: str, *, rules: bool) -> tuple[Wanted, ...]:
        """The reports by day: by what brought the session, and by what first brought the user.

        Only revenue stands beside sessions; the value of other events needs a report of those events alone.
        """
        last, before = ("date", *SESSION.asked(rules=rules)), ("date", *FIRST_USER.asked(rules=rules))
        counts = ("sessions", self.key_metric)
        if self.value == REVENUE:
            return (Wanted(last, (*counts, REVENUE), first, currency), Wanted(before, (REVENUE,), first, currency))
        only = ("isKeyEvent", "true") if self.event is None else ("eventName", self.event)
        values = (Wanted(labels, (VALUE,), first, currency, only) for labels in (last, before))
        return (Wanted(last, counts, first), *values)

    @property
    def widths(self) -> tuple[int, ...]:
        """How many metrics each of those reports has."""
        return (3, 1) if self.value == REVENUE else (2, 1, 1)

    def of_day(self, sums: Sequence[Sequence[float]]) -> tuple[float, float, float, float]:
        """Sessions, conversions, value and first-user value of a day, from the sums of each of those reports."""
        sessions, conversions, *revenue = sums[0]
        return sessions, conversions, (revenue or sums[1])[0], sums[-1][0]
