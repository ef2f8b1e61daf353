"""The list of people in a tenant's document, by which they find it."""

from contextlib import suppress

from common.domain import paths
from common.domain.tenant import Tenant
from common.ports.documents import Conflict, Replace
from common.use_cases.load import hold
from common.use_cases.ports import Ports


def with_people_listed(ports: Ports, tenant_id: str) -> Tenant:
    """The tenant; where its document has no list of its people, or not theirs, it is written.

    Documents from before the list was kept are mended by this, and those that somebody wrote by hand.

    Raises:
        NotFound: there is no such tenant.
    """
    path = paths.tenant(tenant_id)
    document = ports.documents.read(path)[0]
    held = hold(Tenant, document, path)
    body = held.value.body()
    if document is not None and document.data.get("people") != body["people"]:
        with suppress(Conflict):  # changed meanwhile, and thereby listed
            ports.documents.commit(Replace(path, body, held.version))
    return held.value
