"""`redrive` on Pub/Sub: what was set aside is shown, sent again, or removed with a copy."""

import json
from base64 import b64decode
from pathlib import Path

import pytest

from common.adapters.pubsub import PubSubBus
from common.adapters.pubsub_topology import EmulatedTopology
from common.ports.bus import Message
from tests.contract.pulling import Puller
from tests.unit.trimtab.command import Outcome, trimtab

TOPIC = "pacing-ticks"


class Post:
    """A project whose pacing ticks someone set aside."""

    def __init__(self, project: str, emulator: str) -> None:
        self.project, self.emulator = project, emulator
        topology = EmulatedTopology(project, emulator)
        topology.subscription(f"{TOPIC}-dead-letter", f"{TOPIC}-dead-letter")
        topology.subscription("kept", TOPIC)
        self.bus = PubSubBus(project, emulator=emulator, call_seconds=60)

    def set_aside(self, data: bytes, **attributes: str) -> None:
        self.bus.publish(f"{TOPIC}-dead-letter", Message(data, attributes))

    def redrive(self, *arguments: object) -> Outcome:
        bus = f"pubsub:{self.project}"
        return trimtab("redrive", TOPIC, *arguments, TRIMTAB_BUS=bus, PUBSUB_EMULATOR_HOST=self.emulator)

    def sent(self) -> list[Message]:
        found: list[Message] = []
        Puller(self.project, self.emulator).deliver("kept", found.append)
        return found


@pytest.fixture
def post(project: str, pubsub_address: str) -> Post:
    return Post(project, pubsub_address)


@pytest.mark.emulator
def test_it_is_shown_first_and_then_sent_and_gone(post: Post) -> None:
    post.set_aside(b"a", tenant="acme", reason="plan spring/3 is missing", topic=TOPIC)
    post.set_aside(b"b", tenant="zeta")
    shown = post.redrive("--dry-run")
    assert shown.code == 0
    assert "plan spring/3 is missing" in shown.out
    assert "Pub/Sub gave up" in shown.out
    assert post.sent() == []
    done = post.redrive("--only", "spring/3", "--json")
    assert (done.code, done.data["done"]) == (0, "1 sent again")
    assert [one["fate"] for one in done.data["letters"] if one["reason"].startswith("plan")] == ["send"]
    assert post.redrive().out.endswith("1 set aside; 1 sent again.\n")
    assert post.redrive().out == f"{TOPIC}: 0 set aside; 0 sent again.\n"
    assert {(one.data, one.attributes["redriven"]) for one in post.sent()} == {(b"a", "1"), (b"b", "1")}


@pytest.mark.emulator
def test_what_only_tells_of_something_is_left_and_discarded_with_a_copy(post: Post, tmp_path: Path) -> None:
    post.set_aside(b"\xff", reason="tenants/x is broken", **{"no-message": "yes"})
    left = post.redrive()
    assert (left.code, "mend it" in left.out) == (1, True)
    file = tmp_path / "gone.jsonl"
    assert post.redrive("--discard", file).code == 0
    (line,) = map(json.loads, file.read_text().splitlines())
    assert (line["reason"], b64decode(line["data"])) == ("tenants/x is broken", b"\xff")
    assert post.redrive("--json").data["letters"] == []
    assert post.sent() == []


def test_without_pubsub_it_says_what_is_missing() -> None:
    answer = trimtab("redrive", TOPIC)
    assert answer.code == 2
    assert "TRIMTAB_BUS" in answer.err


def test_without_credentials_it_says_what_to_do(tmp_path: Path) -> None:
    nothing = {"PUBSUB_EMULATOR_HOST": "", "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "none.json")}
    answer = trimtab("redrive", TOPIC, TRIMTAB_BUS="pubsub:my-project", width=400, **nothing)
    assert answer.code == 2
    assert "gcloud auth application-default login" in answer.err
    assert "none.json was not found" in answer.err


@pytest.mark.emulator
def test_a_topic_that_is_not_ours_is_refused(post: Post) -> None:
    answer = trimtab(
        "redrive", "pacing", TRIMTAB_BUS=f"pubsub:{post.project}", PUBSUB_EMULATOR_HOST=post.emulator, width=200
    )
    assert (answer.code, "pacing-dead-letter" in answer.err) == (2, True)
