"""What every place for secrets and for tenants' keys must do: a folder, and Secret Manager by Google's own client."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.adapters.folder_keys import FolderKeys
from common.adapters.local_secrets import FolderSecrets
from common.adapters.secret_manager import SecretManagerKeys, SecretManagerSecrets, secret_manager_client
from common.domain.errors import Refused
from common.ports.keys import ERASED, NEVER, Keys, NoKey, NoKeys
from common.ports.secrets import SecretMissing, Secrets
from sandbox.servers import secret_manager
from tests.fakes.clock import ManualClock

PROJECT = "shop"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Vault:
    """A place for secrets and keys, from outside."""

    secrets: Secrets
    new_keys: Callable[[], Keys]
    """A process that has just started."""
    put: Callable[[str, str], None]
    """Make a value the newest of a secret."""
    holds: Callable[[bytes], bool]
    """Whether anything in it still holds these bytes."""
    clock: ManualClock

    @property
    def keys(self) -> Keys:
        """The keys, as a process has them that has just started."""
        return self.new_keys()


def in_folder(folder: Path) -> Vault:
    """A folder of this machine."""

    def put(name: str, value: str) -> None:
        file = folder / name
        file.write_text(f"{value}\n{file.read_text() if file.exists() else ''}")

    def holds(value: bytes) -> bool:
        return any(value.hex() in file.read_text() for file in (folder / "keys").iterdir())

    return Vault(FolderSecrets(folder), lambda: FolderKeys(folder / "keys"), put, holds, ManualClock(NOON))


def in_secret_manager(server: secret_manager.SecretManagerServer) -> Vault:
    """Secret Manager over gRPC."""
    client, clock = secret_manager_client(server.address), ManualClock(NOON)

    def put(name: str, value: str) -> None:
        server.put(PROJECT, name, value.encode())

    secrets = SecretManagerSecrets(client, PROJECT, clock)
    return Vault(secrets, lambda: SecretManagerKeys(client, PROJECT), put, server.holds, clock)


@pytest.fixture(params=["folder", "secret-manager"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vault]:
    """An empty place."""
    if request.param == "folder":
        yield in_folder(tmp_path)
        return
    with secret_manager.served() as server:
        yield in_secret_manager(server)


def test_a_secret_has_its_values_the_newest_first(vault: Vault) -> None:
    for value in ("first", " second ", "third"):
        vault.put("meta", value)
    assert vault.secrets.read("meta") == ("third", "second", "first")


def test_a_new_value_is_used_within_minutes(vault: Vault) -> None:
    vault.put("meta", "old")
    assert vault.secrets.read("meta") == ("old",)
    vault.put("meta", "new")
    vault.clock.forward(minutes=6)
    assert vault.secrets.read("meta") == ("new", "old")


@pytest.mark.parametrize("name", ["nowhere", "", "../keys", "a/b", "a b", "ä", "x" * 300])
def test_what_is_not_there_is_missing_and_says_so(vault: Vault, name: str) -> None:
    with pytest.raises(SecretMissing):
        vault.secrets.read(name)


def test_a_secret_that_holds_nothing_is_missing(vault: Vault) -> None:
    vault.put("meta", "  ")
    with pytest.raises(SecretMissing, match="meta"):
        vault.secrets.read("meta")


def test_a_tenant_has_no_key_before_one_is_made_on_purpose(vault: Vault) -> None:
    with pytest.raises(NoKey, match="new-key acme") as caught:
        vault.keys.key("acme")
    assert caught.value.code == NEVER
    with pytest.raises(NoKey):
        vault.keys.erase("acme")


def test_a_key_is_long_and_every_process_finds_the_same(vault: Vault) -> None:
    vault.keys.make("acme")
    assert len(vault.keys.key("acme")) >= 32
    assert vault.keys.key("acme") == vault.keys.key("acme")


def test_tenants_have_keys_of_their_own_however_alike_their_names(vault: Vault) -> None:
    names = ("a.b", "a-b", "a:b", "A.b", "a.b-c", "a" * 80)
    for name in names:
        vault.keys.make(name)
    assert len({vault.keys.key(name) for name in names}) == len(names)


def test_a_second_key_is_refused_and_the_first_one_stays(vault: Vault) -> None:
    vault.keys.make("acme")
    before = vault.keys.key("acme")
    with pytest.raises(Refused, match="has a key"):
        vault.keys.make("acme")
    assert vault.keys.key("acme") == before


def test_an_erased_key_is_gone_for_every_process_and_nothing_holds_it(vault: Vault) -> None:
    running = vault.keys
    vault.keys.make("acme")
    vault.keys.make("other")
    before, other = running.key("acme"), running.key("other")
    vault.keys.erase("acme")
    for keys in (running, vault.keys):
        with pytest.raises(NoKey) as caught:
            keys.key("acme")
        assert caught.value.code == ERASED
        assert keys.key("other") == other
    assert not vault.holds(before)
    with pytest.raises(NoKey):
        vault.keys.erase("acme")


def test_the_bytes_of_an_erased_key_are_written_over_where_they_lie(tmp_path: Path) -> None:
    keys = FolderKeys(tmp_path / "keys")
    keys.make("acme")
    before = keys.key("acme").hex()
    (file,) = (tmp_path / "keys").iterdir()
    lies = tmp_path / "the same bytes"
    lies.hardlink_to(file)
    assert lies.read_text() == before
    keys.erase("acme")
    assert set(lies.read_text()) == {"0"}


def test_after_an_erasure_another_key_is_made_on_purpose(vault: Vault) -> None:
    vault.keys.make("acme")
    before = vault.keys.key("acme")
    vault.keys.erase("acme")
    vault.keys.make("acme")
    assert vault.keys.key("acme") != before


def test_without_a_place_for_keys_there_are_none() -> None:
    keys = NoKeys()
    for ask in (keys.key, keys.make, keys.erase):
        with pytest.raises(Refused):
            ask("acme")


def test_a_keys_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    FolderKeys(tmp_path / "keys").make("acme")
    (file,) = (tmp_path / "keys").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0
