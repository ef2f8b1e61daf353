"""Functions, topics, subscriptions and jobs: what the plan makes against what the code speaks and hears."""

import ast
import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from common.adapters.pubsub_topology import only, told
from common.decisions.schedules import utc_jobs
from common.domain.event import TOPIC
from common.domain.schedule import Job
from common.domain.tick import Cadence, dead_letter_topic
from common.use_cases.drift import MOVES
from common.use_cases.ingest_message import TOPIC as CONVERSIONS
from common.use_cases.ports import LeasePolicy
from tests.infra.code_reads import modules_of
from tests.infra.planned import ROOT, Plan, apart, listed

FUNCTIONS = ROOT / "functions"
LONGEST_FILTER = 256
"""Bytes: https://cloud.google.com/pubsub/docs/subscription-message-filter."""


def functions(plan: Plan) -> Iterator[str]:
    """Each folder with a `main.py` is a function, its entry point called as it is and defined there."""
    folders = {file.parent.name for file in FUNCTIONS.glob("*/main.py")}
    made = plan.of("google_cloudfunctions2_function")
    yield from apart("functions", set(made), folders)
    yield from apart("functions.json", set(listed()), folders)
    for name in folders & set(made):
        entry, service = made[name]["build_config"][0]["entry_point"], made[name]["service_config"][0]
        defined = ast.parse((FUNCTIONS / name / "main.py").read_text()).body
        if not any(isinstance(node, ast.FunctionDef) and node.name == entry for node in defined):
            yield f"{name}: main.py has no entry point {entry}"
        one = listed()[name]
        keys = ("timeout_seconds", "max_instance_request_concurrency", "max_instance_count", "available_memory")
        threads = service["environment_variables"]["THREADS"]
        if service["environment_variables"].get("LOG_EXECUTION_ID") != "false":
            yield f"{name}: the server would write the lines of its log anew"
        wanted = (one["timeout_seconds"], one["concurrency"], one["max_instances"], f"{one['memory_mb']}Mi")
        yield from apart(
            f"{name}'s size", (*(service[key] for key in keys), threads), (*wanted, str(one["concurrency"]))
        )


def topics(plan: Plan) -> Iterator[str]:
    """A topic and a dead-letter topic with a subscription for each that the code names."""
    spoken = {*(cadence.topic for cadence in Cadence), TOPIC, CONVERSIONS}
    yield from apart("topics", _names(plan, "google_pubsub_topic.main"), spoken)
    for kind in ("google_pubsub_topic.dead_letter", "google_pubsub_subscription.dead_letter"):
        yield from apart(kind, _names(plan, kind), set(map(dead_letter_topic, spoken)))
    for name, topic in plan.of("google_pubsub_topic.main").items():
        kept = None if name == CONVERSIONS else "604800s"  # what a CRM sends may name persons
        yield from apart(f"what {name} keeps", topic["message_retention_duration"], kept)


def _names(plan: Plan, kind: str) -> set[str]:
    return {one["name"] for one in plan.of(kind).values()}


def subscriptions(plan: Plan) -> Iterator[str]:
    """Each function is pushed what it handles, as long as it may take, and what fails again and again is set aside."""
    made = plan.of("google_pubsub_subscription.push")
    pushed = {(name, topic) for name, one in listed().items() for topic in one["pushed"]}
    yield from apart("pushed", {(_function(key), one["topic"].rpartition("/")[2]) for key, one in made.items()}, pushed)
    yield from apart("handled", pushed, {(name, topic) for name in listed() for topic in _handled(name)})
    for key, one in made.items():
        if one["ack_deadline_seconds"] <= listed()[_function(key)]["timeout_seconds"]:
            yield f"{key}: a message comes again while it is worked on"
        dead = [policy["dead_letter_topic"].rpartition("/")[2] for policy in one["dead_letter_policy"]]
        topic = one["topic"].rpartition("/")[2]
        yield from apart(f"{key}'s dead letters", dead, [] if topic == CONVERSIONS else [dead_letter_topic(topic)])
        if any(
            _seconds_until_set_aside(one) <= LeasePolicy().length.total_seconds() for _ in one["dead_letter_policy"]
        ):
            yield f"{key}: set aside before the lease of a run that died is over"
        if not one["push_config"][0]["oidc_token"] or not one["retry_policy"]:
            yield f"{key}: pushed without an identity, or without a retry policy"


def _seconds_until_set_aside(subscription: Any) -> int:
    """All pauses before the last delivery, each twice the one before it."""
    retry = subscription["retry_policy"][0]
    least, most = (int(retry[name].rstrip("s")) for name in ("minimum_backoff", "maximum_backoff"))
    attempts = subscription["dead_letter_policy"][0]["max_delivery_attempts"]
    return sum(min(least * 2**number, most) for number in range(attempts - 1))


def _function(key: str) -> str:
    return key.rpartition("-to-")[2].replace("-", "_")


def _handled(function: str) -> set[str]:
    """The topics whose messages a function's own modules handle."""
    own = "\n".join(text for path, text in modules_of(function).items() if path.startswith("functions/"))
    ticks = {Cadence[name].topic for name in re.findall(r"handle\(ports, Cadence\.(\w+)", own)}
    events = {TOPIC} if "handle_event(" in own else set[str]()
    return ticks | events | ({CONVERSIONS} if "take_message(" in own else set())


def filters(plan: Plan) -> Iterator[str]:
    """Drift hears what may have moved money; notify all but what it never tells."""
    made = {_function(key): one["filter"] for key, one in plan.of("google_pubsub_subscription.push").items()}
    of_events = {name: made.get(name) for name in ("drift", "notify")}
    yield from apart("filters", of_events, {"drift": only(MOVES), "notify": told()})
    too_long = [name for name, one in made.items() if len(one or "") > LONGEST_FILTER]
    yield from (f"{name}: the filter is longer than Pub/Sub takes" for name in too_long)


def jobs(plan: Plan) -> Iterator[str]:
    """The jobs in UTC are those that the drift of schedules is held against."""
    wanted = utc_jobs({name: one["cron"] for name, one in listed().items() if "cron" in one})
    made = {one["name"]: _job(one) for one in plan.all("google_cloud_scheduler_job")}
    yield from apart("jobs", made, {job.name: job for job in wanted})


def _job(one: Any) -> Job:
    target = one["pubsub_target"][0]
    return Job(
        name=one["name"],
        cron=one["schedule"],
        time_zone=one["time_zone"],
        topic=target["topic_name"].rpartition("/")[2],
        data=base64.b64decode(target["data"]).decode(),
        retries=one["retry_config"][0]["retry_count"],
    )


def dashboard(plan: Plan) -> Iterator[str]:
    """It is JSON, and no tile lies on another."""
    for one in plan.of("google_monitoring_dashboard").values():
        tiles = json.loads(one["dashboard_json"])["mosaicLayout"]["tiles"]
        places = [(tile.get("xPos", 0), tile.get("yPos", 0)) for tile in tiles]
        if len(set(places)) < len(places):
            yield "the dashboard has two tiles at one place"
