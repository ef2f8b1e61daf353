"""What is attacked: offices in which something can be decided or undone, and how each request is made rightly."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from common.domain.approval import Approval
from common.domain.change import OptimizationType, Setting
from common.domain.plan_draft import PlanDraft
from common.domain.tenant import Approver, Role
from common.use_cases.drift import check_drift
from common.use_cases.onboard import onboard
from common.use_cases.plan_drafts import draft_of
from common.use_cases.revert import preview
from common.web.draft_form import budgets, written
from common.web.draft_view import draft_summary
from functions.approval.app import create_app
from functions.approval.forms import Forms
from functions.approval.office import Rates
from tests.attacks.senders import KEY, Headers, Way
from tests.fakes.documents import MemoryDocuments
from tests.world import NORTH, SOUTH, World, asks, auto, euros, manifest, plan, tenant

HOST = "http://127.0.0.1:8080"
API = "/api/v1"
JSON = "application/json"
UNLIMITED = Rates(pages=10**9, answers=10**9, strangers=10**9)
ANA, BO, CY, VI = (f"{name}@example.com" for name in ("ana", "bo", "cy", "vi"))
EVE, ZOE, PAT, DORA = (f"{name}@example.com" for name in ("eve", "zoe", "pat", "dora"))


@dataclass(frozen=True)
class Site:
    """A world with a request and a draft that wait and a change that can be undone, for `acme`; and `zen`, a stranger.

    North's request and change; the draft says that south moved from its plan.
    """

    world: World
    approval: Approval
    applied: str
    parts: tuple[str, ...]
    """Names of the proposals that wait."""
    draft: PlanDraft
    apps: dict[str, Flask] = field(default_factory=dict[str, Flask])

    def app(self, way: Way) -> Flask:
        """The app that people reach in this way."""
        if way.name not in self.apps:
            self.apps[way.name] = create_app(self.world.ports(), way.identity, (KEY,), rates=UNLIMITED)
        return self.apps[way.name]

    @property
    def secrets(self) -> tuple[str, str]:
        """What nobody reads who may not see the tenant."""
        return self.approval.summary, draft_summary(self.draft)

    def draft_now(self) -> PlanDraft:
        """The draft as it is now."""
        return draft_of(self.world.ports(), "acme", self.draft.draft_id).value

    def copy(self) -> "Site":
        """The same site, on documents and platforms of its own."""
        platforms = {
            name: replace(one, settings={key: dict(held) for key, held in one.settings.items()}, calls=[])
            for name, one in self.world.platforms.items()
        }
        documents: MemoryDocuments = self.world.documents.copy()
        clock = type(self.world.clock)(self.world.clock.at)
        return Site(
            replace(self.world, documents=documents, platforms=platforms, clock=clock),
            self.approval,
            self.applied,
            self.parts,
            self.draft,
        )


def site() -> Site:
    """A site at rest."""
    planners = (
        Approver(email=PAT, roles=(Role.PLANNER,), limit=euros(100)),
        Approver(email=DORA, roles=(Role.PLANNER,)),
    )
    world = World.taken_on(approvers=(*tenant().approvers, *planners))
    zen = tenant("zen", approvers=(Approver(email=ZOE, roles=(Role.PLANNER, Role.OPERATOR)),))
    onboard(world.ports(), zen, plan("zen"), [manifest("zen"), manifest("zen", SOUTH)])
    applied = world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))
    draft = drifts(world, 800)
    world.clock.forward(minutes=30)
    _shifts(world, 10, NORTH, ("search", "social"))
    world.clock.forward(minutes=30)
    wanted = (
        asks(world.wanted("social", Setting.DAILY_BUDGET, euros(45))),
        asks(world.wanted("retarget", Setting.DAILY_BUDGET, euros(26))),
    )
    asked = world.propose(*wanted, window=world.clock.now()).change_sets[0]
    parts = tuple(one.proposal_id for one in asked.proposals)
    return Site(world, world.approval(asked.change_set_id), applied.change_set_id, parts, draft)


def drifts(world: World, units: float) -> PlanDraft:
    """So many euros of south go from search to social: the draft that is made of it."""
    _shifts(world, units, SOUTH, ("search-s", "social-s"))
    draft = check_drift(world.ports(), world.track(SOUTH)).draft
    assert draft is not None
    return draft


def _shifts(world: World, units: float, track_id: str, names: tuple[str, str]) -> None:
    """So many euros go from the first campaign to the second."""
    entities = world.manifest(track_id).entities
    moved = [
        world.wanted(name, Setting.ALLOCATION, (entities[name].allocation or 0) + euros(more), track_id)
        for name, more in zip(names, (-units, units), strict=True)
    ]
    world.apply(auto(*moved, kind=OptimizationType.BUDGET_SHIFT), track_id=track_id)


@dataclass(frozen=True)
class Request:
    """A request that is about to be sent."""

    method: str
    path: str
    headers: Headers
    fields: dict[str, Any]
    mimetype: str = "application/x-www-form-urlencoded"
    """JSON is sent as such, whatever it is called."""

    def send(self, app: Flask) -> TestResponse:
        """Send it."""
        client: FlaskClient = app.test_client(use_cookies=False)
        body: Any = self.fields or None
        if self.path.startswith(API) and body is not None:
            body = json.dumps(body)
        kind = self.mimetype if self.method == "POST" else None
        return client.open(
            self.path, method=self.method, base_url=HOST, headers=self.headers, data=body, content_type=kind
        )


Made = Callable[[Site, Way, str, Forms], Request]
"""How somebody's request is made; the forms are those of the app."""


