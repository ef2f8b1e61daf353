"""Where the emulators can't run, one message says all that is missing and how to get it."""

from pathlib import Path

import pytest

from trimtab.emulators import EmulatorsMissing, firestore_emulator, missing


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without programs; returns where they would be."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CLOUDSDK_ROOT", raising=False)
    return tmp_path


def install(path: Path) -> None:
    """Put a program there that does nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)


def test_without_java_and_sdk_both_are_named_and_nothing_starts(bare_machine: Path) -> None:
    with pytest.raises(EmulatorsMissing) as error, firestore_emulator():
        pass
    assert [fault.where for fault in error.value.faults] == ["java", "gcloud"]
    assert "install a Java runtime" in str(error.value)


def test_without_the_emulators_each_is_named_with_the_command_that_installs_it(bare_machine: Path) -> None:
    install(bare_machine / "java")
    install(bare_machine / "sdk/bin/gcloud")
    (bare_machine / "gcloud").symlink_to(bare_machine / "sdk/bin/gcloud")
    faults = missing()
    assert [fault.where for fault in faults] == ["cloud-firestore-emulator", "pubsub-emulator"]
    assert "gcloud components install cloud-firestore-emulator" in faults[0].what
    assert "google-cloud-cli-pubsub-emulator" in faults[1].what


def test_the_sdk_may_be_named_by_its_folder(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(bare_machine / "java")
    monkeypatch.setenv("CLOUDSDK_ROOT", str(bare_machine / "sdk"))
    install(bare_machine / "sdk/platform/cloud-firestore-emulator/cloud-firestore-emulator.jar")
    install(bare_machine / "sdk/platform/pubsub-emulator/lib/cloud-pubsub-emulator-9.9.9-all.jar")
    assert missing() == ()
