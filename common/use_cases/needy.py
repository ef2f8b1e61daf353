"""Find, every five minutes, the tenants that housekeeping has something to do for, without reading the others.

What dead runs and time leave behind is found by where it lies, over all tenants at once: events in an outbox, requests
and drafts past their time, tracks that nobody saw to when it was due, digests whose hour has come.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from common.domain.approval import Approval, ApprovalState
from common.domain.errors import InvalidInput
from common.domain.plan_draft import DraftState
from common.domain.tick import Cadence, window_of
from common.ports.documents import Query
from common.use_cases.load import decode
from common.use_cases.ports import Ports
from common.use_cases.queries import every, until

MOST = 500
"""Tenants that one run sends ticks to. Where more need one, each run begins elsewhere among them."""
LOOKED_AT = 5_000
"""Documents of one kind that one run looks at."""
EXPIRES_SOON = timedelta(hours=6)
"""How long before its end a request that waits is named."""
_AFTER_ALL_IDS = "~"


def in_need(ports: Ports, published: datetime) -> list[str]:
    """The ids of the tenants that this run of housekeeping sends ticks to."""
    found = list(dict.fromkeys(_found(ports, published)))
    if len(found) <= MOST:
        return found
    run = round(window_of(Cadence.HOUSEKEEPING, published).timestamp() / Cadence.HOUSEKEEPING.every.total_seconds())
    first = run * MOST % len(found)
    return (found[first:] + found[:first])[:MOST]


def _found(ports: Ports, now: datetime) -> Iterator[str]:
    """Those with events that wait first; some of them more than once."""
    yield from islice(_with_leftovers(ports), LOOKED_AT)
    for query in (
        Query("manifests", group=True, up_to=until("due", now)),
        Query("approvals", {"state": ApprovalState.PENDING.value}, group=True, up_to=until("expires_at", now)),
        Query("plan_drafts", {"state": DraftState.PENDING.value}, group=True, up_to=until("expires_at", now)),
        Query("notices", group=True, up_to=until("due", now)),
    ):
        yield from (_tenant_in(document.path) for document in islice(every(ports, query), LOOKED_AT))


def _with_leftovers(ports: Ports) -> Iterator[str]:
    """Of each tenant with something in its outbox a page at the most, however much there is."""
    query = Query("outbox", group=True, limit=20)
    while True:
        page = ports.documents.query(query)
        yield from dict.fromkeys(_tenant_in(document.path) for document in page.documents)
        if page.next is None:
            return
        last = page.documents[-1].path.rpartition("/")[0]
        query = replace(query, start=f"{last}/{_AFTER_ALL_IDS}")


def _tenant_in(path: str) -> str:
    return path.split("/")[1]


def name_expiring(ports: Ports, published: datetime) -> None:
    """Write a line for each request that waits and whose last six hours began in the window before this one."""
    window = window_of(Cadence.HOUSEKEEPING, published)
    begun = window + EXPIRES_SOON - Cadence.HOUSEKEEPING.every
    soon = Query(
        "approvals",
        {"state": ApprovalState.PENDING.value},
        group=True,
        up_to=until("expires_at", window + EXPIRES_SOON),
        after=(until("expires_at", begun)[1], None),
    )
    for document in islice(every(ports, soon), LOOKED_AT):
        try:
            approval = decode(Approval, document)
        except InvalidInput as error:
            ports.journal.write("approval_unreadable", severity="ERROR", document=document.path, reason=str(error))
            continue
        ports.journal.write(
            "approval_expiring",
            severity="WARNING",
            tenant=approval.tenant_id,
            track=approval.track_id,
            approval=approval.approval_id,
            expires_at=approval.expires_at.isoformat(),
        )
