"""What was edited by hand is asked about as it is, and asked to go back to what was there before the first edit."""

from collections.abc import Iterator
from typing import Any

from tests.faults.history import Body, Committed
from tests.faults.invariants.scene import Doc, Scene, Watcher, plain

Field = tuple[str, str, str]
"""Tenant, entity and setting."""
ENDED = ("approved", "rejected", "expired")


class Edits(Watcher):
    """Invariant 6, for requests to put something back: they are about what happened.

    Not looked at: what was open when a tenant changed its policy, until something else was written over it; and what a
    person once declined to put back, since the same is then not asked again that day.
    """

    def __init__(self) -> None:
        super().__init__()
        self._first: dict[Field, Any] = {}
        """By field, the value before the first edit that nobody has answered."""
        self._vague: set[Field] = set()
        self._declined: set[Field] = set()

    def commits(self, record: Committed, docs: list[Doc], scene: Scene) -> None:
        """Follow every edit to its answer."""
        for doc in docs:
            if doc.kind == "approvals" and doc.after is not None and doc.before is not None:
                self._ends(doc.before, doc.after, scene)
        for doc in docs:
            if doc.kind == "change_sets" and doc.before is None and doc.after is not None:
                self._created(record.at, doc.after, docs, scene)
        for doc in docs:
            if doc.kind == "manifests" and doc.before is not None and doc.after is not None:
                self._written(doc.before, doc.after, docs, scene)
            elif doc.kind == "tenants" and doc.before is not None and doc.after is not None:
                self._configured(doc.before, doc.after)

    def _written(self, before: Body, after: Body, docs: list[Doc], scene: Scene) -> None:
        entries = [doc.after for doc in docs if doc.kind == "optimization_log" and doc.after is not None]
        by_hand = any(entry["kind"] == "external_change" and entry["revision"] is not None for entry in entries)
        kept = by_hand and _policy(scene.documents[f"tenants/{after['tenant_id']}"]) != "adopt"
        for field, old, new in _moved(before, after):
            if not kept:
                self._first.pop(field, None)
                self._vague.discard(field)
            elif self._first.setdefault(field, old) == new:
                del self._first[field]

    def _configured(self, before: Body, after: Body) -> None:
        if _policy(before) == _policy(after):
            return
        for field in [field for field in self._first if field[0] == after["tenant_id"]]:
            del self._first[field]
            self._vague.add(field)

    def _ends(self, before: Body, after: Body, scene: Scene) -> None:
        if before["state"] != "pending" or after["state"] not in ENDED:
            return
        change_set = scene.documents[f"tenants/{after['tenant_id']}/change_sets/{after['approval_id']}"]
        manifest = scene.manifest(after["tenant_id"], after["track_id"])
        for field, change in _undone(change_set):
            if after["state"] == "rejected":
                self._declined.add(field)
            if manifest["entities"][change["entity_id"]][change["setting"]] == plain(change["before"]):
                self._first.pop(field, None)

    def _created(self, at: float, change_set: Body, docs: list[Doc], scene: Scene) -> None:
        for field, change in _undone(change_set):
            if change_set["state"] == "pending":
                self._asked(at, field, plain(change["after"]))
            elif not _waits(field, docs, scene):
                self._first.pop(field, None)

    def _asked(self, at: float, field: Field, wanted: Any) -> None:
        if field in self._vague or field in self._declined:
            return
        if field not in self._first:
            self.fail(6, at, f"somebody is asked to put {field} back, and no edit of it waits for an answer")
        elif self._first[field] != wanted:
            self.fail(6, at, f"somebody is asked to put {field} back to {wanted}; it was {self._first[field]} at first")


def _policy(tenant: Body) -> str:
    return tenant["guardrails"]["external_change_policy"]


def _moved(before: Body, after: Body) -> Iterator[tuple[Field, Any, Any]]:
    for entity_id, entity in after["entities"].items():
        old = before["entities"][entity_id]
        for setting in ("daily_budget", "total_budget", "bid_target", "status", "excluded_geos"):
            if old[setting] != entity[setting]:
                yield (after["tenant_id"], entity_id, setting), old[setting], entity[setting]


def _undone(change_set: Body) -> Iterator[tuple[Field, Body]]:
    for proposal in change_set["proposals"]:
        if proposal["type"] == "undo_external":
            for change in proposal["changes"]:
                yield (change_set["tenant_id"], change["entity_id"], change["setting"]), change


def _waits(field: Field, docs: list[Doc], scene: Scene) -> bool:
    """Whether a person is being asked about it still, once this commit is done."""
    ended = {doc.name for doc in docs if doc.kind == "approvals" and doc.after and doc.after["state"] != "pending"}
    return any(
        name == field
        for doc in scene.of_kind("change_sets")
        if doc.after and doc.after["state"] == "pending" and doc.name not in ended
        for name, _ in _undone(doc.after)
    )
