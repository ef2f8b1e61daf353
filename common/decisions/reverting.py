"""What undoing a change set would write now, and what stands in the way."""

from common.domain.change import Change, OptimizationType, Proposal, Reason
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.manifest import Manifest

LANDED = frozenset({ChangeSetState.APPLIED, ChangeSetState.PARTIALLY_APPLIED})
"""States in which some of a change set is live, if nothing changed it since."""


def undoing(change_set: ChangeSet, manifest: Manifest) -> tuple[Proposal, ...]:
    """The inverse of each proposal, for the changes that landed and would still do something: from the value that is
    live by the manifest to the one before the change set. A shift's two sides stay together."""
    landed = {(result.entity_id, result.setting) for result in change_set.results if result.landed}
    found: list[Proposal] = []
    for proposal in change_set.proposals:
        changes = tuple(
            change.but(before=manifest.entities[change.entity_id].value(change.setting), after=change.before)
            for change in proposal.changes
            if (change.entity_id, change.setting.value) in landed and change.entity_id in manifest.entities
        )
        changes = tuple(change for change in changes if change.before != change.after)
        if changes:
            found.append(_inverse(change_set, proposal, changes))
    return tuple(found)


def _inverse(change_set: ChangeSet, proposal: Proposal, changes: tuple[Change, ...]) -> Proposal:
    return Proposal(
        proposal_id=f"revert-{proposal.proposal_id}"[:200],
        type=OptimizationType.REVERT,
        rule="revert",
        changes=changes,
        why=f"Undo of {change_set.created_at:%Y-%m-%d %H:%M} UTC: {proposal.why}",
        evidence={"reverts": change_set.change_set_id},
    )


def obstacles(change_set: ChangeSet, manifest: Manifest) -> tuple[Reason, ...]:
    """Why the change set can't be undone as things stand; nothing means that the guardrails may be asked.

    What was changed again since depends on it: undoing it would take the later change away unseen.
    """
    if change_set.pause is not None or any(one.lifts_pause is not None for one in change_set.proposals):
        return (Reason(code="pauses_are_lifted"),)
    if change_set.state not in LANDED:
        return (Reason(code="never_applied", measured=change_set.state.value),)
    landed = {(result.entity_id, result.setting) for result in change_set.results if result.landed}
    found: list[Reason] = []
    for change in change_set.changes:
        if (change.entity_id, change.setting.value) not in landed:
            continue
        entity = manifest.entities.get(change.entity_id)
        if entity is None:
            found.append(Reason(code="entity_missing", entity_id=change.entity_id))
        elif entity.value(change.setting) not in (change.after, change.before):
            found.append(Reason(code="changed_since", entity_id=change.entity_id, measured=change.setting.value))
    if not found and not undoing(change_set, manifest):
        found.append(Reason(code="nothing_to_undo"))
    return tuple(found)
