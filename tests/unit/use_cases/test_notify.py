"""Telling people: the urgent at once, the rest in a digest, each channel on its own, and nothing lost."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from common.domain.change import OptimizationType, Setting
from common.domain.errors import NotFound, Unavailable
from common.domain.event import TOPIC, Event, EventType
from common.domain.notifications import KEPT, ChannelKind, Notice, NoticeState, NotificationChannel, Notifications
from common.domain.tick import dead_letter_topic
from common.ports.documents import Query
from common.use_cases.approvals import reject
from common.use_cases.configure import configure
from common.use_cases.drift import check_drift
from common.use_cases.housekeeping import Swept, sweep
from common.use_cases.notify import LONGEST_DIGEST, notify
from common.use_cases.plan_drafts import drafts_waiting, reject_draft
from common.use_cases.ports import Ports
from tests.fakes.notifier import KeptNotes
from tests.world import NOW, World, asks, auto, euros

TEAM = NotificationChannel(name="team", kind=ChannelKind.SLACK, url_secret="team-url")
BOSS = NotificationChannel(name="boss", kind=ChannelKind.EMAIL, to=("boss@example.com",), urgent_only=True)
EIGHT = datetime(2026, 5, 5, 6, 0, tzinfo=UTC)
"""Eight o'clock in Madrid, on the morning after."""


@dataclass
class Scene:
    """A tenant with two channels, and what they got."""

    world: World = field(
        default_factory=lambda: World.taken_on(notifications=Notifications(channels=(TEAM, BOSS), digest_hour=8))
    )
    notes: KeptNotes = field(default_factory=KeptNotes)

    def ports(self, pages_url: str | None = "https://pages.example/") -> Ports:
        return replace(self.world.ports(), notifier=self.notes, pages_url=pages_url)

    def events(self, kind: EventType) -> list[Event]:
        return [Event.model_validate(one) for one in self.world.bus.events if one.get("type") == kind.value]

    def asked(self) -> Event:
        """The event of an approval that waits."""
        self.world.propose(asks(self.world.wanted("social", Setting.DAILY_BUDGET, euros(60))))
        sweep(self.ports(), "acme", run="sweep")
        return self.events(EventType.PENDING_APPROVAL)[-1]

    def changed(self, euro: float = 80) -> Event:
        """The event of a change that was made."""
        self.world.apply(auto(self.world.wanted("search", Setting.DAILY_BUDGET, euros(euro))))
        return self.events(EventType.APPLIED)[-1]

    def notices(self) -> list[Notice]:
        found = self.world.documents.query(Query("tenants/acme/notices", limit=1000)).documents
        return [Notice.model_validate(one.data) for one in found]

    def sweep_at(self, moment: datetime) -> Swept:
        self.world.clock.at = moment
        return sweep(self.ports(), "acme", run="sweep")


@pytest.fixture
def scene() -> Scene:
    """A tenant to whom nothing was told yet."""
    return Scene()


def test_what_waits_for_a_person_is_told_at_once_on_every_channel(scene: Scene) -> None:
    event = scene.asked()
    notify(scene.ports(), event)
    (team,), (boss,) = scene.notes.of("team"), scene.notes.of("boss")
    assert team.subject == "Approval wanted: Acme, north"
    assert team.lines[0] == event.data.why
    assert team.lines[1].startswith("To be decided by ")
    assert team.link == f"https://pages.example/t/acme/approvals/{event.data.change_set_id}"
    assert (boss.subject, boss.lines, boss.link) == (team.subject, team.lines, team.link)
    assert {notice.state for notice in scene.notices()} == {NoticeState.SENT}


def test_the_deadline_stands_in_the_tenants_time(scene: Scene) -> None:
    event = scene.asked()
    late = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    notify(scene.ports(), event.but(data=event.data.but(expires_at=late)))
    assert scene.notes.of("team")[0].lines[1] == (
        "To be decided by Sun 25 Oct 2026, 02:30; without an answer nothing changes."
    )


def test_the_same_event_twice_is_told_once(scene: Scene) -> None:
    event = scene.asked()
    for _ in range(3):
        notify(scene.ports(), event)
    assert [name for name, _ in scene.notes.sent] == ["team", "boss"]


def test_a_channel_that_cannot_be_reached_does_not_keep_the_others_waiting(scene: Scene) -> None:
    event = scene.asked()
    scene.notes.down = {"team"}
    with pytest.raises(Unavailable, match="team: no answer"):
        notify(scene.ports(), event)
    assert [name for name, _ in scene.notes.sent] == ["boss"]
    scene.notes.down = set()
    notify(scene.ports(), event)
    assert [name for name, _ in scene.notes.sent] == ["boss", "team"]


