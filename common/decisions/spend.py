"""What a track has spent, as far as its state knows: what is visible, and the upper bound of what is not yet."""

from collections.abc import Mapping
from datetime import datetime

from common.decisions.facts import Spent
from common.domain.manifest import Manifest
from common.domain.state import TrackState


def spend_of(manifest: Manifest, state: TrackState, now: datetime) -> Mapping[str, Spent]:
    """By entity; one whose spend is not known, or not since too long, is absent."""
    found: dict[str, Spent] = {}
    for entity_id in manifest.entities:
        observed = state.pacing.get(entity_id)
        if observed is not None:
            found[entity_id] = Spent(observed["visible"], observed["unseen"])
    return found
