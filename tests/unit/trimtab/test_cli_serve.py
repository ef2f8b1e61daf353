"""`serve`: everything in one process on a free port, looked at and decided from others, ended by an interrupt."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.patience import eventually
from tests.unit.trimtab.command import WEEKEND, Outcome, trimtab
from tests.unit.trimtab.underway import AFTER_THE_EDIT, underway
from trimtab.flight import flight_app
from trimtab.processes import free_port
from trimtab.serving import LOOKS_SECONDS

ROOT = Path(__file__).parents[3]


class Serving:
    """A `serve` in a process of its own."""

    def __init__(self, folder: Path, *options: object, port: int | None = None) -> None:
        self.port = port or free_port()
        self.folder = folder
        command = [sys.executable, "-m", "trimtab", "serve", "--scenario", WEEKEND, "--port", self.port, *options]
        self.process = subprocess.Popen(
            [str(one) for one in command],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def page(self) -> str | None:
        """The page, if it answers."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/flight/", timeout=30) as answer:
                return answer.read().decode() if answer.status == 200 else None
        except URLError:
            return None

    def trimtab(self, *arguments: object) -> Outcome:
        """Run a command as the greeting says, in a process of its own."""
        store = f"sqlite:{self.folder}/var/serve-{self.port}.db"
        return trimtab(*arguments, TRIMTAB_MARKET_URL=f"http://127.0.0.1:{self.port}/market", TRIMTAB_STORE=store)

    def end(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """Interrupt it. Returns its exit code and what it wrote."""
        self.process.send_signal(how)
        return self.ended()

    def ended(self) -> tuple[int, str, str]:
        """Its exit code and what it wrote, once it has ended."""
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@contextmanager
def serving(folder: Path, *options: object) -> Generator[Serving]:
    """A `serve` that answers; gone at the end of the block."""
    server = Serving(folder, *options)
    try:
        assert eventually(lambda: server.page() is not None or server.process.poll() is not None)
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()


def test_the_page_shows_every_channel_and_a_second_process_decides_what_waits(tmp_path: Path) -> None:
    scenario = tmp_path / "early.json"
    scenario.write_text(WEEKEND.read_text().replace("2026-05-09T10:00", "2026-05-07T02:00"))
    with serving(tmp_path, "--scenario", scenario, "--seconds-per-hour", 0.3) as server:
        waiting: list[dict[str, Any]] = []
        assert eventually(lambda: bool(waiting.extend(server.trimtab("approvals", "list", "--json").data) or waiting))
        approval = waiting[0]["approval_id"]
        page = server.page() or ""
        for word in ("shop", "outlet", "google_search", "meta", "display", "Waiting for a person", "What was done"):
            assert word in page
        approved = server.trimtab("approvals", "approve", approval, "--by", "client@example.com")
        assert (approved.code, approved.err) == (0, "")
        assert eventually(lambda: undone(server))
        assert server.trimtab("verify-log").code == 0
        assert server.end() == (0, greeting(server) + "Stopped.\n", "")


def test_the_market_waits_for_people_until_everything_is_decided(tmp_path: Path) -> None:
    scenario = tmp_path / "early.json"
    scenario.write_text(WEEKEND.read_text().replace("2026-05-09T10:00", "2026-05-07T02:00"))
    with serving(tmp_path, "--scenario", scenario, "--seconds-per-hour", 0) as server:
        assert eventually(lambda: "The market waits for you: 1 request." in (server.page() or ""))
        stands = server.page()
        time.sleep(3 * LOOKS_SECONDS)
        assert server.page() == stands
        (approval,) = server.trimtab("approvals", "list", "--json").data
        by = ("--by", "client@example.com", "--reason", "It was meant so.")
        assert server.trimtab("approvals", "reject", approval["approval_id"], *by).code == 0
        assert eventually(lambda: "The market waits" not in (server.page() or "The market waits"))


def test_money_that_was_moved_is_drafted_at_once_and_the_market_waits_for_that_answer_too(tmp_path: Path) -> None:
    body = json.loads(WEEKEND.read_text())
    shift = {"track_id": "shop", "channel": "google_search", "to": "meta", "at": "2026-05-07T01:00", "amount": 400}
    scenario = tmp_path / "shift.json"
    scenario.write_text(json.dumps({**body, "events": [{"kind": "budget_shift", **shift}]}))
    by = ("--by", "client@example.com")
    with serving(tmp_path, "--scenario", scenario, "--seconds-per-hour", 0) as server:
        assert eventually(lambda: "The market waits for you: 1 request." in (server.page() or ""))
        (approval,) = server.trimtab("approvals", "list", "--json").data
        assert server.trimtab("approvals", "approve", approval["approval_id"], *by).code == 0
        assert eventually(lambda: "The market waits for you: 1 plan draft." in (server.page() or ""))
        (draft,) = server.trimtab("drafts", "list", "--json").data
        assert f'href="/t/weekend/drafts/{draft["draft_id"]}"' in (server.page() or "")
        assert server.trimtab("drafts", "approve", draft["draft_id"], *by).code == 0
        assert eventually(lambda: "The market waits" not in (server.page() or "The market waits"))
        assert [one["version"] for one in server.trimtab("plan", "list", "--json").data] == [2, 1]


def undone(server: Serving) -> bool:
    """Whether the edit by hand was undone, as the client said."""
    log = server.trimtab("log", "shop", "--newest", 50, "--json").data
    return any((entry["kind"], entry["by"]) == ("applied", "client@example.com") for entry in log)


def greeting(server: Serving) -> str:
    """What it says when it begins."""
    return (
        f"Trimtab is at http://127.0.0.1:{server.port}/, playing weekend. Ctrl-C stops it.\n"
        "In another terminal, to decide and to look:\n"
        f"  export TRIMTAB_MARKET_URL=http://127.0.0.1:{server.port}/market "
        f"TRIMTAB_STORE=sqlite:var/serve-{server.port}.db\n"
        "  python -m trimtab approvals list\n"
        "The market waits while something waits for a person; with --run-on it goes on.\n"
    )


def test_when_the_flight_is_over_its_end_stays_to_be_looked_at_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with serving(tmp_path, "--seconds-per-hour", 0, "--run-on") as server:
        assert eventually(lambda: "the flight is over" in (server.page() or ""))
        assert server.trimtab("verify-log").code == 0
        code, out, err = server.end(signal.SIGTERM)
        assert (code, out.splitlines()[-1], err) == (0, "Stopped.", "")


def test_a_port_that_is_taken_is_named_and_the_store_of_whoever_has_it_is_left_alone(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        store = tmp_path / "var" / f"serve-{port}.db"
        store.parent.mkdir()
        store.write_text("somebody's")
        code, out, err = Serving(tmp_path, port=port).ended()
        assert (code, out) == (2, "")
        assert f"port {port} can't be served on (Address already in use): choose another with --port" in err
        assert store.read_text() == "somebody's"


def test_a_store_that_was_named_is_never_thrown_away(store: str) -> None:
    answer = trimtab("serve", "--scenario", WEEKEND, "--port", free_port(), "--store", store)
    assert (answer.code, answer.out) == (2, "")
    assert f"{store} has weekend already" in answer.err
    assert trimtab("verify-log", "--store", store).code == 0


def test_a_scenario_that_is_not_there_is_named() -> None:
    answer = trimtab("serve", "--scenario", "/nowhere.json", "--port", free_port())
    assert (answer.code, answer.out) == (2, "")
    assert "/nowhere.json: No such file or directory" in answer.err


@pytest.mark.parametrize("option", [("--port", "0"), ("--port", "70000"), ("--seconds-per-hour", "-1")])
def test_a_number_that_makes_no_sense_is_refused(option: tuple[str, str]) -> None:
    assert trimtab("serve", *option).code == 2


def test_the_page_tells_how_each_channel_stands_and_leads_to_what_waits(tmp_path: Path) -> None:
    with underway(tmp_path) as flight:
        page = flight_app(flight.player, Lock(), run_on=False).test_client().get("/").get_data(as_text=True)
        assert f"{100 * AFTER_THE_EDIT / 96:.0f}% of the flight is over" in page
        for row in flight.player.results():
            assert f"{100 * row.spent / row.planned:.0f}% of the plan is spent" in page
        waiting = flight.waiting()
        assert f'href="/t/weekend/approvals/{waiting}"' in page
        assert f'href="/t/weekend/changes/{waiting}"' in page, "the log leads on"
        for link in ("/", "/tenants", "/t/weekend", "/t/weekend/log"):
            assert f'href="{link}"' in page
        assert "Changed by hand by an account user" in page
        assert "Sat 9 May 2026, 12:00, Europe/Madrid" in page
        assert "UTC" not in page


def test_the_page_loads_nothing_from_elsewhere_and_what_people_wrote_stays_text(tmp_path: Path) -> None:
    with underway(tmp_path) as flight:
        words = "<script>alert(1)</script>"
        by = ("--by", "client@example.com")
        assert flight.trimtab("approvals", "reject", flight.waiting(), *by, "--reason", words).code == 0
        page = flight_app(flight.player, Lock(), run_on=False).test_client().get("/").get_data(as_text=True)
    assert words not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "http://" not in page
    assert "https://" not in page
    assert 'name="viewport"' in page
