"""Writes to platforms: each at most once, by whoever holds the right, with the value that was intended, in order."""

from collections import defaultdict

from tests.faults.history import Body, CallStarted, Committed, Landed, Record
from tests.faults.invariants.scene import (
    ON_PLATFORM,
    Doc,
    Place,
    Scene,
    Watcher,
    changes_of,
    place_of,
    plain,
    rises,
)

ENDS = ("applied", "partially_applied", "failed")
Right = tuple[str, str]
"""A change set and who applies it."""


class Effects(Watcher):
    """Invariant 1, with what makes it hold: absolute values, one key, the lease, the order within a shift."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[tuple[str, Place], set[str]] = defaultdict(set)
        self._landed: dict[tuple[str, Place], float] = {}
        self._rights: dict[tuple[str, str], list[tuple[float, Right | None]]] = defaultdict(list)
        self._over: dict[tuple[str, str], float] = {}
        """When a change set was over, or taken from a run: by change set and, for the latter, run."""

    def commits(self, record: Committed, docs: list[Doc], scene: Scene) -> None:
        """Follow who may apply what, and hold what the log says against what was seen."""
        for doc in docs:
            if doc.kind == "manifests" and doc.before and doc.after:
                self._hand_over(record.at, doc.tenant, doc.name, doc.before, doc.after)
            elif doc.kind == "change_sets" and doc.after and doc.after["state"] in ENDS:
                self._over.setdefault((doc.name, ""), record.at)
            elif doc.kind == "optimization_log" and doc.after and doc.before is None:
                self._told(record.at, doc.after, scene)

    def _hand_over(self, at: float, tenant: str, track: str, before: Body, after: Body) -> None:
        old, new = _right(before), _right(after)
        rights = self._rights[(tenant, track)]
        if not rights:
            rights.append((0.0, old))
        if old != new:
            rights.append((at, new))
            if old is not None and new is not None and old[0] == new[0]:
                self._over[old] = at
        settled = {one["change_set_id"] for one in before["unsettled"]} - {
            one["change_set_id"] for one in after["unsettled"]
        }
        for change_set in settled:
            self._over.setdefault((change_set, ""), at)

    def _told(self, at: float, entry: Body, scene: Scene) -> None:
        manifest = scene.manifest(entry["tenant_id"], entry["track_id"])
        for change in entry["changes"]:
            if change["setting"] not in ON_PLATFORM or change["outcome"] not in ("applied", "already"):
                continue
            place = place_of(change, manifest)
            if entry["kind"] == "external_change":
                self._foreign(at, place, change["after"], scene)
            elif not scene.had(place, change["after"], self._since(entry, scene)):
                self.fail(1, at, f"the log says that {place} became {change['after']}, and it never did")

    def _since(self, entry: Body, scene: Scene) -> float:
        path = f"tenants/{entry['tenant_id']}/change_sets/{entry['change_set_id']}"
        return scene.intended_at.get(path, 0.0)

    def _foreign(self, at: float, place: Place, value: object, scene: Scene) -> None:
        """The value was last set by hand, or never by us."""
        same = [one for one in scene.values[place][1:] if one.value == plain(value)]
        if same and all(one.call is not None for one in same):
            self.fail(3, at, f"{place} became {value} by our own change set, and the log calls it external")

    def sees(self, record: Record, scene: Scene) -> None:
        """A call starts, or a setting changes."""
        if isinstance(record, CallStarted):
            self._call(record, scene)
        elif isinstance(record, Landed) and record.call is not None:
            self._effect(record, scene.calls[record.call], scene)

    def _call(self, call: CallStarted, scene: Scene) -> None:
        change_set = scene.change_set(call.tenant, call.key)
        if change_set is None:
            name = f"/change_sets/{call.key.rpartition('-')[0]}"
            elsewhere = any(path.endswith(name) for path in scene.documents)
            whose = "another tenant's change set" if elsewhere else "no change set's"
            self.fail(7 if elsewhere else 1, call.at, f"a call for {call.tenant} under {call.key}, which is {whose}")
            return
        manifest = scene.manifest(call.tenant, change_set["track_id"])
        if change_set["plan_version"] != manifest["plan_version"]:
            self.fail(5, call.at, f"{call.key} writes under v{change_set['plan_version']}, which was superseded")
        self._has_right(call, change_set, scene)
        intended = {(one["entity_id"], one["setting"]): one["after"] for one in changes_of(change_set)}
        for change in call.changes:
            place = call.tenant, call.platform, change.entity, change.setting
            if plain(intended.get((change.entity, change.setting))) != plain(change.after):
                self.fail(1, call.at, f"{call.key} writes {change.after} to {place}; it intended something else")
            keys = self._keys[(change_set["change_set_id"], place)]
            keys.add(call.key)
            if len(keys) > 1:
                self.fail(1, call.at, f"attempts of {place} went out under different keys: {sorted(keys)}")
            self._in_order(call, change_set, place, scene)

    def _has_right(self, call: CallStarted, change_set: Body, scene: Scene) -> None:
        """The right was this worker's at some instant of the last call's time-out."""
        right = change_set["change_set_id"], call.worker
        rights = self._rights[(call.tenant, change_set["track_id"])]
        ends = [at for at, _ in rights[1:]] + [float("inf")]
        held = [end for (_, one), end in zip(rights, ends, strict=True) if one == right]
        if not held or max(held) < call.at - call.timeout:
            self.fail(1, call.at, f"{call.worker} writes for {right[0]} without the right to")

    def _in_order(self, call: CallStarted, change_set: Body, place: Place, scene: Scene) -> None:
        """An increase goes out when every decrease of its proposal was live."""
        since = scene.intended_at[f"tenants/{call.tenant}/change_sets/{change_set['change_set_id']}"]
        manifest = scene.manifest(call.tenant, change_set["track_id"])
        for proposal in change_set["proposals"]:
            mine = [one for one in proposal["changes"] if (one["entity_id"], one["setting"]) == place[2:]]
            if not mine or not rises(mine[0]):
                continue
            for other in proposal["changes"]:
                lowers = other["setting"] in ON_PLATFORM and not rises(other)
                if lowers and not scene.had(place_of(other, manifest), other["after"], since):
                    self.fail(4, call.at, f"{call.key} raises {place} before {other['entity_id']} was lowered")

    def _effect(self, landed: Landed, call: CallStarted, scene: Scene) -> None:
        place = landed.tenant, landed.platform, landed.entity, landed.setting
        name = call.key.rpartition("-")[0]
        history = scene.values[place]
        by_hand = max((one.at for one in history[1:] if one.call is None), default=-1.0)
        earlier = self._landed.get((name, place))
        if earlier is not None and by_hand < earlier:
            self.fail(1, landed.at, f"{name} changed {place} twice")
        self._landed[(name, place)] = landed.at
        for over in ((name, ""), (name, call.worker)):
            if over in self._over and self._over[over] < landed.at:
                self.fail(1, landed.at, f"a call of {call.worker} landed on {place} after its lease was over")
        sent = next(one for one in call.changes if (one.entity, one.setting) == place[2:])
        if plain(sent.before) != plain(landed.before) and by_hand < call.at - 2 * call.timeout:
            self.fail(3, landed.at, f"{name} wrote over {landed.before} of {place}, which it did not expect")


def _right(manifest: Body) -> Right | None:
    flight = manifest["in_flight"]
    return None if flight is None else (flight["change_set_id"], flight["holder"])
