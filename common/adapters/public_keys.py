# pyright: basic
"""The public keys that an issuer signs with: fetched when they are needed, kept, and fetched again when they rotate."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock

import requests

from common.domain.errors import Unavailable
from common.ports.clock import Clock

Fetch = Callable[[], Mapping[str, str]]
"""Key id to PEM. Raises `Unavailable`."""

FRESH_FOR = timedelta(hours=1)
"""How long keys are used without a look at the issuer's; Google announces a key a day before it signs with it."""

AT_MOST_EVERY = timedelta(seconds=30)
"""How often an unknown key id may send us to the issuer: forged ids must not make us flood it."""


def fetched_from(url: str, timeout: float = 5.0) -> Fetch:
    """Keys as Google publishes them: a JSON object of key id to PEM."""

    def fetch() -> Mapping[str, str]:
        try:
            response = requests.get(url, timeout=timeout, allow_redirects=False)
            response.raise_for_status()
            keys = response.json()
        except (OSError, ValueError) as error:
            raise Unavailable(f"the keys at {url} can't be read: {error}") from error
        if not isinstance(keys, dict):
            raise Unavailable(f"the keys at {url} can't be read: not an object of ids and keys")
        return {str(key): str(pem) for key, pem in keys.items()}

    return fetch


STALE_AT_MOST = timedelta(hours=24)
"""How long keys are used that could not be looked up again; a key that Google withdrew must not live longer."""


class PublicKeys:
    """Keys by id. Where the issuer does not answer, those that are at hand stay good for a day."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch, self._clock, self._lock = fetch, clock, Lock()
        self._keys: Mapping[str, str] = {}
        self._asked: datetime | None = None
        self._read: datetime | None = None
        self._why = ""

    def named(self, key_id: str) -> str | None:
        """The key in PEM; `None` where the issuer has none of that id.

        Raises:
            Unavailable: none was ever fetched, and the issuer does not answer.
        """
        with self._lock:
            wanting = key_id not in self._keys or self._are_too_old()
            if self._is_old(FRESH_FOR) or (wanting and self._is_old(AT_MOST_EVERY)):
                self._refresh()
            if self._are_too_old():
                raise Unavailable(self._why)
            return self._keys.get(key_id)

    def _is_old(self, age: timedelta) -> bool:
        return self._asked is None or self._clock.now() - self._asked >= age

    def _are_too_old(self) -> bool:
        return self._read is None or self._clock.now() - self._read > STALE_AT_MOST

    def _refresh(self) -> None:
        """Ask once, whatever comes of it: requests that follow do not wait for an issuer that is down."""
        self._asked = self._clock.now()
        try:
            self._keys, self._read = self._fetch(), self._clock.now()
        except Unavailable as error:
            self._why = str(error)
