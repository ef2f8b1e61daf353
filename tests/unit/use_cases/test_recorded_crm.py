"""What a CRM tells late, corrects and takes back, as it is recorded of a track's days in the end."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from common.adapters.stored_crm import StoredCrm
from common.domain.crm import CrmSource
from common.domain.figures import Upload
from common.domain.ingest_body import Body
from common.ports.crm import Crm
from common.use_cases.ingest import ingest
from common.use_cases.performance import record_days, track_days
from common.use_cases.ports import Ports
from tests.fakes.analytics import ScriptedCrm
from tests.fakes.keys import KeptKeys
from tests.ingest_world import KEY, sale
from tests.world import NOW, World

DAY = timedelta(days=1)


@dataclass
class Told:
    """A tenant whose CRM sends, and whose days are recorded each morning."""

    world: World
    keys: KeptKeys

    @property
    def ports(self) -> Ports:
        world = self.world
        loaded = world.loaded()
        crm = StoredCrm(loaded.tenant, world.documents, self.keys, world.clock)
        return replace(world.ports(), crm=partial(_always, crm), keys=self.keys)

    def send(self, *rows: object) -> None:
        assert not ingest(self.ports, self.world.loaded().tenant, Body(rows)).faults

    def next_morning(self) -> None:
        self.world.clock.forward(days=1)
        self.send()
        record_days(self.ports, self.world.loaded())

    def counted(self, entity_id: str) -> dict[date, tuple[float, int]]:
        """By day, what the CRM is known to count, where it counts anything."""
        today = self.world.clock.now().date()
        rows = track_days(self.ports, self.world.loaded(), today - 20 * DAY, today - DAY).rows
        found = {
            row.day: (row.crm.conversions, row.crm.value) for row in rows if row.entity_id == entity_id and row.crm
        }
        return {day: figures for day, figures in found.items() if figures != (0.0, 0)}


def _always(crm: Crm, _: str) -> Crm:
    return crm


def told() -> Told:
    return Told(World.taken_on(crm=CrmSource(signing="crm")), KeptKeys({"acme": KEY}))


def test_a_late_sale_counts_for_its_own_day_and_is_moved_and_taken_back() -> None:
    one = told()
    one.send(sale("a", NOW - DAY, entity="search"), sale("b", NOW - 3 * DAY, entity="search", revision=1))
    one.next_morning()
    assert one.counted("search") == {(NOW - DAY).date(): (1.0, 100_000_000), (NOW - 3 * DAY).date(): (1.0, 100_000_000)}
    one.send(sale("b", NOW - 2 * DAY, entity="search", revision=2, value=40))
    one.next_morning()
    assert one.counted("search") == {(NOW - DAY).date(): (1.0, 100_000_000), (NOW - 2 * DAY).date(): (1.0, 40_000_000)}
    one.send({"id": "b", "withdrawn": True, "revision": 3})
    one.next_morning()
    assert one.counted("search") == {(NOW - DAY).date(): (1.0, 100_000_000)}


def test_a_sender_whose_clock_is_ahead_is_counted_on_the_day_that_it_says() -> None:
    one = told()
    one.world.clock.forward(hours=12, minutes=55)
    ahead = one.world.clock.now() + timedelta(minutes=8)
    one.send(sale("a", ahead, entity="search"))
    one.next_morning()
    one.next_morning()
    day = ahead.astimezone(ZoneInfo("Europe/Madrid")).date()
    assert one.counted("search") == {day: (1.0, 100_000_000)}


def test_an_upload_that_does_not_tell_its_days_is_about_the_day_before() -> None:
    one = told()
    upload = Upload(NOW, 0.7, {"search": 3.0})
    one.world.clock.forward(days=1)
    ports = replace(one.ports, crm=partial(_always, ScriptedCrm((upload, Upload(NOW + DAY, 0.7, {"search": 4.0})))))
    record_days(ports, one.world.loaded())
    found = {day: figures[0] for day, figures in one.counted("search").items()}
    assert found == {(NOW - DAY).date(): 3.0, NOW.date(): 4.0}
