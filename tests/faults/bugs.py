"""Bugs to plant, one at a time. Most sit between the use cases and their ports, as a careless adapter would.

A few can't be put there. They replace a function of the product for one simulated run, and put it back: that is allowed
here, where a bug is planted on purpose, and nowhere else.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from common.domain.change import Change, Proposal
from common.domain.change_set import ChangeSet
from common.domain.manifest import Manifest
from common.domain.paths import GLOBAL_CONTROL
from common.ports.ad_platform import AdPlatform
from common.ports.documents import Create, Data, Documents, Replace, Write
from common.use_cases import approvals, drive, reconcile
from common.use_cases.calls import Call, Results, calls_for
from common.use_cases.ports import LeasePolicy, Ports
from tests.faults import careless
from tests.faults.careless import blindly, edited
from tests.faults.rig import Delivery
from tests.faults.simulation import Plant

Replacement = tuple[object, str, object]


@dataclass(frozen=True, slots=True)
class Bug:
    """What is done wrong, and which invariants that breaks."""

    name: str
    breaks: frozenset[int]
    plant: Plant | None = None
    replaces: tuple[Replacement, ...] = ()

    @contextmanager
    def planted(self) -> Iterator[Plant | None]:
        """For one run."""
        with ExitStack() as undo:
            for owner, name, function in self.replaces:
                undo.callback(setattr, owner, name, vars(owner)[name])
                setattr(owner, name, function)
            yield self.plant


Rewrite = Callable[[Documents, Sequence[Write]], Iterable[Write]]


def _rewriting(rewrite: Rewrite) -> Plant:
    return lambda ports, _: replace(ports, documents=careless.Rewriting(ports.documents, rewrite))


def _remembering(which: Callable[[str], bool]) -> Plant:
    def plant(ports: Ports, delivery: Delivery) -> Ports:
        memory = delivery.worker.remembered
        return replace(ports, documents=careless.Remembering(ports.documents, memory, which))

    return plant


def _platform(wrap: Callable[[AdPlatform, Delivery], AdPlatform]) -> Plant:
    def plant(ports: Ports, delivery: Delivery) -> Ports:
        return replace(ports, platforms=lambda tenant, name: wrap(ports.platforms(tenant, name), delivery))

    return plant


def _blind(part: str) -> Rewrite:
    return lambda documents, writes: blindly(documents, writes, lambda path: part in path)


def _blind_approvals(documents: Documents, writes: Sequence[Write]) -> Sequence[Write]:
    decides = any("/approvals/" in write.path and isinstance(write, Replace) for write in writes)
    return blindly(documents, writes, lambda _: decides)


def _without(drop: Callable[[Write], bool]) -> Rewrite:
    return lambda _, writes: [write for write in writes if not drop(write)]


def _is_entry_of(kind: str) -> Callable[[Write], bool]:
    return lambda write: "/optimization_log/" in write.path and isinstance(write, Create) and write.data["kind"] == kind


def _editing(part: str, change: Callable[[Data], Data]) -> Rewrite:
    return lambda _, writes: [edited(write, change) if part in write.path else write for write in writes]


def _touching(part: str, earlier: Callable[[str], str], change: Callable[[Data], Data]) -> Rewrite:
    """Rewrites the document that came before each one that is created."""

    def rewrite(documents: Documents, writes: Sequence[Write]) -> list[Write]:
        more: list[Write] = []
        for write in writes:
            if isinstance(write, Create) and part in write.path:
                found = documents.read(earlier(write.path))[0]
                if found is not None and found.path not in {one.path for one in writes}:
                    more.append(Replace(found.path, change(dict(found.data)), found.version))
        return [*writes, *more]

    return rewrite


def _number_before(path: str) -> str:
    digits = len(path) - len(path.rstrip("0123456789"))
    return f"{path[:-digits]}{max(0, int(path[-digits:]) - 1):0{digits}}"


def _same_epoch(documents: Documents, writes: Sequence[Write]) -> list[Write]:
    rewritten: list[Write] = []
    for write in writes:
        if isinstance(write, Replace) and "/manifests/" in write.path:
            found = documents.read(write.path)[0]
            old: Any = None if found is None else found.data
            if old and old["in_flight"] and write.data["in_flight"]:
                write = replace(write, data={**write.data, "epoch": old["epoch"]})
        rewritten.append(write)
    return rewritten


def _settles_at_once(manifest: Data) -> Data:
    long_ago = "2026-01-01T00:00:00Z"
    return {**manifest, "unsettled": [{**one, "settle_after": long_ago} for one in manifest["unsettled"]]}


def _keeps_headroom(envelope: Data) -> bool:
    return not envelope["held"]


def _one_account(ports: Ports, delivery: Delivery) -> Ports:
    """The client of a platform is kept by the platform's name alone."""
    accounts = delivery.worker.remembered
    return replace(
        ports, platforms=lambda tenant, name: ports.platforms(accounts.setdefault(f"account {name}", tenant), name)
    )


def _everybody_may(ports: Ports, _: Delivery) -> Ports:
    def opened(tenant: Data) -> Data:
        return {**tenant, "approvers": [{**one, "roles": ["approver"], "limit": None} for one in tenant["approvers"]]}

    return replace(ports, documents=careless.Colouring(ports.documents, opened))


