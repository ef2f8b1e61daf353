"""Where secrets and tenants' keys are kept, as the settings say. Google's client is made at the first call."""

from functools import cached_property
from pathlib import Path

from common.ports.clock import Clock
from common.ports.keys import Keys, NoKeys
from common.ports.secrets import Secrets
from common.settings import Settings

KEYS = "tenant-keys"
"""The folder with the keys, in that with the secrets."""
SERVER = "secret_manager"
"""What a server on this machine is called that stands for Google's."""


def secrets_of(settings: Settings, clock: Clock) -> Secrets:
    """The secrets."""
    scheme, _, project = (settings.secrets or "").partition(":")
    if scheme == "secret-manager":
        return _GoogleSecrets(settings, project, clock)
    from common.adapters.local_secrets import FolderSecrets

    return FolderSecrets(None if settings.secrets is None else Path(settings.secrets))


def keys_of(settings: Settings) -> Keys:
    """The keys; none can be where no place is named."""
    scheme, _, project = (settings.secrets or "").partition(":")
    if scheme == "secret-manager":
        return _GoogleKeys(settings, project)
    if settings.secrets is None:
        return NoKeys()
    from common.adapters.folder_keys import FolderKeys

    return FolderKeys(Path(settings.secrets) / KEYS)


class _GoogleSecrets:
    """Secret Manager's secrets: most runs read none, and its client is heavy."""

    def __init__(self, settings: Settings, project: str, clock: Clock) -> None:
        self._settings, self._project, self._clock = settings, project, clock

    def read(self, name: str) -> tuple[str, ...]:
        """As the port says."""
        return self._inner.read(name)

    @cached_property
    def _inner(self) -> Secrets:
        from common.adapters.secret_manager import SecretManagerSecrets, secret_manager_client

        client = secret_manager_client(self._settings.servers_at.get(SERVER))
        return SecretManagerSecrets(client, self._project, self._clock)


class _GoogleKeys:
    """Secret Manager's keys, by the same client's kind."""

    def __init__(self, settings: Settings, project: str) -> None:
        self._settings, self._project = settings, project

    def key(self, tenant_id: str) -> bytes:
        """As the port says."""
        return self._inner.key(tenant_id)

    def make(self, tenant_id: str) -> None:
        """As the port says."""
        self._inner.make(tenant_id)

    def erase(self, tenant_id: str) -> None:
        """As the port says."""
        self._inner.erase(tenant_id)

    @cached_property
    def _inner(self) -> Keys:
        from common.adapters.secret_manager import SecretManagerKeys, secret_manager_client

        return SecretManagerKeys(secret_manager_client(self._settings.servers_at.get(SERVER)), self._project)
