"""The bugs that the checker must find, one at a time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from common.decisions import plan_checks, rebasing
from common.domain.approval import Approval
from common.domain.change import Change
from common.domain.change_set import ChangeSet
from common.domain.manifest import HandEdit, Manifest, Pause
from common.domain.paths import GLOBAL_CONTROL
from common.domain.tenant import Tenant
from common.ports.ad_platform import AdPlatform
from common.ports.documents import Create, Data, Documents, Replace, Write
from common.use_cases import approvals, drive, plan_drafts, reconcile
from common.use_cases.calls import Call, calls_for
from common.use_cases.ports import LeasePolicy, Ports
from tests.faults import careless
from tests.faults.careless import blindly, edited
from tests.faults.planting import Bug, editing, on_platforms, remembering, rewriting, touching, with_ports, without
from tests.faults.rig import Delivery
from tests.faults.simulated_ports import SimulatedObjects

SHORT_LEASE = LeasePolicy(longest_run=timedelta(minutes=1), clock_skew=timedelta(0))


def _blind_manifests(documents: Documents, writes: Sequence[Write]) -> Sequence[Write]:
    return blindly(documents, writes, lambda path: "/manifests/" in path)


def _blind_envelopes(documents: Documents, writes: Sequence[Write]) -> Sequence[Write]:
    return blindly(documents, writes, lambda path: "/envelopes/" in path)


def _blind_decisions(documents: Documents, writes: Sequence[Write]) -> Sequence[Write]:
    decides = any("/approvals/" in write.path and isinstance(write, Replace) for write in writes)
    return blindly(documents, writes, lambda _: decides)


def _gives_headroom_back(write: Write) -> bool:
    return "/envelopes/" in write.path and isinstance(write, Replace) and not write.data["held"]


def _notes_preemption(write: Write) -> bool:
    return "/optimization_log/" in write.path and isinstance(write, Create) and write.data["kind"] == "preempted"


def _same_epoch(documents: Documents, writes: Sequence[Write]) -> list[Write]:
    return [_at_old_epoch(documents, write) if "/manifests/" in write.path else write for write in writes]


def _at_old_epoch(documents: Documents, write: Write) -> Write:
    found = documents.read(write.path)[0]
    if found is None or not isinstance(write, Replace) or not (found.data["in_flight"] and write.data["in_flight"]):
        return write
    return replace(write, data={**write.data, "epoch": found.data["epoch"]})


def _settles_at_once(manifest: Data) -> Data:
    long_ago = "2026-01-01T00:00:00Z"
    return {**manifest, "unsettled": [{**one, "settle_after": long_ago} for one in manifest["unsettled"]]}


def _forgets_what_is_asked(_: Documents, writes: Sequence[Write]) -> list[Write]:
    asks = any("/approvals/" in write.path and isinstance(write, Create) for write in writes)
    return [edited(write, _without_edits) if asks and "/manifests/" in write.path else write for write in writes]


def _without_edits(manifest: Data) -> Data:
    return {**manifest, "edits": []}


def _the_last(_: Sequence[HandEdit], found: Sequence[HandEdit]) -> tuple[HandEdit, ...]:
    return tuple(found)


def _whoever(_: Tenant, approval: Approval) -> tuple[str, ...]:
    return tuple(one.by for one in approval.decisions)


def _one_account(ports: Ports, delivery: Delivery) -> Ports:
    """The client of a platform is kept by the platform's name alone."""

    def platforms(tenant_id: str, platform: str) -> AdPlatform:
        whose: str = delivery.worker.remembered.setdefault(f"account {platform}", tenant_id)
        return ports.platforms(whose, platform)

    return replace(ports, platforms=platforms)


def _overwriting(ports: Ports, _: Delivery) -> Ports:
    assert isinstance(ports.objects, SimulatedObjects)
    return replace(ports, objects=careless.Overwriting(ports.objects, ports.objects.kept))


def _one_folder(ports: Ports, _: Delivery) -> Ports:
    assert ports.objects is not None
    return replace(ports, objects=careless.OneFolder(ports.objects))


def _everybody_decides(tenant: Data) -> Data:
    return {**tenant, "approvers": [{**one, "roles": ["approver"], "limit": None} for one in tenant["approvers"]]}


def _tidy(ports: Ports) -> Ports:
    tidy = careless.Tidy(ports.documents, ports.bus)
    return replace(ports, documents=tidy, bus=tidy)


def _raises_first(change_set: ChangeSet, manifest: Manifest) -> tuple[Call, ...]:
    return tuple(reversed(calls_for(change_set, manifest)))


def _always(*_: object) -> bool:
    return True


def _never(*_: object) -> bool:
    return False


def _nothing(*_: object) -> int:
    return 0


def _no_objection(*_: object) -> None:
    return None


def _never_looks(_platform: AdPlatform, changes: Sequence[Change], _manifest: Manifest, _timeout: float) -> list[None]:
    return [None for _ in changes]


def _lifts(manifest: Manifest, ended: ChangeSet) -> tuple[Pause, ...]:
    lifted = {proposal.lifts_pause for proposal in ended.proposals}
    return tuple(pause for pause in manifest.pauses if pause.pause_id not in lifted)


def _breaking(*invariants: int) -> frozenset[int]:
    return frozenset(invariants)


