"""Secrets by name: addresses that carry power, and keys to sign with."""

from typing import Protocol

from common.domain.errors import TrimtabError


class SecretMissing(TrimtabError):
    """There is no secret of this name."""


class Secrets(Protocol):
    """Where secrets are kept."""

    def read(self, name: str) -> tuple[str, ...]:
        """The values of a secret, the newest first; older ones are those that are being rotated out.

        Raises:
            SecretMissing: there is none of this name that holds anything and may be read; says what to do.
            Unavailable: where they are kept does not answer.
        """
        ...
