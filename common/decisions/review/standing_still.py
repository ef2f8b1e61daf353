"""Why a rule of the review does not touch an entity, whatever its figures say."""

from common.decisions.facts import Facts
from common.domain.change import Reason, Status
from common.domain.manifest import Entity


def off(entity: Entity, facts: Facts) -> Reason | None:
    """It does not run: what it would do is not known."""
    pause = facts.manifest.pause_over(entity)
    if pause is not None:
        return Reason(code="paused", measured=pause.reason, limit=pause.pause_id, entity_id=entity.entity_id)
    if entity.status is not Status.ENABLED:
        return Reason(code="paused", entity_id=entity.entity_id)
    return None


def distrusted(entity: Entity, facts: Facts) -> Reason | None:
    """A safeguard stands over its conversions: nothing is made of them meanwhile, neither up nor down."""
    for freeze in facts.state.freezes:
        if freeze.channel in (None, entity.channel):
            return Reason(
                code="increases_frozen", measured=freeze.code, limit=freeze.channel, entity_id=entity.entity_id
            )
    return None
