# pyright: basic
"""HubSpot's deals, by its own client: what changed, in the order in which it changed, and what was deleted.

Pages are continued by the time of the last change and not by HubSpot's own mark, which ends at 10,000 results. Where
more deals than a page holds changed in the same millisecond, those are read through by their ids.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from time import monotonic
from typing import Any, TypeVar

from common.adapters.calls import CallFailed
from common.adapters.hubspot_deals import MODIFIED, OBJECT_ID, Deal, Mapper, instant_of, row_id, wanted
from common.adapters.hubspot_errors import bad_answer, judge
from common.adapters.opening import Opening
from common.domain.connection import Need
from common.domain.ingest_rows import AHEAD, Rules
from common.domain.money import CURRENCIES
from common.domain.trouble import Trouble, TroubleKind
from common.ports.crm import CrmUnavailable
from common.ports.crm_pull import CrmPull, Gone, Place, Pulled

T = TypeVar("T")
A_PAGE = 100
LEAST_SECONDS = 0.1
"""Of a second question in one call."""
_MILLISECOND = timedelta(milliseconds=1)
ACCOUNT = "/account-info/v3/details"


def connect(opening: Opening) -> CrmPull:
    """The portal that the token in the secret is of. Calls nobody yet."""
    return HubSpot(opening)


def check(opening: Opening, *, timeout: float) -> tuple[Need, ...]:
    """What is needed to read a portal's deals.

    Raises:
        CrmUnavailable: HubSpot does not answer.
    """
    portal, named = HubSpot(opening), opening.tenant.crm.hubspot_properties
    needs = [_need("A token that HubSpot takes", lambda: portal.currency(timeout))]
    if needs[0].met:
        search = lambda: portal.changed(Place(since=opening.clock.now()), timeout=timeout)  # noqa: E731
        needs.append(_need("The scope crm.objects.deals.read", search))
        needs.append(_same_currency(portal.currency(timeout), opening.tenant.currency))
    says = bool(named.campaign or named.click_id)
    said = "deals say what they belong to" if says else "name the property of a deal that holds its campaign's id"
    return (*needs, Need(code="property_missing", what="A property with the campaign", met=says, said=said))


def _need(what: str, ask: Callable[[], object]) -> Need:
    """Whether what a person has to give is there."""
    try:
        ask()
    except CrmUnavailable as error:
        if error.trouble is None or error.trouble.kind is not TroubleKind.PERSON:
            raise
        return Need(code=error.trouble.code, what=what, met=False, said=error.trouble.said)
    return Need(code="access", what=what, met=True, said="it is there")


def _same_currency(portals: str | None, tenants: str) -> Need:
    met = portals == tenants
    said = f"both are in {tenants}" if met else f"deals without a currency of their own are refused: not in {tenants}"
    return Need(code="wrong_currency", what="The tenant's currency", met=met, said=said, required=False)


class HubSpot:
    """One portal."""

    def __init__(self, opening: Opening) -> None:
        self._opening, self._currency = opening, None
        self._properties = opening.tenant.crm.hubspot_properties

    def changed(self, place: Place, *, timeout: float) -> Pulled:
        """As the port says."""
        until, rules = monotonic() + timeout, Rules.of(self._opening.tenant, self._opening.clock.now())
        found = self._ask(lambda seconds: self._search(place, seconds), timeout)
        deals = [_deal(one) for one in found.results]
        if any(one.modified > other.modified for one, other in pairwise(deals)) and not place.after:
            raise _unreadable()  # out of order, so that what lies between two pages can't be known
        if any(deal.modified > rules.now + AHEAD for deal in deals):
            raise _unreadable()  # going on from a time to come would pass by what changes until then
        mapper = Mapper(self._properties, rules, self._home(deals, until))
        rows = tuple(row for deal in deals for row in mapper.rows(deal))
        return Pulled(rows, *_next(place, deals, more=found.paging is not None))

    def gone(self, after: str | None, *, timeout: float) -> Gone:
        """As the port says."""
        found = self._ask(lambda left: self._archived(after, left), timeout)
        rows = [
            {"id": row_id(_number(one)), "updated_at": one.archived_at.astimezone(UTC).isoformat(), "withdrawn": True}
            for one in found.results
            if isinstance(one.archived_at, datetime)
        ]
        following = None if found.paging is None or found.paging.next is None else found.paging.next.after
        if following is not None and following == after:
            raise _unreadable()
        return Gone(tuple(rows), following)

    def currency(self, timeout: float) -> str | None:
        """The portal's own currency; `None` where HubSpot names none that exists."""
        if self._currency is None:
            found = self._ask(self._account, timeout)
            said = found.get("companyCurrency") if isinstance(found, dict) else None
            self._currency = said if said in CURRENCIES else ""
        return self._currency or None

    def _home(self, deals: list[Deal], until: float) -> str | None:
        """The portal's currency, asked for once, and only where a deal has an amount and no currency of its own."""
        bare = any(deal.get("amount") and not deal.get("deal_currency_code") for deal in deals)
        return self.currency(max(LEAST_SECONDS, until - monotonic())) if bare else None

    def _search(self, place: Place, left: float) -> Any:
        from hubspot.crm.deals import Filter, FilterGroup, PublicObjectSearchRequest

        since = str(round(place.since.timestamp() * 1000))
        if place.after is None:
            filters, order = [Filter(property_name=MODIFIED, operator="GTE", value=since)], MODIFIED
        else:
            known = Filter(property_name=OBJECT_ID, operator="GT", value=place.after)
            filters, order = [Filter(property_name=MODIFIED, operator="EQ", value=since), known], OBJECT_ID
        request = PublicObjectSearchRequest(
            filter_groups=[FilterGroup(filters=filters)],
            sorts=[order],
            properties=wanted(self._properties),
            limit=A_PAGE,
        )
        found = self._deals.search_api.do_search(public_object_search_request=request, _request_timeout=left)
        return _with_results(found)

    def _archived(self, after: str | None, left: float) -> Any:
        more = {} if after is None else {"after": after}
        found = self._deals.basic_api.get_page(
            limit=A_PAGE, archived=True, properties=[MODIFIED], _request_timeout=left, **more
        )
        return _with_results(found)

    def _account(self, left: float) -> Any:
        return self._deals.basic_api.api_client.call_api(
            ACCOUNT,
            "GET",
            header_params={"Accept": "application/json"},
            response_types_map={200: "object"},
            auth_settings=["oauth2"],
            _return_http_data_only=True,
            _request_timeout=left,
        )

    @cached_property
    def _deals(self) -> Any:
        """HubSpot's client. Tries are counted in one place, which is not here; bodies are in no log."""
        from hubspot import HubSpot as Client
        from urllib3.util.retry import Retry

        logging.getLogger("hubspot").setLevel(logging.INFO)
        server = self._opening.server
        if server is not None:
            client = Client(access_token="local", host=f"http://{server}", retry=Retry(total=0))  # noqa: S106
        else:
            client = Client(access_token=self._opening.credentials().strip(), retry=Retry(total=0))
        return client.crm.deals

    def _ask(self, call: Callable[[float], T], timeout: float) -> T:
        try:
            return self._opening.calls.read(call, judge, timeout=timeout)
        except CallFailed as error:
            if error.trouble.kind is TroubleKind.PERSON:
                self.__dict__.pop("_deals", None)  # somebody will put it right in the secret: it is read again
            raise CrmUnavailable(error.trouble.said, error.trouble) from error


