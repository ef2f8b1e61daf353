"""An anchor names entries that were there when it was written, is written once, and only for its own tenant."""

from common.domain.canonical import canonical
from tests.faults.clockwork import START
from tests.faults.history import Kept, Record
from tests.faults.invariants.scene import Scene, Watcher, seconds


class Anchors(Watcher):
    """Invariant 11, and 7 of what is kept outside the store."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[str] = set()

    def sees(self, record: Record, scene: Scene) -> None:
        """Something is written to the object storage."""
        if not isinstance(record, Kept):
            return
        folder, tenant, day = record.path.split("/")
        if folder != "anchors" or (tenant, day) != (record.body["tenant_id"], record.body["day"]):
            self.fail(11, record.at, f"{record.path} holds the anchor of {record.body['tenant_id']}")
        if tenant != record.tenant:
            self.fail(7, record.at, f"{record.worker} wrote {record.path} on behalf of {record.tenant or 'everybody'}")
        if canonical(record.body) != record.data:
            self.fail(11, record.at, f"{record.path} is not in canonical form")
        if abs(seconds(record.body["at"]) - record.at) > scene.world.clock_skew + scene.world.longest_delivery:
            self.fail(11, record.at, f"{record.path} says that it was written at {record.body['at']}")
        if record.path in self._seen:
            self.fail(11, record.at, f"{record.path} was written over")
        self._seen.add(record.path)
        self._heads(record, tenant, scene)

    def _heads(self, record: Kept, tenant: str, scene: Scene) -> None:
        tracks = scene.documents[f"tenants/{tenant}"]["tracks"]
        if set(tracks) != set(record.body["heads"]):
            self.fail(11, record.at, f"{record.path} names the tracks {sorted(record.body['heads'])}, not {tracks}")
        for track, head in record.body["heads"].items():
            entry = scene.documents.get(f"tenants/{tenant}/optimization_log/{track}-{head['seq']:012}")
            if entry is None or entry["hash"] != head["hash"]:
                self.fail(11, record.at, f"{record.path} names entry {head['seq']} of {track}, which is not there")

    def ends(self, at: float, scene: Scene) -> None:
        """Every tenant's log was anchored on the day that the schedule has."""
        for path in scene.documents:
            kind, _, tenant = path.partition("/")
            if kind == "tenants" and "/" not in tenant and f"anchors/{tenant}/{START:%Y-%m-%d}" not in self._seen:
                self.fail(11, at, f"the log of {tenant} was never anchored")
