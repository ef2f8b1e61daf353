"""What the API takes and gives. Money is in micros of the tenant's currency; instants are in UTC."""

from typing import Annotated, Literal

from pydantic import Field

from common.domain.approval import Approval
from common.domain.calendar import Flight, Instant
from common.domain.change import Proposal, Reason, Verdict
from common.domain.change_set import ChangeSet
from common.domain.connection import Connection
from common.domain.log_entry import LogEntry
from common.domain.manifest import Entity, Pause
from common.domain.model import Frozen, Id
from common.domain.money import Currency, Micros
from common.domain.state import Freeze
from common.domain.tenant import Role
from common.domain.verticals import Vertical

AT_ONCE = 100
"""Requests that may be decided together."""
MOST_ENTRIES = 500


class WaitingQuery(Frozen):
    """Which of what waits."""

    tenant: Id | None = Field(default=None, description="Of this tenant only.")
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class LogQuery(Frozen):
    """Which entries of the log."""

    track: Id | None = Field(default=None, description="Of this track only.")
    count: Annotated[int, Field(ge=1, le=MOST_ENTRIES)] = 50


class WhyNot(Frozen):
    """Why the person may not do something."""

    code: str = Field(description="Names the rule, for programs.")
    detail: str


class Waiting(Frozen):
    """One request that waits for a person."""

    tenant_id: Id
    track_id: Id
    approval_id: Id
    summary: str
    money: Micros = Field(description="How much it moves over the flight.")
    currency: Currency
    expires_at: Instant
    agreed: tuple[str, ...] = Field(description="Who has approved it already.")
    people_needed: int
    resumes: bool = Field(description="Whether it would lift an emergency pause.")
    why_not: WhyNot | None = Field(description="Why the person may not approve it; null where they may.")
    seen: str = Field(description="Send it back with a decision: it binds the decision to what this says.")


class WaitingPage(Frozen):
    """One page of what waits, the most urgent first, then the most money."""

    items: tuple[Waiting, ...]
    total: int
    mine: int = Field(description="How many of all the person may approve.")
    page: int
    pages: int


class Words(Frozen):
    """The request as a person reads it."""

    summary: str
    stopped_by: tuple[str, ...] = Field(description="Which guardrail or safeguard stopped it, and by how much.")
    if_approved: str
    if_rejected: str
    if_nobody_decides: str


class ApprovalDetail(Frozen):
    """One request with all that a person needs to decide it."""

    approval: Approval
    change_set: ChangeSet
    part: ChangeSet | None = Field(description="What was approved and goes ahead, where that is a part of it only.")
    currency: Currency
    seen: str = Field(description="Send it back with a decision: it binds the decision to what this says.")
    why_not: WhyNot | None = Field(description="Why the person may not approve it; null where they may.")
    why_not_reject: WhyNot | None
    must_confirm: bool = Field(description="Whether an approval must say `confirmed`: it is large, or lifts a pause.")
    obstacles: tuple[Reason, ...] = Field(description="Why it could not be applied as things stand, whoever says yes.")
    replaced_by: Id | None = Field(description="A request for the same settings that waits.")
    words: Words
    log: tuple[LogEntry, ...] = Field(description="What the log says of it, oldest first.")


class Answer(Frozen):
    """A decision about one request."""

    answer: Literal["approve", "reject"]
    seen: Annotated[str, Field(max_length=200)] = Field(description="As the request's answer had it.")
    proposals: tuple[Id, ...] = Field(default=(), max_length=500, description="Approve these only; empty: all of it.")
    reason: Annotated[str, Field(max_length=1000)] = Field(default="", description="Why; a rejection needs one.")
    confirmed: bool = Field(default=False, description="Meant, where `must_confirm` says that this is asked for.")


class Decided(Frozen):
    """What became of a decision."""

    approval: Approval
    change_set: ChangeSet = Field(
        description="As it stands now: applied, on its way, or pending for a second person. Where a part was approved,"
        " that part."
    )


class OneOfSeveral(Answer):
    """A decision among several."""

    tenant_id: Id
    approval_id: Id


class Several(Frozen):
    """Decisions about several requests; one that fails does not stop the others."""

    decisions: tuple[OneOfSeveral, ...] = Field(min_length=1, max_length=AT_ONCE)


class OneResult(Frozen):
    """What became of one decision among several."""

    tenant_id: Id
    approval_id: Id
    decided: Decided | None
    why_not: WhyNot | None


class Results(Frozen):
    """What became of each, in the order they were sent."""

    results: tuple[OneResult, ...]


class TenantLine(Frozen):
    """A tenant that the person sees."""

    tenant_id: Id
    name: str
    currency: Currency
    time_zone: str
    vertical: Vertical
    roles: tuple[Role, ...] = Field(description="The person's own.")


class Tenants(Frozen):
    """The tenants that the person sees, by name."""

    items: tuple[TenantLine, ...]


class EntityState(Frozen):
    """Something that is on the platform, and what it spent."""

    entity: Entity
    spent: Micros


class TrackView(Frozen):
    """How a track stands."""

    track_id: Id
    plan_version: int
    flight: Flight
    entities: tuple[EntityState, ...] = Field(description="Those that bear a budget.")
    pauses: tuple[Pause, ...]
    freezes: tuple[Freeze, ...]


class Switch(Frozen):
    """A kill switch that is on: only emergency pauses go out."""

    of: Literal["every tenant", "this tenant"]
    by: str | None
    reason: str | None


class TenantState(Frozen):
    """How a tenant stands."""

    tenant: TenantLine
    degraded_attribution: bool = Field(description="GA4 is not connected: limits are tighter.")
    kill_switches: tuple[Switch, ...]
    tracks: tuple[TrackView, ...]
    connections: tuple[Connection, ...] = Field(description="What is known of its sources: platforms, GA4, CRM.")
    ga4_source_of_truth: bool = Field(description="GA4 counts the conversions that decisions are made on.")
    waiting: int


class Log(Frozen):
    """Entries of the log, newest first."""

    items: tuple[LogEntry, ...]


class ChangeSetWithLog(Frozen):
    """One change set, and what the log says of it, oldest first."""

    change_set: ChangeSet
    log: tuple[LogEntry, ...]


class UndoPreview(Frozen):
    """What undoing a change set would do now."""

    proposals: tuple[Proposal, ...]
    verdict: Verdict = Field(description="What follows: applied at once, a request for somebody else, or nothing.")
    reasons: tuple[Reason, ...]
    obstacles: tuple[str, ...] = Field(description="Why it can't be undone, a sentence each.")
    seen: str = Field(description="Send it back to undo exactly this.")


class Undo(Frozen):
    """Undo exactly what was seen."""

    seen: Annotated[str, Field(max_length=200)]


class FaultItem(Frozen):
    """One thing that is wrong with what was sent."""

    where: str
    what: str


class Problem(Frozen):
    """What did not work, as RFC 9457 has it."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    detail: str
    code: str = Field(description="Names what it was, for programs.")
    faults: tuple[FaultItem, ...] = Field(default=(), description="Everything that is wrong with what was sent.")
    reference: str = Field(default="", description="Where it was our fault: name this when you ask.")