def _next(place: Place, deals: list[Deal], *, more: bool) -> tuple[Place, bool]:
    """Where to go on, and whether there is more by now."""
    if place.after is not None:
        last = max((int(deal.id) for deal in deals), default=0)
        return (place.but(after=str(last)), True) if more and last else (Place(since=place.since + _MILLISECOND), True)
    last_change = deals[-1].modified if deals else place.since
    if more and last_change <= place.since:
        return Place(since=last_change, after="0"), True
    return Place(since=max(last_change, place.since)), more


def _with_results(found: Any) -> Any:
    if not isinstance(getattr(found, "results", None), list):
        raise CallFailed(bad_answer())
    return found


def _deal(found: Any) -> Deal:
    """One result, if it says when it changed."""
    properties = found.properties if isinstance(getattr(found, "properties", None), dict) else {}
    modified = instant_of(properties.get(MODIFIED)) or getattr(found, "updated_at", None)
    if not isinstance(modified, datetime) or modified.tzinfo is None:
        raise _unreadable()
    return Deal(_number(found), properties, modified.astimezone(UTC))


def _number(found: Any) -> str:
    """A result's own id: a number, which names no person and may be kept in the journal."""
    said = str(found.id)
    if not (said.isascii() and said.isdigit()):
        raise _unreadable()
    return said


def _unreadable() -> CrmUnavailable:
    trouble: Trouble = bad_answer()
    return CrmUnavailable(trouble.said, trouble)
