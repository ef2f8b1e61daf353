"""What every adapter of a CRM must do: the sandbox's own, and the same market behind a socket."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from common.adapters.remote_sources import remote_crm
from common.domain.calendar import HOUR, QUARTER_HOUR
from common.domain.errors import TrimtabError
from common.domain.figures import Upload
from common.ports.crm import CrmUnavailable, no_crm
from tests.contract.market_rig import BUSY, GONE, SEARCH, SOCIAL, TENANT, TIMEOUT, NewRig, Rig
from trimtab.processes import free_port

pytestmark = pytest.mark.has("crm")
BOTH = (SEARCH, SOCIAL)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def busy(new_rig: NewRig) -> Rig:
    """A world in which much happens, and nothing out of the ordinary."""
    return new_rig(**BUSY)


def uploads(rig: Rig, since: datetime) -> tuple[Upload, ...]:
    return rig.crm(TENANT).uploads(BOTH, since, timeout=TIMEOUT)


def test_there_is_one_upload_a_day_at_six_of_the_tenants_clock(busy: Rig) -> None:
    start = busy.world.market.start
    busy.advance(5.75)
    assert uploads(busy, start) == ()
    busy.advance(0.25)
    (first,) = uploads(busy, start)
    assert first.at == busy.world.now() == start + 6 * HOUR
    busy.advance(48)
    assert [one.at for one in uploads(busy, start)] == [first.at, first.at + 24 * HOUR, first.at + 48 * HOUR]
    assert uploads(busy, start)[0] == first


def test_an_upload_has_its_match_rate_and_the_conversions_of_all_its_days_together(busy: Rig) -> None:
    """The CRM sees 0.4, GA4 0.85 of what happened in the 24 hours before, on both days that these touch."""
    start = busy.world.market.start
    busy.advance(60)
    for one in uploads(busy, start):
        assert one.match_rate is not None
        assert 0.6 < one.match_rate < 0.8
        assert one.conversions.keys() == {"search", "social"}
    last, events = uploads(busy, start)[-1], busy.analytics(TENANT).events(BOTH, start + 30 * HOUR, timeout=TIMEOUT)
    assert events is not None
    assert last.at == events.complete_until
    for entity_id, hours in events.hours.items():
        seen = sum(hour.conversions for hour in hours)
        assert last.conversions[entity_id] == pytest.approx(seen / 0.85 * 0.4, rel=0.15)


def test_uploads_since_an_instant_are_those_at_it_or_later_oldest_first(busy: Rig) -> None:
    busy.advance(54)
    history = uploads(busy, busy.world.market.start - timedelta(days=7))
    assert len(history) == 10
    assert all(one.at < other.at for one, other in pairwise(history))
    assert uploads(busy, history[4].at) == history[4:]
    assert uploads(busy, history[4].at + QUARTER_HOUR) == history[5:]


def test_an_entity_that_the_crm_does_not_know_is_absent(busy: Rig) -> None:
    busy.advance(6)
    (one,) = busy.crm(TENANT).uploads([GONE, SEARCH], busy.world.market.start, timeout=TIMEOUT)
    assert one.conversions.keys() == {"search"}
    (both,) = uploads(busy, busy.world.market.start)
    assert one.conversions["search"] == both.conversions["search"]


def test_a_drop_of_the_match_rate_takes_conversions_along(new_rig: NewRig) -> None:
    drop = {"kind": "crm_match_drop", "at": "2026-06-02T00:00", "until": "2026-06-03T00:00", "factor": 0.5}
    dropped, plain = new_rig(drop, **BUSY), new_rig(**BUSY)
    for rig in (dropped, plain):
        rig.advance(54)
    start = plain.world.market.start
    for low, usual, factor in zip(uploads(dropped, start), uploads(plain, start), (1, 0.5, 1), strict=True):
        assert usual.match_rate is not None
        assert low.match_rate == pytest.approx(usual.match_rate * factor)
        assert low.conversions["search"] == pytest.approx(usual.conversions["search"] * factor, rel=0.15)


def test_a_crm_of_another_tenant_is_not_reached(rig: Rig) -> None:
    with pytest.raises(TrimtabError, match="belongs to june, not to july"):
        rig.crm("july").uploads(BOTH, rig.world.market.start, timeout=TIMEOUT)


def test_without_a_crm_nothing_was_ever_uploaded() -> None:
    assert no_crm(TENANT).uploads(BOTH, LONG_AGO, timeout=TIMEOUT) == ()


def test_where_nobody_serves_a_market_the_error_names_the_address() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(CrmUnavailable, match=f"{url}/june/uploads does not answer"):
        remote_crm(url)(TENANT).uploads(BOTH, LONG_AGO, timeout=TIMEOUT)
