"""What was taken in, as the uploads that decisions look at: by entity, by day, and with match rates where there are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest

from common.adapters.stored_crm import StoredCrm
from common.domain.errors import Unavailable
from common.domain.figures import Booked, Upload
from common.ports.ad_platform import EntityRef, PlatformUnavailable
from common.ports.crm import CrmUnavailable
from common.ports.documents import Page, Query
from tests.fakes.documents import MemoryDocuments
from tests.ingest_world import REFS, SEARCH, SOCIAL, Shop, rate, sale
from tests.world import NOW

DAY = timedelta(days=1)
TODAY = NOW.date()


@dataclass
class Rates:
    """Match rates from elsewhere."""

    by_day: Mapping[date, float] = field(default_factory=dict[date, float])
    silent: bool = False
    asked: int = 0

    def __call__(self, since: datetime, timeout: float) -> Mapping[date, float]:
        self.asked += 1
        if self.silent:
            raise PlatformUnavailable("Google Ads does not answer")
        return self.by_day


def uploads(shop: Shop, *refs: EntityRef, since: datetime = NOW - 90 * DAY, rates: Rates | None = None) -> list[Upload]:
    crm = StoredCrm(shop.tenant, shop.documents, shop.keys, shop.clock, rates or Rates())
    return list(crm.uploads(refs or REFS, since, timeout=1))


def test_where_nothing_was_told_there_is_nothing_and_no_key_is_needed() -> None:
    shop = Shop()
    shop.keys.forget("acme")
    assert uploads(shop) == []


def test_all_that_is_told_on_one_local_day_is_one_upload_of_its_last_time() -> None:
    shop = Shop()
    shop.send(sale("a"))
    shop.clock.forward(hours=2)
    shop.send(sale("b"))
    shop.clock.forward(hours=20)
    shop.send(sale("c"))
    assert [(one.at, one.conversions) for one in uploads(shop)] == [
        (NOW + timedelta(hours=2), {"search": 2.0}),
        (NOW + timedelta(hours=22), {"search": 1.0}),
    ]


def test_a_late_row_counts_for_its_own_day_and_a_correction_takes_it_from_where_it_was() -> None:
    shop = Shop()
    shop.send(sale("a", NOW - 5 * DAY, value=10, revision=1))
    shop.clock.forward(days=1)
    shop.send(sale("a", NOW - 3 * DAY, value=12, revision=2))
    first, second = uploads(shop)
    assert first.days == {"search": {TODAY - 5 * DAY: Booked(1, 10_000_000)}}
    moved = {TODAY - 5 * DAY: Booked(-1, -10_000_000), TODAY - 3 * DAY: Booked(1, 12_000_000)}
    assert second.days == {"search": moved}
    assert (first.conversions, second.conversions) == ({"search": 1.0}, {"search": 0.0})


def test_an_entity_that_the_crm_named_in_ninety_days_is_answered_for_and_others_are_not() -> None:
    shop = Shop()
    shop.send(sale("a"))
    shop.clock.forward(days=60)
    shop.send()
    (last,) = uploads(shop, since=shop.clock.at - DAY)
    assert last.conversions == {"search": 0.0}
    shop.clock.forward(days=40)
    shop.send()
    (last,) = uploads(shop, since=shop.clock.at - DAY)
    assert last.conversions == {}


def test_two_platforms_may_have_campaigns_of_the_same_id() -> None:
    shop, twin = Shop(), EntityRef("twin", SEARCH.external_id, "campaign", "meta")
    shop.send(sale("a"), sale("b", campaign="1001", platform="meta"), sale("c", campaign="1001"))
    (one,) = uploads(shop, SEARCH, twin)
    assert one.conversions == {"search": 1.0, "twin": 1.0}, "the one that names no platform could be either's"
    (one,) = uploads(shop, SEARCH)
    assert one.conversions == {"search": 2.0}


def test_an_entity_may_be_named_in_more_than_one_way() -> None:
    shop = Shop()
    shop.send(sale("a", entity="social"), sale("b", campaign="2002", platform="meta"), sale("c", campaign="2002"))
    (one,) = uploads(shop, SOCIAL)
    assert one.days == {"social": {TODAY - DAY: Booked(3, 300_000_000)}}


def test_a_days_match_rates_are_of_all_its_uploads_together() -> None:
    shop = Shop()
    early = NOW - timedelta(hours=6)
    shop.send(rates=(rate(early, 90, 100), rate(NOW - timedelta(hours=1), 10, 100)))
    assert [(one.at, one.match_rate) for one in uploads(shop)] == [(NOW - timedelta(hours=1), 0.5)]
    shop.send(rates=(rate(early, 70, 100, revision=1),))
    assert [one.match_rate for one in uploads(shop)] == [0.4]


def test_a_match_rate_that_comes_late_is_of_its_own_day() -> None:
    shop = Shop()
    shop.send(rates=(rate(NOW - 2 * DAY), rate(NOW - DAY)))
    assert [one.at for one in uploads(shop)] == [NOW - 2 * DAY, NOW - DAY]


def test_where_the_crm_tells_no_match_rate_another_source_may_and_its_silence_is_no_answer() -> None:
    shop = Shop()
    shop.send(sale("a"), rates=(rate(NOW - 2 * DAY, 7, 10),))
    assert [one.match_rate for one in uploads(shop)] == [0.7, None]
    assert [one.match_rate for one in uploads(shop, rates=Rates({TODAY: 0.9, TODAY - 2 * DAY: 0.1}))] == [0.7, 0.9]
    assert [one.match_rate for one in uploads(shop, rates=Rates(silent=True))] == [0.7, None]


def test_another_source_is_not_asked_where_the_crm_tells_all() -> None:
    shop, rates = Shop(), Rates()
    shop.send(rates=(rate(),))
    uploads(shop, rates=rates)
    assert rates.asked == 0


def test_once_the_key_is_erased_there_is_no_answer() -> None:
    shop = Shop()
    shop.send(sale("a"))
    shop.keys.erase("acme")
    with pytest.raises(CrmUnavailable) as caught:
        uploads(shop)
    assert caught.value.trouble is not None
    assert caught.value.trouble.code == "key_erased"


class Down(MemoryDocuments):
    """A store that does not answer."""

    def query(self, query: Query) -> Page:
        """No answer."""
        raise Unavailable("the store does not answer")


def test_a_store_that_does_not_answer_is_no_answer() -> None:
    with pytest.raises(CrmUnavailable) as caught:
        uploads(Shop(Down()))
    assert caught.value.trouble is not None
    assert caught.value.trouble.kind.value == "later"
