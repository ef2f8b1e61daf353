"""Reasons read as sentences: money as money, hours as hours, and a code without words of its own as itself."""

import pytest

from common.decisions.reason_words import in_words
from common.domain.change import Reason

CASES: list[tuple[Reason, str]] = [
    (Reason(code="lowered", measured=261_928_707, limit=0), "lowered: 261.93 EUR a day is enough"),
    (
        Reason(code="stopped_at_allocation", measured=9_002_875_659, limit=9_000_000_000),
        "stopped: up to 9,002.88 EUR may be spent by now, of 9,000.00 EUR",
    ),
    (
        Reason(code="demand_limited", measured=1_813_150_000.4, limit=131_990_000),
        "1,813.15 EUR a day is wanted, but the demand is for 131.99 EUR at most",
    ),
    (Reason(code="total_budget", limit=3_000_000_000), "the platform's own total is set to 3,000.00 EUR"),
    (Reason(code="cooldown_hours", measured=4.983333, limit=6), "waits: changed 5 h ago, 6 h must pass"),
    (
        Reason(code="daily_budget_step_pct", measured=31.25, limit=25),
        "a raise of 31.2%; from 25% a person decides",
    ),
    (Reason(code="budget_writes_per_day", measured=4, limit=4), "waits: 4 budget writes today, 4 are allowed"),
    (Reason(code="not_begun", measured="2026-03-01", limit="2026-03-09"), "the flight begins on 2026-03-09"),
    (Reason(code="platform_silent", measured="meta"), "meta does not answer"),
    (Reason(code="paused"), "paused, not by Trimtab"),
    (Reason(code="paused", measured="tracking_failure", limit="p-1"), "paused: tracking failure"),
    (
        Reason(code="changed_since", measured="bid_target"),
        "its bid target was changed again since; undo that first",
    ),
    (Reason(code="protected_geos", measured="north_shore"), "north_shore is protected"),
    (Reason(code="master_cap"), "the master cap leaves too little"),
    (
        Reason(code="master_cap", measured=5_000_000, limit=0),
        "5.00 EUR more is needed under the master cap, 0.00 EUR is free",
    ),
    (
        Reason(code="ctr_floor_pct", measured=3.04, limit=0.5),
        "its click rate is 3%; only under 0.5% an ad is paused without a person",
    ),
    (
        Reason(code="shadowed:lowered", measured=261_928_707, limit=0),
        "only tried out: lowered: 261.93 EUR a day is enough",
    ),
    (Reason(code="brand_new_code"), "brand new code"),
    (Reason(code="brand_new:code", measured=0, limit="x"), "brand new: code (measured 0, limit x)"),
]


@pytest.mark.parametrize(("reason", "said"), CASES, ids=[reason.code for reason, _ in CASES])
def test_a_reason_in_words(reason: Reason, said: str) -> None:
    assert in_words(reason, "EUR") == said


def test_amounts_have_the_digits_of_their_currency() -> None:
    assert in_words(Reason(code="lowered", measured=261_928_707), "JPY") == "lowered: 262 JPY a day is enough"
    assert in_words(Reason(code="lowered", measured=261_928_707), "KWD") == "lowered: 261.929 KWD a day is enough"
