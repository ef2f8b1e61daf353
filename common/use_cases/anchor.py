"""Anchor a tenant's logs once a day, where nobody who can write to the store can change what was written."""

from collections.abc import Iterable

from common.domain import paths
from common.domain.anchor import Anchor, Head
from common.domain.canonical import canonical
from common.domain.manifest import Manifest
from common.ports.objects import AlreadyThere
from common.use_cases.ports import Ports


def anchor(ports: Ports, tenant_id: str, manifests: Iterable[Manifest]) -> bool:
    """Write the day's anchor, unless it is there. Returns whether this call wrote it.

    It costs one call. Nothing is read for it: `manifests` are those of all the tenant's tracks, as somebody had read
    them anyway. A head that was the last one a moment ago serves as well.

    Raises:
        Unavailable: the storage did not take it; the visit comes again.
    """
    now = ports.clock.now()
    day = now.date()
    if ports.objects is None:
        return False
    heads = {one.track_id: Head(seq=one.log_seq, hash=one.log_hash) for one in manifests}
    made = Anchor(tenant_id=tenant_id, day=day, at=now, heads=heads)
    try:
        ports.objects.create(paths.anchor(tenant_id, day), canonical(made.body()), content_type="application/json")
    except AlreadyThere:
        return False
    return True
