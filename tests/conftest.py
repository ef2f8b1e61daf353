"""Google's emulators for the tests that need them: started when a worker first needs one, ended with it.

Such a test carries `@pytest.mark.emulator`. Where Java or the emulators are not installed it is left out, and the run
says so at its end; in CI it fails instead, so that it is never left out there. One that carries `@pytest.mark.plan`
needs a plan of `infra/`, and is left out in the same way wherever none can be made without a project.
"""

import os
import signal
from collections.abc import Iterator, Sequence
from uuid import uuid4

import pytest

from tests.infra.planned import why_none
from trimtab.emulators import firestore_emulator, missing, pubsub_emulator

_LEFT_OUT = pytest.StashKey[dict[str, list[str]]]()
"""The tests that were left out, by their marker."""
_NEED = {"emulator": "Google's emulators", "plan": "a plan of infra/"}


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; and let interrupts interrupt what the tests start.

    A shell that runs the tests in the background has them ignored, and every process would inherit that.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "emulator: needs Google's emulators, and so Java and the Google Cloud SDK")
    config.addinivalue_line("markers", "plan: needs a plan of infra/: Terraform, and a stand-in for its providers")
    config.addinivalue_line("markers", "has(*names): only for those ways to a market that have these")
    config.stash[_LEFT_OUT] = {}


def _why_left_out(marker: str) -> list[str]:
    """What is missing for tests of a kind; nothing where they run, or must."""
    if marker == "plan":
        return [] if (why := why_none()) is None else [why]
    return [] if os.environ.get("CI") == "true" else list(map(str, missing()))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what can't run here."""
    for marker in _NEED:
        left_out = [item for item in items if item.get_closest_marker(marker)]
        if not left_out or not _why_left_out(marker):
            continue
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
        config.stash[_LEFT_OUT][marker] = [item.nodeid for item in left_out]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist tells the main process what it left out."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["left_out"] = session.config.stash[_LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: pytest.Item) -> None:
    """Hear what a worker of pytest-xdist left out; all leave out the same."""
    output: dict[str, dict[str, list[str]]] = getattr(node, "workeroutput", {})
    node.config.stash[_LEFT_OUT] = output.get("left_out", {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say at the end which tests were left out and what to install."""
    for marker, left_out in config.stash[_LEFT_OUT].items():
        terminalreporter.section(f"left out: tests that need {_NEED[marker]}", yellow=True)
        for fault in _why_left_out(marker):
            terminalreporter.line(fault)
        for name in _without_parameters(left_out):
            terminalreporter.line(f"  {name}")
        terminalreporter.line(f"{len(left_out)} tests did not run.", yellow=True)


def _without_parameters(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(name.partition("[")[0] for name in names))


@pytest.fixture(scope="session")
def firestore_address() -> Iterator[str]:
    """`host:port` of a Firestore emulator."""
    with firestore_emulator() as address:
        yield address


@pytest.fixture(scope="session")
def pubsub_address() -> Iterator[str]:
    """`host:port` of a Pub/Sub emulator."""
    with pubsub_emulator() as address:
        yield address


@pytest.fixture
def project() -> str:
    """A Google Cloud project that no other test uses: nothing is in it yet."""
    return f"test-{uuid4().hex[:12]}"
