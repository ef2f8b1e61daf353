"""The environment is checked as a whole, and local sign-in can't be turned on where others could reach it."""

import pytest

from common.adapters.google_tokens import GoogleIdentity, IapIdentity
from common.adapters.local_sign_in import LocalSignIn
from common.adapters.system_clock import SystemClock
from common.bootstrap import form_keys, identity
from common.domain.errors import InvalidInput
from common.ports.identity import Identity
from common.settings import MANAGED, Settings, from_environment

KEY = "k" * 32


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
        {"identity": "iap:"},
        {"identity": "iap:one,,two"},
        {"identity": "saml:x"},
        {"identity": "local:", "environment": "production"},
        {"identity": "local:", "environment": "staging"},
        {"form_keys": "short"},
        {"form_keys": f"{KEY},short"},
    ],
)
def test_what_can_not_be_is_refused(variables: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        _settings(**variables)


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
