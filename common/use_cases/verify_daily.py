"""Once a day, is each log whole since the last anchor? What is wrong is told to whoever operates the system."""

from collections.abc import Iterable
from datetime import timedelta

from common.domain import paths
from common.domain.anchor import Anchor, Head
from common.domain.errors import InvalidInput, NotFound
from common.domain.log_entry import chain_faults
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.use_cases.ports import Ports
from common.use_cases.queries import entries, manifest_of
from common.use_cases.verify import anchor_at

ANCHOR_DAYS = 7
"""How far back an anchor is looked for. Where there is none, the log is read from its beginning."""


def verify_daily(ports: Ports, tenant_id: str, manifests: Iterable[Manifest]) -> tuple[str, ...]:
    """Check each track's log from the newest anchor of an earlier day to its head; a line for each that is not whole.

    It reads one object for the tenant and, for each track, the entries since that anchor and the one that it names;
    `manifests` are those of all the tenant's tracks, as somebody had read them anyway.

    Returns:
        The tracks whose logs are not whole.

    Raises:
        Unavailable: the storage does not answer.
    """
    anchored = _newest_anchor(ports, tenant_id)
    heads: dict[str, Head] = {} if anchored is None else anchored.heads
    broken: list[str] = []
    for manifest in manifests:
        faults = _faults(ports, manifest, heads.get(manifest.track_id))
        if faults:
            broken.append(manifest.track_id)
            ports.journal.write(
                "verification_failed", severity="ERROR", tenant=tenant_id, track=manifest.track_id, faults=faults
            )
    return tuple(broken)


def _newest_anchor(ports: Ports, tenant_id: str) -> Anchor | None:
    """Of the days before today, so that what today's says was not written a moment ago."""
    if ports.objects is None:
        return None
    today = ports.clock.now().date()
    for back in range(1, ANCHOR_DAYS + 1):
        try:
            return anchor_at(ports.objects, paths.anchor(tenant_id, today - timedelta(days=back)))
        except NotFound:
            continue
        except InvalidInput as error:  # somebody who may write there forged it
            ports.journal.write(
                "verification_failed", severity="ERROR", tenant=tenant_id, track=None, faults=[str(error)]
            )
    return None


def _faults(ports: Ports, manifest: Manifest, head: Head | None) -> list[str]:
    track = Track(manifest.tenant_id, manifest.track_id)
    try:
        found = list(entries(ports, track, since=0 if head is None else head.seq))
    except InvalidInput as error:
        return [str(error)]
    after = (-1, "")
    if head is not None:
        first = found.pop(0) if found else None
        if first is None or (first.seq, first.hash, first.expected_hash()) != (head.seq, head.hash, head.hash):
            return [f"entry {head.seq} is not the one that the last anchor names: the log was rewritten or truncated"]
        after = (head.seq, head.hash)
    faults = chain_faults(found, manifest.log_seq, manifest.log_hash, after)
    last = found[-1].seq if found else after[0]
    if not faults and last > manifest.log_seq and last > manifest_of(ports, track).log_seq:
        faults.append(f"entries {manifest.log_seq + 1} to {last} are not the manifest's: they were added behind it")
    return faults
