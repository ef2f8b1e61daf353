"""Google Ads, by its official client and API v26: read with GAQL, written with `GoogleAdsService.Mutate`.

A campaign's external id is its number; an ad's is `AD_GROUP~AD`, as its resource name ends. Geos go by the canonical
names of their geo target constants (`Catalonia,Spain`). Nothing here imports the client: each call does.
"""

from datetime import datetime

from common.adapters.opening import Opening
from common.adapters.platforms.google_ads.uploads import UploadSummary
from common.domain.connection import Need
from common.ports.ad_platform import AdPlatform


def connect(opening: Opening) -> AdPlatform:
    """The account as an advertising platform. Calls nobody yet."""
    from common.adapters.platforms.google_ads.platform import GoogleAdsPlatform

    return GoogleAdsPlatform(opening)


def check(opening: Opening, *, timeout: float) -> tuple[Need, ...]:
    """What the account needs, each met or not.

    Raises:
        PlatformUnavailable: Google Ads does not answer.
    """
    from common.adapters.platforms.google_ads.checking import needs

    return needs(opening, timeout)


def upload_summaries(opening: Opening, since: datetime, timeout: float) -> tuple[UploadSummary, ...]:
    """How the account took the offline conversions that were uploaded to it, by day from `since` on, oldest first.

    Raises:
        PlatformUnavailable: Google Ads does not answer.
    """
    from common.adapters.platforms.google_ads.uploads import read

    return read(opening, since, timeout)
