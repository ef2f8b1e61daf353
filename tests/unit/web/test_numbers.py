"""Numbers and dates as a locale writes them; charts as they stand in a page."""

from datetime import UTC, date, datetime

import pytest

from common.domain.errors import InvalidInput
from common.domain.report import CurvePoint, Pacing
from common.web.charts import NARROW, WIDE, Size, pacing_chart
from common.web.drawing import Label, Shape, drawing_of
from common.web.numbers import Numbers
from tests.world import euros

SPAIN = Numbers("es_ES", "EUR", "Europe/Madrid")
BRITAIN = Numbers("en_GB", "EUR", "Europe/Madrid")
JAPAN = Numbers("ja_JP", "JPY", "Asia/Tokyo")


def test_money() -> None:
    assert SPAIN.money(euros(12_345.67)) == "12.345,67\xa0€"
    assert BRITAIN.money(euros(12_345.67)) == "€12,345.67"
    assert JAPAN.money(euros(12_345)) == "￥12,345"
    assert SPAIN.whole(euros(12_345.67)) == "12.346\xa0€"
    assert BRITAIN.compact(euros(12_000)) == "€12K"


def test_a_difference_has_its_sign_and_nothing_has_none() -> None:
    assert [BRITAIN.signed(euros(units)) for units in (1, -1, 0)] == ["+€1.00", "-€1.00", "€0.00"]


def test_percentages() -> None:
    assert [SPAIN.percent(one) for one in (48.3, 0.42)] == ["48\xa0%", "0,4\xa0%"]
    assert [BRITAIN.signed_percent(one) for one in (12.0, -12.0, 0.0)] == ["+12%", "-12%", "0%"]


def test_days_and_moments_are_the_tenants() -> None:
    assert SPAIN.day(date(2026, 5, 4)) == "4 may 2026"
    assert SPAIN.long_day(date(2026, 5, 4)) == "Lunes, 4 de mayo de 2026"
    assert BRITAIN.when(datetime(2026, 5, 4, 22, 30, tzinfo=UTC)) == "5 May 2026, 00:30"


def test_a_locale_that_does_not_exist_is_an_input_with_a_fault() -> None:
    with pytest.raises(InvalidInput, match="zz_ZZ is not a locale"):
        Numbers("zz_ZZ", "EUR", "Europe/Madrid")


def curve() -> Pacing:
    """Three days of ten are over."""
    points = tuple(
        CurvePoint(
            day=date(2026, 5, number),
            planned=euros(100 * number),
            spent=euros(95 * number) if number <= 4 else None,
            forecast=euros(100 * number) if number >= 4 else None,
            low=euros(98 * number) if number >= 4 else None,
            high=euros(101 * number) if number >= 4 else None,
        )
        for number in range(1, 11)
    )
    return Pacing(points=points, seen_until=None, forecast=euros(1000), low=euros(980), high=euros(1010))


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_a_chart_is_small_and_the_same_each_time(size: Size) -> None:
    now = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
    first, second = (pacing_chart(curve(), now, SPAIN, size) for _ in range(2))
    assert first == second
    assert len(str(first)) < 7000
    words = [one.words for one in first.labels]
    assert {"Plan", "Spent", "Forecast", "90% interval", "now", "1 may", "10 may"} <= {*words}
    assert any(one.endswith("\xa0€") for one in words)
    assert sum(one.dash != "none" for one in first.shapes) >= 2


def test_of_a_drawing_only_what_is_seen_is_kept() -> None:
    svg = (
        '<?xml version="1.0"?><svg viewBox="0 0 10 10"><style>*{x: y}</style><defs><path id="a" d="M 0 0"/></defs>'
        '<g id="b"><path d="M 0 0" style="fill: none"/><path id="c" d="M 1.23456 2\nL 3 4.5678" style="fill: none; '
        'stroke: #ff0000"/></g><text style="font-size: 9px; text-anchor: end" x="1.04" y="2">5 &lt; 6</text></svg>'
    )
    drawing = drawing_of(svg, 10, 10)
    assert drawing.shapes == (Shape("M 1.2 2 L 3 4.6", "none", "#ff0000", "1", "none"),)
    assert drawing.labels == (Label("1", "2", "end", "9px", "#000000", "5 < 6"),)
