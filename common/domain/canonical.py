"""One byte form for documents, so that digests and the log's hash chain mean the same everywhere."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, cast


def canonical(data: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8; floats rounded to 12 significant digits first.

    Raises:
        ValueError: for NaN or infinity, which are not JSON.
    """
    text = json.dumps(
        _rounded(data),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return text.encode()


def digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form, in hex."""
    return digest_of(canonical(data))


def digest_of(body: bytes) -> str:
    """SHA-256 in hex of what is in canonical form already."""
    return hashlib.sha256(body).hexdigest()


def short_id(*parts: str) -> str:
    """A deterministic id of 26 characters from its parts: the same parts always give the same id."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:26]


def _rounded(value: Any) -> Any:
    kind = cast("type[Any]", type(value))
    if kind is float:
        return float(f"{value:.12g}")
    if kind is dict:
        return {key: item if type(item) in _AS_IS else _rounded(item) for key, item in value.items()}
    if kind in (list, tuple):
        return [item if type(item) in _AS_IS else _rounded(item) for item in value]
    return value


_AS_IS = frozenset({str, int, bool, type(None)})
