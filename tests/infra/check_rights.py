"""Settings and rights: what each function is told and may do, against what its code needs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from common.adapters.channels import SMTP_SECRET
from common.adapters.key_names import key_name
from common.adapters.platforms import KNOWN
from common.domain import paths
from common.domain.event import TOPIC
from common.domain.performance import GA4
from common.domain.tick import dead_letter_topic
from common.settings import PREFIX, Settings, from_environment
from tests.infra.code_reads import REACHES, does
from tests.infra.planned import PROJECT, Plan, apart, listed
from trimtab.deploying import DEPLOYER_ROLES

AT_HOME = {"agent_url", "market_url", "servers", "traces_url"}
"""Settings that stand for what is on one machine; the cloud has none of them."""
BY_THE_RUNTIME = {"runtime", "service"}
"""Settings that Cloud Run's own variables give."""
AS_THEY_ARE = {"agent_timeout_seconds", "call_timeout_seconds"}
"""Settings whose defaults are the cloud's."""
_LATER = {"IDENTITY": "iap:/projects/1/global/backendServices/2", "FORM_KEYS": "k" * 48}
"""Samples of what is known once it is made."""
ROLES = f"projects/{PROJECT}/roles"


def settings(plan: Plan) -> Iterator[str]:
    """Terraform sets what the code reads, and the code takes what is set."""
    told = {name: dict(_told(plan, name)) for name in plan.of("google_cloudfunctions2_function")}
    named = {key.removeprefix(PREFIX).lower() for one in told.values() for key in one}
    yield from apart("settings", named, set(Settings.model_fields) - AT_HOME - BY_THE_RUNTIME - AS_THEY_ARE)
    for name, one in told.items():
        try:
            read = from_environment({**one, "K_SERVICE": name})
        except Exception as error:  # noqa: BLE001 - whatever it says is the fault
            yield f"{name}: {error}"
            continue
        yield from _lacks(name, read)


def _told(plan: Plan, name: str) -> Iterator[tuple[str, str]]:
    service = plan.of("google_cloudfunctions2_function")[name]["service_config"][0]
    yield from ((key, value) for key, value in service["environment_variables"].items() if key.startswith(PREFIX))
    unknown = plan.unknown(f'google_cloudfunctions2_function.this["{name}"]')["service_config"][0]
    later = [*unknown["environment_variables"], *(one["key"] for one in service["secret_environment_variables"])]
    yield from ((key, _LATER[key.removeprefix(PREFIX)]) for key in later)


def _lacks(name: str, read: Settings) -> Iterator[str]:
    """What a function of its reach can't do without."""
    one, reach = listed()[name], set(listed()[name]["reaches"])
    if read.longest_run_seconds < one["timeout_seconds"]:
        yield f"{name}: may run longer than a lease lasts"
    for wanted, given in (
        (reach & {"accounts", "channels", "senders", "tenant-keys"}, read.secrets),
        (reach & {"anchors", "inputs", "reports"}, read.objects),
        (reach & {"model"}, read.agent_model),
        (one["callers"] != "nobody", read.identity),
        (one["callers"] == "people", read.form_keys),
        (one["callers"] == "senders", read.pushers),
        (True, read.pages_url),
    ):
        if bool(wanted) and not given:
            yield f"{name}: lacks a setting for {wanted}"


def reaches(plan: Plan) -> Iterator[str]:
    """The list says what the code can come to."""
    for name in plan.of("google_cloudfunctions2_function"):
        found = {reach for reach, done in REACHES.items() if does(name, done)}
        yield from apart(f"what {name} reaches", set(listed()[name]["reaches"]), found)


def rights(plan: Plan) -> Iterator[str]:
    """Each account may do what the list says, to what it says, and nothing else anywhere."""
    held: dict[str, set[tuple[str, str]]] = {}
    for one in plan.resources():
        if one["type"].endswith("_iam_member"):
            values = one["values"]
            held.setdefault(values["member"], set()).add((values["role"], _what(values)))
    for name in plan.of("google_cloudfunctions2_function"):
        account = f"serviceAccount:trimtab-{name.replace('_', '-')}@{PROJECT}.iam.gserviceaccount.com"
        yield from apart(f"the rights of {name}", held.get(account, set()), set(_wanted(name)))


def _what(values: Mapping[str, Any]) -> str:
    """What a right is to: a resource by its name, or what a condition holds it to."""
    names = ("topic", "secret_id", "bucket", "service", "subscription")
    name = next((values[key] for key in names if key in values), "")
    return " ".join([name, *(one["expression"] for one in values["condition"])]).strip()


