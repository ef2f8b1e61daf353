"""What of GA4's answers is believed, and what is refused by name rather than taken for less than it is."""

from collections.abc import Callable

import grpc
import pytest

from common.domain.money import MICROS
from common.domain.trouble import TroubleKind
from common.ports.ad_platform import EntityRef
from sandbox.servers.ga4 import Conduct, Failure, Visitors
from tests.unit.adapters.ga4.property_rig import property_rig

Switch = Callable[[Conduct], None]


def _sampled(conduct: Conduct) -> None:
    conduct.sampled = (400, 1000)


def _sampled_from_nothing(conduct: Conduct) -> None:
    conduct.sampled = (0, 0)


def _thresholded(conduct: Conduct) -> None:
    conduct.least_sessions = 5


def _cut_unseen(conduct: Conduct) -> None:
    conduct.keep_rows, conduct.hide_other = 1, True


def _truncated(conduct: Conduct) -> None:
    conduct.truncated_before = "2026-06-02"


def _truncated_somewhere(conduct: Conduct) -> None:
    conduct.truncated_before = ""


def _empty_for_a_reason(conduct: Conduct) -> None:
    conduct.empty_reason = "NO_DATA"


def _no_headers(conduct: Conduct) -> None:
    conduct.empty_reason, conduct.without_headers = " ", True


def _no_zone(conduct: Conduct) -> None:
    conduct.time_zone = ""


def _restricted(conduct: Conduct) -> None:
    conduct.restricted = ("sessions",)


def _no_key_event(conduct: Conduct) -> None:
    conduct.key_event = "sign_up"


REFUSED: dict[str, tuple[Switch, str, TroubleKind]] = {
    "sampled": (_sampled, "sampled", TroubleKind.OURS),
    "sampled from nothing": (_sampled_from_nothing, "sampled", TroubleKind.OURS),
    "thresholded": (_thresholded, "thresholded", TroubleKind.PERSON),
    "rows lost, no (other)": (_cut_unseen, "rows_cut", TroubleKind.OURS),
    "truncated": (_truncated, "data_truncated", TroubleKind.OURS),
    "truncated, nobody says where": (_truncated_somewhere, "data_truncated", TroubleKind.OURS),
    "empty for a reason": (_empty_for_a_reason, "empty_for_a_reason", TroubleKind.OURS),
    "empty without columns": (_no_headers, "bad_answer", TroubleKind.OURS),
    "no time zone": (_no_zone, "bad_answer", TroubleKind.OURS),
    "a metric that the role may not see": (_restricted, "metric_restricted", TroubleKind.OURS),
    "no such key event": (_no_key_event, "key_event_missing", TroubleKind.PERSON),
}


@pytest.mark.parametrize("what", ["events", "days"])
@pytest.mark.parametrize("case", list(REFUSED))
def test_what_is_less_than_was_asked_for_is_no_answer(case: str, what: str) -> None:
    switch, code, kind = REFUSED[case]
    with property_rig() as rig:
        switch(rig.conduct)
        trouble = rig.refused(what)
    assert (trouble.code, trouble.kind) == (code, kind)


def test_what_is_cut_before_the_first_day_that_was_asked_for_does_no_harm() -> None:
    with property_rig(Conduct(truncated_before="2026-05-01", sampled=(960, 1000))) as rig:
        assert rig.days().days.keys() == {"search", "social"}


def test_a_sample_of_nine_tenths_is_used_and_one_of_less_is_not() -> None:
    with property_rig(Conduct(sampled=(900, 1000))) as rig:
        assert rig.days().days.keys() == {"search", "social"}
    with property_rig(Conduct(sampled=(899, 1000))) as rig:
        assert rig.refused("days").code == "sampled"


def test_an_answer_in_another_currency_is_none() -> None:
    """Revenue is asked for in the tenant's currency, whatever the property counts in."""
    with property_rig(Conduct(property_currency="USD")) as rig:
        assert rig.days().days["search"][0].value > 0
    with property_rig(Conduct(currency="USD")) as rig:
        assert rig.refused("days").code == "wrong_currency"


def test_all_pages_are_read_and_counted_once() -> None:
    with property_rig() as rig:
        whole = rig.events()
    with property_rig(Conduct(page_rows=7)) as rig:
        assert rig.events() == whole
        assert [one.method for one in rig.server.calls[:2]] == ["batchRunReports", "runReport"]
    with property_rig(Conduct(page_rows=0)) as rig:
        assert rig.refused().code == "bad_answer"


def test_a_campaign_that_other_may_hide_much_of_is_not_answered_for() -> None:
    """Small campaigns of others fill `(other)`: what it hides is held against each campaign's own sessions."""
    few = tuple(Visitors(0.5, utm_id=f"old-{number}") for number in range(4))
    many = tuple(Visitors(400.0, utm_id=f"old-{number}") for number in range(4))
    with property_rig(Conduct(visitors=few, keep_rows=2)) as rig:
        assert rig.events().hours.keys() == {"search", "social"} == rig.days().days.keys()
    with property_rig(Conduct(visitors=many, keep_rows=2)) as rig:
        assert rig.events().hours == {}


def test_what_a_report_does_not_know_of_a_campaign_is_not_zero() -> None:
    """One that GA4 never saw is absent; one that it saw last week and that brings nothing now is at zero."""
    with property_rig() as rig:
        late = rig.start.replace(day=2)
        stranger = EntityRef("stranger", "4711", "campaign", "meta")
        found = rig.events(*rig.both, stranger, since=late)
        assert found.hours.keys() == {"search", "social"}
        rig.server.world.market.advance_to(rig.server.world.market.end)
        rig.advance(24 * 12)
        quiet = rig.events(*rig.both, stranger, since=rig.server.world.now())
        assert quiet.hours == {"search": (), "social": ()}


def test_revenue_is_in_micros_and_goes_to_the_session_and_to_the_first_user() -> None:
    with property_rig() as rig:
        row = rig.days().days["search"][0]
    assert row.value == row.first_user_value == row.conversions * 50 * MICROS > 0


@pytest.mark.parametrize(
    ("vertical", "event"), [("health", "book_appointment"), ("schools", "sign_up"), ("tourism", "request")]
)
def test_each_vertical_counts_its_own_event_and_what_the_site_says_that_it_is_worth(vertical: str, event: str) -> None:
    """Tourism counts all key events. Any track may have a ROAS to reach, so value is always read."""
    with property_rig(Conduct(key_event=event), vertical=vertical) as rig:
        row = rig.days().days["search"][0]
        asked = rig.server.calls[0]
    assert row.value == row.first_user_value == row.conversions * 50 * MICROS > 0
    assert (asked.method, asked.reports) == ("batchRunReports", 3)


def test_a_call_that_fails_once_is_repeated_and_one_that_goes_on_failing_is_no_answer() -> None:
    with property_rig() as rig:
        rig.conduct.failures = [Failure(grpc.StatusCode.UNAVAILABLE, "try again")]
        assert rig.events().hours["search"]
        assert rig.server.calls
    with property_rig() as rig:
        rig.conduct.failures = [Failure(grpc.StatusCode.INTERNAL, "oh")] * 9
        assert rig.refused().code == "unavailable"
