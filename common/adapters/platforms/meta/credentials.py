"""What the secret of a Meta account holds: `{"access_token": "...", "app_secret": "..."}`; the app's is optional."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, cast

from common.adapters.calls import CallFailed
from common.adapters.opening import Opening
from common.domain.trouble import Trouble, TroubleKind

_WORD = re.compile(r"[!-~]{1,2000}")
_ON_THIS_MACHINE = '{"access_token": "a-token-for-this-machine"}'


@dataclass(frozen=True, slots=True)
class Credentials:
    """Never shown."""

    token: str = field(repr=False)
    app_secret: str | None = field(repr=False, default=None)
    """With it, each call proves that the app made it; Meta wants that where the app says so."""


def credentials_of(opening: Opening) -> Credentials:
    """What to speak to Meta with; a server on this machine is given nothing real.

    Raises:
        CallFailed: there is no secret, or it is not as it must be.
    """
    text = _ON_THIS_MACHINE if opening.server is not None else opening.credentials()
    try:
        said: object = json.loads(text)
    except ValueError:
        said = None
    held = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
    token, secret = held.get("access_token"), held.get("app_secret")
    if not _is_word(token) or (secret is not None and not _is_word(secret)):
        raise CallFailed(Trouble(TroubleKind.PERSON, "secret_unreadable", _said(opening)))
    return Credentials(str(token), None if secret is None else str(secret))


def _is_word(value: object) -> bool:
    """A token that was pasted with what stood around it holds other characters."""
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def _said(opening: Opening) -> str:
    return (
        f"the secret {opening.account.credentials} for Meta {opening.account.account_id} must be JSON with "
        "access_token, and app_secret if the app asks for proof: store it again"
    )
