# pyright: basic
"""Tokens that Google signs: Identity-Aware Proxy's header, and ID tokens that a client sends itself."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from common.adapters.public_keys import PublicKeys
from common.ports.identity import Headers, Person, Unauthenticated

SKEW_SECONDS = 30
"""How far Google's clock and ours may be apart."""

LONGEST = 8192
"""Characters; real tokens have under two thousand."""

IAP_HEADER = "x-goog-iap-jwt-assertion"
IAP_KEYS = "https://www.gstatic.com/iap/verify/public_key"
GOOGLE_KEYS = "https://www.googleapis.com/oauth2/v1/certs"


@dataclass(frozen=True, slots=True)
class Issuer:
    """What a token of one issuer must say."""

    names: frozenset[str]
    algorithm: str
    audiences: frozenset[str]
    keys: PublicKeys

    def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token that this issuer signed, for us, and that is in force.

        Raises:
            Unauthenticated: it is not such a token.
        """
        try:
            header = jwt.decode_header(token)
            key_id = header.get("kid")
            if header.get("alg") != self.algorithm or not isinstance(key_id, str):
                raise ValueError("another algorithm, or no key id")
            key = self.keys.named(key_id)
            if key is None:
                raise ValueError("no such key")
            claims = jwt.decode(token, certs={key_id: key}, clock_skew_in_seconds=SKEW_SECONDS)
        except (GoogleAuthError, ValueError, TypeError, AttributeError, KeyError) as error:
            if "expired" in str(error).lower():
                raise Unauthenticated("expired", "Your sign-in has ended. Sign in again.") from error
            raise _invalid() from error
        issuer, audience = claims.get("iss"), claims.get("aud")
        if not (isinstance(issuer, str) and isinstance(audience, str)):  # a list may name us beside others
            raise _invalid()
        if issuer not in self.names or audience not in self.audiences or not _has_begun(claims.get("nbf")):
            raise _invalid()
        return dict(claims)


def _has_begun(not_before: object) -> bool:
    """Whether a token that says from when on it holds does so by now; the library checks `iat` and `exp` alone."""
    if not_before is None:
        return True
    return isinstance(not_before, int) and not_before <= datetime.now(UTC).timestamp() + SKEW_SECONDS


def _invalid() -> Unauthenticated:
    return Unauthenticated("invalid", "Your sign-in could not be verified. Sign in again.")


class IapIdentity:
    """Identity-Aware Proxy's signed header. Its plain e-mail header is never looked at: anybody could send that."""

    def __init__(self, audiences: frozenset[str], keys: PublicKeys) -> None:
        self._issuer = Issuer(frozenset({"https://cloud.google.com/iap"}), "ES256", audiences, keys)

    def who(self, headers: Headers, remote: str | None) -> Person:
        """As the port says."""
        token = headers.get(IAP_HEADER)
        if not token:
            raise Unauthenticated("missing", "Open this page through its usual address and sign in there.")
        return _person(self._issuer.claims(_of_bearable_length(token)), "iap", verified=True)


class GoogleIdentity:
    """A Google ID token in the `Authorization` header: programs, and people without the proxy."""

    def __init__(self, client_ids: frozenset[str], keys: PublicKeys) -> None:
        names = frozenset({"https://accounts.google.com", "accounts.google.com"})
        self._issuer = Issuer(names, "RS256", client_ids, keys)

    def who(self, headers: Headers, remote: str | None) -> Person:
        """As the port says."""
        scheme, _, token = (headers.get("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("missing", "Sign in with Google: the request carries no ID token.")
        claims = self._issuer.claims(_of_bearable_length(token))
        return _person(claims, "google", verified=claims.get("email_verified") is True)


def _of_bearable_length(token: str) -> str:
    if len(token) > LONGEST:
        raise _invalid()
    return token


def _person(claims: dict[str, Any], via: str, *, verified: bool) -> Person:
    email, subject = claims.get("email"), claims.get("sub")
    if not verified or not isinstance(email, str) or "@" not in email or not isinstance(subject, str) or not subject:
        raise Unauthenticated("invalid", "Your sign-in names no verified e-mail address.")
    return Person(email.lower(), via, f"{via}:{subject}")
