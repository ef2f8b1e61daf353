"""HubSpot on this machine: deals by its REST, for the official client unchanged.

It is as strange as the real one where that matters: a search ends at 10,000 results and is sorted as asked, amounts are
text, deleted deals are in no search, and a refusal is told in its own form.
"""

import json
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import WSGIRequestHandler, make_server

SEARCH_ENDS = 10_000
REFUSALS: Mapping[str, tuple[int, dict[str, Any], dict[str, str]]] = {
    "token": (401, {"message": "Authentication credentials not found.", "category": "INVALID_AUTHENTICATION"}, {}),
    "expired": (401, {"message": "The OAuth token used expired.", "category": "EXPIRED_AUTHENTICATION"}, {}),
    "scopes": (
        403,
        {
            "message": "This app hasn't been granted all required scopes to make this call.",
            "category": "MISSING_SCOPES",
            "errors": [
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": ["crm.objects.deals.read"]},
                }
            ],
        },
        {},
    ),
    "rate": (429, {"errorType": "RATE_LIMIT", "policyName": "SECONDLY", "message": "secondly limit"}, {}),
    "rate-with-time": (429, {"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}, {"Retry-After": "3"}),
    "daily": (
        429,
        {"errorType": "RATE_LIMIT", "policyName": "DAILY", "message": "You have reached your daily limit."},
        {"X-HubSpot-RateLimit-Daily": "250000", "X-HubSpot-RateLimit-Daily-Remaining": "0"},
    ),
    "down": (502, {"message": "bad gateway"}, {}),
    "locked": (423, {"message": "locked"}, {"Retry-After": "2"}),
    "moving": (477, {"message": "migration in progress"}, {"Retry-After": "60"}),
    "invalid": (400, {"message": "There was a problem with the request.", "category": "VALIDATION_ERROR"}, {}),
}
"""What HubSpot refuses with: status, body and headers."""


@dataclass
class ServedDeal:
    """One deal as the portal has it."""

    id: str
    properties: dict[str, str | None]
    modified: datetime
    archived_at: datetime | None = None

    def told(self, names: Iterable[str]) -> dict[str, Any]:
        """The deal in HubSpot's form, with the properties that were asked for."""
        own = {**self.properties, "hs_lastmodifieddate": _iso(self.modified), "hs_object_id": self.id}
        found: dict[str, Any] = {
            "id": self.id,
            "properties": {name: own.get(name) for name in (*names, "hs_object_id", "hs_lastmodifieddate")},
            "createdAt": _iso(self.modified - timedelta(days=1)),
            "updatedAt": _iso(self.modified),
            "archived": self.archived_at is not None,
        }
        return found if self.archived_at is None else {**found, "archivedAt": _iso(self.archived_at)}


@dataclass
class Portal:
    """One portal: its deals, and what the next calls are answered with."""

    address: str = ""
    currency: object = "EUR"
    token: str | None = None
    """The token that it takes; `None`: any."""
    deals: dict[str, ServedDeal] = field(default_factory=dict[str, ServedDeal])
    faults: list[str] = field(default_factory=list[str])
    """Names of `REFUSALS`, for the next calls."""
    answers: list[tuple[int, bytes, Mapping[str, str]]] = field(
        default_factory=list[tuple[int, bytes, Mapping[str, str]]]
    )
    """Whole answers for the next calls, as they are."""
    searches: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """What was searched for."""

    def put(self, deal_id: str, modified: datetime, **properties: str | None) -> None:
        """Have a deal, changed at this time; its other properties stay."""
        had = self.deals[deal_id].properties if deal_id in self.deals else {}
        self.deals[deal_id] = ServedDeal(deal_id, {**had, **properties}, modified)

    def archive(self, deal_id: str, at: datetime) -> None:
        """Delete a deal: it is in no search from now on."""
        self.deals[deal_id].archived_at = at

    def app(self) -> Flask:
        """The REST of it."""
        app = Flask("hubspot", static_folder=None)
        app.post("/crm/v3/objects/deals/search")(self._answered(self._search))
        app.get("/crm/v3/objects/deals")(self._answered(self._list))
        app.get("/account-info/v3/details")(self._answered(self._details))
        return app

    def _answered(self, answer: Callable[[], Response]) -> Callable[[], Response]:
        def handler() -> Response:
            if self.answers:
                status, body, headers = self.answers.pop(0)
                return Response(body, status, {"content-type": "application/json", **headers})
            if self.faults:
                return _refused(self.faults.pop(0))
            if self.token is not None and request.headers.get("Authorization") != f"Bearer {self.token}":
                return _refused("token")
            return answer()

        handler.__name__ = answer.__name__
        return handler

    def _details(self) -> Response:
        return _json({"portalId": 123, "companyCurrency": self.currency, "timeZone": "Europe/Madrid"})

    def _search(self) -> Response:
        asked: dict[str, Any] = request.get_json()
        self.searches.append(asked)
        found = [one for one in self.deals.values() if one.archived_at is None and _fits(one, asked)]
        order = asked["sorts"][0]
        found.sort(
            key=lambda one: (int(one.id) if order == "hs_object_id" else one.modified.timestamp(), _shuffled(one))
        )
        first, limit = int(asked.get("after") or 0), asked["limit"]
        if first + limit > SEARCH_ENDS:
            return _refused("invalid")
        page = [one.told(asked["properties"]) for one in found[first : first + limit]]
        return _json({"total": len(found), "results": page, **_paging(first + limit, len(found))})

    def _list(self) -> Response:
        first, limit = int(request.args.get("after", 0)), int(request.args["limit"])
        wanted = request.args.get("archived", "").lower() == "true"  # its client says True
        found = [one for one in self.deals.values() if (one.archived_at is not None) == wanted]
        page = [one.told(request.args.get("properties", "").split(",")) for one in found[first : first + limit]]
        return _json({"results": page, **_paging(first + limit, len(found))})


def _fits(deal: ServedDeal, asked: Mapping[str, Any]) -> bool:
    """Whether a deal passes all filters of one of the groups."""
    return any(all(_passes(deal, one) for one in group["filters"]) for group in asked["filterGroups"])


def _passes(deal: ServedDeal, wanted: Mapping[str, str]) -> bool:
    names = {"hs_lastmodifieddate": round(deal.modified.timestamp() * 1000), "hs_object_id": int(deal.id)}
    has, value = names[wanted["propertyName"]], int(wanted["value"])
    return {"GTE": has >= value, "GT": has > value, "EQ": has == value}[wanted["operator"]]


def _shuffled(deal: ServedDeal) -> int:
    """Ties come in an order of their own, always the same."""
    return int(deal.id) * 7919 % 1009


def _paging(following: int, count: int) -> dict[str, Any]:
    return {"paging": {"next": {"after": str(following)}}} if following < count else {}


def _refused(name: str) -> Response:
    status, body, headers = REFUSALS[name]
    told = {"status": "error", "correlationId": "11111111-2222-3333-4444-555555555555", **body}
    return Response(json.dumps(told), status, {**headers, "content-type": "application/json"})


def _json(body: Mapping[str, Any]) -> Response:
    return Response(json.dumps(body), mimetype="application/json")


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Quiet(WSGIRequestHandler):
    """Says nothing about requests."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the name is werkzeug's
        """Say nothing."""


@contextmanager
def served() -> Generator[Portal]:
    """Serve a portal on a free port of this machine, for as long as the block lasts."""
    portal = Portal()
    server = make_server("127.0.0.1", 0, portal.app(), threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    portal.address = f"127.0.0.1:{server.server_port}"
    try:
        yield portal
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
