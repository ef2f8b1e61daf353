"""A server on loopback that speaks as much of Vertex AI's REST protocol as its official client needs for one answer.

https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference: `models/{model}:generateContent`. It
refuses what the real one would refuse, and answers as a test tells it to.
"""

import json
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.served_market import served_app

NOTHING: Mapping[str, Any] = {"drop": [], "explain": [], "add": []}
_PATH = re.compile(
    r"/v1beta1/projects/(?P<project>[\w-]+)/locations/(?P<location>[\w-]+)"
    r"/publishers/google/models/(?P<model>[\w.-]+):generateContent"
)


@dataclass(frozen=True)
class Asked:
    """One request, as it came."""

    project: str
    location: str
    model: str
    authorization: str
    body: Mapping[str, Any]

    @property
    def document(self) -> Mapping[str, Any]:
        """What the model is given to look at."""
        ((part,),) = (content["parts"] for content in self.body["contents"])
        return json.loads(part["text"])


Reply = Callable[[Asked], Response]


def says(answer: Mapping[str, Any] | str, finish: str | None = "STOP", **others: Any) -> Reply:
    """A candidate with this text, or this JSON; `others` stand beside its content."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return candidate([{"text": text}], finish, **others)


def candidate(parts: list[dict[str, Any]], finish: str | None = "STOP", **others: Any) -> Reply:
    """A candidate of these parts."""
    one = {
        "content": {"role": "model", "parts": parts},
        **({} if finish is None else {"finishReason": finish}),
        **others,
    }
    return raw(json.dumps({"candidates": [one], "usageMetadata": {"totalTokenCount": 7}, "modelVersion": "made-up"}))


def raw(body: str | bytes, code: int = 200, content_type: str = "application/json") -> Reply:
    """Exactly these bytes."""
    return lambda asked: Response(body, code, content_type=content_type)


def fails(code: int, status: str, message: str) -> Reply:
    """An error in Google's form."""
    return raw(json.dumps({"error": {"code": code, "message": message, "status": status}}), code)


def follows(model: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Reply:
    """Whatever this makes of the document."""
    return lambda asked: says(model(asked.document))(asked)


class GeminiServer:
    """Answers with `replies`, in order, the last of them again and again."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.replies: list[Reply] = [says(NOTHING)]
        self.over = Event()
        """Set once nobody waits any more: what takes its time ends then."""

    def late(self, asked: Asked) -> Response:
        """A good answer, a second later, or when the server ends."""
        self.over.wait(1)
        return says(NOTHING)(asked)

    def drips(self, asked: Asked) -> Response:
        """An answer of which a byte comes now and then, and never the last: no wait for the next byte is long."""

        def body() -> Iterator[bytes]:
            while not self.over.wait(0.02):
                yield b" "

        return Response(body(), content_type="application/json")

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer one request."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        place, body = _PATH.fullmatch(request.path), request.get_json()
        if request.method != "POST" or place is None:
            return Response(status=404)
        asked = Asked(**place.groupdict(), authorization=request.headers.get("authorization", ""), body=body)
        self.asked.append(asked)
        fault = _fault(body)
        if fault is not None:
            return fails(400, "INVALID_ARGUMENT", fault)(asked)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return reply(asked)


_BODY = {"contents", "systemInstruction", "generationConfig"}
"""What is asked with here; tools would be another key."""
_CONFIG = {"temperature", "seed", "candidateCount", "maxOutputTokens", "responseMimeType", "responseJsonSchema"}
_SCHEMA = {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "description"}
"""Of JSON Schema, as far as it is used here; the real one takes some more."""


def _fault(body: Mapping[str, Any]) -> str | None:
    """What the real one would refuse, and whatever else this one does not know."""
    config = body.get("generationConfig", {})
    unknown = sorted(
        {*body.keys() - _BODY, *config.keys() - _CONFIG, *_keys(config.get("responseJsonSchema", {})) - _SCHEMA}
    )
    if unknown:
        return f"Unknown name: {', '.join(unknown)}"
    if "responseJsonSchema" in config and config.get("responseMimeType") != "application/json":
        return "a schema needs responseMimeType application/json"
    if [one["role"] for one in body.get("contents", [])] != ["user"]:
        return "contents must be one turn of the user"
    return None


def _keys(schema: Mapping[str, Any]) -> set[str]:
    """The keywords of a schema and of all schemas in it."""
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    inner += [schema["items"]] if "items" in schema else []
    return set(schema).union(*(_keys(one) for one in inner))


@contextmanager
def gemini_server() -> Generator[GeminiServer]:
    """Serve for as long as the block lasts."""
    server = GeminiServer()
    with served_app(server) as server.url:
        try:
            yield server
        finally:
            server.over.set()
