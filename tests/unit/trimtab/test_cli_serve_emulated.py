"""`serve --emulators`: the real functions in processes of their own keep a flight on its plan, and a person decides."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import pytest

from tests.patience import eventually
from tests.unit.trimtab.command import WEEKEND, trimtab
from trimtab.processes import free_port

pytestmark = pytest.mark.emulator
ROOT = Path(__file__).parents[3]


@contextmanager
def serving(folder: Path, scenario: Path, port: int) -> Generator[subprocess.Popen[str]]:
    """A `serve` that has greeted; gone at the end of the block."""
    options = ["--scenario", scenario, "--port", port, "--emulators", "--from-the-start", "--seconds-per-hour", 0]
    process = subprocess.Popen(
        [str(one) for one in (sys.executable, "-m", "trimtab", "serve", *options)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_the_functions_play_a_flight_and_a_person_decides_in_the_pages(tmp_path: Path) -> None:
    scenario, port = tmp_path / "early.json", free_port()
    scenario.write_text(WEEKEND.read_text().replace("2026-05-09T10:00", "2026-05-07T02:00"))
    with serving(tmp_path, scenario, port) as process:
        assert process.stdout is not None
        greeting = [process.stdout.readline() for _ in range(5)]
        assert greeting[0].startswith(f"Trimtab is at http://127.0.0.1:{port}/ on emulators, playing weekend.")
        environment = dict(re.findall(r"(\w+)=(\S+)", greeting[3]))
        flight = re.findall(r"http://\S+?/", greeting[1])[0]

        opener = build_opener(HTTPCookieProcessor(CookieJar()))
        asked = opener.open(f"http://127.0.0.1:{port}/sign-in", timeout=30).read().decode()
        form = re.findall(r'name="form" value="([^"]+)"', asked)[-1]
        entered = urlencode({"form": form, "email": "client@example.com", "next": "/"}).encode()
        assert opener.open(f"http://127.0.0.1:{port}/sign-in", entered, timeout=30).status == 200

        def api(path: str) -> Any:
            return json.load(opener.open(f"http://127.0.0.1:{port}/api/v1{path}", timeout=30))

        assert eventually(lambda: api("/approvals")["total"] == 1), "the edit by hand is asked about"
        (item,) = api("/approvals")["items"]
        assert "shop" in urlopen(flight, timeout=30).read().decode()
        by = ("--by", "client@example.com")
        approved = trimtab("approvals", "approve", item["approval_id"], *by, **environment)
        assert (approved.code, approved.err) == (0, "")
        log = api("/tenants/weekend/log?count=500")["items"]
        assert [one["kind"] for one in log if one["change_set_id"] == item["approval_id"]][-1] == "pending"
        assert {one["by"] for one in log if one["kind"] == "applied"} >= {"trimtab", "client@example.com"}

        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "Stopped.\n", "")


def test_a_machine_without_the_emulators_is_told_what_to_install(tmp_path: Path) -> None:
    answer = trimtab("serve", "--emulators", "--port", free_port(), PATH=str(tmp_path), CLOUDSDK_ROOT=str(tmp_path))
    assert (answer.code, answer.out) == (2, "")
    assert "Google's emulators can't run here" in answer.err
    assert "java: not on the PATH" in answer.err
