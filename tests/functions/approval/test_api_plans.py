"""Plans, drafts and drift by the API: the same as their pages, and every answer is as its document says."""

from typing import Any

import pytest

from common.domain import paths
from common.domain.plan_draft import DraftState, PlanDraft
from common.domain.tenant import Approver, Role
from common.use_cases.onboard import onboard
from tests.functions.approval.drifting import DORA, TWO_PLANNERS, drifted, now, planned, with_limit
from tests.functions.approval.office import ANA, CY, VI, Office
from tests.functions.approval.program import Program
from tests.world import LOOSE, PLAN, SOUTH, World, euros, manifest, plan, tenant


@pytest.fixture
def office() -> Office:
    return Office()


def program(office: Office, email: str = CY) -> Program:
    """A program that acts for this person."""
    return Program(office.app, office.sign_in.cookie_for(email))


def path_of(draft: PlanDraft) -> str:
    return f"/tenants/{draft.tenant_id}/drafts/{draft.draft_id}"


def answer(draft: PlanDraft, said: str = "approve", **more: object) -> dict[str, object]:
    return {"answer": said, "seen": draft.payload_digest, **more}


def test_what_waits_is_listed_by_when_it_expires(office: Office) -> None:
    draft = drifted(office)
    for path in ("/drafts", "/drafts?tenant=acme", "/tenants/acme/drafts"):
        (item,) = program(office).get(path).json["items"]
        assert (item["draft_id"], item["version"], item["money"]) == (draft.draft_id, 2, euros(1500))
        assert (item["seen"], item["why_not"], item["state"]) == (draft.payload_digest, None, "pending")
    assert program(office, ANA).get("/drafts").json["items"][0]["why_not"]["code"] == "not_yours"
    office.world.clock.forward(days=8)
    assert program(office).get("/drafts").json["items"] == []
    assert len(program(office).get("/tenants/acme/drafts").json["items"]) == 1


def test_a_draft_says_all_that_deciding_it_needs(office: Office) -> None:
    draft = drifted(office)
    found = program(office).get(path_of(draft)).json
    assert found["seen"] == draft.payload_digest
    assert found["before"]["version"] == 1
    assert found["draft"]["plan"]["version"] == 2
    (live,) = found["live"]
    assert {one["channel"]: one["delta"] for one in live["channels"]} == {
        "google_search": -euros(1500),
        "meta": euros(1500),
    }
    assert live["channels"][0]["causes"][0]["share"] == 1.0
    assert (found["why_not"], found["why_not_answer"], found["must_confirm"]) == (None, None, False)
    assert found["words"]["summary"].startswith("Plan v2: live budgets of north")


def test_a_yes_makes_it_the_plan(office: Office) -> None:
    draft = drifted(office)
    done = program(office).post(f"{path_of(draft)}/decision", answer(draft))
    assert (done.status_code, done.json["draft"]["state"], done.json["ways_back"]) == (200, "approved", [])
    versions = program(office).get("/tenants/acme/plans").json["items"]
    assert [(one["version"], one["approved_by"]) for one in versions] == [(2, CY), (1, CY)]
    assert program(office).get("/tenants/acme/tracks/north/drift").json["score"] == 0


def test_a_no_needs_a_reason_and_gives_the_way_back(office: Office) -> None:
    draft, ask = drifted(office), program(office)
    refused = ask.post(f"{path_of(draft)}/decision", answer(draft, "reject"))
    assert (refused.status_code, refused.json["code"]) == (422, "no_reason")
    done = ask.post(f"{path_of(draft)}/decision", answer(draft, "reject", reason="Not before the sale.")).json
    (back,) = done["ways_back"]
    assert (back["state"], back["proposals"][0]["rule"]) == ("pending", "return_to_plan")
    assert ask.get(path_of(draft)).json["ways_back"] == [back["change_set_id"]]
    shown = ask.get(f"/tenants/acme/approvals/{back['change_set_id']}").json
    sent = {"answer": "approve", "seen": shown["seen"], "confirmed": True}
    assert ask.post(f"/tenants/acme/approvals/{back['change_set_id']}/decision", sent).status_code == 200
    assert planned(office) == {"google_search": 6000, "meta": 4000}


