# pyright: basic
"""Google's Secret Manager: secrets by name, and the keys of tenants. No message and no log shows what one holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any

from google.api_core import exceptions
from google.cloud.secretmanager_v1 import SecretManagerServiceClient, SecretVersion
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
    SecretManagerServiceGrpcTransport,
)

from common.adapters.key_names import key_name
from common.adapters.recent import Recent
from common.domain.errors import Unavailable
from common.ports.clock import Clock
from common.ports.keys import erased, has_key, never
from common.ports.secrets import SecretMissing

CALL_SECONDS = 10.0
FRESH_FOR = timedelta(minutes=5)
"""How long a secret is used without a look at what it is now: so soon a new value is used, and an old one no more."""
STALE_AT_MOST = timedelta(hours=24)
"""How long a secret is used that could not be looked up again."""
MOST_KEPT = 2_000
"""Secrets that a process remembers."""
KEY_BYTES = 32


def secret_manager_client(server: str | None = None) -> SecretManagerServiceClient:
    """Google's client; for a server on this machine at `HOST:PORT` without credentials."""
    if server is None:
        return SecretManagerServiceClient()
    import grpc

    channel = grpc.insecure_channel(server)
    return SecretManagerServiceClient(transport=SecretManagerServiceGrpcTransport(channel=channel))


class _Versions:
    """The versions of one project's secrets."""

    def __init__(self, client: SecretManagerServiceClient, project: str) -> None:
        self.client, self.parent = client, f"projects/{project}"

    def of(self, name: str) -> list[SecretVersion]:
        """All of a secret's, the newest first, whatever state they are in. Raises NotFound."""
        request = {"parent": self.path(name)}
        found = self.client.list_secret_versions(request=request, timeout=CALL_SECONDS)
        return sorted(found, key=lambda one: int(one.name.rpartition("/")[2]), reverse=True)

    def enabled(self, name: str) -> list[SecretVersion]:
        """Those that can be read."""
        return [one for one in self.of(name) if one.state == SecretVersion.State.ENABLED]

    def value(self, version: SecretVersion) -> bytes:
        """What a version holds."""
        found = self.client.access_secret_version(request={"name": version.name}, timeout=CALL_SECONDS)
        return found.payload.data

    def path(self, name: str) -> str:
        """A secret's full name."""
        return f"{self.parent}/secrets/{name}"


@dataclass(frozen=True, slots=True)
class _Read:
    """What a secret held when it was read, and when it was looked for last."""

    values: tuple[str, ...]
    read: datetime
    asked: datetime


class SecretManagerSecrets:
    """Secrets by name, one value a version; those that are enabled are in use. Threads may share it."""

    def __init__(self, client: SecretManagerServiceClient, project: str, clock: Clock) -> None:
        self._versions, self._clock = _Versions(client, project), clock
        self._known: Recent[str, _Read] = Recent(MOST_KEPT)

    def read(self, name: str) -> tuple[str, ...]:
        """As the port says. Where Google does not answer, what was read before stays good for a day.

        Raises:
            Unavailable: it does not answer, and nothing was read in time.
        """
        known, now = self._known.get(name), self._clock.now()
        if known is not None and now - known.asked < FRESH_FOR:
            return known.values
        try:
            found = _Read(self._read(name), now, now)
        except Unavailable:
            if known is None or now - known.read >= STALE_AT_MOST:
                raise
            found = _Read(known.values, known.read, now)
        except SecretMissing:
            self._known.forget(name)
            raise
        return self._known.keep(name, found).values

    def _read(self, name: str) -> tuple[str, ...]:
        with _said(f"the secret {name}"):
            try:
                found = [self._versions.value(one).decode().strip() for one in self._versions.enabled(name)]
            except (exceptions.NotFound, exceptions.InvalidArgument) as error:
                raise SecretMissing(f"there is no secret {name} in {self._versions.parent}: make it there") from error
            except exceptions.PermissionDenied as error:
                what = "grant this function's service account Secret Manager Viewer and Secret Accessor on it"
                raise SecretMissing(f"the secret {name} in {self._versions.parent} can't be read: {what}") from error
            except UnicodeDecodeError:
                raise SecretMissing(f"the secret {name} holds no text in UTF-8: add a version that does") from None
        values = tuple(one for one in found if one)
        if not values:
            raise SecretMissing(f"the secret {name} has no enabled version that holds anything: add one")
        return values


class SecretManagerKeys:
    """Keys of tenants, a secret each. The oldest version that is enabled is the key, so that two can't both be it."""

    def __init__(self, client: SecretManagerServiceClient, project: str) -> None:
        self._versions = _Versions(client, project)

    def key(self, tenant_id: str) -> bytes:
        """As the port says."""
        with _said(f"the key of {tenant_id}"):
            try:
                versions = self._versions.of(key_name(tenant_id))
                enabled = [one for one in versions if one.state == SecretVersion.State.ENABLED]
                if enabled:
                    return self._versions.value(enabled[-1])
            except exceptions.NotFound as error:
                raise never(tenant_id) from error
            except exceptions.FailedPrecondition as error:  # destroyed between the two calls
                raise erased(tenant_id) from error
        raise erased(tenant_id) if versions else never(tenant_id)

    def make(self, tenant_id: str) -> None:
        """As the port says. Where two make one at once, the second one's is destroyed again."""
        name = key_name(tenant_id)
        with _said(f"the key of {tenant_id}"):
            try:
                request: Any = {
                    "parent": self._versions.parent,
                    "secret_id": name,
                    "secret": {"replication": {"automatic": {}}},
                }
                self._versions.client.create_secret(request=request, timeout=CALL_SECONDS)
            except exceptions.AlreadyExists:
                if self._versions.enabled(name):
                    raise has_key(tenant_id) from None
            payload = {"data": token_bytes(KEY_BYTES)}
            path = self._versions.path(name)
            added = self._versions.client.add_secret_version(
                request={"parent": path, "payload": payload}, timeout=CALL_SECONDS
            )
            if self._versions.enabled(name)[-1].name != added.name:
                self._destroy(added)
                raise has_key(tenant_id)

    def erase(self, tenant_id: str) -> None:
        """As the port says: every version is destroyed, those that were disabled too."""
        with _said(f"the key of {tenant_id}"):
            try:
                versions = self._versions.of(key_name(tenant_id))
            except exceptions.NotFound as error:
                raise never(tenant_id) from error
            left = [one for one in versions if one.state != SecretVersion.State.DESTROYED]
            for version in left:
                self._destroy(version)
        if not left:
            raise erased(tenant_id) if versions else never(tenant_id)

    def _destroy(self, version: SecretVersion) -> None:
        self._versions.client.destroy_secret_version(request={"name": version.name}, timeout=CALL_SECONDS)


@contextmanager
def _said(what: str) -> Iterator[None]:
    """What Google did not answer, in words of ours: its own may repeat what was sent."""
    try:
        yield
    except exceptions.GoogleAPICallError as error:
        raise Unavailable(f"{what}: Secret Manager does not answer ({type(error).__name__})") from error
    except exceptions.RetryError as error:
        raise Unavailable(f"{what}: Secret Manager does not answer in time") from error
