"""How far live is from the plan, in words."""

from datetime import date

import pytest

from common.decisions.drift import drift_of
from common.domain.calendar import TenantCalendar
from common.domain.drift import CauseKind
from common.domain.guardrails import Guardrails
from common.domain.kpi import KpiReading
from common.domain.manifest import Manifest
from common.domain.money import MICROS
from common.domain.verticals import Metric
from common.web.drift_view import DriftView, drift_view, signed_money
from common.web.kpi_words import kpi_said
from tests.unit.web.drafted import drifted, live
from tests.world import SOUTH, euros, plan

BETWEEN = "The total is the plan's: channels took from one another."
MADRID = TenantCalendar.of("Europe/Madrid")


def seen(of: Manifest) -> DriftView:
    """What a person is shown of south."""
    return drift_view(drift_of(of, plan().slice(SOUTH), Guardrails()), "EUR", MADRID)


@pytest.mark.parametrize(
    ("of", "word", "said"),
    [
        (live(3000, 2000), "on plan", "Live budgets are those of plan v1."),
        (
            live(2950, 2050),
            "2.5% off plan",
            f"Meta is 2.5% over its budget in plan v1; 15% is the limit. {BETWEEN}",
        ),
        (
            live(2250, 2000),
            "25% off plan",
            "Google Search is 25% under its budget in plan v1; 15% is the limit. In all 750.00 EUR less than planned.",
        ),
        (
            live(3000, 2000.5),
            "under 0.1% off plan",
            "Meta is under 0.1% over its budget in plan v1; 15% is the limit. In all 0.50 EUR more than planned.",
        ),
        (
            live(3000, 1500, tiktok=500),
            "spends outside the plan",
            f"TikTok has 500.00 EUR that plan v1 has no budget for. {BETWEEN}",
        ),
    ],
)
def test_a_drift_is_said_in_a_word_and_in_a_sentence(of: Manifest, word: str, said: str) -> None:
    view = seen(of)
    assert (view.word, view.said) == (word, said)


def test_channels_are_compared_with_bars_on_one_scale() -> None:
    search, social = seen(live()).channels
    assert (search.plan, search.live, search.delta, search.percent) == (
        "3,000.00 EUR",
        "2,250.00 EUR",
        "-750.00 EUR",
        "-25%",
    )
    assert (search.plan_share, search.live_share, social.plan_share, social.live_share) == (100.0, 75.0, 66.7, 91.7)


def test_what_is_unusual_about_a_channel_is_said() -> None:
    notes = {one.channel: one.note for one in seen(live(3000, 1500, tiktok=500)).channels}
    assert notes == {"Google Search": "", "Meta": "", "TikTok": "has money, but no budget in the plan"}


def test_what_moved_several_channels_is_told_once() -> None:
    (cause,) = drift_view(drifted(), "EUR", MADRID).causes
    assert cause.why == "A purchase costs half there."
    assert cause.moved == [
        "Google Search -750.00 EUR, all of its difference",
        "Meta +750.00 EUR, all of its difference",
    ]


def test_an_edit_by_hand_is_told_as_one() -> None:
    drift = drifted()
    edited = tuple(
        one.but(causes=tuple(cause.but(kind=CauseKind.EXTERNAL_CHANGE, share=0.4) for cause in one.causes))
        for one in drift.channels
    )
    (cause,) = drift_view(drift.but(channels=edited), "EUR", MADRID).causes
    assert cause.why == "Changed by hand. A purchase costs half there."
    assert cause.moved[0] == "Google Search -750.00 EUR, 40% of its difference"


READING = KpiReading(
    metric=Metric.ROAS,
    since=date(2026, 4, 20),
    until=date(2026, 5, 3),
    value=4.21,
    low=3.6,
    high=4.9,
    maturity=0.82,
    source="ga4",
    spend=euros(690),
    conversions=34.0,
    target=4.0,
)


def test_a_kpi_is_never_a_number_alone() -> None:
    assert kpi_said(READING, "EUR") == (
        "ROAS 4.21 since 20 Apr, by GA4; between 3.60 and 4.90 with 90% probability; "
        "82% of its conversions are visible by now; the target is 4.00."
    )
    cost = READING.but(metric=Metric.CPA, value=23.4, low=None, high=None, target=24.0, source="platform")
    assert kpi_said(cost, "EUR") == (
        "CPA 23.40 EUR since 20 Apr, by the ad platforms; 82% of its conversions are visible by now; "
        "the target is 24.00 EUR."
    )


def test_a_kpi_that_is_a_proxy_or_not_there_says_so() -> None:
    assert kpi_said(READING.but(proxy=True), "EUR").startswith("ROAS (proxy) 4.21")
    assert kpi_said(READING.but(value=None), "EUR") == (
        "No ROAS yet, by GA4: too little was spent or converted since 20 Apr."
    )
    assert kpi_said(None, "EUR") == ""


@pytest.mark.parametrize(("micros", "said"), [(MICROS, "+1.00 EUR"), (-MICROS, "-1.00 EUR"), (-3, "0.00 EUR")])
def test_a_difference_has_its_sign(micros: int, said: str) -> None:
    assert signed_money(micros, "EUR") == said
