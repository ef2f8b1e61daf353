"""A tenant's connections on its page and in the API: how each stands, what is missing, and what to do."""

from html import unescape

import pytest

from common.domain.connection import Need
from common.domain.trouble import Trouble, TroubleKind
from common.use_cases.configure import tenant_of
from common.use_cases.connections import absent, checked, note, unanswered
from tests.functions.approval.office import VI, Office

READS = Need(code="permission_missing", what="Access to the account", met=True, said="it answers")
UNMAPPED = Need(
    code="sessions_unmapped", what="A campaign for each", met=False, said="41 sessions have none", required=False
)
DEAD = Trouble(TroubleKind.PERSON, "token_expired", "Meta does not take our token: make a new one")


@pytest.fixture
def office() -> Office:
    """One whose platforms are connected, and whose GA4 lacks something that is not required."""
    made = Office()
    tenant = tenant_of(made.ports, "acme")
    checked(made.ports, tenant, "google", (READS,))
    checked(made.ports, tenant, "meta", (READS,))
    checked(made.ports, tenant, "ga4", (READS, UNMAPPED))
    absent(made.ports, tenant, "crm")
    return made


def section(office: Office) -> str:
    """The words of the page's section, as one line."""
    page = office.browser(VI).get("/t/acme").text
    words = page.split('<h2 id="connections">')[1].split("</section>")[0]
    plain = "".join(part.partition(">")[2] if number else part for number, part in enumerate(words.split("<")))
    return " ".join(unescape(plain).split())


def test_each_source_says_how_it_stands_since_when_and_what_it_has(office: Office) -> None:
    said = section(office)
    assert "GA4 as the source of truth: met." in said
    assert "Google: connected since Mon 4 May 2026, 11:00 Met: Access to the account." in said
    assert "GA4 properties/1: in use, but something is missing since" in said
    assert "A campaign for each: 41 sessions have none (not required)" in said
    assert "CRM: none is connected" in said
    assert said.index("Google:") < said.index("Meta:") < said.index("GA4 properties") < said.index("CRM:")


def test_what_a_person_must_do_is_there_as_soon_as_a_run_met_it(office: Office) -> None:
    office.world.clock.forward(hours=2)
    note(office.ports, tenant_of(office.ports, "acme"), "meta", DEAD)
    said = section(office)
    assert "Meta: not in use: something that it needs is missing since Mon 4 May 2026, 13:00" in said
    assert "Access that has not run out: Meta does not take our token: make a new one" in said
    assert "Looked at Mon 4 May 2026, 11:00." in said
    top = office.browser(VI).get("/t/acme").text.partition('<h2 id="connections">')[0]
    assert "<strong>Meta is not in use</strong> since Mon 4 May 2026, 13:00. Access that has not run out:" in top


@pytest.mark.parametrize("ga4", ["absent", "broken", "unanswered"])
def test_without_ga4_the_page_says_that_it_is_not_the_source_of_truth(office: Office, ga4: str) -> None:
    tenant = tenant_of(office.ports, "acme")
    if ga4 == "absent":
        absent(office.ports, tenant, "ga4")
    elif ga4 == "broken":
        checked(office.ports, tenant, "ga4", (READS.but(met=False),))
    else:
        unanswered(office.ports, tenant, "ga4")
    assert "GA4 as the source of truth: not met." in section(office)
    state = office.browser(VI).get("/api/v1/tenants/acme").get_json()
    assert state["ga4_source_of_truth"] is False


def test_where_nothing_is_known_yet_the_page_says_who_looks() -> None:
    said = section(Office())
    assert "Nothing is known of them yet: python -m trimtab connect acme looks at them." in said


def test_what_a_platform_said_is_text_and_nothing_else(office: Office) -> None:
    evil = "<img src=x onerror=alert(1)>"
    note(office.ports, tenant_of(office.ports, "acme"), "meta", Trouble(TroubleKind.PERSON, "token_expired", evil))
    assert "<img" not in office.browser(VI).get("/t/acme").text
    assert evil in section(office)


def test_the_api_has_the_same(office: Office) -> None:
    state = office.browser(VI).get("/api/v1/tenants/acme").get_json()
    assert state["ga4_source_of_truth"] is True
    assert [(one["source"], one["state"]) for one in state["connections"]] == [
        ("google", "connected"),
        ("meta", "connected"),
        ("ga4", "limited"),
        ("crm", "absent"),
    ]
    assert state["connections"][2]["needs"][1]["said"] == "41 sessions have none"
