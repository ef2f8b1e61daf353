"""What counts as an increase, and what raises a track's total."""

from collections.abc import Sequence

from common.domain.change import Change, Proposal, Setting
from common.domain.manifest import Entity, Manifest
from common.domain.verticals import Metric


def is_increase(change: Change, entity: Entity) -> bool:
    """Whether a write raises an allocation or budget, loosens a bid target, enables something or drops an exclusion."""
    if change.setting is Setting.BID_TARGET:
        return loosens_bid(change, entity)
    return change.is_increase


def loosens_bid(change: Change, entity: Entity) -> bool:
    """Whether the platform may bid more: a target CPA that rises, or a target ROAS that falls."""
    before, after = amount(change.before), amount(change.after)
    return after < before if entity.delivery.bid_metric == Metric.ROAS else after > before


def total_rise(proposal: Proposal, manifest: Manifest) -> int:
    """By how much the proposal raises the track's total allocation, in micros; negative where it lowers it."""
    rise = 0
    for change in proposal.changes:
        if change.setting is Setting.ALLOCATION and change.entity_id in manifest.entities:
            rise += amount(change.after) - amount(manifest.entities[change.entity_id].allocation)
    return rise


def needs_envelope(proposals: Sequence[Proposal], manifest: Manifest) -> bool:
    """Whether judging these needs the envelope: one of them raises the track's total."""
    return any(total_rise(proposal, manifest) > 0 for proposal in proposals)


def amount(value: object) -> int:
    """A setting's amount; what is null counts as nothing."""
    return value if isinstance(value, int) else 0
