"""The operator's commands. Each prints for a person, or with `--json` for a program.

Exit codes: 0, all is well; 1, what was looked at is not: a log, a connection, a kill switch that is on; 2, the command
could not do what it was told.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from common.domain.errors import InvalidInput, Refused
from trimtab import (
    cli_bundles,
    cli_connect,
    cli_crm,
    cli_deploy,
    cli_inputs,
    cli_keys,
    cli_plans,
    cli_redrive,
    cli_report,
    cli_review,
    cli_schedules,
    cli_stop,
    cli_tenants,
)
from trimtab.commands import AsJson, By, Store, TenantName, TrackName, emit, print_json, told
from trimtab.harmless import text

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Keeps paid-media campaigns on the plan that the client approved.",
)
approvals_app = typer.Typer(no_args_is_help=True, help="What waits for a person.")
app.add_typer(approvals_app, name="approvals")
cli_bundles.add_to(app)
cli_connect.add_to(app)
cli_crm.add_to(app)
cli_deploy.add_to(app)
cli_keys.add_to(app)
cli_plans.add_to(app)
cli_redrive.add_to(app)
cli_report.add_to(app)
cli_inputs.add_to(app)
cli_review.add_to(app)
cli_schedules.add_to(app)
cli_stop.add_to(app)
cli_tenants.add_to(app)

ApprovalId = Annotated[str, typer.Argument(help="Its id, as `approvals list` shows it.")]

DEMO = Path(__file__).parent.parent / "sandbox" / "scenarios" / "demo.json"
DEMO_STORE = "sqlite:var/demo.db"
DEMO_PICTURES = Path("var/demo-pauses.svg")
DEMO_REPORT = Path("var/demo-report.html")


@app.command()
def demo(as_json: AsJson = False) -> None:
    """Play the shipped scenario: three tracks, thirty days, and things that go wrong."""
    with told():
        from trimtab import show
        from trimtab.running import agree, play_to_the_end

        played = play_to_the_end(DEMO, DEMO_STORE, agree, fresh=True, pictures=DEMO_PICTURES, report=DEMO_REPORT)
        emit(as_json, show.played_data(played), lambda console: show.played(console, played, DEMO_STORE, DEMO_PICTURES))
        if not as_json:
            typer.echo(f"\nThe client's report: {DEMO_REPORT}")


@app.command()
def play(
    scenario: Annotated[Path, typer.Argument(help="A scenario file.")],
    store: Annotated[str, typer.Option(help="Where its documents go, as for `log`.")] = "sqlite::memory:",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the result there; - prints it.")] = None,
    unanswered: Annotated[
        bool, typer.Option("--unanswered", help="Leave approvals waiting; otherwise all are approved.")
    ] = False,
) -> None:
    """Play a scenario hour by hour on real documents, and tell how it ended."""
    with told():
        from trimtab import show
        from trimtab.running import agree, leave, play_to_the_end

        printed = str(json_file) == "-"
        if json_file is not None and not printed:
            json_file.touch()  # refused now rather than when all is played
        played = play_to_the_end(scenario, store, leave if unanswered else agree)
        if json_file is not None and not printed:
            json_file.write_text(json.dumps(show.played_data(played), indent=2))
        emit(printed, show.played_data(played), lambda console: show.played(console, played, store))


@app.command()
def tick(
    track: Annotated[str, typer.Argument(help="The track; all of the tenant's where none is named.")] = "",
    tenant: TenantName = "",
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Run one pacing tick now, for one track or all, and say what it did and why."""
    with told():
        from trimtab import show
        from trimtab.opening import opened, tenant_named, track_named
        from trimtab.ticking import tick_tracks

        ports = opened(store, acts=True)
        found = tenant_named(ports, tenant)
        tracks = [track_named(found, one) for one in ((track,) if track else found.tracks)]
        ticks, failed = tick_tracks(ports, tracks)
        emit(as_json, [show.tick_data(one) for one in ticks], lambda console: show.ticks(console, ticks, found))
        if failed is not None:
            raise failed


