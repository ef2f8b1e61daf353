"""Erase what a tenant's CRM told of persons: the key under which their ids were hashed is destroyed, for good.

What is left are hashes that say nothing. Events and the log's entries hold no such id, so they stay as they are and
verify as before.
"""

from common.domain import paths
from common.domain.errors import Refused
from common.ports.documents import Delete
from common.use_cases.configure import tenant_of
from common.use_cases.ports import Ports
from common.use_cases.pull import HUBSPOT


def erase(ports: Ports, tenant_id: str, *, again: str) -> None:
    """Destroy a tenant's key. From then on nothing is taken from its CRM, until a new one is made on purpose.

    Args:
        again: the tenant's id once more, from whoever wants this.

    Raises:
        NotFound: no such tenant.
        Refused: `again` is another name; nothing was done.
        NoKey: it has no key.
    """
    tenant = tenant_of(ports, tenant_id)
    if again != tenant.tenant_id:
        raise Refused(f"that is not {tenant_id}: nothing was erased", "not_confirmed")
    ports.keys.erase(tenant_id)
    ports.journal.write("tenant_erased", severity="NOTICE", tenant=tenant_id)


def new_key(ports: Ports, tenant_id: str) -> None:
    """Make a tenant a key, the first one or another after an erasure. What is pulled is read from the beginning then.

    Raises:
        NotFound: no such tenant.
        Refused: it has a key.
    """
    tenant_of(ports, tenant_id)
    ports.documents.commit(Delete(paths.crm_pull(tenant_id, HUBSPOT)))  # first: reading too much again does no harm
    ports.keys.make(tenant_id)
    ports.journal.write("tenant_key_made", severity="NOTICE", tenant=tenant_id)
