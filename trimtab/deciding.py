"""Say yes from the command line: bound to what stands there now, then applied if the platforms are in reach."""

from common.domain import paths
from common.domain.approval import Approval
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.errors import Busy
from common.domain.paths import Track
from common.use_cases.approvals import approve
from common.use_cases.load import load_track, read_one
from common.use_cases.ports import Ports
from common.use_cases.queries import change_set_of
from common.use_cases.rest import bring_to_rest


def say_yes(ports: Ports, tenant_id: str, approval_id: str, by: str, only: tuple[str, ...]) -> ChangeSet:
    """Approve, and apply at once where nothing else is in flight.

    Raises:
        NotFound, Refused, Conflict: as `approve` does.
    """
    held = read_one(ports.documents, Approval, paths.approval(tenant_id, approval_id)).value
    run = ports.new_run()
    decided = approve(ports, tenant_id, approval_id, by=by, seen=held.payload_digest, run=run, proposals=only)
    if decided.state in (ChangeSetState.INTENDED, ChangeSetState.APPROVED):
        track = Track(tenant_id, held.track_id)
        try:
            bring_to_rest(ports, track, load_track(ports, track).manifest, run)
        except Busy as busy:
            ports.journal.write("approved_applies_later", reason=str(busy))
    return change_set_of(ports, tenant_id, decided.change_set_id)
