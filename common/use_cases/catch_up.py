"""Catch up with a track before anything is decided about it: what ran, what is live, what somebody changed by hand.

And the answer to what is decided then. Pacing's tick, the deep review and the daily sweep for drift share both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from common.decisions.facts import Facts
from common.decisions.guardrails import judge, needs_envelope, protects_cap
from common.domain.change import Proposal, Reason
from common.domain.change_set import ChangeSet, Origin
from common.domain.guardrails import ExternalChangePolicy
from common.use_cases.drive import finish
from common.use_cases.emergency_pause import reinforce
from common.use_cases.load import LoadedTrack, facts_of, load_track
from common.use_cases.ports import Ports
from common.use_cases.propose import propose
from common.use_cases.reconcile import Sight, adopt, answers, differences, look, missing
from common.use_cases.rest import bring_to_rest

if TYPE_CHECKING:
    from common.use_cases.kept_inputs import Review


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """A track at rest, with edits by hand adopted and standing pauses enforced."""

    loaded: LoadedTrack
    sight: Sight
    undo: tuple[Proposal, ...]
    """What the tenant's policy wants put back, or asked about."""

    def reachable(self, proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
        """Without those that a platform would have to write which does not answer: they are decided again next time."""
        entities = self.loaded.manifest.value.entities
        silent = {name for name, one in entities.items() if one.platform in self.sight.silent}
        return tuple(one for one in proposals if silent.isdisjoint(one.entities))

    def undisputed(self, wanted: Sequence[Proposal]) -> tuple[tuple[Proposal, ...], tuple[Reason, ...]]:
        """Without what touches settings that a person is being asked about; a cap in danger does not wait for that."""
        if self.loaded.tenant.guardrails.external_change_policy is not ExternalChangePolicy.ASK:
            return tuple(wanted), ()
        asked = {change.field for proposal in self.undo for change in proposal.changes}
        alone = [one for one in wanted if not protects_cap(one) and any(each.field in asked for each in one.changes)]
        reasons = (Reason(code="awaiting_person", entity_id=entity) for one in alone for entity in one.entities)
        return tuple(one for one in wanted if one not in alone), tuple(reasons)

    def out_of_sight(self, silent: Sequence[str] = ()) -> list[Reason]:
        """What could not be seen: platforms that did not answer, these among them; entities that are gone."""
        gone = missing(self.loaded.manifest.value, self.sight)
        platforms = sorted({*self.sight.silent, *silent})
        return [
            *(Reason(code="platform_silent", measured=name) for name in platforms),
            *(Reason(code="entity_missing", entity_id=one) for one in gone),
        ]


def catch_up(ports: Ports, loaded: LoadedTrack, origin: Origin, run: str, *, whole: bool = True) -> CaughtUp:
    """Drive to its end what earlier runs left over, look at what is live, adopt it, and pause again what must not run.

    Args:
        whole: look at all that is live, not only at what may change from hour to hour.

    Raises:
        Busy: somebody is applying a change set of this track; come again.
        Conflict: the track moved on meanwhile; come again.
    """
    loaded = _at_rest(ports, loaded, run)
    sight = look(ports, loaded.manifest.value, whole=whole)
    found = differences(loaded.manifest.value, sight)
    manifest = adopt(ports, loaded, found) if found else loaded.manifest
    manifest = reinforce(ports, loaded.track, manifest, origin, run)
    loaded = loaded if manifest is loaded.manifest else replace(loaded, manifest=manifest)
    return CaughtUp(loaded, sight, answers(loaded))


def _at_rest(ports: Ports, loaded: LoadedTrack, run: str) -> LoadedTrack:
    """The track with nothing left over from earlier runs; the same object where there was nothing."""
    manifest = bring_to_rest(ports, loaded.track, loaded.manifest, run)
    return loaded if manifest is loaded.manifest else load_track(ports, loaded.track)


def answer(
    ports: Ports,
    loaded: LoadedTrack,
    facts: Facts,
    proposals: Sequence[Proposal],
    origin: Origin,
    run: str,
    review: "Review | None" = None,
) -> tuple[tuple[ChangeSet, ...], tuple[Reason, ...]]:
    """Judge the proposals with the kill switches as they are now, write down what follows, apply what is automatic.

    Args:
        review: what a deep review decided on beside the facts, kept with them.

    Returns what was written down, and why the rest was not done.

    Raises:
        Busy, Conflict: as for `catch_up`.
    """
    if not proposals:
        return (), ()
    from common.use_cases.kept_inputs import keep  # most ticks propose nothing

    envelope = needs_envelope(proposals, loaded.manifest.value)
    facts = replace(facts_of(ports, loaded, envelope=envelope), state=facts.state, spend=facts.spend)
    judgements = judge(proposals, facts)
    done = propose(ports, loaded, facts, judgements, origin, run, keep(facts, review=review))
    if done.intended is not None:
        finish(ports, loaded.track, done.manifest, run, done.written)
    return done.change_sets, done.reasons
