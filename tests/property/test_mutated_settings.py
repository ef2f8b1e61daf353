"""What platforms show of budgets, with one thing gone wrong: no amount comes out that is not there or gets written.

A budget that is read too high would be taken for room that there is; one that is read as none for an edit by hand.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from bench.bodies import OWN, door
from common.domain.change import Setting
from common.domain.money import MICROS
from common.ports.ad_platform import PlatformRefused, PlatformUnavailable
from sandbox.servers.json_server import Reply
from tests.mutated import mutations
from tests.property.body_numbers import entries, number, part
from tests.property.reach import told
from tests.unit.adapters.linkedin.linkedin_rig import CAMPAIGNS, Rig, rig_of

COUNT = 500
SHOWN: Mapping[str, tuple[str, int]] = {
    "google_ads/own_live": ("amountMicros", 1),
    "meta/own_campaign_with_shared_budget": ("daily_budget", MICROS // 100),
    "linkedin/campaigns": ("amount", MICROS),
}
"""Bodies with daily budgets: the field that they are in, and micros in one of its units."""


def amounts(body: Any, field: str, scale: int) -> Iterator[Decimal]:
    """Every amount that some object of the body has there."""
    parts = [*body.values()] if isinstance(body, dict) else entries(body)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    known = number(part(body, field), scale=scale)
    if known is not None:
        yield known
    for one in parts:  # pyright: ignore[reportUnknownVariableType]
        yield from amounts(one, field, scale)


@pytest.mark.parametrize("name", SHOWN)
def test_no_daily_budget_comes_out_that_is_not_in_the_body(name: str) -> None:
    api, (field, scale) = name.partition("/")[0], SHOWN[name]
    case, outcome = json.loads((OWN / f"{name}.json").read_bytes()), door(api)
    assert outcome is not None
    ways = Counter[str]()
    for what, body in mutations(case["body"], name, COUNT):
        said = outcome({**case, "body": body})
        amounts_told = re.findall(r"daily_budget\W+(-?[\w.]+)", said.partition("parsed: ")[2])
        shown = set(amounts(body, field, scale))
        assert all(one in ("None", "null") or number(one) in shown for one in amounts_told), f"{what}: {said}"
        ways["refused" if said.startswith("refused") else "shown" if amounts_told else "not shown"] += 1
    told(ways, "refused")


def write(rig: Rig) -> str:
    """Write the daily budget, whatever is shown; what came of it."""
    try:
        answer = rig.write(Setting.DAILY_BUDGET, 90 * MICROS)
    except (PlatformRefused, PlatformUnavailable):
        return "no answer"
    return "written" if answer.ok else "refused"


def test_what_is_shown_before_a_write_changes_nothing_in_what_is_written() -> None:
    """Either exactly what was wanted goes out, for the campaign that was meant, or nothing does."""
    ways = Counter[str]()
    with rig_of() as rig:
        rig.values()
        shown = next(request for request in rig.server.requests if CAMPAIGNS in request.path)
        meant = {rig.ref.external_id: {"patch": {"$set": {"dailyBudget": {"amount": "90", "currencyCode": "EUR"}}}}}
        for what, body in mutations(rig.server.answer(shown).body, "before a write", COUNT):
            rig.server.requests.clear()
            rig.server.edit = lambda request, real, body=body: (
                Reply(200, body) if request.method == "GET" and CAMPAIGNS in request.path else real
            )
            way = write(rig)
            assert rig.patches() == ([meant] if way == "written" else []), what
            ways[way] += 1
    told(ways, "written")
    told(ways, "no answer", "refused")
