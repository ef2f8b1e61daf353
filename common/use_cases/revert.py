"""Undo an applied change set: show what that would do now, then propose it through the guardrails like any change."""

from contextlib import suppress
from dataclasses import dataclass

from common.decisions.access import why_not_answer
from common.decisions.guardrails import judge
from common.decisions.reverting import obstacles, undoing
from common.domain import paths
from common.domain.canonical import digest
from common.domain.change import Judgement, Proposal, Reason, Verdict
from common.domain.change_set import ChangeSet, Origin
from common.domain.errors import Busy, Refused
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.tenant import Tenant
from common.ports.documents import Conflict
from common.use_cases.drive import finish
from common.use_cases.load import LoadedTrack, facts_of, load_track, read_one
from common.use_cases.ports import Ports
from common.use_cases.propose import Proposed, propose
from common.use_cases.queries import change_set_of
from common.use_cases.reconcile import differences, look
from common.use_cases.rest import bring_to_rest
from common.use_cases.waiting import requests_of
from common.web.words import reason_said

CADENCE = "revert"


@dataclass(frozen=True, slots=True)
class Revert:
    """What undoing a change set comes to as things stand."""

    change_set: ChangeSet
    """The one that would be undone."""
    proposals: tuple[Proposal, ...]
    """What would be written, from the values that are live now."""
    judgements: tuple[Judgement, ...]
    """The guardrails' answer to each proposal; empty where obstacles stand in the way."""
    obstacles: tuple[str, ...]
    """Why it can't be undone, a sentence each."""
    digest: str
    """Binds a yes to exactly this."""

    @property
    def verdict(self) -> Verdict:
        """What follows from a yes: the strictest of the answers; the undo goes whole or not at all."""
        order = list(Verdict)
        return max((one.verdict for one in self.judgements), key=order.index, default=Verdict.BLOCKED)


def preview(ports: Ports, tenant_id: str, change_set_id: str) -> Revert:
    """What undoing the change set would do now. Reads what is live; writes nothing.

    Raises:
        NotFound: there is no such change set.
    """
    change_set = read_one(ports.documents, ChangeSet, paths.change_set(tenant_id, change_set_id)).value
    return _preview(ports, load_track(ports, Track(tenant_id, change_set.track_id)), change_set)


def _preview(ports: Ports, loaded: LoadedTrack, change_set: ChangeSet) -> Revert:
    manifest, currency = loaded.manifest.value, loaded.tenant.currency
    reasons = obstacles(change_set, manifest) or _live_elsewhere(ports, manifest, change_set)
    proposals = undoing(change_set, manifest)
    judgements = () if reasons else judge(proposals, facts_of(ports, loaded, envelope=True))
    body = {"reverts": change_set.change_set_id, "proposals": [one.body() for one in proposals]}
    said = tuple(reason_said(one, manifest, currency) for one in reasons)
    return Revert(change_set, proposals, judgements, said, digest(body))


def _live_elsewhere(ports: Ports, manifest: Manifest, change_set: ChangeSet) -> tuple[Reason, ...]:
    """What the platforms show otherwise than the manifest, of what would be written."""
    touched = {change.entity_id for change in change_set.changes}
    entities = {name: entity for name, entity in manifest.entities.items() if name in touched}
    part = manifest.model_copy(update={"entities": entities})
    sight = look(ports, part)
    silent = tuple(Reason(code="platform_silent", measured=name) for name in sight.silent)
    wanted = {change.field for change in change_set.changes}
    edited = [one for one in differences(part, sight) if one.field in wanted]
    return (
        *silent,
        *(Reason(code="edited_by_hand", entity_id=one.entity_id, measured=one.setting.value) for one in edited),
    )


def revert(ports: Ports, tenant_id: str, change_set_id: str, *, by: str, seen: str) -> ChangeSet:
    """Undo exactly what the preview showed: at once where the guardrails allow it, else a person is asked.

    Returns:
        The change set that undoes it: `applied` (read back from the platform), `pending`, or still `intended` where its
        platform is out of reach; the next tick drives that on.

    Raises:
        NotFound: there is no such change set.
        Refused: not theirs to ask, not what was shown any more, or it can't be undone; nothing was written.
        Busy: something else is being applied to the track; ask again.
    """
    by, run = by.lower(), ports.new_run()
    change_set = read_one(ports.documents, ChangeSet, paths.change_set(tenant_id, change_set_id)).value
    track = Track(tenant_id, change_set.track_id)
    while True:
        loaded = load_track(ports, track)
        bring_to_rest(ports, track, loaded.manifest, run)
        loaded = load_track(ports, track)
        try:
            return _revert(ports, loaded, _allowed(ports, loaded, change_set, by, seen), by, run)
        except Conflict:
            continue


def _allowed(ports: Ports, loaded: LoadedTrack, change_set: ChangeSet, by: str, seen: str) -> Revert:
    _must_be_theirs(loaded.tenant, by)
    found = _preview(ports, loaded, change_set)
    if found.obstacles:
        raise Refused(f"this can't be undone: {'; '.join(found.obstacles)}", "stale")
    if found.digest != seen:
        raise Refused("what undoing this would do has changed since it was shown; look at it again", "not_seen")
    if found.verdict in (Verdict.BLOCKED, Verdict.NEEDS_REPLAN):
        manifest, currency = loaded.manifest.value, loaded.tenant.currency
        said = [reason_said(reason, manifest, currency) for one in found.judgements for reason in one.reasons]
        raise Refused(f"the guardrails do not allow this now: {'; '.join(said)}", "not_allowed")
    return found


def _must_be_theirs(tenant: Tenant, by: str) -> None:
    refusal = why_not_answer(tenant, by)
    if refusal is not None:
        raise refusal


def _revert(ports: Ports, loaded: LoadedTrack, wanted: Revert, by: str, run: str) -> ChangeSet:
    track, facts = loaded.track, facts_of(ports, loaded, envelope=True)
    together = tuple(one.but(verdict=wanted.verdict) for one in wanted.judgements)
    origin = Origin(cadence=f"{CADENCE}-{wanted.change_set.change_set_id}", window=facts.now, by=by)
    proposed = propose(ports, loaded, facts, together, origin, run)
    if proposed.intended is not None:
        return _applied(ports, track, proposed, run)
    if proposed.change_sets:
        return proposed.change_sets[0]
    return _asked_already(ports, loaded, wanted)


def _applied(ports: Ports, track: Track, proposed: Proposed, run: str) -> ChangeSet:
    assert proposed.intended is not None
    with suppress(Busy, Conflict):  # it stays in flight, as the state that is returned says; the next tick drives it on
        finish(ports, track, proposed.manifest, run)
    return change_set_of(ports, track.tenant_id, proposed.intended.change_set_id)


def _asked_already(ports: Ports, loaded: LoadedTrack, wanted: Revert) -> ChangeSet:
    """The request for the same undo that waits already: sending the form twice asks once."""
    facts = facts_of(ports, loaded)
    changes = [change for one in wanted.proposals for change in one.changes]
    for request in requests_of(ports, loaded.track, changes):
        if all(request.asks_for(one, facts) for one in wanted.proposals):
            return request.change_set.value
    raise Refused("nothing came of it: the same undo was refused today already", "not_allowed")
