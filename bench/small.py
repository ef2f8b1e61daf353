"""A small run, held to its bounds: the accuracy that is promised may not rot unseen. Wall-clock times bound nothing."""

from typing import Any

from bench import pacing

BOUNDS: dict[str, tuple[str, float]] = {
    "mean_abs_error_pct": ("at most", 0.13),
    "p95_abs_error_pct": ("at most", 0.45),
    "within_1pct": ("at least", 98.5),
    "max_over_pct": ("at most", 0.35),
    "max_over_native_cap_pct": ("at most", 0.0),
    "budget_writes_per_entity_day": ("at most", 3.0),
}
"""What pacing must reach over the shipped markets."""


def hold_to_bounds() -> int:
    """Play the shipped markets and compare. Returns 1 where a bound is exceeded or a peer is better, 0 otherwise."""
    found = pacing.run(None)
    pacing.table(found)
    faults = [*_over_bounds(found["pacing"]["trimtab"]), *_behind_peers(found["pacing"])]
    for fault in faults:
        print(f"pacing: {fault}")
    print(f"{len(faults)} bounds are exceeded." if faults else "Every bound holds.")
    return 1 if faults else 0


def _over_bounds(own: dict[str, float]) -> list[str]:
    return [
        f"{name} is {own[name]}, must be {sense} {bound}"
        for name, (sense, bound) in BOUNDS.items()
        if (own[name] > bound if sense == "at most" else own[name] < bound)
    ]


def _behind_peers(figures: dict[str, Any]) -> list[str]:
    own = figures["trimtab"]
    return [
        f"{name} is {own[name]}, {peer} has {theirs[name]}"
        for peer, theirs in figures["peers"].items()
        for name in ("mean_abs_error_pct", "p95_abs_error_pct")
        if theirs[name] <= own[name]
    ]
