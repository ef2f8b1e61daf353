"""The commands about plans: how far live is from them, their versions, drafts of the next one, and the way back."""

from pathlib import Path
from typing import Annotated

import typer

from trimtab.commands import AsJson, By, Store, TenantName, TrackName, emit, print_json, told

plan_app = typer.Typer(no_args_is_help=True, help="The versions of the plan that the client approved.")
drafts_app = typer.Typer(no_args_is_help=True, help="Drafts of the next version of the plan.")

DraftId = Annotated[str, typer.Argument(help="Its id, as `drafts list` shows it.")]
PlanId = Annotated[str, typer.Option("--plan", help="The plan; not needed where the tenant has one.")]


def add_to(app: typer.Typer) -> None:
    """Make them commands of the program."""
    app.command()(drift)
    app.command("return-to-plan")(return_to_plan)
    app.add_typer(plan_app, name="plan")
    app.add_typer(drafts_app, name="drafts")


def drift(track: TrackName, tenant: TenantName = "", store: Store = None, as_json: AsJson = False) -> None:
    """How far a track's live budgets have moved from its plan, and what moved them."""
    with told():
        from common.use_cases.drift import drift_now
        from trimtab import show_plans
        from trimtab.opening import opened, tenant_named, track_named

        ports = opened(store)
        found = tenant_named(ports, tenant)
        seen = drift_now(ports, track_named(found, track))
        emit(as_json, seen.body(), lambda console: show_plans.drift(console, seen, found))


def return_to_plan(
    track: TrackName, by: By, tenant: TenantName = "", store: Store = None, as_json: AsJson = False
) -> None:
    """Ask for a track's live budgets to go back to what its plan says; a person approves it like any other request."""
    with told():
        from common.use_cases import plan_drafts
        from trimtab import show_plans
        from trimtab.opening import opened, tenant_named, track_named

        ports = opened(store)
        found = tenant_named(ports, tenant)
        asked = plan_drafts.return_to_plan(ports, track_named(found, track), by=by)
        data = None if asked is None else asked.body()
        emit(as_json, data, lambda console: show_plans.way_back(console, asked, found))


@plan_app.command("list")
def plan_list(tenant: TenantName = "", plan: PlanId = "", store: Store = None, as_json: AsJson = False) -> None:
    """Every version of the plan, newest first, and the tracks on which each is active."""
    with told():
        from trimtab import show_plans
        from trimtab.opening import opened, tenant_named
        from trimtab.plans import versions_named

        ports = opened(store)
        found = tenant_named(ports, tenant)
        versions = versions_named(ports, found, plan)
        data = [show_plans.version_data(one) for one in versions]
        emit(as_json, data, lambda console: show_plans.versions(console, versions, found))


