# pyright: basic
"""What the secret of a Google Ads account holds, and the credentials made of it. Values never leave this module."""

import json
from dataclasses import dataclass
from typing import Any

from common.adapters.calls import CallFailed
from common.adapters.platforms.google_ads.deadline import Deadline
from common.domain.trouble import Trouble, TroubleKind

SCOPES = ("https://www.googleapis.com/auth/adwords",)
_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105
_GRANT = ("developer_token", "client_id", "client_secret", "refresh_token")
_SERVICE_ACCOUNT = ("developer_token", "client_email", "private_key", "token_uri")


@dataclass(frozen=True, slots=True, repr=False)
class Grant:
    """A way in."""

    developer_token: str
    credentials: Any
    email: str | None
    """Who is let in by it, where the secret tells (`client_email`, or `user_email`)."""


def grant(secret: str, account_id: str) -> Grant:
    """What the secret grants.

    Raises:
        CallFailed: it can't be read; the sentence names the keys that are missing.
    """
    held = _parsed(secret, account_id)
    of_service = held.get("type") == "service_account" or "private_key" in held
    missing = [key for key in (_SERVICE_ACCOUNT if of_service else _GRANT) if not isinstance(held.get(key), str)]
    if missing:
        raise _unreadable(account_id, f"lacks {', '.join(missing)}")
    return Grant(
        held["developer_token"],
        _of_service(held, account_id) if of_service else _of_user(held),
        held.get("client_email") or held.get("user_email"),
    )


def asks_for_tokens(deadline: Deadline) -> Any:
    """How a token is asked for: within the time that is left, and once, since Google's own library would wait."""
    from google.auth.exceptions import TransportError
    from google.auth.transport.requests import Request

    def ask(*args: Any, **kwargs: Any) -> Any:
        answer = Request()(*args, **{**kwargs, "timeout": deadline.left})
        if answer.status >= 500 or answer.status in (408, 429):
            raise TransportError(f"the sign-in answered {answer.status}")
        return answer

    return ask


def _parsed(secret: str, account_id: str) -> dict[str, Any]:
    try:
        held = json.loads(secret)
    except ValueError:
        raise _unreadable(account_id, "is no JSON") from None
    if not isinstance(held, dict):
        raise _unreadable(account_id, "is no JSON object")
    return held


def _of_user(held: dict[str, Any]) -> Any:
    from google.oauth2.credentials import Credentials

    return Credentials(
        None,
        refresh_token=held["refresh_token"],
        client_id=held["client_id"],
        client_secret=held["client_secret"],
        token_uri=held.get("token_uri") or _TOKEN_URI,
        scopes=list(SCOPES),
    )


def _of_service(held: dict[str, Any], account_id: str) -> Any:
    from google.oauth2 import service_account

    try:
        return service_account.Credentials.from_service_account_info(held, scopes=list(SCOPES))
    except ValueError:
        raise _unreadable(account_id, "has a private_key that is no key in PEM") from None


def _unreadable(account_id: str, what: str) -> CallFailed:
    said = (
        f"the secret with the credentials of google_ads {account_id} {what}: it must be a JSON object with "
        f"{', '.join(_GRANT)}, or a service account's key with developer_token added"
    )
    return CallFailed(Trouble(TroubleKind.PERSON, "secret_unreadable", said))
