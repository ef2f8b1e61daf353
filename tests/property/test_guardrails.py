"""Laws of the guardrails, on generated tracks: what must hold whatever is wanted, in whatever order."""

from dataclasses import replace

from common.decisions.facts import Facts
from common.decisions.guardrails import judge, needs_envelope, rollout
from common.domain.change import Judgement, OptimizationType, Proposal, Setting, Verdict
from common.domain.guardrails import Mode
from common.domain.manifest import Entity
from tests.property import guardrail_oracles as oracle
from tests.property import guardrail_worlds as made
from tests.property.guardrail_worlds import ANYTHING, CHANNELS, World, worlds
from tests.property.reach import holds

PERSON = ("ana@acme.test",)


def test_the_order_of_proposals_makes_no_difference() -> None:
    """Reached where proposals meet: one is answered otherwise than it would be alone."""

    def law(world: World) -> bool:
        forward = judge(world.proposals, world.facts)
        assert judge(world.proposals[::-1], world.facts) == forward[::-1]
        return forward != _alone(world)

    holds(worlds((made.pace, made.shift, made.shift, made.ad, made.emergency), most=8, guarded=False), law)


def test_the_same_question_gets_the_same_answer() -> None:
    """Judging remembers nothing. Reached where something is let through, which others in the same call would feel."""

    def law(world: World) -> bool:
        first = judge(world.proposals, world.facts)
        assert judge(world.proposals, world.facts) == first
        assert [one.proposal for one in first] == list(world.proposals)
        return bool(oracle.auto(first))

    holds(worlds(ANYTHING), law)


def test_every_answer_has_its_reason() -> None:
    """At least one coded reason, whatever the verdict. Reached by verdicts other than `auto`."""

    def law(world: World) -> bool:
        judgements = judge(world.proposals, world.facts)
        assert all(one.reasons for one in judgements)
        return any(one.verdict is not Verdict.AUTO for one in judgements)

    holds(worlds(ANYTHING), law)


def test_a_decrease_is_never_held_back_by_a_freeze() -> None:
    """Reached where a decrease lies under a freeze."""

    def law(world: World) -> bool:
        thawed = replace(world.facts, state=world.facts.state.but(freezes=()))
        lowering = [proposal for proposal in world.proposals if not _raising(proposal, world.facts)]
        for proposal in lowering:
            assert judge([proposal], world.facts) == judge([proposal], thawed)
        return any(_frozen(proposal, world.facts) for proposal in lowering)

    holds(worlds(ANYTHING, frozen=True), law)


def test_nothing_is_raised_under_a_freeze() -> None:
    """Not by itself and not by a person. Reached where an increase lies under a freeze."""

    def law(world: World) -> bool:
        frozen = [p for p in world.proposals if p.type is not OptimizationType.STRUCTURAL and _raises_frozen(p, world)]
        for proposal in frozen:
            assert judge([proposal], world.facts)[0].verdict is Verdict.BLOCKED
            assert judge([proposal], world.facts, decided_by=PERSON)[0].verdict is Verdict.BLOCKED
        return bool(frozen)

    holds(worlds(ANYTHING, frozen=True), law)


def test_nothing_is_raised_under_a_pause() -> None:
    """No pause is lifted here. Reached where an increase lies in a pause's scope."""

    def law(world: World) -> bool:
        covered = [p for p in world.proposals if p.type is not OptimizationType.STRUCTURAL and _raises_paused(p, world)]
        for proposal in covered:
            assert judge([proposal], world.facts, decided_by=PERSON)[0].verdict is Verdict.BLOCKED
        return bool(covered)

    holds(worlds(ANYTHING, paused=True), law)


def test_under_a_kill_switch_only_emergency_pauses_go_out() -> None:
    """With and without a person. Reached where one goes out and something else does not."""

    def law(world: World) -> bool:
        for people in ((), PERSON):
            for one in judge(world.proposals, world.facts, decided_by=people):
                pauses = one.proposal.type is OptimizationType.EMERGENCY_PAUSE
                assert pauses or one.verdict is Verdict.BLOCKED
        types = {proposal.type for proposal in world.proposals}
        return OptimizationType.EMERGENCY_PAUSE in types and len(types) > 1

    holds(worlds((made.emergency, made.pace, made.shift, made.ad), killed=True), law)


def test_an_emergency_pause_always_goes_out() -> None:
    """Whatever stands or is missing; the first of several for one entity. Reached where something guards the track."""

    def law(world: World) -> bool:
        facts, pauses = world.facts, [p for p in world.proposals if p.type is OptimizationType.EMERGENCY_PAUSE]
        assert all(judge([pause], facts)[0].verdict is Verdict.AUTO for pause in pauses)
        return bool(pauses) and bool(facts.killed or facts.state.freezes or facts.manifest.pauses)

    holds(worlds((made.emergency, *ANYTHING)), law)