def _tidy(ports: Ports, _: Delivery) -> Ports:
    tidy = careless.Tidy(ports.documents, ports.bus)
    return replace(ports, documents=tidy, bus=tidy)


def _raises_first(change_set: ChangeSet, manifest: Manifest) -> tuple[Call, ...]:
    return tuple(reversed(calls_for(change_set, manifest)))


def _always(_proposal: Proposal, _results: Results) -> bool:
    return True


def _never_looks(_platform: AdPlatform, changes: Sequence[Change], _manifest: Manifest, _timeout: float) -> list[None]:
    return [None for _ in changes]


def _lifts(manifest: Manifest, ended: ChangeSet) -> object:
    lifted = {proposal.lifts_pause for proposal in ended.proposals}
    return tuple(pause for pause in manifest.pauses if pause.pause_id not in lifted)


SHORT = LeasePolicy(longest_run=timedelta(minutes=1), clock_skew=timedelta(0))

BUGS: tuple[Bug, ...] = (
    Bug(
        "an event is published before its commit",
        frozenset({2}),
        lambda ports, _: replace(ports, documents=careless.Hasty(ports.documents, ports.bus)),
    ),
    Bug("the outbox is emptied before its events are published", frozenset({2}), _tidy),
    Bug(
        "a failure of the bus is swallowed",
        frozenset({2}),
        lambda ports, _: replace(ports, bus=careless.Deaf(ports.bus)),
    ),
    Bug("a log entry is lost", frozenset({11}), _rewriting(_without(_is_entry_of("preempted")))),
    Bug(
        "a log entry is rewritten",
        frozenset({11}),
        _rewriting(_touching("/optimization_log/", _number_before, lambda entry: {**entry, "why": "?"})),
    ),
    Bug(
        "the manifest is written without its precondition",
        frozenset({1, 2, 3, 10, 11}),
        _rewriting(_blind("/manifests/")),
    ),
    Bug("the cap is looked at outside the commit", frozenset({4, 10}), _rewriting(_blind("/envelopes/"))),
    Bug(
        "headroom is never given back",
        frozenset({10}),
        _rewriting(
            _without(
                lambda write: "/envelopes/" in write.path and isinstance(write, Replace) and _keeps_headroom(write.data)
            )
        ),
    ),
    Bug("an approval is decided without its precondition", frozenset({6}), _rewriting(_blind_approvals)),
    Bug(
        "an approval is decided whatever its state or age",
        frozenset({6}),
        replaces=((approvals, "_must_be_open", lambda _: None),),
    ),
    Bug("roles and limits of approvers are not looked at", frozenset({6}), _everybody_may),
    Bug(
        "a plan version is rewritten",
        frozenset({5}),
        _rewriting(_touching("/versions/", _number_before, lambda plan: {**plan, "notes": ["superseded"]})),
    ),
    Bug("a platform's client is shared by tenants", frozenset({7}), _one_account),
    Bug(
        "each attempt of a call has a key of its own",
        frozenset({1}),
        _platform(lambda inner, delivery: careless.NewKeys(inner, delivery.name.replace("-", "."))),
    ),
    Bug("the lease is too short", frozenset({1}), lambda ports, _: replace(ports, lease=SHORT)),
    Bug(
        "the clock is read once a run",
        frozenset({1, 8, 9}),
        lambda ports, _: replace(ports, clock=careless.Stopped(ports.clock)),
    ),
    Bug("a takeover keeps the epoch", frozenset({1}), _rewriting(_same_epoch)),
    Bug(
        "the epoch is not read again",
        frozenset({1, 9}),
        lambda ports, _: replace(ports, documents=careless.OldManifest(ports.documents)),
    ),
    Bug(
        "kill switches are remembered",
        frozenset({8}),
        _remembering(lambda path: path == GLOBAL_CONTROL or path.count("/") == 1),
    ),
    Bug("freezes are remembered", frozenset({8}), _remembering(lambda path: "/state/" in path)),
    Bug(
        "what was cut short is read back at once",
        frozenset({1, 3}),
        _rewriting(_editing("/manifests/", _settles_at_once)),
    ),
    Bug(
        "what is in flight may be pushed aside",
        frozenset({1, 5, 10}),
        replaces=((Manifest, "at_rest", property(lambda _: True)),),
    ),
    Bug("the platform's yes is believed", frozenset({1}), _platform(lambda inner, _: careless.Trusting(inner))),
    Bug("silence is taken for a no", frozenset({1, 3}), _platform(lambda inner, _: careless.Impatient(inner))),
    Bug("what is live is not read before a write", frozenset({3}), replaces=((drive, "standing", _never_looks),)),
    Bug(
        "differences are sent instead of values",
        frozenset({1}),
        _platform(lambda inner, _: careless.Adding(inner)),
        ((drive, "standing", _never_looks),),
    ),
    Bug(
        "an increase goes out before the decrease",
        frozenset({4}),
        replaces=((drive, "calls_for", _raises_first), (drive, "_decreases_landed", _always)),
    ),
    Bug("what a pause cut short lifts it", frozenset({9}), replaces=((drive, "_pauses_left", _lifts),)),
    Bug("our own writes are called external", frozenset({3}), replaces=((reconcile, "_ours", lambda *_: False),)),
)
"""Every bug that the checker must find."""
