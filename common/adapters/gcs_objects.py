# pyright: basic
"""Objects in Google Cloud Storage.

Written with the precondition that nothing is there. The bucket should keep what it has for as long as it must be
believed (a retention policy), and the writer's role should be one that can only create.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage import Client
from google.cloud.storage.exceptions import DataCorruption
from google.cloud.storage.retry import DEFAULT_RETRY
from requests import RequestException

from common.adapters.object_rules import check_path
from common.domain.errors import NotFound, Unavailable
from common.ports.objects import AlreadyThere


def storage_client(endpoint: str | None = None) -> Client:
    """A client with the environment's credentials; with none, for the server at `endpoint`, a URL.

    Google's client heeds `STORAGE_EMULATOR_HOST` too. It is not told a project: what we call needs none.
    """
    # It would ask for the bucket's description in a thread of the background, for traces that nobody takes, and without
    # the right to: a function stands still as soon as it has answered.
    os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
    if endpoint is None:
        return Client(project=None)
    return Client(project=None, credentials=AnonymousCredentials(), client_options={"api_endpoint": endpoint})


class GcsObjects:
    """Objects in a bucket. Threads may share it.

    Args:
        prefix: put before each path, with a `/` between.
        call_seconds: how long one request may take.
        retry_seconds: for how long a request is sent again while the answer is one that may pass. The last may go over
            it. A creation that is sent twice is harmless: the second finds the first.
    """

    def __init__(
        self,
        client: Client,
        bucket: str,
        prefix: str = "",
        *,
        call_seconds: float = 10.0,
        retry_seconds: float = 20.0,
    ) -> None:
        self._client, self._name = client, bucket
        self._bucket = client.bucket(bucket)
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._how = {"timeout": call_seconds, "retry": DEFAULT_RETRY.with_timeout(retry_seconds).with_delay(0.1, 2, 2)}

    def create(self, path: str, data: bytes, *, content_type: str) -> None:
        """As the port says."""
        blob = self._bucket.blob(self._prefix + check_path(path))
        with self._told(path):
            try:
                blob.upload_from_string(data, content_type, if_generation_match=0, **self._how)
            except exceptions.PreconditionFailed as error:
                raise AlreadyThere(path) from error
            except exceptions.Forbidden as error:
                # A role that only creates, and a retention policy, may refuse before any precondition is looked at.
                if blob.exists(**self._how):
                    raise AlreadyThere(path) from error
                raise

    def read(self, path: str) -> bytes:
        """As the port says."""
        blob = self._bucket.blob(self._prefix + check_path(path))
        with self._told(path):
            try:
                return blob.download_as_bytes(**self._how)
            except exceptions.NotFound as error:
                raise NotFound(f"there is no object {path} in the bucket {self._name}") from error

    def under(self, folder: str) -> Iterator[str]:
        """As the port says, a page of a thousand at a time."""
        prefix = f"{self._prefix}{check_path(folder)}/"
        with self._told(folder):
            for blob in self._client.list_blobs(
                self._bucket, prefix=prefix, fields="items(name),nextPageToken", **self._how
            ):
                yield blob.name.removeprefix(self._prefix)

    @contextmanager
    def _told(self, path: str) -> Generator[None]:
        """What else may go wrong, in a word that use cases know: a call is lost, or not allowed, or has no bucket."""
        try:
            yield
        except (exceptions.GoogleAPIError, GoogleAuthError, DataCorruption, RequestException) as error:
            raise Unavailable(f"object {path} in the bucket {self._name}: {error}") from error
