"""Meta: Facebook and Instagram campaigns, through the Marketing API. `docs/connecting.md` says what an account needs.

The client is imported when an account is first opened or checked.
"""

from common.adapters.opening import Opening
from common.domain.connection import Need
from common.ports.ad_platform import AdPlatform


def connect(opening: Opening) -> AdPlatform:
    """The ad account behind the port. Calls nobody yet."""
    from common.adapters.platforms.meta.platform import MetaPlatform

    return MetaPlatform(opening)


def check(opening: Opening, *, timeout: float) -> tuple[Need, ...]:
    """Everything that the ad account needs, each met or not, asked of Meta itself.

    Raises:
        PlatformUnavailable: it does not answer, which says nothing of what is missing.
    """
    from common.adapters.platforms.meta.checking import needs

    return needs(opening, timeout)
