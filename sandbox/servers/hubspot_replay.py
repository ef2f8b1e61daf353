"""One recorded answer of HubSpot's, played to its adapter: what it makes of it, or why it refuses it.

The body decides what is asked: an account's details for its currency, deleted deals for those that are gone, and
anything else for deals that changed.
"""

import atexit
import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from threading import Lock
from typing import Any

from common.adapters import hubspot
from common.adapters.calls import Calls
from common.adapters.hubspot import HubSpot
from common.adapters.opening import Opening
from common.domain.account import Account
from common.domain.crm import CrmSource, HubSpotProperties
from common.domain.tenant import Tenant
from common.domain.verticals import Vertical
from common.ports.crm import CrmUnavailable
from common.ports.crm_pull import Place
from sandbox.servers.hubspot import Portal, served

TIMEOUT = 5.0
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
"""When the bodies that come with the project are asked for."""
TRIES = 8
"""More than an adapter makes: each gets the same answer."""
_TENANT = Tenant(
    tenant_id="shop",
    name="Shop",
    currency="EUR",
    time_zone="Europe/Madrid",
    vertical=Vertical.ECOMMERCE,
    tracks=("shop",),
    crm=CrmSource(
        hubspot="hubspot", hubspot_properties=HubSpotProperties(campaign="utm_campaign_id", platform="ad_platform")
    ),
)
_ONE_AT_A_TIME = Lock()


class _Standing:
    """A clock that stands; waiting for it takes no time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """Always the same."""
        return NOW

    def timer(self) -> float:
        """What was waited."""
        return self.seconds

    def pause(self, seconds: float) -> None:
        """Wait."""
        self.seconds += seconds


def outcome(case: Mapping[str, Any]) -> str:
    """What the adapter makes of a body: `parsed: ...` with its numbers, or `refused: CODE: sentence`."""
    body = case["raw_body"] if "raw_body" in case else json.dumps(case.get("body"))
    data = str(body).encode("utf-8", "replace")
    headers: Mapping[str, str] = case.get("headers") or {}
    kept = {
        name: value for name, value in headers.items() if name.lower() not in ("content-length", "content-encoding")
    }
    with _ONE_AT_A_TIME:
        portal = _portal()
        portal.answers = [(int(case.get("http_status") or 200), data, kept)] * TRIES
        try:
            return f"parsed: {_told(_opened(portal), case.get('body'))}"
        except CrmUnavailable as error:
            code = "unavailable" if error.trouble is None else error.trouble.code
            return f"refused: {code}: {error}"
        finally:
            portal.answers = []


def _told(portal: HubSpot, body: object) -> str:
    """What is understood, where the body is an answer to such a question."""
    text = json.dumps(body, default=str)
    if '"portalId"' in text or '"companyCurrency"' in text:
        return f"the portal's currency is {portal.currency(TIMEOUT) or 'not told'}"
    if '"archivedAt"' in text:
        gone = portal.gone(None, timeout=TIMEOUT)
        return f"{len(gone.rows)} deals are gone, more: {gone.after is not None}"
    found = portal.changed(Place(since=NOW.replace(year=NOW.year - 20)), timeout=TIMEOUT)
    values = [str(row["value"]) for row in found.rows if "value" in row]
    won = sum(1 for row in found.rows if not row.get("withdrawn"))
    return f"{len(found.rows)} rows, {won} count, values {' '.join(values) or 'none'}, more: {found.more}"


def _opened(portal: Portal) -> HubSpot:
    clock = _Standing()
    calls = Calls("hubspot", clock, timer=clock.timer, pause=clock.pause)
    account = Account(platform="hubspot", account_id="hubspot")
    opened = hubspot.connect(Opening(_TENANT, account, str, clock, calls, portal.address))
    assert isinstance(opened, HubSpot)
    return opened


@cache
def _portal() -> Portal:
    """One server for all bodies of a process."""
    stack = ExitStack()
    atexit.register(stack.close)  # while its thread still runs
    return stack.enter_context(served())
