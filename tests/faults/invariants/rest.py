"""Once faults stop, everything settles, and the manifest is what the platforms show."""

from tests.faults.history import Body, Ended, Record
from tests.faults.invariants.safeguards import covers
from tests.faults.invariants.scene import ON_PLATFORM, Scene, Watcher, seconds


class Rest(Watcher):
    """Invariants 3 and 10."""

    def sees(self, record: Record, scene: Scene) -> None:
        """No worker dies of what it was not prepared for."""
        if isinstance(record, Ended) and not record.expected:
            self.fail(10, record.at, f"{record.worker} died of {record.outcome}: {record.detail}")

    def ends(self, at: float, scene: Scene) -> None:
        """Look at what is left."""
        for doc in scene.of_kind("outbox"):
            self.fail(10, at, f"{doc.path} was never removed")
        for doc in scene.of_kind("manifests"):
            assert doc.after is not None
            self._manifest(at, doc.after, scene)
        for doc in scene.of_kind("change_sets"):
            if doc.after and doc.after["state"] in ("intended", "approved"):
                self.fail(10, at, f"{doc.path} is {doc.after['state']} for good")
        for doc in scene.of_kind("approvals"):
            if doc.after and doc.after["state"] == "pending" and seconds(doc.after["expires_at"]) < at - 3600:
                self.fail(10, at, f"{doc.path} never expired")
        for doc in scene.of_kind("envelopes"):
            if doc.after and doc.after["held"]:
                self.fail(10, at, f"{doc.path} still holds headroom for {sorted(doc.after['held'])}")

    def _manifest(self, at: float, manifest: Body, scene: Scene) -> None:
        name = f"{manifest['tenant_id']}/{manifest['track_id']}"
        left = [key for key in ("in_flight", "unsettled", "queue") if manifest[key]]
        if left:
            self.fail(10, at, f"{name} never came to rest: {left}")
        for entity_id, entity in manifest["entities"].items():
            for setting in ON_PLATFORM:
                place = manifest["tenant_id"], entity["platform"], entity_id, setting
                if place in scene.values and scene.values[place][-1].value != entity[setting]:
                    live = scene.values[place][-1].value
                    self.fail(3, at, f"{name}: {setting} of {entity_id} is {live}, the manifest says {entity[setting]}")
            if entity["status"] == "enabled" and any(covers(pause, entity) for pause in manifest["pauses"]):
                self.fail(9, at, f"{name}: {entity_id} runs under a pause")
