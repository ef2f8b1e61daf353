"""Every line that metrics and alerts are made of is written, with its fields, by work that comes in as messages do."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from common.domain import paths
from common.domain.canonical import canonical
from common.domain.change import Setting
from common.domain.tick import Cadence, RootTick, TenantTick
from common.ports import journal
from common.use_cases.daily_visit import housekeep
from common.use_cases.deliveries import handle
from common.use_cases.drift_tracks import sweep_tracks
from common.use_cases.pace_tracks import pace_tracks
from common.use_cases.ports import Ports
from common.use_cases.pull import pull_tenant
from tests.fakes.journal import Lines
from tests.fakes.objects import MemoryObjects
from tests.unit.use_cases.deliveries import pushed
from tests.world import NORTH, NOW, SOUTH, World, asks, euros

TABLE = {
    name: (severity, set(fields.split()))
    for name, severity, fields in re.findall(
        r"^    (\w+) +(INFO|WARNING|ERROR) +([\w ]+)$", journal.__doc__ or "", re.MULTILINE
    )
}
"""What `common/ports/journal.py` promises: the severity and the fields of each line."""
WORK: dict[Cadence, Callable[[Ports, TenantTick], object]] = {
    Cadence.PACING: pace_tracks,
    Cadence.DRIFT: sweep_tracks,
    Cadence.HOUSEKEEPING: housekeep,
    Cadence.INGEST: pull_tenant,
}
FINE = timedelta(seconds=40)


class Scene:
    """A tenant of two tracks, and what its functions write."""

    def __init__(self) -> None:
        self.world, self.lines = World.taken_on(), Lines()
        self.ports = replace(self.world.ports(), journal=self.lines, objects=MemoryObjects())

    def come(self, cadence: Cadence, *tracks: str, late: timedelta = FINE, **fields: Any) -> None:
        """A tenant's message is delivered so long after it was due."""
        window = NOW.replace(hour=22, day=3) if cadence is Cadence.DRIFT else NOW
        due = self.world.clock.now() - late
        whole: dict[str, Any] = {"tenant_id": "acme", "tracks": tracks, "window": window, "due": due, **fields}
        self.deliver(cadence, canonical(TenantTick(cadence=cadence, **whole).body()))

    def deliver(self, cadence: Cadence, data: bytes) -> None:
        """A message is delivered."""
        published = self.world.clock.now().isoformat()
        handle(self.ports, cadence, pushed(data, published=published), lambda tick: WORK[cadence](self.ports, tick))


@pytest.fixture
def scene() -> Scene:
    return Scene()


def ticks(scene: Scene) -> None:
    """Pacing and the daily sweep of a track."""
    scene.come(Cadence.PACING, NORTH)
    scene.come(Cadence.DRIFT, NORTH)


def late(scene: Scene) -> None:
    """A message that waited for ten minutes."""
    scene.come(Cadence.PACING, NORTH, late=timedelta(minutes=10))


def stale(scene: Scene) -> None:
    """One that waited for half a day."""
    scene.come(Cadence.PACING, NORTH, window=NOW - timedelta(hours=12))


def dead(scene: Scene) -> None:
    """A track that there is not, and what is no tick."""
    scene.come(Cadence.PACING, "ghost")
    scene.deliver(Cadence.PACING, b"{}")


def overspent(scene: Scene) -> None:
    """A platform spent more than was allocated."""
    place = scene.world.track(NORTH).manifest

    def cut(body: dict[str, Any]) -> dict[str, Any]:
        body["entities"]["search"]["allocation"] = euros(80)  # 90 are spent
        return body

    scene.world.rewrite(place, cut)
    scene.come(Cadence.PACING, NORTH)


def waits(scene: Scene) -> None:
    """The daily visit, while something waits."""
    scene.world.propose(asks(scene.world.wanted("social", Setting.ALLOCATION, euros(2600))))
    scene.come(Cadence.HOUSEKEEPING, daily=True)


def expires(scene: Scene) -> None:
    """The run of housekeeping six hours before a request's end."""
    scene.world.propose(asks(scene.world.wanted("social", Setting.ALLOCATION, euros(2600))))
    scene.world.clock.at = NOW + timedelta(hours=72 - 6)
    scene.deliver(Cadence.HOUSEKEEPING, canonical(RootTick(cadence=Cadence.HOUSEKEEPING).body()))


def missed(scene: Scene) -> None:
    """The daily visit, after two days in which no tick came."""
    scene.world.clock.at = NOW + timedelta(days=2)
    scene.come(Cadence.HOUSEKEEPING, daily=True)


def edited(scene: Scene) -> None:
    """The daily visit, after somebody edited a log entry."""
    place = f"{paths.log('acme')}/{scene.world.track(SOUTH).log_id(0)}"
    scene.world.rewrite(place, lambda body: {**body, "why": "nothing happened"})
    scene.come(Cadence.HOUSEKEEPING, daily=True)


PLAYED: dict[str, Callable[[Scene], None]] = {
    "tick": ticks,
    "tick_late": late,
    "tick_missed": missed,
    "stale_tick": stale,
    "dead_letter": dead,
    "overspend": overspent,
    "approvals_waiting": waits,
    "approval_expiring": expires,
    "verification_failed": edited,
}


SOMETIMES = {"late_seconds", "pacing_error_pct", "drift_score"}
"""Left out where they are not known."""


@pytest.mark.parametrize("line", TABLE)
def test_a_line_that_is_promised_is_written_with_its_fields(scene: Scene, line: str) -> None:
    severity, fields = TABLE[line]
    PLAYED[line](scene)
    (first, *_) = found = scene.lines.of(line)
    assert first.get("severity", "INFO") == severity
    for one in found:
        assert fields - SOMETIMES <= one.keys()
        assert not any(one.get(field, "") is None for field in SOMETIMES)
    for field in fields:
        assert any(one.get(field) is not None for one in found), f"{field} is never known"


@pytest.mark.parametrize("line", [one for one in TABLE if TABLE[one][0] != "INFO"])
def test_a_day_on_which_all_is_well_gives_no_alarm(scene: Scene, line: str) -> None:
    ticks(scene)
    scene.come(Cadence.HOUSEKEEPING, daily=True)
    told = [one for one in scene.lines.of(line) if one.get("cadence") not in ("anomaly_pause", "deep_review")]
    assert told == []


def test_the_lines_say_what_they_are_about(scene: Scene) -> None:
    overspent(scene)
    late(scene)
    scene.come(Cadence.DRIFT, SOUTH)
    pacing, again, drift = scene.lines.of("tick")
    assert (pacing["late_seconds"], again["late_seconds"]) == (40.0, 600.0)
    assert pacing["verdicts"] == {"auto": 1, "needs_approval": 0, "needs_replan": 0, "blocked": 0}
    assert again["verdicts"] == {"auto": 0, "needs_approval": 0, "needs_replan": 0, "blocked": 0}
    assert (drift["cadence"], drift["drift_score"], "pacing_error_pct" in drift) == ("drift", 0.0, False)
    (over,) = scene.lines.of("overspend")
    assert (over["entity"], over["over_pct"], over["seen"]) == ("search", 12.5, True)
    (waited,) = scene.lines.of("tick_late")
    assert waited["late_seconds"] == 600.0
