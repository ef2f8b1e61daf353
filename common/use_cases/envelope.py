"""Headroom under the master cap: taken when a change that needs it is intended, settled when the change ends."""

from collections.abc import Sequence

from common.domain import paths
from common.domain.change import Change, Setting
from common.domain.change_set import ChangeSet, Headroom
from common.domain.envelope import Ceiling, Envelope
from common.domain.errors import Refused
from common.domain.manifest import Manifest
from common.ports.documents import Replace
from common.use_cases.load import Held


def needed(plan_id: str, changes: Sequence[Change], manifest: Manifest, envelope: Envelope | None) -> Headroom | None:
    """What these changes need above the track's ceiling; `None` where they fit under it."""
    rise = sum(_delta(change) for change in changes if change.setting is Setting.ALLOCATION)
    if rise <= 0 or envelope is None:
        return None
    over = manifest.allocated() + rise - envelope.ceilings[manifest.track_id].total
    return Headroom(plan_id=plan_id, total=over) if over > 0 else None


def take(held: Held[Envelope], change_set: ChangeSet, tenant_id: str) -> Replace:
    """Raise the track's ceiling for a change set that is being intended.

    Raises:
        Refused: the master cap leaves less than the change needs.
    """
    envelope, headroom = held.value, change_set.headroom
    assert headroom is not None
    if headroom.total > envelope.free:
        raise Refused(
            f"change set {change_set.change_set_id} needs {headroom.total} micros more under the master cap; "
            f"{envelope.free} are free"
        )
    ceilings = dict(envelope.ceilings)
    ceilings[change_set.track_id] = _raised(ceilings[change_set.track_id], headroom.total)
    holding = {**envelope.held, change_set.change_set_id: headroom}
    return _write(held, tenant_id, ceilings=ceilings, held=holding)


def settle(held: Held[Envelope], change_set: ChangeSet, manifest: Manifest) -> Replace | None:
    """Give back what a change set that ended did not use; `None` where it holds nothing."""
    envelope = held.value
    headroom = envelope.held.get(change_set.change_set_id)
    if headroom is None:
        return None
    ceiling = envelope.ceilings[change_set.track_id]
    unused = min(headroom.total, max(0, ceiling.total - manifest.allocated()))
    ceilings = {**envelope.ceilings, change_set.track_id: _raised(ceiling, -unused)}
    holding = {key: value for key, value in envelope.held.items() if key != change_set.change_set_id}
    return _write(held, change_set.tenant_id, ceilings=ceilings, held=holding)


def _raised(ceiling: Ceiling, by: int) -> Ceiling:
    return ceiling.but(total=ceiling.total + by)


def _write(at: Held[Envelope], tenant_id: str, **changes: object) -> Replace:
    envelope = at.value.but(**changes)
    return Replace(paths.envelope(tenant_id, envelope.plan_id), envelope.body(), at.version)


def _delta(change: Change) -> int:
    before = change.before if isinstance(change.before, int) else 0
    after = change.after if isinstance(change.after, int) else 0
    return after - before
