"""The environment is checked as a whole, and local sign-in can't be turned on where others could reach it."""

import subprocess
import sys
from pathlib import Path

import pytest

from common.adapters.google_tokens import GoogleIdentity, IapIdentity
from common.adapters.local_sign_in import LocalSignIn
from common.adapters.sqlite import SqliteDocuments
from common.adapters.system_clock import SystemClock
from common.bootstrap import build, form_keys, identity
from common.domain.advice import Advice, Question
from common.domain.errors import InvalidInput
from common.ports.ad_platform import AdPlatform
from common.ports.agent import StatisticalAgent
from common.ports.identity import Identity
from common.ports.journal import Silence
from common.settings import MANAGED, Settings, from_environment
from common.use_cases.ports import Ports
from tests.fakes.gemini_server import gemini_server

KEY = "k" * 32
ROOT = Path(__file__).parents[2]


def _settings(**variables: str) -> Settings:
    return from_environment({f"TRIMTAB_{name.upper()}": value for name, value in variables.items()})


def test_an_empty_environment_is_one_machine() -> None:
    assert from_environment({"HOME": "/root"}) == Settings()


@pytest.mark.parametrize(
    ("variables", "where"),
    [
        ({"stroe": "sqlite:x"}, "stroe"),
        ({"environment": "moon"}, "environment"),
        ({"call_timeout_seconds": "0"}, "call_timeout_seconds"),
    ],
)
def test_what_is_wrong_with_a_variable_is_said(variables: dict[str, str], where: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        _settings(**variables, longest_run_seconds="-1")
    assert {fault.where for fault in caught.value.faults} == {where, "longest_run_seconds"}


@pytest.mark.parametrize(
    "variables",
    [
        {"store": "mysql:x"},
        {"bus": "kafka:x"},
        {"objects": "s3:bucket"},
        {"objects": "folder:"},
        {"objects": "gcs:/prefix"},
        {"identity": "iap:"},
        {"identity": "iap:one,,two"},
        {"identity": "saml:x"},
        {"identity": "local:", "environment": "production"},
        {"identity": "local:", "environment": "staging"},
        {"form_keys": "short"},
        {"form_keys": f"{KEY},short"},
        {"agent": "oracle"},
        {"agent": "gemini"},
        {"agent": "gemini", "agent_project": "p"},
        {"agent": "gemini", "agent_model": "../x", "agent_project": "p"},
        {"agent_url": "https://evil.test"},
        {"agent_url": "http://127.0.0.1.evil.test"},
        {"traces": "on"},
        {"traces": "1.5"},
        {"traces": "-0.1"},
        {"traces_url": "https://collector.test/v1/traces"},
    ],
)
def test_what_can_not_be_is_refused(variables: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        _settings(**variables)


@pytest.mark.parametrize("share", ["off", "0", "0.05", ".5", "1", "1.0"])
def test_a_share_of_traces_is_taken(share: str) -> None:
    assert _settings(traces=share, traces_url="http://127.0.0.1:4318/v1/traces").traces == share


@pytest.mark.parametrize(
    ("variables", "project"),
    [
        ({}, None),
        ({"store": "firestore:shop/eu"}, "shop"),
        ({"bus": "pubsub:shop"}, "shop"),
        ({"store": "sqlite:a:b.db", "bus": "memory:"}, None),
    ],
)
def test_the_project_is_that_of_the_store_or_the_bus(variables: dict[str, str], project: str | None) -> None:
    assert _settings(**variables).project == project


@pytest.mark.parametrize("marker", MANAGED)
def test_local_sign_in_is_refused_on_a_managed_runtime_whatever_the_environment_says(marker: str) -> None:
    right = {"TRIMTAB_IDENTITY": "local:", "TRIMTAB_ENVIRONMENT": "local"}
    assert from_environment(right).runtime is None
    for variables in (right, {**right, "TRIMTAB_RUNTIME": ""}):
        with pytest.raises(InvalidInput, match="not for the cloud"):
            from_environment({**variables, marker: "anything"})


@pytest.mark.parametrize(
    ("given", "kind"),
    [("iap:/projects/1/global/backendServices/2", IapIdentity), ("google:id", GoogleIdentity), ("local:", LocalSignIn)],
)
def test_the_settings_say_who_vouches_for_people(given: str, kind: type[Identity]) -> None:
    assert isinstance(identity(_settings(identity=given), SystemClock()), kind)


def test_nobody_vouches_by_default() -> None:
    with pytest.raises(InvalidInput, match="TRIMTAB_IDENTITY"):
        identity(Settings(), SystemClock())


def test_instances_in_the_cloud_must_share_their_keys() -> None:
    assert form_keys(_settings(form_keys=f"{KEY},{'o' * 32}", environment="production")) == (KEY, "o" * 32)
    assert len(form_keys(Settings())[0]) >= len(KEY)
    with pytest.raises(InvalidInput, match="TRIMTAB_FORM_KEYS"):
        form_keys(_settings(environment="production"))
    with pytest.raises(InvalidInput, match="TRIMTAB_FORM_KEYS"):
        form_keys(from_environment({"K_SERVICE": "approval"}))


def test_keys_are_not_shown() -> None:
    assert KEY not in repr(_settings(form_keys=KEY))


@pytest.mark.parametrize(
    ("variables", "where"),
    [
        ({}, "folder:var/trimtab.objects"),
        ({"store": "sqlite:var/demo.db"}, "folder:var/demo.objects"),
        ({"store": "sqlite:/a/b.c/store"}, "folder:/a/b.c/store.objects"),
        ({"store": "sqlite::memory:"}, None),
        ({"store": "firestore:project"}, None),
        ({"store": "firestore:project", "objects": "gcs:bucket/prefix"}, "gcs:bucket/prefix"),
        ({"objects": "folder:elsewhere"}, "folder:elsewhere"),
    ],
)
def test_objects_are_kept_beside_a_sqlite_file_or_where_it_is_said(
    variables: dict[str, str], where: str | None
) -> None:
    assert _settings(**variables).objects_at == where


def test_the_storage_is_the_one_that_the_settings_name(tmp_path: Path) -> None:
    ports = _built(store=f"sqlite:{tmp_path}/a.db")
    assert ports.objects is not None
    ports.objects.create("a/b", b"x", content_type="text/plain")
    assert (tmp_path / "a.objects" / "a" / "b").read_bytes() == b"x"
    assert (list(ports.objects.under("a")), ports.objects.read("a/b")) == (["a/b"], b"x")


def test_a_store_that_the_caller_brings_has_nothing_beside_it() -> None:
    assert build(Settings(), documents=SqliteDocuments(), platforms=_no_platforms).objects is None


def test_in_the_cloud_a_storage_must_be_named_where_one_is_needed() -> None:
    """Only then: pacing starts without."""
    ports = build(
        _settings(environment="production"), documents=SqliteDocuments(), platforms=_no_platforms, journal=Silence()
    )
    assert ports.objects is not None
    with pytest.raises(InvalidInput, match="TRIMTAB_OBJECTS: required here"):
        ports.objects.read("a/b")


def test_an_agent_must_be_named_whole() -> None:
    with pytest.raises(InvalidInput, match="agent_model and agent_project must be given too"):
        _settings(agent="gemini")


def test_by_default_no_model_is_asked() -> None:
    ports = _built(store="sqlite::memory:", agent_timeout_seconds="7")
    assert isinstance(ports.agent, StatisticalAgent)
    assert ports.agent_timeout == 7


def test_the_agent_is_the_one_that_the_settings_name() -> None:
    with gemini_server() as server:
        named = {"agent": "gemini", "agent_model": "made-up", "agent_project": "acme", "agent_url": server.url}
        ports = _built(store="sqlite::memory:", **named)
        assert ports.agent.advise(Question({}, ()), timeout=20) == Advice(agent="made-up")
    assert [(asked.project, asked.location) for asked in server.asked] == [("acme", "global")]


def test_pacing_starts_without_the_clients_of_the_storage_and_of_a_model() -> None:
    """Their packages may not even be there."""
    program = (
        "import sys; from common.bootstrap import build; from common.settings import from_environment; "
        "import functions.pacing.main, functions.housekeeping.main; build(from_environment()); "
        "heavy = ('google.cloud.storage', 'google.resumable', 'google.genai', 'httpx2'); "
        "print(sorted(name for name in sys.modules if name.startswith(heavy)))"
    )
    variables = {"TRIMTAB_OBJECTS": "gcs:bucket", "TRIMTAB_MARKET_URL": "http://127.0.0.1:1"}
    variables |= {"TRIMTAB_STORE": "sqlite::memory:", "PATH": "/usr/bin"}
    variables |= {"TRIMTAB_AGENT": "gemini", "TRIMTAB_AGENT_MODEL": "made-up", "TRIMTAB_AGENT_PROJECT": "acme"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def _no_platforms(tenant_id: str, platform: str) -> AdPlatform:
    raise AssertionError(f"{tenant_id} is not to reach {platform}")


def _built(**variables: str) -> Ports:
    return build(_settings(**variables), platforms=_no_platforms)
