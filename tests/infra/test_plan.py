"""What Terraform would make is what the code needs; and each way in which it is not would be seen."""

from collections.abc import Callable, Iterator

import pytest

from tests.infra import check_messages, check_rights, check_store, check_watching
from tests.infra.planned import Plan

Check = Callable[[Plan], Iterator[str]]
pytestmark = pytest.mark.plan

CHECKS: tuple[Check, ...] = (
    check_messages.functions,
    check_messages.topics,
    check_messages.subscriptions,
    check_messages.filters,
    check_messages.jobs,
    check_messages.dashboard,
    check_rights.settings,
    check_rights.reaches,
    check_rights.rights,
    check_rights.callers,
    check_rights.deployer,
    check_store.indexes,
    check_store.asked,
    check_store.expiry,
    check_store.unindexed,
    check_store.safety,
    check_watching.metrics,
    check_watching.alerts,
    check_watching.runbook,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_plan_is_what_the_code_needs(plan: Plan, check: Check) -> None:
    """Each check tells all that is apart."""
    assert list(check(plan)) == []


GONE: tuple[tuple[str, Check], ...] = (
    ('google_cloudfunctions2_function.this["drift"]', check_messages.functions),
    ('google_pubsub_topic.main["pacing-ticks"]', check_messages.topics),
    ('google_pubsub_topic.dead_letter["conversions"]', check_messages.topics),
    ('google_pubsub_subscription.dead_letter["report-ticks"]', check_messages.topics),
    ('google_pubsub_subscription.push["optimization-events-to-notify"]', check_messages.subscriptions),
    ('google_cloud_scheduler_job.utc["ingest"]', check_messages.jobs),
    ('google_project_iam_member.store["pacing"]', check_rights.rights),
    ('google_pubsub_topic_iam_member.publisher["drift:optimization-events"]', check_rights.rights),
    ('google_secret_manager_secret_iam_member.named["notify:smtp-url"]', check_rights.rights),
    ('google_storage_bucket_iam_member.lister["housekeeping"]', check_rights.rights),
    ('google_cloud_run_service_iam_member.pusher["deep_review"]', check_rights.callers),
    ('google_firestore_index.composite["approvals"]', check_store.indexes),
    ('google_firestore_field.group_index["manifests"]', check_store.indexes),
    ('google_firestore_field.expiry["ingested"]', check_store.expiry),
    ('google_firestore_field.index["tenants.slot"]', check_store.indexes),
    ('google_firestore_field.others["manifests"]', check_store.unindexed),
    ("google_firestore_backup_schedule.daily", check_store.safety),
    ("google_firestore_backup_schedule.weekly", check_store.safety),
    ('google_logging_metric.this["overspend"]', check_watching.metrics),
    ('google_logging_metric.this["blocked"]', check_watching.metrics),
    ('google_monitoring_alert_policy.told["verification_failed"]', check_watching.alerts),
)


@pytest.mark.parametrize(("address", "check"), GONE, ids=lambda one: one if isinstance(one, str) else None)
def test_what_is_missing_is_seen(plan: Plan, address: str, check: Check) -> None:
    """A plan that lacks one thing is not passed."""
    assert list(check(plan.without(address)))


CHANGED: tuple[tuple[str, str, Check], ...] = (
    ('"name":"report-ticks"', '"name":"reports-ticks"', check_messages.topics),
    ('"entry_point":"notify"', '"entry_point":"main"', check_messages.functions),
    ("optimization.preempted", "optimization.failed", check_messages.filters),
    ('"schedule":"*/5 * * * *"', '"schedule":"*/10 * * * *"', check_messages.jobs),
    ('"ack_deadline_seconds":600', '"ack_deadline_seconds":60', check_messages.subscriptions),
    ('"max_delivery_attempts":10', '"max_delivery_attempts":5', check_messages.subscriptions),
    ('"THREADS":"80"', '"THREADS":"4"', check_messages.functions),
    ('"LOG_EXECUTION_ID":"false"', '"LOG_EXECUTION_ID":"true"', check_messages.functions),
    ('"TRIMTAB_STORE"', '"TRIMTAB_STORES"', check_rights.settings),
    ("pubsub:trimtab-demo", "kafka:trimtab-demo", check_rights.settings),
    ("roles/datastore.user", "roles/datastore.owner", check_rights.rights),
    ("/secrets/account-", "/secrets/", check_rights.rights),
    ("allUsers", "allAuthenticatedUsers", check_rights.callers),
    ('"type":"google_monitoring_dashboard"', '"type":"google_bigquery_dataset"', check_rights.deployer),
    ('"field":"due"', '"field":"due_at"', check_store.indexes),
    ('"order":"DESCENDING"', '"order":"ASCENDING"', check_store.indexes),
    ('"field":"kept_until"', '"field":"expires"', check_store.expiry),
    ("DELETE_PROTECTION_ENABLED", "DELETE_PROTECTION_DISABLED", check_store.safety),
    ("jsonPayload.late_seconds", "jsonPayload.lateness", check_watching.metrics),
    ('jsonPayload.message=\\"overspend\\"', 'jsonPayload.message=\\"overspent\\"', check_watching.alerts),
    ("user/trimtab/ticks_late", "user/trimtab/late_ticks", check_watching.alerts),
    ("docs/runbook.md#overspend", "docs/runbook.md#overspent", check_watching.runbook),
)


@pytest.mark.parametrize(("old", "new", "check"), CHANGED, ids=lambda one: one if isinstance(one, str) else None)
def test_what_is_another_is_seen(plan: Plan, old: str, new: str, check: Check) -> None:
    """A plan in which one word is another is not passed."""
    assert list(check(plan.with_changed(old, new)))
