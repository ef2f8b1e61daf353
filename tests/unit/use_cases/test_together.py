"""A check with nothing to judge only notes what GA4 shows: nothing is stopped later for it, and nothing goes unsaid."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.domain.change_set import Origin, PauseIntent
from common.domain.figures import Realtime, Upload
from common.domain.guardrails import Mode
from common.domain.manifest import PauseScope
from common.domain.paths import Track
from common.domain.state import TrackState
from common.domain.tick import Cadence, TenantTick, window_of
from common.ports.documents import Delete
from common.use_cases.configure import configure
from common.use_cases.emergency_pause import emergency_pause
from common.use_cases.load import decode
from common.use_cases.ports import Ports
from common.use_cases.watch import Check, watch
from common.use_cases.watch_tracks import watch_tracks
from tests.fakes.journal import Lines
from tests.watched_world import WatchedWorld
from tests.world import LOOSE, NORTH, SOUTH

TRACKS = (NORTH, SOUTH)
KEEPER = Track("acme", NORTH).state
WELL, ILL = 6, 30
"""Hours before something breaks, and after it."""


@dataclass
class Messages:
    """A world whose two tracks are checked by one message each quarter of an hour."""

    world: WatchedWorld
    journal: Lines

    @property
    def ports(self) -> Ports:
        """The world's."""
        return replace(self.world.ports, journal=self.journal)

    def send(self, *, tracks: tuple[str, ...] = TRACKS, late: timedelta = timedelta(0)) -> tuple[Check, ...]:
        """The message of this quarter-hour."""
        window = window_of(Cadence.ANOMALY_PAUSE, self.world.now - late)
        tick = TenantTick(cadence=Cadence.ANOMALY_PAUSE, window=window, tenant_id="acme", tracks=tracks)
        return watch_tracks(self.ports, tick)

    def go(self, hours: float) -> list[bool]:
        """Check and go on; whether there was something to judge, each time."""
        judged: list[bool] = []
        for _ in range(round(4 * hours)):
            judged.append(bool(self.send()))
            self.world.pass_time()
        return judged

    def state(self, track: str = NORTH) -> TrackState:
        """What a track remembers; the first keeps what is shared."""
        document = self.world.world.documents.read(Track("acme", track).state)[0]
        assert document is not None
        return decode(TrackState, document)

    @property
    def quarters(self) -> dict[str, Any]:
        """What of realtime waits for its hour."""
        return self.state().watching["site"]["quarters"]

    def last_line(self) -> dict[str, Any]:
        """The last line about a tick."""
        return self.journal.of("tick")[-1]


@pytest.fixture
def messages() -> Messages:
    """After some hours in which all is well; the next check has nothing to judge."""
    found = Messages(WatchedWorld.taken_on(), Lines())
    found.go(WELL)
    assert found.send(), "platforms report by the hour"
    found.world.pass_time()
    return found


def all_well(world: WatchedWorld) -> None:
    """Nothing is wrong."""
    world.spends.clear()


def runs_away(world: WatchedWorld) -> None:
    """A campaign ignores its budget."""
    world.spends["search"] = 6


def site_unseen(world: WatchedWorld) -> None:
    """GA4 sees next to nobody any more."""
    world.seen = 0.02


def one_quarter(world: WatchedWorld) -> None:
    """The same of a property whose realtime shows one whole quarter of an hour."""
    site_unseen(world)
    both = world.ga4.shown
    world.ga4.shown = lambda: Realtime(both().quarters[-1:])


def lands_nowhere(world: WatchedWorld) -> None:
    """The clicks of one campaign do not arrive."""
    world.arrives["social"] = 0.0


def late_and_away(world: WatchedWorld) -> None:
    """A campaign runs away on a platform that is two hours later than usual, and GA4 is silent."""
    world.delay["meta"], world.spends["social"], world.ga4.down = 5, 6, True


