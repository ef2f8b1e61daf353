"""What every object storage does: a folder, Cloud Storage through its own client, and the fake of other tests."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from common.adapters.folder_objects import FolderObjects
from common.adapters.gcs_objects import GcsObjects, storage_client
from common.domain.errors import InvalidInput, NotFound, Unavailable
from common.ports.objects import AlreadyThere, Objects
from tests.contract.storage_server import PAGE, StorageServer, storage_server
from tests.fakes.objects import MemoryObjects
from trimtab.processes import free_port

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # the client leaves answers of failures unread
JSON = "application/json"


@pytest.fixture(scope="module")
def server() -> Iterator[StorageServer]:
    """A server for all tests of a worker; each has a bucket of its own."""
    with storage_server() as found:
        yield found


@pytest.fixture
def bucket(server: StorageServer) -> Iterator[str]:
    """An empty bucket, on a server without whims."""
    server.buckets = {"kept": {}}
    yield "kept"
    server.failures, server.lose_answers, server.only_creates = [], 0, False


@pytest.fixture
def client(server: StorageServer) -> Iterator[Any]:
    """Google's own client."""
    with closing(storage_client(server.url)) as found:
        yield found


@pytest.fixture
def cloud(client: Any, bucket: str) -> GcsObjects:
    """Cloud Storage, in a folder of a bucket."""
    return GcsObjects(client, bucket, "of/ours", retry_seconds=2)


@pytest.fixture(params=["memory", "folder", "cloud", "cloud-whole-bucket"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    """An empty storage."""
    match request.param:
        case "memory":
            return MemoryObjects()
        case "folder":
            return FolderObjects(tmp_path / "made" / "when-needed")
        case "cloud":
            return request.getfixturevalue("cloud")
        case _:
            return GcsObjects(request.getfixturevalue("client"), request.getfixturevalue("bucket"))


def write(objects: Objects, *paths: str) -> None:
    for path in paths:
        objects.create(path, path.encode(), content_type=JSON)


@pytest.mark.parametrize("data", [b"", b"{}", bytes(range(256)) * 1000, "größer als 漢字 😀\r\n".encode()])
def test_an_object_is_read_as_it_was_written(objects: Objects, data: bytes) -> None:
    objects.create("anchors/acme/2026-05-04", data, content_type=JSON)
    assert objects.read("anchors/acme/2026-05-04") == data


def test_an_object_is_written_once_and_then_left_as_it_is(objects: Objects) -> None:
    objects.create("a/b", b"first", content_type=JSON)
    for data in (b"second", b"first"):
        with pytest.raises(AlreadyThere, match="a/b was written before") as caught:
            objects.create("a/b", data, content_type=JSON)
        assert caught.value.path == "a/b"
    assert objects.read("a/b") == b"first"


def test_of_many_who_write_one_object_at_once_one_wins_and_its_bytes_are_whole(objects: Objects) -> None:
    def attempt(number: int) -> bool:
        try:
            objects.create("a/b", f"{number}".encode() * 10_000, content_type=JSON)
        except AlreadyThere:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(attempt, range(8)))
    assert sum(won) == 1
    assert objects.read("a/b") == f"{won.index(True)}".encode() * 10_000


@pytest.mark.parametrize("path", ["a", "a/c", "a/b/c", "b/a", "A/b"])
def test_what_was_never_written_is_not_found(objects: Objects, path: str) -> None:
    write(objects, "a/b")
    with pytest.raises(NotFound):
        objects.read(path)


def test_a_list_has_what_is_under_a_folder_in_order_and_nothing_beside_it(objects: Objects) -> None:
    wanted = [
        f"anchors/acme/{name}" for name in ("2026-05-04", "2026-05-05", "2026-05-31", "2027-01-01", "a:b@c", "x/y")
    ]
    write(objects, *reversed(wanted), "anchors/acme-2/2026-05-04", "anchors/zen/2026-05-04", "reports/acme/1")
    assert list(objects.under("anchors/acme")) == wanted
    assert list(objects.under("anchors/zen")) == ["anchors/zen/2026-05-04"]
    assert len(list(objects.under("anchors"))) == len(wanted) + 2


def test_an_empty_folder_has_nothing_and_is_no_error(objects: Objects) -> None:
    assert list(objects.under("anchors/acme")) == []
    write(objects, "anchors/acme-2/x")
    assert list(objects.under("anchors/acme")) == []


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/etc/passwd", "a/", "a//b", ".", "..", "a/../b", "../a", "a/..", "a/.hidden", "a\\b", "a b", "a\n"),
        *("ä", "a/" + "b" * 201, "/".join(["b" * 100] * 9), "a\x00b", "~/a", "a/*", "a?b=c", "a#b", "%2e%2e/a"),
    ],
)
def test_a_path_that_could_lead_elsewhere_is_refused_everywhere_alike(objects: Objects, path: str) -> None:
    for call in (
        lambda: objects.create(path, b"x", content_type=JSON),
        lambda: objects.read(path),
        lambda: list(objects.under(path)),
    ):
        with pytest.raises(InvalidInput, match="the path of an object"):
            call()


