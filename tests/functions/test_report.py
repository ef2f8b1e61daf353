"""Reports on the real wire: one for a tenant on its hour, whatever its number of tracks."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from common.adapters.folder_objects import FolderObjects
from common.adapters.pubsub_topology import EmulatedTopology
from common.domain.canonical import canonical
from common.domain.tenant import slot_of
from common.domain.tick import Cadence, RootTick, TenantTick
from common.use_cases.report import reports_of
from tests.functions.wire import ROOT, Wire, Wired, post, pulled, pushed, two_tracks
from tests.patience import eventually
from trimtab.local_functions import LocalFunction, serving

pytestmark = pytest.mark.emulator

CADENCE = Cadence.REPORT
ROOT_TICK = canonical(RootTick(cadence=CADENCE).body())


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The object storage."""
    return tmp_path_factory.mktemp("objects")


@pytest.fixture(scope="module")
def report(line: Wire, objects: Path) -> Iterator[LocalFunction]:
    """The function, with its topic pushed to it."""
    topology = EmulatedTopology(line.project, line.pubsub)
    topology.subscription("dead-test", CADENCE.dead_letter_topic)
    with serving(ROOT / "functions" / "report", {**line.environment, "TRIMTAB_OBJECTS": f"folder:{objects}"}) as found:
        topology.subscription("report-test", CADENCE.topic, push_to=found.url, ack_seconds=60)
        yield found


@pytest.fixture
def wired(line: Wire) -> Wired:
    """A tenant of two tracks."""
    return line.take_on(two_tracks())


def test_at_the_tenants_hour_one_report_of_all_tracks_is_made(
    wired: Wired, report: LocalFunction, objects: Path
) -> None:
    day, _ = wired.world.market.hours.calendar.bounds(wired.world.scenario.flight.start)
    at_eight = day + timedelta(hours=8, minutes=Cadence.REPORT.minute_of(slot_of(wired.tenant)))
    for published in (at_eight - timedelta(hours=1), at_eight, at_eight):
        assert post(report.url, pushed(ROOT_TICK, published)) == 200
    assert eventually(lambda: bool(reports_of(wired.ports, wired.tenant)))
    (index,) = reports_of(wired.ports, wired.tenant)
    assert set(index.tracks) == {"shoes", "bags"}
    assert b"<html" in FolderObjects(objects).read(index.page)


def test_what_cannot_be_handled_is_set_aside_with_its_reason(line: Wire, wired: Wired, report: LocalFunction) -> None:
    ghost = TenantTick(cadence=CADENCE, window=wired.world.now(), tenant_id=f"ghost-{wired.tenant}")
    for data, said in ((b"{", "JSON"), (canonical(ghost.body()), "does not exist")):
        assert post(report.url, pushed(data, wired.world.now())) == 200
        (set_aside,) = pulled(line, "dead-test", 1, lambda message, data=data: message.data == data)
        assert said in set_aside.attributes["reason"]
        assert set_aside.attributes["topic"] == CADENCE.topic
