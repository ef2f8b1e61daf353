"""What is inside campaigns, asked platform by platform: one that does not answer leaves out only its own."""

from collections.abc import Sequence
from datetime import date, timedelta

from common.domain.change import Reason
from common.domain.figures import PartFigures
from common.ports.ad_platform import EntityRef, PartsReport
from common.use_cases.parts import parts_of
from tests.world import NOW, World, euros

SINCE = NOW.date() - timedelta(days=30)
NORTH_GEO = PartFigures("ES-MD", euros(90), 80, 9000, 4.0)
AD_1, UNKNOWN = (PartFigures(name, euros(30), 20, 4000, 1.0) for name in ("ext-ad-1", "ext-never-taken-on"))


def world_with_parts() -> World:
    """Search tells of a geo; social of two ads, of which the manifest knows one."""
    world = World.taken_on()
    world.platforms["google"].by_geo = lambda refs: {ref.entity_id: (NORTH_GEO,) for ref in refs}
    world.platforms["meta"].by_ad = lambda refs: {ref.entity_id: (AD_1, UNKNOWN) for ref in refs}
    return world


def test_geos_go_by_campaign_and_ads_by_their_own_ids_and_others_ads_are_left_out() -> None:
    world = world_with_parts()
    parts = parts_of(world.ports(), world.loaded(), SINCE)
    assert parts.geos == {"search": (NORTH_GEO,)}
    assert parts.ads == {"ad-1": AD_1}
    assert parts.reasons == ()


def test_a_platform_that_is_silent_is_named_and_the_other_is_heard() -> None:
    world = world_with_parts()
    world.platforms["meta"].down = True
    parts = parts_of(world.ports(), world.loaded(), SINCE)
    assert (parts.geos, parts.ads) == ({"search": (NORTH_GEO,)}, {})
    assert parts.reasons == (Reason(code="parts_silent", measured="meta"),)


def test_campaigns_are_asked_about_up_to_yesterday_of_the_tenants_and_ads_are_not() -> None:
    """At half past one in the night in Madrid it is still the day before in UTC."""
    world = world_with_parts()
    world.clock.at = NOW.replace(hour=23, minute=30)
    asked: list[tuple[list[str], date, date]] = []

    class Asked:
        def geos(self, refs: Sequence[EntityRef], first: date, last: date, *, timeout: float) -> PartsReport:
            asked.append((sorted(ref.entity_id for ref in refs), first, last))
            return {}

        ads = geos

    world.platforms = dict.fromkeys(("google", "meta"), Asked())  # pyright: ignore[reportAttributeAccessIssue]
    parts_of(world.ports(), world.loaded(), SINCE)
    assert asked == 2 * [(["search"], SINCE, NOW.date())] + 2 * [(["retarget", "social"], SINCE, NOW.date())]
