"""The API: the same as the pages, for programs; every answer is as its document says."""

import json
from dataclasses import replace
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from common.domain.approval import Approval, ApprovalState
from common.domain.change import Setting
from common.domain.change_set import ChangeSetState
from common.domain.errors import Unavailable
from common.domain.tenant import Approver
from common.use_cases.configure import switch_tenant
from common.use_cases.onboard import onboard
from functions.approval.api_document import OPERATIONS
from functions.approval.app import create_app
from functions.approval.office import Rates
from tests.functions.approval.office import ANA, BO, CY, HOST, KEY, VI, Office
from tests.functions.approval.program import BASE, Program, described
from tests.world import SOUTH, asks, auto, euros, manifest, plan, tenant


@pytest.fixture
def office() -> Office:
    return Office()


def program(office: Office, email: str | None = ANA) -> Program:
    """A program that acts for this person; for nobody."""
    return Program(office.app, None if email is None else office.sign_in.cookie_for(email))


def path_of(approval: Approval) -> str:
    return f"/tenants/{approval.tenant_id}/approvals/{approval.approval_id}"


def two_parts(office: Office) -> Approval:
    world = office.world
    return office.asked(
        asks(world.wanted("social", Setting.DAILY_BUDGET, euros(45))),
        asks(world.wanted("retarget", Setting.DAILY_BUDGET, euros(26))),
    )


def large(office: Office) -> Approval:
    """Something that two people must agree to."""
    return office.asked(asks(office.world.wanted("search", Setting.DAILY_BUDGET, euros(290))))


def test_the_document_is_one() -> None:
    OpenAPIV31SpecValidator(json.loads(json.dumps(described()))).validate()


