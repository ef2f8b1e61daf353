"""One schedule: what is asked of the workers, what people and chance do meanwhile, and how it all comes to rest."""

from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

from common.domain.approval import Approval, ApprovalState
from common.domain.change import Setting, Status
from common.domain.change_set import Origin, PauseIntent
from common.domain.errors import Busy, InvalidInput, NotFound, Refused, Unavailable
from common.domain.guardrails import ExternalChangePolicy, Guardrails
from common.domain.manifest import Manifest, PauseScope
from common.domain.paths import Track
from common.domain.plan_draft import DraftState, PlanDraft
from common.domain.tenant import Approver, Tenant
from common.ports.ad_platform import PlatformUnavailable
from common.ports.documents import Conflict, Query
from common.use_cases.needy import in_need
from common.use_cases.ports import Ports
from tests import world
from tests.faults import jobs
from tests.faults.beginning import TOUCHY, beginning, settings_of
from tests.faults.history import Ended, History
from tests.faults.jobs import Job
from tests.faults.mix import drawn
from tests.faults.rig import ACK_DEADLINE, Delivery, Place, Rig, Worker
from tests.faults.simulated_ports import simulated_ports
from tests.world import NORTH, SOUTH, plan

TRACKS = (Track("acme", NORTH), Track("acme", SOUTH), Track("zen", NORTH))
PEOPLE = (
    "ana@example.com",
    "ana@example.com",
    "bo@example.com",
    "cy@example.com",
    "cy@example.com",
    "Ana@Example.com",
    "vi@example.com",
    "eve@example.com",
)
HOURS = 3
AGAIN = (Busy, Conflict, Unavailable, PlatformUnavailable)
"""Errors after which a message comes again."""
FINAL = (Refused, InvalidInput, NotFound)
"""Errors that are an answer."""

Plant = Callable[[Ports, Delivery], Ports]
"""Puts a bug between the use cases and their ports."""


def run(seed: int, plant: Plant | None = None) -> History:
    """Play the schedule of a seed."""
    simulation = Simulation(seed, plant or (lambda ports, _: ports))
    try:
        return simulation.play()
    finally:
        simulation.rig.clockwork.close()


