"""Somebody who uses the approval pages' API, as a script would."""

import json
import re
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener


class Person:
    """Somebody signed in to the approval pages, who uses the API as a script would."""

    def __init__(self, pages: str, email: str) -> None:
        self._pages = pages
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))
        asked = self._open("/sign-in").decode()
        form = re.findall(r'name="form" value="([^"]+)"', asked)[-1]
        self._open("/sign-in", urlencode({"form": form, "email": email, "next": "/"}).encode(), {})

    def ask(self, path: str, body: object = None) -> Any:
        """Ask the API for something, or send it something."""
        data = None if body is None else json.dumps(body).encode()
        return json.loads(self._open(f"/api/v1{path}", data, {"Content-Type": "application/json"}))

    def _open(self, path: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        with self._opener.open(Request(self._pages + path, data, headers or {}), timeout=60) as answer:
            return answer.read()
