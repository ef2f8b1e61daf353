"""Documents keep to their tenant, their path and their life: created once, decided once, forward only."""

from tests.faults.history import Asked, Committed, Published, Record
from tests.faults.invariants.scene import Doc, Scene, Watcher

KINDS = frozenset(
    {
        "control",
        "tenants",
        "versions",
        "envelopes",
        "manifests",
        "state",
        "change_sets",
        "inputs",
        "approvals",
        "optimization_log",
        "outbox",
        "plan_drafts",
    }
)
FORWARD = {
    None: {"pending", "intended", "approved", "recommended", "shadowed", "blocked"},
    "pending": {"approved", "intended", "rejected", "expired", "superseded"},
    "approved": {"intended", "superseded", "failed"},
    "intended": {"applied", "partially_applied", "failed", "preempted"},
    "preempted": {"preempted"},
}
"""Which states of a change set may follow which; `None` before it was created."""
FIXED = ("proposals", "plan_version", "verdict", "origin", "track_id", "parent", "pause", "inputs")
"""What never changes in a change set."""


class Forms(Watcher):
    """Invariants 5 and 7, and the table of documents."""

    def commits(self, record: Committed, docs: list[Doc], scene: Scene) -> None:
        """Look at each document for itself."""
        for doc in docs:
            if doc.kind not in KINDS:
                self.fail(0, record.at, f"{doc.path} is no document of the design")
            self._isolation(record, doc)
            match doc.kind:
                case "versions" if doc.before is not None:
                    self.fail(5, record.at, f"{doc.path} was rewritten")
                case "optimization_log" if doc.before is not None:
                    self.fail(11, record.at, f"{doc.path} was rewritten")
                case "outbox" if doc.before is not None and doc.after is not None:
                    self.fail(2, record.at, f"{doc.path} was rewritten")
                case "inputs" if doc.before is not None:
                    self.fail(0, record.at, f"{doc.path} was rewritten, or removed before its time")
                case "change_sets":
                    self._change_set(record, doc)
                    self._inputs(record, doc, {*scene.documents, *(one.path for one in docs)})
                case "approvals":
                    self._approval(record, doc)
                case "manifests" | "envelopes" | "state" | "tenants" if doc.after is None:
                    self.fail(0, record.at, f"{doc.path} was deleted")
                case _:
                    pass

    def sees(self, record: Record, scene: Scene) -> None:
        """Reads and events stay with their tenant too."""
        if isinstance(record, Asked) and record.tenant:
            strangers = [p for p in record.paths if not p.startswith("control/") and p.split("/")[1] != record.tenant]
            if strangers:
                self.fail(7, record.at, f"{record.worker} read {strangers} on behalf of {record.tenant}")
        elif isinstance(record, Published):
            tenant = record.event["data"]["tenant_id"]
            if tenant != record.attributes["tenant"] or not record.event["subject"].startswith(f"{tenant}/"):
                self.fail(7, record.at, f"event {record.event['id']} names two tenants")

    def _isolation(self, record: Committed, doc: Doc) -> None:
        if doc.tenant != record.tenant:
            self.fail(7, record.at, f"{record.worker} wrote {doc.path} on behalf of {record.tenant or 'everybody'}")
        named = (doc.after or {}).get("tenant_id", doc.tenant)
        if named != doc.tenant:
            self.fail(7, record.at, f"{doc.path} holds a document of {named}")

    def _change_set(self, record: Committed, doc: Doc) -> None:
        old = None if doc.before is None else doc.before["state"]
        if doc.after is None or doc.after["state"] not in FORWARD.get(old, ()):
            self.fail(0, record.at, f"{doc.path} went from {old} to {doc.after and doc.after['state']}")
        elif doc.before is not None and any(doc.before[name] != doc.after[name] for name in FIXED):
            self.fail(0, record.at, f"{doc.path} was changed after it was created")

    def _inputs(self, record: Committed, doc: Doc, there: set[str]) -> None:
        at = (doc.after or {}).get("inputs")
        if at is not None and f"tenants/{doc.tenant}/inputs/{at['kept_as']}" not in there:
            self.fail(0, record.at, f"{doc.path} was decided on {at['kept_as']}, which is not there")

    def _approval(self, record: Committed, doc: Doc) -> None:
        if doc.after is None:
            self.fail(6, record.at, f"{doc.path} was deleted")
        elif doc.before is None:
            if doc.after["state"] != "pending":
                self.fail(6, record.at, f"{doc.path} was decided before anybody was asked")
        elif doc.before["state"] != "pending":
            self.fail(6, record.at, f"{doc.path} was {doc.before['state']} and then {doc.after['state']}")
        else:
            kept = {key: value for key, value in doc.before.items() if key not in ("state", "decisions")}
            if kept != {key: doc.after[key] for key in kept}:
                self.fail(6, record.at, f"{doc.path} asks for something else than it did")
            count = len(doc.before["decisions"])
            if doc.after["decisions"][:count] != doc.before["decisions"]:
                self.fail(6, record.at, f"{doc.path} lost a decision")
