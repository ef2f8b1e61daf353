"""What an agent is asked: plain JSON, never too much of it, and no name that reads like an order."""

import json
from dataclasses import replace
from datetime import timedelta
from math import inf, nan
from typing import Any

import pytest

from common.decisions.review.asking import MOST_CHANGES, MOST_ENTITIES, MOST_PROPOSALS, question
from common.decisions.review.evidence import Evidence, Found
from common.domain.advice import Question
from common.domain.change import Change, OptimizationType, Proposal, Setting
from common.domain.figures import PartFigures
from common.domain.track_days import Counted, EntityDay, TrackDays
from tests.cases.advice_world import evidence_of, found_of
from tests.unit.decisions.review.test_outside_text import HIDDEN, LINKS, ORDERS

LARGEST = 200_000
"""Characters of a question, whatever a tenant has: some fifty thousand tokens."""


def as_json(asked: Question) -> str:
    proposals = [one.body() for one in asked.proposals]
    return json.dumps([asked.facts, asked.evidence, proposals], allow_nan=False)


def test_a_question_tells_of_money_results_limits_and_what_exists() -> None:
    evidence = evidence_of({"entities": {"ad-2": {"name": "Spring sale"}}, "freezes": [{"code": "ga4_diverges"}]})
    asked = question(evidence, found_of(evidence))
    assert asked.facts["kpi"] == {"metric": "cpa", "target": 20.0, "proxy": False}
    assert asked.facts["days_left"] == 20
    assert asked.facts["increases_frozen"] == [{"channel": None, "code": "ga4_diverges"}]
    assert asked.facts["plan"][0] == {"channel": "search", "budget": 3_000_000_000, "max_budget": 3_300_000_000}
    entities = {one["entity_id"]: one for one in asked.facts["entities"]}
    assert entities.keys() == evidence.facts.manifest.entities.keys()
    assert entities["ad-2"]["name_from_outside"] == "Spring sale"
    assert entities["search"]["spent_at_most"] == 1_000_000_000
    assert asked.evidence["kpi"]["channels"]["search"]["value"] == 20.0
    newest, *_ = asked.evidence["weeks"]["search"]
    assert newest == {"since": "2026-03-04", "spend": 700_000_000, "conversions": 35.0, "value": 1_750_000_000}
    assert asked.evidence["geos"]["search"][0]["geo_from_outside"] == "ES-MD"
    assert asked.evidence["ads"]["ad-1"]["clicks"] == 150
    assert [one.proposal_id for one in asked.proposals] == ["shift", "pause-ad-1"]


@pytest.mark.parametrize("name", [*ORDERS, *HIDDEN, *LINKS])
def test_a_name_that_reads_like_an_order_changes_nothing_of_the_question(name: str) -> None:
    """Wherever strangers may write: in names, in geos, and so in the sentences of proposals."""
    plain = evidence_of({})
    entities: dict[str, dict[str, Any]] = {one: {"name": name} for one in plain.facts.manifest.entities}
    entities["search"]["excluded_geos"] = ("ES-CE", name)
    told = evidence_of({"entities": entities})
    geos = {"search": (*plain.geos["search"], PartFigures(name, 10**12, 1, 1, 0))}
    found = found_of(plain)
    sentences = Found(tuple(one.but(why=f"Money from {name} to social.") for one in found.proposals))
    without = Found(tuple(one.but(why="") for one in found.proposals))
    assert as_json(question(replace(told, geos=geos), sentences)) == as_json(question(plain, without))


def test_what_is_not_known_is_null_and_never_a_number_that_is_none() -> None:
    evidence = evidence_of({"spent": {"video": None}})
    found = found_of(evidence)
    odd = found.proposals[0].but(evidence={"a": nan, "b": inf, "c": 1 / 3, "d": None, "e": "x"})
    broken = {"ad-1": PartFigures("ad-1", 0, nan, -inf, 2)}
    asked = question(replace(evidence, ads=broken), Found((odd,)))
    assert asked.proposals[0].evidence == {"a": None, "b": None, "c": 0.333333, "d": None, "e": "x"}
    assert asked.evidence["ads"]["ad-1"] == {"spend": 0, "clicks": None, "impressions": None, "conversions": 2}
    assert "spent_at_most" not in next(one for one in asked.facts["entities"] if one["entity_id"] == "video")
    as_json(asked)


def test_a_question_is_never_too_long_and_begins_with_what_matters() -> None:
    evidence, found = _enormous()
    asked = question(evidence, found)
    assert len(asked.proposals) == MOST_PROPOSALS
    assert len(asked.facts["entities"]) == MOST_ENTITIES
    touched = {name for one in asked.proposals for name in one.entities}
    assert touched <= {one["entity_id"] for one in asked.facts["entities"]}
    assert len(as_json(asked)) < LARGEST


def _enormous() -> tuple[Evidence, Found]:
    """Three hundred campaigns with long names, in as many channels, over half a year, with five hundred geos each."""
    names = [f"campaign-{number:03}-{'x' * 60}" for number in range(300)]
    wide: dict[str, Any] = {"allocation": 10**9, "daily_budget": 10**7, "platform": "google_ads", "name": "N" * 120}
    world = {
        "entities": {name: {**wide, "channel": name} for name in names},
        "guardrails": {"protected_geos": [f"place {number} {'y' * 100}" for number in range(500)]},
    }
    evidence = evidence_of(world)
    days = [evidence.facts.today - timedelta(days=back) for back in range(1, 181)]
    seen = Counted(evidence.facts.now, 123.456789, 10**12)
    rows = tuple(EntityDay(day, one, one, 10**12, ga4=seen) for day in reversed(days) for one in names[:40])
    geos = tuple(PartFigures(f"place {number} {'y' * 100}", number, 1e9 / 7, 1e9 / 7, 1e9 / 7) for number in range(500))
    many = replace(
        evidence,
        days=TrackDays(days[-1], days[0], "ga4", rows),
        geos=dict.fromkeys(names, geos),
        ads=dict.fromkeys(names, geos[0]),
    )
    return many, Found(tuple(_wide(number, names[:MOST_CHANGES]) for number in range(100)))


def _wide(number: int, names: list[str]) -> Proposal:
    changes = (Change(entity_id=one, setting=Setting.ALLOCATION, before=10**15, after=10**15 + 1) for one in names[:3])
    return Proposal(
        proposal_id=f"p{number}",
        type=OptimizationType.BUDGET_SHIFT,
        rule="budget",
        changes=tuple(changes),
        why="z" * 300,
        evidence={f"number_{key}": 1 / 7 for key in range(15)},
    )
