"""How much of the oracle's gain over the plan each policy captures, over many markets."""

# pyright: basic

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

PLAN, OWN, GUARDED, UNGUARDED = "static", "trimtab", "oracle_guarded", "oracle_unguarded"
WORSE_PCT = 0.5
"""Of the plan's value: a market that is left with so much less counts as worse."""
RESAMPLES, SEED = 2_000, 20_261_128
"""Of the markets, for the intervals: B. Efron, "Bootstrap Methods: Another Look at the Jackknife" (1979)."""

Values = Mapping[str, Sequence[float]]
"""By policy, what its flight was worth in each market, in the same order."""


def figures(values: Values) -> dict[str, Any]:
    """The bench's figures; capture is the sum of a policy's gains over the sum of an oracle's.

    A gain is what a policy's flight is worth over what the plan's is, less one, in percent. Every interval holds 95%,
    over markets drawn with replacement, the same ones for all policies.
    """
    plan = np.array(values[PLAN])
    gains = {name: 100 * (np.array(worth) / plan - 1) for name, worth in values.items()}
    drawn = np.random.default_rng(SEED).integers(0, len(plan), (RESAMPLES, len(plan)))
    captured = {
        name: _capture(gain[drawn].sum(axis=1), gains[GUARDED][drawn].sum(axis=1)) for name, gain in gains.items()
    }
    of = {name: _of(gain, gains, captured[name]) for name, gain in gains.items()}
    peers = {name: one for name, one in of.items() if name not in (OWN, GUARDED, UNGUARDED)}
    best = max(peers, key=lambda name: peers[name]["capture_guarded"])
    return {
        "markets": len(plan),
        "oracle_gain_pct": _rounded(gains[GUARDED].mean()),
        "paired_vs_best_peer_ci95": _interval(captured[OWN] - captured[best]),
        OWN: of[OWN],
        "peers": peers,
        "oracles": {name: of[name] for name in (GUARDED, UNGUARDED)},
    }


def _of(gain, gains, captured) -> dict[str, Any]:
    return {
        "capture_guarded": _rounded(_capture(gain.sum(), gains[GUARDED].sum())),
        "capture_unguarded": _rounded(_capture(gain.sum(), gains[UNGUARDED].sum())),
        "ci95": _interval(captured),
        "worse_than_plan_pct": _rounded(100 * (gain < -WORSE_PCT).mean()),
        "worst_pct": _rounded(gain.min()),
    }


def _capture(gained, best):
    """Of no gain that there is to be had, nothing."""
    return np.divide(gained, best, out=np.zeros_like(np.asarray(best, dtype=float)), where=np.asarray(best) > 0)


def _interval(drawn) -> list[float]:
    return [_rounded(end) for end in np.percentile(drawn, (2.5, 97.5))]


def _rounded(value) -> float:
    return round(float(value), 4)
