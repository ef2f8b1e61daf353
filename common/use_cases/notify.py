"""Tell people what happened: what is urgent at once, the rest once a day. At least once each, under the same id."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from common.decisions.notices import Importance, importance, said, title
from common.domain import paths
from common.domain.approval import Approval, ApprovalState
from common.domain.calendar import TenantCalendar
from common.domain.canonical import canonical
from common.domain.errors import Unavailable
from common.domain.event import TOPIC, Event, EventType
from common.domain.notifications import Notice, NoticeState, NotificationChannel
from common.domain.plan_draft import DraftState, PlanDraft
from common.domain.tenant import Tenant
from common.ports.documents import Conflict, Create, Query, Replace
from common.ports.notifier import Note, Undeliverable
from common.use_cases.dead_letters import set_aside
from common.use_cases.load import Held, decode, read_one
from common.use_cases.ports import Ports
from common.use_cases.queries import every, until

LONGEST_DIGEST = 40
"""Lines; the rest is counted."""
WRITES_AT_ONCE = 200


def notify(ports: Ports, event: Event) -> None:
    """Tell one event to each channel of its tenant. Coming again, it tells only those that do not know yet.

    Raises:
        NotFound: there is no such tenant.
        Unavailable: a channel could not be reached; deliver the event again.
    """
    worth = importance(event)
    if worth is Importance.SILENT:
        return
    tenant = read_one(ports.documents, Tenant, paths.tenant(event.data.tenant_id)).value
    if not tenant.notifications.channels or _answered(ports, event):
        return
    unreached: list[str] = []
    for channel in tenant.notifications.channels:
        try:
            _tell(ports, tenant, channel, event, worth)
        except Unavailable as error:
            unreached.append(str(error))
    if unreached:
        raise Unavailable("; ".join(unreached))


def _answered(ports: Ports, event: Event) -> bool:
    """Whether it asks for a decision that was made meanwhile: the event may come late."""
    tenant_id, data = event.data.tenant_id, event.data
    if event.type is EventType.REVISE_RECOMMENDED and data.draft_id is not None:
        path = paths.plan_draft(tenant_id, data.draft_id)
        return read_one(ports.documents, PlanDraft, path).value.state is not DraftState.PENDING
    if event.type is EventType.PENDING_APPROVAL and data.change_set_id is not None:
        path = paths.approval(tenant_id, data.change_set_id)
        return read_one(ports.documents, Approval, path).value.state is not ApprovalState.PENDING
    return False


def _tell(ports: Ports, tenant: Tenant, channel: NotificationChannel, event: Event, worth: Importance) -> None:
    if worth is Importance.DIGEST and channel.urgent_only:
        return
    notice = _notice(ports, tenant, channel, event)
    path = paths.notice(tenant.tenant_id, notice.notice_id)
    if ports.documents.read(path)[0] is not None:
        return
    if worth is Importance.URGENT:
        state, detail = _sent(ports, channel, _note(ports, tenant, event, notice.notice_id))
        notice = notice.ended(state, detail, ports.clock.now())
    try:
        ports.documents.commit(Create(path, notice.body()))
    except Conflict:
        return  # another delivery of the same event was faster


def _notice(ports: Ports, tenant: Tenant, channel: NotificationChannel, event: Event) -> Notice:
    return Notice(
        notice_id=f"{event.id}-{channel.name}",
        tenant_id=tenant.tenant_id,
        track_id=event.data.track_id,
        channel=channel.name,
        title=title(event),
        text=said(event),
        happened_at=event.time,
        state=NoticeState.WAITING,
        at=ports.clock.now(),
        due=_next_digest(tenant, ports.clock.now()),
    )


def _next_digest(tenant: Tenant, now: datetime) -> datetime:
    """The first beginning of the tenant's digest hour from now on; within that hour, this moment."""
    calendar, hour = TenantCalendar.of(tenant.time_zone), tenant.notifications.digest_hour
    if calendar.local(now).hour == hour:
        return now
    today = calendar.day_of(now)
    turns = (calendar.turn(today + timedelta(days=days), hour, 0) for days in (0, 1))
    return next(turn for turn in turns if turn >= now)


def _sent(ports: Ports, channel: NotificationChannel, note: Note) -> tuple[NoticeState, str]:
    """What became of sending it. What can never be delivered is set aside whole, with its reason."""
    try:
        ports.notifier.send(channel, note)
    except Undeliverable as error:
        ports.journal.write("notice_undeliverable", severity="ERROR", note=note.note_id, reason=str(error))
        set_aside(ports, TOPIC, canonical({"channel": channel.name, **asdict(note)}), str(error))
        return NoticeState.UNDELIVERABLE, str(error)
    return NoticeState.SENT, ""


