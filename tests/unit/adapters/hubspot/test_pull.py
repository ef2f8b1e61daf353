"""HubSpot's deals, asked for once an hour by its own client, as they are known in the end."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from common.domain import paths
from common.ports.documents import Write
from common.use_cases.erase import erase, new_key
from common.use_cases.pull import PullState
from tests.fakes.documents import MemoryDocuments
from tests.ingest_world import Shop
from tests.unit.adapters.hubspot.portal_rig import DAY, Office, office
from tests.world import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def shop() -> Iterator[Office]:
    """A shop with an empty portal."""
    with office() as found:
        yield found


def state(one: Office) -> PullState:
    body = one.shop.documents.body(paths.crm_pull("acme", "hubspot"))
    assert body is not None
    return PullState.model_validate(body)


def test_a_deal_that_was_won_counts_once_however_often_it_is_read(shop: Office) -> None:
    shop.win("1")
    for _ in range(3):
        shop.pull()
    assert shop.sums() == (1.0, 100_000_000)
    ((entity, day),) = shop.shop.totals()
    assert (entity, day) == ("search", (NOW - DAY).date())


def test_a_deal_that_is_corrected_lost_again_and_won_again_is_known_as_it_is(shop: Office) -> None:
    shop.win("1")
    shop.pull()
    shop.portal.put("1", shop.shop.clock.at, amount="250.50")
    shop.pull()
    assert shop.sums() == (1.0, 250_500_000)
    shop.portal.put("1", shop.shop.clock.at, hs_is_closed_won="false")
    shop.pull()
    assert shop.sums() == (0, 0)
    shop.portal.put("1", shop.shop.clock.at, hs_is_closed_won="true")
    shop.pull()
    assert shop.sums() == (1.0, 250_500_000)


def test_a_deal_that_was_deleted_is_withdrawn_the_day_after_at_the_latest_and_counts_when_restored(
    shop: Office,
) -> None:
    shop.win("1")
    shop.win("2")
    shop.pull()
    shop.portal.archive("1", shop.shop.clock.at)
    for _ in range(24):
        shop.pull()
    assert shop.sums() == (1.0, 100_000_000)
    shop.portal.put("1", shop.shop.clock.at)
    shop.pull()
    assert shop.sums() == (2.0, 200_000_000)


def test_deals_that_were_merged_into_another_count_as_it_alone(shop: Office) -> None:
    shop.win("1")
    shop.win("2")
    shop.pull()
    del shop.portal.deals["2"]
    shop.portal.put("1", shop.shop.clock.at, amount="200", hs_merged_object_ids="2;1")
    shop.pull()
    assert shop.sums() == (1.0, 200_000_000)


def test_a_deal_without_a_campaign_counts_for_nothing_until_it_has_one(shop: Office) -> None:
    shop.win("1", utm_campaign_id=None)
    shop.pull()
    assert shop.sums() == (0, 0)
    shop.portal.put("1", shop.shop.clock.at, utm_campaign_id="1001")
    shop.pull()
    assert shop.sums() == (1.0, 100_000_000)


def test_amounts_are_text_currencies_may_be_the_portals_and_another_is_refused_by_name(shop: Office) -> None:
    shop.win("1", amount="33.333333333333", deal_currency_code=None)
    shop.win("2", amount=None)
    shop.win("3", deal_currency_code="USD")
    shop.win("4", amount="about 100")
    shop.pull()
    assert shop.sums() == (2.0, 33_333_333)
    said = shop.journal.lines
    assert sum("crm_row_refused" in line and "hubspot-deal-3" in line and "currency" in line for line in said) == 1
    assert sum("crm_row_refused" in line and "hubspot-deal-4" in line and "value" in line for line in said) == 1
    assert not any("about" in line for line in said)
    assert state(shop).refused == 2


def test_nothing_new_is_told_as_that_so_that_silence_is_no_silence(shop: Office) -> None:
    shop.pull()
    day = shop.shop.documents.body(paths.crm_days("acme", shop.shop.clock.at.date()))
    assert day is not None
    assert day["delivered_at"] is not None


def test_more_deals_than_a_search_shows_are_read_to_the_end(shop: Office) -> None:
    """10,000 is where HubSpot's own pages end; and 250 of them changed in one and the same millisecond."""
    for number in range(500):
        at = (
            NOW - DAY + timedelta(seconds=number)
            if number < 200 or number > 450
            else NOW - DAY + timedelta(seconds=200)
        )
        shop.win(str(number + 1), at)
    shop.pull()
    assert shop.sums() == (500.0, 500 * 100_000_000)
    assert all("after" not in asked for asked in shop.portal.searches)


