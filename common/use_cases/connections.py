"""What is known of a tenant's connections: written when it is news, by runs that meet a trouble and by checks."""

from collections.abc import Callable

from common.domain import paths
from common.domain.connection import Connection, ConnectionState, Need, state_of
from common.domain.performance import CRM, GA4
from common.domain.tenant import Tenant
from common.domain.trouble import Trouble
from common.ports.documents import Conflict, Create, Query, Replace
from common.use_cases.load import decode
from common.use_cases.ports import Ports

Needs = tuple[Need, ...]

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

    def with_need(needs: Needs) -> Needs:
        if any(one.code == need.code and not one.met for one in needs):
            return needs
        return (*(one for one in needs if one.code != need.code), need)

    _write(ports, tenant, source, with_need)


def take_back(ports: Ports, tenant: Tenant, source: str, code: str) -> None:
    """The source answers again, so this trouble of it is over."""
    _write(ports, tenant, source, lambda needs: tuple(_met(one) if one.code == code else one for one in needs))


def checked(ports: Ports, tenant: Tenant, source: str, needs: Needs) -> Connection:
    """The source itself was asked for all that it needs; campaigns that are gone were not asked for, and stay named."""

    def anew(known: Needs) -> Needs:
        return (*needs, *(one for one in known if one.code.startswith(GONE) and not one.met))

    return _write(ports, tenant, source, anew, looked=True)


def unanswered(ports: Ports, tenant: Tenant, source: str) -> Connection:
    """It did not answer when it was asked: what was known of its needs stands."""
    return _write(ports, tenant, source, lambda needs: needs, ConnectionState.UNANSWERED)


def absent(ports: Ports, tenant: Tenant, source: str) -> Connection:
    """The tenant has no such source."""
    return _write(ports, tenant, source, lambda _: (), ConnectionState.ABSENT, looked=True)


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
    return need if need.met else need.but(met=True, said="it answers again")


def _write(
    ports: Ports,
    tenant: Tenant,
    source: str,
    change: Callable[[Needs], Needs],
    state: ConnectionState | None = None,
    *,
    looked: bool = False,
) -> Connection:
    """Write the connection where it is another now; decided again where somebody else wrote meanwhile.

    Args:
        change: from the needs that are known to those that there are.
        state: `None`: what these come to.
        looked: all of them were looked at just now.
    """
    path, now = paths.connection(tenant.tenant_id, source), ports.clock.now()
    while True:
        document = ports.documents.read(path)[0]
        known = None if document is None else decode(Connection, document)
        needs = change(() if known is None else known.needs)
        stands = state or state_of(needs)
        wanted = Connection(
            tenant_id=tenant.tenant_id,
            source=source,
            account_id=account_of(tenant, source),
            state=stands,
            needs=needs,
            since=now if known is None or known.state is not stands else known.since,
            checked_at=now if known is None or looked else known.checked_at,
        )
        if wanted == known:
            return wanted
        body = wanted.body()
        try:
            ports.documents.commit(Create(path, body) if document is None else Replace(path, body, document.version))
        except Conflict:
            continue
        return wanted
