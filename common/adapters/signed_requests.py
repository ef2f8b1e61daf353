"""Requests that their sender signed with a shared secret, as Standard Webhooks defines it (standardwebhooks.com).

The signature is an HMAC-SHA256 of the request's id, its time and its body, so that none of them can be changed, nor an
old request be sent again: its time must be within minutes of ours.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from common.ports.identity import Headers, Unauthenticated
from common.ports.secrets import SecretMissing, Secrets

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE_SECONDS = 300
"""What a request's time and ours may be apart by."""
SHORTEST_KEY = 24
"""Bytes, as Standard Webhooks has it."""
LONGEST_HEADER = 2_048
MOST_SIGNATURES = 10


def is_signed(headers: Headers) -> bool:
    """Whether a request claims to be signed."""
    return headers.get(SIGNATURE) is not None


def verify(headers: Headers, body: bytes, keys: Sequence[bytes], now: datetime) -> str:
    """The request's id, once one of the keys has signed it and it is of this time.

    Raises:
        Unauthenticated: anything else; which of them it was is not told apart but for its time.
    """
    request_id, moment, given = (headers.get(name) or "" for name in (ID, TIMESTAMP, SIGNATURE))
    if max(len(request_id), len(moment), len(given)) > LONGEST_HEADER or not (request_id and given):
        raise _invalid()
    sent = _seconds(moment)
    signed = b".".join([request_id.encode(errors="replace"), moment.encode(errors="replace"), body])
    wanted = [hmac.digest(key, signed, hashlib.sha256) for key in keys]
    claims = [claim for one in given.split(" ")[:MOST_SIGNATURES] if (claim := _claim(one)) is not None]
    # Every claim is held against every key, so that the time it takes says nothing of which was near.
    matches = [hmac.compare_digest(claim, one) for claim in claims for one in wanted]
    if not any(matches):
        raise _invalid()
    if abs(now.timestamp() - sent) > TOLERANCE_SECONDS:
        raise Unauthenticated("expired", "The request is older than five minutes, or its sender's clock is wrong.")
    return request_id


def signing_keys(secrets: Secrets, name: str) -> list[bytes]:
    """The keys that a secret holds: `whsec_` and base64 each, of at least 24 bytes. Others are none.

    Raises:
        Unavailable: it can't be read now.
    """
    try:
        values = secrets.read(name)
    except SecretMissing:
        return []
    keys = [_key(value) for value in values]
    return [key for key in keys if len(key) >= SHORTEST_KEY]


def _key(value: str) -> bytes:
    text = value.removeprefix("whsec_").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return b""


def _claim(one: str) -> bytes | None:
    version, _, text = one.partition(",")
    if version != "v1":
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise _invalid()
    return int(text)


def _invalid() -> Unauthenticated:
    return Unauthenticated("invalid", "The request's signature could not be verified.")
