"""A draft with everything that deciding it needs, and the one commit in which a decision is written."""

from collections.abc import Iterable

from common.decisions.access import why_draft_closed, why_not_planner
from common.decisions.drafting import changed_tracks
from common.decisions.plan_checks import version_faults
from common.domain import paths
from common.domain.calendar import TenantCalendar
from common.domain.envelope import Envelope
from common.domain.errors import Fault, InvalidInput, NotFound, Refused
from common.domain.log_entry import EntryKind
from common.domain.model import parse
from common.domain.paths import Track
from common.domain.plan import PlanTerms
from common.domain.plan_draft import PlanDraft
from common.domain.tenant import Tenant
from common.ports.documents import Write
from common.use_cases.activate_plan import live_track, version_of
from common.use_cases.ledger import Ledger, Telling
from common.use_cases.load import Held, LoadedTrack, decode, hold, load_track
from common.use_cases.ports import Ports
from common.use_cases.publish import publish


class Case:
    """A draft with everything that deciding it needs, and what one commit will write about it."""

    def __init__(self, ports: Ports, tenant_id: str, draft_id: str) -> None:
        self.ports = ports
        self.held = draft_of(ports, tenant_id, draft_id)
        self.draft = self.held.value
        tenant_path, envelope_path = paths.tenant(tenant_id), paths.envelope(tenant_id, self.draft.plan_id)
        tenant, envelope = ports.documents.read(tenant_path, envelope_path)
        self.tenant = hold(Tenant, tenant, tenant_path).value
        self.envelope = hold(Envelope, envelope, envelope_path).value
        self.plan = version_of(ports, self.draft.plan, self.envelope.plan_version)
        """The version that is active."""
        self.today = TenantCalendar.of(self.tenant.time_zone).day_of(ports.clock.now())
        self._ledgers: list[Ledger] = []

    def must_be_open(self) -> None:
        """It waits, and it was made on the version that is active."""
        closed = why_draft_closed(self.draft, self.ports.clock.now())
        if closed is not None:
            raise closed
        if self.draft.based_on != self.plan.version:
            made, active = f"plan v{self.draft.based_on}", f"v{self.plan.version}"
            raise Refused(f"the draft {self.draft.draft_id} was made on {made}; {active} is active now", "stale")

    def must_be_a_planner(self, by: str) -> None:
        """The person may edit and reject it."""
        refusal = why_not_planner(self.tenant, by)
        if refusal is not None:
            raise refusal

    def must_be_what_was_seen(self, seen: str) -> None:
        """It is what the person looked at."""
        if seen != self.draft.payload_digest:
            raise Refused("what was shown is not this draft as it is; open it again and look at it", "not_seen")

    def record(self, kind: EntryKind, telling: Telling, of: Iterable[str] | None = None) -> None:
        """An entry in the log of each track, its own where none are named, in this commit."""
        for track_id in self.draft.tracks if of is None else of:
            loaded = self.loaded(track_id)
            ledger = Ledger(loaded.track, loaded.manifest, self.ports.clock.now())
            ledger.record(kind, telling)
            self._ledgers.append(ledger)

    def loaded(self, track_id: str) -> LoadedTrack:
        """One of the plan's tracks."""
        return load_track(self.ports, Track(self.draft.tenant_id, track_id))

    def commit(self, *writes: Write) -> None:
        """Write it all, then publish."""
        entries = (write for ledger in self._ledgers for write in ledger.writes())
        self.ports.documents.commit(*writes, *entries)
        publish(self.ports, self.draft.tenant_id, [event for ledger in self._ledgers for event in ledger.events])


def sound(case: Case, terms: PlanTerms) -> PlanTerms:
    """The terms, once they could be the next version.

    Raises:
        InvalidInput: with everything that is wrong with them.
    """
    subject, faults = f"the draft of {case.draft.called}", list[Fault]()
    for name in ("tenant_id", "plan_id"):
        if getattr(terms, name) != getattr(case.draft, name):
            faults.append(Fault(name, f"must be {getattr(case.draft, name)}: a draft stays with its plan"))
    try:
        terms = parse(PlanTerms, terms.body(), subject)
    except InvalidInput as error:
        faults += error.faults
    known = {piece.track_id for piece in case.plan.tracks}
    moving = {name: live_track(case.loaded(name)) for name in changed_tracks(case.plan, terms) if name in known}
    capped = bool(faults)  # budgets over the cap were named already
    follow = version_faults(terms, case.plan, case.envelope, moving, case.today)
    faults += [one for one in follow if not (capped and one.where == "master_cap")]
    if faults:
        raise InvalidInput(subject, faults)
    return terms


def draft_of(ports: Ports, tenant_id: str, draft_id: str) -> Held[PlanDraft]:
    """One draft.

    Raises:
        NotFound: there is none with this id.
    """
    document = ports.documents.read(paths.plan_draft(tenant_id, draft_id))[0]
    if document is None:
        raise NotFound(f"there is no draft {draft_id} for {tenant_id}")
    return Held(decode(PlanDraft, document), document.version)
