"""Live state against the manifest: what somebody changed by hand is named, logged and answered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from common.decisions.hand_edits import taken_along
from common.decisions.spend import spend_of
from common.domain import paths
from common.domain.change import Change, OptimizationType, Proposal, Reason, Setting, Status
from common.domain.change_set import ChangeSet
from common.domain.event import EventType
from common.domain.guardrails import ExternalChangePolicy
from common.domain.log_entry import EntryKind, LoggedChange
from common.domain.manifest import Entity, EntityKind, HandEdit, Manifest
from common.ports.ad_platform import ALL, Live, PlatformUnavailable
from common.use_cases.calls import refs_of
from common.use_cases.edit_words import SOMEBODY, adopted_said, put_back_said
from common.use_cases.ledger import Ledger, Telling
from common.use_cases.load import Held, LoadedTrack, read_one
from common.use_cases.ports import Ports
from common.use_cases.publish import publish
from common.use_cases.waiting import requests_of, supersede

ON_PLATFORM = tuple(setting for setting in Setting if setting is not Setting.ALLOCATION)


EVERY_HOUR = frozenset({Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET, Setting.BID_TARGET, Setting.STATUS})
"""What is looked at each hour of what money is given to; the rest is looked at once a day."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the platforms show of a track: live settings by entity, and which platforms did not answer."""

    live: Mapping[str, Live]
    silent: tuple[str, ...] = ()
    left_out: frozenset[str] = frozenset()
    """Entities that were not asked about."""


def look(ports: Ports, manifest: Manifest, *, whole: bool = True) -> Sight:
    """Read the live state, one call a platform.

    Args:
        whole: of every entity. Otherwise ads and places, which only people and the daily review change, are left out,
            but for ads under a pause.
    """
    live: dict[str, Live] = {}
    silent: list[str] = []
    seen = [one for one in manifest.entities.values() if whole or _each_hour(one, manifest)]
    for name, entities in grouped(seen).items():
        platform = ports.platforms(manifest.tenant_id, name)
        try:
            live |= platform.live(refs_of(entities), timeout=ports.timeout, settings=ALL if whole else EVERY_HOUR)
        except PlatformUnavailable:
            silent.append(name)
    return Sight(live, tuple(silent), frozenset(manifest.entities) - {one.entity_id for one in seen})


def _each_hour(entity: Entity, manifest: Manifest) -> bool:
    return entity.kind is not EntityKind.AD or manifest.pause_over(entity) is not None


def by_platform(manifest: Manifest) -> dict[str, list[Entity]]:
    """The manifest's entities by platform."""
    return grouped(manifest.entities.values())


def grouped(entities: Iterable[Entity]) -> dict[str, list[Entity]]:
    """Entities by platform."""
    groups: dict[str, list[Entity]] = {}
    for entity in entities:
        groups.setdefault(entity.platform, []).append(entity)
    return groups


def differences(manifest: Manifest, sight: Sight) -> list[HandEdit]:
    """Every setting that the platform shows otherwise than the manifest. Pure."""
    found: list[HandEdit] = []
    for entity in manifest.entities.values():
        live = sight.live.get(entity.entity_id)
        if live is None:
            continue
        for setting in ON_PLATFORM:
            if setting in live.values and live.values[setting] != entity.value(setting):
                expected, value = entity.value(setting), live.values[setting]
                edit = HandEdit(
                    entity_id=entity.entity_id,
                    setting=setting,
                    expected=expected,
                    found=value,
                    by=live.changed_by,
                    at=live.changed_at,
                )
                found.append(edit)
    return found


def missing(manifest: Manifest, sight: Sight) -> list[str]:
    """Entities that their platform answered for but does not know any more."""
    return [
        entity.entity_id
        for entity in manifest.entities.values()
        if entity.entity_id not in sight.live.keys() | sight.left_out and entity.platform not in sight.silent
    ]