def test_a_run_that_dies_after_sending_tells_again_under_the_same_id(scene: Scene) -> None:
    event = scene.asked()
    before = scene.world.documents.copy()
    notify(scene.ports(), event)
    scene.world.documents = before
    notify(scene.ports(), event)
    first, second = scene.notes.of("team")
    assert first.note_id == second.note_id
    assert first.note_id != scene.notes.of("boss")[0].note_id


def test_what_a_channel_will_never_take_is_set_aside_and_the_others_are_told(scene: Scene) -> None:
    event = scene.asked()
    scene.notes.gone = {"team"}
    notify(scene.ports(), event)
    assert [name for name, _ in scene.notes.sent] == ["boss"]
    topic, message = scene.world.bus.messages[-1]
    assert (topic, message.attributes["reason"]) == (dead_letter_topic(TOPIC), "team: answered 404")
    assert json.loads(message.data)["lines"][0] == event.data.why
    told = {notice.channel: notice for notice in scene.notices()}
    assert (told["team"].state, told["team"].detail) == (NoticeState.UNDELIVERABLE, "team: answered 404")


def test_a_request_that_was_answered_meanwhile_is_not_told(scene: Scene) -> None:
    event = scene.asked()
    approval = scene.world.approval(event.data.change_set_id or "")
    reject(scene.ports(), "acme", approval.approval_id, by="ana@example.com", seen=approval.payload_digest, reason="No")
    notify(scene.ports(), event)
    assert scene.notes.sent == []
    assert scene.notices() == []


def test_an_emergency_pause_is_told_at_once_and_leads_to_its_change(scene: Scene) -> None:
    event = scene.changed()
    notify(scene.ports(), event.but(data=event.data.but(emergency=True)))
    (note,) = scene.notes.of("boss")
    assert note.subject == "Emergency pause: Acme, north"
    assert note.link == f"https://pages.example/t/acme/changes/{event.data.change_set_id}"


def drifted(scene: Scene) -> Event:
    """The event of a draft that was made of a drift."""
    moved = scene.world.shift("search", "social", 700)
    scene.world.apply(auto(*moved, kind=OptimizationType.BUDGET_SHIFT))
    check_drift(scene.ports(), scene.world.track())
    return scene.events(EventType.REVISE_RECOMMENDED)[-1]


def test_a_draft_of_the_plan_is_told_at_once_and_leads_to_it(scene: Scene) -> None:
    event = drifted(scene)
    notify(scene.ports(), event)
    (team,), (boss,) = scene.notes.of("team"), scene.notes.of("boss")
    (draft,) = drafts_waiting(scene.ports(), "acme")
    assert team.subject == "New plan version drafted: Acme, north"
    assert "of plan v1. Plan v2 is drafted with what is live." in team.lines[0]
    assert team.lines[1] == "To be decided by Mon 11 May 2026, 11:00; without an answer nothing changes."
    assert team.link == boss.link == f"https://pages.example/t/acme/drafts/{draft.draft_id}"


def test_a_draft_that_was_decided_meanwhile_is_not_told(scene: Scene) -> None:
    event = drifted(scene)
    (draft,) = drafts_waiting(scene.ports(), "acme")
    named, by = ("acme", draft.draft_id), "cy@example.com"
    reject_draft(scene.ports(), *named, by=by, seen=draft.payload_digest, reason="Not now.")
    notify(scene.ports(), event)
    assert scene.notes.sent == []
    told = scene.events(EventType.REJECTED)[-1]
    notify(scene.ports(), told)
    assert {notice.title for notice in scene.notices()} == {"Plan draft rejected"}


def test_without_pages_there_is_no_link(scene: Scene) -> None:
    notify(scene.ports(pages_url=None), scene.asked())
    assert scene.notes.of("team")[0].link is None


def test_a_tenant_without_channels_costs_one_read_and_no_write() -> None:
    scene = Scene(World.taken_on())
    event = scene.changed()
    before, reads = scene.world.documents.commits, list[int]()
    scene.world.documents.after_read = lambda: reads.append(1)
    notify(scene.ports(), event)
    assert (len(reads), scene.world.documents.commits, scene.notes.sent) == (1, before, [])


def test_an_event_of_a_tenant_that_does_not_exist_can_never_be_told(scene: Scene) -> None:
    event = scene.changed()
    with pytest.raises(NotFound, match="ghost"):
        notify(scene.ports(), event.but(data=event.data.but(tenant_id="ghost")))


