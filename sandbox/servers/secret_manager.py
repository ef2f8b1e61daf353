# pyright: basic
"""Secret Manager on this machine: its gRPC service over memory, for the official client unchanged."""

from collections.abc import Callable, Generator, Iterable
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.cloud.secretmanager_v1.types import resources, service

SERVICE = "google.cloud.secretmanager.v1.SecretManagerService"
ENABLED, DISABLED, DESTROYED = (
    resources.SecretVersion.State.ENABLED,
    resources.SecretVersion.State.DISABLED,
    resources.SecretVersion.State.DESTROYED,
)
A_PAGE = 2
"""Versions of one page, so few that lists have several."""


@dataclass
class _Secret:
    states: list[Any] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)


@dataclass
class SecretManagerServer:
    """What is kept, and what the next calls fail with."""

    address: str = ""
    secrets: dict[str, _Secret] = field(default_factory=dict)
    faults: list[grpc.StatusCode] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """The names of the calls that came."""
    before_add: Callable[[], None] = lambda: None
    """Runs before a version is added: somebody else may come in between there."""

    def put(self, project: str, name: str, *values: bytes) -> None:
        """Add versions, the oldest first."""
        kept = self.secrets.setdefault(f"projects/{project}/secrets/{name}", _Secret())
        for value in values:
            kept.states.append(ENABLED)
            kept.data.append(value)

    def disable(self, project: str, name: str, version: int) -> None:
        """Disable a version, counted from 1."""
        self.secrets[f"projects/{project}/secrets/{name}"].states[version - 1] = DISABLED

    def holds(self, value: bytes) -> bool:
        """Whether any version still has this value."""
        return any(value in kept.data for kept in self.secrets.values())

    def create_secret(self, request: service.CreateSecretRequest, context: Any) -> resources.Secret:
        """A secret without versions."""
        name = f"{request.parent}/secrets/{request.secret_id}"
        if name in self.secrets:
            context.abort(grpc.StatusCode.ALREADY_EXISTS, f"Secret [{name}] already exists.")
        self.secrets[name] = _Secret()
        return resources.Secret(name=name)

    def add_version(self, request: service.AddSecretVersionRequest, context: Any) -> resources.SecretVersion:
        """Another version, enabled."""
        hook, self.before_add = self.before_add, lambda: None
        hook()
        kept = self._found(request.parent, context)
        kept.states.append(ENABLED)
        kept.data.append(request.payload.data)
        return self._version(request.parent, len(kept.data))

    def list_versions(
        self, request: service.ListSecretVersionsRequest, context: Any
    ) -> service.ListSecretVersionsResponse:
        """A page of versions, the newest first."""
        kept = self._found(request.parent, context)
        numbers = list(range(len(kept.data), 0, -1))
        first = int(request.page_token or 0)
        page, more = numbers[first : first + A_PAGE], numbers[first + A_PAGE :]
        return service.ListSecretVersionsResponse(
            versions=[self._version(request.parent, number) for number in page],
            next_page_token=str(first + A_PAGE) if more else "",
            total_size=len(numbers),
        )

    def access(self, request: service.AccessSecretVersionRequest, context: Any) -> service.AccessSecretVersionResponse:
        """What a version holds, if it is enabled."""
        kept, number = self._one(request.name, context)
        if kept.states[number - 1] != ENABLED:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"Secret Version [{request.name}] is not enabled.")
        payload = resources.SecretPayload(data=kept.data[number - 1])
        return service.AccessSecretVersionResponse(name=request.name, payload=payload)

    def destroy(self, request: service.DestroySecretVersionRequest, context: Any) -> resources.SecretVersion:
        """A version without what it held, for good."""
        kept, number = self._one(request.name, context)
        kept.states[number - 1], kept.data[number - 1] = DESTROYED, b""
        return self._version(request.name.rpartition("/versions/")[0], number)

    def _found(self, name: str, context: Any) -> _Secret:
        if name not in self.secrets:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Secret [{name}] not found.")
        return self.secrets[name]

    def _one(self, name: str, context: Any) -> tuple[_Secret, int]:
        secret, _, number = name.partition("/versions/")
        kept = self._found(secret, context)
        found = len(kept.data) if number == "latest" else int(number)
        if not 0 < found <= len(kept.data):
            context.abort(grpc.StatusCode.NOT_FOUND, f"Secret Version [{name}] not found.")
        return kept, found

    def _version(self, secret: str, number: int) -> resources.SecretVersion:
        state = self.secrets[secret].states[number - 1]
        return resources.SecretVersion(name=f"{secret}/versions/{number}", state=state)


@contextmanager
def served(workers: int = 4) -> Generator[SecretManagerServer]:
    """Serve one on a free port of this machine, for as long as the block lasts."""
    state = SecretManagerServer()
    server = grpc.server(futures.ThreadPoolExecutor(workers))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, dict(_handlers(state))),))
    state.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield state
    finally:
        server.stop(None).wait()


def _handlers(state: SecretManagerServer) -> Iterable[tuple[str, grpc.RpcMethodHandler]]:
    methods: dict[str, tuple[Callable[..., Any], Any, Any]] = {
        "CreateSecret": (state.create_secret, service.CreateSecretRequest, resources.Secret),
        "AddSecretVersion": (state.add_version, service.AddSecretVersionRequest, resources.SecretVersion),
        "ListSecretVersions": (
            state.list_versions,
            service.ListSecretVersionsRequest,
            service.ListSecretVersionsResponse,
        ),
        "AccessSecretVersion": (state.access, service.AccessSecretVersionRequest, service.AccessSecretVersionResponse),
        "DestroySecretVersion": (state.destroy, service.DestroySecretVersionRequest, resources.SecretVersion),
    }
    for name, (call, asked, answered) in methods.items():
        yield (
            name,
            grpc.unary_unary_rpc_method_handler(_with_faults(state, name, call), asked.deserialize, answered.serialize),
        )


def _with_faults(state: SecretManagerServer, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def answered(request: Any, context: Any) -> Any:
        state.calls.append(name)
        if state.faults:
            context.abort(state.faults.pop(0), "as the test wants it")
        return call(request, context)

    return answered