def _sign(forms: Forms, way: Way, headers: Headers, purpose: str, shown: Any) -> str:
    """The hidden field that the app would have put into this person's page."""
    lower = {name.lower(): value for name, value in headers.items()} | {"host": "127.0.0.1:8080"}
    return forms.sign(way.identity.who(lower, "127.0.0.1"), purpose, shown)


def _place(of: Site) -> str:
    return f"acme/{of.approval.approval_id}"


def _answer(answer: str, *, parts: int = 0, **fields: Any) -> Made:
    def made(of: Site, way: Way, email: str, forms: Forms) -> Request:
        headers = way.headers(email)
        form = _sign(forms, way, headers, f"decide {_place(of)}", of.approval.payload_digest)
        path = f"/t/acme/approvals/{of.approval.approval_id}"
        chosen = {"proposal": list(of.parts[:parts])} if parts else {}
        return Request("POST", path, headers, {"form": form, "answer": answer, **chosen, **fields})

    return made


def _together(of: Site, way: Way, email: str, forms: Forms) -> Request:
    headers = way.headers(email)
    items = [["acme", of.approval.approval_id, of.approval.payload_digest]]
    form = _sign(forms, way, headers, "decide picked", ["approve", items])
    return Request("POST", "/bulk/decide", headers, {"form": form})


def _undo(of: Site, way: Way, email: str, forms: Forms) -> Request:
    headers = way.headers(email)
    seen = preview(of.world.ports(), "acme", of.applied).digest
    form = _sign(forms, way, headers, f"undo acme/{of.applied}", seen)
    return Request("POST", f"/t/acme/changes/{of.applied}/undo", headers, {"form": form})


def _decides_draft(answer: str, *, sure: bool = False, **fields: Any) -> Made:
    def made(of: Site, way: Way, email: str, forms: Forms) -> Request:
        headers, path = way.headers(email), f"/t/acme/drafts/{of.draft.draft_id}"
        purpose = f"{'confirm' if sure else 'decide'} draft acme/{of.draft.draft_id}"
        form = _sign(forms, way, headers, purpose, of.draft.payload_digest)
        return Request("POST", path, headers, {"form": form, "answer": answer, **fields})

    return made


def _edits_draft(of: Site, way: Way, email: str, forms: Forms) -> Request:
    headers, path = way.headers(email), f"/t/acme/drafts/{of.draft.draft_id}/edit"
    form = _sign(forms, way, headers, f"edit draft acme/{of.draft.draft_id}", of.draft.payload_digest)
    typed = {one.name: written(one.micros, "EUR") for one in budgets(of.draft.plan)}
    return Request("POST", path, headers, {"form": form, "notes": "", **typed, "budget/south/meta": "2700"})


def _way_back(of: Site, way: Way, email: str, forms: Forms) -> Request:
    headers = way.headers(email)
    form = _sign(forms, way, headers, "way back acme/south", 1)
    return Request("POST", "/t/acme/tracks/south/way-back", headers, {"form": form})


def _next_version(of: Site, way: Way, email: str, forms: Forms) -> Request:
    headers = way.headers(email)
    form = _sign(forms, way, headers, "draft again acme/north", 1)
    return Request("POST", "/t/acme/tracks/north/draft", headers, {"form": form})


def _sent(path: str, body: Callable[[Site], dict[str, Any]]) -> Made:
    """By the API: what was seen stands in the body, and no form is needed."""

    def made(of: Site, way: Way, email: str, _: Forms) -> Request:
        where = path.format(approval=of.approval.approval_id, change=of.applied, draft=of.draft.draft_id)
        return Request("POST", f"{API}{where}", way.headers(email), body(of), JSON)

    return made


