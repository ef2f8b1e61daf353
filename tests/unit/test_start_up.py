"""What a function's start brings along: none of the clients of accounts, which are heavy and not always needed."""

import subprocess
import sys
from pathlib import Path

import pytest

from common.adapters.platforms import KNOWN

ROOT = Path(__file__).parents[2]
CLIENTS = ("google.ads", "google.analytics", "google.cloud.secretmanager", "facebook_business", "hubspot", "tenacity")
"""By the names of their modules. Those of Google's clients that a start does need bring gRPC along themselves."""
FUNCTIONS = ("anomaly_pause", "deep_review", "drift", "housekeeping", "ingest", "notify", "pacing", "report")

PROGRAM = """
import gc, sys
from concurrent.futures import ThreadPoolExecutor
from common.bootstrap import process_ports
from common.adapters.platforms import KNOWN, platform_module
import functions.{name}.main

with ThreadPoolExecutor(40) as messages:
    ports, *others = messages.map(lambda _: process_ports(), range(40))
assert all(one is ports for one in others)
for platform in KNOWN:
    platform_module(platform)
heavy = {clients}
assert gc.isenabled() and gc.get_freeze_count() > 10_000
print(KNOWN, sorted(name for name in sys.modules if name.startswith(heavy)))
"""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_start_brings_no_client_of_an_account_even_where_its_platform_is_known(name: str) -> None:
    """Not even the modules of the platforms do, until one is called. Garbage is collected again by then."""
    program = PROGRAM.format(name=name, clients=CLIENTS)
    variables = {"TRIMTAB_STORE": "sqlite::memory:", "PATH": "/usr/bin"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=variables, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == f"{KNOWN} []", done.stderr


def test_the_clients_are_there_where_they_are_used() -> None:
    """Or the names above would be of nothing."""
    program = "import google.ads.googleads.client, google.analytics.data, facebook_business, hubspot, tenacity"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
