"""Ask a person for the way back: changes that return live allocations to the active plan version."""

from common.decisions.access import why_not_answer
from common.decisions.facts import Facts
from common.decisions.guardrails import judge
from common.decisions.way_back import RULE, way_back
from common.domain.change import Proposal, Verdict
from common.domain.change_set import ChangeSet, Origin
from common.domain.errors import Refused
from common.domain.paths import Track
from common.ports.documents import Conflict
from common.use_cases.load import LoadedTrack, facts_of, load_track
from common.use_cases.ports import Ports
from common.use_cases.propose import propose
from common.use_cases.waiting import requests_of
from common.web.words import reason_said


def return_to_plan(ports: Ports, track: Track, *, by: str) -> ChangeSet | None:
    """Ask for the way back to the plan, as far as it goes. Asking again while it waits asks once.

    Args:
        by: the e-mail address of the person who wants it, already verified.

    Returns:
        The request; `None` where live is on the plan.

    Raises:
        NotFound: there is no such track.
        Refused: not theirs to ask, nothing can move, or the guardrails do not allow it now; nothing was written.
    """
    by = by.lower()
    while True:
        loaded = load_track(ports, track)
        refusal = why_not_answer(loaded.tenant, by)
        if refusal is not None:
            raise refusal
        facts = facts_of(ports, loaded, envelope=True)
        proposal = way_back(facts)
        if proposal is None:
            return None
        _must_be_allowed(proposal, facts)
        try:
            return _asked(ports, loaded, facts, proposal, by)
        except Conflict:
            continue


def _must_be_allowed(proposal: Proposal, facts: Facts) -> None:
    if not proposal.changes:
        raise Refused(proposal.why, "not_allowed")
    (judgement,) = judge((proposal,), facts)
    if judgement.verdict is Verdict.BLOCKED:
        said = "; ".join(reason_said(one, facts.manifest, facts.tenant.currency) for one in judgement.reasons)
        raise Refused(f"the guardrails do not allow the way back now: {said}", "not_allowed")


def _asked(ports: Ports, loaded: LoadedTrack, facts: Facts, proposal: Proposal, by: str) -> ChangeSet:
    origin = Origin(cadence=RULE, window=facts.now, by=by)
    proposed = propose(ports, loaded, facts, judge((proposal,), facts), origin, ports.new_run())
    if proposed.change_sets:
        return proposed.change_sets[0]
    for request in requests_of(ports, loaded.track, proposal.changes):
        if request.asks_for(proposal, facts):
            return request.change_set.value
    raise Refused("nothing came of it: such changes are only tried out for this tenant", "not_allowed")
