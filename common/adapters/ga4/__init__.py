"""Google Analytics 4, through the official client of its Data API (v1beta): `connect` and `check` as a source has them.

The client is imported when one of the two is called.
"""

from common.adapters.opening import Opening
from common.domain.connection import Need
from common.ports.analytics import Analytics


def connect(opening: Opening) -> Analytics:
    """The tenant's property behind the port. Calls nobody yet."""
    from common.adapters.ga4.property import Ga4Property

    return Ga4Property(opening)


def check(opening: Opening, *, timeout: float) -> tuple[Need, ...]:
    """All that the property needs, each met or not.

    Raises:
        AnalyticsUnavailable: it did not answer.
    """
    from common.adapters.ga4.checking import needs

    return needs(opening, timeout)
