"""One answer for each proposal: the strictest of what the guardrails find."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from common.decisions.facts import Facts
from common.decisions.guardrails.allocations import allocation_findings, take
from common.decisions.guardrails.bids import bid_findings
from common.decisions.guardrails.budgets import daily_budget_findings, total_budget_findings
from common.decisions.guardrails.context import Context, Step
from common.decisions.guardrails.evidence import evidence_findings
from common.decisions.guardrails.findings import STRICTNESS, Finding, ask, block
from common.decisions.guardrails.form import malformed
from common.decisions.guardrails.frequency import frequency_findings
from common.decisions.guardrails.geos import geo_findings
from common.decisions.guardrails.rollout import acts
from common.decisions.guardrails.standing import obstacles
from common.decisions.guardrails.statuses import resume_findings, status_findings
from common.decisions.way_back import RULE as RETURN_TO_PLAN
from common.domain.change import AGENT, Judgement, OptimizationType, Proposal, Reason, Setting, Verdict
from common.domain.guardrails import ExternalChangePolicy

T = OptimizationType
_BY_SETTING: dict[Setting, tuple[Callable[[Step, Context], Iterator[Finding]], ...]] = {
    Setting.ALLOCATION: (obstacles, frequency_findings),
    Setting.DAILY_BUDGET: (obstacles, daily_budget_findings, frequency_findings),
    Setting.TOTAL_BUDGET: (obstacles, total_budget_findings, frequency_findings),
    Setting.BID_TARGET: (obstacles, bid_findings, evidence_findings, frequency_findings),
    Setting.STATUS: (obstacles, status_findings, evidence_findings, frequency_findings),
    Setting.EXCLUDED_GEOS: (obstacles, geo_findings, evidence_findings, frequency_findings),
}
_BY_PROPOSAL = (allocation_findings, resume_findings)
_FIRST = (T.EMERGENCY_PAUSE, T.UNDO_EXTERNAL, T.PACE)
"""Who goes first where several want the same field; an undo is the tenant's standing order. The others follow."""


def judge(proposals: Sequence[Proposal], facts: Facts, *, decided_by: Sequence[str] = ()) -> tuple[Judgement, ...]:
    """Answer each proposal, in the order given. Pure, and the order of the proposals makes no difference.

    Within every bound: `auto`. Over a bound: `needs_approval`. A structural change: `needs_replan`. What would break a
    cap, a bid outside its bounds, a protected geo, an increase that can't be, anything under a kill switch: `blocked`.
    Emergency pauses are always `auto`. The reasons are those that made the verdict, with what was measured and the
    limit it met, in the guardrail's own unit where the code is a guardrail's name, else in micros.

    Proposals that are let through use up caps and limits together, and only one may write a setting: pause first, then
    what puts an edit by hand back, then pacing, then the review; within these by proposal id. What waits for a person,
    or is only tried out, takes nothing.

    Args:
        decided_by: the people who said yes to all of these. Then what needed approval is satisfied and `auto`, with the
            reasons that were approved; what is blocked stays blocked, frozen increases and missing spend included: a
            person can answer for a risk, not for a cap, and not for what nobody can know now.
    """
    context = Context(facts)
    repeated = {name for name, count in Counter(p.proposal_id for p in proposals).items() if count > 1}
    answers: dict[str, Judgement] = {}
    for proposal in sorted(proposals, key=_turn):
        if proposal.proposal_id in repeated:
            continue
        answer = answers[proposal.proposal_id] = _answer(proposal, context, bool(decided_by))
        if answer.verdict is Verdict.AUTO and (decided_by or acts(proposal, context.rails)):
            _let_through(proposal, context)
    return tuple(answers.get(p.proposal_id) or _judgement(p, [block("repeated_proposal")]) for p in proposals)


def _turn(proposal: Proposal) -> tuple[int, str]:
    rank = _FIRST.index(proposal.type) if proposal.type in _FIRST else len(_FIRST)
    return rank, proposal.proposal_id


def _answer(proposal: Proposal, context: Context, approved: bool) -> Judgement:
    findings = list(_findings(proposal, context))
    judgement = _judgement(proposal, findings)
    if approved and judgement.verdict is Verdict.NEEDS_APPROVAL:
        return judgement.but(verdict=Verdict.AUTO)
    return judgement


def _judgement(proposal: Proposal, findings: Sequence[Finding]) -> Judgement:
    if not findings:
        first = proposal.changes[0].entity_id if proposal.changes else None
        return Judgement(
            proposal=proposal, verdict=Verdict.AUTO, reasons=(Reason(code="within_bounds", entity_id=first),)
        )
    verdict = max((finding.verdict for finding in findings), key=STRICTNESS.__getitem__)
    reasons = tuple(dict.fromkeys(finding.reason for finding in findings if finding.verdict is verdict))
    return Judgement(proposal=proposal, verdict=verdict, reasons=reasons)


def _findings(proposal: Proposal, context: Context) -> Iterator[Finding]:
    if context.facts.killed and proposal.type is not T.EMERGENCY_PAUSE:
        yield block("kill_switch")
        return
    if proposal.type is T.STRUCTURAL:
        yield Finding(Verdict.NEEDS_REPLAN, Reason(code="structural"))
        return
    faults = list(malformed(proposal, context))
    yield from faults
    if faults or proposal.type is T.EMERGENCY_PAUSE:
        return
    yield from _outranked(proposal, context)
    yield from _by_type(proposal, context)
    for change in proposal.changes:
        step = Step.of(proposal, change, context)
        for find in _BY_SETTING[change.setting]:
            yield from find(step, context)
    for find in _BY_PROPOSAL:
        yield from find(proposal, context)


def _outranked(proposal: Proposal, context: Context) -> Iterator[Finding]:
    """Another proposal that is let through writes the same setting. All of this one gives way: it lands whole."""
    for change in proposal.changes:
        winner = context.taken.fields.get((change.entity_id, change.setting))
        if winner is not None:
            yield block("outranked", change.entity_id, measured=change.setting.value, limit=winner)


def _by_type(proposal: Proposal, context: Context) -> Iterator[Finding]:
    policy = context.rails.external_change_policy
    if proposal.type is T.SPEND_INCREASE:
        yield ask("spend_increase")
    if proposal.rule == AGENT:
        yield ask("agent_added", next(iter(proposal.entities), None))
    if proposal.type is T.UNDO_EXTERNAL and policy is not ExternalChangePolicy.UNDO:
        yield ask(f"policy_{policy.value}")
    if proposal.rule == RETURN_TO_PLAN:
        yield ask(RETURN_TO_PLAN)


def _let_through(proposal: Proposal, context: Context) -> None:
    for change in proposal.changes:
        context.taken.fields[(change.entity_id, change.setting)] = proposal.proposal_id
        context.taken.keep(change)
        if proposal.type is T.EMERGENCY_PAUSE:
            context.taken.paused.add(change.entity_id)
    take(proposal, context)
