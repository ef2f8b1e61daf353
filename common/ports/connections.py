"""Looking at a tenant's connections: which grants and settings a source needs, and which of them are missing."""

from collections.abc import Callable

from common.domain.connection import Need
from common.domain.tenant import Tenant

CheckConnection = Callable[[Tenant, str, float], tuple[Need, ...] | None]
"""`check(tenant, source, timeout)`: all that the source needs, each met or not, asked of the source itself.

`None`: the tenant has no such source. A grant that is missing is a need that is not met, never an error.

Raises:
    SourceSilent: it did not answer, which says nothing of the grants.
"""


def no_connections(tenant: Tenant, source: str, timeout: float) -> None:
    """No tenant has any."""
