"""Every way to be signed in: who is who they say is let in, and each fault alone keeps a request out."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from werkzeug.datastructures import Headers

from common.adapters.google_tokens import GoogleIdentity, IapIdentity
from common.adapters.local_sign_in import COOKIE, LocalSignIn
from common.adapters.public_keys import PublicKeys
from common.ports.identity import Identity, Person, Unauthenticated
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


@dataclass(frozen=True)
class Kind:
    """One way to be signed in, and how its requests are made."""

    identity: Identity
    mint: Mint
    claims: Callable[..., dict[str, object]]
    header: Callable[[str], tuple[str, str]]

    def who(self, token: str) -> Person:
        return self.identity.who(Headers([self.header(token)]), "203.0.113.9")


def _keys(*mints: Mint) -> PublicKeys:
    held: Mapping[str, str] = {mint.key_id: mint.public for mint in mints}
    return PublicKeys(lambda: held, ManualClock(datetime(2026, 5, 4, tzinfo=UTC)))


@pytest.fixture(params=["iap", "google"])
def kind(request: pytest.FixtureRequest) -> Kind:
    if request.param == "iap":
        mint = Mint("iap-1", "ES256")
        identity = IapIdentity(frozenset({IAP_AUDIENCE, "/projects/1/apps/other"}), _keys(mint))
        return Kind(identity, mint, iap_claims, lambda token: ("X-Goog-IAP-JWT-Assertion", token))
    mint = Mint("google-1", "RS256")
    identity = GoogleIdentity(frozenset({CLIENT_ID}), _keys(mint))
    return Kind(identity, mint, google_claims, lambda token: ("Authorization", f"Bearer {token}"))


def test_a_signed_in_person_is_who_the_issuer_says(kind: Kind) -> None:
    person = kind.who(kind.mint.token(kind.claims("Ana@Example.com")))
    assert person.email == "ana@example.com"
    assert person == kind.who(kind.mint.token(kind.claims("Ana@Example.com")))
    assert person.session != kind.who(kind.mint.token(kind.claims("bo@example.com"))).session


def test_clocks_may_be_half_a_minute_apart(kind: Kind) -> None:
    now = int(datetime.now(UTC).timestamp())
    assert kind.who(kind.mint.token(kind.claims(iat=now + 20, exp=now + 600)))


@pytest.mark.parametrize(
    "fault",
    [
        {"exp": LONG_AGO, "iat": LONG_AGO - 600},
        {"iat": 4_000_000_000, "exp": 4_000_000_600},
        {"aud": "/projects/9/global/backendServices/9"},
        {"aud": None},
        {"aud": [IAP_AUDIENCE, CLIENT_ID]},
        {"iss": "https://accounts.evil.example"},
        {"iss": None},
        {"email": None},
        {"email": "nobody"},
        {"email": ["ana@example.com"]},
        {"sub": ""},
        {"exp": "tomorrow"},
    ],
    ids=lambda fault: "-".join(f"{key}={value}" for key, value in fault.items())[:40],
)
def test_a_claim_that_is_wrong_keeps_it_out(kind: Kind, fault: dict[str, object]) -> None:
    with pytest.raises(Unauthenticated):
        kind.who(kind.mint.token(kind.claims(**fault)))


@pytest.mark.parametrize("gone", ["exp", "iat", "aud", "iss", "email", "sub"])
def test_a_claim_that_is_missing_keeps_it_out(kind: Kind, gone: str) -> None:
    claims = kind.claims()
    del claims[gone]
    with pytest.raises(Unauthenticated):
        kind.who(kind.mint.token(claims))


def test_the_end_of_a_sign_in_is_told_from_a_forgery(kind: Kind) -> None:
    with pytest.raises(Unauthenticated) as caught:
        kind.who(kind.mint.token(kind.claims(exp=LONG_AGO, iat=LONG_AGO - 600)))
    assert (caught.value.code, str(caught.value)) == ("expired", "Your sign-in has ended. Sign in again.")


def test_forged_tokens_are_kept_out(kind: Kind) -> None:
    right = kind.mint.token(kind.claims())
    head, body, signature = right.split(".")
    other_key = Mint(f"{kind.mint.key_id}-forged", kind.mint.algorithm).token(kind.claims(), kid=kind.mint.key_id)
    other_algorithm = "RS256" if kind.mint.algorithm == "ES256" else "ES256"
    confused = Mint("confused", other_algorithm).token(kind.claims(), kid=kind.mint.key_id)
    shared_secret = hmac.new(kind.mint.public.encode(), f"{head}.{body}".encode(), hashlib.sha256).hexdigest()
    forged = {
        "altered": altered(right, email="cy@example.com"),
        "no signature": without_signature(kind.claims(), kind.mint.key_id),
        "cut": f"{head}.{body}.",
        "the other half of the signature": f"{head}.{body}.{signature[::-1]}",
        "another key": other_key,
        "another algorithm": confused,
        "the public key as a secret": f"{head}.{body}.{shared_secret}",
        "an unknown key": Mint("nobody", kind.mint.algorithm).token(kind.claims()),
        "garbage": "garbage",
        "dots": "..",
        "not base64": "!.!.!",
        "long": "a" * 100_000,
        "twice": f"{right},{right}",
    }
    for name, token in forged.items():
        with pytest.raises(Unauthenticated) as caught:
            kind.who(token)
        assert caught.value.code == "invalid", name


def test_a_request_without_a_token_is_asked_to_sign_in(kind: Kind) -> None:
    for headers in (Headers(), Headers([("X-Goog-Authenticated-User-Email", "accounts.google.com:ana@example.com")])):
        with pytest.raises(Unauthenticated) as caught:
            kind.identity.who(headers, "127.0.0.1")
        assert caught.value.code == "missing"


def test_an_address_that_google_did_not_verify_is_nobodys() -> None:
    mint = Mint("google-1", "RS256")
    identity = GoogleIdentity(frozenset({CLIENT_ID}), _keys(mint))
    for said in (False, "true", None):
        token = mint.token(google_claims(email_verified=said))
        with pytest.raises(Unauthenticated):
            identity.who({"authorization": f"Bearer {token}"}, None)


def _local(cookie: str, host: str = "127.0.0.1:8080", remote: str | None = "127.0.0.1") -> Person:
    return LocalSignIn((KEY,)).who(Headers([("Cookie", f"{COOKIE}={cookie}"), ("Host", host)]), remote)


def test_local_sign_in_holds_from_request_to_request() -> None:
    cookie = LocalSignIn((KEY,)).cookie_for("Ana@Example.com")
    assert _local(cookie).email == "ana@example.com"
    assert _local(cookie, host="localhost:8080", remote="::1") == _local(cookie, host="[::1]:8080")


@pytest.mark.parametrize(
    ("host", "remote"),
    [
        ("trimtab.example.com", "127.0.0.1"),
        ("127.0.0.1.evil.example", "127.0.0.1"),
        ("localhost@evil.example", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("127.0.0.1:8080", "192.0.2.7"),
        ("127.0.0.1:8080", None),
        ("127.0.0.1:8080", "garbage"),
    ],
)
def test_local_sign_in_is_for_this_machine_only(host: str, remote: str | None) -> None:
    cookie = LocalSignIn((KEY,)).cookie_for("ana@example.com")
    with pytest.raises(Unauthenticated) as caught:
        _local(cookie, host, remote)
    assert caught.value.code == "not_here"


def test_forged_local_cookies_are_kept_out() -> None:
    right = LocalSignIn((KEY,)).cookie_for("ana@example.com")
    forged = [LocalSignIn(("f" * 32,)).cookie_for("ana@example.com"), right[:-2], "x" + right, "garbage", '"']
    for cookie in forged:
        with pytest.raises(Unauthenticated):
            _local(cookie)


def test_an_older_key_still_verifies_and_the_newest_signs() -> None:
    old, new = KEY, "n" * 32
    both = LocalSignIn((new, old))
    held = {"host": "localhost", "cookie": f"{COOKIE}={LocalSignIn((old,)).cookie_for('ana@example.com')}"}
    assert both.who(held, "127.0.0.1").email == "ana@example.com"
    fresh = {"host": "localhost", "cookie": f"{COOKIE}={both.cookie_for('ana@example.com')}"}
    assert LocalSignIn((new,)).who(fresh, "127.0.0.1").email == "ana@example.com"


def test_who_signed_out_is_out_whatever_cookie_is_left() -> None:
    identity = LocalSignIn((KEY,))
    headers = {"host": "localhost", "cookie": f"{COOKIE}={identity.cookie_for('ana@example.com')}"}
    identity.end(identity.who(headers, "127.0.0.1"))
    with pytest.raises(Unauthenticated):
        identity.who(headers, "127.0.0.1")
