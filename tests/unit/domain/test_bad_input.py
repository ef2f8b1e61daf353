"""Bad input is refused with all that is wrong with it at once, by field, in words that say what to do."""

from typing import Any

import pytest

from common.domain.errors import InvalidInput
from common.domain.manifest import Manifest
from common.domain.model import parse, parse_json
from common.domain.plan import MediaPlan
from common.domain.tenant import Tenant

TENANT: dict[str, Any] = {
    "tenant_id": "shop",
    "name": "Shop",
    "currency": "EUR",
    "time_zone": "Europe/Madrid",
    "vertical": "ecommerce",
    "tracks": ["shoes"],
}
PLAN: dict[str, Any] = {
    "tenant_id": "shop",
    "plan_id": "spring",
    "version": 1,
    "currency": "EUR",
    "flight": {"start": "2026-03-01", "end": "2026-03-30"},
    "master_cap": 3_000_000_000,
    "tracks": [
        {
            "track_id": "shoes",
            "channels": [
                {"channel": "search", "platform": "google_ads", "budget": 2_000_000_000},
                {"channel": "meta", "platform": "meta", "budget": 1_000_000_000},
            ],
        }
    ],
    "approved_by": "ana@example.com",
    "approved_at": "2026-02-20T10:00:00Z",
}


def faults(model: type[Any], data: dict[str, Any]) -> dict[str, str]:
    """What is said about each field."""
    with pytest.raises(InvalidInput) as refused:
        parse(model, data, "the file")
    return {fault.where: fault.what for fault in refused.value.faults}


def with_(data: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The data with some keys replaced."""
    return {**data, **changes}


def test_the_examples_without_faults_are_taken() -> None:
    assert parse(Tenant, TENANT, "the file").guardrails.shift_max_pct == 10
    assert parse(MediaPlan, PLAN, "the file").slice("shoes").budget == 3_000_000_000


def test_a_tenant_with_many_faults_gets_them_all_at_once() -> None:
    found = faults(
        Tenant,
        with_(
            TENANT,
            currency="XXQ",
            time_zone="Mars/Olympus",
            colour="red",
            guardrails={"shift_max_pct": -1, "shift_mx_pct": 3, "mode": {"pace": "yolo"}},
            approvers=[{"email": "not an address"}],
        ),
    )
    assert set(found) == {
        "currency",
        "time_zone",
        "colour",
        "guardrails.shift_max_pct",
        "guardrails.shift_mx_pct",
        "guardrails.mode.pace",
        "approvers.0.email",
    }
    assert "ISO 4217" in found["currency"]
    assert "unknown key" in found["guardrails.shift_mx_pct"]


@pytest.mark.parametrize("money", [-1, 1.5, "12", True, 2**70, None])
def test_money_is_a_whole_number_of_micros_and_never_negative(money: object) -> None:
    assert "master_cap" in faults(MediaPlan, with_(PLAN, master_cap=money))


def test_a_plan_over_its_cap_says_by_how_much() -> None:
    text = " ".join(faults(MediaPlan, with_(PLAN, master_cap=1_000)).values())
    assert "add up to 3000000000 micros, over the master cap of 1000" in text


def test_a_flight_that_ends_before_it_starts_is_named_beside_other_faults() -> None:
    found = faults(MediaPlan, with_(PLAN, flight={"start": "2026-04-01", "end": "2026-03-01"}, currency="EURO"))
    assert set(found) == {"flight", "currency"}


@pytest.mark.parametrize(
    ("periods", "said"),
    [
        ([{"start": "2026-03-02", "end": "2026-03-30", "budget": 2_000_000_000}], "should start on 2026-03-01"),
        ([{"start": "2026-03-01", "end": "2026-03-29", "budget": 2_000_000_000}], "the last period ends on 2026-03-29"),
        ([{"start": "2026-03-01", "end": "2026-03-30", "budget": 1}], "add up to 1 micros"),
        (
            [
                {"start": "2026-03-01", "end": "2026-03-20", "budget": 1_000_000_000},
                {"start": "2026-03-10", "end": "2026-03-30", "budget": 1_000_000_000},
            ],
            "should start on 2026-03-21",
        ),
    ],
)
def test_periods_cover_the_flight_and_add_up(periods: list[dict[str, Any]], said: str) -> None:
    line = {"channel": "search", "platform": "google_ads", "budget": 2_000_000_000, "periods": periods}
    text = " ".join(faults(MediaPlan, with_(PLAN, tracks=[{"track_id": "shoes", "channels": [line]}])).values())
    assert said in text


def test_names_that_appear_twice_are_told() -> None:
    line = PLAN["tracks"][0]["channels"][0]
    tracks = [{"track_id": "shoes", "channels": [line, line]}, {"track_id": "shoes", "channels": [line]}]
    text = " ".join(faults(MediaPlan, with_(PLAN, tracks=tracks, master_cap=9_000_000_000)).values())
    assert "track shoes appears more than once" in text
    assert "channel search appears more than once" in text


def test_a_manifest_whose_entities_are_filed_wrong_is_refused() -> None:
    entity = {"entity_id": "a", "platform": "meta", "channel": "meta", "external_id": "1", "parent": "ghost"}
    data = {"tenant_id": "shop", "track_id": "shoes", "plan_id": "spring", "plan_version": 1, "entities": {"b": entity}}
    assert "filed under a key" in " ".join(faults(Manifest, data).values())


def test_text_that_is_not_json_is_one_fault() -> None:
    with pytest.raises(InvalidInput, match="JSON"):
        parse_json(Tenant, b"{nope", "the file")


@pytest.mark.parametrize(
    ("change", "where"),
    [({"budget": -1}, "tracks.0.channels.0.budget"), ({"colour": "red"}, "tracks.0.channels.0.colour")],
)
def test_a_fault_inside_a_list_is_one_fault_also_where_it_is_the_lists_only_item(
    change: dict[str, Any], where: str
) -> None:
    """The list is not too short because one of its items is faulty; one that is empty is."""
    line = {**PLAN["tracks"][0]["channels"][0], **change}
    plan = {**PLAN, "tracks": [{**PLAN["tracks"][0], "channels": [line]}]}
    with pytest.raises(InvalidInput) as caught:
        parse(MediaPlan, plan, "plan")
    assert [fault.where for fault in caught.value.faults] == [where]
    with pytest.raises(InvalidInput, match="tracks: Tuple should have at least 1 item"):
        parse(MediaPlan, {**PLAN, "tracks": []}, "plan")


@pytest.mark.parametrize("tracks", [{"tracks": []}, {}], ids=["empty", "missing"])
def test_a_tenant_without_tracks_is_refused(tracks: dict[str, Any]) -> None:
    """Nothing would ever be done for it, and nobody would notice."""
    rest = {key: value for key, value in TENANT.items() if key != "tracks"}
    with pytest.raises(InvalidInput, match="tracks: "):
        parse(Tenant, {**rest, **tracks}, "tenant")
