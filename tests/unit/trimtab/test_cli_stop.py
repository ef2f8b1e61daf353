"""`stop`, `resume` and `switches`: who stopped what, and why, is there for everybody to see."""

import pytest

from tests.unit.trimtab.command import Outcome, trimtab

BY = ("--by", "ops@example.com")
WHY = ("--reason", "Budgets jump.")


def run(store: str, *arguments: str) -> Outcome:
    return trimtab(*arguments, "--store", store, width=200)


def test_a_tenant_is_stopped_seen_and_resumed(store: str) -> None:
    assert run(store, "switches").out == "everybody runs\n"
    stopped = run(store, "stop", "--tenant", "weekend", *BY, *WHY)
    assert stopped.code == 0
    assert stopped.out.startswith("weekend stopped since ")
    assert stopped.out.endswith("by ops@example.com: Budgets jump.\n")
    seen = run(store, "switches", "--json")
    assert (seen.code, seen.data["weekend"]["on"], seen.data["everybody"]["on"]) == (1, True, False)
    assert run(store, "resume", "--tenant", "weekend", *BY, "--reason", "Mended.").code == 0
    assert run(store, "switches").code == 0
    assert run(store, "verify-log").code == 0


def test_everything_is_stopped_seen_and_resumed(store: str) -> None:
    assert run(store, "stop", "--everything", *BY, *WHY, "--json").data["everybody"]["on"] is True
    assert run(store, "switches").code == 1
    assert run(store, "resume", "--everything", *BY, *WHY).out.startswith("everybody runs since ")
    assert run(store, "switches").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*BY, *WHY), "--tenant TENANT, or --everything"),
        (("--tenant", "weekend", "--everything", *BY, *WHY), "--tenant TENANT, or --everything"),
        (("--tenant", "nobody", *BY, *WHY), "tenants/nobody does not exist"),
        (("--everything", "--by", "me", *WHY), "--by EMAIL"),
        (("--everything", *BY, "--reason", " "), "--reason TEXT"),
    ],
)
def test_who_whom_and_why_must_be_said(store: str, arguments: tuple[str, ...], said: str) -> None:
    answer = run(store, "stop", *arguments)
    assert answer.code == 2
    assert said in answer.err
    assert run(store, "switches").code == 0
