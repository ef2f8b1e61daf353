"""A KPI in words, for pages and reports."""

from datetime import date

from common.domain.kpi import KpiReading
from common.domain.money import from_units, show
from common.domain.verticals import Metric

_SOURCES = {"ga4": "GA4", "crm": "the CRM", "platform": "the ad platforms"}


def kpi_name(reading: KpiReading) -> str:
    """`CPA`, `ROAS`, and that it is a proxy."""
    return f"{reading.metric.value.upper()}{' (proxy)' if reading.proxy else ''}"


def kpi_source(reading: KpiReading) -> str:
    """Who counted its conversions."""
    return _SOURCES.get(reading.source, reading.source)


def kpi_said(reading: KpiReading | None, currency: str) -> str:
    """A KPI with its interval, maturity and source: never a number alone. Empty where there is none."""
    if reading is None:
        return ""
    name, source = kpi_name(reading), kpi_source(reading)
    if reading.value is None:
        return f"No {name} yet, by {source}: too little was spent or converted since {_day(reading.since)}."
    figure = f"{name} {_figure(reading.value, reading.metric, currency)} since {_day(reading.since)}, by {source}"
    more = [
        _interval(reading, currency),
        "" if reading.maturity is None else f"{100 * reading.maturity:.0f}% of its conversions are visible by now",
        f"GA4 may still change {reading.changing} of these days" if reading.changing else "",
        "" if reading.target is None else f"the target is {_figure(reading.target, reading.metric, currency)}",
    ]
    return "; ".join([figure, *(one for one in more if one)]) + "."


def _interval(reading: KpiReading, currency: str) -> str:
    if reading.low is None or reading.high is None:
        return ""
    low, high = (_figure(one, reading.metric, currency) for one in (reading.low, reading.high))
    return f"between {low} and {high} with 90% probability"


def _figure(value: float, metric: Metric, currency: str) -> str:
    if metric is Metric.ROAS:
        return f"{value:.2f}"
    return show(from_units(value), currency)


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
