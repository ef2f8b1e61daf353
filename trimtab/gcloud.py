"""Google Cloud as `make deploy` and `make teardown` meet it: by the gcloud command, as whoever is signed in to it.

What is only looked at is asked for over REST with gcloud's own token: gcloud takes a second or two for a call, and has
no command that tests a permission. Both go where `CLOUDSDK_API_ENDPOINT_OVERRIDES_<API>` says.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import requests

from common.domain.errors import TrimtabError

ASKED_SECONDS = 30
_HOSTS = {
    "cloudresourcemanager": "https://cloudresourcemanager.googleapis.com/",
    "cloudbilling": "https://cloudbilling.googleapis.com/",
    "serviceusage": "https://serviceusage.googleapis.com/",
    "iam": "https://iam.googleapis.com/",
    "storage": "https://storage.googleapis.com/storage/v1/",
    "cloudbuild": "https://cloudbuild.googleapis.com/",
    "firestore": "https://firestore.googleapis.com/",
}


class CloudFailed(TrimtabError):
    """Google Cloud, or the gcloud command, did not do what it was told; says what it answered."""


class Gcloud:
    """Whoever is signed in to gcloud."""

    def run(self, *arguments: str) -> str:
        """What a command printed.

        Raises:
            CloudFailed: it is not there, or it failed.
        """
        if shutil.which("gcloud") is None:
            raise CloudFailed(
                "gcloud is not on the PATH: install the Google Cloud CLI, and sign in by `gcloud auth login`"
            )
        done = subprocess.run(["gcloud", *arguments, "--quiet"], capture_output=True, text=True, check=False)
        if done.returncode:
            raise CloudFailed(f"`gcloud {' '.join(arguments)}` failed: {done.stderr.strip()}")
        return done.stdout

    def show(self, *arguments: str) -> None:
        """Run a command whose output is its user's.

        Raises:
            CloudFailed: it failed; it has said why.
        """
        done = subprocess.run(["gcloud", *arguments, "--quiet"], check=False)
        if done.returncode:
            raise CloudFailed(f"`gcloud {' '.join(arguments[:2])}` failed; what it says above has the reason")

    @cached_property
    def token(self) -> str:
        """An access token, good for an hour.

        Raises:
            CloudFailed: nobody is signed in.
        """
        try:
            return self.run("auth", "print-access-token").strip()
        except CloudFailed as error:
            first = str(error).partition("ERROR: ")[2].partition("\n")[0] or str(error)
            raise CloudFailed(f"nobody is signed in: `gcloud auth login` ({first})") from error

    @cached_property
    def version(self) -> tuple[int, ...]:
        """Of the Google Cloud CLI."""
        said = json.loads(self.run("version", "--format=json"))["Google Cloud SDK"]
        return tuple(int(part) for part in said.split("."))

    def get(self, api: str, path: str, **query: Any) -> tuple[int, Any]:
        """The status and the body (parsed, where it is JSON) of what is asked of an API.

        Raises:
            CloudFailed: nothing answers there.
        """
        return self._asked("GET", api, path, params=query)

    def post(self, api: str, path: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        """Like `get`, for what is asked with a body."""
        return self._asked("POST", api, path, json=body)

    def _asked(self, method: str, api: str, path: str, **how: Any) -> tuple[int, Any]:
        host = os.environ.get(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api.upper()}") or _HOSTS[api]
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            answer = requests.request(method, host + path, headers=headers, timeout=ASKED_SECONDS, **how)
        except requests.RequestException as error:
            raise CloudFailed(f"{host} does not answer: {type(error).__name__}; is there a network?") from error
        try:
            return answer.status_code, answer.json()
        except ValueError:
            return answer.status_code, answer.text


def reason(body: Any) -> str:
    """What an API's error says, in a line."""
    said = body.get("error", {}).get("message") if isinstance(body, dict) else body  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return " ".join(str(said).split())[:300]  # pyright: ignore[reportUnknownArgumentType]
