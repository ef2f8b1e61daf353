"""What the deep reviews of a played flight did: how often, where money ended, and the grounds of the largest move."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from common.decisions.reverting import LANDED
from common.domain.change import Change, Proposal, Setting
from common.domain.change_set import ChangeSet
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.tick import Cadence
from common.ports.documents import Query
from common.use_cases.load import decode
from common.use_cases.ports import Ports
from common.use_cases.queries import every, manifest_of
from common.web.effect_words import expected
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class ReviewedTrack:
    """One track. Amounts in micros."""

    track_id: str
    landed: dict[str, int]
    """By type of change, how many of the reviews' proposals were applied."""
    moved: dict[str, int]
    """By channel, what its allocation gained by them."""
    largest_at: str = ""
    """When the largest move was made (UTC); empty where there was none."""
    why: str = ""
    """Its sentence."""
    expected: str = ""
    """What it was expected to bring."""


def reviewed(ports: Ports, world: World) -> list[ReviewedTrack]:
    """What the reviews of each track did."""
    tenant_id = world.scenario.name
    found = (decode(ChangeSet, one) for one in every(ports, Query(f"tenants/{tenant_id}/change_sets")))
    made = [one for one in found if one.origin.cadence == Cadence.DEEP_REVIEW.value and one.state in LANDED]
    return [_track(manifest_of(ports, Track(tenant_id, track.track_id)), made) for track in world.scenario.tracks]


def _track(manifest: Manifest, change_sets: Iterable[ChangeSet]) -> ReviewedTrack:
    own = sorted((one for one in change_sets if one.track_id == manifest.track_id), key=lambda one: one.created_at)
    proposals = [(made, proposal) for made in own for proposal in made.proposals]
    moved = Counter[str]()
    for made, proposal in proposals:
        landed = {(one.entity_id, one.setting) for one in made.results if one.landed}
        for change in proposal.changes:
            if change.setting is Setting.ALLOCATION and change.field in landed:
                moved[manifest.entities[change.entity_id].channel] += _gain(change)
    landed_types = Counter(proposal.type.value for _, proposal in proposals)
    if not proposals:
        return ReviewedTrack(manifest.track_id, {}, {})
    largest, proposal = max(proposals, key=lambda one: _money(one[1]))
    return ReviewedTrack(
        manifest.track_id,
        dict(landed_types),
        dict(moved),
        largest.created_at.isoformat(timespec="minutes"),
        proposal.why,
        expected(proposal.evidence),
    )


def _money(proposal: Proposal) -> int:
    return sum(max(0, _gain(change)) for change in proposal.changes if change.setting is Setting.ALLOCATION)


def _gain(change: Change) -> int:
    before, after = change.before, change.after
    return (after if isinstance(after, int) else 0) - (before if isinstance(before, int) else 0)
