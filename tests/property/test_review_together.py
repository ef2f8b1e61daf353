"""Laws of putting several rules' findings together, over wishes that get in each other's way."""

from hypothesis import strategies as st

from common.decisions.guardrails import judge
from common.decisions.guardrails.frequency import review_cooldown
from common.decisions.review.evidence import Found
from common.decisions.review.statistical import together
from common.domain.change import Setting
from tests.property.reach import holds
from tests.unit.decisions.review.moves import changed, facts, shift
from tests.world import manifest

CAMPAIGNS = ["search", "social", "retarget"]
PAIRS = st.sampled_from([(giver, taker) for giver in CAMPAIGNS for taker in CAMPAIGNS if giver != taker])
WISHES = st.lists(PAIRS, min_size=1, max_size=6)
TRAILS = st.dictionaries(st.sampled_from(CAMPAIGNS), st.floats(0, 48), max_size=3)
"""Hours since each was moved last."""

Case = tuple[list[tuple[str, str]], dict[str, float]]


def test_no_setting_is_written_twice_none_too_early_and_each_entity_is_accounted_for() -> None:
    """Of what is let through, the guardrails hold nothing back for another proposal, or for having come too early."""

    def law(case: Case) -> bool:
        wishes, trails = case
        of = manifest()
        for entity_id, hours_ago in trails.items():
            of = changed(of, entity_id, Setting.ALLOCATION, hours_ago)
        looked = facts(of)
        wanted = [shift(of, *pair).but(proposal_id=f"p{number}") for number, pair in enumerate(wishes)]
        found = together([Found((one,)) for one in wanted], looked)
        written = [one.field for each in found.proposals for one in each.changes]
        assert len(written) == len(set(written))
        assert all(review_cooldown(of.entities[name], setting, looked) is None for name, setting in written)
        touched = {name for one in found.proposals for name in one.entities}
        assert touched | {one.entity_id for one in found.reasons} >= set(of.entities)
        said = {reason.code for one in judge(found.proposals, looked) for reason in one.reasons}
        assert said.isdisjoint({"review_cooldown_hours", "outranked", "repeated_proposal"})
        return 0 < len(found.proposals) < len(wanted)

    holds(st.tuples(WISHES, TRAILS), law)


def test_what_is_let_through_is_put_together_to_itself() -> None:
    """Twice is once."""

    def law(case: Case) -> bool:
        wishes, _ = case
        of = manifest()
        looked = facts(of)
        wanted = [shift(of, *pair).but(proposal_id=f"p{number}") for number, pair in enumerate(wishes)]
        once = together([Found((one,)) for one in wanted], looked)
        assert together([Found(once.proposals)], looked).proposals == once.proposals
        return len(once.proposals) < len(wanted)

    holds(st.tuples(WISHES, TRAILS), law, examples=60)
