"""The world of the advice's cases: that of the guardrails, with thirty days behind it and two proposals on the table.

Each campaign spent 100 EUR and brought 5 conversions a day. Money in whole euros, in and out.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from common.decisions.review.evidence import WINDOW, Evidence, Found
from common.domain.advice import Advice
from common.domain.change import Reason
from common.domain.figures import PartFigures
from common.domain.track_days import Counted, EntityDay, TrackDays
from tests.cases.guardrail_world import MONEY, SPENT, euros, facts_of, proposals_of

PROPOSALS: list[dict[str, Any]] = [
    {
        "id": "shift",
        "type": "budget_shift",
        "changes": [["video", "allocation", 1450], ["social", "allocation", 3050]],
        "evidence": {"expected_effect": 1.25, "confidence": 0.9},
    },
    {
        "id": "pause-ad-1",
        "type": "creative",
        "changes": [["ad-1", "status", "paused"]],
        "evidence": {"impressions": 12_345.6, "ctr_pct": 0.21, "confidence": 0.99},
    },
]


def evidence_of(world: Mapping[str, Any]) -> Evidence:
    """What a review looks at in this world: the envelope is read only where all is judged."""
    facts = replace(facts_of(world), envelope=None)
    until = facts.today - timedelta(days=1)
    days = [until - timedelta(days=back) for back in range(WINDOW.days)]
    seen = Counted(facts.now, 5.0, euros(250), euros(250), 90.0)
    rows = (
        EntityDay(day, name, name, spend=euros(100), clicks=80, impressions=9000, platform=seen, ga4=seen)
        for day in reversed(days)
        for name in SPENT
    )
    geos = (PartFigures("ES-MD", euros(900), 700, 80_000, 45.0), PartFigures("ES-SE", euros(600), 500, 60_000, 3.0))
    ads = {name: PartFigures(name, euros(300), 150, 30_000, 9.0) for name in ("ad-1", "ad-2", "ad-3")}
    return Evidence(facts, TrackDays(days[-1], until, "ga4", tuple(rows)), geos={"search": geos}, ads=ads)


def found_of(evidence: Evidence) -> Found:
    """What the statistics want in it."""
    looked_at = (Reason(code="nothing_to_improve", entity_id="search"),)
    return Found(proposals_of(PROPOSALS, evidence.facts), looked_at)


def advice_of(said: Mapping[str, Any]) -> Advice:
    """An answer as it would be read, with money in micros."""
    return Advice.model_validate({"agent": "made-up", **said, "add": [_in_micros(one) for one in said.get("add", [])]})


def _in_micros(added: Mapping[str, Any]) -> dict[str, Any]:
    return {"why": "It is better so.", **added, "wishes": [_wish(*one) for one in added["wishes"]]}


def _wish(entity_id: str, setting: str, after: float | str | list[str]) -> dict[str, Any]:
    value = euros(after) if setting in MONEY and isinstance(after, int | float) else after
    return {"entity_id": entity_id, "setting": setting, "after": value}
