"""Signing in on one machine: whoever sits at it says who they are. Never in the cloud, and only over loopback."""

from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from secrets import token_urlsafe
from urllib.parse import urlsplit

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from common.ports.identity import Headers, Person, Unauthenticated

COOKIE = "trimtab_session"
LASTS_SECONDS = 8 * 3600
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class LocalSignIn:
    """Signed session cookies. `Settings` refuses it outside the local and test environments and on managed runtimes."""

    cookie = COOKIE

    def __init__(self, keys: tuple[str, ...]) -> None:
        """`keys` sign: the newest first, the older ones still verify."""
        self._signer = URLSafeTimedSerializer(
            list(reversed(keys)),
            salt="trimtab local session",
            signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
        )
        self._ended: set[str] = set()

    def who(self, headers: Headers, remote: str | None) -> Person:
        """As the port says."""
        self.admit(headers, remote)
        email, session = self._session(headers)
        return Person(email, "local", f"local:{session}")

    def admit(self, headers: Headers, remote: str | None) -> None:
        """Refuse who is not on this machine, and pages of other sites that had a name point to it (DNS rebinding)."""
        named = urlsplit(f"//{headers.get('host') or ''}").hostname or ""
        if named not in LOOPBACK_NAMES or not _is_loopback(remote):
            raise Unauthenticated("not_here", "Local sign-in works only on the machine that Trimtab runs on.")

    def cookie_for(self, email: str) -> str:
        """The session cookie's value for somebody who just signed in."""
        return self._signer.dumps([email.lower(), token_urlsafe(16)])

    def end(self, person: Person) -> None:
        """Sign the person out: their cookie is worth nothing from now on."""
        self._ended.add(person.session.removeprefix("local:"))

    def _session(self, headers: Headers) -> tuple[str, str]:
        try:
            held = SimpleCookie(headers.get("cookie") or "").get(COOKIE)
        except CookieError:
            held = None
        if held is None:
            raise Unauthenticated("missing", "Sign in first.")
        try:
            email, session = self._signer.loads(held.value, max_age=LASTS_SECONDS)
        except SignatureExpired as error:
            raise Unauthenticated("expired", "Your sign-in has ended. Sign in again.") from error
        except (BadSignature, ValueError, TypeError) as error:
            raise Unauthenticated("invalid", "Your sign-in could not be verified. Sign in again.") from error
        if session in self._ended:
            raise Unauthenticated("expired", "You signed out. Sign in again.")
        return email, session


def _is_loopback(remote: str | None) -> bool:
    try:
        return remote is not None and ip_address(remote).is_loopback
    except ValueError:
        return False
