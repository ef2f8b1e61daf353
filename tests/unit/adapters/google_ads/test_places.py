"""Places by their names: readable, each of one place only, and leading back to it."""

import pytest

from common.domain.change import Setting
from sandbox.servers.google_ads import Place
from tests.unit.adapters.google_ads.ads_rig import JUNE, TIMEOUT, AdsRig, NewAds

GEOS = Setting.EXCLUDED_GEOS
TWINS = (
    Place(1023191, "New York,New York,United States", "City"),
    Place(9058761, "New York,New York,United States", "County"),
    Place(21167, "New York,United States", "State"),
    Place(55, "Springfield,United States", "City"),
    Place(66, "Springfield,United States", "City"),
    Place(77, "Old Town,Spain", "City", status="REMOVAL_PLANNED"),
    Place(88, "L'Alfàs,Spain", "City"),
    Place(99, "Georgia (country)", "Country"),
)


@pytest.fixture
def rig(new_ads: NewAds) -> AdsRig:
    """An account whose places have namesakes."""
    return new_ads(places=TWINS)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("geo-2,Spain", "9000002"),
        ("New York,New York,United States (City)", "1023191"),
        ("New York,New York,United States (County)", "9058761"),
        ("New York,United States", "21167"),
        ("Springfield,United States (City 55)", "55"),
        ("L'Alfàs,Spain", "88"),
        ("Georgia (country)", "99"),
    ],
)
def test_a_name_that_is_written_is_the_name_that_is_read(rig: AdsRig, name: str, place: str) -> None:
    (answer,) = rig.write(rig.change(GEOS, (name,)))
    assert answer.ok, answer.detail
    for one in (rig, AdsRig.on(rig.server)):
        assert one.value(GEOS) == (name,)
    excluded = {str(one) for one in rig.account.more_excluded.get("t/search", ())}
    excluded |= {rig.account.geos()[geo] for geo in rig.world.market.live("t/search").excluded_geos}
    assert excluded == {place}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("New York,New York,United States", "(City), New York,New York,United States (County)"),
        ("Springfield,United States", "(City 55), Springfield,United States (City 66)"),
        ("Springfield,United States (City)", "is no place"),
        ("Atlantis", "is no place"),
        ("Old Town,Spain", "is no place"),
        ("' OR geo_target_constant.id > 0", "is no place"),
        ("back\\slash", "is no place"),
        ("", "is no place"),
    ],
)
def test_a_name_that_means_none_or_several_is_refused_and_says_which(rig: AdsRig, name: str, said: str) -> None:
    rig.write(rig.change(GEOS, ("geo-1,Spain",)))
    before = rig.mutates()
    (answer,) = rig.write(rig.change(GEOS, ("geo-1,Spain", name)))
    assert (answer.ok, answer.code) == (False, "invalid_value")
    assert said in (answer.detail or "")
    assert rig.value(GEOS) == ("geo-1,Spain",)
    assert rig.mutates() == before


def test_places_are_added_and_removed_one_by_one(rig: AdsRig) -> None:
    for names in (("geo-1,Spain", "geo-2,Spain"), ("geo-2,Spain", "geo-3,Spain"), ()):
        before = rig.mutates()
        assert rig.write(rig.change(GEOS, names))[0].ok
        assert rig.value(GEOS) == names
        assert rig.mutates() - before in (2 * 2, 2 * 1 * len(names) or 2 * 2)


def test_a_place_that_was_given_up_goes_by_the_name_it_had(rig: AdsRig) -> None:
    rig.account.more_excluded["t/search"] = {77}
    assert rig.value(GEOS) == ("Old Town,Spain",)


def test_a_place_that_nobody_knows_goes_by_its_number(rig: AdsRig) -> None:
    rig.account.more_excluded["t/search"] = {424242}
    assert rig.value(GEOS) == ("geo target 424242",)


def test_figures_go_by_the_same_names_and_they_are_asked_for_once(rig: AdsRig) -> None:
    rig.advance(30)
    first = rig.platform.geos([rig.ref()], JUNE, JUNE, timeout=TIMEOUT)["search"]
    assert [one.part for one in first] == [f"geo-{number},Spain" for number in range(1, 5)]
    rig.advance(1)
    before = sum("geo_target_constant.canonical_name IN" in query for query in rig.server.queries)
    rig.platform.geos([rig.ref("brand")], JUNE, JUNE, timeout=TIMEOUT)
    assert sum("geo_target_constant.canonical_name IN" in query for query in rig.server.queries) == before == 1