BUGS: tuple[Bug, ...] = (
    Bug(
        "an event is published before its commit",
        _breaking(2),
        with_ports(lambda ports: replace(ports, documents=careless.Hasty(ports.documents, ports.bus))),
    ),
    Bug("the outbox is emptied before its events are published", _breaking(2), with_ports(_tidy)),
    Bug(
        "a failure of the bus is swallowed",
        _breaking(2),
        with_ports(lambda ports: replace(ports, bus=careless.Deaf(ports.bus))),
    ),
    Bug("a log entry is lost", _breaking(11), rewriting(without(_notes_preemption))),
    Bug(
        "a log entry is rewritten",
        _breaking(11),
        rewriting(touching("/optimization_log/", lambda entry: {**entry, "why": "?"})),
    ),
    Bug("an anchor is written over", _breaking(11), _overwriting),
    Bug("a log is anchored under the day's name alone", _breaking(7, 11), _one_folder),
    Bug("the manifest is written without its precondition", _breaking(1, 2, 3, 11), rewriting(_blind_manifests)),
    Bug("the cap is looked at outside the commit", _breaking(4, 10), rewriting(_blind_envelopes)),
    Bug("headroom is never given back", _breaking(10), rewriting(without(_gives_headroom_back))),
    Bug("an approval is decided without its precondition", _breaking(6), rewriting(_blind_decisions)),
    Bug(
        "an approval is decided whatever its state or age",
        _breaking(6),
        replaces=((approvals, "_must_be_open", _nothing),),
    ),
    Bug(
        "roles and limits of approvers are not looked at",
        _breaking(6),
        with_ports(lambda ports: replace(ports, documents=careless.Colouring(ports.documents, _everybody_decides))),
    ),
    Bug(
        "a plan version is rewritten",
        _breaking(5),
        rewriting(touching("/versions/", lambda plan: {**plan, "notes": ["superseded"]})),
    ),
    Bug(
        "a new plan takes away what is spent",
        _breaking(4),
        replaces=((rebasing, "most_spent", _nothing), (plan_checks, "most_spent", _nothing)),
    ),
    Bug(
        "whoever looks at a draft may approve it",
        _breaking(6),
        replaces=((plan_drafts, "why_not_plan", _no_objection),),
    ),
    Bug(
        "a new draft leaves the old one waiting",
        _breaking(6),
        rewriting(without(lambda write: isinstance(write, Replace) and "/plan_drafts/" in write.path)),
    ),
    Bug("a platform's client is shared by tenants", _breaking(7), _one_account),
    Bug(
        "each attempt of a call has a key of its own",
        _breaking(1),
        on_platforms(lambda inner, delivery: careless.NewKeys(inner, delivery.name.replace("-", "."))),
    ),
    Bug("the lease is too short", _breaking(1), with_ports(lambda ports: replace(ports, lease=SHORT_LEASE))),
    Bug(
        "the clock is read once a run",
        _breaking(1, 8, 9),
        with_ports(lambda ports: replace(ports, clock=careless.Stopped(ports.clock))),
    ),
    Bug("a takeover keeps the epoch", _breaking(1), rewriting(_same_epoch)),
    Bug(
        "the epoch is not read again",
        _breaking(1, 9),
        with_ports(lambda ports: replace(ports, documents=careless.OldManifest(ports.documents))),
    ),
    Bug(
        "kill switches are remembered",
        _breaking(8),
        remembering(lambda path, together: GLOBAL_CONTROL in together and path.count("/") == 1),
    ),
    Bug("freezes are remembered", _breaking(8), remembering(lambda path, _: "/state/" in path)),
    Bug(
        "what was cut short is read back at once", _breaking(1, 3), rewriting(editing("/manifests/", _settles_at_once))
    ),
    Bug(
        "what is in flight may be pushed aside",
        _breaking(1, 5, 10),
        replaces=((Manifest, "at_rest", property(_always)),),
    ),
    Bug("the platform's yes is believed", _breaking(1), on_platforms(lambda inner, _: careless.Trusting(inner))),
    Bug("silence is taken for a no", _breaking(1, 3), on_platforms(lambda inner, _: careless.Impatient(inner))),
    Bug("what is live is not read before a write", _breaking(3), replaces=((drive, "standing", _never_looks),)),
    Bug(
        "differences are sent instead of values",
        _breaking(1),
        on_platforms(lambda inner, _: careless.Adding(inner)),
        ((drive, "standing", _never_looks),),
    ),
    Bug(
        "an increase goes out before the decrease",
        _breaking(4),
        replaces=((drive, "calls_for", _raises_first), (drive, "_decreases_landed", _always)),
    ),
    Bug("what a pause cut short lifts it", _breaking(9), replaces=((drive, "_pauses_left", _lifts),)),
    Bug(
        "a second edit by hand is taken for the first",
        _breaking(6),
        replaces=((reconcile, "_unanswered", _the_last),),
    ),
    Bug(
        "an edit by hand is forgotten once somebody is asked about it",
        _breaking(6),
        rewriting(_forgets_what_is_asked),
    ),
    Bug(
        "the first of two yeses counts whoever gave it",
        _breaking(6),
        replaces=((approvals, "agreed", _whoever),),
    ),
    Bug("our own writes are called external", _breaking(3), replaces=((reconcile, "_ours", _never),)),
)