def test_nothing_automatic_raises_the_total() -> None:
    """Each by itself and all together. Reached where an allocation moves automatically."""

    def law(world: World) -> bool:
        passed = oracle.auto(judge(world.proposals, world.facts))
        before = oracle.allocated(dict(world.facts.manifest.entities))
        for one in passed:
            assert oracle.allocated(oracle.applied([one], world.facts)) <= before
            assert not needs_envelope([one.proposal], world.facts.manifest)
        assert oracle.allocated(oracle.applied(passed, world.facts)) <= before
        return any(_moves_money(one) for one in passed)

    holds(worlds((made.shift, made.shift, made.shift, made.more), guarded=False), law)


def test_all_automatic_shifts_together_keep_every_cap() -> None:
    """Channel caps, spent money, and the bounds of one change set and of seven days. Reached where two shifts pass."""

    def law(world: World) -> bool:
        facts, passed = world.facts, oracle.auto(judge(world.proposals, world.facts))
        after = oracle.applied(passed, facts)
        _check_allocations(after, facts)
        for channel in CHANNELS:
            _check_movement(channel, passed, facts)
        return sum(_moves_money(one) for one in passed) > 1

    holds(worlds((made.shift, made.nudge, made.nudge), most=8, guarded=False), law, examples=400)


def test_what_people_approve_keeps_every_cap_together() -> None:
    """The master cap and channel caps, whatever is approved at once. Reached where a cap stops something."""

    def law(world: World) -> bool:
        facts = world.facts
        judgements = judge(world.proposals, facts, decided_by=PERSON)
        after = oracle.applied(oracle.auto(judgements), facts)
        assert facts.envelope is not None
        assert oracle.allocated(after) <= facts.envelope.ceilings["shoes"].total + facts.envelope.free
        _check_allocations(after, facts)
        codes = {reason.code for one in judgements for reason in one.reasons if one.verdict is Verdict.BLOCKED}
        return bool(codes & {"master_cap", "channel_cap"})

    holds(worlds((made.more, made.more, made.shift), guarded=False), law)


def test_a_persons_yes_satisfies_bounds_but_lifts_no_block() -> None:
    """One proposal at a time. Reached where a person was needed."""

    def law(world: World) -> bool:
        asked = False
        for proposal in world.proposals:
            alone, approved = judge([proposal], world.facts)[0], judge([proposal], world.facts, decided_by=PERSON)[0]
            wanted = Verdict.AUTO if alone.verdict is Verdict.NEEDS_APPROVAL else alone.verdict
            assert (approved.verdict, approved.reasons) == (wanted, alone.reasons)
            asked = asked or alone.verdict is Verdict.NEEDS_APPROVAL
        return asked

    holds(worlds(ANYTHING), law)


def test_an_unguarded_raise_is_automatic_exactly_within_its_bounds() -> None:
    """The trailing limits, recomputed by playing the trail forward. Reached by raises on either side of the bounds."""
    passed: list[bool] = []

    def law(world: World) -> bool:
        (one,) = judge(world.proposals, world.facts)
        entity, after = _daily(one.proposal, world.facts)
        if after <= (entity.daily_budget or 0):
            return False
        then = entity.but(daily_budget=after)
        if entity.status == "enabled" and oracle.worst(then, world.facts, 1) > (entity.allocation or 0):
            assert one.verdict is Verdict.BLOCKED
            return False
        within = oracle.within_step(entity, after, world.facts) and oracle.may_write(entity, world.facts)
        assert (one.verdict is Verdict.AUTO) is within
        passed.append(within)
        return True

    holds(worlds((made.pace,), most=1, guarded=False), law, examples=400)
    assert 0.2 <= sum(passed) / len(passed) <= 0.8


def test_a_decrease_waits_and_learns_only_without_danger() -> None:
    """Learning steps, cooldowns and writes of the day; none of them in danger of the cap. Reached by decreases."""
    endangered: list[bool] = []

    def law(world: World) -> bool:
        (one,) = judge(world.proposals, world.facts)
        entity, after = _daily(one.proposal, world.facts)
        if after > (entity.daily_budget or 0):
            return False
        danger = oracle.endangered(entity, world.facts)
        quiet = oracle.may_write(entity, world.facts) and oracle.within_learning_cut(entity, after, world.facts)
        assert (one.verdict is Verdict.AUTO) is (danger or quiet)
        endangered.append(danger)
        return True

    holds(worlds((made.pace,), most=1, from_day=28, guarded=False), law, examples=400)
    assert 0.2 <= sum(endangered) / len(endangered) <= 0.8


def test_no_increase_without_knowing_what_is_spent() -> None:
    """Of what bears the money, for a person too. Reached where an increase lacks it."""

    def law(world: World) -> bool:
        blind = replace(world.facts, spend={})
        raising = [p for p in world.proposals if p.type is not OptimizationType.STRUCTURAL and _raising(p, blind)]
        for proposal in raising:
            assert judge([proposal], blind, decided_by=PERSON)[0].verdict is Verdict.BLOCKED
        return bool(raising)

    holds(worlds(ANYTHING), law)


