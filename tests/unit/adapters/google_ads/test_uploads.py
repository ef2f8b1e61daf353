"""What became of offline conversions that were uploaded to the account, by day."""

from datetime import UTC, datetime, timedelta

import pytest

from common.adapters.platforms.google_ads import upload_summaries
from common.domain.trouble import TroubleKind
from sandbox.servers.google_ads import denied
from tests.unit.adapters.google_ads.ads_rig import TIMEOUT, AdsRig, NewAds, trouble_of

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def day(date: str, successful: int, failed: int, pending: int) -> dict[str, object]:
    return {
        "upload_date": date,
        "successful_count": successful,
        "failed_count": failed,
        "pending_count": pending,
    }


def test_days_are_told_with_all_that_was_uploaded_oldest_first(new_ads: NewAds) -> None:
    rig = new_ads(uploads=[day("2026-06-01", 70, 20, 10), day("2026-06-02", 5, 0, 0)])
    first, last = upload_summaries(rig.opening, EPOCH, TIMEOUT)
    assert (first.successful, first.total, first.pending) == (70, 100, 10)
    assert first.at == datetime(2026, 6, 1, 22, tzinfo=UTC), "the end of the day in Madrid"
    assert (last.successful, last.total, last.pending) == (5, 5, 0)
    assert last.at == datetime(2026, 6, 2, 4, tzinfo=UTC), "the last upload, at six in Madrid"
    assert upload_summaries(rig.opening, first.at + timedelta(seconds=1), TIMEOUT) == (last,)


def test_an_account_to_which_nothing_was_uploaded_has_none(new_ads: NewAds) -> None:
    assert upload_summaries(new_ads(uploads=[]).opening, EPOCH, TIMEOUT) == ()


def test_the_markets_own_uploads_follow_its_match_rate(ads: AdsRig) -> None:
    ads.advance(60)
    found = upload_summaries(ads.opening, EPOCH, TIMEOUT)
    rates = [one.match_rate for one in ads.world.market.sources.crm_uploads()]
    assert [one.successful / one.total for one in found] == pytest.approx(rates, abs=0.001)
    assert len(found) >= 3


def test_one_search_is_all_it_takes(new_ads: NewAds) -> None:
    rig = new_ads(uploads=[day("2026-06-01", 1, 0, 0)])
    upload_summaries(rig.opening, EPOCH, TIMEOUT)
    assert rig.server.operations == 1


def test_who_must_act_is_said_where_there_is_no_answer(ads: AdsRig) -> None:
    ads.server.fail(denied("authorization_error", "USER_PERMISSION_DENIED"))
    trouble = trouble_of(lambda: upload_summaries(ads.opening, EPOCH, TIMEOUT))
    assert (trouble.kind, trouble.code) == (TroubleKind.PERSON, "permission_missing")


@pytest.mark.parametrize("different", [{"currency": "USD"}, {"time_zone": "Asia/Tokyo"}])
def test_uploads_of_an_account_that_does_not_fit_are_not_told(new_ads: NewAds, different: dict[str, str]) -> None:
    rig = new_ads(uploads=[day("2026-06-01", 1, 0, 0)], **different)
    assert trouble_of(lambda: upload_summaries(rig.opening, EPOCH, TIMEOUT)).kind is TroubleKind.PERSON