def _note(ports: Ports, tenant: Tenant, event: Event, note_id: str) -> Note:
    lines = [said(event)]
    if event.data.expires_at is not None:
        until = TenantCalendar.of(tenant.time_zone).local(event.data.expires_at)
        lines.append(
            f"To be decided by {until:%a} {until.day} {until:%b %Y, %H:%M}; without an answer nothing changes."
        )
    return Note(
        note_id=note_id,
        subject=f"{title(event)}: {tenant.name}, {event.data.track_id}",
        lines=tuple(lines),
        link=_link(ports, tenant, event),
    )


def _link(ports: Ports, tenant: Tenant, event: Event) -> str | None:
    if ports.pages_url is None:
        return None
    base, change_set_id = f"{ports.pages_url.rstrip('/')}/t/{tenant.tenant_id}", event.data.change_set_id
    if event.data.draft_id is not None:
        return f"{base}/drafts/{event.data.draft_id}"
    if change_set_id is None:
        return base
    kind = "approvals" if event.type is EventType.PENDING_APPROVAL else "changes"
    return f"{base}/{kind}/{change_set_id}"


def send_digests(ports: Ports, tenant: Tenant) -> int:
    """Send each channel what is due in a digest. Returns how many notices are dealt with.

    A digest that was sent but not written down goes out again. What waits for a channel that the tenant has no more is
    told to nobody.
    """
    now = ports.clock.now()
    due = Query(paths.notices(tenant.tenant_id), up_to=until("due", now))
    found = [Held(decode(Notice, document), document.version) for document in every(ports, due)]
    channels = {channel.name: channel for channel in tenant.notifications.channels}
    count = 0
    for name in sorted({held.value.channel for held in found}):
        mine = sorted((held for held in found if held.value.channel == name), key=lambda held: held.value.happened_at)
        if name in channels:
            count += _digest(ports, tenant, channels[name], mine)
        else:
            count += _end(ports, mine, NoticeState.UNDELIVERABLE, "there is no such channel any more")
    return count


def _digest(ports: Ports, tenant: Tenant, channel: NotificationChannel, mine: Sequence[Held[Notice]]) -> int:
    found = _lines(TenantCalendar.of(tenant.time_zone), [one.value for one in mine])
    lines = found[-LONGEST_DIGEST:]
    more = len(found) - len(lines)
    note = Note(
        note_id=f"digest-{mine[-1].value.notice_id}",
        subject=f"{len(mine)} {'change' if len(mine) == 1 else 'changes'} since yesterday: {tenant.name}",
        lines=(*([f"The newest {len(lines)} of {len(found)}:"] if more else []), *lines),
        link=None if ports.pages_url is None else f"{ports.pages_url.rstrip('/')}/t/{tenant.tenant_id}/log",
    )
    try:
        state, detail = _sent(ports, channel, note)
    except Unavailable as error:
        ports.journal.write("digest_put_off", channel=channel.name, reason=str(error))
        return 0  # it waits on for the next sweep
    return _end(ports, mine, state, detail)


def _lines(calendar: TenantCalendar, notices: Sequence[Notice]) -> list[str]:
    """A line for each, in their order; what happened again and again has one, where it happened last."""
    times = Counter((one.track_id, one.title, one.text) for one in notices)
    last = {(one.track_id, one.title, one.text): one for one in notices}
    newest = sorted(last.items(), key=lambda item: item[1].happened_at)
    return [
        f"{calendar.local(one.happened_at):%H:%M} {one.track_id}: {one.title}. {one.text}"
        + (f" ({times[key]} times)" if times[key] > 1 else "")
        for key, one in newest
    ]


def _end(ports: Ports, notices: Sequence[Held[Notice]], state: NoticeState, detail: str) -> int:
    """Write down what became of them."""
    now = ports.clock.now()
    told = [
        Replace(
            paths.notice(held.value.tenant_id, held.value.notice_id),
            held.value.ended(state, detail, now).body(),
            held.version,
        )
        for held in notices
    ]
    for start in range(0, len(told), WRITES_AT_ONCE):
        ports.documents.commit(*told[start : start + WRITES_AT_ONCE])
    return len(told)
