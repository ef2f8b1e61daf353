"""A tenant's connections as people read them: which source, how it stands, what is missing and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from common.decisions.connections import listed, truth_of
from common.domain.calendar import TenantCalendar
from common.domain.connection import Connection, ConnectionState
from common.web.words import own_name, when

S = ConnectionState
STATE_WORDS = {
    S.CONNECTED: "connected",
    S.LIMITED: "in use, but something is missing",
    S.BROKEN: "not in use: something that it needs is missing",
    S.UNANSWERED: "did not answer when it was asked",
    S.ABSENT: "none is connected",
}
_FLAGGED = frozenset({S.BROKEN, S.UNANSWERED})


@dataclass(frozen=True, slots=True)
class NeedView:
    """One thing that is missing."""

    what: str
    said: str
    """What is wrong, and what to do."""
    required: bool


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """One source."""

    name: str
    account: str
    state: str
    flagged: bool
    """Somebody must act."""
    broken: bool
    """It is not in use until they do."""
    since: str
    looked: str
    """When all of it was looked at last."""
    missing: list[NeedView]
    met: list[str]
    """What it needs and has."""


@dataclass(frozen=True, slots=True)
class ConnectionsView:
    """All of a tenant's."""

    truth_met: bool
    truth_said: str
    sources: list[ConnectionView]


def connections_view(found: Mapping[str, Connection], calendar: TenantCalendar) -> ConnectionsView:
    """A tenant's connections as they are known; times are the tenant's."""
    truth = truth_of(found)
    return ConnectionsView(truth.met, truth.said, [_view(one, calendar) for one in listed(found)])


def _view(one: Connection, calendar: TenantCalendar) -> ConnectionView:
    return ConnectionView(
        name=own_name(one.source),
        account=one.account_id or "",
        state=STATE_WORDS[one.state],
        flagged=one.state in _FLAGGED,
        broken=one.state is S.BROKEN,
        since=when(one.since, calendar),
        looked=when(one.checked_at, calendar),
        missing=[NeedView(need.what, need.said, need.required) for need in one.missing],
        met=[need.what for need in one.needs if need.met],
    )
