"""Drafts of plan versions: one waits at a time, planners decide it once, in time; what was approved is the plan."""

from typing import Any

from tests.faults.history import Body, Committed
from tests.faults.invariants.scene import Doc, Scene, Watcher, seconds

OPEN, ENDS = "pending", frozenset({"approved", "rejected", "expired", "superseded"})
MAY_CHANGE = ("state", "decisions", "superseded_by")


class Drafts(Watcher):
    """Invariants 5 and 6, for plan versions."""

    def commits(self, record: Committed, docs: list[Doc], scene: Scene) -> None:
        """Look at every draft that a commit writes."""
        for doc in docs:
            if doc.kind != "plan_drafts":
                continue
            if doc.after is None:
                self.fail(6, record.at, f"{doc.path} was deleted")
            elif doc.before is None:
                self._begins(record.at, doc.path, doc.after, docs, scene)
            else:
                self._goes_on(record.at, doc.path, doc.before, doc.after, docs, scene)

    def _begins(self, at: float, path: str, draft: Body, docs: list[Doc], scene: Scene) -> None:
        if draft["state"] != OPEN or draft["decisions"]:
            self.fail(6, at, f"{path} was decided before anybody was asked")
        ending = {doc.path for doc in docs if doc.after is not None and doc.after.get("state") in ENDS}
        others = [
            doc.path
            for doc in scene.of_kind("plan_drafts")
            if doc.tenant == draft["tenant_id"] and _waits_beside(doc.after or {}, draft) and doc.path not in ending
        ]
        if others:
            self.fail(6, at, f"{path} waits beside {others}")

    def _goes_on(self, at: float, path: str, before: Body, after: Body, docs: list[Doc], scene: Scene) -> None:
        if before["state"] != OPEN:
            self.fail(6, at, f"{path} was {before['state']} and then {after['state']}")
        if {key: value for key, value in before.items() if key not in MAY_CHANGE} != {
            key: value for key, value in after.items() if key not in MAY_CHANGE
        }:
            self.fail(6, at, f"{path} was changed after it was made")
        tenant = scene.documents[f"tenants/{after['tenant_id']}"]
        count = len(before["decisions"])
        if after["decisions"][:count] != before["decisions"]:
            self.fail(6, at, f"{path} lost a decision")
        for decision in after["decisions"][count:]:
            self._decision(at, path, decision, after, tenant, scene)
        if after["state"] == "approved":
            self._approved(at, path, after, docs, tenant, scene)

    def _decision(self, at: float, path: str, decision: Body, draft: Body, tenant: Body, scene: Scene) -> None:
        if not _plans(tenant, decision["by"], draft["money"] if decision["approve"] else 0):
            self.fail(6, at, f"{decision['by']} decided about {path} and may not")
        late = scene.world.clock_skew + scene.world.longest_delivery
        if decision["at"] >= draft["expires_at"] or at > seconds(draft["expires_at"]) + late:
            self.fail(6, at, f"{decision['by']} decided about {path} after it had expired")

    def _approved(self, at: float, path: str, draft: Body, docs: list[Doc], tenant: Body, scene: Scene) -> None:
        people = {
            one["by"] for one in draft["decisions"] if one["approve"] and _plans(tenant, one["by"], draft["money"])
        }
        if len(people) < draft["people_needed"]:
            self.fail(6, at, f"{path} needs {draft['people_needed']} planners and has {sorted(people)}")
        envelope = scene.documents[f"tenants/{draft['tenant_id']}/envelopes/{draft['plan_id']}"]
        if envelope["plan_version"] != draft["based_on"]:
            self.fail(5, at, f"{path} was made on v{draft['based_on']}, and v{envelope['plan_version']} is active")
        made = [doc.after for doc in docs if doc.kind == "versions" and doc.before is None and doc.after is not None]
        if len(made) != 1 or {key: made[0][key] for key in draft["plan"]} != draft["plan"]:
            self.fail(5, at, f"{path} was approved, and its terms did not become the plan with it")


def _waits_beside(other: Body, draft: Body) -> bool:
    """Whether both would be the same version."""
    return other["state"] == OPEN and (other["plan_id"], other["based_on"]) == (draft["plan_id"], draft["based_on"])


def _plans(tenant: Body, by: str, money: int) -> bool:
    person: dict[str, Any] | None = next((one for one in tenant["approvers"] if one["email"] == by), None)
    if person is None or "planner" not in person["roles"]:
        return False
    return person["limit"] is None or money <= person["limit"]
