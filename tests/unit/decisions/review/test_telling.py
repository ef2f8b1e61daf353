"""Which numbers a sentence about a proposal may tell: those that it shows, rounded or in another unit; no others."""

import pytest

from common.decisions.review.telling import invents
from common.domain.change import Change, OptimizationType, Proposal, Setting

SHIFT = Proposal(
    proposal_id="budget",
    type=OptimizationType.BUDGET_SHIFT,
    rule="budget",
    changes=(
        Change(entity_id="search-7", setting=Setting.ALLOCATION, before=3_000_000_000, after=2_850_500_000),
        Change(entity_id="social", setting=Setting.ALLOCATION, before=1_000_000_000, after=1_149_500_000),
    ),
    why="149.50 EUR from Search 2026 to Social: it brings more there.",
    evidence={"expected_effect": 3.456, "conversions_30d": 1234.5, "maturity": 0.87, "days": 28, "since": "2026-03"},
)


@pytest.mark.parametrize(
    "why",
    [
        "More where it pays.",
        "149.50 EUR, that is 149.5 or 150 EUR, from Search 2026.",
        "Search keeps 2,850.50 EUR of 3,000 EUR: 5% less. Social has 15% more, 1,150 EUR.",
        "3.456, 3.46, 3.5, or 3 more a day.",
        "1,234.5 or 1235 conversions in 30 days, 87% or 0.87 of them visible, over 28 days.",
        "search-7 gives.",
    ],
)
def test_what_the_proposal_shows_may_be_told(why: str) -> None:
    assert not invents(why, SHIFT)


@pytest.mark.parametrize(
    "why",
    [
        "4 more a day.",
        "3.45 more a day.",
        "151 EUR.",
        "16% more.",
        "Twice: 200%.",
        "\uff19\uff19 EUR.",
        "1,234.4.",
        "2027",
    ],
)
def test_what_it_does_not_show_is_an_invention(why: str) -> None:
    assert invents(why, SHIFT)
