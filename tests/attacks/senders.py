"""People as the app knows them, through each way to be signed in, and what is wrong with a forged one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common.adapters.google_tokens import GoogleIdentity, IapIdentity
from common.adapters.local_sign_in import COOKIE, LocalSignIn
from common.adapters.public_keys import PublicKeys
from common.ports.identity import Identity
from tests.fakes.clock import ManualClock
from tests.fakes.tokens import (
    CLIENT_ID,
    IAP_AUDIENCE,
    Mint,
    altered,
    google_claims,
    iap_claims,
    without_signature,
)

KEY = "k" * 32
LONG_AGO = 1_500_000_000
FAR_OFF = 4_000_000_000
Headers = dict[str, str]


def _keys(mint: Mint) -> PublicKeys:
    held: Mapping[str, str] = {mint.key_id: mint.public}
    return PublicKeys(lambda: held, ManualClock(datetime(2026, 5, 4, tzinfo=UTC)))


@dataclass(frozen=True)
class Way:
    """One way to be signed in: headers for a person, and forged ones that are right but for one fault."""

    name: str
    identity: Identity
    headers: Callable[[str], Headers]
    forged: Mapping[str, Callable[[str], Headers]]


def _by_token(name: str, identity: Identity, mint: Mint, claims: Callable[..., dict[str, Any]]) -> Way:
    other = Mint(f"{mint.key_id}-forged", mint.algorithm)
    confused = Mint("confused", "RS256" if mint.algorithm == "ES256" else "ES256")

    def carried(token: str) -> Headers:
        return {"X-Goog-IAP-JWT-Assertion": token} if name == "iap" else {"Authorization": f"Bearer {token}"}

    def sent(**changes: Any) -> Callable[[str], Headers]:
        return lambda email: carried(mint.token({**claims(email), **changes}))

    forged: dict[str, Callable[[str], Headers]] = {
        "no token": lambda _: {},
        "plain header": lambda email: {"X-Goog-Authenticated-User-Email": f"accounts.google.com:{email}"},
        "expired": sent(exp=LONG_AGO, iat=LONG_AGO - 600),
        "not yet": sent(iat=FAR_OFF, exp=FAR_OFF + 600),
        "wrong audience": sent(aud="/projects/9/global/backendServices/9"),
        "wrong issuer": sent(iss="https://accounts.evil.example"),
        "no e-mail": sent(email=None),
        "no subject": sent(sub=""),
        "altered": lambda email: carried(altered(mint.token(claims("vi@example.com")), email=email)),
        "no signature": lambda email: carried(without_signature(claims(email), mint.key_id)),
        "cut": lambda email: carried(mint.token(claims(email)).rpartition(".")[0] + "."),
        "another key": lambda email: carried(other.token(claims(email), kid=mint.key_id)),
        "unknown key": lambda email: carried(other.token(claims(email))),
        "another algorithm": lambda email: carried(confused.token(claims(email), kid=mint.key_id)),
        "twice": lambda email: carried(",".join([mint.token(claims(email))] * 2)),
    }
    if name == "google":
        forged["not verified"] = sent(email_verified=False)
        forged["another scheme"] = lambda email: {"Authorization": f"Basic {mint.token(claims(email))}"}
    return Way(name, identity, sent(), forged)


def _local() -> Way:
    identity, stranger = LocalSignIn((KEY,)), LocalSignIn(("f" * 32,))
    sessions: dict[str, str] = {}

    def cookie(email: str) -> str:
        return sessions.setdefault(email, identity.cookie_for(email))

    def ended(email: str) -> Headers:
        value = identity.cookie_for(email)
        identity.end(identity.who({"host": "localhost", "cookie": f"{COOKIE}={value}"}, "127.0.0.1"))
        return {"Cookie": f"{COOKIE}={value}"}

    return Way(
        "local",
        identity,
        lambda email: {"Cookie": f"{COOKIE}={cookie(email)}"},
        {
            "no token": lambda _: {},
            "another key": lambda email: {"Cookie": f"{COOKIE}={stranger.cookie_for(email)}"},
            "cut": lambda email: {"Cookie": f"{COOKIE}={cookie(email)[:-1]}"},
            "altered": lambda email: {"Cookie": f"{COOKIE}=W{cookie(email)[1:]}x"},
            "ended": ended,
        },
    )


def ways() -> list[Way]:
    """Each way to be signed in."""
    iap, google = Mint("iap-1", "ES256"), Mint("google-1", "RS256")
    return [
        _by_token("iap", IapIdentity(frozenset({IAP_AUDIENCE}), _keys(iap)), iap, iap_claims),
        _by_token("google", GoogleIdentity(frozenset({CLIENT_ID}), _keys(google)), google, google_claims),
        _local(),
    ]
