"""Secrets from files, as Secret Manager mounts them: one file a secret, one value a line, the newest first."""

import re
from pathlib import Path

from common.ports.secrets import SecretMissing

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")


class FolderSecrets:
    """Secrets in a folder; in none where there is no folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, name: str) -> tuple[str, ...]:
        """As the port says."""
        if not _NAME.fullmatch(name):
            raise SecretMissing(f"{name!r} is no name of a secret: letters, digits, `_`, `.` and `-`")
        if self._folder is None:
            raise SecretMissing(f"there is no secret {name}: TRIMTAB_SECRETS names no folder where it could be")
        try:
            lines = (self._folder / name).read_text().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SecretMissing(f"there is no secret {name}: put a file of that name into {self._folder}") from error
        values = tuple(line.strip() for line in lines if line.strip())
        if not values:
            raise SecretMissing(f"the secret {name} is empty: write its value into {self._folder / name}")
        return values
