"""Money: no allocation over a cap that was approved, none under what was spent, and none that rises by itself."""

from tests.faults.history import Body, Committed
from tests.faults.invariants.scene import Doc, Scene, Watcher, changes_of


class Caps(Watcher):
    """Invariant 4, the order within a shift excepted."""

    def commits(self, record: Committed, docs: list[Doc], scene: Scene) -> None:
        """Look at every plan whose envelope or manifests are written, as they will be after the commit."""
        after = {doc.path: doc.after for doc in docs if doc.after is not None}
        touched = {
            (doc.tenant, doc.after["plan_id"])
            for doc in docs
            if doc.kind in ("manifests", "envelopes") and doc.after is not None
        }
        for tenant, plan in touched:
            self._plan(record.at, tenant, plan, {**scene.documents, **after})
        for doc in docs:
            if doc.kind == "manifests" and doc.before and doc.after:
                self._rise(record.at, doc, docs)

    def _plan(self, at: float, tenant: str, plan: str, world: dict[str, Body]) -> None:
        envelope = world[f"tenants/{tenant}/envelopes/{plan}"]
        cap, ceilings = envelope["master_cap"], envelope["ceilings"]
        approved = world[f"tenants/{tenant}/plans/{plan}/versions/{envelope['plan_version']:06}"]
        if cap != approved["master_cap"]:
            self.fail(4, at, f"{tenant}: the envelope's cap is {cap}, the plan's {approved['master_cap']}")
        total = 0
        for track, ceiling in ceilings.items():
            manifest = world[f"tenants/{tenant}/manifests/{track}"]
            allocated = _allocated(manifest)
            total += allocated
            if allocated + _rise_under_way(manifest, world) > ceiling["total"]:
                self.fail(4, at, f"{tenant}/{track} takes {allocated} and more under way; ceiling {ceiling['total']}")
            self._channels(at, manifest, world)
            self._spent(at, manifest, world)
        if sum(ceiling["total"] for ceiling in ceilings.values()) > cap or total > cap:
            self.fail(4, at, f"{tenant}: tracks may take {ceilings}, over the master cap {cap}")

    def _channels(self, at: float, manifest: Body, world: dict[str, Body]) -> None:
        tenant, track = manifest["tenant_id"], manifest["track_id"]
        plan = world[f"tenants/{tenant}/plans/{manifest['plan_id']}/versions/{manifest['plan_version']:06}"]
        lines = next(one["channels"] for one in plan["tracks"] if one["track_id"] == track)
        for line in lines:
            allocated = _allocated(manifest, line["channel"])
            if line["max_budget"] is not None and allocated > line["max_budget"]:
                self.fail(4, at, f"{tenant}/{track}/{line['channel']}: {allocated} over its cap {line['max_budget']}")

    def _spent(self, at: float, manifest: Body, world: dict[str, Body]) -> None:
        state = world[f"tenants/{manifest['tenant_id']}/state/{manifest['track_id']}"]
        for name, spent in state["pacing"].items():
            if manifest["entities"][name]["allocation"] < spent["visible"] + spent["unseen"]:
                self.fail(4, at, f"{manifest['track_id']}/{name} is allocated less than it may have spent")

    def _rise(self, at: float, doc: Doc, docs: list[Doc]) -> None:
        """A track's total rises by a person's word or a new plan version only."""
        assert doc.before is not None
        assert doc.after is not None
        rise = _allocated(doc.after) - _allocated(doc.before)
        if rise <= 0 or doc.after["plan_version"] != doc.before["plan_version"]:
            return
        allowed = [one for one in docs if one.kind == "change_sets" and one.after and one.after["decided_by"]]
        if not any(_rise(changes_of(one.after or {})) >= rise for one in allowed):
            self.fail(4, at, f"{doc.path}: the total rose by {rise} and nobody had approved it")


def _allocated(manifest: Body, channel: str | None = None) -> int:
    return sum(
        entity["allocation"] or 0
        for entity in manifest["entities"].values()
        if channel is None or entity["channel"] == channel
    )


def _rise(changes: list[Body]) -> int:
    return sum(one["after"] - one["before"] for one in changes if one["setting"] == "allocation")


def _rise_under_way(manifest: Body, world: dict[str, Body]) -> int:
    flight = manifest["in_flight"]
    if flight is None:
        return 0
    change_set = world[f"tenants/{manifest['tenant_id']}/change_sets/{flight['change_set_id']}"]
    return max(0, _rise(changes_of(change_set)))
