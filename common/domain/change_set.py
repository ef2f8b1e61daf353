"""The change set: proposals with one verdict that are applied together, once."""

from collections.abc import Collection
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from common.domain.calendar import Instant
from common.domain.canonical import digest, short_id
from common.domain.change import Change, Proposal, Reason, Verdict
from common.domain.manifest import PauseScope
from common.domain.model import Frozen, Id
from common.domain.money import SignedMicros


class ChangeSetState(StrEnum):
    """Where a change set stands.

    pending → approved | rejected | expired | superseded; intended → applied | partially_applied | failed | preempted.

    `shadowed` and `recommended` are ends of their own: decided and kept, never applied.
    """

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    INTENDED = "intended"
    APPLIED = "applied"
    PARTIALLY_APPLIED = "partially_applied"
    FAILED = "failed"
    PREEMPTED = "preempted"
    SHADOWED = "shadowed"
    RECOMMENDED = "recommended"
    BLOCKED = "blocked"


S = ChangeSetState
FORWARD: dict[ChangeSetState, frozenset[ChangeSetState]] = {
    S.PENDING: frozenset({S.APPROVED, S.INTENDED, S.REJECTED, S.EXPIRED, S.SUPERSEDED}),
    S.APPROVED: frozenset({S.INTENDED, S.SUPERSEDED, S.FAILED}),
    S.INTENDED: frozenset({S.APPLIED, S.PARTIALLY_APPLIED, S.FAILED, S.PREEMPTED}),
    S.PREEMPTED: frozenset({S.PREEMPTED}),
}
"""Which states may follow which; a state that is not a key is an end."""


class Outcome(StrEnum):
    """What became of one change."""

    APPLIED = "applied"
    ALREADY = "already"
    """The platform had the value before we wrote it: an earlier attempt landed."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not sent, because something it depends on failed or was cut short."""


class Result(Frozen):
    """What became of one change, with a code where it did not land."""

    entity_id: Id
    setting: str
    outcome: Outcome
    code: str | None = None
    detail: str | None = None
    request_id: str | None = None
    """The platform's own name for the call that wrote it, for its support."""

    @property
    def landed(self) -> bool:
        """Whether the live value is now what the change wanted."""
        return self.outcome in (Outcome.APPLIED, Outcome.ALREADY)


class Origin(Frozen):
    """Where a change set came from: a cadence and its window, or a person."""

    cadence: Id
    window: Instant
    by: str
    """`trimtab` or a person's e-mail address."""

    @property
    def own(self) -> bool:
        """Whether it is Trimtab's own work, that no person asked for."""
        return self.by == "trimtab"


class Headroom(Frozen):
    """What a change set took from under the master cap when it was intended."""

    plan_id: Id
    total: SignedMicros = 0
    periods: dict[str, SignedMicros] = {}


class PauseIntent(Frozen):
    """The pause that an emergency change set puts in force."""

    scope: PauseScope
    target: Id
    reason: str


class KeptInputs(Frozen):
    """`tenants/{t}/inputs/{day}-{change set}`: a decision's inputs, so that it can be made again.

    Raw LZMA2 of JSON in base 85, and its digest. Written in the decision's commit, and archived some days later.
    """

    digest: str
    lzma_base85: str | None
    """`None` where they were over the size limit; the digest still stands."""


class InputsAt(Frozen):
    """Which inputs a change set was decided on; all that were decided at once have the same."""

    kept_as: Id
    """Their name: the day (UTC) of the decision, and the first change set that came of it."""
    digest: str

    @property
    def day(self) -> str:
        """The day (UTC) of the decision, as `yyyy-mm-dd`."""
        return self.kept_as[:10]


class ChangeSet(Frozen):
    """`tenants/{t}/change_sets/{id}`: created once, then its state moves forward only."""

    change_set_id: Id
    tenant_id: Id
    track_id: Id
    plan_id: Id
    plan_version: Annotated[int, Field(ge=1)]
    origin: Origin
    verdict: Verdict
    state: ChangeSetState
    proposals: tuple[Proposal, ...]
    reasons: tuple[Reason, ...] = ()
    pause: PauseIntent | None = None
    headroom: Headroom | None = None
    inputs: InputsAt | None = None
    parent: Id | None = None
    """The change set that this one is an approved part of."""
    created_at: Instant
    updated_at: Instant
    decided_by: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()

    def decided_on(self, inputs: KeptInputs) -> InputsAt:
        """How it names these inputs, where it is the first that was decided on them."""
        return InputsAt(kept_as=f"{self.created_at.date().isoformat()}-{self.change_set_id}", digest=inputs.digest)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes of all proposals, in order."""
        return tuple(change for proposal in self.proposals for change in proposal.changes)

    @property
    def automatic(self) -> bool:
        """Whether no person decided it, or asked for it."""
        return not self.decided_by and self.origin.own

    @property
    def payload_digest(self) -> str:
        """What an approver agrees to: the exact changes, against the exact plan version."""
        proposals = [proposal.body() for proposal in self.proposals]
        return digest({"plan": self.plan_id, "version": self.plan_version, "proposals": proposals})

    def part(self, proposals: Collection[str]) -> "ChangeSet":
        """The change set of some of its proposals: itself where that is all, else a child under an id of its own."""
        kept = tuple(proposal for proposal in self.proposals if proposal.proposal_id in proposals)
        if kept == self.proposals:
            return self
        child = short_id(self.change_set_id, *sorted(set(proposals)))
        return self.but(change_set_id=child, proposals=kept, parent=self.change_set_id)

    def may_become(self, state: ChangeSetState) -> bool:
        """Whether the state would be a step forward."""
        return state in FORWARD.get(self.state, frozenset())

    def moved(self, state: ChangeSetState, **changes: object) -> "ChangeSet":
        """The same change set in a later state.

        Raises:
            ValueError: the state would not be a step forward.
        """
        if not self.may_become(state):
            raise ValueError(f"change set {self.change_set_id} can't go from {self.state} to {state}")
        return self.but(state=state, **changes)
