"""What a person must decide is decided by the right one, in time, once, for exactly what they saw, on a live plan."""

from common.domain.canonical import digest
from tests.faults.history import Body, Committed
from tests.faults.invariants.scene import Doc, Scene, Watcher, changes_of, plain, seconds

DECIDES = {"approver", "planner", "operator"}


class Consent(Watcher):
    """Invariants 5 and 6."""

    def commits(self, record: Committed, docs: list[Doc], scene: Scene) -> None:
        """Look at every change set that a commit lets go ahead."""
        for doc in docs:
            if doc.kind == "change_sets" and doc.after is not None:
                old = None if doc.before is None else doc.before["state"]
                self._step(record, old, doc.after, docs, scene)
        for doc in docs:
            if doc.kind == "approvals" and doc.after is not None and doc.before is not None:
                self._decisions(record.at, doc.before, doc.after, scene)

    def _step(self, record: Committed, old: str | None, change_set: Body, docs: list[Doc], scene: Scene) -> None:
        state, name = change_set["state"], change_set["change_set_id"]
        if old is None and state == "intended" and change_set["verdict"] != "auto":
            self.fail(6, record.at, f"{name} is applied although its verdict is {change_set['verdict']}")
        if (old == "pending" and state in ("approved", "intended")) or (old is None and state == "approved"):
            self._approved(record.at, change_set, docs, scene)
        if state == "intended" and old != "intended":
            self._intended(record.at, change_set, docs, scene)

    def _approved(self, at: float, change_set: Body, docs: list[Doc], scene: Scene) -> None:
        asked = change_set["parent"] or change_set["change_set_id"]
        approval = next((doc for doc in docs if doc.kind == "approvals" and doc.name == asked), None)
        if approval is None or approval.before is None or approval.after is None:
            self.fail(6, at, f"{change_set['change_set_id']} goes ahead and no approval was decided")
            return
        if (approval.before["state"], approval.after["state"]) != ("pending", "approved"):
            self.fail(
                6, at, f"{change_set['change_set_id']} goes ahead on an approval that was {approval.before['state']}"
            )
        whole = scene.documents.get(f"tenants/{change_set['tenant_id']}/change_sets/{asked}", change_set)
        if _digest(whole) != approval.after["payload_digest"]:
            self.fail(6, at, f"{asked} is not what its approval was about")
        wanted = set(approval.after["decisions"][-1]["proposals"]) or {one["proposal_id"] for one in whole["proposals"]}
        given = [one for one in whole["proposals"] if one["proposal_id"] in wanted]
        if change_set["proposals"] != given:
            self.fail(6, at, f"{change_set['change_set_id']} is another part than the one that was approved")
        decided = [decision["by"].lower() for decision in approval.after["decisions"] if decision["approve"]]
        people = {
            by for by in decided if _may(scene.documents[f"tenants/{change_set['tenant_id']}"], by, approval.after)
        }
        if len(people) < approval.after["people_needed"]:
            self.fail(6, at, f"{asked} needs {approval.after['people_needed']} people and has {sorted(people)}")

    def _decisions(self, at: float, before: Body, after: Body, scene: Scene) -> None:
        tenant = scene.documents[f"tenants/{after['tenant_id']}"]
        for decision in after["decisions"][len(before["decisions"]) :]:
            by = decision["by"].lower()
            person = _person(tenant, by)
            if person is None or not DECIDES & set(person["roles"]):
                self.fail(6, at, f"{by} decided about {after['approval_id']} and may not")
            elif decision["approve"] and person["limit"] is not None and after["money"] > person["limit"]:
                self.fail(6, at, f"{by} approved {after['money']} with a limit of {person['limit']}")
            if decision["at"] >= after["expires_at"] or at > seconds(after["expires_at"]) + self._late(scene):
                self.fail(6, at, f"{by} decided about {after['approval_id']} after it had expired")

    def _late(self, scene: Scene) -> float:
        return scene.world.clock_skew + scene.world.longest_delivery

    def _intended(self, at: float, change_set: Body, docs: list[Doc], scene: Scene) -> None:
        path = f"tenants/{change_set['tenant_id']}/manifests/{change_set['track_id']}"
        manifest = scene.documents[path]
        written = next((doc.after for doc in docs if doc.path == path), None)
        if written is None or written["in_flight"] is None:
            self.fail(1, at, f"{change_set['change_set_id']} is intended, and the manifest does not say so")
            return
        if written["in_flight"]["change_set_id"] != change_set["change_set_id"]:
            self.fail(1, at, f"{change_set['change_set_id']} is intended, and another one is in flight")
        if change_set["plan_version"] != written["plan_version"]:
            self.fail(5, at, f"{change_set['change_set_id']} is intended against v{change_set['plan_version']}")
        for change in changes_of(change_set):
            live = manifest["entities"][change["entity_id"]][change["setting"]]
            if plain(change["before"]) != live and change_set["pause"] is None:
                self.fail(
                    6, at, f"{change_set['change_set_id']} starts from {change['before']}, the manifest has {live}"
                )


def _person(tenant: Body, by: str) -> Body | None:
    return next((one for one in tenant["approvers"] if one["email"] == by), None)


def _may(tenant: Body, by: str, approval: Body) -> bool:
    person = _person(tenant, by)
    if person is None or not DECIDES & set(person["roles"]):
        return False
    return person["limit"] is None or approval["money"] <= person["limit"]


def _digest(change_set: Body) -> str:
    return digest(
        {
            "plan": change_set["plan_id"],
            "version": change_set["plan_version"],
            "proposals": change_set["proposals"],
        }
    )
