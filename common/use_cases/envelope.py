"""Headroom under the master cap: taken when a change that needs it is intended, settled when the change ends."""

from datetime import date
from fractions import Fraction
from math import ceil

from common.decisions.guardrails import period_totals
from common.domain import paths
from common.domain.change import Change, Setting
from common.domain.change_set import ChangeSet, Headroom
from common.domain.envelope import Ceiling, Envelope
from common.domain.errors import Refused
from common.domain.manifest import Manifest
from common.domain.plan import MediaPlan
from common.ports.documents import Replace
from common.use_cases.load import Held

ALLOCATION = Setting.ALLOCATION.value


def needed(
    change_set: ChangeSet, manifest: Manifest, plan: MediaPlan, envelope: Envelope | None, today: date
) -> Headroom | None:
    """What a change set needs above the track's ceilings, in all and by period; `None` where it fits under them."""
    net: dict[str, int] = {}
    for change in change_set.changes:
        if change.setting is Setting.ALLOCATION:
            channel = manifest.entities[change.entity_id].channel
            net[channel] = net.get(channel, 0) + _delta(change)
    if sum(net.values()) <= 0 or envelope is None:
        return None
    ceiling = envelope.ceilings[manifest.track_id]
    over = max(0, manifest.allocated() + sum(net.values()) - ceiling.total)
    totals = period_totals(net, manifest, plan.slice(manifest.track_id), today)
    excess = {start: ceil(total) - ceiling.periods.get(start, 0) for start, total in totals.items()}
    periods = {start: more for start, more in excess.items() if more > 0}
    return Headroom(plan_id=plan.plan_id, total=over, periods=periods) if over or periods else None


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
    ceilings[change_set.track_id] = _raised(ceilings[change_set.track_id], headroom, Fraction(1))
    holding = {**envelope.held, change_set.change_set_id: headroom}
    return _write(held, tenant_id, ceilings=ceilings, held=holding)


def settle(held: Held[Envelope], change_set: ChangeSet, manifest: Manifest) -> Replace | None:
    """Give back what a change set that ended did not use; `None` where it holds nothing.

    Each period gets back the same share as the total: all of it where nothing landed.
    """
    envelope = held.value
    headroom = envelope.held.get(change_set.change_set_id)
    if headroom is None:
        return None
    ceiling = envelope.ceilings[change_set.track_id]
    ceilings = {
        **envelope.ceilings,
        change_set.track_id: _raised(
            ceiling, headroom, -_unused(change_set, headroom, ceiling.total - manifest.allocated())
        ),
    }
    holding = {key: value for key, value in envelope.held.items() if key != change_set.change_set_id}
    return _write(held, change_set.tenant_id, ceilings=ceilings, held=holding)


def _unused(change_set: ChangeSet, headroom: Headroom, free: int) -> Fraction:
    """The share of its headroom that a change set did not use."""
    landed = {result.entity_id for result in change_set.results if result.landed and result.setting == ALLOCATION}
    if not landed:
        return Fraction(1)
    return Fraction(min(headroom.total, max(0, free)), headroom.total) if headroom.total else Fraction(0)


def _raised(ceiling: Ceiling, headroom: Headroom, share: Fraction) -> Ceiling:
    """The ceiling with a share of the headroom on top; a negative share takes it off, at most what was put on."""
    periods = dict(ceiling.periods)
    for start, more in headroom.periods.items():
        periods[start] = periods.get(start, 0) + int(share * more)
    return ceiling.but(total=ceiling.total + int(share * headroom.total), periods=periods)


def _write(at: Held[Envelope], tenant_id: str, **changes: object) -> Replace:
    envelope = at.value.but(**changes)
    return Replace(paths.envelope(tenant_id, envelope.plan_id), envelope.body(), at.version)


def _delta(change: Change) -> int:
    before = change.before if isinstance(change.before, int) else 0
    after = change.after if isinstance(change.after, int) else 0
    return after - before
