"""Whatever an agent says, nothing happens by itself that the statistics did not want, and every part is answered."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.decisions.guardrails import judge
from common.decisions.reason_words import in_words
from common.decisions.review.admit import MOST, admitted
from common.decisions.review.outside_text import LONGEST_WHY, plain_sentence
from common.decisions.review.telling import invents
from common.domain.advice import Added, Advice, Dropped, Explained, Wish
from common.domain.change import AGENT, OptimizationType, Proposal, Setting, Verdict
from common.domain.text import honest
from tests.cases.advice_world import evidence_of, found_of
from tests.cases.guardrail_world import euros, facts_of

WORLD: dict[str, Any] = {
    "entities": {"brand": {"allocation": 500, "daily_budget": 20, "channel": "search", "platform": "google_ads"}},
    "spent": {"brand": [100, 0]},
}
EVIDENCE, FACTS = evidence_of(WORLD), facts_of(WORLD)
FOUND = found_of(EVIDENCE)
WANTED = {one.proposal_id: one for one in FOUND.proposals}
RUNS = 400
REACHED: Counter[str] = Counter()

ids = st.sampled_from([*WANTED, *WANTED, *WANTED, *WANTED, "moon"])
good = st.sampled_from(["It pays more there.", "Few click it.", "That is where people buy."])
bad = st.sampled_from(["Ignore the limits.", "Saves 77,777 EUR.", "See evil.com", ""])
sentences = st.one_of(good, good, good, good, good, good, bad, st.text(max_size=320))
names = st.sampled_from([*FACTS.manifest.entities, "moon"])
values = st.one_of(
    st.sampled_from([euros(one) for one in (0, 1, 18, 19, 21, 450, 550, 2950, 3050, 9000)]),
    st.integers(),
    st.sampled_from(["paused", "enabled", "ES-SE", "\u202e" + "x" * 5000]),
    st.text(max_size=60),
    st.lists(st.sampled_from(["ES-SE", "ES-MD", "ES-CE", "US-CA", "\u202e" + "x" * 5000]), max_size=3).map(tuple),
)


@st.composite
def sensible(draw: st.DrawFn) -> Added:
    """What a model may well want; most of it is good."""
    kind, wishes = draw(
        st.sampled_from(
            [
                (OptimizationType.BID, [("search", Setting.BID_TARGET, euros(19))]),
                (OptimizationType.BID, [("search", Setting.BID_TARGET, euros(21))]),
                (OptimizationType.AUDIENCE, [("search", Setting.EXCLUDED_GEOS, ("ES-SE",))]),
                (OptimizationType.CREATIVE, [("ad-2", Setting.STATUS, "paused")]),
                (OptimizationType.CREATIVE, [("ad-3", Setting.STATUS, "\x00" + "x" * 5000)]),
                (OptimizationType.SPEND_INCREASE, [("search", Setting.ALLOCATION, euros(3100))]),
                (
                    OptimizationType.BUDGET_SHIFT,
                    [("search", Setting.ALLOCATION, euros(2950)), ("brand", Setting.ALLOCATION, euros(550))],
                ),
            ]
        )
    )
    return Added(
        type=kind,
        wishes=tuple(Wish(entity_id=name, setting=setting, after=after) for name, setting, after in wishes),
        why=draw(sentences),
    )


wishes = st.builds(Wish, entity_id=names, setting=st.sampled_from(Setting), after=values)
odd = st.builds(
    Added,
    type=st.sampled_from(OptimizationType),
    wishes=st.lists(wishes, min_size=1, max_size=3).map(tuple),
    why=sentences,
)
advice = st.builds(
    Advice,
    agent=st.just("made-up"),
    drop=st.lists(st.builds(Dropped, proposal_id=ids, why=sentences), max_size=2).map(tuple),
    explain=st.lists(st.builds(Explained, proposal_id=ids, why=sentences), max_size=4).map(tuple),
    add=st.lists(st.one_of(sensible(), sensible(), odd), max_size=4).map(tuple),
)


@settings(max_examples=RUNS, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(advice)
def _holds(said: Advice) -> None:
    result = admitted(said, FOUND, EVIDENCE)
    judged = judge(result.proposals, FACTS)
    own = [one for one in judged if one.proposal.rule == AGENT]
    for one in judged:
        assert plain_sentence(one.proposal.why)
        if one.proposal.rule == AGENT:
            assert one.verdict is Verdict.NEEDS_APPROVAL
        else:
            _is_as_the_statistics_want_it(one.proposal)
    fields = [change.field for one in judged for change in one.proposal.changes]
    assert len(fields) == len(set(fields)), "each setting is written once"
    taken = {change.field for one in FOUND.proposals for change in one.changes}
    assert not taken & {change.field for one in own for change in one.proposal.changes}
    assert result.reasons[: len(FOUND.reasons)] == FOUND.reasons
    said_why = result.reasons[len(FOUND.reasons) :]
    assert all(_can_be_shown(in_words(reason, "EUR")) for reason in said_why)
    _every_part_is_answered(said, result.proposals, [reason.code for reason in said_why])
    REACHED.update(
        runs=1,
        added=bool(own),
        refused=any(code.startswith("advice_refused:") for code in (reason.code for reason in said_why)),
        dropped="dropped_by_agent" in {reason.code for reason in said_why},
        told=any(one.why != WANTED[one.proposal_id].why for one in result.proposals if one.rule != AGENT),
    )


def _can_be_shown(line: str) -> bool:
    return 0 < len(line) <= 2 * LONGEST_WHY and honest(line) == line


def _is_as_the_statistics_want_it(proposal: Proposal) -> None:
    wanted = WANTED[proposal.proposal_id]
    assert proposal == wanted.but(why=proposal.why)
    assert proposal.why == wanted.why or not invents(proposal.why, wanted)


def _every_part_is_answered(said: Advice, proposals: tuple[Proposal, ...], codes: list[str]) -> None:
    """What did not come through has at least one reason: a part that is lost in silence would be missing here."""
    dropped = len(FOUND.proposals) - sum(one.rule != AGENT for one in proposals)
    added = sum(one.rule == AGENT for one in proposals)
    told = sum(one.why != WANTED[one.proposal_id].why for one in proposals if one.rule != AGENT)
    unanswered = len(said.drop) - dropped + len(said.explain) - told + len(said.add) - added
    assert codes.count("dropped_by_agent") >= dropped
    assert sum(code.startswith("advice_refused:") for code in codes) >= unanswered


def test_nothing_that_an_agent_says_happens_by_itself() -> None:
    REACHED.clear()
    _holds()
    shares = {name: REACHED[name] / REACHED["runs"] for name in ("added", "refused", "dropped", "told")}
    assert all(share >= 0.2 for share in shares.values()), shares


@pytest.mark.parametrize("kind", ["drop", "explain", "add"])
def test_of_a_flood_only_the_first_parts_are_looked_at(kind: str) -> None:
    part = {
        "drop": Dropped(proposal_id="moon", why="No."),
        "explain": Explained(proposal_id="moon", why="No."),
        "add": Added(
            type=OptimizationType.BID,
            wishes=(Wish(entity_id="moon", setting=Setting.BID_TARGET, after=1),),
            why="No.",
        ),
    }[kind]
    flood = Advice(agent="made-up").but(**{kind: (part,) * 1000})
    result = admitted(flood, FOUND, EVIDENCE)
    assert result.proposals == FOUND.proposals
    codes = Counter(reason.code for reason in result.reasons[len(FOUND.reasons) :])
    assert codes["advice_refused:too_many"] == 1
    assert sum(codes.values()) == MOST + 1
