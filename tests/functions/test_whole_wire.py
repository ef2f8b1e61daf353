"""From an empty folder: everything up, a tick fired, pushed, decided, applied, logged, told, and a person asked.

Then the same, with each function killed while it works: what it was doing is done once, and nothing is lost.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from time import sleep
from urllib.error import URLError

import pytest

from common.domain.calendar import TenantCalendar
from common.domain.log_entry import EntryKind
from common.domain.notifications import NoticeState
from common.domain.paths import Track, reports
from common.domain.tick import Cadence
from common.ports.bus import Message
from common.ports.documents import Query
from common.use_cases.ingest_message import TOPIC as CONVERSIONS
from common.use_cases.queries import entries, manifest_of, state_of
from sandbox.tenancy import PEOPLE
from tests.faults.checker import violations
from tests.faults.clockwork import START
from tests.functions.whole_wire import WholeWire, in_time, whole_wire
from tests.functions.witness import ANYBODY
from tests.ingest_doorway import signed
from tests.person import Person
from tests.unit.trimtab.command import trimtab
from trimtab.function_list import described

pytestmark = pytest.mark.emulator
TENANT = "whole"
TRACKS = (Track(TENANT, "shoes"), Track(TENANT, "bags"))
KILLS = {
    **{name: ["commit", "committed"] for name in described()},
    ANYBODY: ["apply", "applied"],
}
"""Where each function is killed, one after another; writes to platforms are whoever's has one to make."""
PAUSE, QUIET = 0.3, 1.2
"""Seconds from quarter to quarter; and after which what failed has come again."""
DUE = {one.value for one in (Cadence.PACING, Cadence.ANOMALY_PAUSE, Cadence.DEEP_REVIEW, Cadence.DRIFT)}
NEXT_DAY = START + timedelta(days=1)


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeWire]:
    """Everything."""
    with whole_wire(tmp_path_factory.mktemp("empty")) as found:
        yield found


def test_everything_is_done_and_told_and_once_though_each_function_is_killed_while_it_works(wire: WholeWire) -> None:
    for _ in range(6):
        wire.quarter(wait=True)
    assert in_time(lambda: bool(wire.hook.got), wire, 8), "notify tells of the edit by hand"
    assert {one.kind for track in TRACKS for one in entries(wire.ports, track)} >= {EntryKind.APPLIED}
    assert wire.witness.reads["drift"] > 0, "drift heard of it"
    people = [Person(wire.functions["approval"].url.rstrip("/"), one) for one in PEOPLE]
    assert waiting(people[0]), "on the page"

    wire.sleep_until(NEXT_DAY)
    wire.witness.planned.update({name: list(places) for name, places in KILLS.items()})
    send_a_conversion(wire)
    for _ in range(8):
        wire.quarter(wait=False)
        for person in people:
            approve(person)
        sleep(PAUSE)
    assert in_time(lambda: quiet(wire) and not left(wire), wire, 24), left(wire)
    assert len(wire.witness.hits) == sum(map(len, KILLS.values()))
    assert {function for function, _ in wire.witness.hits} == set(described())
    nothing_is_lost(wire)
    wire.witness.listen(wire.puller, "witnessed")
    found = violations(wire.witness.history)
    assert not found, f"{found[0]}\n{wire.witness.history.tail(found[0].at)}"
    verified = trimtab("verify-log", "--json", width=80, **wire.environment)
    assert verified.code == 0, verified.out


def nothing_is_lost(wire: WholeWire) -> None:
    """What is done once a day was, and all else once."""
    made = wire.ports.documents.query(Query(reports(TENANT))).documents
    assert len(made) == 2, "a report a day"
    assert sum("/ingested/" in path for path in wire.witness.bodies) == 1, "the sale"
    notices = [body for path, body in wire.witness.bodies.items() if "/notices/" in path]
    told = {headers["webhook-id"] for headers, _ in wire.hook.got if "digest" not in headers["webhook-id"]}
    assert told <= {one["notice_id"] for one in notices if one["state"] == NoticeState.SENT}, "each under its id"


def left(wire: WholeWire) -> list[str]:
    """What is not done yet."""
    manifests = [manifest_of(wire.ports, track) for track in TRACKS]
    busy = [one.track_id for one in manifests if one.in_flight or one.unsettled or one.queue]
    return [
        *(f"{track} has something in flight" for track in busy),
        *(f"{track.track_id} had no {name}" for track in TRACKS for name in sorted(DUE - done(wire, track))),
        *(f"{path} was not published" for path in wire.witness.bodies if "/outbox/" in path),
        *(f"{name} was not killed at {places[0]}" for name, places in wire.witness.planned.items() if places),
    ]


def quiet(wire: WholeWire) -> bool:
    """Whether nobody writes anything any more: what was fired has been handled, or is set aside."""
    seen = -1
    while seen < len(wire.witness.history.records):
        seen = len(wire.witness.history.records)
        sleep(QUIET)
    return True


def done(wire: WholeWire, track: Track) -> set[str]:
    """What a track had done on the second day."""
    day, state = TenantCalendar.of(wire.world.scenario.timezone).bounds(NEXT_DAY.date())[0], state_of(wire.ports, track)
    return set() if state is None else {name for name, window in state.windows.items() if window >= day}


def waiting(person: Person) -> list[str]:
    """The requests that wait."""
    return [one["approval_id"] for one in person.ask("/approvals")["items"]]


def approve(person: Person) -> None:
    """Approve what waits; where there is no answer, or not this one's to give, somebody comes again."""
    with suppress(URLError, HTTPException, ConnectionError):
        for approval in waiting(person):
            where = f"/tenants/{TENANT}/approvals/{approval}"
            decision = {"answer": "approve", "seen": person.ask(where)["seen"], "confirmed": True}
            person.ask(f"{where}/decision", decision)


def send_a_conversion(wire: WholeWire) -> None:
    """The CRM tells of a sale."""
    happened = (wire.world.now() - timedelta(hours=20)).isoformat()
    sale = {"happened_at": happened, "kind": "purchase", "campaign": "77", "value": 10, "currency": "EUR", "id": "a"}
    body = json.dumps({"conversions": [sale]}).encode()
    wire.ports.bus.publish(CONVERSIONS, Message(body, {"tenant": TENANT, **signed(body, datetime.now(UTC))}))
