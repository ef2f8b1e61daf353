"""One commit on a track: the manifest moves, its log grows and the events wait in the outbox, all or none.

Every use case that changes a track goes through here, so that a revision always has exactly one log entry and one
event, and no event can precede its commit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from common.domain import paths
from common.domain.change import OptimizationType, Reason, Setting, Status
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.errors import Fault, InvalidInput
from common.domain.event import Event, EventData, EventType
from common.domain.log_entry import LANDED, EntryKind, LogEntry, LoggedChange
from common.domain.manifest import FieldChange, Manifest, Pause
from common.domain.paths import Track
from common.ports.documents import Conflict, Create, Replace, Write
from common.use_cases.load import Held
from common.use_cases.ports import Ports

TRAIL = timedelta(days=7)
"""How far back the trailing limits look."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What a log entry says, and the event that says it to others (none for what only the log keeps)."""

    by: str
    why: str
    event: EventType | None = None
    change_set: ChangeSet | None = None
    changes: tuple[LoggedChange, ...] = ()
    reasons: tuple[Reason, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Ledger:
    """Collects what one commit writes. Give it the manifest as read; take `manifest` as it will be."""

    def __init__(self, track: Track, held: Held[Manifest], now: datetime) -> None:
        self.track = track
        self.now = now
        self.manifest = held.value
        self.events: list[Event] = []
        self.versions: Mapping[str, str] = {}
        """By path, of what was written, once it is."""
        self._version = held.version
        self._writes: list[Write] = []

    def move(self, **changes: Any) -> None:
        """Change the manifest without raising its revision: lease, queue, epoch."""
        self.manifest = self.manifest.but(**changes)

    def also(self, *writes: Write) -> None:
        """Write these in the same commit."""
        self._writes += writes

    def step(self, held: Held[ChangeSet], state: ChangeSetState, **changes: Any) -> ChangeSet:
        """Take a change set a step forward in the same commit.

        Raises:
            Conflict: somebody took it further since it was read.
        """
        path = paths.change_set(held.value.tenant_id, held.value.change_set_id)
        if not held.value.may_become(state):
            raise Conflict([path])
        moved = held.value.moved(state, updated_at=self.now, **changes)
        self._writes.append(Replace(path, moved.body(), held.version))
        return moved

    def record(self, kind: EntryKind, telling: Telling) -> None:
        """Append a log entry that leaves the live state as it is, and its event if it has one."""
        self._append(kind, None, telling)

    def land(
        self,
        kind: EntryKind,
        telling: Telling,
        *,
        types: Mapping[str, OptimizationType] | None = None,
        pauses: tuple[Pause, ...] | None = None,
        plan_version: int | None = None,
    ) -> None:
        """Raise the revision: the changes that landed become the manifest's, with one entry and one event.

        Args:
            types: by entity id, the kind of change for the trail; an entity that is absent was changed by hand.
        """
        entities = dict(self.manifest.entities)
        for change in telling.changes:
            if change.outcome in LANDED:
                entity = entities[change.entity_id]
                step = self._step(change, (types or {}).get(change.entity_id), telling.change_set)
                trail = (*recent(entity.trail, self.now), step)
                value = Status(change.after) if change.setting == Setting.STATUS else change.after
                entities[change.entity_id] = entity.model_copy(update={change.setting: value, "trail": trail})
        if plan_version is not None:
            self.move(plan_version=plan_version, plan_seq=self.manifest.log_seq + 1, drift=None)
        self.move(
            revision=self.manifest.revision + 1,
            entities=entities,
            pauses=self.manifest.pauses if pauses is None else pauses,
            edits=tuple(one for one in self.manifest.edits if entities[one.entity_id].value(one.setting) == one.found),
        )
        self._append(kind, self.manifest.revision, telling)

    def _step(self, change: LoggedChange, kind: OptimizationType | None, change_set: ChangeSet | None) -> FieldChange:
        return FieldChange(
            at=self.now,
            setting=Setting(change.setting),
            before=change.before,
            after=change.after,
            type=kind,
            auto=change_set is not None and change_set.automatic,
        )

    def _append(self, kind: EntryKind, revision: int | None, telling: Telling) -> None:
        change_set = telling.change_set
        entry = LogEntry(
            tenant_id=self.track.tenant_id,
            track_id=self.track.track_id,
            seq=self.manifest.log_seq + 1,
            kind=kind,
            revision=revision,
            at=self.now,
            by=telling.by,
            plan_version=self.manifest.plan_version,
            degraded=self.manifest.degraded,
            change_set_id=None if change_set is None else change_set.change_set_id,
            verdict=None if change_set is None else change_set.verdict,
            changes=telling.changes,
            allocates=revision is not None and any(_moves(change) for change in telling.changes),
            pauses=tuple(pause.pause_id for pause in self.manifest.pauses),
            why=telling.why,
            reasons=telling.reasons,
            previous=self.manifest.log_hash,
        ).sealed()
        self._writes.append(Create(self.track.log_entry(entry.seq), entry.body()))
        self.move(log_seq=entry.seq, log_hash=entry.hash)
        if telling.event is not None:
            self._announce(telling.event, entry, telling.data)

    def announce(self, name: str, telling: Telling) -> None:
        """An event about the track as its log tells of it already: without an entry, under an id of its own."""
        assert telling.event is not None
        self._send(
            telling.event,
            name,
            EventData(
                tenant_id=self.track.tenant_id,
                track_id=self.track.track_id,
                revision=None,
                seq=self.manifest.log_seq,
                plan_version=self.manifest.plan_version,
                degraded=self.manifest.degraded,
                change_set_id=None,
                by=telling.by,
                why=telling.why,
                changes=(),
                **telling.data,
            ),
        )

    def _announce(self, event_type: EventType, entry: LogEntry, data: Mapping[str, Any]) -> None:
        self._send(
            event_type,
            f"{entry.seq:012}",
            EventData(
                tenant_id=self.track.tenant_id,
                track_id=self.track.track_id,
                revision=entry.revision,
                seq=entry.seq,
                plan_version=entry.plan_version,
                degraded=entry.degraded,
                change_set_id=entry.change_set_id,
                by=entry.by,
                why=entry.why,
                changes=entry.changes,
                **data,
            ),
        )

    def _send(self, event_type: EventType, name: str, data: EventData) -> None:
        tenant_id, track_id = self.track
        event = Event(
            id=f"{tenant_id}:{track_id}-{name}",
            source=f"//trimtab/tenants/{tenant_id}/tracks/{track_id}",
            type=event_type,
            time=self.now,
            subject=f"{tenant_id}/{track_id}",
            data=data,
        )
        self.events.append(event)
        self._writes.append(Create(paths.outbox(tenant_id, event.id), event.body()))

    def writes(self) -> list[Write]:
        """All that the commit writes, the manifest first."""
        self.move(due=self.manifest.see_to_it_at)
        return [Replace(self.track.manifest, self.manifest.body(), self._version), *self._writes]

    def commit(self, ports: Ports) -> Held[Manifest]:
        """Write everything at once.

        Raises:
            Conflict: somebody else wrote the manifest, or another document of this commit, meanwhile.
            InvalidInput: the log goes on behind the entry that the manifest names as its last.
        """
        writes = self.writes()
        try:
            versions = ports.documents.commit(*writes)
        except Conflict as lost:
            self._must_be_behind(lost)
            raise
        self.versions = {one.path: version for one, version in zip(writes, versions, strict=True)}
        return Held(self.manifest, versions[0])

    def _must_be_behind(self, lost: Conflict) -> None:
        """An entry comes with the manifest that names it; where it came alone, deciding again would lose for ever."""
        log = f"{paths.log(self.track.tenant_id)}/"
        ahead = [path for path in lost.paths if path.startswith(log)]
        if ahead and self.track.manifest not in lost.paths:
            what = (
                f"is there, and {self.track.manifest} does not know it: one was edited, or restored without the other"
            )
            raise InvalidInput(f"the log of {self.track.track_id}", [Fault(path, what) for path in ahead]) from lost


def _moves(change: LoggedChange) -> bool:
    return change.setting == Setting.ALLOCATION and change.outcome in LANDED and change.before != change.after


def recent(trail: Iterable[FieldChange], now: datetime) -> tuple[FieldChange, ...]:
    """The steps of the last seven days, which is as far back as any limit looks.

    What a person turned off is not forgotten then: the last change of status stays, if it was not automatic.
    """
    steps = tuple(trail)
    last = next((step for step in reversed(steps) if step.setting is Setting.STATUS), None)
    return tuple(step for step in steps if now - step.at <= TRAIL or (step is last and not step.auto))


def logged(change_set: ChangeSet) -> tuple[LoggedChange, ...]:
    """A change set's changes with what became of each, for the log; those not applied yet are `proposed`."""
    results = {(result.entity_id, result.setting): result for result in change_set.results}
    rows: list[LoggedChange] = []
    for change in change_set.changes:
        result = results.get((change.entity_id, change.setting.value))
        rows.append(
            LoggedChange(
                entity_id=change.entity_id,
                setting=change.setting.value,
                before=change.before,
                after=change.after,
                outcome="proposed" if result is None else result.outcome.value,
                code=None if result is None else result.code,
                request_id=None if result is None else result.request_id,
            )
        )
    return tuple(rows)
