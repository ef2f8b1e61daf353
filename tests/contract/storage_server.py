"""A server on loopback that speaks as much of Cloud Storage's JSON API as its official client needs here.

https://cloud.google.com/storage/docs/json_api/v1: multipart uploads with preconditions, metadata, media, lists.
"""

import base64
import json
from collections.abc import Generator
from contextlib import contextmanager
from email import message_from_bytes
from typing import Any
from urllib.parse import unquote

import google_crc32c
from werkzeug.wrappers import Request, Response

from tests.served_market import served_app

PAGE = 3
"""Names on a page of a list, so that few objects make several."""


class StorageServer:
    """Buckets in memory. What a test sets: answers that fail, and a role that may only create."""

    def __init__(self) -> None:
        self.url = ""
        self.buckets: dict[str, dict[str, tuple[bytes, str]]] = {}
        self.failures: list[int] = []
        """Codes that the next requests are answered with; nothing is done for them."""
        self.lose_answers = 0
        """So many requests are done and then answered with 503."""
        self.only_creates = False
        """A write over what is there is answered with 403, whatever its precondition."""
        self.requests = 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer one request."""
        self.requests += 1
        request = Request(environ)
        if self.failures:
            return _fault(self.failures.pop(0), "as the test wants it")(environ, start_response)
        answer = self._answer(request)
        if self.lose_answers:
            self.lose_answers -= 1
            answer = _fault(503, "the answer was lost")
        return answer(environ, start_response)

    def _answer(self, request: Request) -> Response:
        parts = request.environ["RAW_URI"].partition("?")[0].split("/b/", 1)[1].split("/")
        bucket = self.buckets.get(parts[0])
        if bucket is None:
            return _fault(404, "The specified bucket does not exist.")
        if request.method == "POST":
            return self._upload(request, bucket)
        if len(parts) == 2:
            return _listed(request, bucket)
        name = unquote(parts[2])
        if name not in bucket:
            return _fault(404, f"No such object: {name}")
        data, content_type = bucket[name]
        if request.args.get("alt") == "media":
            return Response(data, headers={"X-Goog-Hash": f"crc32c={_crc(data)}"}, content_type=content_type)
        return _json({"name": name, "size": str(len(data)), "contentType": content_type})

    def _upload(self, request: Request, bucket: dict[str, tuple[bytes, str]]) -> Response:
        assert request.args["uploadType"] == "multipart"
        whole = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n" + request.get_data()
        described, content = (part for part in message_from_bytes(whole).walk() if not part.is_multipart())
        metadata = json.loads(_bytes(described))
        name, data = metadata["name"], _bytes(content)
        if "crc32c" in metadata and metadata["crc32c"] != _crc(data):
            return _fault(400, "Provided CRC32C does not match.")
        if name in bucket and self.only_creates:
            return _fault(403, "the account does not have storage.objects.delete access")
        if name in bucket and request.args.get("ifGenerationMatch") == "0":
            return _fault(412, "At least one of the pre-conditions you specified did not hold.")
        bucket[name] = data, content.get_content_type()
        return _json({"name": name, "generation": "1", "size": str(len(data)), "crc32c": _crc(data)})


def _listed(request: Request, bucket: dict[str, tuple[bytes, str]]) -> Response:
    prefix, after = request.args.get("prefix", ""), request.args.get("pageToken", "")
    names = sorted(name for name in bucket if name.startswith(prefix) and name > after)
    page = {"items": [{"name": name} for name in names[:PAGE]]}
    return _json(page | ({"nextPageToken": names[PAGE - 1]} if len(names) > PAGE else {}))


def _bytes(part: Any) -> bytes:
    return part.get_payload(decode=True)


def _crc(data: bytes) -> str:
    return base64.b64encode(google_crc32c.Checksum(data).digest()).decode()


def _json(body: dict[str, Any], code: int = 200) -> Response:
    return Response(json.dumps(body), code, content_type="application/json")


def _fault(code: int, why: str) -> Response:
    return _json({"error": {"code": code, "message": why}}, code)


@contextmanager
def storage_server() -> Generator[StorageServer]:
    """Serve for as long as the block lasts."""
    storage = StorageServer()
    with served_app(storage) as storage.url:
        yield storage
