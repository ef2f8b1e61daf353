"""One tick by hand, against a market that another thread serves."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from common.domain.manifest import InFlight
from common.domain.paths import Track
from common.ports.documents import Replace
from tests.unit.trimtab.command import trimtab
from tests.unit.trimtab.underway import Underway, underway


@pytest.fixture
def flight(tmp_path: Path) -> Iterator[Underway]:
    """A flight after its first five hours."""
    with underway(tmp_path, hours=5) as found:
        yield found


def test_every_track_is_ticked_and_tells_what_it_did_and_why(flight: Underway) -> None:
    answer = flight.trimtab("tick")
    assert (answer.code, answer.err) == (0, "")
    assert answer.widest <= 80
    assert "shop  2026-05-07 03:00 UTC" in answer.out
    assert "outlet  2026-05-07 03:00 UTC" in answer.out
    assert "google_search: " in answer.out


def test_what_a_tick_changed_is_shown_with_its_values_and_is_live(tmp_path: Path) -> None:
    with underway(tmp_path, hours=0) as flight:
        answer = flight.trimtab("tick", "outlet")
        assert "applied: change set " in answer.out
        live = flight.daily_budget("outlet") / 1_000_000
        assert f"google_search daily budget: 300.00 EUR → {live:.2f} EUR" in answer.out
        assert live != 300
        assert flight.trimtab("verify-log").code == 0


def test_one_track_can_be_named(flight: Underway) -> None:
    (tick,) = flight.trimtab("tick", "outlet", "--json").data
    assert (tick["tenant"], tick["track"], tick["window"]) == ("weekend", "outlet", "2026-05-07T03:00:00+00:00")
    assert {reason["entity_id"] for reason in tick["reasons"]} == {"google_search", "display"}


def test_a_second_tick_in_the_same_hour_does_nothing_and_says_so(flight: Underway) -> None:
    flight.trimtab("tick", "shop")
    again = flight.trimtab("tick", "shop")
    assert again.code == 0
    assert "the window of 2026-05-07T03:00:00+00:00 was done before (window_done)" in " ".join(again.out.split())


def test_a_track_that_somebody_else_is_driving_is_told_and_the_other_is_run(flight: Underway) -> None:
    ports, track = flight.player.ports, Track("weekend", "shop")
    found = ports.documents.read(track.manifest)[0]
    assert found is not None
    until = ports.clock.now() + timedelta(minutes=10)
    held = InFlight(change_set_id="cs", holder="somebody", lease_until=until).body()
    ports.documents.commit(Replace(track.manifest, {**found.data, "in_flight": held}, found.version))
    answer = flight.trimtab("tick", "--json")
    assert answer.code == 2
    assert [tick["track"] for tick in answer.data] == ["outlet"]
    assert "shop was not run: shop: change set cs is being applied until 2026-05-07 03:10" in answer.err


def test_without_a_market_the_tenants_own_accounts_are_asked_and_it_has_none(flight: Underway) -> None:
    answer = trimtab("tick", "--store", flight.store)
    assert (answer.code, answer.err) == (0, "")
    assert "is not connected: no account is named (account_missing)" in " ".join(answer.out.split())


def test_an_address_that_is_no_market_is_named(flight: Underway) -> None:
    answer = trimtab("tick", "--store", flight.store, TRIMTAB_MARKET_URL=f"{flight.url}/elsewhere")
    assert (answer.code, answer.out) == (2, "")
    assert f"{flight.url}/elsewhere/now is no market: it answers 404" in answer.err


def test_an_unknown_track_is_answered_with_those_that_exist(flight: Underway) -> None:
    answer = flight.trimtab("tick", "west")
    assert answer.code == 2
    assert "weekend has no track west; it has shop, outlet" in answer.err
