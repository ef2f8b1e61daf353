"""The tracks of one message: none stops the others, and none that is broken for good comes again for ever."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from common.adapters.memory_bus import MemoryBus
from common.domain.errors import Busy, Unavailable
from common.domain.manifest import InFlight
from common.domain.paths import Track
from common.domain.tick import Cadence, TenantTick, window_of
from common.ports.bus import Message
from common.ports.documents import Document, Replace
from common.use_cases.each_track import TracksFailed
from common.use_cases.pace_tracks import pace_tracks
from common.use_cases.ports import Ports
from common.use_cases.queries import state_of
from tests.fakes.documents import MemoryDocuments
from tests.unit.sandbox.played_week import TENANT, begun, calm_week
from tests.unit.use_cases.deliveries import kept, settle

BRAND, LOCAL = Track(TENANT, "brand"), Track(TENANT, "local")


class Lines:
    """A journal that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []

    def write(self, event: str, **fields: object) -> None:
        """As the port says."""
        self.lines.append((event, fields))


class PartlyDown(MemoryDocuments):
    """A store in which some document may be out of reach."""

    down = ""

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """As the port says."""
        if self.down in paths:
            raise Unavailable(f"{self.down} is out of reach")
        return super().read(*paths)


class Scene:
    """A tenant of two tracks at the first hour of its flight."""

    def __init__(self) -> None:
        self.documents, self.bus, self.journal = PartlyDown(), MemoryBus(), Lines()
        week = begun(calm_week(), documents=self.documents)
        self.ports: Ports = replace(week.ports, bus=self.bus, journal=self.journal)
        self.window = window_of(Cadence.PACING, self.ports.clock.now())
        self.tick = TenantTick(
            cadence=Cadence.PACING, window=self.window, tenant_id=TENANT, tracks=("brand", "local"), slot=9
        )

    def rewrite(self, path: str, **changes: Any) -> None:
        """Change a stored body behind everybody's back."""
        found = self.documents.read(path)[0]
        assert found is not None
        self.documents.commit(Replace(path, {**found.data, **changes}, found.version))

    def hold(self, track: Track) -> None:
        """Somebody else applies a change set of the track, under a live lease."""
        until = self.ports.clock.now() + timedelta(minutes=5)
        flight = InFlight(change_set_id="cs", holder="other", lease_until=until).body()
        self.rewrite(track.manifest, in_flight=flight)

    def windows(self, track: Track) -> dict[str, Any]:
        """The windows that a track has finished."""
        state = state_of(self.ports, track)
        return {} if state is None else dict(state.windows)


@pytest.fixture
def scene() -> Scene:
    """A tenant of two tracks."""
    return Scene()


def test_every_track_is_run_and_every_tick_leaves_a_line_with_its_reasons(scene: Scene) -> None:
    done = pace_tracks(scene.ports, scene.tick)
    assert [tick.track for tick in done] == [BRAND, LOCAL]
    lines = [(event, fields["track"], fields["slot"]) for event, fields in scene.journal.lines]
    assert lines == [("tick", "brand", 9), ("tick", "local", 9)]
    assert all(fields["reasons"] for _, fields in scene.journal.lines)


def test_a_track_that_is_busy_does_not_stop_the_others_and_makes_the_message_come_again(scene: Scene) -> None:
    scene.hold(BRAND)
    with pytest.raises(TracksFailed, match="1 of 2 tracks of june failed") as failed:
        pace_tracks(scene.ports, scene.tick)
    assert [type(error) for error in failed.value.exceptions] == [Busy]
    assert scene.windows(BRAND) == {}
    assert scene.windows(LOCAL) == {"pacing": scene.window}
    assert "track_failed" in [event for event, _ in scene.journal.lines]


def test_when_the_message_comes_again_only_what_is_left_is_run(scene: Scene) -> None:
    scene.hold(BRAND)
    with pytest.raises(TracksFailed):
        pace_tracks(scene.ports, scene.tick)
    scene.rewrite(BRAND.manifest, in_flight=None)
    brand, local = pace_tracks(scene.ports, scene.tick)
    assert "window_done" not in {reason.code for reason in brand.reasons}
    assert [reason.code for reason in local.reasons] == ["window_done"]
    assert scene.windows(BRAND) == scene.windows(LOCAL) == {"pacing": scene.window}


def test_all_failures_that_may_pass_are_raised_together(scene: Scene) -> None:
    scene.hold(BRAND)
    scene.documents.down = LOCAL.manifest
    with pytest.raises(TracksFailed, match="2 of 2") as failed:
        pace_tracks(scene.ports, scene.tick)
    assert [type(error) for error in failed.value.exceptions] == [Busy, Unavailable]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"revision": -1, "colour": "red"}, "has 2 faults"),
        ({"plan_id": "gone", "plan_version": 7}, "gone/versions/000007 does not exist"),
    ],
)
def test_a_track_that_is_broken_for_good_is_set_aside_alone_and_the_message_is_done(
    scene: Scene, broken: dict[str, Any], said: str
) -> None:
    scene.rewrite(BRAND.manifest, **broken)
    dead = kept(scene.bus, "pacing-ticks-dead-letter")
    (done,) = pace_tracks(scene.ports, scene.tick)
    settle(scene.bus)
    assert done.track == LOCAL
    assert scene.windows(LOCAL) == {"pacing": scene.window}
    assert [TenantTick.model_validate_json(message.data) for message in dead] == [scene.tick.but(tracks=("brand",))]
    assert said in dead[0].attributes["reason"]
    assert scene.journal.lines[0][0] == "track_set_aside"


def test_a_track_that_does_not_exist_is_set_aside(scene: Scene) -> None:
    dead: list[Message] = kept(scene.bus, "pacing-ticks-dead-letter")
    assert pace_tracks(scene.ports, scene.tick.but(tracks=("ghost",))) == ()
    settle(scene.bus)
    assert "manifests/ghost does not exist" in dead[0].attributes["reason"]


def test_a_track_of_another_tenant_is_not_touched(scene: Scene) -> None:
    kept(scene.bus, "pacing-ticks-dead-letter")
    before = scene.documents.bodies()
    assert pace_tracks(scene.ports, scene.tick.but(tenant_id="july")) == ()
    assert scene.documents.bodies() == before
