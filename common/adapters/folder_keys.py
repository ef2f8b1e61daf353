"""Keys of tenants in a folder of one machine: a file each, and a mark where one was erased."""

import os
import secrets
from pathlib import Path

from common.adapters.key_names import key_name
from common.domain.errors import Unavailable
from common.ports.keys import erased, has_key, never

BYTES = 32


class FolderKeys:
    """Keys in a folder, which is made when the first of them is. Only its owner may read them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, tenant_id: str) -> bytes:
        """As the port says."""
        try:
            return bytes.fromhex(self._file(tenant_id).read_text())
        except FileNotFoundError:
            raise erased(tenant_id) if self._mark(tenant_id).exists() else never(tenant_id) from None
        except (OSError, ValueError) as error:
            raise Unavailable(f"the key of {tenant_id} can't be read from {self._folder}") from error

    def make(self, tenant_id: str) -> None:
        """As the port says."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            held = os.open(self._file(tenant_id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise has_key(tenant_id) from error
        except OSError as error:
            raise Unavailable(f"no key can be written into {self._folder}: {error.strerror}") from error
        with os.fdopen(held, "w") as file:
            file.write(secrets.token_hex(BYTES))

    def erase(self, tenant_id: str) -> None:
        """As the port says. The bytes are written over first; what a disk or a backup still has is out of reach."""
        file = self._file(tenant_id)
        if not file.exists():
            self.key(tenant_id)
        self._mark(tenant_id).touch(mode=0o600)
        file.write_text("0" * 2 * BYTES)
        file.unlink()

    def _file(self, tenant_id: str) -> Path:
        return self._folder / key_name(tenant_id)

    def _mark(self, tenant_id: str) -> Path:
        return self._folder / f"{key_name(tenant_id)}.erased"
