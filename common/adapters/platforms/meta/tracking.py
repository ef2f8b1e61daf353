"""Whether the account claims any of the conversions that count for the tenant: a pixel may send others instead."""

import json
from datetime import timedelta
from typing import Any

from common.adapters.platforms.meta.bodies import listed, objects
from common.adapters.platforms.meta.caller import Caller, Deadline
from common.adapters.platforms.meta.figures import ACTIONS, WINDOWS, claimed, in_units
from common.domain.calendar import TenantCalendar
from common.domain.connection import Need

_DAYS = 28


def conversions_need(caller: Caller, until: Deadline) -> Need:
    """Of an account that spends, whether it claims conversions.

    Raises:
        PlatformUnavailable: no answer.
    """
    tenant = caller.opening.tenant
    today = TenantCalendar.of(tenant.time_zone).day_of(caller.opening.clock.now())
    since, to = today - timedelta(days=_DAYS), today - timedelta(days=1)
    params = {
        "level": "account",
        "fields": "spend,actions",
        "time_range": json.dumps({"since": since.isoformat(), "until": to.isoformat()}),
        "action_attribution_windows": json.dumps(WINDOWS),
    }
    actions = ACTIONS[tenant.vertical]
    spends, claims = caller.get(f"{caller.node}/insights", params, until, lambda body: _found(body, actions))
    missing = spends and not claims
    said = (
        f"{caller.called} spent in the last {_DAYS} days and claims no {actions[0]}: send that event, or see in Events "
        "Manager which one the pixel sends"
        if missing
        else f"{actions[0]} is claimed"
        if claims
        else "nothing was spent lately"
    )
    return Need(code="conversions_seen", what="Conversions that count", met=not missing, said=said, required=False)


def _found(body: Any, actions: tuple[str, ...]) -> tuple[bool, bool]:
    """Whether anything was spent, and whether anything was claimed."""
    rows = [objects(one, "a row") for one in listed(body, "rows")]
    return any(in_units(row.get("spend")) for row in rows), any(
        claimed(row.get("actions", []), actions) for row in rows
    )
