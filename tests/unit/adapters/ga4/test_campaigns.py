"""Whose a session is: each once, by the id of its own platform, and nobody's where that can't be told."""

import pytest

from common.adapters.ga4.campaigns import Campaigns, Shared
from common.adapters.ga4.report import Row
from common.domain.ga4_mapping import Ga4Mapping, Ga4Rule
from common.ports.ad_platform import EntityRef
from sandbox.servers.ga4 import Conduct, Visitors
from tests.unit.adapters.ga4.property_rig import property_rig

UNSET, OTHER = "(not set)", "(other)"
SEARCH = EntityRef("search", "111", "campaign", "google_ads")
SOCIAL = EntityRef("social", "222", "campaign", "meta")
TWIN = EntityRef("twin", "111", "campaign", "meta")
RULES = (
    Ga4Rule(entity_id="social", source="newsletter", medium="email"),
    Ga4Rule(entity_id="search", source="newsletter"),
    Ga4Rule(entity_id="gone", source="google"),
    Ga4Rule(entity_id="search"),
)
CAMPAIGNS = Campaigns.of((SEARCH, SOCIAL, TWIN), RULES)


@pytest.mark.parametrize(
    ("labels", "entity"),
    [
        (("111", UNSET), "search"),
        ((UNSET, "111"), "twin"),
        ((UNSET, "222"), "social"),
        (("111", "222"), "search"),
        (("333", "222"), None),
        ((UNSET, UNSET), None),
        (("", ""), None),
        (("222", UNSET), None),
        ((UNSET, UNSET, "newsletter", "email", "june"), "social"),
        ((UNSET, UNSET, "Newsletter", "EMAIL", "june"), "social"),
        ((UNSET, UNSET, "newsletter", "banner", "june"), "search"),
        ((UNSET, "222", "newsletter", "banner", "june"), "social"),
        ((UNSET, UNSET, "(direct)", "(none)", "(direct)"), None),
        ((UNSET, UNSET, "google", "organic", "(organic)"), None),
        ((UNSET, UNSET, "", "", ""), None),
        (("333", UNSET, "newsletter", "email", ""), "social"),
    ],
)
def test_labels_lead_to_one_entity_or_to_none(labels: tuple[str, ...], entity: str | None) -> None:
    """A Google Ads id that is nobody's is not looked for among others; a rule of what is gone fits nothing."""
    assert CAMPAIGNS.entity(labels) == entity


def test_two_entities_with_one_id_on_one_platform_are_nobodys() -> None:
    both = Campaigns.of((SEARCH, EntityRef("search-2", "111", "campaign", "google_ads")), ())
    assert both.entity(("111", UNSET)) is None


def test_an_entity_whose_platform_is_not_known_may_be_meant_by_either_id() -> None:
    unknown = Campaigns.of((EntityRef("one", "111", "campaign"),), ())
    assert unknown.entity(("111", UNSET)) == unknown.entity((UNSET, "111")) == "one"


def test_each_row_is_counted_once_and_other_is_nobodys() -> None:
    rows = [
        Row(("20260601", "111", UNSET), (100.0, 4.0)),
        Row(("20260601", UNSET, "222"), (100.0, 0.0)),
        Row(("20260601", UNSET, UNSET), (900.0, 9.0)),
        Row(("20260601", OTHER, OTHER), (4.0, 0.1)),
        Row((OTHER, "111", UNSET), (1.0, 0.0)),
    ]
    shared = Shared.out(rows, CAMPAIGNS, slice(1, None))
    assert {name: [row.numbers for row in of] for name, of in shared.rows.items()} == {
        "search": [(100.0, 4.0)],
        "social": [(100.0, 0.0)],
        "twin": [],
    }
    assert shared.hidden == [5.0, 0.1]
    assert {name: shared.conclusive(name) for name in shared.rows} == {"search": True, "social": False, "twin": False}


@pytest.mark.parametrize(("hidden", "conclusive"), [(5.0, True), (5.1, False), (-5.0, True), (-50.0, False)])
def test_other_may_hide_a_twentieth_of_a_campaigns_own_and_no_more(hidden: float, conclusive: bool) -> None:
    rows = [Row(("20260601", "111", UNSET), (100.0,)), Row(("20260601", OTHER, OTHER), (hidden,))]
    assert Shared.out(rows, CAMPAIGNS, slice(1, None)).conclusive("search") is conclusive


def test_a_tenants_rules_bring_sessions_without_ids_to_their_campaign() -> None:
    mail = Visitors(3.0, 1.0, source="newsletter", medium="email", campaign="june")
    rule = Ga4Mapping(rules=(Ga4Rule(entity_id="social", source="newsletter", medium="email"),))
    with property_rig(Conduct(visitors=(mail,))) as rig:
        plain = rig.events()
    with property_rig(Conduct(visitors=(mail,)), ga4=rule) as rig:
        ruled = rig.events()
    before, after = plain.hours["social"], ruled.hours["social"]
    assert ruled.hours["search"] == plain.hours["search"]
    assert [row.hour for row in before] == [row.hour for row in after]
    assert {now.sessions - was.sessions for was, now in zip(before, after, strict=True)} == {3.0}