def test_exposure_stays_under_the_allocation_however_many_raises_pass() -> None:
    """Raises and starts of one call together. Reached where one passes on an entity that delivers then."""

    def law(world: World) -> bool:
        passed = oracle.auto(judge(world.proposals, world.facts))
        after = oracle.applied(passed, world.facts)
        raised = {
            c.entity_id for one in passed for c in one.proposal.changes if _is_raise(c.entity_id, one, world.facts)
        }
        delivering = [after[name] for name in raised if after[name].status == "enabled"]
        for entity in delivering:
            assert oracle.worst(entity, world.facts, 1) <= (entity.allocation or 0)
        return bool(delivering)

    holds(worlds((made.pace, made.start_or_stop), most=8, guarded=False), law)


def test_without_ga4_nothing_more_is_automatic() -> None:
    """Reached where a limit is tighter for it."""

    def law(world: World) -> bool:
        tenant, tighter = world.facts.tenant, False
        degraded = replace(world.facts, tenant=tenant.but(degraded_attribution=True))
        whole = replace(world.facts, tenant=tenant.but(degraded_attribution=False))
        for proposal in world.proposals:
            one, other = judge([proposal], degraded)[0].verdict, judge([proposal], whole)[0].verdict
            assert (
                other is Verdict.AUTO or one is not Verdict.AUTO or _loosened(tenant.guardrails.daily_budget_step_pct)
            )
            tighter = tighter or one is not other
        return tighter

    holds(worlds((made.pace, made.shift), most=8, guarded=False), law)


def test_under_advise_everything_waits_for_a_person() -> None:
    """And nothing else changes. Reached where something would have happened by itself."""

    def law(world: World) -> bool:
        advise = dict.fromkeys((type_.value for type_ in OptimizationType), Mode.ADVISE)
        rails = world.facts.tenant.guardrails.but(mode=advise)
        judgements = judge(world.proposals, world.facts)
        for one in judgements:
            shown = rollout(one, rails)
            waits = one.verdict is Verdict.AUTO
            assert shown.verdict is (Verdict.NEEDS_APPROVAL if waits else one.verdict)
            assert shown.reasons[0].code == "advise_mode" if waits else shown == one
        return bool(oracle.auto(judgements))

    holds(worlds(ANYTHING), law)


def _alone(world: World) -> tuple[Judgement, ...]:
    return tuple(judge([proposal], world.facts)[0] for proposal in world.proposals)


def _raising(proposal: Proposal, facts: Facts) -> bool:
    entities = facts.manifest.entities
    return any(oracle.raises(change, entities[change.entity_id]) for change in proposal.changes)


def _raised_entities(proposal: Proposal, facts: Facts) -> list[Entity]:
    entities = facts.manifest.entities
    return [entities[c.entity_id] for c in proposal.changes if oracle.raises(c, entities[c.entity_id])]


def _is_raise(entity_id: str, one: Judgement, facts: Facts) -> bool:
    return any(entity.entity_id == entity_id for entity in _raised_entities(one.proposal, facts))


def _frozen(proposal: Proposal, facts: Facts) -> bool:
    channels = {facts.manifest.entities[change.entity_id].channel for change in proposal.changes}
    return any(freeze.channel is None or freeze.channel in channels for freeze in facts.state.freezes)


def _raises_frozen(proposal: Proposal, world: World) -> bool:
    channels = {entity.channel for entity in _raised_entities(proposal, world.facts)}
    return any((channels and f.channel is None) or f.channel in channels for f in world.facts.state.freezes)


def _raises_paused(proposal: Proposal, world: World) -> bool:
    return any(oracle.under_pause(entity, world.facts) for entity in _raised_entities(proposal, world.facts))


def _moves_money(one: Judgement) -> bool:
    return any(c.setting is Setting.ALLOCATION and c.after != c.before for c in one.proposal.changes)


def _daily(proposal: Proposal, facts: Facts) -> tuple[Entity, int]:
    (change,) = proposal.changes
    assert isinstance(change.after, int)
    return facts.manifest.entities[change.entity_id], change.after


def _loosened(step: float) -> bool:
    """A tenant's own step that is tighter than the one without GA4."""
    return step < 10


def _check_allocations(after: dict[str, Entity], facts: Facts) -> None:
    for name, entity in after.items():
        before = facts.manifest.entities[name].allocation or 0
        if (entity.allocation or 0) < before:
            assert (entity.allocation or 0) >= facts.spend[name].most
    for line in facts.slice.channels:
        if line.max_budget is not None:
            assert oracle.allocated(after, line.channel) <= line.max_budget


def _check_movement(channel: str, passed: list[Judgement], facts: Facts) -> None:
    rails = facts.tenant.guardrails
    out, gross = oracle.moved(passed, channel, facts)
    if out:
        limit = rails.degraded_shift_pct if facts.tenant.degraded_attribution else rails.shift_max_pct
        assert 100 * out <= limit * oracle.unspent(channel, facts)
    if gross:
        past, net = oracle.movement(channel, facts)
        assert 100 * (past + gross) <= rails.shift_max_pct_7d * (facts.manifest.allocated(channel) - net)
