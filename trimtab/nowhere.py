"""Stands in where no platform can be reached: what is approved stays in flight until a running system takes it over."""

from common.domain.errors import Busy
from common.ports.ad_platform import AdPlatform


def no_platforms(tenant_id: str, platform: str) -> AdPlatform:
    """Refuse to reach a platform.

    Raises:
        Busy: always; a running system drives the change set on.
    """
    raise Busy(
        f"{platform} of {tenant_id} can't be reached from here; set TRIMTAB_MARKET_URL to a running "
        "`python -m trimtab serve`, or leave it: the next tick applies what was approved"
    )
