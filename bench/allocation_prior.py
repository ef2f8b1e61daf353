"""`python -m bench.allocation_prior DIR`: how elasticities go with returns and planned spend in a folder of scenarios.

Least squares over the channels, each against the mean of its track; all three by their logarithms, at the plan's even
spend and at level 1.
"""

import sys
from collections.abc import Iterator
from math import log
from pathlib import Path

import numpy as np

from sandbox.scenario import Scenario, Track, load_scenario

_STEP = 1e-3
Row = tuple[float, float, float]
"""Logarithms of elasticity, return and planned spend, less their track's means."""


def rows(scenario: Scenario) -> Iterator[Row]:
    """Every channel of a scenario."""
    for track in scenario.tracks:
        of_track = np.log(np.array(list(_figures(scenario, track))))
        yield from map(tuple, (of_track - of_track.mean(axis=0)).tolist())


def _figures(scenario: Scenario, track: Track) -> Iterator[Row]:
    for channel in track.channels:
        spend = channel.plan_budget / scenario.flight.days
        here, there = (
            channel.curve.conversions(one / (1 - channel.curve.adstock)) for one in (spend, spend * (1 + _STEP))
        )
        worth = channel.value_per_conversion if scenario.counts_value else 1.0
        yield (log(there / here) / log(1 + _STEP), here * worth / spend, spend)


def main() -> None:
    """Print the coefficients, and what they leave unexplained."""
    found = np.array([row for file in sorted(Path(sys.argv[1]).glob("*.json")) for row in rows(load_scenario(file))])
    elasticity, explained = found[:, 0], found[:, 1:]
    coefficients = np.linalg.lstsq(explained, elasticity, rcond=None)[0]
    left = elasticity - explained @ coefficients
    print(f"{len(found)} channels: {coefficients[0]:.2f} by return, {coefficients[1]:.2f} by planned spend;")
    print(f"standard deviation {elasticity.std():.2f}, {left.std():.2f} of it unexplained")


if __name__ == "__main__":
    main()
