"""Google's own emulators of Firestore and Pub/Sub, on this machine, for tests and for `serve`.

Their Java is started directly: ending the `gcloud` command that wraps it would leave the Java process behind, and the
wrapper takes seconds to start. An emulator listens on a free port, keeps its data in memory and ends with its owner.
"""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from common.domain.errors import Fault, TrimtabError
from trimtab.ending import Ending
from trimtab.processes import free_port, running


class EmulatorsMissing(TrimtabError):
    """This machine can't run the emulators; says everything that must be installed, and how."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("Google's emulators can't run here:\n" + "\n".join(f"  {fault}" for fault in faults))


@dataclass(frozen=True, slots=True)
class _Component:
    name: str
    apt_package: str
    jar: str  # under the SDK's `platform` folder, as a pattern where the name carries a version
    start: tuple[str, ...]  # java's arguments before and after the jar


_FIRESTORE = _Component(
    name="cloud-firestore-emulator",
    apt_package="google-cloud-cli-firestore-emulator",
    jar="cloud-firestore-emulator/cloud-firestore-emulator.jar",
    start=("-Duser.language=en", "-cp", "{jar}", "com.google.cloud.datastore.emulator.firestore.CloudFirestore"),
)
_PUBSUB = _Component(
    name="pubsub-emulator",
    apt_package="google-cloud-cli-pubsub-emulator",
    jar="pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar",
    start=("-jar", "{jar}"),
)


def missing() -> tuple[Fault, ...]:
    """What this machine lacks to run the emulators, each with how to get it; nothing where they can run."""
    faults: list[Fault] = []
    if shutil.which("java") is None:
        faults.append(Fault("java", "not on the PATH; install a Java runtime, 11 or newer"))
    sdk = _sdk_root()
    if sdk is None:
        faults.append(
            Fault("gcloud", "not on the PATH; install the Google Cloud SDK, or name its folder in CLOUDSDK_ROOT")
        )
        return tuple(faults)
    for component in (_FIRESTORE, _PUBSUB):
        if _jar(sdk, component) is None:
            how = f"`gcloud components install {component.name}` or `apt-get install {component.apt_package}`"
            faults.append(Fault(component.name, f"not in the Google Cloud SDK at {sdk}; {how}"))
    return tuple(faults)


@contextmanager
def firestore_emulator(ending: Ending | None = None) -> Generator[str]:
    """Firestore for as long as the block lasts: yields its `host:port`. Each project id has its own, empty database.

    Raises:
        EmulatorsMissing: something that it needs is not installed.
        NotReady: it did not start.
        Ended: `ending` says that it is not wanted any more.
    """
    with _emulator(_FIRESTORE, ending) as address:
        yield address


@contextmanager
def pubsub_emulator(ending: Ending | None = None) -> Generator[str]:
    """Pub/Sub for as long as the block lasts: yields its `host:port`. Each project id starts without any topic.

    Raises:
        EmulatorsMissing: something that it needs is not installed.
        NotReady: it did not start.
        Ended: `ending` says that it is not wanted any more.
    """
    with _emulator(_PUBSUB, ending) as address:
        yield address


@contextmanager
def _emulator(component: _Component, ending: Ending | None) -> Generator[str]:
    if faults := missing():
        raise EmulatorsMissing(faults)
    sdk = _sdk_root()
    jar = sdk and _jar(sdk, component)
    port = free_port()
    start = [argument.format(jar=jar) for argument in component.start]
    command = ["java", *start, "--host=127.0.0.1", f"--port={port}"]
    with running(component.name, command, port=port, ending=ending):
        yield f"127.0.0.1:{port}"


def _sdk_root() -> Path | None:
    if root := os.environ.get("CLOUDSDK_ROOT"):
        return Path(root)
    gcloud = shutil.which("gcloud")
    return Path(gcloud).resolve().parents[1] if gcloud else None  # <root>/bin/gcloud, often behind a symbolic link


def _jar(sdk: Path, component: _Component) -> Path | None:
    return max((sdk / "platform").glob(component.jar), default=None)
