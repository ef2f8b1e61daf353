"""What a property needs, each met or not, and said so that somebody can give it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import grpc
import pytest

from common.adapters.ga4 import check
from common.domain.account import Account
from common.domain.connection import ConnectionState, Need, state_of
from common.domain.ga4_mapping import Ga4Mapping, Ga4Rule
from common.ports.analytics import AnalyticsUnavailable
from sandbox.servers.ga4 import Conduct, Failure, Visitors
from tests.unit.adapters.ga4.property_rig import PropertyRig, property_rig

GOOGLE_ADS = (Account(platform="google_ads", account_id="1234567890"),)
MAIL = Visitors(5.0, 0.5, source="partner", medium="cpc", campaign="june")


def looked(rig: PropertyRig) -> Mapping[str, Need]:
    return {one.code: one for one in check(rig.opening, timeout=30)}


def unmet(rig: PropertyRig) -> set[str]:
    return {code for code, one in looked(rig).items() if not one.met}


def test_a_sound_property_has_all_it_needs() -> None:
    with property_rig(accounts=GOOGLE_ADS) as rig:
        found = looked(rig)
        assert state_of(tuple(found.values())) is ConnectionState.CONNECTED
        assert found.keys() == {
            "permission_missing",
            "key_event_missing",
            "no_data",
            "wrong_time_zone",
            "currency_converted",
            "google_ads_link_missing",
            "sessions_unmapped",
        }
        assert [one.method for one in rig.server.calls] == ["getMetadata", "batchRunReports"]


MISSING: dict[str, tuple[dict[str, Any], str, str]] = {
    "viewer": ({"revoked": True}, "permission_missing", "Viewer"),
    "the event": ({"counts_key_event": False}, "key_event_missing", "purchase"),
    "another event": ({"key_event": "order"}, "key_event_missing", "purchase"),
    "currency": ({"currency": "USD"}, "wrong_currency", "EUR"),
    "zone": ({"time_zone": "America/New_York"}, "wrong_time_zone", "America/New_York"),
    "a zone that is the same in summer only": ({"time_zone": "Africa/Johannesburg"}, "wrong_time_zone", "Africa"),
    "numbers in full": ({"least_sessions": 10.0}, "thresholded", "Device-based"),
}


@pytest.mark.parametrize("case", list(MISSING))
def test_what_is_missing_is_named_with_what_to_do(case: str) -> None:
    switches, code, said = MISSING[case]
    with property_rig(Conduct(**switches)) as rig:
        found = looked(rig)
        assert {one for one, need in found.items() if not need.met} == {code}
        assert said in found[code].said
        assert state_of(tuple(found.values())) is ConnectionState.BROKEN


def test_a_project_without_the_api_is_another_matter_than_a_missing_grant() -> None:
    with property_rig() as rig:
        text = "Google Analytics Data API has not been used in project 42 before or it is disabled."
        rig.conduct.failures = [Failure(grpc.StatusCode.PERMISSION_DENIED, text, "SERVICE_DISABLED")]
        assert unmet(rig) == {"api_disabled"}


def test_without_a_session_in_a_week_there_is_no_data() -> None:
    with property_rig(hours=24 * 60) as rig:
        assert unmet(rig) == {"no_data"}


def test_paid_sessions_that_lead_nowhere_are_counted_and_named() -> None:
    with property_rig(Conduct(visitors=(MAIL, Visitors(50.0)))) as rig:
        need = looked(rig)["sessions_unmapped"]
        hours = 26 + 24 * 6
        assert (need.met, need.required) == (False, False)
        assert f"{5 * hours:,} paid sessions" in need.said
        assert "partner / cpc, june" in need.said
        assert state_of(check(rig.opening, timeout=30)) is ConnectionState.LIMITED


def test_paid_sessions_that_a_rule_or_an_id_brings_home_are_not() -> None:
    rule = Ga4Mapping(rules=(Ga4Rule(entity_id="social", source="partner"),))
    with property_rig(Conduct(visitors=(MAIL,)), ga4=rule) as rig:
        assert unmet(rig) == set()
    named = Visitors(5.0, utm_id="4711", source="partner", medium="cpc", campaign="june")
    with property_rig(Conduct(visitors=(named,))) as rig:
        assert unmet(rig) == set()


def test_campaigns_that_run_are_held_against_what_ga4_sees() -> None:
    """Ids that lead nowhere are named with their sessions, and campaigns that nobody comes by with their names."""
    with property_rig() as rig:
        wrong = replace(rig.ref("social"), external_id="4711")
        opening = replace(rig.opening, campaigns=lambda: (rig.ref("search"), wrong))
        found = {one.code: one for one in check(opening, timeout=30)}
        assert {code for code, one in found.items() if not one.met} == {"sessions_unmapped", "campaigns_unseen"}
        assert f"meta / paid, t/social ({rig.ref('social').external_id})" in found["sessions_unmapped"].said
        assert "1 of 2 campaigns brought none in seven days, such as social" in found["campaigns_unseen"].said
        sound = replace(rig.opening, campaigns=lambda: rig.both)
        assert state_of(check(sound, timeout=30)) is ConnectionState.CONNECTED


def test_google_ads_without_a_link_and_values_that_are_converted_are_told() -> None:
    with property_rig(Conduct(property_currency="USD"), accounts=GOOGLE_ADS) as rig:
        found = looked(rig)
        assert (found["currency_converted"].met, found["currency_converted"].required) == (False, False)
    with property_rig(accounts=GOOGLE_ADS, market={"platform": "meta"}) as rig:
        assert unmet(rig) == {"google_ads_link_missing"}


def test_a_property_that_does_not_answer_says_nothing_of_its_grants() -> None:
    with property_rig() as rig:
        rig.conduct.failures = [Failure(grpc.StatusCode.UNAVAILABLE, "no")] * 9
        with pytest.raises(AnalyticsUnavailable):
            check(rig.opening, timeout=30)
