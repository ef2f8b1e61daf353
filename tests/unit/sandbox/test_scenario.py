"""A scenario file is read whole or refused with all of its faults."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from common.domain.errors import InvalidInput
from common.domain.verticals import Metric
from sandbox.scenario import load_scenario, parse_scenario
from tests.unit.sandbox.scenarios import channel_file, scenario_file


def faults_of(source: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        parse_scenario(source)
    return {fault.where: fault.what for fault in refused.value.faults}


def changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    file = scenario_file(channel_file(), channel_file(channel="meta", platform="meta"))
    change(file)
    return file


def test_reads_text_mapping_and_file_alike(tmp_path: Path) -> None:
    file = scenario_file()
    path = tmp_path / "june.json"
    path.write_text(json.dumps(file))
    assert parse_scenario(file) == parse_scenario(json.dumps(file)) == load_scenario(path)


def test_optional_keys_may_be_left_out() -> None:
    file = scenario_file()
    del file["events"]
    scenario = parse_scenario(file)
    assert scenario.events == ()
    assert scenario.tracks[0].channels[0].bid is None


def test_metric_of_bids_is_the_tracks_or_the_verticals() -> None:
    def metric(vertical: str, **track: Any) -> Metric:
        file = scenario_file(vertical=vertical)
        file["tracks"][0] |= track
        scenario = parse_scenario(file)
        return scenario.metric(scenario.tracks[0])

    assert metric("tourism") is Metric.ROAS
    assert metric("health") is Metric.CPA
    assert metric("health", kpi={"metric": "roas", "target": 3}) is Metric.ROAS


def test_every_fault_is_listed_at_once() -> None:
    """Faults of single fields and between parts of the file come in one answer, wherever else it is wrong."""

    def spoil(file: dict[str, Any]) -> None:
        file["colour"] = "blue"
        file["timezone"] = "Europe/Atlantis"
        file["currency"] = "XXX"
        file["master_cap"] = 1000
        first, second = file["tracks"][0]["channels"]
        first["plan_budget"] = -5
        first["weekday"] = [1] * 6
        first["curve"]["slope"] = 2
        del first["cpc"]
        second["channel"] = "search"
        second["plan_budget"] = 2000
        second["by_day"] = {"demand": [1] * 6, "level": [1] * 7}
        file["events"] = [
            {"kind": "level_shift", "channel": "tiktok", "at": "2026-06-02T00:00", "factor": 0.5},
            {"kind": "earthquake", "at": "2026-06-02T00:00"},
            {
                "kind": "cpc_spike",
                "channel": "search",
                "at": "2026-07-02T00:00",
                "until": "2026-07-01T00:00",
                "factor": 2,
            },
        ]

    assert set(faults_of(changed(spoil))) == {
        "colour",
        "timezone",
        "currency",
        "master_cap",
        "tracks.0.channels.0.plan_budget",
        "tracks.0.channels.0.weekday",
        "tracks.0.channels.0.curve.slope",
        "tracks.0.channels.0.cpc",
        "tracks.0.channels.1.channel",
        "tracks.0.channels.1.by_day.demand",
        "events.0.channel",
        "events.1",
        "events.2",
        "events.2.at",
    }


def test_a_flight_that_ends_before_it_starts() -> None:
    faults = faults_of(scenario_file(flight={"start": "2026-06-07", "end": "2026-06-01"}))
    assert "before it starts" in faults["flight"]


def test_what_is_no_json_object() -> None:
    assert len(faults_of("{")) == 1
    assert len(faults_of("[]")) == 1


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("name", "no/slash"),
        ("seed", "seven"),
        ("history_days", -1),
        ("history_days", 2.5),
        ("master_cap", -90_000),
        ("master_cap", "90000"),
        ("master_cap", 90_000.001),
        ("vertical", "farming"),
        ("guardrails", {"shift_max": 10}),
        ("tracks", []),
        ("flight", {"start": "2026-02-30", "end": "2026-03-01"}),
        ("timezone", "Australia/Lord_Howe"),
    ],
)
def test_faults_of_the_tenant(where: str, value: Any) -> None:
    """Half-hour clock changes, fractions of a cent and made-up guardrails among them."""
    file = scenario_file(**({"flight": {"start": "2026-10-01", "end": "2026-10-07"}} if where == "timezone" else {}))
    assert all(found.startswith(where) for found in faults_of({**file, where: value}))


@pytest.mark.parametrize(
    ("where", "changes"),
    [
        ("plan_budget", {"plan_budget": 0}),
        ("plan_budget", {"plan_budget": 100.005}),
        ("value_per_conversion", {"value_per_conversion": -1}),
        ("hour", {"hour": [1] * 23}),
        ("demand", {"demand": -1}),
        ("demand_weekday", {"demand_weekday": [1] * 8}),
        ("overdelivery", {"overdelivery": 0.5}),
        ("noise", {"noise": -0.1}),
        ("cpc", {"cpc": 0}),
        ("ctr", {"ctr": 3}),
        ("reporting_delay_hours", {"reporting_delay_hours": 1.5}),
        ("native_cap", {"native_cap": "no"}),
        ("lag_days.max", {"lag_days": {"mean": 2, "max": 0}}),
        ("seen_by.fax", {"seen_by": {"ga4": 1, "platform": 1, "crm": 1, "fax": 1}}),
        ("ads", {"ads": 0}),
        ("bid.target", {"bid": {"target": 0, "volume": 1, "efficiency": 1}}),
        ("curve.half", {"curve": {"kind": "hill", "top": 60, "half": 0, "shape": 1}}),
        ("curve", {"curve": {"kind": "spline"}}),
        ("curve", {"curve": {"kind": "table", "spend": [0, 1, 2], "conversions": [0, 1]}}),
        ("curve", {"curve": {"kind": "table", "spend": [0, 2, 1], "conversions": [0, 1, 2]}}),
        ("curve", {"curve": {"kind": "table", "spend": [0, 1, 2], "conversions": [0, 2, 1]}}),
        ("curve.adstock", {"curve": {"kind": "log", "scale": 1, "half": 1, "adstock": 1}}),
        ("by_day.level", {"by_day": {"demand": [1] * 7, "level": [1] * 8}}),
    ],
)
def test_faults_of_a_channel(where: str, changes: dict[str, Any]) -> None:
    assert set(faults_of(scenario_file(channel_file(**changes)))) == {f"tracks.0.channels.0.{where}"}


def period(start: int, end: int, budget: float) -> dict[str, Any]:
    return {"start": f"2026-06-{start:02}", "end": f"2026-06-{end:02}", "budget": budget}


def test_periods_that_cover_the_flight() -> None:
    periods = [period(1, 3, 300.5), period(4, 7, 399.5)]
    assert len(parse_scenario(scenario_file(channel_file(periods=periods))).tracks[0].channels[0].periods) == 2


@pytest.mark.parametrize(
    ("periods", "where"),
    [
        ([period(1, 4, 300), period(4, 7, 400)], "periods.1.start"),
        ([period(1, 3, 300), period(5, 7, 400)], "periods.1.start"),
        ([period(1, 3, 300), period(4, 8, 400)], "periods.1"),
        ([period(1, 3, 300), period(4, 6, 400)], "periods"),
        ([period(1, 3, 300), period(4, 7, 401)], "periods"),
        ([period(1, 3, -300), period(4, 7, 1000)], "periods.0.budget"),
    ],
    ids=["overlap", "gap", "outside the flight", "too short", "another sum", "negative"],
)
def test_faults_of_periods(periods: list[dict[str, Any]], where: str) -> None:
    assert set(faults_of(scenario_file(channel_file(periods=periods)))) == {f"tracks.0.channels.0.{where}"}


def test_names_that_appear_twice() -> None:
    file = scenario_file(channel_file(), channel_file())
    file["tracks"].append({"track_id": "t", "channels": [channel_file()]})
    assert set(faults_of(file)) == {"tracks.0.channels.1.channel", "tracks.1.track_id"}


def test_the_plan_may_reach_the_cap_but_not_pass_it() -> None:
    lines = [channel_file(plan_budget=0.1), channel_file(channel="meta", plan_budget=0.2)]
    assert parse_scenario(scenario_file(*lines, master_cap=0.3)).master_cap == 0.3
    assert set(faults_of(scenario_file(*lines, master_cap=0.29))) == {"master_cap"}


def test_interactions_name_two_channels_of_their_track() -> None:
    file = scenario_file()
    file["tracks"][0]["interaction"] = {"from": "search", "to": "radio", "strength": 0.5}
    assert set(faults_of(file)) == {"tracks.0.interaction.to"}
    file["tracks"][0]["interaction"] = {"from": "search", "to": "search", "strength": 0.5}
    assert set(faults_of(file)) == {"tracks.0.interaction.to"}


@pytest.mark.parametrize(
    ("where", "event"),
    [
        (".factor", {"kind": "level_shift", "channel": "search", "at": "2026-06-02T00:00"}),
        (".factor", {"kind": "cpc_spike", "channel": "search", "until": "2026-06-03T00:00", "factor": 0}),
        (".until", {"kind": "cpc_spike", "channel": "search", "factor": 2}),
        (".at", {"kind": "level_shift", "channel": "search", "at": "2026-06-02T00:30", "factor": 2}),
        (".at", {"kind": "level_shift", "channel": "search", "at": "2026-06-02T00:00+02:00", "factor": 2}),
        (".at", {"kind": "level_shift", "channel": "search", "at": "2026-05-31T23:00", "factor": 2}),
        (".until", {"kind": "ga4_connect", "until": "2026-06-03T00:00"}),
        (".source", {"kind": "tracking_outage", "source": "crm", "until": "2026-06-03T00:00"}),
        (".track_id", {"kind": "demand_shift", "channel": "search", "track_id": "bags", "factor": 2}),
        (".channel", {"kind": "demand_shift", "channel": "radio", "track_id": "t", "factor": 2}),
        (".daily_budget", {"kind": "external_edit", "channel": "search", "daily_budget": -1}),
        (".platform", {"kind": "platform_error", "platform": "x", "until": "2026-06-03T00:00", "mode": "partial"}),
        (".mode", {"kind": "platform_error", "platform": "google_ads", "until": "2026-06-03T00:00", "mode": "odd"}),
        (".channels.radio", {"kind": "plan_revision", "track_id": "t", "channels": {"radio": 10}}),
        (".channels", {"kind": "plan_revision", "track_id": "t", "channels": {}}),
        (".to", {"kind": "budget_shift", "track_id": "t", "channel": "search", "to": "radio", "amount": 10}),
        ("", {"kind": "budget_shift", "track_id": "t", "channel": "search", "to": "search", "amount": 10}),
        ("", {"kind": "level_shift", "channel": "search", "until": "2026-06-01T00:00", "factor": 2}),
    ],
)
def test_faults_of_events(where: str, event: dict[str, Any]) -> None:
    file = scenario_file(events=[{"at": "2026-06-02T00:00", **event}])
    assert set(faults_of(file)) == {f"events.0{where}"}


def test_the_message_tells_where_and_what() -> None:
    with pytest.raises(InvalidInput, match=r"scenario has 1 fault:\n  tracks\.0\.channels\.0\.colour: unknown key"):
        parse_scenario(scenario_file(channel_file(colour="blue")))