# What only a folder does


def test_a_file_appears_whole_can_not_be_written_over_and_nothing_else_is_left(tmp_path: Path) -> None:
    write(FolderObjects(tmp_path), "a/b", "a/c")
    with pytest.raises(AlreadyThere):
        write(FolderObjects(tmp_path), "a/b")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(files) == [tmp_path / "a" / "b", tmp_path / "a" / "c"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o444}


def test_a_folder_that_can_not_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Unavailable, match=r"object a/b in .*file"):
        write(FolderObjects(tmp_path / "file"), "a/b")
    assert list(FolderObjects(tmp_path / "file").under("a")) == []


# What only the cloud does


def test_objects_lie_under_the_prefix_with_their_content_type(cloud: GcsObjects, server: StorageServer) -> None:
    write(cloud, "a/b")
    assert server.buckets["kept"] == {"of/ours/a/b": (b"a/b", JSON)}


def test_each_call_is_one_request_and_a_list_one_a_page(cloud: GcsObjects, server: StorageServer) -> None:
    server.requests = 0
    write(cloud, *(f"a/{number}" for number in range(2 * PAGE)))
    assert server.requests == 2 * PAGE
    cloud.read("a/1")
    assert server.requests == 2 * PAGE + 1
    paths = cloud.under("a")
    assert (next(paths), server.requests) == ("a/0", 2 * PAGE + 2)
    assert len(list(paths)) == 2 * PAGE - 1
    assert server.requests == 2 * PAGE + 3


def test_what_may_pass_is_asked_again_and_what_will_not_is_not(cloud: GcsObjects, server: StorageServer) -> None:
    for call in (lambda: write(cloud, "a/b"), lambda: cloud.read("a/b"), lambda: list(cloud.under("a"))):
        server.failures = [503, 429]
        call()
        assert server.failures == []
    server.requests, server.failures = 0, [400]
    with pytest.raises(Unavailable, match="object a/c in the bucket kept: 400"):
        write(cloud, "a/c")
    assert server.requests == 1


def test_a_creation_whose_answer_was_lost_is_found_to_be_there(cloud: GcsObjects, server: StorageServer) -> None:
    server.lose_answers = 1
    with pytest.raises(AlreadyThere):
        write(cloud, "a/b")
    assert cloud.read("a/b") == b"a/b"


def test_retries_end(client: Any, server: StorageServer, bucket: str) -> None:
    cloud = GcsObjects(client, bucket, retry_seconds=0.5)
    for call in (lambda: write(cloud, "a/b"), lambda: cloud.read("a/b"), lambda: list(cloud.under("a"))):
        server.failures = [503] * 100
        with pytest.raises(Unavailable):
            call()


def test_nobody_there_is_unavailable(bucket: str) -> None:
    with closing(storage_client(f"http://127.0.0.1:{free_port()}")) as client:
        cloud = GcsObjects(client, bucket, call_seconds=1, retry_seconds=0.3)
        for call in (lambda: write(cloud, "a/b"), lambda: cloud.read("a/b"), lambda: list(cloud.under("a"))):
            with pytest.raises(Unavailable):
                call()


def test_a_bucket_that_is_not_there_is_no_empty_one(client: Any, bucket: str) -> None:
    cloud = GcsObjects(client, "other")
    with pytest.raises(Unavailable, match=r"bucket other: 404 .*bucket does not exist"):
        write(cloud, "a/b")
    with pytest.raises(Unavailable, match="bucket does not exist"):
        list(cloud.under("a"))


def test_who_may_only_create_hears_the_same(cloud: GcsObjects, server: StorageServer) -> None:
    server.only_creates = True
    write(cloud, "a/b")
    with pytest.raises(AlreadyThere):
        write(cloud, "a/b")
    server.failures = [403]
    with pytest.raises(Unavailable, match="403"):
        write(cloud, "a/c")


def test_the_client_heeds_the_variable_of_google_s_own_tools(
    server: StorageServer, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    with closing(storage_client()) as client:
        write(GcsObjects(client, bucket), "a/b")
    assert server.buckets["kept"]["a/b"] == (b"a/b", JSON)
