"""A KPI in words says what may still become of it."""

from datetime import date

from common.domain.kpi import KpiReading
from common.domain.verticals import Metric
from common.web.kpi_words import kpi_said

READING = KpiReading(
    metric=Metric.CPA,
    since=date(2026, 6, 1),
    until=date(2026, 6, 10),
    value=4.2,
    source="ga4",
    spend=420_000_000,
    conversions=100,
)


def test_days_that_ga4_may_still_change_are_told_and_settled_ones_are_not() -> None:
    assert "GA4 may still change 2 of these days" in kpi_said(READING.but(changing=2), "EUR")
    assert "change" not in kpi_said(READING, "EUR")