@app.command()
def log(
    track: TrackName,
    tenant: TenantName = "",
    store: Store = None,
    newest: Annotated[int, typer.Option(min=1, help="How many entries, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """The optimization log of a track: what was changed or decided, by whom, and why."""
    with told():
        from common.use_cases.queries import entries
        from trimtab import show_records
        from trimtab.opening import opened, tenant_named, track_named

        ports = opened(store)
        found = tenant_named(ports, tenant)
        rows = list(entries(ports, track_named(found, track), newest=newest))
        emit(as_json, [row.body() for row in rows], lambda console: show_records.log(console, rows, found.currency))


@app.command()
def why(track: TrackName, tenant: TenantName = "", store: Store = None, as_json: AsJson = False) -> None:
    """Why the day's ticks did what they did, or nothing: each entity's reasons, counted."""
    with told():
        from common.use_cases.queries import state_of
        from trimtab import show_records
        from trimtab.opening import opened, tenant_named, track_named

        ports = opened(store)
        found = tenant_named(ports, tenant)
        state = state_of(ports, track_named(found, track))
        reasons = [] if state is None else [reason.body() for reason in state.reasons]
        emit(as_json, reasons, lambda console: show_records.reasons(console, state, found.currency))


@app.command("verify-log")
def verify_log(tenant: TenantName = "", store: Store = None, as_json: AsJson = False) -> None:
    """Check each track's log: no gap, no edit, no truncation; it gives the manifest, and is what was anchored."""
    with told():
        from common.domain.paths import Track
        from common.use_cases.verify import kept_anchors, verify
        from trimtab.opening import opened, settings_for, tenant_named
        from trimtab.progress import watched
        from trimtab.show_verified import verified, verified_data

        ports, where = opened(store), settings_for(store).objects_at
        found = tenant_named(ports, tenant)
        kept = kept_anchors(ports.objects, found.tenant_id)
        names = list(dict.fromkeys([*found.tracks, *sorted(kept.tracks)]))
        tracks = {
            track: verify(ports, Track(found.tenant_id, track), kept.anchors)
            for track in watched(names, len(names), "verifying")
        }
        emit(as_json, verified_data(kept, tracks, where), lambda console: verified(console, kept, tracks, where))
        if kept.faults or any(one.faults for one in tracks.values()):
            raise typer.Exit(1)


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(help="A file of JSON.")],
    kind: Annotated[
        str, typer.Option(help="tenant, plan, terms, manifest or scenario; guessed where it is not said.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check a file of a tenant, a plan, its terms, a manifest or a scenario; every fault is listed, nothing written.

    With --json the faults of a faulty file are printed as JSON too.
    """
    with told():
        from trimtab.checking import check_file

        try:
            found = check_file(file, kind)
        except InvalidInput as error:
            if as_json:
                print_json({"file": str(file), "faults": [asdict(fault) for fault in error.faults]})
            raise
        emit(as_json, found, lambda console: console.print(text((f"{file} is a valid {found['kind']}", "green"))))


@approvals_app.command("list")
def approvals_list(tenant: TenantName = "", store: Store = None, as_json: AsJson = False) -> None:
    """What waits for a person, the most urgent first."""
    with told():
        from common.use_cases.queries import change_set_of, waiting
        from trimtab import show_records
        from trimtab.opening import opened, tenant_named

        ports = opened(store)
        found = tenant_named(ports, tenant)
        pending = sorted(waiting(ports, found.tenant_id), key=lambda approval: approval.expires_at)
        rows = [(one, change_set_of(ports, found.tenant_id, one.approval_id)) for one in pending]
        data = [show_records.approval_data(*row) for row in rows]
        emit(as_json, data, lambda console: show_records.approvals(console, rows, found.currency))


@approvals_app.command("approve")
def approvals_approve(
    approval: ApprovalId,
    by: By,
    tenant: TenantName = "",
    only: Annotated[list[str] | None, typer.Option(help="Approve this proposal only; may be repeated.")] = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Say yes to an approval exactly as it stands now, and apply it."""
    with told():
        from common.use_cases.approve_and_apply import approve_and_apply
        from trimtab import show_records
        from trimtab.opening import approval_named, opened, tenant_named

        ports = opened(store)
        found = tenant_named(ports, tenant)
        seen = approval_named(ports, found, approval).payload_digest
        done = approve_and_apply(ports, found.tenant_id, approval, by=by, seen=seen, proposals=tuple(only or ()))
        emit(as_json, done.body(), lambda console: show_records.decided(console, done, found.currency))


@approvals_app.command("reject")
def approvals_reject(
    approval: ApprovalId,
    by: By,
    reason: Annotated[str, typer.Option(help="Why; it goes into the log.")],
    tenant: TenantName = "",
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Say no to an approval."""
    with told():
        from common.use_cases.approvals import reject
        from trimtab import show_records
        from trimtab.opening import approval_named, opened, tenant_named

        ports = opened(store)
        found = tenant_named(ports, tenant)
        seen = approval_named(ports, found, approval).payload_digest
        done = reject(ports, found.tenant_id, approval, by=by, seen=seen, reason=reason)
        emit(as_json, done.body(), lambda console: show_records.decided(console, done, found.currency))


@app.command()
def serve(  # noqa: PLR0913 - each is an option of the command line
    scenario: Annotated[Path, typer.Option(help="The scenario that is played.", show_default="the demo's")] = DEMO,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the page and the market are served.")] = 8080,
    seconds_per_hour: Annotated[
        float, typer.Option(min=0, help="Real seconds that one hour of the market takes.")
    ] = 2.0,
    store: Annotated[
        str | None, typer.Option(help="Where the documents go; otherwise a new store, sqlite:var/serve-PORT.db.")
    ] = None,
    emulators: Annotated[
        bool, typer.Option("--emulators", help="On Google's emulators, each function in a process of its own.")
    ] = False,
    ahead: Annotated[
        bool | None,
        typer.Option(
            "--ahead/--from-the-start",
            help="Play first until something waits for a person, and ask some examples beside it.",
            show_default="ahead with the demo's scenario",
        ),
    ] = None,
    run_on: Annotated[
        bool, typer.Option("--run-on", help="The market goes on while something waits for a person.")
    ] = False,
    flight_seconds: Annotated[
        float | None,
        typer.Option(min=1, help="On the emulators: real seconds of the whole flight, which then waits for nobody."),
    ] = None,
) -> None:
    """Run everything on this machine: store, scheduler, simulated market, and the pages where people decide."""
    with told():
        from trimtab.serving import Pace

        pace = Pace(seconds_per_hour, ahead=scenario == DEMO if ahead is None else ahead, run_on=run_on)
        if flight_seconds is not None:
            if not emulators:
                raise Refused("--flight-seconds is for --emulators; without, --seconds-per-hour 0 is the fastest")
            pace = Pace(0, ahead=bool(ahead), run_on=True, flight_seconds=flight_seconds)
        if emulators:
            if store is not None:
                raise Refused("--emulators keeps the documents in Firestore's emulator: leave out --store")
            from trimtab.serving_emulated import serve_on_emulators

            serve_on_emulators(scenario, port, pace)
        else:
            from trimtab.serving import serve_forever

            serve_forever(scenario, port, store, pace)


@app.command()
def schemas(
    folder: Annotated[Path, typer.Argument(help="Where the files go; those that are there are overwritten.")],
) -> None:
    """Write the JSON Schemas of what Trimtab publishes."""
    with told():
        from trimtab.schemas import write_schemas

        for file in write_schemas(folder):
            typer.echo(file)