@plan_app.command("show")
def plan_show(
    version: Annotated[int | None, typer.Argument(help="The version; the newest where none is named.")] = None,
    tenant: TenantName = "",
    plan: PlanId = "",
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """What a version of the plan says, exactly as it was approved."""
    with told():
        from trimtab import show_plans
        from trimtab.opening import opened, tenant_named
        from trimtab.plans import version_named

        ports = opened(store)
        found = version_named(ports, tenant_named(ports, tenant), plan, version)
        emit(as_json, found.body(), lambda console: show_plans.version(console, found))


@drafts_app.command("list")
def drafts_list(
    tenant: TenantName = "",
    everything: Annotated[bool, typer.Option("--all", help="Those that are decided or expired, too.")] = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """The drafts that wait for a person."""
    with told():
        from common.use_cases.plan_drafts import drafts_of, drafts_waiting
        from trimtab import show_plans
        from trimtab.opening import opened, tenant_named

        ports = opened(store)
        found = tenant_named(ports, tenant)
        rows = (drafts_of if everything else drafts_waiting)(ports, found.tenant_id)
        emit(as_json, [row.body() for row in rows], lambda console: show_plans.drafts(console, rows, found))


@drafts_app.command("show")
def drafts_show(draft: DraftId, tenant: TenantName = "", store: Store = None, as_json: AsJson = False) -> None:
    """What a draft would change in the plan, and what led to it."""
    with told():
        from trimtab import show_plans
        from trimtab.opening import opened, tenant_named
        from trimtab.plans import draft_named, version_named

        ports = opened(store)
        found = tenant_named(ports, tenant)
        seen = draft_named(ports, found, draft)
        before = version_named(ports, found, seen.plan_id, seen.based_on)
        emit(as_json, seen.body(), lambda console: show_plans.draft(console, seen, before))


@drafts_app.command("make")
def drafts_make(
    track: TrackName, by: By, tenant: TenantName = "", store: Store = None, as_json: AsJson = False
) -> None:
    """Draft the next version from what is live in a track, as when the last draft expired or was rejected."""
    with told():
        from common.use_cases.make_draft import draft_again
        from trimtab import show_plans
        from trimtab.opening import opened, tenant_named, track_named
        from trimtab.plans import version_named

        ports = opened(store)
        found = tenant_named(ports, tenant)
        made = draft_again(ports, track_named(found, track), by=by)
        before = version_named(ports, found, made.plan_id, made.based_on)
        emit(as_json, made.body(), lambda console: show_plans.draft(console, made, before))


@drafts_app.command("terms")
def drafts_terms(draft: DraftId, tenant: TenantName = "", store: Store = None) -> None:
    """Print what the next version would say, as JSON: change it in a file, and hand that to `drafts edit`."""
    with told():
        from trimtab.opening import opened, tenant_named
        from trimtab.plans import draft_named

        ports = opened(store)
        print_json(draft_named(ports, tenant_named(ports, tenant), draft).plan.body())


@drafts_app.command("approve")
def drafts_approve(
    draft: DraftId, by: By, tenant: TenantName = "", store: Store = None, as_json: AsJson = False
) -> None:
    """Say yes to a draft exactly as it stands now: it becomes the plan's next version, at once."""
    with told():
        from common.use_cases.plan_drafts import approve_draft
        from trimtab import show_plans
        from trimtab.opening import opened, tenant_named
        from trimtab.plans import draft_named

        ports = opened(store)
        found = tenant_named(ports, tenant)
        seen = draft_named(ports, found, draft).payload_digest
        done = approve_draft(ports, found.tenant_id, draft, by=by, seen=seen, run=ports.new_run())
        emit(as_json, done.body(), lambda console: show_plans.decided(console, done))


@drafts_app.command("edit")
def drafts_edit(
    draft: DraftId,
    by: By,
    file: Annotated[Path, typer.Option(help="The terms, as `drafts terms` prints them, with your changes.")],
    tenant: TenantName = "",
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Make a new draft with other terms in place of this one; where they have faults, all are listed, none written."""
    with told():
        from common.use_cases.plan_drafts import edit_draft
        from trimtab import show_plans
        from trimtab.checking import read_terms
        from trimtab.opening import opened, tenant_named
        from trimtab.plans import draft_named

        terms, ports = read_terms(file), opened(store)
        found = tenant_named(ports, tenant)
        seen = draft_named(ports, found, draft).payload_digest
        done = edit_draft(ports, found.tenant_id, draft, terms, by=by, seen=seen)
        emit(as_json, done.body(), lambda console: show_plans.edited(console, done, draft))


@drafts_app.command("reject")
def drafts_reject(
    draft: DraftId,
    by: By,
    reason: Annotated[str, typer.Option(help="Why; it goes into the log.")],
    tenant: TenantName = "",
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Say no to a draft: the plan stays, and a request asks whether live should go back to it."""
    with told():
        from common.use_cases.plan_drafts import reject_draft
        from trimtab import show_plans
        from trimtab.opening import opened, tenant_named
        from trimtab.plans import draft_named

        ports = opened(store)
        found = tenant_named(ports, tenant)
        seen = draft_named(ports, found, draft).payload_digest
        done = reject_draft(ports, found.tenant_id, draft, by=by, seen=seen, reason=reason)
        emit(as_json, show_plans.rejected_data(done), lambda console: show_plans.rejected(console, done, found))
