"""Is a log whole: no gap, no edit, no truncation, as far as the manifest and the anchors tell?"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from common.domain import paths
from common.domain.anchor import Anchor, Anchoring, anchoring
from common.domain.canonical import canonical
from common.domain.errors import Fault, InvalidInput, NotFound
from common.domain.log_entry import LogEntry, chain_faults, replay
from common.domain.manifest import Manifest
from common.domain.model import parse_json
from common.domain.paths import Track
from common.ports.objects import Objects
from common.use_cases.ports import Ports
from common.use_cases.queries import entries, manifest_of


@dataclass(frozen=True, slots=True)
class Kept:
    """A tenant's anchors, oldest first, and what is wrong with those that can't be used."""

    anchors: tuple[Anchor, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def tracks(self) -> frozenset[str]:
        """Every track that was ever anchored; one that the tenant has no more can't be forgotten in silence."""
        return frozenset(track for anchor in self.anchors for track in anchor.heads)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of a track's log found."""

    faults: tuple[str, ...]
    """Gaps, edits, truncation, or a manifest that the log does not explain, in words."""
    last: int | None = None
    """The sequence of the log's last entry; `None` where it can't be read."""
    anchoring: Anchoring = field(default_factory=Anchoring)


def kept_anchors(objects: Objects | None, tenant_id: str) -> Kept:
    """All anchors of a tenant.

    Raises:
        Unavailable: the storage does not answer.
    """
    found: list[Anchor] = []
    faults: list[str] = []
    for path in objects.under(paths.anchors(tenant_id)) if objects is not None else ():
        assert objects is not None
        try:
            found.append(anchor_at(objects, path))
        except InvalidInput as error:
            faults.append(str(error))
    return Kept(tuple(found), tuple(faults))


def anchor_at(objects: Objects, path: str) -> Anchor:
    """One anchor.

    Raises:
        NotFound: there is none.
        InvalidInput: it is none, or that of another tenant or day.
        Unavailable: the storage does not answer.
    """
    anchor = parse_json(Anchor, objects.read(path), path)
    if anchor.path != path:
        raise InvalidInput(path, [Fault("", f"is the anchor of {anchor.path}")])
    return anchor


def verify(ports: Ports, track: Track, anchors: Sequence[Anchor] = ()) -> Verified:
    """Check a track's log against itself, its manifest and the anchors (oldest first). It may grow meanwhile."""
    faults: list[str] = []
    manifest: Manifest | None = None
    try:
        manifest = manifest_of(ports, track)
    except (InvalidInput, NotFound) as error:  # edited into what it never was, or gone
        faults.append(str(error))
    try:
        log = list(entries(ports, track))
    except InvalidInput as error:
        return Verified((*faults, str(error)))
    anchored = anchoring(track.track_id, log, anchors)
    if manifest is not None:
        faults += chain_faults(log, manifest.log_seq, manifest.log_hash) or _unexplained(ports, track, log, manifest)
    return Verified((*faults, *anchored.faults), log[-1].seq if log else None, anchored)


def _unexplained(ports: Ports, track: Track, log: Sequence[LogEntry], manifest: Manifest) -> list[str]:
    """What a log that verifies does not explain: a manifest that was edited, or entries that no manifest knows."""
    last = log[-1].seq
    if last > manifest.log_seq and last > manifest_of(ports, track).log_seq:
        return [f"entries {manifest.log_seq + 1} to {last} are not the manifest's: they were added behind its back"]
    if canonical(replay(log[: manifest.log_seq + 1])) != canonical(manifest.live_state()):
        return ["the log verifies, but replaying it does not give the manifest: the manifest was edited"]
    return []
