"""The commands that make bundles of the functions, and that try them."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from common.domain.errors import TrimtabError
from trimtab.bundles import OUT, Bundle
from trimtab.commands import AsJson, emit, told
from trimtab.function_list import Described, described

if TYPE_CHECKING:
    from trimtab.smoke import Cloud, Smoked

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Functions; all where none is named.")]
Out = Annotated[Path, typer.Option(help="The folder for the bundles.")]
AT_ONCE = 2
"""Bundles that are tried at the same time: each keeps a core busy."""
PROJECT = "trimtab-smoke"


def add_to(app: typer.Typer) -> None:
    """Make them commands of the program."""
    app.command("stage")(stage)
    app.command("smoke")(smoke)


def stage(names: Names = None, out: Out = OUT, as_json: AsJson = False) -> None:
    """Make each function's bundle: its code, common/ and its cut of uv.lock, in a file named after what is in it."""
    with told():
        from trimtab import bundles

        made = bundles.stage(described(tuple(names or ())), out)
        if not names:
            bundles.write_manifest(made, out)
        data = [{**asdict(one), "object": one.object, "packed": one.packed} for one in made]
        emit(as_json, data, lambda console: console.print(_staged(made)))


def smoke(names: Names = None, out: Out = OUT, as_json: AsJson = False) -> None:
    """Run each bundle by itself, as the cloud would, and check how it answers. Exit code 1 where one does not."""
    with told():
        from trimtab import bundles

        functions = described(tuple(names or ()))
        made = bundles.stage(functions, out)
        with _cloud() as cloud, ThreadPoolExecutor(AT_ONCE) as pool:
            running = [pool.submit(_tried, one, functions[one.name], cloud) for one in made]
            done = [one.result() for one in running]
        emit(as_json, [asdict(one) for one in done], lambda console: _show_smoked(console, done, cloud))
        if any(one.faults for one in done):
            raise typer.Exit(1)


def _tried(bundle: Bundle, function: Described, cloud: "Cloud | None") -> "Smoked":
    from trimtab.smoke import Smoked, smoke

    try:
        return smoke(bundle, function, cloud)
    except TrimtabError as error:
        return Smoked(bundle.name, 0.0, (), (str(error),))


@contextmanager
def _cloud() -> "Generator[Cloud | None]":
    """The emulators with the canary tenant, where they can run."""
    from common.adapters.firestore import FirestoreDocuments, firestore_client
    from common.adapters.memory_bus import MemoryBus
    from common.adapters.pubsub_topology import EmulatedTopology
    from common.bootstrap import build
    from common.domain.tick import dead_letter_topic
    from common.ports.journal import Silence
    from common.settings import Settings
    from trimtab.canary import take_on
    from trimtab.emulators import firestore_emulator, missing, pubsub_emulator
    from trimtab.nowhere import no_platforms
    from trimtab.smoke import Cloud

    if missing():
        yield None
        return
    with firestore_emulator() as firestore, pubsub_emulator() as pubsub:
        topology = EmulatedTopology(PROJECT, pubsub)
        for topic in {topic for one in described().values() for topic in one.pushed}:
            topology.topic(topic)
            topology.topic(dead_letter_topic(topic))
        documents = FirestoreDocuments(firestore_client(PROJECT, emulator=firestore))
        ports = build(Settings(), documents=documents, bus=MemoryBus(), platforms=no_platforms, journal=Silence())
        take_on(ports)
        yield Cloud(PROJECT, firestore, pubsub, ports)


def _staged(made: list[Bundle]) -> Table:
    table = Table("bundle", "files", "kB", "unpacked", "packages")
    for one in made:
        sizes = (f"{one.packed / 1e3:.0f}", f"{one.unpacked / 1e3:.0f}")
        table.add_row(one.file.name, str(one.files), *sizes, str(one.requirements))
    return table


def _show_smoked(console: Console, done: "list[Smoked]", cloud: Any) -> None:
    for one in done:
        console.print(
            f"{one.name}: {'; '.join(one.faults or one.tried)} ({one.seconds:g} s)", markup=False, soft_wrap=True
        )
    if cloud is None:
        console.print("Messages were left out: Google's emulators can't run here.")
