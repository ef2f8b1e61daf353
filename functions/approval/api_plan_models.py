"""What the API takes and gives of plans, drafts, drift and reports. Money is in micros; instants are in UTC."""

from typing import Annotated, Literal

from pydantic import Field

from common.domain.calendar import Instant
from common.domain.change_set import ChangeSet
from common.domain.drift import Drift
from common.domain.model import Frozen, Id
from common.domain.money import Currency, Micros
from common.domain.plan import MediaPlan, PlanTerms
from common.domain.plan_draft import DraftState, PlanDraft
from common.domain.report import ReportIndex
from functions.approval.api_models import WhyNot

Seen = Annotated[str, Field(max_length=200)]


class DraftsQuery(Frozen):
    """Which drafts of those that wait."""

    tenant: Id | None = Field(default=None, description="Of this tenant only.")


class DraftLine(Frozen):
    """One draft of a plan version."""

    tenant_id: Id
    draft_id: Id
    plan_id: Id
    version: int = Field(description="The version that it would be.")
    tracks: tuple[Id, ...]
    summary: str
    state: DraftState
    money: Micros = Field(description="How much of the plan's budgets it moves.")
    currency: Currency
    by: str = Field(description="`trimtab`, or the person who edited it or asked for it.")
    created_at: Instant
    expires_at: Instant
    agreed: tuple[str, ...] = Field(description="Who has approved it already.")
    people_needed: int
    why_not: WhyNot | None = Field(description="Why the person may not approve it; null where they may.")
    seen: str = Field(description="Send it back with a decision: it binds the decision to what this says.")


class Drafts(Frozen):
    """Drafts of plan versions."""

    items: tuple[DraftLine, ...]


class DraftWords(Frozen):
    """A draft as a person reads it."""

    summary: str
    happened: str
    if_approved: str
    if_rejected: str
    if_nobody_decides: str


class DraftDetail(Frozen):
    """One draft with all that a person needs to decide it."""

    draft: PlanDraft
    before: MediaPlan = Field(description="The version that it would follow.")
    live: tuple[Drift, ...] = Field(
        description="By track how far live is from that version: now while the draft waits, else when it was drafted."
    )
    currency: Currency
    seen: str = Field(description="Send it back with a decision: it binds the decision to what this says.")
    why_not: WhyNot | None = Field(description="Why the person may not approve it; null where they may.")
    why_not_answer: WhyNot | None = Field(description="Why the person may not reject or edit it; null where they may.")
    must_confirm: bool = Field(description="Whether an approval must say `confirmed`: it is large.")
    ways_back: tuple[Id, ...] = Field(description="Requests to bring live back to the version before, that wait.")
    words: DraftWords


class DraftAnswer(Frozen):
    """A decision about one draft."""

    answer: Literal["approve", "reject"]
    seen: Seen = Field(description="As the draft's answer had it.")
    reason: Annotated[str, Field(max_length=1000)] = Field(default="", description="Why; a rejection needs one.")
    confirmed: bool = Field(default=False, description="Meant, where `must_confirm` says that this is asked for.")


class DraftDecided(Frozen):
    """What became of a decision about a draft."""

    draft: PlanDraft
    ways_back: tuple[ChangeSet, ...] = Field(
        description="After a rejection: requests to bring live back to the version that stays."
    )


class DraftEdit(Frozen):
    """Terms in place of a draft's: the whole of the next version, as it should be."""

    seen: Seen = Field(description="As the draft's answer had it.")
    plan: PlanTerms


class DraftMade(Frozen):
    """A draft: the new one, or the one that waits about the track already."""

    draft: PlanDraft
    seen: str


class Versions(Frozen):
    """The versions of a tenant's plans, the newest first."""

    items: tuple[MediaPlan, ...]


class AskWayBack(Frozen):
    """Ask for a track to be brought back to its plan."""

    plan_version: Annotated[int, Field(ge=1)] = Field(description="As the drift had it: the version to go back to.")


class AskDraft(Frozen):
    """Ask for the next version to be drafted from what is live."""

    plan_version: Annotated[int, Field(ge=1)] = Field(description="As the drift had it: the version that live is not.")


class WayBack(Frozen):
    """What was asked."""

    change_set: ChangeSet | None = Field(description="The request, which somebody must approve; null: it is on plan.")


class Reports(Frozen):
    """A tenant's reports, the newest first."""

    items: tuple[ReportIndex, ...]
