"""Reasons read as sentences: money as money, hours as hours, and a code without words of its own as itself."""

import re
from pathlib import Path

import pytest

from common.decisions.anomaly.alarms import Kind
from common.decisions.reason_words import in_words
from common.domain.change import Reason

ROOT = Path(__file__).parents[3]

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
    (
        Reason(code="drift_threshold", measured=20.0, limit=15.0),
        "20% away from the plan; over 15% a new version is drafted",
    ),
    (Reason(code="unplanned_money", measured=400_000_000), "400.00 EUR is live where the plan has no money"),
    (Reason(code="return_to_plan"), "a person decides whether live goes back to the plan"),
    (Reason(code="agent_added"), "the agent's own idea: a person decides"),
    (
        Reason(code="dropped_by_agent", measured="A sale begins tomorrow."),
        "left alone on the agent's advice: A sale begins tomorrow.",
    ),
    (
        Reason(code="name_withheld"),
        "its name was not shown to the agent: too long, or it reads like an order",
    ),
    (
        Reason(code="advice_refused:unknown_entity", measured="big_moon"),
        "not taken from the agent: the track has no big_moon",
    ),
    (
        Reason(code="advice_refused:no_change", measured="bid_target"),
        "not taken from the agent: its bid target is that already",
    ),
    (
        Reason(code="advice_refused:below_spent", measured=5_000_000, limit=9_000_000),
        "not taken from the agent: 5.00 EUR is less than the 9.00 EUR that may be spent already",
    ),
    (Reason(code="brand_new_code"), "brand new code"),
    (Reason(code="brand_new:code", measured=0, limit="x"), "brand new: code (measured 0, limit x)"),
]

