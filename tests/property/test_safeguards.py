"""No increase passes while GA4 diverges, the CRM is frozen, or data is missing: in ten thousand that else would."""

from collections import Counter
from dataclasses import replace
from random import Random

from common.decisions.facts import Facts
from common.decisions.guardrails import judge
from common.decisions.safeguards.freezing import followed
from common.domain.change import Proposal, Verdict
from tests.property.safeguard_worlds import FAULTS, increases, market

SITUATIONS = 10_000
LEAST = 0.2
"""Of a fault's increases, how many must go through without it."""
MOST_ALARMS = 0.01
"""Of tracks that are well, how many may be frozen by chance."""


def test_no_increase_passes_while_its_signals_can_not_be_trusted() -> None:
    """Each of them goes through by itself while all is well, and with the fault it does not."""
    faults = list(FAULTS.items())
    made, earned, tracks, alarms = Counter[str](), Counter[str](), 0, 0
    while earned.total() < SITUATIONS:
        (put, code), dice = faults[tracks % len(faults)], Random(tracks)
        well = market(dice)
        state = followed(well.signals()).state
        tracks, alarms = tracks + 1, alarms + bool(state.freezes)
        wanted = increases(well.facts, well.hit, dice)
        passing = [one for one in wanted if _passes(one, replace(well.facts, state=state))]
        made[put.__name__] += len(wanted)
        earned[put.__name__] += len(passing)
        faulty = replace(
            well, counts={name: list(one) for name, one in well.counts.items()}, silent={}, rates=list(well.rates)
        )
        put(faulty, dice)
        facts = replace(faulty.facts, state=followed(faulty.signals()).state)
        for one in passing:
            answer = judge([one], facts)[0]
            assert answer.verdict is not Verdict.AUTO, f"{put.__name__} of track {tracks}: {one.proposal_id} passes"
            assert code in {str(named) for reason in answer.reasons for named in (reason.code, reason.measured)}
    assert len(earned) == len(FAULTS)
    for name, count in earned.items():
        assert count >= LEAST * made[name], f"{name}: {count} of {made[name]} pass without it"
    assert alarms <= MOST_ALARMS * tracks, f"{alarms} of {tracks} tracks that are well are frozen"


def _passes(proposal: Proposal, facts: Facts) -> bool:
    return judge([proposal], facts)[0].verdict is Verdict.AUTO
