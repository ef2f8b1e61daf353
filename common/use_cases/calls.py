"""The platform's side of applying a change set: which settings go out together, and what became of each.

Absolute values only. Before a write the live value is read: already `after` is done, `before` is written, anything else
was changed by somebody and fails. After a write it is read again, because platforms have said yes and done nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from common.domain.change import Change, Setting, Value
from common.domain.change_set import ChangeSet, Outcome, Result
from common.domain.errors import Busy
from common.domain.manifest import Entity, Manifest
from common.ports.ad_platform import (
    AdPlatform,
    Answer,
    EntityRef,
    Live,
    PlatformChange,
    PlatformRefused,
    PlatformUnavailable,
)


@dataclass(frozen=True, slots=True)
class Call:
    """Changes of one platform that go out together."""

    platform: str
    increases: bool
    changes: tuple[Change, ...]


Results = Mapping[tuple[str, str], Result]
"""What became of changes, by entity and setting."""


def by_field(results: Iterable[Result]) -> Results:
    """Results by entity and setting."""
    return {(result.entity_id, result.setting): result for result in results}


class CallUnsettled(Busy):
    """A write may have been sent, and nobody can say whether it landed. Nothing else is tried before its lease ends."""


def calls_for(change_set: ChangeSet, manifest: Manifest) -> tuple[Call, ...]:
    """The calls in order: every decrease on every platform before the first increase. Allocations are no call."""
    groups: dict[tuple[bool, str], list[Change]] = {}
    for change in change_set.changes:
        if change.setting is not Setting.ALLOCATION:
            platform = manifest.entities[change.entity_id].platform
            groups.setdefault((change.is_increase, platform), []).append(change)
    return tuple(Call(platform, up, tuple(changes)) for (up, platform), changes in sorted(groups.items(), key=_first))


def _first(item: tuple[tuple[bool, str], list[Change]]) -> tuple[bool, str]:
    return item[0]


def standing(
    platform: AdPlatform, changes: Sequence[Change], manifest: Manifest, timeout: float
) -> list[Result | None]:
    """What the platform shows of each change without writing it; `None` where it shows the value from before.

    Raises:
        PlatformUnavailable: it does not answer.
    """
    refs = refs_of(manifest.entities[change.entity_id] for change in changes)
    live = platform.live(refs, timeout=timeout, settings=frozenset(change.setting for change in changes))
    return [_standing(change, live) for change in changes]


def _standing(change: Change, live: Mapping[str, Live]) -> Result | None:
    found = live.get(change.entity_id)
    if found is None:
        return failed(change, "entity_missing", "the platform does not know it any more")
    value = found.values.get(change.setting)
    if value == change.after:
        return _result(change, Outcome.ALREADY)
    if value != change.before:
        return failed(change, "external_change", f"expected {change.before!r}, found {value!r}")
    return None


def send(platform: AdPlatform, key: str, changes: Sequence[Change], manifest: Manifest, timeout: float) -> list[Result]:
    """Write these changes, and read them back.

    Raises:
        CallUnsettled: nobody can say whether all of it landed.
    """
    entities = manifest.entities
    wanted = [
        PlatformChange(ref_of(entities[change.entity_id]), change.setting, change.before, change.after)
        for change in changes
    ]
    answers: Sequence[Answer]
    silent = False
    try:
        answers = platform.apply(key, wanted, timeout=timeout)
    except PlatformRefused as error:
        return [failed(change, error.code, str(error), error.request_id) for change in changes]
    except PlatformUnavailable as error:
        silent = True
        request_id = None if error.trouble is None else error.trouble.request_id
        answers = [Answer(False, "platform_unavailable", str(error), request_id)] * len(wanted)
    try:
        settings = frozenset(change.setting for change in wanted)
        live = platform.live([change.ref for change in wanted], timeout=timeout, settings=settings)
    except PlatformUnavailable as error:
        raise CallUnsettled(str(error)) from error
    results = [_read_back(change, answer, live) for change, answer in zip(changes, answers, strict=True)]
    if silent and not all(result.landed for result in results):
        raise CallUnsettled("the platform did not answer a write, and it does not show yet")
    return results


def _read_back(change: Change, answer: Answer, live: Mapping[str, Live]) -> Result:
    found = live.get(change.entity_id)
    value: Value = None if found is None else found.values.get(change.setting)
    if found is not None and value == change.after:
        return _result(change, Outcome.APPLIED, request_id=answer.request_id)
    if answer.ok:
        return failed(change, "not_taken", f"the platform said yes, but shows {value!r}", answer.request_id)
    return failed(change, answer.code or "refused", answer.detail, answer.request_id)


def failed(change: Change, code: str, detail: str | None = None, request_id: str | None = None) -> Result:
    """A change that did not land, and why."""
    return _result(change, Outcome.FAILED, code, detail, request_id)


def skipped(change: Change, code: str) -> Result:
    """A change that was not sent, and why."""
    return _result(change, Outcome.SKIPPED, code)


def _result(
    change: Change, outcome: Outcome, code: str | None = None, detail: str | None = None, request_id: str | None = None
) -> Result:
    return Result(
        entity_id=change.entity_id,
        setting=change.setting.value,
        outcome=outcome,
        code=code,
        detail=detail,
        request_id=request_id,
    )


def refs_of(entities: Iterable[Entity]) -> list[EntityRef]:
    """How the platform knows these entities, each once."""
    return list({entity.entity_id: ref_of(entity) for entity in entities}.values())


def ref_of(entity: Entity) -> EntityRef:
    """How the platform knows this entity."""
    return EntityRef(entity.entity_id, entity.external_id, entity.kind.value, entity.platform)
