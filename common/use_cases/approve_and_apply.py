"""Say yes, and apply it at once where nothing stands in the way."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.errors import Busy
from common.domain.paths import Track
from common.ports.documents import Conflict
from common.use_cases.approvals import approve
from common.use_cases.load import load_track
from common.use_cases.ports import Ports
from common.use_cases.queries import change_set_of
from common.use_cases.rest import bring_to_rest


def approve_and_apply(
    ports: Ports, tenant_id: str, approval_id: str, *, by: str, seen: str, proposals: Sequence[str] = ()
) -> ChangeSet:
    """Approve exactly what was seen, and drive it to its end.

    Returns:
        The change set as it stands then. Where it is still `intended` or `approved`, something else is in flight, or
        its platform is out of reach: the next tick or sweep drives it on. `pending`: a second person must agree.

    Raises:
        NotFound, Refused: as `approve` does.
    """
    run = ports.new_run()
    decided = _patiently(lambda: approve(ports, tenant_id, approval_id, by=by, seen=seen, run=run, proposals=proposals))
    if decided.state in (ChangeSetState.INTENDED, ChangeSetState.APPROVED):
        track = Track(tenant_id, decided.track_id)
        with suppress(Busy, Conflict):  # somebody else drives it, or will: the state that is returned says so
            bring_to_rest(ports, track, load_track(ports, track).manifest, run)
    return change_set_of(ports, tenant_id, decided.change_set_id)


def _patiently(decide: Callable[[], ChangeSet]) -> ChangeSet:
    """Decide again where a tick wrote the track at the same moment: that takes nothing from a yes to what was seen."""
    while True:
        try:
            return decide()
        except Conflict:
            continue