def _decision(answer: str, *, parts: int = 0, **fields: Any) -> Callable[[Site], dict[str, Any]]:
    def body(of: Site) -> dict[str, Any]:
        chosen = {"proposals": list(of.parts[:parts])} if parts else {}
        return {"answer": answer, "seen": of.approval.payload_digest, **chosen, **fields}

    return body


def _several(of: Site) -> dict[str, Any]:
    place = {"tenant_id": "acme", "approval_id": of.approval.approval_id}
    return {"decisions": [{**place, **_decision("approve")(of)}]}


def _draft_decision(answer: str, **fields: Any) -> Callable[[Site], dict[str, Any]]:
    return lambda of: {"answer": answer, "seen": of.draft.payload_digest, **fields}


def _draft_edit(of: Site) -> dict[str, Any]:
    body = of.draft.plan.body()
    body["tracks"][1]["channels"][1]["budget"] -= euros(100)
    return {"seen": of.draft.payload_digest, "plan": body}


def _look(path: str) -> Made:
    def made(of: Site, way: Way, email: str, _: Forms) -> Request:
        where = path.format(approval=of.approval.approval_id, change=of.applied, draft=of.draft.draft_id)
        return Request("GET", where, way.headers(email), {})

    return made


DEEDS: dict[str, Made] = {
    "approve": _answer("approve", parts=2),
    "approve a part": _answer("approve", parts=1),
    "reject": _answer("reject", reason="No."),
    "approve together": _together,
    "undo": _undo,
    "approve by API": _sent("/tenants/acme/approvals/{approval}/decision", _decision("approve", parts=2)),
    "approve a part by API": _sent("/tenants/acme/approvals/{approval}/decision", _decision("approve", parts=1)),
    "reject by API": _sent("/tenants/acme/approvals/{approval}/decision", _decision("reject", reason="No.")),
    "approve together by API": _sent("/decisions", _several),
    "undo by API": _sent(
        "/tenants/acme/changes/{change}/undo",
        lambda of: {"seen": preview(of.world.ports(), "acme", of.applied).digest},
    ),
    "approve draft": _decides_draft("approve"),
    "reject draft": _decides_draft("reject", reason="No."),
    "edit draft": _edits_draft,
    "ask the way back": _way_back,
    "ask the next version": _next_version,
    "approve draft by API": _sent("/tenants/acme/drafts/{draft}/decision", _draft_decision("approve")),
    "reject draft by API": _sent("/tenants/acme/drafts/{draft}/decision", _draft_decision("reject", reason="No.")),
    "edit draft by API": _sent("/tenants/acme/drafts/{draft}/edit", _draft_edit),
    "ask the way back by API": _sent("/tenants/acme/tracks/south/way-back", lambda _: {"plan_version": 1}),
    "ask the next version by API": _sent("/tenants/acme/tracks/north/draft", lambda _: {"plan_version": 1}),
}
"""Requests that change something."""

LOOKS: dict[str, Made] = {
    "approval": _look("/t/acme/approvals/{approval}"),
    "tenant": _look("/t/acme"),
    "log": _look("/t/acme/log"),
    "change": _look("/t/acme/changes/{change}"),
    "undo page": _look("/t/acme/changes/{change}/undo"),
    "approval by API": _look(f"{API}/tenants/acme/approvals/{{approval}}"),
    "list by API": _look(f"{API}/approvals?tenant=acme"),
    "tenant by API": _look(f"{API}/tenants/acme"),
    "log by API": _look(f"{API}/tenants/acme/log"),
    "change by API": _look(f"{API}/tenants/acme/changes/{{change}}"),
    "undo preview by API": _look(f"{API}/tenants/acme/changes/{{change}}/undo"),
    "plan": _look("/t/acme/plan"),
    "draft": _look("/t/acme/drafts/{draft}"),
    "draft's form": _look("/t/acme/drafts/{draft}/edit"),
    "reports": _look("/t/acme/reports"),
    "draft by API": _look(f"{API}/tenants/acme/drafts/{{draft}}"),
    "drafts by API": _look(f"{API}/drafts?tenant=acme"),
    "drafts of the tenant by API": _look(f"{API}/tenants/acme/drafts"),
    "plans by API": _look(f"{API}/tenants/acme/plans"),
    "drift by API": _look(f"{API}/tenants/acme/tracks/south/drift"),
    "reports by API": _look(f"{API}/tenants/acme/reports"),
}
"""Requests that show something of the tenant's."""

CONFIRMS = _decides_draft("approve", sure=True, confirmed="yes")
"""The second step of approving a draft that takes two planners."""


def whose(deed: str) -> str:
    """Somebody who may do it: drafts are for planners."""
    return CY if "draft" in deed or "next version" in deed else ANA
