"""The manifest, its log and its events move together; the chain holds; replaying the log gives the manifest."""

import json
from typing import Any

from common.domain.canonical import digest
from tests.faults.history import Body, Committed, Published, Record
from tests.faults.invariants.scene import ON_PLATFORM, Doc, Scene, Watcher

SETTINGS = ("allocation", *ON_PLATFORM)
LANDED = ("applied", "already")


class Ledger(Watcher):
    """Invariants 2, 3 and 11."""

    def __init__(self) -> None:
        super().__init__()
        self._replayed: dict[str, dict[str, Any]] = {}
        self._announced: dict[tuple[str, str], Body] = {}
        self._published: set[tuple[str, str]] = set()
        self._by_id: dict[str, Body] = {}

    def commits(self, record: Committed, docs: list[Doc], scene: Scene) -> None:
        """Compare what one commit writes of each track."""
        manifests = {
            (doc.tenant, doc.name): doc for doc in docs if doc.kind == "manifests" and doc.before and doc.after
        }
        entries: dict[tuple[str, str], list[Body]] = {key: [] for key in manifests}
        events: dict[tuple[str, str], list[Body]] = {key: [] for key in manifests}
        for doc in docs:
            if doc.after is None or doc.before is not None or doc.kind not in ("optimization_log", "outbox"):
                continue
            log = doc.kind == "optimization_log"
            track = doc.after["track_id"] if log else doc.after["data"]["track_id"]
            if (doc.tenant, track) not in manifests:
                self.fail(2, record.at, f"{doc.path} was written without its manifest")
                continue
            (entries if log else events)[(doc.tenant, track)].append(doc.after)
            if not log:
                self._announced[(doc.tenant, doc.after["id"])] = doc.after
        for key, doc in manifests.items():
            assert doc.before is not None
            assert doc.after is not None
            written = sorted(entries[key], key=lambda entry: entry["seq"])
            self._chain(record.at, doc.path, doc.before, doc.after, written)
            self._revision(record.at, doc, written, events[key])
            self._epoch(record.at, doc.path, doc.before, doc.after)
            self._replay(record.at, doc, written, scene)

    def _chain(self, at: float, path: str, before: Body, after: Body, entries: list[Body]) -> None:
        seq, head = before["log_seq"], before["log_hash"]
        for entry in entries:
            seq += 1
            if entry["seq"] != seq or entry["previous"] != head:
                self.fail(11, at, f"{path}: entry {entry['seq']} does not follow from entry {seq - 1}")
            if entry["hash"] != _hash(entry):
                self.fail(11, at, f"{path}: entry {entry['seq']} does not have its own hash")
            head = entry["hash"]
        if (after["log_seq"], after["log_hash"]) != (seq, head):
            self.fail(11, at, f"{path} names entry {after['log_seq']} as the last one, the log ends with {seq}")

    def _revision(self, at: float, doc: Doc, entries: list[Body], events: list[Body]) -> None:
        assert doc.before is not None
        assert doc.after is not None
        old, new = doc.before["revision"], doc.after["revision"]
        wanted = [] if new == old else [new]
        if new not in (old, old + 1):
            self.fail(2, at, f"{doc.path} went from revision {old} to {new}")
        told = [entry["revision"] for entry in entries if entry["revision"] is not None]
        if told != wanted:
            self.fail(2, at, f"{doc.path} went from revision {old} to {new}, and the log tells of {told}")
        announced = [event["data"]["revision"] for event in events if event["data"]["revision"] is not None]
        if announced != wanted:
            self.fail(2, at, f"{doc.path} went from revision {old} to {new}, and events tell of {announced}")
        sequences = {entry["seq"]: entry for entry in entries}
        for event in events:
            if _of_the_whole_log(event):
                head = doc.after["log_seq"], doc.after["drift"] and doc.after["drift"]["told"]
                if (event["data"]["seq"], event["data"]["drift"]["revision"]) != head or head[1] != new:
                    self.fail(2, at, f"event {event['id']} tells of another state than its commit's")
                continue
            entry = sequences.get(event["data"]["seq"])
            if entry is None or entry["change_set_id"] != event["data"]["change_set_id"]:
                self.fail(2, at, f"event {event['id']} tells of no entry of its commit")

    def _epoch(self, at: float, path: str, before: Body, after: Body) -> None:
        old, new = before["in_flight"], after["in_flight"]
        handed = new is not None and (
            old is None or (old["change_set_id"], old["holder"]) != (new["change_set_id"], new["holder"])
        )
        if after["epoch"] < before["epoch"] or (handed and after["epoch"] == before["epoch"]):
            self.fail(1, at, f"{path}: the right to apply changed hands at epoch {after['epoch']}")

    def _replay(self, at: float, doc: Doc, entries: list[Body], scene: Scene) -> None:
        assert doc.after is not None
        state = self._replayed.get(doc.path)
        if state is None:
            genesis = scene.documents[f"tenants/{doc.tenant}/optimization_log/{doc.name}-{0:012}"]
            state = json.loads(json.dumps(genesis["state"]))
            self._replayed[doc.path] = state
        raised = False
        for entry in entries:
            if entry["revision"] is not None:
                raised = True
                _play(state, entry)
        live = live_state(doc.after)
        if not raised:
            live["pauses"] = state["pauses"]
        if live != state:
            self.fail(3, at, f"{doc.path} is not what its log tells: {_unlike(state, live)}")

    def sees(self, record: Record, scene: Scene) -> None:
        """An event goes out: it must tell of a commit that happened."""
        if isinstance(record, Published):
            key = record.event["data"]["tenant_id"], record.event["id"]
            if self._announced.get(key) != record.event:
                self.fail(2, record.at, f"event {key[1]} went out before the commit that it tells of")
            self._published.add(key)
            if self._by_id.setdefault(key[1], record.event) != record.event:
                self.fail(2, record.at, f"two events have the id {key[1]}, and consumers drop the second")

    def ends(self, at: float, scene: Scene) -> None:
        """Everything that was announced went out, and the last state is what the log tells."""
        for key in sorted(self._announced.keys() - self._published):
            self.fail(2, at, f"event {key[1]} of {key[0]} never went out")
        for doc in scene.of_kind("manifests"):
            assert doc.after is not None
            state = self._replayed.get(doc.path)
            if state is not None and state != live_state(doc.after):
                self.fail(3, at, f"{doc.path} is not what its log tells: {_unlike(state, live_state(doc.after))}")