def test_an_edit_is_a_new_draft(office: Office) -> None:
    draft, ask = drifted(office), program(office)
    body = draft.plan.body()
    body["tracks"][0]["channels"][1]["budget"] = euros(5400)
    made = ask.post(f"{path_of(draft)}/edit", {"seen": draft.payload_digest, "plan": body}).json
    assert (made["draft"]["by"], made["draft"]["edits"]) == (CY, draft.draft_id)
    assert ask.get(path_of(draft)).json["draft"]["superseded_by"] == made["draft"]["draft_id"]
    sent = {"answer": "approve", "seen": made["seen"]}
    assert ask.post(f"/tenants/acme/drafts/{made['draft']['draft_id']}/decision", sent).status_code == 200
    assert planned(office) == {"google_search": 4500, "meta": 5400}


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("master_cap",), 10),
        (("version",), 3),
        (("plan_id",), "summer"),
        (("tenant_id",), "zen"),
        (("currency",), "USD"),
        (("tracks", 0, "channels", 1, "budget"), euros(7500)),
        (("tracks", 0, "channels", 1, "budget"), euros(20)),
        (("tracks", 0, "channels", 0, "budget"), -1),
        (("tracks", 0, "track_id"), "west"),
        (("tracks",), []),
        (("colour",), "red"),
    ],
)
def test_an_edit_into_something_invalid_is_refused_and_nothing_is_written(
    office: Office, where: tuple[str | int, ...], value: object
) -> None:
    draft, ask = drifted(office), program(office)
    body = draft.plan.body()
    place: Any = body
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = value
    before = office.world.documents.commits
    refused = ask.post(f"{path_of(draft)}/edit", {"seen": draft.payload_digest, "plan": body})
    assert (refused.status_code, bool(refused.json["faults"])) == (422, True)
    assert office.world.documents.commits == before


def test_who_may_not_is_told_why(office: Office) -> None:
    draft = drifted(office)
    for email in (ANA, VI):
        ask = program(office, email)
        assert ask.get(path_of(draft)).json["why_not"]["code"] == "not_yours"
        for path, body in (
            ("decision", answer(draft)),
            ("decision", answer(draft, "reject", reason="No.")),
            ("edit", {"seen": draft.payload_digest, "plan": draft.plan.body()}),
        ):
            refused = ask.post(f"{path_of(draft)}/{path}", body)
            assert (refused.status_code, refused.json["code"]) == (403, "not_yours")
            assert f"its planners do: {CY}" in refused.json["detail"]
    assert now(office, draft).state is DraftState.PENDING


def test_over_their_limit_a_planner_can_only_say_no() -> None:
    office = with_limit(100)
    draft = drifted(office)
    refused = program(office).post(f"{path_of(draft)}/decision", answer(draft))
    assert (refused.status_code, refused.json["code"]) == (403, "over_limit")
    assert program(office).post(f"{path_of(draft)}/decision", answer(draft, "reject", reason="No.")).status_code == 200


def test_what_is_large_must_be_meant_and_needs_two_planners() -> None:
    office = Office(World.taken_on(guardrails=LOOSE.but(two_approvers_pct=10), approvers=TWO_PLANNERS))
    draft = drifted(office)
    path = f"{path_of(draft)}/decision"
    refused = program(office).post(path, answer(draft))
    assert (refused.status_code, refused.json["code"]) == (422, "not_confirmed")
    first = program(office).post(path, answer(draft, confirmed=True)).json
    assert (first["draft"]["state"], len(first["draft"]["decisions"])) == ("pending", 1)
    again = program(office).post(path, answer(draft, confirmed=True))
    assert (again.status_code, again.json["code"]) == (403, "same_person")
    second = program(office, DORA).post(path, answer(draft, confirmed=True)).json
    assert second["draft"]["state"] == "approved"