def test_the_document_names_every_address_of_the_api(office: Office) -> None:
    rules = {
        (method.lower(), rule.rule.removeprefix(BASE).replace("<", "{").replace(">", "}"))
        for rule in office.app.url_map.iter_rules()
        if rule.rule.startswith(BASE)
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    assert rules - {("get", "/openapi.json")} == {(one.method, one.path) for one in OPERATIONS}


def test_the_document_is_served_to_whoever_is_signed_in(office: Office) -> None:
    client = office.app.test_client()
    assert client.get(f"{BASE}/openapi.json", base_url=HOST).status_code == 401
    browser = office.browser()
    assert browser.get(f"{BASE}/openapi.json").json == json.loads(json.dumps(described()))


def test_what_waits_is_listed_as_on_the_page(office: Office) -> None:
    approval = office.asked()
    listed = program(office, VI).get("/approvals").json
    assert (listed["total"], listed["mine"], listed["page"], listed["pages"]) == (1, 0, 1, 1)
    (item,) = listed["items"]
    assert (item["approval_id"], item["money"], item["currency"]) == (approval.approval_id, euros(1920), "EUR")
    assert item["why_not"]["code"] == "not_yours"
    assert program(office).get("/approvals").json["items"][0]["why_not"] is None


def test_the_list_comes_in_pages_and_for_one_tenant(office: Office) -> None:
    office.asked()
    ask = program(office)
    assert ask.get("/approvals?page=2").json["items"] == []
    assert len(ask.get("/approvals?tenant=acme").json["items"]) == 1
    assert ask.get("/approvals?tenant=zen").status_code == 404


def test_a_request_says_all_that_deciding_it_needs(office: Office) -> None:
    approval = large(office)
    found = program(office).get(path_of(approval)).json
    assert found["seen"] == approval.payload_digest
    assert found["must_confirm"] is True
    assert found["words"]["summary"] == approval.summary
    assert found["words"]["stopped_by"]
    assert found["log"][0]["kind"] == "pending"
    (change,) = found["change_set"]["proposals"][0]["changes"]
    assert (change["before"], change["after"]) == (euros(100), euros(290))


def test_an_approval_is_applied_and_says_so(office: Office) -> None:
    approval = office.asked()
    done = program(office).post(f"{path_of(approval)}/decision", {"answer": "approve", "seen": approval.payload_digest})
    assert done.status_code == 200
    assert (done.json["approval"]["state"], done.json["change_set"]["state"]) == ("approved", "applied")
    assert office.world.live("search", Setting.DAILY_BUDGET) == euros(140)
    assert office.world.log()[-1].by == ANA


def test_a_part_of_a_request_is_approved(office: Office) -> None:
    approval = two_parts(office)
    answer = {"answer": "approve", "seen": approval.payload_digest, "proposals": ["spend_increase-social"]}
    done = program(office).post(f"{path_of(approval)}/decision", answer)
    assert (done.status_code, done.json["approval"]["state"]) == (200, "approved")
    part = done.json["change_set"]
    assert (part["parent"], part["state"]) == (approval.approval_id, "applied")
    assert program(office).get(path_of(approval)).json["part"] == part
    assert office.world.live("social", Setting.DAILY_BUDGET) == euros(45)
    assert office.world.live("retarget", Setting.DAILY_BUDGET) == euros(25)


def test_naming_every_part_is_approving_the_whole(office: Office) -> None:
    approval = two_parts(office)
    parts = ["spend_increase-social", "spend_increase-retarget"]
    answer = {"answer": "approve", "seen": approval.payload_digest, "proposals": parts}
    done = program(office).post(f"{path_of(approval)}/decision", answer).json
    assert done["change_set"]["change_set_id"] == approval.approval_id
    assert done["change_set"]["state"] == "applied"


def test_a_rejection_needs_a_reason(office: Office) -> None:
    approval, ask = office.asked(), program(office)
    answer = {"answer": "reject", "seen": approval.payload_digest}
    refused = ask.post(f"{path_of(approval)}/decision", answer)
    assert (refused.status_code, refused.json["code"]) == (422, "no_reason")
    done = ask.post(f"{path_of(approval)}/decision", {**answer, "reason": "Not before the sale."})
    assert done.json["approval"]["decisions"][0]["reason"] == "Not before the sale."
    assert done.json["change_set"]["state"] == "rejected"


def test_what_is_large_must_be_meant_and_needs_two_people(office: Office) -> None:
    approval = large(office)
    answer = {"answer": "approve", "seen": approval.payload_digest}
    refused = program(office).post(f"{path_of(approval)}/decision", answer)
    assert (refused.status_code, refused.json["code"]) == (422, "not_confirmed")
    first = program(office).post(f"{path_of(approval)}/decision", {**answer, "confirmed": True})
    assert (first.json["approval"]["state"], len(first.json["approval"]["decisions"])) == ("pending", 1)
    again = program(office).post(f"{path_of(approval)}/decision", {**answer, "confirmed": True})
    assert (again.status_code, again.json["code"]) == (403, "same_person")
    second = program(office, CY).post(f"{path_of(approval)}/decision", {**answer, "confirmed": True})
    assert second.json["change_set"]["state"] == "applied"


@pytest.mark.parametrize(("email", "code"), [(VI, "not_yours"), (BO, "over_limit")])
def test_who_may_not_is_told_why(office: Office, email: str, code: str) -> None:
    approval = office.asked()
    answer = {"answer": "approve", "seen": approval.payload_digest, "confirmed": True}
    refused = program(office, email).post(f"{path_of(approval)}/decision", answer)
    assert (refused.status_code, refused.json["code"]) == (403, code)
    assert office.world.approval(approval.approval_id).state is ApprovalState.PENDING


def test_a_decision_on_something_else_than_was_seen_is_refused(office: Office) -> None:
    approval = office.asked()
    answer = {"answer": "approve", "seen": "0" * 64}
    refused = program(office).post(f"{path_of(approval)}/decision", answer)
    assert (refused.status_code, refused.json["code"]) == (409, "not_seen")


def test_a_decision_sent_twice_counts_once(office: Office) -> None:
    approval, ask = office.asked(), program(office)
    answer = {"answer": "approve", "seen": approval.payload_digest}
    statuses = [ask.post(f"{path_of(approval)}/decision", answer).status_code for _ in range(3)]
    assert statuses == [200, 409, 409]
    assert len(office.world.platforms["google"].calls) == 1


def test_several_are_decided_and_one_that_fails_does_not_stop_the_others(office: Office) -> None:
    world = office.world
    one = office.asked(asks(world.wanted("search", Setting.DAILY_BUDGET, euros(130))))
    world.clock.forward(minutes=1)
    two = office.asked(asks(world.wanted("social", Setting.DAILY_BUDGET, euros(50))))
    sent: list[dict[str, Any]] = [
        {"tenant_id": "acme", "approval_id": one.approval_id, "answer": "approve", "seen": "0" * 64},
        {"tenant_id": "zen", "approval_id": one.approval_id, "answer": "approve", "seen": one.payload_digest},
        {"tenant_id": "acme", "approval_id": two.approval_id, "answer": "approve", "seen": two.payload_digest},
    ]
    results = program(office).post("/decisions", {"decisions": sent}).json["results"]
    assert [one["why_not"] and one["why_not"]["code"] for one in results] == ["not_seen", "not_found", None]
    assert results[2]["decided"]["change_set"]["state"] == "applied"


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {"answer", "seen"}),
        ({"answer": "maybe", "seen": 7, "colour": "red"}, {"answer", "seen", "colour"}),
        ({"answer": "approve", "seen": "x", "proposals": ["../x"]}, {"proposals.0"}),
        ({"answer": "reject", "seen": "x", "reason": "x" * 1001}, {"reason"}),
        ([], {""}),
    ],
)
def test_a_body_with_faults_is_refused_with_all_of_them(office: Office, body: object, faults: set[str]) -> None:
    refused = program(office).post(f"{path_of(office.asked())}/decision", body)
    assert (refused.status_code, refused.json["code"]) == (422, "bad_request")
    assert {one["where"] for one in refused.json["faults"]} == faults