def test_what_the_search_finds_late_is_found_within_ten_minutes(shop: Office) -> None:
    shop.win("1")
    shop.win("2", NOW)
    shop.pull()
    shop.win("3", NOW - timedelta(minutes=9))
    shop.pull()
    assert shop.sums()[0] == 3.0


def test_where_nothing_is_new_the_place_does_not_go_back(shop: Office) -> None:
    """Each run looks ten minutes back from it; if it moved there, a quiet portal would be read from ever earlier."""
    shop.pull()
    before = state(shop).place.since
    for _ in range(3):
        shop.pull()
    assert state(shop).place.since == before


def test_a_window_is_done_once_and_one_that_is_old_not_at_all(shop: Office) -> None:
    shop.pull()
    asked = len(shop.portal.searches)
    shop.pull(hours=0)
    assert len(shop.portal.searches) == asked


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("token", "token_expired"),
        ("expired", "token_expired"),
        ("scopes", "permission_missing"),
        ("daily", "quota_exhausted"),
        ("invalid", "invalid_value"),
    ],
)
def test_a_portal_that_refuses_is_asked_again_an_hour_later(shop: Office, fault: str, code: str) -> None:
    shop.win("1")
    shop.portal.faults = [fault]
    shop.pull()
    assert shop.sums() == (0, 0)
    assert any("crm_not_read" in line and code in line for line in shop.journal.lines)
    shop.pull()
    assert shop.sums()[0] == 1.0


@pytest.mark.parametrize("fault", ["rate", "rate-with-time", "down", "locked"])
def test_what_passes_in_seconds_is_waited_for(shop: Office, fault: str) -> None:
    shop.win("1")
    shop.portal.faults = [fault]
    shop.pull()
    assert shop.sums()[0] == 1.0


def test_with_another_key_all_is_read_from_the_beginning(shop: Office) -> None:
    for number in (1, 2, 3):
        shop.win(str(number), NOW - number * DAY)
    shop.pull()
    assert shop.sums()[0] == 3
    erase(shop.ports, "acme", again="acme")
    new_key(shop.ports, "acme")
    assert shop.sums()[0] == 0
    shop.pull()
    assert shop.sums()[0] == 3


def test_without_a_key_nothing_is_read(shop: Office) -> None:
    shop.shop.keys.erase("acme")
    shop.win("1")
    shop.pull()
    assert shop.portal.searches == []
    assert any("key_erased" in line for line in shop.journal.lines)


class Doomed(MemoryDocuments):
    """A store whose process dies at its commit of a given number, before or after it landed."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.landed = 0, False

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """As the port says, while the process lives."""
        self.left -= 1
        if self.left == 0 and not self.landed:
            raise KeyboardInterrupt
        done = super().commit(*writes)
        if self.left == 0:
            raise KeyboardInterrupt
        return done


def test_a_run_that_dies_between_any_two_commits_loses_nothing_and_counts_nothing_twice(shop: Office) -> None:
    for number in range(150):
        shop.win(str(number + 1), NOW - DAY + timedelta(seconds=number))
    died = 0
    for dies_at in range(1, 8):
        for landed in (False, True):
            store = Doomed()
            one = Office(shop.portal, Shop(store, tenant=shop.shop.tenant))
            store.left, store.landed = dies_at, landed
            try:
                one.pull()
            except KeyboardInterrupt:
                died += 1
            store.left = 0
            one.pull()
            assert one.sums() == (150.0, 150 * 100_000_000)
    assert died >= 10


def test_an_id_that_is_no_number_may_be_somebodys_address_and_is_kept_nowhere(shop: Office) -> None:
    """Of what is refused the journal says the id; this one could be told as deleted in the future, and be refused."""
    shop.win("jane@shop.example")
    shop.portal.archive("jane@shop.example", shop.shop.clock.at + 30 * DAY)
    shop.pull()
    assert any("crm_not_read" in line and "bad_answer" in line for line in shop.journal.lines)
    assert not any("jane" in line for line in shop.journal.lines)