WATCH: list[tuple[Reason, str]] = [
    (Reason(code="not_answered_for"), "its platform's report leaves it out"),
    (
        Reason(code="impossible_figures", measured="nan", limit="2026-05-04T06:00:00+00:00"),
        "its platform reports nan for 2026-05-04T06:00:00+00:00: the report is left out",
    ),
    (
        Reason(code="hours_from_the_future", measured="2026-05-04T07:00", limit="2026-05-04T06:30"),
        "its platform reports on 2026-05-04T07:00, at 2026-05-04T06:30: the report is left out",
    ),
    (Reason(code="report_late", measured=7.25, limit=2.0), "its platform's report is 7.2 h old; 2 h are usual"),
    (
        Reason(code="report_went_back", measured="2026-05-04T05:00", limit="2026-05-04T06:00"),
        "its platform reports only until 2026-05-04T05:00, though it went to 2026-05-04T06:00 before",
    ),
    (
        Reason(code="restated", measured=12_000_000, limit=10_000_000),
        "hours that were known have more now: 12.00 EUR, not 10.00 EUR",
    ),
    (
        Reason(code="counter_went_back", measured=8_000_000, limit=10_000_000),
        "hours that were known have less now: 8.00 EUR, not 10.00 EUR",
    ),
    (
        Reason(code="repeats_yesterday", measured=3, limit=3),
        "3 hours in a row are yesterday's to the last digit: a copy says nothing",
    ),
    (Reason(code="spends_while_off", measured=2, limit=2), "it spent for 2 hours in a row, though it is off"),
    (Reason(code="spends_nothing", measured=3, limit=3), "it spent nothing for 3 hours in a row, though it is on"),
    (Reason(code="spend_without_clicks", measured=41_500_000), "41.50 EUR was spent without a click"),
    (Reason(code="still_learning"), "how it usually spends is not known yet: only what is plain is seen"),
    (
        Reason(code="inconclusive:site", measured=2, limit=14.6),
        "2 visits to the site where 14.6 are usual; too little to tell",
    ),
    (
        Reason(code="inconclusive:events", measured=0, limit=9.0),
        "0 key events where 9 are usual; too little to tell",
    ),
    (
        Reason(code="inconclusive:landing", measured=1, limit=12.0),
        "1 of its visits arrived where 12 are usual; too little to tell",
    ),
    (
        Reason(code="inconclusive:claims", measured=0, limit=8.5),
        "its platform counted 0 conversions where 8.5 are usual; too little to tell",
    ),
    (
        Reason(code="spend_anomaly", measured=5.98, limit=0.998),
        "worth a pause: it spends 6 times what its budget makes usual (99.8% sure)",
    ),
    (
        Reason(code="unusual:spend_anomaly", measured=2.4, limit=0.61),
        "not worth a pause: it spends 2.4 times what its budget makes usual (61% sure)",
    ),
    (Reason(code="spend_anomaly"), "it spends more than its budget makes usual"),
    (
        Reason(code="price_anomaly", measured=4.2, limit=0.9999),
        "worth a pause: its clicks cost 4.2 times the usual (99.9% sure)",
    ),
    (
        Reason(code="unusual:price_anomaly", limit=0.5),
        "not worth a pause: its clicks cost many times the usual (50% sure)",
    ),
    (Reason(code="price_anomaly"), "its clicks cost more than they bring"),
    (
        Reason(code="tracking_failure", measured=0.04, limit=0.97),
        "worth a pause: 4% of the usual visits are seen on the site (97% sure)",
    ),
    (Reason(code="tracking_failure"), "the site is not seen any more, though clicks go on"),
    (
        Reason(code="key_events_stopped", measured=0.0, limit=0.97),
        "worth a pause: 0% of the usual key events are seen on the site (97% sure)",
    ),
    (Reason(code="key_events_stopped"), "key events do not come any more, though the site is visited"),
    (
        Reason(code="landing_failure", measured=0.015, limit=0.97),
        "worth a pause: 1.5% of its usual visits arrive on the site (97% sure)",
    ),
    (Reason(code="landing_failure"), "its clicks do not arrive on the site any more"),
    (
        Reason(code="unusual:platform_counts_stopped", measured=0.05, limit=0.97),
        "not worth a pause: its platform counts 5% of the usual conversions (97% sure)",
    ),
    (Reason(code="platform_counts_stopped"), "its platform does not count conversions any more"),
    (Reason(code="budget_edited_by_hand"), "not paused: its budget was raised by hand on the platform"),
    (Reason(code="source_silent", measured="ga4"), "ga4 does not answer; the other sources are judged"),
    (Reason(code="crm_late", measured=31.4, limit=26.0), "the CRM's last upload is 31.4 h old; over 26 h it is late"),
    (Reason(code="busy"), "another change is being made: what follows is asked for at the next check"),
    (
        Reason(code="flapping", measured=3, limit=3),
        "paused 3 times in seven days; from 3 on only a person turns it on",
    ),
    (Reason(code="resume_needs_person"), "what was paused in an emergency is turned on by a person"),
    (Reason(code="flight_over", measured="2026-05-20", limit="2026-05-17"), "the flight ended on 2026-05-17"),
]
"""What a check for unusual spend, prices and tracking says."""


@pytest.mark.parametrize(("reason", "said"), [*CASES, *WATCH], ids=[reason.code for reason, _ in [*CASES, *WATCH]])
def test_a_reason_in_words(reason: Reason, said: str) -> None:
    assert in_words(reason, "EUR") == said


def test_amounts_have_the_digits_of_their_currency() -> None:
    assert in_words(Reason(code="lowered", measured=261_928_707), "JPY") == "lowered: 262 JPY a day is enough"
    assert in_words(Reason(code="lowered", measured=261_928_707), "KWD") == "lowered: 261.929 KWD a day is enough"


def test_no_code_of_the_watch_is_without_words() -> None:
    """Every code that its sources name, and every kind of alarm, paused for or only named."""
    sources = [*ROOT.glob("common/decisions/anomaly/*.py"), ROOT / "common/use_cases/watch.py"]
    text = "".join(source.read_text() for source in sources)
    named = set(re.findall(r'(?:Reason\(code=|_fault\(entity, )"([a-z_]+)"', text))
    assert {"not_answered_for", "source_silent", "busy"} < named, "it finds them"
    said = {reason.code.removeprefix("unusual:") for reason, _ in WATCH}
    assert named | {kind.value for kind in Kind} <= said


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_of_alarm_has_words_without_numbers_too(kind: Kind) -> None:
    """It is the reason of its pause, which carries none."""
    assert in_words(Reason(code=kind.value), "EUR") != kind.value.replace("_", " ")
