"""What HubSpot answers, what it refuses, and what can't be understood: no token and no body is in any sentence."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from common.adapters import hubspot
from common.domain.trouble import TroubleKind
from common.ports.crm import CrmUnavailable
from common.ports.crm_pull import Place
from sandbox.servers.hubspot import REFUSALS
from tests.mutated import mutations
from tests.unit.adapters.hubspot.portal_rig import DAY, Office, office
from tests.world import NOW
from trimtab.processes import free_port

SINCE = Place(since=NOW - 2 * DAY)
LATER, PERSON, OURS = TroubleKind.LATER, TroubleKind.PERSON, TroubleKind.OURS
MEANINGS = {
    "token": (PERSON, "token_expired"),
    "expired": (PERSON, "token_expired"),
    "scopes": (PERSON, "permission_missing"),
    "rate": (LATER, "rate_limited"),
    "rate-with-time": (LATER, "rate_limited"),
    "daily": (LATER, "quota_exhausted"),
    "down": (LATER, "unavailable"),
    "locked": (LATER, "unavailable"),
    "moving": (LATER, "unavailable"),
    "invalid": (OURS, "invalid_value"),
}


@pytest.fixture
def shop() -> Iterator[Office]:
    """A shop with one deal."""
    with office() as found:
        found.win("1")
        yield found


@pytest.mark.parametrize("fault", REFUSALS)
def test_each_refusal_has_its_meaning(shop: Office, fault: str) -> None:
    shop.portal.faults = [fault] * 10
    with pytest.raises(CrmUnavailable) as caught:
        shop.crm.changed(SINCE, timeout=5)
    trouble = caught.value.trouble
    assert trouble is not None
    assert (trouble.kind, trouble.code) == MEANINGS[fault]
    assert trouble.request_id == "11111111-2222-3333-4444-555555555555"
    assert shop.token not in str(caught.value)
    if fault == "scopes":
        assert "crm.objects.deals.read" in trouble.said


def test_a_portal_that_is_not_there_is_no_answer(shop: Office) -> None:
    shop.portal.address = f"127.0.0.1:{free_port()}"
    with pytest.raises(CrmUnavailable) as caught:
        shop.crm.changed(SINCE, timeout=1)
    assert caught.value.trouble is not None
    assert caught.value.trouble.code == "unavailable"


def page(shop: Office) -> dict[str, Any]:
    """A page as the portal answers it."""
    deals = [one.told(["hs_is_closed_won", "closedate", "amount"]) for one in shop.portal.deals.values()]
    return {"total": len(deals), "results": deals, "paging": {"next": {"after": "100"}}}


def test_mutated_pages_are_rows_or_no_answer_and_never_anything_else(shop: Office) -> None:
    shop.win("2", NOW - DAY / 2)
    taken = refused = 0
    for how, body in mutations(page(shop), "hubspot", 400):
        shop.portal.answers = [(200, json.dumps(body).encode(errors="replace"), {})]
        try:
            found = shop.crm.changed(SINCE, timeout=5)
        except CrmUnavailable:
            refused += 1
        else:
            assert all(str(row["id"]).startswith("hubspot-deal-") for row in found.rows), how
            taken += 1
        shop.portal.answers = []
    assert min(taken, refused) >= 80, (taken, refused)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"<html>", b"\xff\xfe", b'{"results": null}', b'"text"'])
@pytest.mark.parametrize("status", [200, 401, 500])
def test_bodies_that_are_none_are_no_answer(shop: Office, status: int, body: bytes) -> None:
    shop.portal.answers = [(status, body, {})] * 10
    for ask in (lambda: shop.crm.changed(SINCE, timeout=5), lambda: shop.crm.gone(None, timeout=5)):
        with pytest.raises(CrmUnavailable):
            ask()


def test_a_page_that_is_out_of_order_is_no_answer(shop: Office) -> None:
    shop.win("2", NOW - DAY / 2)
    body = page(shop)
    body["results"].reverse()
    shop.portal.answers = [(200, json.dumps(body).encode(), {})]
    with pytest.raises(CrmUnavailable):
        shop.crm.changed(SINCE, timeout=5)


def test_a_change_of_the_future_is_no_answer_since_what_comes_till_then_would_be_passed_by(shop: Office) -> None:
    shop.win("2", NOW + DAY)
    with pytest.raises(CrmUnavailable):
        shop.crm.changed(SINCE, timeout=5)


def test_a_connection_that_has_all_it_needs(shop: Office) -> None:
    needs = hubspot.check(shop.opening, timeout=5)
    assert all(one.met for one in needs)
    assert len(needs) == 4


@pytest.mark.parametrize(("fault", "code"), [("expired", "token_expired"), ("scopes", "permission_missing")])
def test_what_is_missing_is_named(shop: Office, fault: str, code: str) -> None:
    shop.portal.faults = [fault]
    (unmet,) = [one for one in hubspot.check(shop.opening, timeout=5) if not one.met]
    assert unmet.code == code
    assert unmet.required


@pytest.mark.parametrize("currency", ["USD", None, 7, "euros"])
def test_a_portal_in_another_currency_is_told(shop: Office, currency: object) -> None:
    shop.portal.currency = currency
    (unmet,) = [one for one in hubspot.check(shop.opening, timeout=5) if not one.met]
    assert unmet.code == "wrong_currency"


def test_a_portal_that_does_not_answer_says_nothing_of_what_is_missing(shop: Office) -> None:
    shop.portal.faults = ["down"] * 10
    with pytest.raises(CrmUnavailable):
        hubspot.check(shop.opening, timeout=5)


def test_the_real_token_is_not_sent_to_a_server_on_this_machine(shop: Office) -> None:
    shop.portal.token = shop.token
    with pytest.raises(CrmUnavailable):
        shop.crm.changed(SINCE, timeout=5)
    shop.portal.token = "local"
    assert shop.crm.changed(SINCE, timeout=5).rows