TROUBLES = (all_well, runs_away, site_unseen, one_quarter, lands_nowhere, late_and_away)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.__name__)
def test_the_same_is_stopped_at_the_same_check_as_where_every_check_judges(
    trouble: Callable[[WatchedWorld], None],
) -> None:
    together, rested = pauses(trouble, together=True)
    each, _ = pauses(trouble, together=False)
    assert together == each
    assert bool(each) == (trouble is not all_well)
    assert rested > 4 * WELL / 2


def pauses(
    trouble: Callable[[WatchedWorld], None], *, together: bool
) -> tuple[list[tuple[datetime, str, str, str]], int]:
    """What was stopped in which quarter of an hour; and how many checks had nothing to judge."""
    messages = Messages(WatchedWorld.taken_on(), Lines())
    world, found, rested = messages.world, list[tuple[datetime, str, str, str]](), 0
    for quarter in range(4 * (WELL + ILL)):
        if quarter == 4 * WELL:
            trouble(world)
        window = window_of(Cadence.ANOMALY_PAUSE, world.now)
        if together:
            checks = messages.send()
        else:
            checks = tuple(watch(world.ports, Track("acme", one), window, f"{one}-{quarter}") for one in TRACKS)
        rested += not checks
        for check in sorted(checks, key=lambda one: one.track.track_id):
            found += [(window, check.track.track_id, one.kind.value, one.target) for one in check.paused]
        world.pass_time()
    return found, rested


def test_of_four_checks_one_judges_and_the_others_say_that_there_was_nothing(messages: Messages) -> None:
    assert messages.go(8) == [False, False, False, True] * 8
    messages.send()
    line = messages.last_line()
    assert (line["tracks"], line["reasons"]) == (TRACKS, [{"code": "nothing_due"}])
    assert line["verdicts"] == {"auto": 0, "needs_approval": 0, "needs_replan": 0, "blocked": 0}


def test_what_ga4_showed_meanwhile_is_noted_and_nothing_else_is_written(messages: Messages) -> None:
    before, kept = messages.world.world.documents.bodies(), messages.quarters
    messages.world.pass_time()
    assert messages.send() == ()
    bodies = messages.world.world.documents.bodies()
    changed = {path for path in bodies if bodies[path] != before.get(path)}
    assert changed == {KEEPER}
    assert len(messages.quarters) > len(kept)


def test_a_message_that_comes_again_is_done(messages: Messages) -> None:
    messages.world.pass_time()
    assert messages.send() == ()
    bodies = messages.world.world.documents.bodies()
    assert messages.send() == ()
    assert messages.last_line()["reasons"][0]["code"] == "window_done"
    assert messages.world.world.documents.bodies() == bodies


def other_tracks(messages: Messages) -> tuple[Check, ...]:
    """The message has a track more or less than the last one."""
    return messages.send(tracks=(NORTH,))


def ga4_is_silent(messages: Messages) -> tuple[Check, ...]:
    """It does not answer."""
    messages.world.ga4.down = True
    return messages.send()


def ga4_is_gone(messages: Messages) -> tuple[Check, ...]:
    """It was disconnected."""
    messages.world.ga4.connected = False
    return messages.send()


def somebody_else_wrote(messages: Messages) -> tuple[Check, ...]:
    """Pacing wrote the keeper's state after it was read."""
    shown = messages.world.ga4.shown

    def meanwhile() -> Realtime:
        messages.world.world.rewrite(KEEPER, lambda body: {**body, "ratios": {"search": 2.0}})
        messages.world.ga4.shown = shown
        return shown()

    messages.world.ga4.shown = meanwhile
    messages.world.pass_time()
    found = messages.send()
    assert messages.state().ratios == {"search": 2.0}, "what they wrote is still there"
    return found


def nobody_remembers(messages: Messages) -> tuple[Check, ...]:
    """The keeper has no state."""
    messages.world.world.documents.commit(Delete(KEEPER))
    return messages.send()


