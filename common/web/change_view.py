"""One change set, and what undoing it would do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from common.decisions.reverting import LANDED
from common.domain.calendar import TenantCalendar
from common.domain.change import Judgement, Proposal, Verdict
from common.domain.change_set import ChangeSet
from common.domain.log_entry import LogEntry
from common.domain.manifest import Manifest
from common.domain.tenant import Tenant
from common.web.approval_view import FOLLOWED, outcomes
from common.web.evidence_view import EvidenceView, evidence_view
from common.web.log_view import LogLine, log_lines
from common.web.steps import Step, step, steps
from common.web.words import reasons_said, spelled, when


@dataclass(frozen=True, slots=True)
class ChangeView:
    """The page of a change set."""

    change_set_id: str
    track: str
    state: str
    followed: str
    at: str
    by: str
    plan_version: int
    whys: list[str]
    steps: list[Step]
    evidence: list[EvidenceView]
    """Of the proposals that rest on numbers."""
    reasons: list[str]
    failures: list[str]
    asked_as: str | None
    """The request that this is an approved part of."""
    went_on_as: str | None
    """The part of this that was approved, and went ahead by itself."""
    history: list[LogLine]
    may_be_undone: bool


def change_view(
    tenant: Tenant,
    change_set: ChangeSet,
    manifest: Manifest,
    entries: Iterable[LogEntry],
    part: ChangeSet | None = None,
) -> ChangeView:
    """A change set for a person; `part`: what was approved of it, where not all of it was."""
    calendar = TenantCalendar.of(tenant.time_zone)
    became = {(one.entity_id, one.setting): one.outcome.value for one in change_set.results}
    return ChangeView(
        change_set_id=change_set.change_set_id,
        track=change_set.track_id,
        state=spelled(change_set.state.value),
        followed=FOLLOWED.get(change_set.state, "") if part is None else "",
        at=when(change_set.created_at, calendar),
        by=" and ".join(change_set.decided_by) or ("Trimtab" if change_set.automatic else change_set.origin.by),
        plan_version=change_set.plan_version,
        whys=list(dict.fromkeys(one.why for one in change_set.proposals)),
        steps=[
            step(
                change,
                manifest.entities.get(change.entity_id),
                tenant.currency,
                outcome=became.get((change.entity_id, change.setting.value), ""),
            )
            for change in change_set.changes
        ],
        evidence=[one for one in map(evidence_view, change_set.proposals) if not one.empty],
        reasons=reasons_said(change_set.reasons, manifest, tenant.currency),
        failures=outcomes(change_set, manifest),
        asked_as=change_set.parent,
        went_on_as=None if part is None else part.change_set_id,
        history=log_lines(entries, calendar),
        may_be_undone=change_set.state in LANDED and change_set.pause is None,
    )


@dataclass(frozen=True, slots=True)
class RevertView:
    """What undoing a change set would do now."""

    steps: list[Step]
    verdict: str
    """What follows from a yes."""
    obstacles: list[str]
    reasons: list[str]
    allowed: bool


_FOLLOWS = {
    Verdict.AUTO: "The guardrails allow this: it is applied at once, read back, and logged in your name.",
    Verdict.NEEDS_APPROVAL: "This is over a guardrail: a request for it is made, and somebody who may must approve it.",
    Verdict.NEEDS_REPLAN: "This needs a new plan version.",
    Verdict.BLOCKED: "The guardrails do not allow this now.",
}


def revert_view(
    proposals: Sequence[Proposal],
    judgements: Sequence[Judgement],
    verdict: Verdict,
    obstacles: Sequence[str],
    manifest: Manifest,
    currency: str,
) -> RevertView:
    """The preview of an undo."""
    return RevertView(
        steps=steps((change for one in proposals for change in one.changes), manifest, currency),
        verdict="" if obstacles else _FOLLOWS[verdict],
        obstacles=list(obstacles),
        reasons=reasons_said((reason for one in judgements for reason in one.reasons), manifest, currency),
        allowed=not obstacles and verdict in (Verdict.AUTO, Verdict.NEEDS_APPROVAL),
    )
