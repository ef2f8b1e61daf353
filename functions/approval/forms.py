"""Signed forms: a form works for whom it was made, for what it showed, for a while, and only if we made it."""

from hashlib import sha256
from typing import Any

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from common.domain.errors import TrimtabError
from common.ports.identity import Person

LASTS_SECONDS = 12 * 3600
HMAC_SHA256: dict[str, Any] = {"key_derivation": "hmac", "digest_method": sha256}


class BadForm(TrimtabError):
    """A form that was not made for this person and purpose, or too long ago."""


class Forms:
    """Signs and reads the one hidden field of each form."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        """`keys` sign: the newest first, the older ones still verify."""
        self._signer = URLSafeTimedSerializer(list(reversed(keys)), salt="trimtab form", signer_kwargs=HMAC_SHA256)

    def sign(self, person: Person, purpose: str, shown: Any = None) -> str:
        """The field for a form.

        Args:
            purpose: what the form does, and to what; it does nothing else.
            shown: what the person saw, as JSON; it comes back as it was.
        """
        return self._signer.dumps([person.email, person.session, purpose, shown])

    def read(self, field: str | None, person: Person, purpose: str) -> Any:
        """What the person was shown.

        Raises:
            BadForm: it is not this person's form for this purpose.
        """
        try:
            _canonical(field or "")
            email, session, made_for, shown = self._signer.loads(field or "", max_age=LASTS_SECONDS)
        except SignatureExpired as error:
            raise BadForm("The page was open for too long; things may have changed since.") from error
        except (BadSignature, ValueError, TypeError) as error:
            raise BadForm("The form can't be used: it was not made by Trimtab, or got damaged on its way.") from error
        if (email, session, made_for) != (person.email, person.session, purpose):
            raise BadForm("The form was made for another sign-in or another request.")
        return shown


def _canonical(field: str) -> None:
    """Refuse a second spelling of the same signature: its last character carries bits that decoding drops."""
    signature = field.rpartition(".")[2].encode()
    if base64_encode(base64_decode(signature)) != signature:
        raise BadSignature("The signature is not as we write it.")
