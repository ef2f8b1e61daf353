"""What stops changes stops them: pauses, kill switches, frozen increases."""

from collections import defaultdict

from tests.faults.history import Body, CallStarted, Committed, Record
from tests.faults.invariants.scene import Doc, Scene, Watcher, changes_of, rises


class Safeguards(Watcher):
    """Invariants 8 and 9, and the kill switches."""

    def __init__(self) -> None:
        super().__init__()
        self._asserted: dict[tuple[str, str, str], float] = {}
        """When a pause was last asked for: by tenant, track and pause."""
        self._killed: dict[str, float] = {}
        """Since when a kill switch is on: by tenant, or empty for the global one."""
        self._frozen: dict[tuple[str, str], float] = defaultdict(lambda: float("inf"))

    def commits(self, record: Committed, docs: list[Doc], scene: Scene) -> None:
        """Follow the safeguards, and hold what is intended and what lands against them."""
        for doc in docs:
            if doc.after is None:
                continue
            match doc.kind:
                case "control" | "tenants":
                    self._switch(record.at, doc.tenant, doc.after)
                case "state":
                    self._state(record.at, doc, docs)
                case "change_sets":
                    self._change_set(record.at, doc.before, doc.after, docs, scene)
                case "manifests" if doc.before is not None:
                    self._manifest(record.at, doc.before, doc.after, docs)
                case _:
                    pass

    def _switch(self, at: float, tenant: str, body: Body) -> None:
        if body["kill_switch"]["on"]:
            self._killed.setdefault(tenant, at)
        else:
            self._killed.pop(tenant, None)

    def _state(self, at: float, doc: Doc, docs: list[Doc]) -> None:
        """Freezes that are entered or left have their entry in the log and their event in the same commit."""
        before, after = (_freezes(body) for body in (doc.before, doc.after))
        told = [one.after["type"] for one in docs if one.kind == "outbox" and one.after is not None]
        noted = [one.after["kind"] for one in docs if one.kind == "optimization_log" and one.after is not None]
        for event, freezes in (("safeguard.entered", after - before), ("safeguard.left", before - after)):
            if told.count(event) != len(freezes) or noted.count("note") < len(freezes):
                self.fail(2, at, f"{doc.path}: {event} is not told of each of {sorted(freezes)}")
        if after:
            self._frozen[(doc.tenant, doc.name)] = min(at, self._frozen[(doc.tenant, doc.name)])

    def _change_set(self, at: float, before: Body | None, after: Body, docs: list[Doc], scene: Scene) -> None:
        if before is None and after["pause"] is not None:
            written = next(doc.after for doc in docs if doc.kind == "manifests")
            for pause in (written or {})["pauses"]:
                if (pause["scope"], pause["target"]) == (after["pause"]["scope"], after["pause"]["target"]):
                    self._asserted[(after["tenant_id"], after["track_id"], pause["pause_id"])] = at
        goes = after["state"] == "intended" and (before is None or before["state"] != "intended")
        frozen = self._frozen[(after["tenant_id"], after["track_id"])]
        stale = at - frozen > scene.world.longest_delivery
        if goes and stale and after["verdict"] == "auto" and any(rises(one) for one in changes_of(after)):
            self.fail(8, at, f"{after['change_set_id']} raises something by itself while increases are frozen")

    def _manifest(self, at: float, before: Body, after: Body, docs: list[Doc]) -> None:
        ended = [doc.after for doc in docs if doc.kind == "change_sets" and doc.before and doc.after]
        lifted = {one["lifts_pause"] for each in ended if each["state"] != "preempted" for one in each["proposals"]}
        standing = {pause["pause_id"] for pause in after["pauses"]}
        for pause in before["pauses"]:
            if pause["pause_id"] not in standing | lifted:
                self.fail(9, at, f"{pause['pause_id']} was lifted and nobody had said so")
        if after["plan_version"] != before["plan_version"]:
            return
        for name, entity in after["entities"].items():
            raised = (entity["allocation"] or 0) > (before["entities"][name]["allocation"] or 0)
            if raised and any(covers(pause, entity) for pause in before["pauses"]):
                self.fail(9, at, f"the allocation of {name} rose under a pause")

    def sees(self, record: Record, scene: Scene) -> None:
        """A call starts."""
        if isinstance(record, CallStarted):
            change_set = scene.change_set(record.tenant, record.key)
            if change_set is not None:
                self._call(record, change_set, scene)

    def _call(self, call: CallStarted, change_set: Body, scene: Scene) -> None:
        for scope in ("", call.tenant):
            since = self._killed.get(scope, float("inf"))
            if change_set["pause"] is None and call.at > since + call.timeout:
                self.fail(8, call.at, f"{call.key} went out {call.at - since:.0f} s after a kill switch was turned")
        manifest = scene.manifest(call.tenant, change_set["track_id"])
        intended = scene.intended_at[f"tenants/{call.tenant}/change_sets/{change_set['change_set_id']}"]
        lifts = {one["lifts_pause"] for one in change_set["proposals"]}
        for change in call.changes:
            sent = {"setting": change.setting, "before": change.before, "after": change.after}
            if not rises(sent):
                continue
            for pause in manifest["pauses"]:
                asserted = self._asserted.get((call.tenant, change_set["track_id"], pause["pause_id"]), 0.0)
                allowed = pause["pause_id"] in lifts and asserted < intended
                if (
                    covers(pause, manifest["entities"][change.entity])
                    and not allowed
                    and call.at > asserted + call.timeout
                ):
                    self.fail(9, call.at, f"{call.key} raises {change.setting} of {change.entity} under a pause")


def _freezes(body: Body | None) -> set[tuple[str, str]]:
    return {(one["code"], one["channel"] or "") for one in (body or {"freezes": ()})["freezes"]}


def covers(pause: Body, entity: Body) -> bool:
    """Whether the entity lies in the pause's scope."""
    match pause["scope"]:
        case "track":
            return True
        case "channel":
            return entity["channel"] == pause["target"]
        case _:
            return pause["target"] in (entity["entity_id"], entity["parent"])
