"""The ports as workers see them in a schedule: each call is a boundary, and leaves its trace in the history."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from common.domain.change import Setting, Value
from common.domain.errors import OutcomeUnknown, Unavailable
from common.domain.figures import DayFigures, DaysReport, FiguresReport
from common.domain.spend_report import SpendReport
from common.ports.ad_platform import (
    ALL,
    Answer,
    EntityRef,
    Live,
    PartsReport,
    PlatformChange,
    PlatformRefused,
    PlatformUnavailable,
    SomeSettings,
)
from common.ports.bus import Message
from common.ports.documents import Conflict, Delete, Document, Page, Query, Write
from common.use_cases.ports import Ports
from tests.faults.history import (
    Asked,
    CallEnded,
    CallStarted,
    Collided,
    Committed,
    Kept,
    Landed,
    Published,
    Sent,
    Written,
)
from tests.faults.rig import Delivery, Place, Rig


class SimulatedClock:
    """The worker's clock: the true instant, plus what it is off by."""

    def __init__(self, rig: Rig, delivery: Delivery) -> None:
        self._rig, self._offset = rig, delivery.worker.offset

    def now(self) -> datetime:
        """As the port says."""
        return self._rig.clockwork.instant(self._offset)


class SimulatedDocuments:
    """The shared store, seen by one delivery."""

    def __init__(self, rig: Rig, delivery: Delivery) -> None:
        self._rig, self._delivery = rig, delivery

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """As the port says."""
        self._reach("read", paths)
        found = self._rig.store.read(*paths)
        self._rig.leave(self._delivery, "read")
        return found

    def query(self, query: Query) -> Page:
        """As the port says."""
        self._reach("query", (query.collection,))
        page = self._rig.store.query(query)
        self._rig.leave(self._delivery, "query")
        return page

    def _reach(self, what: str, paths: tuple[str, ...]) -> None:
        rig, delivery = self._rig, self._delivery
        rig.enter(delivery, what)
        if rig.happens(rig.mix.store_fails):
            rig.note(delivery, f"{what} fails")
            raise Unavailable("the store does not answer")
        rig.tell(Asked(rig.clockwork.now, delivery.name, delivery.tenant, paths))

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """As the port says."""
        rig, delivery = self._rig, self._delivery
        rig.enter(delivery, "commit")
        before = {write.path: rig.store.body(write.path) for write in writes}
        try:
            versions = rig.store.commit(*writes)
        except Conflict as conflict:
            rig.tell(Collided(rig.clockwork.now, delivery.name, conflict.paths))
            raise
        written = tuple(Written(write.path, before[write.path], _body(write)) for write in writes)
        rig.tell(Committed(rig.clockwork.now, delivery.name, delivery.tenant, written))
        rig.leave(delivery, "commit")
        if rig.happens(rig.mix.store_fails):
            rig.note(delivery, "commit's answer lost")
            raise OutcomeUnknown("the answer to a commit was lost")
        return versions


def _body(write: Write) -> dict[str, Any] | None:
    return None if isinstance(write, Delete) else write.data


class SimulatedBus:
    """The topic, seen by one delivery."""

    def __init__(self, rig: Rig, delivery: Delivery) -> None:
        self._rig, self._delivery = rig, delivery

    def publish(self, topic: str, *messages: Message) -> None:
        """As the port says: some may be out although it fails."""
        rig, delivery = self._rig, self._delivery
        rig.enter(delivery, "publish")
        fails = rig.happens(rig.mix.bus_fails)
        out = messages[: rig.rng.randrange(len(messages) + 1)] if fails else messages
        for message in out:
            rig.tell(Published(rig.clockwork.now, delivery.name, json.loads(message.data), message.attributes))
        rig.leave(delivery, "publish")
        if fails:
            rig.note(delivery, "bus fails")
            raise Unavailable("the bus did not take all messages")


class SimulatedObjects:
    """The object storage, seen by one delivery."""

    def __init__(self, rig: Rig, delivery: Delivery) -> None:
        self._rig, self._delivery = rig, delivery
        self.kept = rig.objects.kept

    def create(self, path: str, data: bytes, *, content_type: str) -> None:
        """As the port says."""
        rig, delivery = self._rig, self._delivery
        self._reach("create")
        rig.objects.create(path, data, content_type=content_type)
        rig.tell(Kept(rig.clockwork.now, delivery.name, delivery.tenant, path, data, json.loads(data)))
        rig.leave(delivery, "create")
        if rig.happens(rig.mix.store_fails):
            rig.note(delivery, "create's answer lost")
            raise Unavailable("the answer of the object storage was lost")

    def read(self, path: str) -> bytes:
        """As the port says."""
        self._reach("read")
        return self._rig.objects.read(path)

    def under(self, folder: str) -> Iterator[str]:
        """As the port says."""
        self._reach("under")
        return self._rig.objects.under(folder)

    def _reach(self, what: str) -> None:
        rig, delivery = self._rig, self._delivery
        rig.enter(delivery, what)
        if rig.happens(rig.mix.store_fails):
            rig.note(delivery, f"{what} fails")
            raise Unavailable("the object storage does not answer")


