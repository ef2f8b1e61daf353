"""Ask a tenant's CRM, once an hour, for what changed since the last time, and take it like what is pushed.

How far it was read is written down after each page is taken. A run that dies in between reads that page again, which
changes nothing: every row has its revision.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from common.domain import paths
from common.domain.calendar import Instant, TenantCalendar
from common.domain.errors import Busy, SourceSilent
from common.domain.ingest_body import Body
from common.domain.ingest_rows import OLDEST
from common.domain.model import Frozen, Id, Name
from common.domain.tenant import Tenant
from common.domain.tick import Cadence, TenantTick, is_stale
from common.ports.crm_pull import Place
from common.ports.documents import Conflict, Create, Delete, Query, Replace
from common.ports.keys import NoKey
from common.use_cases.ingest import Taken, ingest
from common.use_cases.lateness import late_seconds
from common.use_cases.load import decode, read_one
from common.use_cases.ports import Ports

HUBSPOT = "hubspot"
OVERLAP = timedelta(minutes=10)
"""What changed so shortly before the last look is asked for again: a search may not have found it yet."""
PAGES = 60
"""Of one run; where there are more, the next hour goes on."""
FORGOTTEN_AT_ONCE = 300


class PullState(Frozen):
    """`tenants/{t}/crm_pulls/{source}`: how far a CRM was read, and what came of the last time."""

    tenant_id: Name
    source: Id
    place: Place
    window: Instant | None = None
    """Of the last tick that was worked through."""
    looked_for_gone: date | None = None
    """The local day on which deleted records were looked for."""
    refused: int = 0
    """Rows of the last run that could not be taken."""


def pull_tenant(ports: Ports, tick: TenantTick) -> None:
    """Do a tenant's hour: read on where the last one ended, and forget what is out of date.

    A CRM that does not answer is asked again in an hour: the tick does not come again for that.

    Raises:
        NotFound: no such tenant.
        Busy, Unavailable: the store does not answer.
    """
    tenant = read_one(ports.documents, Tenant, paths.tenant(tick.tenant_id)).value
    told = {"tenant": tick.tenant_id, "cadence": tick.cadence.value, "window": tick.window.isoformat()}
    if is_stale(Cadence.INGEST, tick.window, ports.clock.now()):
        ports.journal.write("stale_tick", severity="WARNING", **told)
        return
    _forget(ports, tenant)
    if tenant.crm.hubspot is None:
        return
    try:
        pulled = _Pull(ports, tenant).run(tick.window)
    except (NoKey, SourceSilent) as error:
        ports.journal.write("crm_not_read", severity="WARNING", **told, code=_code(error), reason=str(error))
    else:
        ports.journal.write("tick", **told, late_seconds=late_seconds(ports, tick), **pulled)


def _code(error: NoKey | SourceSilent) -> str:
    if isinstance(error, NoKey):
        return error.code
    return "unavailable" if error.trouble is None else error.trouble.code


class _Pull:
    """One run over one tenant's HubSpot."""

    def __init__(self, ports: Ports, tenant: Tenant) -> None:
        self._ports, self._tenant = ports, tenant
        self._path = paths.crm_pull(tenant.tenant_id, HUBSPOT)
        self._crm = ports.crm_pull(tenant.tenant_id)
        self._taken: list[Taken] = []
        self._read()

    def run(self, window: datetime) -> Mapping[str, int]:
        """Read what there is, unless this window is done. Returns how many rows came to what."""
        if self._state.window is not None and self._state.window >= window:
            return {}
        self._ports.keys.key(self._tenant.tenant_id)
        place = self._state.place
        place = place if place.after else place.but(since=place.since - OVERLAP)
        for _ in range(PAGES):
            found = self._crm.changed(place, timeout=self._ports.timeout)
            self._take(found.rows)
            place = found.place
            if place.since >= self._state.place.since:
                self._write(place=place)
            if not found.more:
                break
        self._look_for_gone()
        refused = sum(one.refused for one in self._taken)
        self._write(window=window, refused=refused)
        return sum((Counter(one.outcomes) for one in self._taken), Counter({"refused": refused}))

    def _look_for_gone(self) -> None:
        """Once a day."""
        today = TenantCalendar.of(self._tenant.time_zone).day_of(self._ports.clock.now())
        if self._state.looked_for_gone == today:
            return
        after: str | None = None
        for _ in range(PAGES):
            found = self._crm.gone(after, timeout=self._ports.timeout)
            if found.rows:
                self._take(found.rows)
            after = found.after
            if after is None:
                break
        self._write(looked_for_gone=today)

    def _take(self, rows: Sequence[Mapping[str, object]]) -> None:
        taken = ingest(self._ports, self._tenant, Body(rows))
        self._taken.append(taken)
        for fault in taken.faults:
            record = rows[fault.row - 1].get("id")
            self._ports.journal.write(
                "crm_row_refused",
                severity="WARNING",
                tenant=self._tenant.tenant_id,
                record=record,
                column=fault.column,
                what=fault.what,
            )

    def _read(self) -> None:
        held = self._ports.documents.read(self._path)[0]
        if held is None:
            place = Place(since=self._ports.clock.now() - OLDEST)
            self._state = PullState(tenant_id=self._tenant.tenant_id, source=HUBSPOT, place=place)
        else:
            self._state = decode(PullState, held)
        self._version = None if held is None else held.version

    def _write(self, **changes: Any) -> None:
        """Write down how far it is.

        Raises:
            Busy: another run reads the same CRM.
        """
        self._state = self._state.but(**changes)
        body = self._state.body()
        write = Create(self._path, body) if self._version is None else Replace(self._path, body, self._version)
        try:
            (self._version,) = self._ports.documents.commit(write)
        except Conflict as error:
            raise Busy(f"the CRM of {self._tenant.tenant_id} is being read by another run") from error


def _forget(ports: Ports, tenant: Tenant) -> None:
    """Remove conversions that are too old to come again, some at a time: those of last month's expiry."""
    now = ports.clock.now()
    last = now.replace(day=1) - timedelta(days=1)
    query = Query(paths.ingested(tenant.tenant_id), where={"expires": f"{last:%Y-%m}"}, limit=FORGOTTEN_AT_ONCE)
    found = ports.documents.query(query).documents
    if found:
        ports.documents.commit(*(Delete(one.path) for one in found))
