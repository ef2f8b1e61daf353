"""How long the statistics of one deep review take, in time of the processor."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from time import process_time
from typing import Any

from bench.allocation_play import PACING, Record
from bench.flights import TrackInPlay
from common.decisions.review.evidence import WINDOW, Evidence
from common.decisions.review.statistical import review
from common.domain.figures import PartFigures
from common.domain.manifest import Manifest
from common.use_cases.calls import refs_of
from sandbox.market import Market
from sandbox.platform import SandboxPlatform
from sandbox.scenario import Scenario, parse_scenario
from sandbox.tenancy import manifests_of, plan_of, tenant_of

CHANNELS, DAYS, ROUNDS = 6, 90, 15
_FLIGHT_DAYS = 90
_MARKET = Path(__file__).parent / "markets" / "market-1.json"


def milliseconds() -> float:
    """Of the fastest of some rounds, on a track of six channels whose last 90 days are recorded, ads and geos known."""
    evidence = reviewed()
    if not review(evidence).proposals:
        raise ValueError(f"a review of six channels of {_MARKET.name} moves nothing: its time says little")
    return 1000 * min(_seconds(evidence) for _ in range(ROUNDS))


def _seconds(evidence: Evidence) -> float:
    unseen = replace(evidence, facts=replace(evidence.facts))  # both keep what was worked out from them
    start = process_time()
    review(unseen)
    return process_time() - start


def reviewed() -> Evidence:
    """What is known of the track after its flight was paced up to the last of these days."""
    scenario = _scenario()
    market, (manifest,) = Market(scenario), manifests_of(scenario)
    track = TrackInPlay(market, tenant_of(scenario), plan_of(scenario), manifest)
    end = market.now + timedelta(days=DAYS - scenario.history_days)
    while market.now < end:
        track.tick(PACING)
        market.advance_hour()
    evidence = Record(market, manifest.track_id).evidence(track.facts())
    return _with_parts(evidence, manifest, market)


def _with_parts(evidence: Evidence, manifest: Manifest, market: Market) -> Evidence:
    """With the ads, which were left out of what was played; and with what platforms report of them and of the geos."""
    facts, yesterday = evidence.facts, evidence.facts.today - timedelta(days=1)
    since = yesterday - WINDOW + timedelta(days=1)
    known = manifest.but(entities={**manifest.entities, **facts.manifest.entities})
    shown = {one.external_id: one.entity_id for one in known.entities.values()}
    geos: dict[str, tuple[PartFigures, ...]] = {}
    ads: dict[str, PartFigures] = {}
    for entity in facts.manifest.entities.values():
        platform = SandboxPlatform(market, entity.platform)
        geos |= platform.geos(refs_of([entity]), since, yesterday, timeout=1)
        of_campaign = platform.ads(refs_of([entity]), since, yesterday, timeout=1)
        ads |= {shown[part.part]: part for part in of_campaign[entity.entity_id]}
    return replace(evidence, facts=replace(facts, manifest=known), geos=geos, ads=ads)


def _scenario() -> Scenario:
    """Six channels of a shipped market in one track: its flight made 90 days long, its events left out."""
    market: dict[str, Any] = json.loads(_MARKET.read_text())
    first, second = market["tracks"]
    more = [channel | {"channel": f"{channel['channel']}_2"} for channel in second["channels"]]
    start, end = (date.fromisoformat(market["flight"][name]) for name in ("start", "end"))
    longer = _FLIGHT_DAYS / ((end - start).days + 1)
    channels = [
        channel | {"plan_budget": channel["plan_budget"] * longer} for channel in (*first["channels"], *more)[:CHANNELS]
    ]
    return parse_scenario(
        market
        | {
            "flight": {"start": str(start), "end": str(start + timedelta(days=_FLIGHT_DAYS - 1))},
            "master_cap": market["master_cap"] * longer,
            "tracks": [first | {"channels": channels}],
            "events": [],
        }
    )
