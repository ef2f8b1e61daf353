"""What a report was made of is kept beside it: the next one reads of the log what is new, and tells the same."""

from collections.abc import Callable
from dataclasses import replace
from gzip import compress, decompress

import pytest

from common.domain import paths
from common.domain.change import Setting
from common.ports.documents import Page, Query
from common.use_cases.activate_plan import activate_plan
from common.use_cases.report import gathered, make_report
from tests.fakes.journal import Lines
from tests.reported import Client, busy_client
from tests.world import NORTH, SOUTH, auto, euros, plan


@pytest.fixture
def busy() -> Client:
    """A client with a report."""
    found = busy_client()
    make_report(found.ports, "acme")
    return found


def slowed(client: Client) -> None:
    """A day later, a budget of one track is lowered."""
    client.world.clock.forward(hours=24)
    slower = client.world.wanted("search-s", Setting.DAILY_BUDGET, euros(40), track_id=SOUTH)
    client.world.apply(auto(slower), track_id=SOUTH)


def log_read(client: Client, lines: Lines | None = None) -> list[str]:
    """The ids of the log's entries that a report reads; it tells what it would with all of them."""
    queried, found, before = client.world.documents.query, list[str](), gathered(client.ports, "acme")
    ports = replace(client.ports, journal=lines or Lines())

    def noted(query: Query) -> Page:
        page = queried(query)
        if query.collection == paths.log("acme"):
            found.extend(document.path.rpartition("/")[2] for document in page.documents)
        return page

    client.world.documents.query = noted
    made = make_report(ports, "acme")
    client.world.documents.query = queried
    assert made.digest == before.content_digest
    return found


def ids(client: Client, name: str, since: int) -> list[str]:
    """Of a track's entries from a sequence on."""
    return [client.world.track(name).log_id(entry.seq) for entry in client.world.log(name)[since:]]


def test_a_report_reads_of_the_log_what_the_last_one_did_not(busy: Client) -> None:
    known = busy.world.manifest(SOUTH).log_seq
    slowed(busy)
    assert log_read(busy) == ids(busy, SOUTH, known + 1)
    assert log_read(busy) == []


def missing(_: bytes) -> None:
    return None


def cut_short(data: bytes) -> bytes:
    return data[:-20]


def not_compressed(_: bytes) -> bytes:
    return b"no file of ours"


def no_entries(_: bytes) -> bytes:
    return compress(b"{}\n")


def of_another_time(data: bytes) -> bytes:
    """As after a restore: what came after it is not what the log has."""
    return compress(decompress(data).replace(b'"hash":"', b'"hash":"0'))


@pytest.mark.parametrize(
    ("changed", "told"),
    [(missing, False), (cut_short, True), (not_compressed, True), (no_entries, True), (of_another_time, False)],
)
def test_where_what_was_kept_does_not_fit_all_is_read(
    busy: Client, changed: Callable[[bytes], bytes | None], *, told: bool
) -> None:
    slowed(busy)
    (path,) = (name for name in busy.objects.kept if name.endswith(".log.gz"))
    data = changed(busy.objects.kept.pop(path))
    if data is not None:
        busy.objects.kept[path] = data
    lines = Lines()
    assert set(log_read(busy, lines)) == {*ids(busy, NORTH, 0), *ids(busy, SOUTH, 0)}
    assert [line["path"] for line in lines.of("report_log_unreadable")] == ([path] if told else [])


def test_a_new_plan_version_begins_anew(busy: Client) -> None:
    """Of what came before it nothing is told, and nothing kept."""
    budgets = {"north": {"google_search": 6000, "meta": 4000}, "south": {"google_search": 3100, "meta": 2000}}
    activate_plan(busy.ports, plan(version=2, budgets=budgets), run="planner")
    manifest = busy.world.manifest(SOUTH)
    assert manifest.plan_version == 2
    assert set(log_read(busy)) >= set(ids(busy, SOUTH, manifest.plan_seq))
    assert log_read(busy) == []