def _wanted(name: str) -> Iterator[tuple[str, str]]:
    one = listed()[name]
    reach = set(one["reaches"])
    yield "roles/datastore.user", f'resource.name == "projects/{PROJECT}/databases/(default)"'
    yield "roles/telemetry.tracesWriter", ""
    spoken = {dead_letter_topic(topic) for topic in one["pushed"]} | ({f"{name}-ticks"} & set(one["pushed"]))
    for topic in spoken | ({TOPIC} if "events" in reach else set[str]()):
        yield "roles/pubsub.publisher", topic
    exact = {"accounts": {*KNOWN, GA4}, "channels": {SMTP_SECRET}}
    for secret in {secret for kind in reach for secret in exact.get(kind, ())}:
        yield f"{ROLES}/trimtabSecretReader", secret
    begin = {"accounts": "account-", "channels": "channel-", "senders": "sender-", "tenant-keys": _key_prefix()}
    if prefixes := sorted(begin[kind] for kind in reach & set(begin)):
        places = (f'resource.name.startsWith("projects/123456789012/secrets/{prefix}")' for prefix in prefixes)
        yield f"{ROLES}/trimtabSecretReader", " || ".join(places)
    bucket = f"{PROJECT}-trimtab-objects"
    made = (paths.anchors("t"), paths.archived_inputs("t", "d"), "reports")
    for folder in {one.split("/")[0] for one in made} & reach:
        place = f'resource.name.startsWith("projects/_/buckets/{bucket}/objects/{folder}/")'
        yield f"{ROLES}/trimtabObjectKeeper", f"{bucket} {place}"
    if "anchors" in reach:
        yield f"{ROLES}/trimtabObjectLister", bucket
    if "model" in reach:
        yield f"{ROLES}/trimtabModelCaller", ""
    if one["callers"] == "people":
        yield "roles/secretmanager.secretAccessor", "trimtab-form-keys"


def _key_prefix() -> str:
    """What tenants' keys begin with, whoever's they are."""
    return re.split("a-tenant", key_name("a-tenant"))[0]


DEPLOYS = {
    "artifact_registry": "roles/artifactregistry.admin",
    "cloud_run": "roles/run.admin",
    "cloud_scheduler": "roles/cloudscheduler.admin",
    "cloudbuild": "roles/cloudbuild.builds.editor",
    "cloudfunctions2": "roles/cloudfunctions.admin",
    "compute": "roles/compute.admin",
    "firebaserules": "roles/firebaserules.admin",
    "firestore": "roles/datastore.owner",
    "iap_web": "roles/iap.admin",
    "logging": "roles/logging.admin",
    "monitoring": "roles/monitoring.admin",
    "project": "roles/resourcemanager.projectIamAdmin",
    "project_iam_custom_role": "roles/iam.roleAdmin",
    "project_service": "roles/serviceusage.serviceUsageAdmin",
    "pubsub": "roles/pubsub.admin",
    "secret_manager": "roles/secretmanager.admin",
    "service_account": "roles/iam.serviceAccountAdmin",
    "storage": "roles/storage.admin",
}
"""The role that can make what begins so, change and remove it."""


def deployer(plan: Plan) -> Iterator[str]:
    """Who deploys may make all that the plan makes, and may let functions run as their accounts."""
    for kind in sorted({one["type"] for one in plan.resources() if one["type"].startswith("google_")}):
        known = [begins for begins in DEPLOYS if f"{kind}_".startswith(f"google_{begins}_")]
        role = DEPLOYS[max(known, key=len)] if known else None
        if role not in DEPLOYER_ROLES:
            yield f"{kind} can't be made by the deployer: it lacks {role or 'a role that this test knows'}"
    yield from apart("acting as accounts", "roles/iam.serviceAccountUser" in DEPLOYER_ROLES, True)


def callers(plan: Plan) -> Iterator[str]:
    """Pub/Sub's pushes, people behind the proxy, and senders; nobody calls what is not theirs."""
    made = {
        (values["service"], values["member"])
        for one in plan.resources()
        if one["type"] == "google_cloud_run_service_iam_member" and (values := one["values"])
    }
    pusher = f"serviceAccount:trimtab-pusher@{PROJECT}.iam.gserviceaccount.com"
    proxy = "serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com"
    member = {"nobody": pusher, "people": proxy, "senders": "allUsers"}
    wanted = {(f"trimtab-{name.replace('_', '-')}", member[one["callers"]]) for name, one in listed().items()}
    yield from apart("callers", made, wanted)
