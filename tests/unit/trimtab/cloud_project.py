"""A Google Cloud project on loopback: as much of its REST APIs as a deployment needs of them.

What a test sets is what the project is; what a deployment makes can be seen in it afterwards.
"""

import json
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from tests.served_market import served_app
from trimtab.deploying import BASE_APIS, DEPLOYER_ROLES, RIGHTS

PROJECT, NUMBER = "shop-project", "123456789"
DEPLOYER = f"trimtab-deployer@{PROJECT}.iam.gserviceaccount.com"
DEPLOY_BUCKET = f"{PROJECT}-trimtab-deploy"
APIS = ("cloudresourcemanager", "cloudbilling", "serviceusage", "iam", "storage", "cloudbuild", "firestore")
LOCK = {"ID": "x", "Operation": "OperationTypeApply", "Who": "ada@laptop", "Created": "2026-11-28T08:00:00.123456Z"}
TOKEN = "a-token"


@dataclass
class CloudProject:
    """The project. It begins as a new one of an owner's: billed, and with nothing in it."""

    known: bool = True
    state: str = "ACTIVE"
    billed: bool = True
    apis: set[str] = field(default_factory=set[str])
    rights: set[str] = field(default_factory=lambda: set(RIGHTS))
    buckets: dict[str, str] = field(default_factory=dict[str, str])
    """The number of the project that each belongs to."""
    objects: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """By bucket and name."""
    accounts: set[str] = field(default_factory=set[str])
    policy: dict[str, Any] = field(default_factory=lambda: {"version": 1, "etag": "BwYd2bKM2Zg=", "bindings": []})
    builds: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    submitted: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    ends: str = "SUCCESS"
    """How a build that is submitted ends."""
    database: bool = False
    asked: list[str] = field(default_factory=list[str])
    """Each request that changes something, as method and path."""

    def deployed(self, state: Mapping[str, Any] | None = None) -> "CloudProject":
        """The same, with what a deployment makes before Terraform's first run."""
        self.apis |= set(BASE_APIS)
        self.buckets[DEPLOY_BUCKET] = NUMBER
        self.accounts.add(DEPLOYER)
        members = [f"serviceAccount:{DEPLOYER}"]
        self.policy["bindings"] = [{"role": role, "members": members} for role in DEPLOYER_ROLES]
        if state is not None:
            self.objects[f"{DEPLOY_BUCKET}/state/default.tfstate"] = json.dumps(state).encode()
        return self

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer one request."""
        request = Request(environ)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error(401, "nobody is signed in")(environ, start_response)
        path = unquote(request.environ["RAW_URI"].partition("?")[0])
        for shape, answer in self._answers().items():
            found = re.fullmatch(shape, f"{request.method} {path}")
            if found is not None:
                if request.method != "GET" and not path.endswith((":getIamPolicy", ":testIamPermissions")):
                    self.asked.append(f"{request.method} {path}")
                return answer(request, *found.groups())(environ, start_response)
        return _error(404, f"{request.method} {path} is not served here")(environ, start_response)

    def _answers(self) -> dict[str, Callable[..., Response]]:
        return {
            rf"GET /v[13]/projects/{PROJECT}": self._project,
            rf"GET /v1/projects/{PROJECT}/billingInfo": self._billing,
            rf"GET /v1/projects/{PROJECT}/services:batchGet": self._services,
            rf"POST /v[13]/projects/{PROJECT}:testIamPermissions": self._held,
            rf"POST /v[13]/projects/{PROJECT}:getIamPolicy": self._policy,
            rf"POST /v[13]/projects/{PROJECT}:setIamPolicy": self._set_policy,
            rf"POST /v1/projects/{PROJECT}/services:batchEnable": self._enable,
            rf"POST /v1/projects/{PROJECT}/services/([^/:]+):enable": self._enable,
            r"GET (?:/storage/v1)?/b/([^/]+)": self._bucket,
            r"PATCH (?:/storage/v1)?/b/([^/]+)": self._bucket,
            r"POST (?:/storage/v1)?/b": self._make_bucket,
            r"GET (?:/storage/v1)?/b/([^/]+)/o/(.+)": self._object,
            rf"GET /v1/projects/{PROJECT}/serviceAccounts/(.+)": self._account,
            rf"POST /v1/projects/{PROJECT}/serviceAccounts": self._make_account,
            rf"GET /v1/projects/{PROJECT}/locations/[^/]+/builds": self._builds,
            rf"POST /v1/projects/{PROJECT}/locations/([^/]+)/builds": self._submit,
            rf"GET /v1/projects/{PROJECT}/locations/[^/]+/builds/(.+)": self._build,
            r"POST /resumable/upload/storage/v1/b/([^/]+)/o": self._begin_upload,
            r"PUT /resumable/upload/storage/v1/b/([^/]+)/o/(.+)": self._upload,
            rf"GET /v1/projects/{PROJECT}/databases/\(default\)": self._database,
        }

    def _project(self, _: Request) -> Response:
        if not self.known:
            return _error(403, "The caller does not have permission")
        return _json({"name": f"projects/{NUMBER}", "projectId": PROJECT, "state": self.state, "projectNumber": NUMBER})

    def _billing(self, _: Request) -> Response:
        return _json({"billingEnabled": self.billed})

    def _policy(self, _: Request) -> Response:
        return _json(self.policy)

    def _builds(self, _: Request) -> Response:
        return _json({"builds": self.builds})

    def _build(self, _: Request, __: str) -> Response:
        return _json(self.submitted[-1])

    def _services(self, request: Request) -> Response:
        names = [name.rpartition("/")[2] for name in request.args.getlist("names")]
        states = {name: "ENABLED" if name in self.apis else "DISABLED" for name in names}
        return _json({"services": [{"config": {"name": name}, "state": state} for name, state in states.items()]})

    def _enable(self, request: Request, name: str = "") -> Response:
        self.apis |= {name} if name else set(request.get_json()["serviceIds"])
        return _json({"name": "operations/noop.DONE_OPERATION", "done": True, "response": {}})

    def _held(self, request: Request) -> Response:
        return _json({"permissions": [one for one in request.get_json()["permissions"] if one in self.rights]})

    def _set_policy(self, request: Request) -> Response:
        policy = request.get_json()["policy"]
        if policy.get("etag") != self.policy["etag"]:
            return _error(409, "There were concurrent policy changes.")
        self.policy = policy
        return _json(policy)

    def _bucket(self, _: Request, name: str) -> Response:
        if name not in self.buckets:
            return _error(404, "The specified bucket does not exist.")
        number = self.buckets[name]
        return _json({"name": name, "projectNumber": number, "location": "EUROPE-WEST1"})

    def _make_bucket(self, request: Request) -> Response:
        self.buckets[request.get_json()["name"]] = NUMBER
        return _json({"name": request.get_json()["name"], "projectNumber": NUMBER, "location": "EUROPE-WEST1"})

    def _object(self, request: Request, bucket: str, name: str) -> Response:
        data = self.objects.get(f"{bucket}/{name}")
        if data is None:
            return _error(404, f"No such object: {bucket}/{name}")
        return Response(data) if request.args.get("alt") == "media" else _json({"name": name, "generation": "77"})

    def _begin_upload(self, request: Request, bucket: str) -> Response:
        name = request.args["name"]
        return Response(headers={"Location": f"{request.host_url}resumable/upload/storage/v1/b/{bucket}/o/{name}"})

    def _upload(self, request: Request, bucket: str, name: str) -> Response:
        self.objects[f"{bucket}/{name}"] = request.get_data()
        return _json({"bucket": bucket, "name": name, "generation": "1", "size": str(len(request.get_data()))})

    def _submit(self, request: Request, region: str) -> Response:
        build = {**request.get_json(), "id": "b-1", "projectId": PROJECT, "status": self.ends}
        build["name"] = f"projects/{NUMBER}/locations/{region}/builds/b-1"
        self.submitted.append(build)
        return _json({"name": "operations/b-1", "metadata": {"build": build}})

    def _account(self, _: Request, email: str) -> Response:
        return _json({"email": email}) if email in self.accounts else _error(404, "Unknown service account")

    def _make_account(self, request: Request) -> Response:
        email = f"{request.get_json()['accountId']}@{PROJECT}.iam.gserviceaccount.com"
        self.accounts.add(email)
        return _json({"name": f"projects/{PROJECT}/serviceAccounts/{email}", "email": email})

    def _database(self, _: Request) -> Response:
        return _json({}) if self.database else _error(404, "There is no such database")


@contextmanager
def cloud(project: CloudProject, folder: Path) -> Generator[dict[str, str]]:
    """Serve the project for as long as the block lasts. Yields the variables by which gcloud and we come to it."""
    token = folder / "token"
    token.write_text(TOKEN)
    with served_app(project) as url:
        at = {f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api.upper()}": f"{url}/" for api in APIS}
        yield {
            **at,
            "CLOUDSDK_CONFIG": str(folder / "gcloud"),
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
        }


def _json(body: Any) -> Response:
    return Response(json.dumps(body), content_type="application/json")


def _error(code: int, said: str) -> Response:
    return Response(
        json.dumps({"error": {"code": code, "message": said}}), status=code, content_type="application/json"
    )
