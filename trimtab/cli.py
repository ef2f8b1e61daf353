"""The operator's commands. Each prints for a person, or with `--json` for a program; a fault ends it with 2."""

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from common.bootstrap import build
from common.domain.errors import TrimtabError
from common.domain.paths import Track
from common.settings import Settings, from_environment
from common.use_cases.ports import Ports
from trimtab import show

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Keeps paid-media campaigns on the plan that the client approved.",
)
approvals_app = typer.Typer(no_args_is_help=True, help="What waits for a person.")
app.add_typer(approvals_app, name="approvals")

Store = Annotated[str, typer.Option(help="sqlite:PATH, sqlite::memory: or firestore:PROJECT[/DATABASE].")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TenantName = Annotated[str, typer.Option("--tenant", "-t", help="The tenant; not needed where the store has one.")]
By = Annotated[str, typer.Option(help="Your e-mail address, as the tenant's approvers have it.")]

DEMO = Path(__file__).parent.parent / "sandbox" / "scenarios" / "demo.json"
DEFAULT_STORE = "sqlite:var/trimtab.db"


@contextmanager
def told() -> Generator[None]:
    """Turn an error that was raised on purpose into its message and exit code 2."""
    try:
        yield
    except (TrimtabError, OSError) as error:
        Console(stderr=True, highlight=False).print(f"[red]error[/red] {error}", soft_wrap=True)
        raise typer.Exit(2) from error


def settings_for(store: str) -> Settings:
    """The environment's settings, with the store of the command line where one was given."""
    settings = from_environment()
    return settings if store == DEFAULT_STORE and "store" in settings.model_fields_set else settings.but(store=store)


def store_ports(store: str) -> Ports:
    """Ports for reading and deciding; no platform is reached unless the environment says where."""
    from trimtab.nowhere import no_platforms

    settings = settings_for(store)
    if settings.store.startswith("sqlite:") and not settings.store.endswith(":memory:"):
        Path(settings.store.removeprefix("sqlite:")).parent.mkdir(parents=True, exist_ok=True)
    return build(settings) if settings.market_url else build(settings, platforms=no_platforms)


def emit(as_json: bool, data: Any, person: Callable[[Console], None]) -> None:
    """Print for a program or for a person."""
    if as_json:
        json.dump(data, sys.stdout, indent=2, default=str)
        sys.stdout.write("\n")
    else:
        person(Console(highlight=False))


def the_tenant(ports: Ports, named: str) -> str:
    """The tenant that was named, or the only one that there is."""
    from common.use_cases.queries import tenants

    if named:
        return named
    known = [tenant.tenant_id for tenant in tenants(ports)]
    if len(known) == 1:
        return known[0]
    raise TrimtabError(f"say which tenant with --tenant; the store has {', '.join(known) or 'none'}")


@app.command()
def demo(as_json: AsJson = False) -> None:
    """Play the shipped scenario: three tracks, thirty days, and things that go wrong."""
    with told():
        _play(DEMO, "sqlite:var/demo.db", as_json, None, fresh=True)


@app.command()
def play(
    scenario: Annotated[Path, typer.Argument(help="A scenario file.")],
    store: Store = "sqlite::memory:",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the result there; - prints it.")] = None,
) -> None:
    """Play a scenario hour by hour on real documents, and tell how it ended."""
    with told():
        _play(scenario, store, str(json_file) == "-", None if str(json_file) == "-" else json_file, fresh=False)


def _play(path: Path, store: str, as_json: bool, file: Path | None, *, fresh: bool) -> None:
    from trimtab.running import play_to_the_end

    played = play_to_the_end(path, store, quiet=as_json, fresh=fresh)
    if file is not None:
        file.write_text(json.dumps(show.played_data(played), indent=2))
    emit(as_json, show.played_data(played), lambda console: show.played(console, played, store))


@app.command()
def tick(
    track: Annotated[str, typer.Argument(help="The track; all of the tenant's where none is named.")] = "",
    tenant: TenantName = "",
    store: Store = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Run one pacing tick now, for one track or all, and say what it did and why."""
    with told():
        from common.domain.tick import Cadence, window_of
        from common.use_cases.configure import tenant_of
        from common.use_cases.pace import pace

        ports = build(settings_for(store))
        name = the_tenant(ports, tenant)
        window = window_of(Cadence.PACING, ports.clock.now())
        tracks = (track,) if track else tenant_of(ports, name).tracks
        ticks = [pace(ports, Track(name, one), window, ports.new_run()) for one in tracks]
        emit(as_json, [show.tick_data(one) for one in ticks], lambda console: show.ticks(console, ticks))


@app.command()
def log(
    track: str,
    tenant: TenantName = "",
    store: Store = DEFAULT_STORE,
    newest: Annotated[int, typer.Option(help="How many entries, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """The optimization log of a track: what was changed or decided, by whom, and why."""
    with told():
        from common.use_cases.configure import tenant_of
        from common.use_cases.queries import entries, manifest_of

        ports = store_ports(store)
        name = Track(the_tenant(ports, tenant), track)
        manifest_of(ports, name)
        currency = tenant_of(ports, name.tenant_id).currency
        found = list(entries(ports, name, newest=newest))
        emit(as_json, [entry.body() for entry in found], lambda console: show.log(console, found, currency))


@app.command()
def why(track: str, tenant: TenantName = "", store: Store = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Why the day's ticks did what they did, or nothing: each entity's reasons, counted."""
    with told():
        from common.use_cases.queries import manifest_of, state_of

        ports = store_ports(store)
        name = Track(the_tenant(ports, tenant), track)
        manifest_of(ports, name)
        state = state_of(ports, name)
        reasons = [] if state is None else [reason.body() for reason in state.reasons]
        emit(as_json, reasons, lambda console: show.reasons(console, state))


@app.command("verify-log")
def verify_log(tenant: TenantName = "", store: Store = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Check each track's log: no gap, no edit, no truncation, and replaying it gives the manifest."""
    with told():
        from common.use_cases.configure import tenant_of
        from common.use_cases.queries import verify

        ports = store_ports(store)
        name = the_tenant(ports, tenant)
        faults = {track: verify(ports, Track(name, track)) for track in tenant_of(ports, name).tracks}
        emit(as_json, faults, lambda console: show.verified(console, faults))
        if any(faults.values()):
            raise typer.Exit(1)


@app.command()
def validate(
    file: Path,
    kind: Annotated[str, typer.Option(help="tenant, plan, manifest or scenario; guessed where it is not said.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check a tenant, plan, manifest or scenario file; every fault is listed, nothing is written."""
    with told():
        from trimtab.checking import check_file

        found = check_file(file, kind)
        emit(as_json, found, lambda console: console.print(f"[green]{file} is a valid {found['kind']}[/green]"))


@approvals_app.command("list")
def approvals_list(tenant: TenantName = "", store: Store = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """What waits for a person, the most urgent first."""
    with told():
        from common.use_cases.configure import tenant_of
        from common.use_cases.queries import waiting

        ports = store_ports(store)
        name = the_tenant(ports, tenant)
        found = sorted(waiting(ports, name), key=lambda approval: approval.expires_at)
        currency = tenant_of(ports, name).currency
        emit(as_json, [one.body() for one in found], lambda console: show.approvals(console, found, currency))


@approvals_app.command("approve")
def approvals_approve(
    approval: str,
    by: By,
    tenant: TenantName = "",
    only: Annotated[list[str] | None, typer.Option(help="Approve this proposal only; may be repeated.")] = None,
    store: Store = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Say yes to an approval exactly as it stands now, and apply it."""
    with told():
        from trimtab.deciding import say_yes

        ports = store_ports(store)
        change_set = say_yes(ports, the_tenant(ports, tenant), approval, by, tuple(only or ()))
        emit(as_json, change_set.body(), lambda console: show.decided(console, change_set))


@approvals_app.command("reject")
def approvals_reject(
    approval: str,
    by: By,
    reason: Annotated[str, typer.Option(help="Why; it goes into the log.")],
    tenant: TenantName = "",
    store: Store = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Say no to an approval."""
    with told():
        from common.use_cases.approvals import reject

        ports = store_ports(store)
        change_set = reject(ports, the_tenant(ports, tenant), approval, by=by, reason=reason)
        emit(as_json, change_set.body(), lambda console: show.decided(console, change_set))


@app.command()
def serve(
    scenario: Annotated[Path, typer.Option(help="The scenario that is played.")] = DEMO,
    port: int = 8080,
    seconds_per_hour: Annotated[float, typer.Option(help="Real seconds that one hour of the market takes.")] = 2.0,
    store: Store = "sqlite:var/serve.db",
) -> None:
    """Run everything on this machine: store, scheduler, simulated market, and a page to look at."""
    with told():
        from trimtab.serving import serve_forever

        serve_forever(scenario, store, port, seconds_per_hour)
