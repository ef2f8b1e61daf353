"""The API's OpenAPI document, made from the models that it takes and gives."""

from dataclasses import dataclass
from typing import Any

from common.domain.drift import Drift
from common.domain.json_schema import Mode, components
from common.domain.model import Frozen
from common.domain.report import Report
from functions.approval import api_models as models
from functions.approval import api_plan_models as plans

VERSION = "1.1.0"
ONE = "/tenants/{tenant_id}"
APPROVAL = f"{ONE}/approvals/{{approval_id}}"
CHANGE = f"{ONE}/changes/{{change_set_id}}"
DRAFT = f"{ONE}/drafts/{{draft_id}}"
TRACK = f"{ONE}/tracks/{{track_id}}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the API does."""

    method: str
    path: str
    name: str
    summary: str
    gives: type[Frozen]
    takes: type[Frozen] | None = None
    asks: type[Frozen] | None = None
    """What may stand after the address's `?`."""


OPERATIONS = (
    Operation(
        "get", "/approvals", "listWaiting", "What waits for a person", models.WaitingPage, asks=models.WaitingQuery
    ),
    Operation("get", APPROVAL, "getApproval", "One request with all that deciding it needs", models.ApprovalDetail),
    Operation("post", f"{APPROVAL}/decision", "decide", "Approve or reject a request", models.Decided, models.Answer),
    Operation("post", "/decisions", "decideSeveral", "Decide several requests", models.Results, models.Several),
    Operation("get", "/tenants", "listTenants", "The tenants that you see", models.Tenants),
    Operation("get", ONE, "getTenant", "How a tenant stands", models.TenantState),
    Operation("get", f"{ONE}/log", "getLog", "What was done, newest first", models.Log, asks=models.LogQuery),
    Operation("get", CHANGE, "getChangeSet", "One change set, and its log", models.ChangeSetWithLog),
    Operation("get", f"{CHANGE}/undo", "previewUndo", "What undoing it would do now", models.UndoPreview),
    Operation("post", f"{CHANGE}/undo", "undo", "Undo exactly what was seen", models.ChangeSetWithLog, models.Undo),
    Operation("get", "/drafts", "listDraftsWaiting", "Drafts that wait", plans.Drafts, asks=plans.DraftsQuery),
    Operation("get", f"{ONE}/drafts", "listDrafts", "Every draft, the newest first", plans.Drafts),
    Operation("get", DRAFT, "getDraft", "One draft with all that deciding it needs", plans.DraftDetail),
    Operation(
        "post", f"{DRAFT}/decision", "decideDraft", "Approve or reject a draft", plans.DraftDecided, plans.DraftAnswer
    ),
    Operation("post", f"{DRAFT}/edit", "editDraft", "Put other terms in its place", plans.DraftMade, plans.DraftEdit),
    Operation("get", f"{ONE}/plans", "listPlanVersions", "The versions of the plans", plans.Versions),
    Operation("get", f"{TRACK}/drift", "getDrift", "How far a track is from its plan", Drift),
    Operation(
        "post", f"{TRACK}/way-back", "askWayBack", "Ask to bring it back to plan", plans.WayBack, plans.AskWayBack
    ),
    Operation(
        "post",
        f"{TRACK}/draft",
        "draftTrack",
        "Draft what is live as the next version",
        plans.DraftMade,
        plans.AskDraft,
    ),
    Operation("get", f"{ONE}/reports", "listReports", "Reports, the newest first", plans.Reports),
    Operation("get", f"{ONE}/reports/{{report_id}}", "getReport", "What one report says", Report),
)

PROBLEMS = {
    "401": "Nobody vouches for you.",
    "403": "You may not do this.",
    "404": "There is nothing here, or it is not yours to see.",
    "409": "It can't be done as things stand: decided already, expired, changed since it was seen, or busy.",
    "413": "What was sent is too long.",
    "415": "What was sent is not JSON.",
    "422": "What was sent has faults, or lacks something.",
    "429": "More came from you than a minute takes.",
    "500": "Our fault; the answer has a reference.",
    "503": "The store did not answer in time.",
}
_WITH_BODY = {"413", "415"}


def document() -> dict[str, Any]:
    """The document, OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Trimtab approvals",
            "version": VERSION,
            "summary": "What waits for a person, decisions about it, what was done, plans and reports.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"identityAwareProxy": []}, {"googleIdToken": []}],
        "paths": paths,
        "components": {
            "schemas": components(_models()),
            "securitySchemes": {
                "identityAwareProxy": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Goog-IAP-JWT-Assertion",
                    "description": "Set by Identity-Aware Proxy, which signs people in; no client sends it itself.",
                },
                "googleIdToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def _models() -> list[tuple[type[Frozen], Mode]]:
    written: list[tuple[type[Frozen], Mode]] = [(one.gives, "written") for one in OPERATIONS]
    read: list[tuple[type[Frozen], Mode]] = [(one.takes, "read") for one in OPERATIONS if one.takes is not None]
    return [*dict.fromkeys([*written, (models.Problem, "written"), *read])]


def _operation(one: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "parameters": [*_in_path(one.path), *_in_query(one.asks)],
        "responses": {
            "200": {"description": (one.gives.__doc__ or "").strip(), "content": _json(one.gives)},
            **{
                status: {"description": what, "content": _json(models.Problem, "application/problem+json")}
                for status, what in PROBLEMS.items()
                if one.takes is not None or status not in _WITH_BODY
            },
        },
    }
    if one.takes is not None:
        made["requestBody"] = {"required": True, "content": _json(one.takes)}
    return made


def _json(model: type[Frozen], mimetype: str = "application/json") -> dict[str, Any]:
    return {mimetype: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}


def _in_path(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _in_query(model: type[Frozen] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    shapes: dict[str, dict[str, Any]] = model.model_json_schema()["properties"]
    return [{"name": name, "in": "query", "schema": shape} for name, shape in shapes.items()]