class SimulatedPlatform:
    """A tenant's account on a platform, seen by one delivery."""

    def __init__(self, rig: Rig, delivery: Delivery, tenant: str, platform: str) -> None:
        self._rig, self._delivery = rig, delivery
        self._account = tenant, platform

    def live(self, refs: Sequence[EntityRef], *, timeout: float, settings: SomeSettings = ALL) -> Mapping[str, Live]:
        """As the port says."""
        rig = self._rig
        rig.enter(self._delivery, "live")
        if self._down() or rig.happens(rig.mix.live_fails):
            rig.clockwork.sleep(rig.rng.choice((0.5, timeout)))
            raise PlatformUnavailable("no answer to a read")
        wanted = {ref.entity_id for ref in refs}
        values: dict[str, dict[Setting, Value]] = {}
        for (tenant, platform, entity, setting), value in rig.live.items():
            if (tenant, platform) == self._account and entity in wanted:
                values.setdefault(entity, {})[Setting(setting)] = value
        rig.leave(self._delivery, "live")
        return {entity: Live(settings) for entity, settings in values.items()}

    def spend(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> SpendReport:
        """As the port says: nothing is reported."""
        return SpendReport(since)

    def figures(self, refs: Sequence[EntityRef], since: datetime, *, timeout: float) -> FiguresReport:
        """As the port says: nothing is reported."""
        return FiguresReport(since)

    def days(self, refs: Sequence[EntityRef], first: date, *, timeout: float) -> DaysReport[DayFigures]:
        """As the port says: nothing is reported."""
        return DaysReport(datetime.combine(first, time(), UTC))

    def geos(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """As the port says: nothing is reported."""
        return {}

    def ads(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
        """As the port says: nothing is reported."""
        return {}

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """As the port says. Whatever becomes of it, it is over when `timeout` is."""
        rig = self._rig
        rig.enter(self._delivery, "apply")
        rig.calls += 1
        call, started = rig.calls, rig.clockwork.now
        sent = tuple(Sent(one.ref.entity_id, one.setting.value, one.before, one.after) for one in changes)
        rig.tell(CallStarted(started, self._delivery.name, call, *self._account, key, timeout, sent))
        try:
            answers = self._fate(call, changes, timeout)
        except (PlatformUnavailable, PlatformRefused) as error:
            rig.tell(CallEnded(rig.clockwork.now, call, isinstance(error, PlatformRefused)))
            rig.leave(self._delivery, "apply")
            raise
        rig.tell(CallEnded(rig.clockwork.now, call, answered=True))
        rig.leave(self._delivery, "apply")
        return answers

    def _fate(self, call: int, changes: Sequence[PlatformChange], timeout: float) -> tuple[Answer, ...]:
        rig = self._rig
        lands_after = rig.rng.random() * timeout
        if self._down():
            rig.clockwork.sleep(rig.rng.choice((0.5, timeout)))
            raise PlatformUnavailable("no answer to a write; nothing landed")
        if rig.happens(rig.mix.refused):
            rig.clockwork.sleep(lands_after)
            raise PlatformRefused("quota", "too many writes")
        if rig.happens(rig.mix.late):
            rig.clockwork.at(rig.clockwork.now + lands_after, lambda: self._land(call, changes))
            rig.clockwork.sleep(lands_after * rig.rng.random())
            raise PlatformUnavailable("no answer to a write; it lands later")
        rig.clockwork.sleep(lands_after)
        if rig.happens(rig.mix.crash):
            self._land(call, changes[: rig.rng.randrange(len(changes) + 1)])
            rig.clockwork.sleep(timeout - lands_after)
            raise PlatformUnavailable("no answer to a write; a part of it landed")
        answers = tuple(self._one(call, change) for change in changes)
        if rig.happens(rig.mix.lost):
            rig.clockwork.sleep((timeout - lands_after) * rig.rng.random())
            raise PlatformUnavailable("no answer to a write; it landed")
        return answers

    def _one(self, call: int, change: PlatformChange) -> Answer:
        rig = self._rig
        if rig.happens(rig.mix.rejected) or self._place(change) not in rig.live:
            return Answer(False, "rejected", "the platform does not want it")
        if not rig.happens(rig.mix.ignored):
            self._land(call, (change,))
        return Answer(True)

    def _land(self, call: int, changes: Sequence[PlatformChange]) -> None:
        rig = self._rig
        for change in changes:
            place = self._place(change)
            before = rig.live[place]
            if before != change.after:
                rig.live[place] = change.after
                rig.tell(Landed(rig.clockwork.now, call, *place, before, change.after))

    def _place(self, change: PlatformChange) -> Place:
        return (*self._account, change.ref.entity_id, change.setting.value)

    def _down(self) -> bool:
        return self._rig.outages.get(self._account, -1.0) > self._rig.clockwork.now


def simulated_ports(rig: Rig, delivery: Delivery, new_run: Callable[[], str]) -> Ports:
    """All ports of one delivery."""
    return Ports(
        documents=SimulatedDocuments(rig, delivery),
        bus=SimulatedBus(rig, delivery),
        clock=SimulatedClock(rig, delivery),
        platforms=lambda tenant_id, name: SimulatedPlatform(rig, delivery, tenant_id, name),
        new_run=new_run,
        memo=delivery.worker.memo,
        objects=SimulatedObjects(rig, delivery),
    )
