"""The topics that Terraform makes are those that functions speak over; its filters let through what they need."""

import re
from pathlib import Path

from common.adapters.pubsub_topology import only
from common.domain.event import TOPIC
from common.domain.tick import Cadence
from common.use_cases.drift import MOVES
from common.use_cases.ingest_message import TOPIC as CONVERSIONS

PUBSUB = Path(__file__).parents[2] / "infra" / "pubsub.tf"


def test_every_cadence_and_the_events_have_a_topic() -> None:
    made = re.search(r"topics = toset\(\[([^\]]*)\]\)", PUBSUB.read_text())
    assert made is not None
    assert set(re.findall(r'"([^"]+)"', made.group(1))) == {*(cadence.topic for cadence in Cadence), TOPIC, CONVERSIONS}


def test_what_a_crm_publishes_is_kept_by_no_topic_once_it_is_delivered() -> None:
    """Neither by its topic's retention nor by a dead letter of Pub/Sub's own, which would hold it whole."""
    text = PUBSUB.read_text()
    assert f'message_retention_duration = each.key == "{CONVERSIONS}" ? null : local.retention' in text
    pushes = text[text.index('"google_pubsub_subscription" "ingest"') :]
    assert f'for_each = each.key == "{CONVERSIONS}" ? [] : [each.key]' in pushes[: pushes.index("\n}\n")]
    assert f'"{CONVERSIONS}" = "push/conversions"' in pushes


def test_drift_hears_the_events_that_it_looks_after() -> None:
    """Terraform joins the types in the same way as the topology of one machine does."""
    listed = re.search(
        r"drift_events = join\(\" OR \", \[for type in \[([^\]]*)\] : ([^\n]*)\]\)\n", PUBSUB.read_text()
    )
    assert listed is not None
    one = listed.group(2)[1:-1].replace('\\"', '"')
    made = " OR ".join(one.replace("${type}", name) for name in re.findall(r'"([^"]+)"', listed.group(1)))
    assert made == only(MOVES)
    assert len(made.encode()) <= 256
