"""What is known of a tenant's connections: written when it is news, by runs that meet a trouble and by checks."""

from collections.abc import Callable
from datetime import datetime

from common.domain import paths
from common.domain.connection import Connection, ConnectionState, Need, state_of
from common.domain.performance import CRM, GA4
from common.domain.tenant import Tenant
from common.domain.trouble import Trouble
from common.ports.documents import Conflict, Create, Query, Replace
from common.use_cases.load import decode
from common.use_cases.ports import Ports

GONE = "entity_missing"
"""Of entities that their platform does not know any more: the source is in use without them."""

_NEEDED = {
    "token_expired": "Access that has not run out",
    "permission_missing": "The permissions that are needed",
    "secret_missing": "The secret with the credentials",
    "secret_unreadable": "A secret that holds what the guide says",
    "api_disabled": "The API turned on",
    "account_missing": "An account",
    "account_disabled": "An account that is in use",
    "wrong_account": "The account that is meant",
    "wrong_currency": "The tenant's currency",
    "wrong_time_zone": "The tenant's time zone",
    GONE: "All campaigns of the manifest",
}
_NOT_NAMED = "An answer to our calls"


def connections_of(ports: Ports, tenant_id: str) -> dict[str, Connection]:
    """All that is known, by source."""
    found = ports.documents.query(Query(paths.connections(tenant_id), limit=100)).documents
    known = [decode(Connection, one) for one in found]
    return {one.source: one for one in known}


def note(ports: Ports, tenant: Tenant, source: str, trouble: Trouble) -> None:
    """A call met this trouble, which a person must end. Noting it again changes nothing."""
    need = need_of(trouble)

    def with_need(known: Connection | None) -> Connection:
        others = () if known is None else tuple(one for one in known.needs if one.code != need.code)
        same = () if known is None else tuple(one for one in known.needs if one.code == need.code and not one.met)
        return _now(ports, tenant, source, known, (*others, *(same or (need,))))

    _write(ports, tenant, source, with_need)


def take_back(ports: Ports, tenant: Tenant, source: str, code: str) -> None:
    """The source answers again, so this trouble of it is over."""

    def without(known: Connection | None) -> Connection | None:
        if known is None:
            return None
        needs = tuple(_met(one) if one.code == code and not one.met else one for one in known.needs)
        return _now(ports, tenant, source, known, needs)

    _write(ports, tenant, source, without)


def checked(ports: Ports, tenant: Tenant, source: str, needs: tuple[Need, ...]) -> Connection:
    """The source itself was asked for all that it needs."""

    def anew(known: Connection | None) -> Connection:
        gone = () if known is None else tuple(one for one in known.needs if one.code.startswith(GONE) and not one.met)
        return _now(ports, tenant, source, known, (*needs, *gone)).but(checked_at=ports.clock.now())

    return _written(_write(ports, tenant, source, anew))


def unanswered(ports: Ports, tenant: Tenant, source: str) -> Connection:
    """It did not answer when it was asked: what was known of its needs stands."""

    def as_known(known: Connection | None) -> Connection:
        needs = () if known is None else known.needs
        return _in_state(ports, tenant, source, known, needs, ConnectionState.UNANSWERED)

    return _written(_write(ports, tenant, source, as_known))


def absent(ports: Ports, tenant: Tenant, source: str) -> Connection:
    """The tenant has no such source."""
    return _written(
        _write(ports, tenant, source, lambda known: _in_state(ports, tenant, source, known, (), ConnectionState.ABSENT))
    )


def need_of(trouble: Trouble) -> Need:
    """A trouble as the need that is not met."""
    what = _NEEDED.get(trouble.code.partition(":")[0], _NOT_NAMED)
    return Need(code=trouble.code, what=what, met=False, said=trouble.said, required=not trouble.code.startswith(GONE))


def account_of(tenant: Tenant, source: str) -> str | None:
    """How the tenant's account in a source is called; `None`: it has none, or only a secret names it."""
    if source == GA4:
        return tenant.ga4_property
    account = None if source == CRM else tenant.account(source)
    return None if account is None else account.account_id


def _met(need: Need) -> Need:
    return need.but(met=True, said="it answers again")


def _now(ports: Ports, tenant: Tenant, source: str, known: Connection | None, needs: tuple[Need, ...]) -> Connection:
    return _in_state(ports, tenant, source, known, needs, state_of(needs))


def _in_state(
    ports: Ports,
    tenant: Tenant,
    source: str,
    known: Connection | None,
    needs: tuple[Need, ...],
    state: ConnectionState,
) -> Connection:
    """The connection as it is now; since when only moves where the state is another one."""
    now: datetime = ports.clock.now()
    return Connection(
        tenant_id=tenant.tenant_id,
        source=source,
        account_id=account_of(tenant, source),
        state=state,
        needs=needs,
        since=known.since if known is not None and known.state is state else now,
        checked_at=now if known is None else known.checked_at,
    )


def _write(
    ports: Ports, tenant: Tenant, source: str, change: Callable[[Connection | None], Connection | None]
) -> Connection | None:
    """Replace what is known where that is another now; decided again where somebody else wrote meanwhile."""
    path = paths.connection(tenant.tenant_id, source)
    while True:
        document = ports.documents.read(path)[0]
        known = None if document is None else decode(Connection, document)
        wanted = change(known)
        if wanted is None or wanted == known:
            return wanted
        body = wanted.body()
        try:
            ports.documents.commit(Create(path, body) if document is None else Replace(path, body, document.version))
        except Conflict:
            continue
        return wanted


def _written(connection: Connection | None) -> Connection:
    assert connection is not None
    return connection
