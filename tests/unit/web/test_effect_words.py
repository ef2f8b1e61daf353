"""What a proposal is expected to bring, in words."""

from math import inf, nan

import pytest

from common.web.effect_words import expected

UNIT = {"effect_unit": "conversions a day"}


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ({"expected_effect": 3.214, **UNIT}, "+3.21 conversions a day"),
        (
            {"expected_effect": 1234.5, "effect_low": -0.4, "effect_high": 12.04, **UNIT},
            "+1,234 conversions a day, between -0.40 and +12.0",
        ),
        ({"expected_effect": -0.001, "effect_low": -1, "effect_high": 1}, "0.00, between -1.00 and +1.00"),
        ({"expected_effect": 0, **UNIT}, "0.00 conversions a day"),
        ({"expected_effect": 2.0, "effect_low": 1.0, "effect_high": None, **UNIT}, "+2.00 conversions a day"),
        ({"expected_effect": 2.0, "effect_low": nan, "effect_high": inf}, "+2.00"),
        ({"expected_effect": nan, **UNIT}, ""),
        ({"expected_effect": "about a fifth", **UNIT}, ""),
        ({"expected_effect": None}, ""),
        ({}, ""),
    ],
)
def test_it_is_said_with_its_sign_its_unit_and_its_interval(
    evidence: dict[str, float | int | str | None], said: str
) -> None:
    assert expected(evidence) == said
