"""A program that uses the API, and holds each answer to the API's own document."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from openapi_schema_validator import OAS31Validator
from werkzeug.test import TestResponse

from common.adapters.local_sign_in import COOKIE
from functions.approval.api_document import document
from tests.functions.approval.office import HOST

BASE = "/api/v1"


@cache
def described() -> Mapping[str, Any]:
    """The API's document."""
    return document()


@dataclass(frozen=True)
class Said:
    """An answer."""

    status_code: int
    mimetype: str
    text: str
    json: Any


class Program:
    """Sends what it is told to, in JSON, for one person."""

    def __init__(self, app: Flask, cookie: str | None) -> None:
        self._client = app.test_client()
        if cookie is not None:
            self._client.set_cookie(COOKIE, cookie, domain="127.0.0.1")

    def get(self, path: str) -> Said:
        """Ask for something."""
        return self._checked("get", path, self._client.get(f"{BASE}{path}", base_url=HOST))

    def post(self, path: str, body: object, **headers: str) -> Said:
        """Send something."""
        return self._checked(
            "post", path, self._client.post(f"{BASE}{path}", base_url=HOST, json=body, headers=headers)
        )

    def raw(self, path: str, data: bytes, mimetype: str) -> Said:
        """Send something that need not be JSON."""
        answer = self._client.post(f"{BASE}{path}", base_url=HOST, data=data, content_type=mimetype)
        return self._checked("post", path, answer)

    def _checked(self, method: str, path: str, answer: TestResponse) -> Said:
        operation = _operation(method, urlsplit(path).path)
        said = operation["responses"][str(answer.status_code)]["content"]
        schema = {**said[answer.mimetype]["schema"], "components": described()["components"]}
        assert not list(OAS31Validator(schema).iter_errors(answer.json))
        return Said(answer.status_code, str(answer.mimetype), answer.text, answer.json)


def _operation(method: str, path: str) -> Mapping[str, Any]:
    parts = path.split("/")
    for template, methods in described()["paths"].items():
        pairs = list(zip(template.split("/"), parts, strict=False))
        fits = len(template.split("/")) == len(parts) and all(t == p or t.startswith("{") for t, p in pairs)
        if fits and method in methods:
            return methods[method]
    raise AssertionError(f"the document has no {method} {path}")
