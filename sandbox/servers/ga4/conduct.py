"""How the property behaves: what may be switched while it is served."""

from dataclasses import dataclass, field

import grpc


@dataclass(frozen=True, slots=True)
class Failure:
    """An error instead of an answer."""

    code: grpc.StatusCode
    text: str
    reason: str | None = None
    """As Google's `ErrorInfo` has it, in the error's details."""


@dataclass(frozen=True, slots=True)
class Visitors:
    """Others who come to the site every hour, by what GA4 calls their campaign."""

    sessions: float
    conversions: float = 0.0
    google_ads: str = "(not set)"
    utm_id: str = "(not set)"
    source: str = "(direct)"
    medium: str = "(none)"
    campaign: str = "(direct)"


@dataclass(slots=True)
class Conduct:
    """The switches. As it is made, the property is sound."""

    time_zone: str | None = None
    """The property's, where it is another than the tenant's; blank: it is not told."""
    currency: str | None = None
    """Of its answers whatever was asked for, where it is another."""
    property_currency: str | None = None
    """Of its answers where none was asked for."""
    key_event: str = "purchase"
    """What the market's conversions are called."""
    counts_key_event: bool = True
    """Whether it is marked as a key event."""
    delay_hours: int = 8
    """How late the report by hour is, at least the market's own six."""
    visitors: tuple[Visitors, ...] = ()
    keep_rows: int | None = None
    """Rows of a day that are kept; the smaller ones are rolled into `(other)`."""
    hide_other: bool = False
    """The row `(other)` itself is left out."""
    least_sessions: float | None = None
    """Rows with fewer sessions are held back (thresholding)."""
    sampled: tuple[int, int] | None = None
    """Events read, and events that there are."""
    truncated_before: str | None = None
    """The day before which there is nothing; blank: the property does not say."""
    empty_reason: str | None = None
    """All reports are empty, for this reason."""
    without_headers: bool = False
    """What is empty has no columns either."""
    restricted: tuple[str, ...] = ()
    """Metrics that the credentials' role may not see."""
    page_rows: int = 250_000
    """The most rows of one answer."""
    premium: bool = False
    """A property of Analytics 360: realtime shows an hour back."""
    tells_quota: bool = True
    tokens_a_day: int = 200_000
    tokens_an_hour: int = 14_000
    """Of one project."""
    concurrent: int = 10
    revoked: bool = False
    """The credentials are no Viewer of the property."""
    failures: list[Failure] = field(default_factory=list[Failure])
    """What the next calls get, the first one first."""
