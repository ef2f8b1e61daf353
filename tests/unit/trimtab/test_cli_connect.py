"""A walk through a client's connections: what is there, what is missing, and what to do next."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.domain.connection import ConnectionState
from common.use_cases.connections import connections_of
from tests.unit.trimtab.command import trimtab
from tests.unit.trimtab.underway import Underway, underway


@pytest.fixture
def flight(tmp_path: Path) -> Iterator[Underway]:
    """A flight that has just begun."""
    with underway(tmp_path, hours=1) as found:
        yield found


def test_where_all_is_well_each_source_says_what_was_found(flight: Underway) -> None:
    answer = flight.trimtab("connect")
    assert (answer.code, answer.err) == (0, "")
    assert answer.widest <= 80
    said = " ".join(answer.out.split())
    for source in ("google_ads", "meta", "ga4", "crm"):
        assert f"✓ {source}: connected" in said
    assert "✓ GA4 as the source of truth: met" in said
    assert "Next:" not in said


def test_as_json_it_has_states_needs_and_the_gate(flight: Underway) -> None:
    found = flight.trimtab("connect", "weekend", "--json").data
    assert found["ga4_source_of_truth"]["met"] is True
    meta = found["connections"]["meta"]
    assert (meta["state"], meta["next"]) == ("connected", None)
    assert [need["met"] for need in meta["needs"]] == [True, True]


def test_accounts_are_named_first_and_shown_as_the_apis_have_them(flight: Underway) -> None:
    answer = flight.trimtab("connect", "--account", "google_ads=123-456-7890", "--account", "ga4=42")
    assert answer.code == 0
    assert "google_ads 1234567890: connected" in answer.out
    assert "ga4 properties/42: connected" in answer.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--account", "google_ads=12"], "'12' is no account: 10 digits"),
        (["--account", "bing=12"], "'bing' is no source: "),
        (["--account", "meta"], "'meta': write NAME=VALUE"),
        (["--secret", "=x"], "'=x': write NAME=VALUE"),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_looked_at(
    flight: Underway, options: list[str], said: str
) -> None:
    answer = flight.trimtab("connect", *options)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_a_client_without_accounts_is_told_the_next_step_for_each_and_that_work_can_begin_without_ga4(
    flight: Underway,
) -> None:
    """No market: the accounts that the tenant names are asked, and it names none."""
    answer = trimtab("connect", "--store", flight.store)
    assert answer.code == 1
    said = " ".join(answer.out.split())
    assert "✗ meta: not in use" in said
    assert "Next: its campaigns are on meta, but no account there is named" in said
    assert "- ga4: none is connected" in said
    assert "not met." in said
    assert "Work can begin without it" in said
    assert trimtab("connect", "--store", flight.store, "--json").data["connections"]["meta"]["state"] == "broken"


def test_a_property_that_is_lost_and_found_is_seen_by_the_watch(tmp_path: Path) -> None:
    """Within the quarter of an hour in which degraded mode is entered and left, not the day after."""
    events = [
        {"kind": "ga4_disconnect", "at": "2026-05-07T03:00"},
        {"kind": "ga4_connect", "at": "2026-05-07T06:00"},
    ]
    with underway(tmp_path, hours=2, events=events) as flight:
        ports = flight.player.ports
        assert connections_of(ports, "weekend")["ga4"].state is ConnectionState.CONNECTED
        flight.player.hour()
        flight.player.hour()
        assert connections_of(ports, "weekend")["ga4"].state is ConnectionState.ABSENT
        for _ in range(3):
            flight.player.hour()
        assert connections_of(ports, "weekend")["ga4"].state is ConnectionState.CONNECTED