def _of_the_whole_log(event: Body) -> bool:
    """Whether it tells again of a drift that was drafted: that is about all of the log, and has no entry."""
    data = event["data"]
    return data.get("cause") == "drift" and not data["drafted"]


def live_state(manifest: Body) -> dict[str, Any]:
    """What the log must tell."""
    return {
        "revision": manifest["revision"],
        "plan_version": manifest["plan_version"],
        "entities": {
            name: {setting: entity[setting] for setting in SETTINGS} for name, entity in manifest["entities"].items()
        },
        "pauses": sorted(pause["pause_id"] for pause in manifest["pauses"]),
    }


def _play(state: dict[str, Any], entry: Body) -> None:
    state["revision"], state["plan_version"] = entry["revision"], entry["plan_version"]
    state["pauses"] = sorted(entry["pauses"])
    for change in entry["changes"]:
        if change["outcome"] in LANDED:
            state["entities"][change["entity_id"]][change["setting"]] = change["after"]


def _unlike(told: dict[str, Any], live: dict[str, Any]) -> str:
    names = [name for name in told["entities"] if told["entities"][name] != live["entities"].get(name)]
    rest = [name for name in ("revision", "plan_version", "pauses") if told[name] != live[name]]
    return ", ".join(names + rest)


def _hash(entry: Body) -> str:
    return digest({key: value for key, value in entry.items() if key != "hash"})
