"""A week's flight on LinkedIn, hour by hour: what is seen a day late is neither overspent nor paused for nothing."""

import pytest

from tests.unit.adapters.linkedin.linkedin_flight import PLAN, linkedin_flight


@pytest.mark.parametrize(
    ("zone", "seed", "native_cap", "least"), [("UTC", 11, False, 0.9), ("Europe/Madrid", 12, True, 0.999)]
)
def test_a_flight_ends_within_its_money(zone: str, seed: int, native_cap: bool, least: float) -> None:
    """With LinkedIn's own total budget, to the end; without it some is left, since the last two days are not seen."""
    with linkedin_flight(zone=zone, seed=seed, native_cap=native_cap) as flight:
        for _ in flight.player.hours():
            pass
        spent = flight.player.world.market.true_spend("t/search")
    assert least * PLAN <= spent <= PLAN
    assert flight.player.played.stopped == []
