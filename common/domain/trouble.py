"""Why a call to an outside service came to nothing, so that the right one acts: time, a person, or we."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class TroubleKind(StrEnum):
    """Who or what ends it."""

    LATER = "later"
    """Time: a limit, or a service that is down. The same call may do later."""
    PERSON = "person"
    """Somebody must act: a grant was revoked, a token ran out, an account is closed or another than was thought."""
    OURS = "ours"
    """The call itself is wrong, and will be wrong again: our fault, or a value that the platform does not take."""
    UNKNOWN = "unknown"
    """A write may have landed or not: only reading back tells."""


PASSES = frozenset(
    {
        "concurrent_modification",
        "internal_error",
        "platform_unavailable",
        "quota_exhausted",
        "rate_limited",
        "timed_out",
        "unavailable",
    }
)
"""Codes of what time ends: the same write may do in an hour."""


CLOSED = frozenset(
    {
        "account_disabled",
        "account_missing",
        "api_disabled",
        "permission_missing",
        "secret_missing",
        "secret_unreadable",
        "token_expired",
    }
)
"""Codes of what closes a whole account to us: any answer of it says that they are over. Others are about what was asked
for."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One such reason. It never holds a token, a URL or a body."""

    kind: TroubleKind
    code: str
    """In lower case with underscores, the same on every platform where it means the same: `token_expired`,
    `permission_missing`, `rate_limited`, `quota_exhausted`, `wrong_account`, `wrong_currency`, `unavailable`."""
    said: str
    """A sentence for who must act: what is wrong, where, and what to do."""
    after: timedelta | None = None
    """How long the service asked to be left alone."""
    request_id: str | None = None
    """The service's own name for the call, for its support."""
