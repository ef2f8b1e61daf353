"""Plans, drift and drafts, printed for a person."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from common.domain.calendar import TenantCalendar
from common.domain.change_set import ChangeSet
from common.domain.drift import Drift
from common.domain.money import show as money
from common.domain.plan import MediaPlan, PlanTerms
from common.domain.plan_draft import DraftState, PlanDraft
from common.domain.tenant import Tenant
from common.use_cases.plan_drafts import Rejected
from common.web.drift_view import drift_said, drift_view, signed_money
from trimtab.harmless import text
from trimtab.plans import Version
from trimtab.show_records import change_set_lines


def drift(console: Console, found: Drift, tenant: Tenant) -> None:
    """How far each channel is from the plan, and what moved it."""
    view = drift_view(found, tenant.currency, TenantCalendar.of(tenant.time_zone))
    console.print(text((view.track_id, "bold"), f": {view.said}"))
    table = _table("channel", "plan", "live", "difference", "", "spent")
    for row in view.channels:
        table.add_row(text(row.channel), row.plan, row.live, row.delta, row.percent, row.spent)
    console.print(table)
    for row in view.channels:
        for said in (f"{row.channel} {row.note}." if row.note else "", f"{row.channel}: {row.kpi}" if row.kpi else ""):
            if said:
                console.print(text(said))
    for cause in view.causes:
        what = f": change set {cause.change_set_id}" if cause.change_set_id else ""
        console.print(text(f"{cause.at}, ", (cause.by, "bold"), what))
        for line in (*cause.moved, cause.why):
            _indented(console, line)


def way_back(console: Console, asked: ChangeSet | None, tenant: Tenant) -> None:
    """The request that would take live back to the plan."""
    if asked is None:
        console.print("Live is on the plan: there is nothing to take back.")
        return
    for line in change_set_lines(asked, tenant.currency):
        console.print(line)
    console.print(f"To decide: python -m trimtab approvals approve {asked.change_set_id} --by YOU", soft_wrap=True)


def version_data(one: Version) -> dict[str, Any]:
    """A version as JSON, in short; amounts in micros."""
    plan = one.plan
    return {
        "plan_id": plan.plan_id,
        "version": plan.version,
        "budget": _budget(plan),
        "master_cap": plan.master_cap,
        "approved_by": plan.approved_by,
        "approved_at": plan.approved_at.isoformat(),
        "digest": plan.digest,
        "active_on": list(one.tracks),
    }


def versions(console: Console, found: Sequence[Version], tenant: Tenant) -> None:
    """The versions of a plan."""
    calendar = TenantCalendar.of(tenant.time_zone)
    table = _table("version", "budgets", "cap", "approved by", "on", "active on")
    for one in found:
        plan, on = one.plan, calendar.local(one.plan.approved_at)
        amounts = (money(_budget(plan), plan.currency), money(plan.master_cap, plan.currency))
        table.add_row(f"v{plan.version}", *amounts, text(plan.approved_by), f"{on:%Y-%m-%d}", ", ".join(one.tracks))
    console.print(table)


def version(console: Console, plan: MediaPlan) -> None:
    """One version, whole."""
    who = f"approved by {plan.approved_by} at {plan.approved_at:%Y-%m-%d %H:%M} UTC"
    console.print(text((f"{plan.plan_id} v{plan.version}", "bold"), f", {who}"))
    console.print(f"From {plan.flight.start} to {plan.flight.end}; at most {money(plan.master_cap, plan.currency)}.")
    console.print(_compared(plan, None))
    _notes(console, plan)
    console.print(text((f"digest {plan.digest}", "dim")), soft_wrap=True)


def drafts(console: Console, found: Sequence[PlanDraft], tenant: Tenant) -> None:
    """Drafts, and how to answer."""
    if not found:
        console.print("No draft of a plan version waits for a person.")
        return
    for one in found:
        console.print(text((one.draft_id, "bold"), f"  {one.called}, {one.state.value}"))
        _indented(console, _about(one))
        for track_id, seen in one.drift.items():
            _indented(console, f"{track_id}: {drift_said(seen, tenant.currency)}")
    _how_to_answer(console, "ID")


def draft(console: Console, one: PlanDraft, before: MediaPlan) -> None:
    """A draft against the version that it would follow."""
    console.print(text((one.called, "bold"), f", {one.state.value}: draft {one.draft_id}"))
    console.print(text(_about(one)))
    console.print(_compared(one.plan, before))
    _notes(console, one.plan)
    for track_id, seen in one.drift.items():
        console.print(text(f"{track_id}: {drift_said(seen, before.currency)}"))
    if one.state is DraftState.PENDING:
        _how_to_answer(console, one.draft_id)


def decided(console: Console, one: PlanDraft) -> None:
    """What became of a yes."""
    console.print(text((one.state.value, "bold"), f": {one.called}, draft {one.draft_id}"))
    if one.state is DraftState.PENDING:
        console.print("A second, different person must approve it too.")


def edited(console: Console, new: PlanDraft, old: str) -> None:
    """The draft that takes another one's place."""
    console.print(text(f"{old} is replaced by ", (new.draft_id, "bold"), f", {new.called}."), soft_wrap=True)
    _how_to_answer(console, new.draft_id)