def test_a_decision_on_something_else_than_was_seen_is_refused(office: Office) -> None:
    draft, ask = drifted(office), program(office)
    for path, body in (
        ("decision", {**answer(draft), "seen": "0" * 64}),
        ("edit", {"seen": "0" * 64, "plan": draft.plan.body()}),
    ):
        refused = ask.post(f"{path_of(draft)}/{path}", body)
        assert (refused.status_code, refused.json["code"]) == (409, "not_seen")


def test_a_decision_sent_twice_counts_once(office: Office) -> None:
    draft, ask = drifted(office), program(office)
    statuses = [ask.post(f"{path_of(draft)}/decision", answer(draft)).status_code for _ in range(3)]
    assert statuses == [200, 409, 409]
    assert office.world.documents.body(paths.plan("acme", PLAN, 3)) is None


def test_the_way_back_is_asked_for(office: Office) -> None:
    ask = program(office, ANA)
    sent = {"plan_version": 1}
    assert ask.post("/tenants/acme/tracks/north/way-back", sent).json == {"change_set": None}, "it is on plan"
    drifted(office)
    asked = ask.post("/tenants/acme/tracks/north/way-back", sent).json["change_set"]
    assert asked["state"] == "pending"
    stale = ask.post("/tenants/acme/tracks/north/way-back", {"plan_version": 2})
    assert (stale.status_code, stale.json["code"]) == (409, "stale")
    refused = program(office, VI).post("/tenants/acme/tracks/north/way-back", sent)
    assert (refused.status_code, refused.json["code"]) == (403, "not_yours")
    assert ask.get("/tenants/acme/tracks/west/drift").status_code == 404


def test_the_next_version_is_drafted_from_what_is_live(office: Office) -> None:
    ask, sent = program(office), {"plan_version": 1}
    on_plan = ask.post("/tenants/acme/tracks/north/draft", sent)
    assert (on_plan.status_code, "nothing to draft" in on_plan.json["detail"]) == (409, True)
    first = drifted(office)
    assert ask.post("/tenants/acme/tracks/north/draft", sent).json["draft"]["draft_id"] == first.draft_id, "it waits"
    office.world.clock.forward(days=8)
    made = ask.post("/tenants/acme/tracks/north/draft", sent).json
    assert made["draft"]["draft_id"] != first.draft_id
    assert (made["draft"]["state"], made["draft"]["by"], made["draft"]["plan"]["version"]) == ("pending", CY, 2)
    assert made["seen"] == ask.get(f"/tenants/acme/drafts/{made['draft']['draft_id']}").json["seen"]
    stale = ask.post("/tenants/acme/tracks/north/draft", {"plan_version": 2})
    assert (stale.status_code, stale.json["code"]) == (409, "stale")
    refused = program(office, ANA).post("/tenants/acme/tracks/north/draft", sent)
    assert (refused.status_code, refused.json["code"]) == (403, "not_yours")
    assert ask.post("/tenants/acme/tracks/west/draft", sent).status_code == 404


def test_other_tenants_look_like_what_does_not_exist(office: Office) -> None:
    zen = tenant("zen", approvers=(Approver(email="zoe@example.com", roles=(Role.PLANNER,)),))
    onboard(office.ports, zen, plan("zen"), [manifest("zen"), manifest("zen", SOUTH)])
    draft, zoe = drifted(office), program(office, "zoe@example.com")
    assert zoe.get("/drafts").json["items"] == []
    unknown = zoe.get("/tenants/nobody").json
    crossed = path_of(draft).replace("acme", "zen")
    for path in (path_of(draft), crossed, "/tenants/acme/drafts", "/tenants/acme/plans", "/drafts?tenant=acme"):
        assert zoe.get(path).json == unknown
    for path in (path_of(draft), crossed):
        assert zoe.post(f"{path}/decision", answer(draft)).json == unknown
        assert zoe.post(f"{path}/edit", {"seen": "x", "plan": draft.plan.body()}).json == unknown
    assert zoe.get("/tenants/acme/tracks/north/drift").json == unknown
    for wish in ("way-back", "draft"):
        assert zoe.post(f"/tenants/acme/tracks/north/{wish}", {"plan_version": 1}).json == unknown
