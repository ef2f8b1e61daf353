"""Drafts of plan versions in the store. Of each plan one waits at a time: each new draft takes the last one's place.

Their ids count up by plan and version, so two drafts that are made at once want the same id: one of them conflicts, and
is made again on top of the other.
"""

from common.domain import paths
from common.domain.canonical import short_id
from common.domain.plan_draft import DraftState, PlanDraft
from common.ports.documents import Query, Replace
from common.use_cases.load import Held, decode
from common.use_cases.ports import Ports
from common.use_cases.queries import every

LONGEST_NAME = 160
"""Of a plan's id within a draft's."""


def pending_of(ports: Ports, tenant_id: str, plan_id: str) -> list[Held[PlanDraft]]:
    """The drafts of one plan that wait, whichever version they were made on."""
    query = Query(paths.plan_drafts(tenant_id), where={"plan_id": plan_id, "state": DraftState.PENDING.value})
    return [Held(decode(PlanDraft, document), document.version) for document in every(ports, query)]


def newest_of(ports: Ports, tenant_id: str, plan_id: str, version: int) -> Held[PlanDraft] | None:
    """The draft of this version of a plan that was made last, whatever became of it."""
    query = Query(
        paths.plan_drafts(tenant_id),
        where={"plan_id": plan_id},
        start=f"{_stem(plan_id, version)}-",
        end=f"{_stem(plan_id, version)}-:",
        descending=True,
        limit=1,
    )
    found = ports.documents.query(query).documents
    return Held(decode(PlanDraft, found[0]), found[0].version) if found else None


def next_id(newest: Held[PlanDraft] | None, plan_id: str, version: int) -> str:
    """The id of the draft after this one: `spring-v2-000001` for the first."""
    number = 0 if newest is None else int(newest.value.draft_id.rpartition("-")[2])
    return f"{_stem(plan_id, version)}-{number + 1:06}"


def _stem(plan_id: str, version: int) -> str:
    return f"{plan_id if len(plan_id) <= LONGEST_NAME else short_id(plan_id)}-v{version}"


def write(draft: PlanDraft, version: str) -> Replace:
    """A draft's next state, over the one that was read at `version`."""
    return Replace(paths.plan_draft(draft.tenant_id, draft.draft_id), draft.body(), version)


def superseded(held: Held[PlanDraft], by: str | None = None) -> Replace:
    """The end of a draft whose place another one takes, or a version of the plan."""
    return write(held.value.but(state=DraftState.SUPERSEDED, superseded_by=by), held.version)
