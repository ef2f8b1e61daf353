"""What others do about dividing money between channels, within the same limits as Trimtab. `docs/allocation.md`.

Each says how it would divide what is unspent; `toward` goes there as fast as the guardrails let anybody.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from random import Random

from bench.allocation_history import WINDOW, Reached, days_of, reached, returns
from bench.allocation_play import Allocations, Sighted
from bench.allocation_targets import toward, unspent
from common.decisions.review.evidence import Evidence

GREED = 0.2
"""Of what the others have left: what the greedy policy gives to the best one each week."""
DRAWS = 500
"""Of every channel's return, a day."""
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)

Wish = Callable[[Evidence], Mapping[str, float] | None]
"""How a peer would divide what is unspent, by entity id in any one unit; `None`: as it is."""


class Peer:
    """A policy that goes toward its wish every day, and makes a new wish every day or every week."""

    guarded = True

    def __init__(self, wish: Wish, *, every: timedelta) -> None:
        self._wish, self._every = wish, every
        self._wanted: Mapping[str, float] | None = None
        self._wished: date | None = None

    def wants(self, sighted: Sighted) -> Allocations | None:
        """Allocations nearer to the wish."""
        evidence, today = sighted.evidence, sighted.evidence.facts.today
        if self._wished is None or today - self._wished >= self._every:
            self._wanted, self._wished = self._wish(evidence), today
        return toward(self._wanted, evidence.facts) if self._wanted else None


def daily(wish: Wish) -> Callable[[], Peer]:
    """A policy that wishes anew every day."""
    return partial(Peer, wish, every=_DAY)


def weekly(wish: Wish) -> Callable[[], Peer]:
    """A policy that wishes anew every week."""
    return partial(Peer, wish, every=_WEEK)


def static(evidence: Evidence) -> None:
    """The plan, as it was approved."""
    del evidence


def equal_split(evidence: Evidence) -> Mapping[str, float]:
    """The same to each."""
    return dict.fromkeys(unspent(evidence.facts), 1.0)


def proportional_to_roas(evidence: Evidence) -> Mapping[str, float]:
    """To each by what its money returned in the last four weeks."""
    return returns(_window(evidence))


def plan_times_roas(evidence: Evidence) -> Mapping[str, float]:
    """To each what the plan gives it, by what its money returned: with the plan as prior knowledge."""
    facts, found = evidence.facts, returns(_window(evidence))
    lines = {name: facts.line(facts.manifest.entities[name]) for name in found}
    return {name: line.budget * found[name] for name, line in lines.items() if line is not None}


def greedy(evidence: Evidence) -> Mapping[str, float] | None:
    """A fifth of what the others have left, to the one that a conversion costs least."""
    found, left = returns(_window(evidence)), unspent(evidence.facts)
    if not found:
        return None
    best = max(sorted(found), key=lambda name: found[name])
    gives = {name: GREED * left[name] for name in found if name != best}
    return {name: left[name] - gives.get(name, 0) + (sum(gives.values()) if name == best else 0) for name in found}


def thompson(evidence: Evidence) -> Mapping[str, float] | None:
    """To each by how likely its money returns most: returns drawn from Gamma posteriors, seeded by track and day.

    Conversions per money are Gamma(n + 1/2, S), times what one is worth on average.
    """
    facts, of = evidence.facts, {name: one for name, one in _window(evidence).items() if one.spend > 0}
    chance = Random(f"{facts.tenant.tenant_id}/{facts.manifest.track_id}/{facts.today}")
    counted, worth = sum(one.conversions for one in of.values()), sum(one.worth for one in of.values())
    usual = worth / counted if counted > 0 else 1.0
    wins = dict.fromkeys(of, 0)
    for _ in range(DRAWS if len(of) > 1 else 0):
        drawn = {
            name: chance.gammavariate(one.conversions + 0.5, 1 / one.spend)
            * (one.worth / one.conversions if one.conversions > 0 else usual)
            for name, one in of.items()
        }
        wins[max(drawn, key=lambda name: drawn[name])] += 1
    return wins


def _window(evidence: Evidence) -> dict[str, Reached]:
    """By entity id, the last four weeks of those that may get money."""
    return {name: reached(days_of(name, evidence)[-WINDOW:]) for name in unspent(evidence.facts)}
