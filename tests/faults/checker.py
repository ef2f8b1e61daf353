"""Hold a history against the design's invariants. Reads the history and nothing else."""

from tests.faults.history import Committed, History
from tests.faults.invariants.anchors import Anchors
from tests.faults.invariants.caps import Caps
from tests.faults.invariants.consent import Consent
from tests.faults.invariants.drafts import Drafts
from tests.faults.invariants.edits import Edits
from tests.faults.invariants.effects import Effects
from tests.faults.invariants.forms import Forms
from tests.faults.invariants.ledger import Ledger
from tests.faults.invariants.rest import Rest
from tests.faults.invariants.safeguards import Safeguards
from tests.faults.invariants.scene import Scene, Violation, Watcher, docs_of


def violations(history: History) -> list[Violation]:
    """Everything that does not hold, in order of time."""
    watchers: list[Watcher] = [
        Forms(),
        Ledger(),
        Caps(),
        Consent(),
        Drafts(),
        Edits(),
        Effects(),
        Safeguards(),
        Anchors(),
        Rest(),
    ]
    scene = Scene.at_first(history)
    for record in history.records:
        if isinstance(record, Committed):
            docs = docs_of(record)
            for watcher in watchers:
                watcher.commits(record, docs, scene)
        else:
            for watcher in watchers:
                watcher.sees(record, scene)
        scene.add(record)
    end = history.records[-1].at if history.records else 0.0
    for watcher in watchers:
        watcher.ends(end, scene)
    return sorted((one for watcher in watchers for one in watcher.found), key=lambda one: one.at)