def rejected_data(done: Rejected) -> dict[str, Any]:
    """A no as JSON."""
    return {"draft": done.draft.body(), "ways_back": [one.body() for one in done.ways_back]}


def rejected(console: Console, done: Rejected, tenant: Tenant) -> None:
    """What became of a no, and the requests that would take live back to the plan."""
    console.print(text((done.draft.state.value, "bold"), f": {done.draft.called}, draft {done.draft.draft_id}"))
    for asked in done.ways_back:
        way_back(console, asked, tenant)


def _about(one: PlanDraft) -> str:
    moved = f"moves {money(one.money, one.plan.currency)} against v{one.based_on}"
    people = f"approved by {sum(each.approve for each in one.decisions)} of {one.people_needed}"
    whose = "Made" if one.edits is None else f"Edited from {one.edits}"
    return f"{whose} by {one.by}; {moved}; {people}; expires {one.expires_at:%Y-%m-%d %H:%M} UTC."


def _how_to_answer(console: Console, draft_id: str) -> None:
    say = ("show", "approve --by YOU", "reject --by YOU --reason WHY", "edit --by YOU --file TERMS")
    console.print("\nTo decide:")
    for one in say:
        command, _, options = one.partition(" ")
        console.print(f"  python -m trimtab drafts {command} {draft_id} {options}".rstrip(), soft_wrap=True)


def _budget(plan: PlanTerms) -> int:
    return sum(track.budget for track in plan.tracks)


def _compared(plan: PlanTerms, before: PlanTerms | None) -> Table:
    """Each line's budget, beside what it was; a line that is dropped has none."""
    table = _table("channel", *([] if before is None else [f"v{before.version}"]), f"v{plan.version}", "")
    for track_id, rows in _lines(plan, before):
        table.add_row(text((track_id, "bold")))
        for channel, old, new in rows:
            was = [] if before is None else [money(old, plan.currency)]
            moved = signed_money(new - old, plan.currency) if before is not None and new != old else ""
            table.add_row(text(f"  {channel}"), *was, money(new, plan.currency), moved)
    return table


def _lines(plan: PlanTerms, before: PlanTerms | None) -> Iterator[tuple[str, list[tuple[str, int, int]]]]:
    now, then = _by_line(plan), {} if before is None else _by_line(before)
    for track_id in dict.fromkeys(track_id for track_id, _ in (*now, *then)):
        names = dict.fromkeys(channel for track, channel in (*now, *then) if track == track_id)
        yield track_id, [(one, then.get((track_id, one), 0), now.get((track_id, one), 0)) for one in names]


def _by_line(plan: PlanTerms) -> dict[tuple[str, str], int]:
    return {(track.track_id, line.channel): line.budget for track in plan.tracks for line in track.channels}


def _notes(console: Console, plan: PlanTerms) -> None:
    for note in plan.notes:
        console.print(Padding(text(f"- {note}"), (0, 0, 0, 0), expand=False))


def _table(first: str, *others: str) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right", overflow="fold")
    return table


def _indented(console: Console, line: str) -> None:
    console.print(Padding(text(line), (0, 0, 0, 6), expand=False))
