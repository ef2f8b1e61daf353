"""Public holidays by country, from the package `holidays`; imported where a tenant has a country, since it is large."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache


@lru_cache(maxsize=256)
def public_holidays(country: str, year: int) -> Collection[date]:
    """The holidays of a year and the ones beside it; none where the package does not know the country.

    Args:
        country: ISO 3166-1 alpha-2, such as `ES`.
    """
    import holidays

    if country not in holidays.list_supported_countries():
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=(year - 1, year, year + 1)))
