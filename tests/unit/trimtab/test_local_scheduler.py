"""The local scheduler fires what the cloud's would, and follows what becomes of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from common.domain import paths
from common.domain.crm import CrmSource
from common.domain.tenant import Cadences
from common.ports.documents import Create
from tests import world
from tests.fakes.bus import KeptBus
from trimtab.local_scheduler import Firing, LocalScheduler, Tally
from trimtab.tick_pushes import MARKET_TIME, TickPushes

MADRID = "Europe/Madrid"
DAY = "2026-06-10"


@dataclass(frozen=True)
class Line:
    """A scheduler, and what it sent."""

    scheduler: LocalScheduler
    bus: KeptBus
    pushes: TickPushes

    def due(self, hours: float) -> list[Firing]:
        """What is due from where the scheduler is until so many hours later."""
        return self.scheduler.due(self.scheduler.since + timedelta(hours=hours))

    def handle(self, firing: Firing) -> None:
        """The functions do it."""
        self.pushes.handled |= firing.work


def line(at: str) -> Line:
    """A tenant in Madrid with slot 20; its local midnight is at 22:00 UTC."""
    ports, bus, pushes = world.World().ports(), KeptBus(), TickPushes()
    tenant = world.tenant(
        "slotted", time_zone=MADRID, slot=20, crm=CrmSource(signing="crm"), cadences=Cadences(review_hour=6)
    )
    ports.documents.commit(Create(paths.tenant("slotted"), tenant.body()))
    since = datetime.fromisoformat(f"{DAY}T{at}:00+00:00")
    return Line(LocalScheduler(replace(ports, bus=bus), "slotted", pushes, since), bus, pushes)


EACH_HOUR = ["ingest :20", "pacing :20", *(f"anomaly_pause :{minute}" for minute in (12, 27, 42, 57))]


@pytest.mark.parametrize(
    ("at", "daily"),
    [
        ("03:00", []),
        ("02:00", ["drift :35", "housekeeping :05"]),
        ("04:00", ["deep_review :50"]),
        ("06:00", ["report :05"]),
    ],
)
def test_in_an_hour_those_jobs_fire_that_find_the_tenant(at: str, daily: list[str]) -> None:
    """The sweep and the daily visit come at four on the tenant's clocks, the review at six, the report at eight."""
    found = [one for one in line(at).due(1) if one.whose]
    assert sorted(f"{one.cadence} :{one.minute:%M}" for one in found) == sorted([*EACH_HOUR, *daily])


def test_the_sweep_of_all_tenants_fires_every_five_minutes() -> None:
    sweeps = [f"{one.minute:%H:%M}" for one in line("03:00").due(0.25) if not one.whose]
    assert sweeps == ["03:00", "03:05", "03:10"]


def test_what_was_due_is_due_once_and_in_order() -> None:
    found = line("00:00")
    minutes = [one.minute for _ in range(96) for one in found.due(0.25)]
    assert minutes == sorted(minutes)
    again = line("00:00").due(24)
    assert len(minutes) == len(again) == 24 * (1 + 4 + 12 + 1) + 4


def test_a_root_tick_goes_to_its_topic_with_the_markets_time() -> None:
    found = line("04:00")
    review = next(one for one in found.due(1) if one.cadence == "deep_review")
    found.scheduler.fire(review)
    ((topic, message),) = found.bus.messages
    assert (topic, message.data) == ("deep_review-ticks", b'{"cadence":"deep_review","time_zone":"Europe/Madrid"}')
    assert message.attributes == {MARKET_TIME: f"{DAY}T04:50:00+00:00"}


def test_a_firing_whose_predecessor_is_not_handled_is_let_go_by_and_one_that_is_handled_is_counted() -> None:
    found = line("03:00")
    first, second, third = (one for one in found.due(3) if one.cadence == "pacing")
    found.scheduler.fire_or_let_go_by(first)
    found.pushes.handled |= set(list(first.work)[:1])
    found.scheduler.fire_or_let_go_by(second)
    found.handle(first)
    found.scheduler.fire_or_let_go_by(third)
    assert found.scheduler.tallied() == [Tally("trimtab-pacing", fired=2, let_go_by=1, handled=1)]
    assert not found.scheduler.look()
    found.handle(third)
    assert found.scheduler.look()
    assert found.scheduler.tallied() == [Tally("trimtab-pacing", fired=2, let_go_by=1, handled=2)]


def test_sweeps_that_would_come_one_upon_the_other_are_let_go_by_though_the_last_was_handled() -> None:
    found = line("03:00")
    first, second, _ = (one for one in found.due(0.25) if not one.whose)
    found.scheduler.fire_or_let_go_by(first)
    found.handle(first)
    found.scheduler.fire_or_let_go_by(second)
    assert found.scheduler.tallied() == [Tally("trimtab-housekeeping", fired=1, let_go_by=1, handled=1)]
