"""What a track has spent, as far as its state knows: the visible part, the bound of the rest, and its age."""

from collections.abc import Mapping
from datetime import datetime

from common.decisions.facts import Facts, Spent
from common.domain.calendar import HOUR
from common.domain.change import Reason
from common.domain.manifest import Entity, Manifest
from common.domain.state import TrackState


def spend_of(manifest: Manifest, state: TrackState) -> Mapping[str, Spent]:
    """By entity; one whose spend was never seen is absent."""
    found: dict[str, Spent] = {}
    for entity_id in manifest.entities:
        observed = state.pacing.get(entity_id)
        if observed is not None:
            found[entity_id] = Spent(observed["visible"], observed["unseen"])
    return found


def stale_spend(entity: Entity, facts: Facts) -> Reason | None:
    """Why an entity's spend is too old to raise anything on; `None` while it is fresh, or where it was never seen.

    Too old is `stale_hours.platform`; a platform that always reports later than that may take its usual delay and one
    hour. Decreases stay possible: they need no fresh data.
    """
    observed = facts.state.pacing.get(entity.entity_id)
    if observed is None or "seen" not in observed:
        return None
    age = (facts.now - datetime.fromisoformat(observed["seen"])) / HOUR
    usual = max(facts.tenant.guardrails.stale_hours.platform, entity.delivery.reporting_delay_hours + 1)
    if age <= usual:
        return None
    return Reason(code="stale_data", measured=age, limit=usual, entity_id=entity.entity_id)