class Simulation:
    """Draws a schedule from a seed and plays it."""

    def __init__(self, seed: int, plant: Plant) -> None:
        self.rng = Random(seed)
        self._store = beginning().documents.copy()
        self.rig = Rig(self.rng, drawn(self.rng), self._store, beginning())
        self._plant = plant
        offsets = [self.rng.uniform(-0.5, 0.5) * self.rig.mix.skew for _ in range(4)]
        self._workers = [Worker(f"w{index}", offset) for index, offset in enumerate(offsets)]
        self._names = count()
        self._version = {"acme": 1, "zen": 1}
        self._open = 0

    def play(self) -> History:
        """Three hours in which much goes wrong, and then as long as it takes."""
        self._ask(0, self._policy("acme"), once=True)
        self._sweeps()
        for _ in range(self.rng.randint(5, 7)):
            self._burst(self.rng.uniform(0, 3600 * (HOURS - 0.5)), self.rng.choice(TRACKS[:2]))
        self._burst(self.rng.uniform(0, 3600 * HOURS), TRACKS[2])
        for _ in range(self.rig.mix.outages):
            self.rig.clockwork.at(self.rng.uniform(0, 3600 * HOURS), self._outage)
        self.rig.clockwork.run_until(3600 * HOURS)
        self._settle()
        return self.rig.history

    def _settle(self) -> None:
        """Nothing goes wrong any more: housekeeping and reconciliation come until the world is at rest."""
        self.rig.calm_down()
        now = self.rig.clockwork.now
        self._ask(now, jobs.turn_global_switch("calm-global", on=False))
        for name in ("acme", "zen"):
            self._ask(now, jobs.turn_tenant_switch(f"calm-{name}", name, on=False))
        for _ in range(16):
            now = self.rig.clockwork.now
            self.rig.clockwork.at(now + 60, self._sweep_where_needed)
            for index, track in enumerate(TRACKS):
                self._ask(now + 300 + index, jobs.reconcile(self._name("reconcile"), track, self._origin("drift")))
            self.rig.clockwork.run_until(now + 900)
            if self._open == 0 and self._at_rest():
                return

    def _sweep_where_needed(self) -> None:
        """Housekeeping finds by itself who needs it."""
        for name in in_need(world.World(self._store).ports(), self.rig.clockwork.instant()):
            self._ask(self.rig.clockwork.now, jobs.housekeeping(self._name("sweep"), name))

    def _at_rest(self) -> bool:
        bodies = self._store.bodies()
        for path, body in bodies.items():
            if "/outbox/" in path:
                return False
            if "/manifests/" in path and (body["in_flight"] or body["unsettled"] or body["queue"]):
                return False
        return all(self._agrees(track, bodies[track.manifest]) for track in TRACKS)

    def _agrees(self, track: Track, body: dict[str, Any]) -> bool:
        manifest = Manifest.model_validate(body)
        if any(manifest.pause_over(one) and one.status is Status.ENABLED for one in manifest.entities.values()):
            return False
        return all(
            self.rig.live[(track.tenant_id, one.platform, one.entity_id, setting.value)] == one.value(setting)
            for one in manifest.entities.values()
            for setting in settings_of(one)
        )

    # What is asked of the workers

    def _sweeps(self) -> None:
        """Visits again and again, and one deep review; not early, since what it freezes stays frozen."""
        for name, every in (("acme", 1200), ("zen", 3600)):
            for when in range(every, 3600 * HOURS, every):
                self._ask(when + self.rng.uniform(0, 120), jobs.visit(self._name("visit"), name), once=True)
        review = jobs.review_deeply(self._name("review"), self.rng.choice(TRACKS))
        self._ask(self.rng.uniform(3600, 3600 * HOURS), review)

    def _burst(self, when: float, track: Track) -> None:
        """Several things at once on one track, now and then on its sibling too, and what follows from them."""
        for _ in range(self.rng.randint(2, 4)):
            one = self.rng.choice(TRACKS[:2]) if track in TRACKS[:2] and self.rng.random() < 0.3 else track
            self._something(when + self.rng.random() ** 2 * 90, one)
        self._drift(when, track)

    def _drift(self, when: float, track: Track) -> None:
        """Drift is looked at after some of it; a planner looks at the draft that waits, if one does."""
        for _ in range(self.rng.choice((1, 1, 2))):
            self._ask(when + self.rng.uniform(20, 600), jobs.look_for_drift(self._name("drift"), track))
        if self.rng.random() < 0.8:
            self.rig.clockwork.at(when + self.rng.uniform(300, 2400), lambda: self._planners_look(track.tenant_id))

    def _something(self, when: float, track: Track) -> None:
        pick = self.rng.random()
        if pick < 0.56:
            self._tick(when, track)
        elif pick < 0.61:
            self._ask(when, self._pause(track))
            self._ask(when - self.rng.uniform(0, 30), jobs.tick(self._name("tick"), track, self._origin("pacing")))
        elif pick < 0.66:
            self._ask(when, jobs.glance(self._name("glance"), track))
        elif pick < 0.76:
            self.rig.clockwork.at(when, lambda: self._somebody_looks(track))
        elif pick < 0.82:
            self._ask(when + self.rng.uniform(0, 1800), self._activation(track.tenant_id))
        elif pick < 0.88:
            self._switch(when + self.rng.uniform(0, 45), track.tenant_id)
        elif pick < 0.95:
            self.rig.clockwork.at(when + self.rng.uniform(0, 30), lambda: self._edit(track))
        elif pick < 0.97:
            self._ask(when, jobs.follow_signals(self._name("signals"), track))
        else:
            self._ask(when, self._configuration(track.tenant_id))

    def _configuration(self, tenant_id: str) -> Job:
        """Another policy, somebody who decides no more, or GA4 that comes and goes."""
        pick = self.rng.random()
        if pick < 0.5:
            return self._policy(tenant_id)
        if pick < 0.75:
            return self._leaving(tenant_id, self.rng.choice(PEOPLE[:5]))
        return jobs.reconfigure(
            self._name("configure"),
            tenant_id,
            lambda found: found.but(degraded_attribution=not found.degraded_attribution),
        )

    def _leaving(self, tenant_id: str, person: str) -> Job:
        """Somebody decides no more, perhaps one whose yes waits for a second."""
        return jobs.reconfigure(
            self._name("configure"), tenant_id, lambda found: found.but(approvers=_without(found, person))
        )

    def _policy(self, tenant_id: str) -> Job:
        policy = self.rng.choice((*ExternalChangePolicy, ExternalChangePolicy.ASK))
        rails = TOUCHY.but(approval_hours=self.rng.choice((0.5, 1, 2)), external_change_policy=policy)
        return jobs.reconfigure(self._name("configure"), tenant_id, _with(rails))

    def _tick(self, when: float, track: Track) -> None:
        """A tick, and often a person who looks at what it asks for."""
        self._ask(when, jobs.tick(self._name("tick"), track, self._origin("pacing")))
        if self.rng.random() < 0.5:
            looks = when + 20 + self.rng.random() ** 3 * 2400
            self.rig.clockwork.at(looks, lambda: self._somebody_looks(track))

    def _pause(self, track: Track) -> Job:
        scope, target = self.rng.choice(
            (
                (PauseScope.TRACK, track.track_id),
                (PauseScope.CHANNEL, "meta"),
                (PauseScope.ENTITY, "social-s" if track.track_id == SOUTH else "retarget"),
                (PauseScope.ENTITY, "search-s" if track.track_id == SOUTH else "ad-1"),
            )
        )
        intent = PauseIntent(scope=scope, target=target, reason="spend_anomaly")
        return jobs.pause(self._name("pause"), track, intent, self._origin("anomaly_pause"))

    def _activation(self, tenant_id: str) -> Job:
        self._version[tenant_id] += 1
        share = self.rng.choice((0.9, 1.0, 1.1))
        budgets = {NORTH: {"google_search": 6000 * share, "meta": 4000 * self.rng.choice((0.6, 1.0))}}
        if tenant_id == "acme":
            south = self.rng.choice((1.0, 1.2))
            budgets[SOUTH] = {"google_search": 3000 * south, "meta": 2000.0}
        return jobs.activate(self._name("activate"), plan(tenant_id, self._version[tenant_id], budgets))

    def _switch(self, when: float, tenant_id: str) -> None:
        name, off = self._name("switch"), when + self.rng.choice((60, 600, 2400)) * self.rng.random()
        if self.rng.random() < 0.3:
            self._ask(when, jobs.turn_global_switch(f"{name}-on", on=True))
            self._ask(off, jobs.turn_global_switch(f"{name}-off", on=False))
        else:
            self._ask(when, jobs.turn_tenant_switch(f"{name}-on", tenant_id, on=True))
            self._ask(off, jobs.turn_tenant_switch(f"{name}-off", tenant_id, on=False))

    def _ask(self, when: float, job: Job, *, once: bool = False) -> None:
        self._open += 1
        self.rig.clockwork.at(when, lambda: self._deliver(job, 1))
        if not once and self.rig.happens(self.rig.mix.twice):
            self._open += 1
            self.rig.clockwork.at(when + self.rng.random() ** 3 * 900, lambda: self._deliver(job, 1))

    def _name(self, what: str) -> str:
        return f"{what}-{next(self._names)}"

    def _origin(self, cadence: str) -> Origin:
        window = self.rig.clockwork.instant().replace(microsecond=next(self._names))
        return Origin(cadence=cadence, window=window, by="trimtab")

    # How a message is delivered

    def _deliver(self, job: Job, attempt: int) -> None:
        worker = self.rng.choice(self._workers)
        name = f"{job.name}.{attempt}{worker.name}-{next(self._names)}"
        delivery = Delivery(name, job.tenant, worker, lambda: self._again(job, attempt, ACK_DEADLINE))
        ports = self._plant(simulated_ports(self.rig, delivery, lambda: self._name("run")), delivery)
        self.rig.clockwork.spawn(self.rig.clockwork.now, lambda: self._handle(job, attempt, delivery, ports))

    def _handle(self, job: Job, attempt: int, delivery: Delivery, ports: Ports) -> None:
        outcome, detail, expected = "done", "", True
        try:
            job.work(ports, delivery.name)
        except AGAIN as error:
            outcome, detail = type(error).__name__, str(error)
            self._again(job, attempt, self.rng.uniform(5, 60) * 2**attempt)
        except FINAL as error:
            outcome, detail = type(error).__name__, str(error)
        except Exception as error:  # noqa: BLE001 - whatever else a worker dies of is a finding
            outcome, detail, expected = type(error).__name__, str(error), False
        if outcome not in [one.__name__ for one in AGAIN]:
            self._open -= 1
        self.rig.tell(Ended(self.rig.clockwork.now, delivery.name, job.name, outcome, detail, expected))

    def _again(self, job: Job, attempt: int, after: float) -> None:
        if attempt < 6:
            self.rig.clockwork.at(self.rig.clockwork.now + after, lambda: self._deliver(job, attempt + 1))
        else:
            self._open -= 1

    # What people and chance do

    def _somebody_looks(self, track: Track) -> None:
        """People open what waits for the tenant, think, and decide in one go; meanwhile other things happen."""
        waits = {"state": ApprovalState.PENDING.value}
        found = self._store.query(Query(f"tenants/{track.tenant_id}/approvals", where=waits)).documents
        decide = self.rig.clockwork.now + self.rng.choice((5, 5, 60, 2400)) * self.rng.random()
        for document in found:
            approval = Approval.model_validate(document.data)
            for person in self.rng.sample(PEOPLE, k=self.rng.choice((1, 2, 3, 4))):
                self._ask(decide + 3 * self.rng.random(), self._decision(approval, person))
            if approval.decisions and self.rng.random() < 0.3:
                self._ask(decide - self.rng.random(), self._leaving(track.tenant_id, approval.decisions[0].by))
        pick = self.rng.random() if found else 1.0
        if pick < 0.4:
            self._tick(decide - 10 * self.rng.random(), track)
        elif pick < 0.65:
            self._ask(decide + 40 * self.rng.random(), self._pause(track))

    def _planners_look(self, tenant_id: str) -> None:
        """People open the drafts that wait, and decide; not all of them may, and not all of them look well."""
        waits = {"state": DraftState.PENDING.value}
        decide = self.rig.clockwork.now + self.rng.choice((5, 60, 600)) * self.rng.random()
        for document in self._store.query(Query(f"tenants/{tenant_id}/plan_drafts", where=waits)).documents:
            draft = PlanDraft.model_validate(document.data)
            for person in self.rng.sample((*PEOPLE, "cy@example.com", "dee@example.com"), k=4):
                digest = draft.payload_digest if self.rng.random() < 0.95 else "0" * 64
                answer = jobs.Answer(person, self.rng.random() < 0.7, digest)
                self._ask(decide + 3 * self.rng.random(), jobs.decide_draft(self._name("plan"), draft, answer))

    def _decision(self, approval: Approval, person: str) -> Job:
        names = self._proposals(approval)
        part = (self.rng.choice(names),) if len(names) > 1 and self.rng.random() < 0.6 else ()
        digest = approval.payload_digest if self.rng.random() < 0.95 else "0" * 64
        answer = jobs.Answer(person, self.rng.random() < 0.85, digest, part)
        return jobs.decide(self._name("decide"), approval, answer)

    def _proposals(self, approval: Approval) -> list[str]:
        body = self._store.body(f"tenants/{approval.tenant_id}/change_sets/{approval.approval_id}")
        return [] if body is None else [one["proposal_id"] for one in body["proposals"]]

    def _outage(self) -> None:
        account = self.rng.choice((("acme", "google"), ("acme", "meta"), ("zen", "meta")))
        self.rig.outages[account] = self.rig.clockwork.now + self.rng.uniform(60, 2400)

    def _edit(self, track: Track) -> None:
        """Somebody edits by hand, mostly what Trimtab writes too; and often once more, before anybody has answered."""
        budgets = self.rng.random() < 0.7
        mine = [
            place
            for place in sorted(self.rig.live)
            if place[0] == track.tenant_id
            and place[2].endswith("-s") == (track.track_id == SOUTH)
            and (place[3] == Setting.DAILY_BUDGET) == budgets
        ]
        place = self.rng.choice(mine)
        self._edit_at(place)
        if self.rng.random() < 0.4:
            again = self.rig.clockwork.now + self.rng.uniform(30, 2400)
            self.rig.clockwork.at(again, lambda: self._edit_at(place))

    def _edit_at(self, place: Place) -> None:
        self.rig.edit(place, _other(self.rng, place, self.rig.live[place]))


def _other(rng: Random, place: Place, value: Any) -> Any:
    """Another value, as a person might set it."""
    match place[3]:
        case Setting.STATUS:
            return Status.PAUSED.value if value == Status.ENABLED else Status.ENABLED.value
        case Setting.DAILY_BUDGET:
            return round(value * rng.choice((0.7, 1.4)))
        case _:
            return (*value, f"geo-{rng.randrange(100)}")


def _without(tenant: Tenant, email: str) -> tuple[Approver, ...]:
    """The people but for one; all of them where that one is gone already."""
    left = tuple(one for one in tenant.approvers if one.email != email)
    return left if len(left) < len(tenant.approvers) else world.tenant().approvers


def _with(rails: Guardrails) -> Callable[[Tenant], Tenant]:
    return lambda found: found.but(guardrails=rails)
