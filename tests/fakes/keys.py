"""Tenants' keys in a dictionary."""

from collections.abc import Mapping

from common.ports.keys import erased, has_key, never


class KeptKeys:
    """Keys that are made as `TENANT-N`; `None` marks one that was erased."""

    def __init__(self, keys: Mapping[str, bytes] | None = None) -> None:
        self._keys: dict[str, bytes | None] = dict(keys or {})
        self._made = 0

    def key(self, tenant_id: str) -> bytes:
        """As the port says."""
        if tenant_id not in self._keys:
            raise never(tenant_id)
        found = self._keys[tenant_id]
        if found is None:
            raise erased(tenant_id)
        return found

    def make(self, tenant_id: str) -> None:
        """As the port says."""
        if self._keys.get(tenant_id) is not None:
            raise has_key(tenant_id)
        self._made += 1
        self._keys[tenant_id] = f"{tenant_id}-{self._made}".encode()

    def erase(self, tenant_id: str) -> None:
        """As the port says."""
        self.key(tenant_id)
        self._keys[tenant_id] = None

    def forget(self, tenant_id: str) -> None:
        """As if the tenant never had one."""
        del self._keys[tenant_id]