def test_a_small_change_waits_for_the_digest_and_goes_out_once(scene: Scene) -> None:
    event = scene.changed()
    notify(scene.ports(), event)
    assert scene.notes.sent == []
    assert scene.sweep_at(EIGHT - timedelta(minutes=5)).told == 0
    assert scene.sweep_at(EIGHT).told == 1
    assert scene.sweep_at(EIGHT + timedelta(minutes=5)).told == 0
    ((name, note),) = scene.notes.sent
    assert (name, note.subject) == ("team", "1 change since yesterday: Acme")
    assert note.lines == (f"11:00 north: Changed. {event.data.why}",)
    assert note.link == "https://pages.example/t/acme/log"


def test_a_store_may_remove_what_was_told_and_never_what_waits(scene: Scene) -> None:
    notify(scene.ports(), scene.changed())
    notify(scene.ports(), scene.asked())
    told, asked = {NoticeState.WAITING: (EIGHT, None), NoticeState.SENT: (None, NOW + KEPT)}, scene.notices()
    assert {one.state for one in asked} == told.keys()
    assert all((one.due, one.kept_until) == told[one.state] for one in asked)
    scene.sweep_at(EIGHT)
    assert {(one.due, one.kept_until) for one in scene.notices()} == {(None, NOW + KEPT), (None, EIGHT + KEPT)}


def test_a_digest_that_could_not_be_sent_waits_for_the_next_sweep(scene: Scene) -> None:
    notify(scene.ports(), scene.changed())
    scene.notes.down = {"team"}
    assert scene.sweep_at(EIGHT).told == 0
    scene.notes.down = set()
    assert scene.sweep_at(EIGHT + timedelta(minutes=5)).told == 1


def test_what_happened_again_and_again_is_one_line_and_hides_nothing(scene: Scene) -> None:
    """As a pause that its platform does not take for a day."""
    first = scene.changed()
    notify(scene.ports(), first)
    for number in range(LONGEST_DIGEST + 5):
        again = first.data.but(why="Still paused: spend_anomaly.", emergency=True, repeats=True)
        notify(
            scene.ports(),
            first.but(id=f"acme:north-{number}", time=NOW + timedelta(minutes=5 * number), data=again),
        )
    scene.sweep_at(EIGHT)
    ((_, note),) = scene.notes.sent
    assert note.lines == (
        f"11:00 north: Changed. {first.data.why}",
        f"14:40 north: Emergency pause. Still paused: spend_anomaly. ({LONGEST_DIGEST + 5} times)",
    )


def test_what_waits_for_a_channel_that_is_gone_waits_no_more(scene: Scene) -> None:
    """Or its tenant would need housekeeping for ever."""
    notify(scene.ports(), scene.changed())
    configure(scene.ports(), "acme", lambda now: now.but(notifications=Notifications(channels=(BOSS,))))
    assert scene.sweep_at(EIGHT).told == 1
    assert scene.notes.sent == []
    assert [(one.state, one.due) for one in scene.notices()] == [(NoticeState.UNDELIVERABLE, None)]


def test_a_digest_that_nobody_will_ever_take_is_set_aside_and_not_tried_again(scene: Scene) -> None:
    notify(scene.ports(), scene.changed())
    scene.notes.gone = {"team"}
    assert scene.sweep_at(EIGHT).told == 1
    assert scene.sweep_at(EIGHT + timedelta(minutes=5)).told == 0
    assert scene.world.bus.messages[-1][0] == dead_letter_topic(TOPIC)
    assert [notice.state for notice in scene.notices()] == [NoticeState.UNDELIVERABLE]


def test_a_long_digest_shows_the_newest_and_counts_the_rest(scene: Scene) -> None:
    event = scene.changed()
    count = 2 * 200 + 50
    for number in range(count):
        told = event.data.but(why=f"Because of {number}.")
        later = event.but(id=f"acme:north-{number}", time=NOW + timedelta(minutes=number), data=told)
        notify(scene.ports(), later)
    assert scene.sweep_at(EIGHT + timedelta(days=1)).told == count
    ((_, note),) = scene.notes.sent
    assert note.subject == f"{count} changes since yesterday: Acme"
    assert (len(note.lines), note.lines[0]) == (LONGEST_DIGEST + 1, f"The newest {LONGEST_DIGEST} of {count}:")
    assert {notice.state for notice in scene.notices()} == {NoticeState.SENT}


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda: Notifications(channels=(TEAM, TEAM)), "more than once: team"),
        (lambda: NotificationChannel(name="a", kind=ChannelKind.EMAIL), "needs addresses in `to`"),
        (lambda: NotificationChannel(name="a", kind=ChannelKind.SLACK), "needs `url_secret`"),
        (lambda: NotificationChannel(name="A b", kind=ChannelKind.EMAIL, to=("a@b.example",)), "pattern"),
        (lambda: NotificationChannel(name="a", kind=ChannelKind.EMAIL, to=("a@b.example, c@d.example",)), "pattern"),
    ],
)
def test_channels_that_cannot_be_are_refused(make: Callable[[], object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        make()
