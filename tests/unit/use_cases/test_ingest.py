"""Taking what a CRM tells: what is written, what is not, and who comes between."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from common.adapters.document_rules import encode
from common.adapters.sqlite import SqliteDocuments
from common.domain import paths
from common.domain.calendar import TenantCalendar
from common.domain.crm import CrmSource
from common.domain.crm_days import MOST_COUNTS, MOST_RATES
from common.domain.errors import Busy, OutcomeUnknown
from common.domain.ga4_mapping import Ga4Mapping
from common.domain.ingest_body import Body
from common.domain.tick import Cadence, TenantTick, turn_of, window_of
from common.domain.verticals import Vertical
from common.ports.documents import Conflict, Create, Document, Query, Write
from common.ports.keys import NoKey
from common.use_cases.ingest import A_COMMIT, ingest
from common.use_cases.pull import pull_tenant
from tests.fakes.documents import MemoryDocuments
from tests.fakes.keys import KeptKeys
from tests.ingest_world import Shop, rate, sale, shop
from tests.world import NOW

DAY = timedelta(days=1)


def test_nothing_that_a_sender_writes_to_name_something_is_kept_but_as_a_hash() -> None:
    one = Shop()
    one.send(
        sale("order-7", campaign="98765", platform="meta"), sale("b", click_id="gclid-Cj0"), sale("c", entity="soc")
    )
    kept = json.dumps({path: body for path, body in one.documents.bodies().items() if path != paths.tenant("acme")})
    assert not any(text in kept for text in ("order-7", "98765", "gclid", "meta", "soc"))
    assert len(one.documents.query(Query(paths.ingested("acme"))).documents) == 3


def test_the_same_id_is_another_hash_for_another_tenant() -> None:
    one, other = Shop(), Shop(keys=KeptKeys({"acme": b"o" * 32}))
    one.send(sale("a"))
    other.send(sale("a"))
    first, second = ({one for one in each.documents.bodies() if "/ingested/" in one} for each in (one, other))
    assert first.isdisjoint(second)


def test_within_one_delivery_the_last_revision_of_an_id_counts() -> None:
    one = Shop()
    taken = one.send(sale("a", value=1), sale("a", value=3, revision=2), sale("a", value=2, revision=1))
    assert (taken.of("accepted"), taken.of("outdated")) == (2, 1)
    assert list(one.totals().values()) == [(1.0, 3_000_000)]


def test_a_time_of_update_is_a_revision() -> None:
    one = Shop()
    one.send(sale("a", value=2, updated_at="2026-05-04T08:00:00Z"))
    assert one.send(sale("a", value=1, updated_at="2026-05-04T09:59:59+02:00")).of("outdated") == 1
    assert one.send(sale("a", value=3, updated_at="2026-05-04T10:00:01+02:00")).of("accepted") == 1
    assert list(one.totals().values()) == [(1.0, 3_000_000)]


def test_two_updates_within_a_second_are_told_apart() -> None:
    one = Shop()
    one.send(sale("a", value=3, updated_at="2026-05-04T08:00:00.000002Z"))
    assert one.send(sale("a", value=9, updated_at="2026-05-04T08:00:00.000001Z")).of("outdated") == 1
    assert list(one.totals().values()) == [(1.0, 3_000_000)]


def test_a_withdrawal_that_comes_before_its_sale_stands() -> None:
    one = Shop()
    one.send({"id": "a", "withdrawn": True, "revision": 5})
    assert one.send(sale("a", revision=4)).of("outdated") == 1
    assert one.totals() == {}
    one.send(sale("a", revision=6))
    assert list(one.totals().values()) == [(1.0, 100_000_000)]


def test_a_sale_near_midnight_counts_for_the_tenants_day() -> None:
    one = Shop()
    one.send(sale("a", NOW.replace(day=2, hour=21, minute=59)), sale("b", NOW.replace(day=2, hour=22)))
    assert sorted(day.day for _, day in one.totals()) == [2, 3]


def test_what_is_counted_is_the_event_of_the_kpi() -> None:
    health = shop().but(vertical=Vertical.HEALTH)
    assert not Shop(tenant=health).send(sale(kind="book_appointment")).faults
    (fault,) = Shop(tenant=health).send(sale()).faults
    assert (fault.column, "book_appointment" in fault.what) == ("kind", True)
    custom = shop().but(vertical=Vertical.CUSTOM)
    assert not Shop(tenant=custom).send(sale(kind="conversion")).faults
    assert not Shop(tenant=custom.but(ga4=Ga4Mapping(key_event="demo_booked"))).send(sale(kind="demo_booked")).faults


@pytest.mark.parametrize("ago", [timedelta(days=90, minutes=1), timedelta(minutes=-11)])
def test_what_is_too_old_or_of_the_future_is_refused(ago: timedelta) -> None:
    assert [one.column for one in Shop().send(sale(at=NOW - ago)).faults] == ["happened_at"]
    assert [one.column for one in Shop().send(rates=(rate(NOW - ago),)).faults] == ["at"]


def test_an_update_of_the_future_is_refused_since_nothing_could_correct_it() -> None:
    later = (NOW + timedelta(hours=1)).isoformat()
    assert [one.column for one in Shop().send(sale(updated_at=later)).faults] == ["updated_at"]
    assert [one.column for one in Shop().send(rates=(rate(updated_at=later),)).faults] == ["updated_at"]


def test_only_a_tenant_whose_crm_is_used_has_a_turn() -> None:
    assert turn_of(shop(), Cadence.INGEST, NOW) is not None
    assert turn_of(shop().but(crm=CrmSource()), Cadence.INGEST, NOW) is None
    assert turn_of(shop().but(crm=CrmSource(hubspot="token")), Cadence.INGEST, NOW) is not None


def test_without_a_key_nothing_is_written() -> None:
    one = Shop(keys=KeptKeys())
    before = one.documents.bodies()
    with pytest.raises(NoKey):
        one.send(sale())
    assert one.documents.bodies() == before


def test_a_delivery_in_which_nothing_is_well_is_no_sign_of_life() -> None:
    one = Shop()
    one.send({"id": "a"})
    assert one.documents.body(paths.crm_days("acme", NOW.date())) is None
    one.send()
    assert one.documents.body(paths.crm_days("acme", NOW.date())) is not None


def test_a_day_holds_so_many_campaigns_and_days_and_no_more() -> None:
    one, first = Shop(), MOST_COUNTS - 1
    rows = [sale(f"o-{number}", campaign=str(number)) for number in range(first)]
    assert not one.send(*rows).faults
    taken = one.send(sale("x", campaign="x"), sale("y", campaign="y"), sale("o-1", campaign="1", value=2, revision=1))
    assert [(fault.row, fault.column) for fault in taken.faults] == [(2, "campaign")]
    assert taken.of("accepted") == 2


def test_what_sums_up_to_more_than_can_be_stored_is_refused_by_name() -> None:
    one, most = Shop(), 10**10 - 1
    taken = one.send(*(sale(f"o-{number}", value=most) for number in range(10)))
    assert {(fault.column, fault.row > 3) for fault in taken.faults} == {("value", True)}
    ((count, micros),) = one.totals().values()
    assert (count, micros) == (3.0, 3 * most * 1_000_000)


def test_a_day_has_so_many_match_rates_and_no_more() -> None:
    one = Shop()
    rates = tuple(rate(NOW - timedelta(seconds=number)) for number in range(MOST_RATES + 1))
    (fault,) = one.send(rates=rates).faults
    assert (fault.of, fault.row, fault.column) == ("match_rates", MOST_RATES + 1, "at")


class Contended(MemoryDocuments):
    """A store in which somebody else is first for some commits, or their answers are lost."""

    def __init__(self, *failures: type[Exception]) -> None:
        super().__init__()
        self.failures = list(failures)

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """As the port says."""
        failure = self.failures.pop(0) if self.failures else None
        if failure is Conflict:
            raise Conflict([writes[0].path])
        done = super().commit(*writes)
        if failure is not None:
            raise OutcomeUnknown("the answer was lost")
        return done


def contended(*failures: type[Exception]) -> Shop:
    store = Contended()
    one = Shop(store)
    store.failures = list(failures)
    return one


def test_where_somebody_else_was_first_it_is_decided_again() -> None:
    one = contended(*[Conflict] * 5)
    assert one.send(sale("a")).of("accepted") == 1
    assert list(one.totals().values()) == [(1.0, 100_000_000)]


def test_where_the_answer_was_lost_nothing_counts_twice() -> None:
    one = contended(OutcomeUnknown)
    assert one.send(sale("a")).of("unchanged") == 1
    assert list(one.totals().values()) == [(1.0, 100_000_000)]


def test_where_others_are_first_for_ever_it_is_to_come_again() -> None:
    with pytest.raises(Busy, match="more rows in one delivery"):
        contended(*[Conflict] * 100).send(sale("a"))


def test_deliveries_at_once_add_up(tmp_path: Path) -> None:
    """Eight senders on one database file, each with rows of its own and rows of the others."""
    store, one = SqliteDocuments(tmp_path / "store.db"), Shop()
    store.commit(Create(paths.tenant("acme"), one.tenant.body()))

    def send(number: int) -> None:
        rows = [sale(f"o-{(number * 5 + step) % 40}") for step in range(10)]
        one_sender = Shop(documents=store, keys=one.keys)  # pyright: ignore[reportArgumentType]
        for _ in range(50):
            try:
                assert not ingest(one_sender.ports, one.tenant, Body(rows)).faults
            except Busy:
                continue
            return
        raise AssertionError("never taken")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(8)))
    found = Shop(documents=store, keys=one.keys).totals()  # pyright: ignore[reportArgumentType]
    assert list(found.values()) == [(40.0, 40 * 100_000_000)]


def test_the_largest_commit_is_one_that_every_store_takes() -> None:
    """A full day, and as many conversions as go into one commit, by the rules that all stores hold."""
    one, first = Shop(), MOST_COUNTS - A_COMMIT
    for number in range(0, first, 2000):
        rows = [sale(f"o-{each}", campaign=f"c-{each}") for each in range(number, min(number + 2000, first))]
        assert not one.send(*rows).faults
    commits: list[int] = []

    class Checked(MemoryDocuments):
        def commit(self, *writes: Write) -> tuple[str, ...]:
            commits.append(len(encode(writes)))
            return super().commit(*writes)

    full = Shop(Checked(dict(documents_of(one))))
    most = 9 * 10**7
    rows = [sale(f"x-{each}", campaign=f"x-{each}", value=most, revision=10**17) for each in range(A_COMMIT)]
    assert not full.send(*rows, rates=tuple(rate(NOW - timedelta(seconds=each)) for each in range(MOST_RATES))).faults
    assert max(commits) == A_COMMIT + 1 <= 500


def documents_of(one: Shop) -> Iterator[tuple[str, Document]]:
    for path in one.documents.bodies():
        (document,) = one.documents.read(path)
        assert document is not None
        yield path, document


def test_what_expired_is_forgotten_a_year_later_by_the_hourly_tick() -> None:
    one = Shop()
    one.send(*(sale(f"o-{number}") for number in range(5)))
    later = one.clock.at + timedelta(days=400)
    one.clock.at = later
    window = window_of(Cadence.INGEST, later)
    pull_tenant(one.ports, TenantTick(cadence=Cadence.INGEST, window=window, tenant_id="acme"))
    assert one.documents.query(Query(paths.ingested("acme"))).documents == ()


@pytest.mark.parametrize(("month", "until"), [(5, (2027, 6)), (11, (2027, 12)), (12, (2028, 1))])
def test_no_store_may_forget_a_row_before_the_month_that_it_names_is_over(month: int, until: tuple[int, int]) -> None:
    one = Shop()
    one.clock.at = NOW.replace(month=month, day=30)
    one.send(sale("a", one.clock.at - timedelta(hours=1)))
    (row,) = one.documents.query(Query(paths.ingested("acme"))).documents
    assert row.data["expires"] == f"2027-{month:02}"
    assert row.data["kept_until"] == f"{until[0]}-{until[1]:02}-01T00:00:00Z"


def test_the_days_of_the_calendar_are_the_tenants() -> None:
    """A delivery after midnight in Madrid is the next day's, though it is not yet in UTC."""
    one = Shop()
    one.clock.at = NOW.replace(hour=22, minute=30)
    one.send(sale("a"))
    day = TenantCalendar.of("Europe/Madrid").day_of(one.clock.at)
    assert one.documents.body(paths.crm_days("acme", day)) is not None