def something_is_paused(messages: Messages) -> tuple[Check, ...]:
    """A pause stands by the time of the check that judges, and every one after it looks whether it can be lifted."""
    pause = PauseIntent(scope=PauseScope.CHANNEL, target="google_search", reason="spend_anomaly")
    origin = Origin(cadence="anomaly_pause", window=messages.world.now, by="trimtab")
    emergency_pause(messages.ports, Track("acme", SOUTH), pause, origin, "Paused.", "run")
    while not messages.send():
        messages.world.pass_time()
    messages.world.pass_time()
    return messages.send()


def an_upload_is_due(messages: Messages) -> tuple[Check, ...]:
    """The CRM's last one is old enough in the middle of an hour."""
    messages.world.crm.sent = (Upload(messages.world.now - timedelta(hours=24, minutes=45), 0.8, {}),)
    while not messages.send():
        messages.world.pass_time()
    messages.world.pass_time()
    assert messages.send() == ()
    messages.world.pass_time()
    return messages.send()


def something_is_only_named(messages: Messages) -> tuple[Check, ...]:
    """The tenant tries pauses out, and a campaign runs away."""
    shadow = LOOSE.but(mode={"emergency_pause": Mode.SHADOW})
    configure(messages.ports, "acme", lambda now: now.but(guardrails=shadow))
    messages.world.spends["search"] = 6
    while not any(one.change_sets for one in messages.send()):
        messages.world.pass_time()
    messages.world.pass_time()
    return messages.send()


def a_platform_is_late(messages: Messages) -> tuple[Check, ...]:
    """Its hours are due and did not come."""
    messages.world.delay["meta"] = 5
    while not messages.send():
        messages.world.pass_time()
    messages.world.pass_time()
    return messages.send()


def a_track_failed(messages: Messages) -> tuple[Check, ...]:
    """The check that judges could not read one of the tracks, which was set aside."""
    manifest = Track("acme", SOUTH).manifest
    body = messages.world.world.documents.body(manifest)
    assert body is not None
    messages.world.world.rewrite(manifest, lambda _: {"broken": True})
    while not messages.send():
        messages.world.pass_time()
    messages.world.world.rewrite(manifest, lambda _: dict(body))
    messages.world.pass_time()
    return messages.send()


JUDGED = [
    other_tracks,
    ga4_is_silent,
    ga4_is_gone,
    somebody_else_wrote,
    nobody_remembers,
    something_is_paused,
    something_is_only_named,
    an_upload_is_due,
    a_platform_is_late,
    a_track_failed,
]


@pytest.mark.parametrize("change", JUDGED, ids=lambda one: one.__name__)
def test_what_is_out_of_the_ordinary_is_judged_at_once(
    messages: Messages, change: Callable[[Messages], tuple[Check, ...]]
) -> None:
    assert change(messages)


def test_a_message_that_is_too_old_is_said_to_be(messages: Messages) -> None:
    messages.world.pass_time()
    found = messages.send(late=timedelta(hours=1))
    assert {reason.code for check in found for reason in check.reasons} == {"stale_tick"}


def test_without_ga4_there_is_nothing_to_note(messages: Messages) -> None:
    messages.world.ga4.connected = False
    messages.go(2)
    rested = 0
    for _ in range(4 * 4):
        before = messages.world.world.documents.bodies()
        if not messages.send():
            assert messages.world.world.documents.bodies() == before
            rested += 1
        messages.world.pass_time()
    assert rested == 3 * 4


def test_after_the_flight_one_check_an_hour_looks_whether_it_is_still_over(messages: Messages) -> None:
    world = messages.world.world
    world.clock.at = datetime(2026, 6, 26, 9, 0, tzinfo=UTC)
    messages.world.ga4.shown = lambda: Realtime(())
    found: list[tuple[Check, ...]] = []
    for _ in range(8):
        found.append(messages.send())
        world.clock.forward(minutes=15)
    assert [bool(one) for one in found] == [True, False, False, False] * 2
    assert {reason.code for check in found[4] for reason in check.reasons} == {"flight_over"}
