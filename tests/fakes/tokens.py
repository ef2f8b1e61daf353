# pyright: basic
"""Google's keys and tokens, made here: right ones, and each with one fault."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from google.auth import crypt, jwt
from google.auth.crypt import es256

IAP_AUDIENCE = "/projects/1/global/backendServices/2"
CLIENT_ID = "trimtab.apps.googleusercontent.com"


class Mint:
    """An issuer with one key."""

    def __init__(self, key_id: str, algorithm: str) -> None:
        self.key_id, self.algorithm = key_id, algorithm
        secret, self.public = _pair(key_id, algorithm)
        maker = es256.ES256Signer if algorithm == "ES256" else crypt.RSASigner
        self._signer = maker.from_string(secret, key_id)

    def token(self, claims: Mapping[str, Any], **header: Any) -> str:
        """The claims, signed."""
        return jwt.encode(self._signer, dict(claims), header=header or None).decode()


@cache
def _pair(key_id: str, algorithm: str) -> tuple[str, str]:
    """A private and a public key in PEM, the same for a name in one process."""
    key = (
        ec.generate_private_key(ec.SECP256R1())
        if algorithm == "ES256"
        else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return secret.decode(), key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def iap_claims(email: str = "ana@example.com", **changes: Any) -> dict[str, Any]:
    """What Identity-Aware Proxy says of a person who signed in a minute ago."""
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": "https://cloud.google.com/iap",
        "aud": IAP_AUDIENCE,
        "sub": f"accounts.google.com:{email}",
        "email": email,
        "iat": now - 60,
        "exp": now + 540,
    }
    return {**claims, **changes}


def google_claims(email: str = "ana@example.com", **changes: Any) -> dict[str, Any]:
    """What Google says in an ID token."""
    claims = {**iap_claims(email), "iss": "https://accounts.google.com", "aud": CLIENT_ID, "email_verified": True}
    return {**claims, **changes}


def without_signature(claims: Mapping[str, Any], key_id: str) -> str:
    """A token whose algorithm is `none`."""
    head = {"alg": "none", "typ": "JWT", "kid": key_id}
    return ".".join([_part(head), _part(claims), ""])


def altered(token: str, **changes: Any) -> str:
    """The token with other claims, and the signature of the old ones."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return ".".join([head, _part({**claims, **changes}), signature])


def _part(content: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
