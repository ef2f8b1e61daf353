"""Laws of the shift between channels, on generated tracks with pasts, caps, pauses and freezes; responses at will."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from common.decisions.facts import Facts
from common.decisions.guardrails import judge
from common.decisions.review.budget import propose
from common.decisions.review.evidence import Evidence
from common.decisions.review.movable import rooms
from common.decisions.review.response import ChannelResponse, Estimate, Responses, learn
from common.domain.change import Proposal, Verdict
from common.domain.state import Freeze
from common.domain.track_days import TrackDays
from tests.property.guardrail_worlds import nudge, worlds
from tests.property.reach import holds
from tests.unit.decisions.review.simulated import Truth, simulated

Value = TypeVar("Value")

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """A track and what its channels' money brings."""

    facts: Facts
    responses: Responses

    def proposal(self) -> Proposal | None:
        """What is proposed; everything that takes part and stays has a reason."""
        since = self.facts.plan.flight.start
        evidence = Evidence(self.facts, TrackDays(since, self.facts.today - DAY, "ga4"))
        found = propose(evidence, self.responses)
        assert len(found.proposals) <= 1
        changed = {name for one in found.proposals for name in one.entities}
        assert changed | {one.entity_id for one in found.reasons} >= set(self.responses.channels)
        return found.proposals[0] if found.proposals else None

    def moves(self) -> dict[str, int]:
        """By entity, by how much its allocation changes."""
        proposal = self.proposal()
        return {} if proposal is None else moves_of(proposal)

    def but(self, **changes: Any) -> "Case":
        """With other facts."""
        return replace(self, facts=replace(self.facts, **changes))

    def channel(self, name: str) -> str:
        """An entity's channel."""
        return self.facts.manifest.entities[name].channel


def moves_of(proposal: Proposal) -> dict[str, int]:
    found: dict[str, int] = {}
    for change in proposal.changes:
        assert isinstance(change.before, int)
        assert isinstance(change.after, int)
        assert change.entity_id not in found
        found[change.entity_id] = change.after - change.before
    return found


def cases(*, demand: bool = True, **world: Any) -> SearchStrategy[Case]:
    """Tracks with responses by chance.

    Args:
        demand: whether it may limit what a channel can spend.
        world: as of `worlds`.
    """
    made = worlds((nudge,), most=1, killed=False, **world)
    return st.tuples(made, st.integers(0, 2**32)).map(lambda pair: _case(pair[0].facts, Random(pair[1]), demand))


def _case(facts: Facts, dice: Random, demand: bool) -> Case:
    now = facts.now.isoformat()
    seen = {name: {**facts.state.pacing.get(name, {}), "seen": now} for name in facts.manifest.entities}
    facts = replace(facts, state=facts.state.but(pacing=seen))
    responses = {
        entity.entity_id: _response(entity.entity_id, entity.channel, facts, dice, demand)
        for entity in facts.manifest.entities.values()
        if entity.allocation is not None and entity.entity_id in facts.spend and dice.random() < 0.9
    }
    return Case(facts, Responses(responses))


def _response(name: str, channel: str, facts: Facts, dice: Random, demand: bool) -> ChannelResponse:
    unspent = (facts.manifest.entities[name].allocation or 0) - facts.spend[name].most
    daily = max(0.0, unspent / facts.days_left())
    marginal, doubt = dice.lognormvariate(-2, 1), dice.uniform(1.05, 3)
    limited = demand and dice.random() < 0.2
    return ChannelResponse(
        name,
        channel,
        daily,
        Estimate(1.0, 0.5, 2.0),
        Estimate(marginal, marginal / doubt, marginal * doubt),
        -dice.choice((0.0, dice.uniform(0, 2))),
        daily * dice.uniform(0, 1.3) if limited else None,
    )


def test_the_total_is_kept_to_the_micro_and_each_allocation_ends_within_its_room() -> None:
    def law(case: Case) -> bool:
        moves, room = case.moves(), rooms(case.facts)
        assert sum(moves.values()) == 0
        for name, by in moves.items():
            after = (case.facts.manifest.entities[name].allocation or 0) + by
            assert room[name].least <= after <= room[name].most
            assert by
        return bool(moves)

    holds(cases(), law, examples=400)


def test_the_guardrails_let_every_shift_through_without_a_person() -> None:
    def law(case: Case) -> bool:
        proposal = case.proposal()
        if proposal is None:
            return False
        (judgement,) = judge((proposal,), case.facts)
        assert judgement.verdict is Verdict.AUTO, judgement.reasons
        return True

    holds(cases(), law, examples=400)


def test_nothing_goes_below_what_may_be_spent_by_now() -> None:
    """Reached where something is taken from a campaign that has spent most of what it has."""

    def law(case: Case) -> bool:
        moves, entities, near = case.moves(), case.facts.manifest.entities, False
        for name, by in moves.items():
            allocation, spent = entities[name].allocation or 0, case.facts.spend[name].most
            assert by > 0 or allocation + by >= spent
            near |= by < 0 and spent > allocation / 2
        return near

    holds(cases(guarded=False), law)


