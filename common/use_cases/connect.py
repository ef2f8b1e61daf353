"""Look at a tenant's connections: what each source needs and whether that is met, asked of the sources themselves."""

from collections.abc import Mapping
from datetime import datetime

from common.decisions.connections import IN_USE
from common.domain.connection import Connection
from common.domain.errors import SourceSilent
from common.domain.manifest import Manifest
from common.domain.paths import Track
from common.domain.performance import CRM, GA4
from common.domain.tenant import Tenant
from common.domain.trouble import Trouble, TroubleKind
from common.ports.connections import no_connections
from common.use_cases.attribution import follow_ga4
from common.use_cases.configure import tenant_of
from common.use_cases.connections import absent, checked, connections_of, need_of, unanswered
from common.use_cases.load import hold
from common.use_cases.ports import Ports


def connect(ports: Ports, tenant_id: str) -> dict[str, Connection]:
    """Ask every source what it needs, write down what is known now, and follow GA4 into degraded mode or out of it.

    Sources come in the order in which they matter: the platforms, GA4, the CRM.

    Raises:
        NotFound: there is no such tenant.
    """
    tenant = tenant_of(ports, tenant_id)
    answers = {source: _looked_at(ports, tenant, source) for source in sources_of(ports, tenant)}
    _follow(ports, tenant, answers)
    return {source: found or unanswered(ports, tenant, source) for source, found in answers.items()}


def look_again(ports: Ports, tenant_id: str, window: datetime) -> None:
    """The daily look; once in a window, however often it is asked for, and only where sources can be checked.

    What does not answer right then stays what it was: nobody waits for the answer, and runs say it too.
    """
    if ports.check_connection is no_connections:
        return
    tenant, known = tenant_of(ports, tenant_id), connections_of(ports, tenant_id)
    due = [one for one in sources_of(ports, tenant) if one not in known or known[one].checked_at < window]
    _follow(ports, tenant, {source: _looked_at(ports, tenant, source) for source in due})


def look_at(ports: Ports, tenant_id: str, source: str) -> None:
    """Look at one source, because something about it has just changed."""
    if ports.check_connection is not no_connections:
        _looked_at(ports, tenant_of(ports, tenant_id), source)


def _follow(ports: Ports, tenant: Tenant, answers: Mapping[str, Connection | None]) -> None:
    """That GA4 does not answer says nothing."""
    ga4 = answers.get(GA4)
    if ga4 is not None:
        follow_ga4(ports, tenant, connected=ga4.state in IN_USE)


def sources_of(ports: Ports, tenant: Tenant) -> tuple[str, ...]:
    """Every source that there is or should be: platforms with an account or with campaigns, GA4, the CRM."""
    tracks = [Track(tenant.tenant_id, track_id) for track_id in tenant.tracks]
    documents = ports.documents.read(*(track.manifest for track in tracks))
    manifests = [hold(Manifest, one, track.manifest).value for one, track in zip(documents, tracks, strict=True)]
    used = {entity.platform for manifest in manifests for entity in manifest.entities.values()}
    return (*sorted({*used, *(account.platform for account in tenant.accounts)}), GA4, CRM)


def _looked_at(ports: Ports, tenant: Tenant, source: str) -> Connection | None:
    """How a source is connected now; `None`: it does not answer."""
    try:
        needs = ports.check_connection(tenant, source, ports.timeout)
    except SourceSilent as error:
        if error.trouble is not None and error.trouble.kind is TroubleKind.PERSON:
            return checked(ports, tenant, source, (need_of(error.trouble),))
        return None
    if needs is not None:
        return checked(ports, tenant, source, needs)
    if source in (GA4, CRM):
        return absent(ports, tenant, source)
    said = (
        f"its campaigns are on {source}, but no account there is named: `python -m trimtab connect` takes "
        f"--account {source}=ID"
    )
    return checked(ports, tenant, source, (need_of(Trouble(TroubleKind.PERSON, "account_missing", said)),))
