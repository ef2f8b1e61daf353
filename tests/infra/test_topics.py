"""The topics that Terraform makes are those that the functions speak over."""

import re
from pathlib import Path

from common.domain.event import TOPIC
from common.domain.tick import Cadence

PUBSUB = Path(__file__).parents[2] / "infra" / "pubsub.tf"


def test_every_cadence_and_the_events_have_a_topic() -> None:
    made = re.search(r"topics = toset\(\[([^\]]*)\]\)", PUBSUB.read_text())
    assert made is not None
    assert set(re.findall(r'"([^"]+)"', made.group(1))) == {*(cadence.topic for cadence in Cadence), TOPIC}
