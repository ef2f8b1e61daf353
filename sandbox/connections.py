"""What a market's sources say of their connections: everything is met while they answer."""

from common.domain.connection import Need
from common.domain.performance import CRM, GA4
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import PlatformUnavailable
from sandbox.market import Market


def needs_of(market: Market, source: str) -> tuple[Need, ...] | None:
    """All that a source needs; `None` where the market has none of this name, or GA4 is not connected.

    Raises:
        PlatformUnavailable: the platform is down.
    """
    if source == GA4:
        return (_met("key_event_missing", "The key event", "it comes in"),) if market.sources.ga4_connected() else None
    if source == CRM:
        return (_met("permission_missing", "Uploads", "they come once a day"),)
    if source not in {line.channel.platform for line in market.lines.values()}:
        return None
    if market.error_mode(source) == "unavailable":
        said = f"{source} is down"
        raise PlatformUnavailable(said, Trouble(TroubleKind.LATER, "unavailable", said))
    return (
        _met("permission_missing", "Leave to read and to change campaigns", "it answers, and takes writes"),
        _met("wrong_currency", "The tenant's currency", f"it counts in {market.scenario.currency}"),
    )


def _met(code: str, what: str, said: str) -> Need:
    return Need(code=code, what=what, met=True, said=said)