@pytest.mark.parametrize("query", ["page=0", "page=x", "colour=red", "tenant=../x"])
def test_a_query_with_faults_is_refused(office: Office, query: str) -> None:
    assert program(office).get(f"/approvals?{query}").status_code == 422


@pytest.mark.parametrize("mimetype", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_another_sites_form_can_send_is_refused(office: Office, mimetype: str) -> None:
    approval = office.asked()
    body = json.dumps({"answer": "approve", "seen": approval.payload_digest}).encode()
    refused = program(office).raw(f"{path_of(approval)}/decision", body, mimetype)
    assert (refused.status_code, refused.mimetype) == (415, "application/problem+json")
    assert program(office).raw(f"{path_of(approval)}/decision", body, "application/json").status_code == 200


def test_what_is_not_json_or_too_long_is_refused(office: Office) -> None:
    path = f"{path_of(office.asked())}/decision"
    assert program(office).raw(path, b"{", "application/json").status_code == 422
    assert program(office).raw(path, b"\xff", "application/json").status_code == 422
    assert program(office).raw(path, b" " * 100_000, "application/json").status_code == 413


def test_another_sites_script_is_refused(office: Office) -> None:
    approval = office.asked()
    answer = {"answer": "approve", "seen": approval.payload_digest}
    sent = program(office).post(f"{path_of(approval)}/decision", answer, Origin="https://evil.example")
    assert (sent.status_code, sent.json["code"]) == (403, "forbidden")


def test_nobody_is_told_to_sign_in_and_not_led_elsewhere(office: Office) -> None:
    refused = program(office, None).get("/approvals")
    assert (refused.status_code, refused.json["code"]) == (401, "missing")


def test_other_tenants_look_like_what_does_not_exist(office: Office) -> None:
    zen = tenant("zen", approvers=(Approver(email="zoe@example.com"),))
    onboard(office.ports, zen, plan("zen"), [manifest("zen"), manifest("zen", SOUTH)])
    approval, zoe = office.asked(), program(office, "zoe@example.com")
    assert [one["tenant_id"] for one in zoe.get("/tenants").json["items"]] == ["zen"]
    assert zoe.get("/approvals").json["total"] == 0
    unknown = zoe.get("/tenants/nobody").json
    crossed = f"/tenants/zen/approvals/{approval.approval_id}"
    for path in ("/tenants/acme", "/tenants/acme/log", path_of(approval), crossed):
        assert zoe.get(path).json == unknown
    answer = {"answer": "approve", "seen": approval.payload_digest}
    assert zoe.post(f"{path_of(approval)}/decision", answer).json == unknown


def test_a_tenants_state_has_its_tracks_and_switches(office: Office) -> None:
    switch_tenant(office.ports, "acme", on=True, by=CY, reason="checking the feed")
    state = program(office, VI).get("/tenants/acme").json
    assert state["kill_switches"] == [{"of": "this tenant", "by": CY, "reason": "checking the feed"}]
    assert state["tenant"]["roles"] == ["viewer"]
    north = state["tracks"][0]
    assert {one["entity"]["entity_id"]: one["spent"] for one in north["entities"]} == dict.fromkeys(
        ("search", "social", "retarget"), euros(90)
    )


def test_the_log_is_that_of_one_track_or_of_all(office: Office) -> None:
    office.world.apply(auto(office.world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    ask = program(office)
    assert [one["kind"] for one in ask.get("/tenants/acme/log").json["items"]] == ["applied", "genesis", "genesis"]
    assert {one["track_id"] for one in ask.get("/tenants/acme/log?track=south").json["items"]} == {"south"}
    assert len(ask.get("/tenants/acme/log?count=1").json["items"]) == 1


def test_a_change_is_previewed_and_undone(office: Office) -> None:
    applied = office.world.apply(auto(office.world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    office.world.clock.forward(hours=1)
    ask, path = program(office), f"/tenants/acme/changes/{applied.change_set_id}"
    assert ask.get(path).json["change_set"]["state"] == "applied"
    shown = ask.get(f"{path}/undo").json
    assert shown["obstacles"] == []
    assert shown["proposals"][0]["changes"][0]["after"] == euros(100)
    assert ask.post(f"{path}/undo", {"seen": "0" * 64}).json["code"] == "not_seen"
    done = ask.post(f"{path}/undo", {"seen": shown["seen"]}).json
    assert ChangeSetState(done["change_set"]["state"]) in (ChangeSetState.APPLIED, ChangeSetState.PENDING)
    assert ask.get("/tenants/acme/changes/ghost").status_code == 404


def test_too_much_at_once_is_slowed_down() -> None:
    office = Office(rates=Rates(pages=2, answers=2, strangers=2))
    ask = program(office)
    assert [ask.get("/tenants").status_code for _ in range(3)] == [200, 200, 429]


def test_a_store_that_does_not_answer_is_said_without_a_trace(office: Office) -> None:
    def fail() -> None:
        raise Unavailable("the store at secret-place did not answer")

    office.world.documents.after_read = fail
    said = program(office).get("/tenants/acme")
    assert said.status_code == 503
    assert "secret-place" not in said.text


def test_a_fault_of_ours_has_a_reference(office: Office) -> None:
    def fail() -> None:
        raise ZeroDivisionError("inner workings")

    office.world.documents.after_read = fail
    app = create_app(replace(office.world.ports()), office.sign_in, (KEY,))
    said = Program(app, office.sign_in.cookie_for(ANA)).get("/tenants/acme")
    assert (said.status_code, len(said.json["reference"])) == (500, 12)
    assert "inner workings" not in said.text