def test_a_capped_channel_stays_under_its_cap() -> None:
    """Reached where a channel with a cap gets more."""

    def law(case: Case) -> bool:
        reached, net = False, dict[str, int]()
        for name, by in case.moves().items():
            net[case.channel(name)] = net.get(case.channel(name), 0) + by
        for line in case.facts.slice.channels:
            if line.max_budget is not None and net.get(line.channel, 0) > 0:
                reached = True
                assert case.facts.manifest.allocated(line.channel) + net[line.channel] <= line.max_budget
        return reached

    holds(cases(guarded=False), law)


def test_a_frozen_channel_never_gets_more() -> None:
    """Reached where it does without the freeze; one that only asks for a person's eye holds nothing back."""

    def law(case: Case) -> bool:
        takers = _takers(case)
        if not takers:
            return False
        channel = case.channel(takers[0])
        freeze = Freeze(code="ga4_diverges", since=case.facts.now, channel=channel)
        frozen = case.but(state=case.facts.state.but(freezes=(freeze,)))
        assert all(case.channel(name) != channel for name in _takers(frozen))
        asked = case.but(state=case.facts.state.but(freezes=(freeze.but(person=True),)))
        assert asked.moves() == case.moves()
        return True

    holds(cases(frozen=False), law)


def test_what_was_not_seen_lately_never_gets_more() -> None:
    def law(case: Case) -> bool:
        takers = _takers(case)
        if not takers:
            return False
        old = {"seen": (case.facts.now - timedelta(hours=30)).isoformat()}
        pacing = {**case.facts.state.pacing, takers[0]: {**case.facts.state.pacing[takers[0]], **old}}
        assert takers[0] not in _takers(case.but(state=case.facts.state.but(pacing=pacing)))
        return True

    holds(cases(frozen=False), law)


def test_money_goes_from_where_the_next_unit_brings_less_to_where_it_brings_more() -> None:
    """And the effect is more than nothing, within its interval."""

    def law(case: Case) -> bool:
        proposal = case.proposal()
        if proposal is None:
            return False
        moves = moves_of(proposal)
        marginals = {name: case.responses.channels[name].marginal.value for name in moves}
        best_given = max(marginals[name] for name, by in moves.items() if by < 0)
        assert best_given <= min(marginals[name] for name, by in moves.items() if by > 0) * (1 + 1e-9)
        low, likely, high = (proposal.evidence[one] for one in ("effect_low", "expected_effect", "effect_high"))
        assert isinstance(low, float)
        assert isinstance(likely, float)
        assert isinstance(high, float)
        assert low <= likely <= high
        assert likely >= 0
        return True

    holds(cases(demand=False, guarded=False), law)


def test_nobody_gets_more_than_there_is_demand_for() -> None:
    def law(case: Case) -> bool:
        limited = {name: one for name, one in case.responses.channels.items() if one.reachable is not None}
        for name, by in case.moves().items():
            reach = limited[name].reachable if name in limited else None
            assert reach is None or by < 0 or limited[name].daily + by / case.facts.days_left() <= reach * (1 + 1e-9)
        return bool(limited) and bool(case.moves())

    holds(cases(guarded=False), law)


def test_the_order_of_the_entities_makes_no_difference() -> None:
    def law(case: Case) -> bool:
        entities = case.facts.manifest.entities
        turned = case.but(manifest=case.facts.manifest.but(entities=_reversed(entities)))
        responses = Responses(_reversed(case.responses.channels))
        here, there = case.proposal(), replace(turned, responses=responses).proposal()
        assert here == there
        return here is not None

    holds(cases(), law)


def test_counted_in_another_unit_the_same_money_moves() -> None:
    """Ten times the conversions, everywhere, say nothing of where the money goes."""

    def law(case: Case) -> bool:
        scaled = {
            name: replace(one, brings=one.brings.times(10), marginal=one.marginal.times(10))
            for name, one in case.responses.channels.items()
        }
        there = replace(case, responses=Responses(scaled)).moves()
        here = case.moves()
        assert there.keys() == here.keys()
        assert all(abs(there[name] - by) <= 1e-6 * abs(by) + 1 for name, by in here.items())
        return bool(here)

    holds(cases(), law)


def test_what_is_learned_moves_the_same_in_whatever_order_the_entities_are_known() -> None:
    """Within what may be moved, over days by chance."""

    def law(dice: Random) -> bool:
        truths = {name: Truth(dice.uniform(2, 40), dice.uniform(0.3, 0.9)) for name in ("search", "social", "video")}
        evidence = simulated(truths, seed=dice.randrange(10**6), days=30)
        of = evidence.facts.manifest
        turned = replace(evidence, facts=replace(evidence.facts, manifest=of.but(entities=_reversed(of.entities))))
        here, there = (propose(one, learn(one)).proposals for one in (evidence, turned))
        assert here == there
        for one in here:
            (judgement,) = judge((one,), evidence.facts)
            assert judgement.verdict is Verdict.AUTO
            assert sum(moves_of(one).values()) == 0
        return bool(here)

    holds(st.integers(0, 2**32).map(Random), law, examples=60)


def _reversed(of: Mapping[str, Value]) -> dict[str, Value]:
    return dict(reversed(list(of.items())))


def _takers(case: Case) -> list[str]:
    """Who gets more, most first."""
    moves = case.moves()
    return sorted((name for name, by in moves.items() if by > 0), key=lambda name: (-moves[name], name))