def adopt(ports: Ports, loaded: LoadedTrack, found: Sequence[HandEdit]) -> Held[Manifest]:
    """Make the manifest say what is live, under one revision, log entry and event.

    What a change set of ours wrote that is in flight or unsettled is not external: it is left for its own read-back.

    Raises:
        Conflict: the track moved on meanwhile.
    """
    foreign = [one for one in found if not _ours(ports, loaded, one)]
    if not foreign:
        return loaded.manifest
    changes = tuple(
        LoggedChange(entity_id=one.entity_id, setting=one.setting.value, before=one.expected, after=one.found)
        for one in foreign
    )
    if loaded.tenant.guardrails.external_change_policy is ExternalChangePolicy.ADOPT:
        changes += taken_along(foreign, loaded.manifest.value, spend_of(loaded.manifest.value, loaded.memory))
    who = ", ".join(sorted({one.by for one in foreign if one.by})) or SOMEBODY
    ledger = Ledger(loaded.track, loaded.manifest, ports.clock.now())
    back = set[tuple[str, Setting]]()
    if loaded.tenant.guardrails.external_change_policy is not ExternalChangePolicy.ADOPT:
        old, edits = loaded.manifest.value.edits, _unanswered(loaded.manifest.value.edits, foreign)
        back = {one.field for one in old} - {one.field for one in edits}
        ledger.move(edits=edits)
    ledger.land(
        EntryKind.EXTERNAL_CHANGE,
        Telling(
            by=who,
            why=adopted_said(foreign, changes, loaded),
            event=EventType.EXTERNAL_CHANGE,
            changes=changes,
            data={"policy": loaded.tenant.guardrails.external_change_policy.value},
        ),
    )
    if back:
        _need_no_answer(ports, ledger, back)
    done = ledger.commit(ports)
    publish(ports, loaded.track.tenant_id, ledger.events)
    return done


def _need_no_answer(ports: Ports, ledger: Ledger, fields: set[tuple[str, Setting]]) -> None:
    """End the requests to put these settings back: somebody did."""
    for request in requests_of(ports, ledger.track):
        if request.puts_back & fields:
            supersede(ledger, request, "it was put back by hand meanwhile")


def _ours(ports: Ports, loaded: LoadedTrack, one: HandEdit) -> bool:
    manifest = loaded.manifest.value
    flight = () if manifest.in_flight is None else (manifest.in_flight,)
    for under_way in (*flight, *manifest.unsettled):
        path = paths.change_set(loaded.track.tenant_id, under_way.change_set_id)
        change_set = read_one(ports.documents, ChangeSet, path).value
        wrote = {(change.entity_id, change.setting): change.after for change in change_set.changes}
        if (one.entity_id, one.setting) in wrote and wrote[(one.entity_id, one.setting)] == one.found:
            return True
    return False


def _unanswered(before: Sequence[HandEdit], found: Sequence[HandEdit]) -> tuple[HandEdit, ...]:
    """Each edit by its field, over what was expected before the first; nothing where somebody put it back."""
    edits = {one.field: one for one in before}
    for one in found:
        first = edits.pop(one.field, one)
        if first.expected != one.found:
            edits[one.field] = one.but(expected=first.expected)
    return tuple(edits.values())


def answers(loaded: LoadedTrack) -> tuple[Proposal, ...]:
    """What the tenant's policy wants done about edits by hand that were adopted: put them back, ask, or nothing.

    Under `ask` the proposal carries a reason that makes it wait for a person.
    """
    policy = loaded.tenant.guardrails.external_change_policy
    if policy is ExternalChangePolicy.ADOPT:
        return ()
    reasons = (Reason(code="policy_ask"),) if policy is ExternalChangePolicy.ASK else ()
    return tuple(
        Proposal(
            proposal_id=f"undo-{one.entity_id}-{one.setting.value}"[:200],
            type=OptimizationType.UNDO_EXTERNAL,
            rule="external_change",
            changes=(Change(entity_id=one.entity_id, setting=one.setting, before=one.found, after=one.expected),),
            why=put_back_said(one, loaded),
            evidence={"edited_by": one.by},
            reasons=reasons,
        )
        for one in loaded.manifest.value.edits
    )


def resumed_behind(manifest: Manifest, found: Sequence[HandEdit]) -> list[HandEdit]:
    """Edits by hand that turned on what a standing pause stopped."""
    return [
        one
        for one in found
        if one.setting is Setting.STATUS
        and one.found == Status.ENABLED.value
        and manifest.pause_over(manifest.entities[one.entity_id]) is not None
    ]
