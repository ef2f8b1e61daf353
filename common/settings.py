"""Settings: read once from the environment, checked all at once, frozen from then on."""

import os
import re
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from common.domain.model import Frozen, parse

PREFIX = "TRIMTAB_"

SHORTEST_KEY = 32
"""Characters of a key that signs forms."""

_SECRET_MANAGER = re.compile(r"secret-manager:[a-z0-9][a-z0-9-]{2,29}")
_SERVER = re.compile(r"[a-z0-9_]+=(localhost|127\.0\.0\.1):\d{1,5}")

MANAGED = ("K_SERVICE", "K_REVISION", "K_CONFIGURATION", "CLOUD_RUN_JOB", "CLOUD_RUN_EXECUTION", "GAE_ENV")
"""Variables that Cloud Run, Cloud Functions and App Engine set, and nothing else does."""


class Settings(Frozen):
    """Where the outside world is. Each field is the variable `TRIMTAB_` + its name in capitals."""

    store: str = "sqlite:var/trimtab.db"
    """`sqlite:PATH`, `sqlite::memory:` or `firestore:PROJECT[/DATABASE]`."""
    bus: str = "memory:"
    """`memory:` or `pubsub:PROJECT`."""
    objects: str | None = None
    """`folder:PATH` or `gcs:BUCKET[/PREFIX]`: where anchors and reports are kept; see `objects_at`."""
    market_url: str | None = None
    """Where a simulated ad market is served; `None` where platforms are real."""
    servers: str | None = None
    """Servers on this machine that stand for GA4, platforms and CRMs: `NAME=127.0.0.1:PORT[,NAME=...]`."""
    identity: str | None = None
    """Who vouches for people on the approval pages: `iap:AUDIENCE[,AUDIENCE]`, `google:CLIENT_ID[,CLIENT_ID]`, or
    `local:` on one machine."""
    secrets: str | None = None
    """A folder with a file for each secret, or `secret-manager:PROJECT`. Tenants' keys are kept there too."""
    pushers: str | None = None
    """E-mail addresses of the service accounts that Pub/Sub pushes as: `EMAIL[,EMAIL]`; for the function that others
    may call too."""
    pages_url: str | None = None
    """Where the approval pages are, for links in messages."""
    form_keys: str | None = Field(default=None, repr=False)
    """Secrets that sign forms and sessions, at least 32 characters each, the newest first: `KEY[,OLDER]`."""
    runtime: str | None = None
    """The managed runtime that this process is on, by the variable that gives it away; read, never set."""
    service: str = "trimtab"
    """The name of the deployed function; read, never set."""
    environment: Literal["local", "test", "staging", "production"] = "local"
    agent: Literal["statistical", "gemini"] = "statistical"
    """Whom a deep review asks: nobody, so that the statistics stand, or a model on Vertex AI."""
    agent_model: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@/-]*$")
    """Its name there. There is no default: models are withdrawn after a year or so."""
    agent_project: str | None = None
    """The Google Cloud project that pays for it."""
    agent_location: str = "global"
    agent_url: str | None = Field(default=None, pattern=r"^http://(127\.0\.0\.1|localhost)(:\d+)?$")
    """A server on this machine in place of Google's; it gets no credentials."""
    agent_timeout_seconds: int = Field(default=30, ge=1, le=300)
    """What a review waits for it."""
    traces: str = Field(default="off", pattern=r"^(off|0|1|0?\.\d{1,4}|1\.0)$")
    """`off`, or the share of traces kept, as 0.05; what others began follows their choice. With 0 none is kept,
    but the log's lines tell which trace they belong to."""
    traces_url: str | None = Field(default=None, pattern=r"^http://(127\.0\.0\.1|localhost)(:\d+)?(/[a-z0-9/]*)?$")
    """A collector on this machine in place of Google's, by the whole address of its OTLP traces; no credentials go."""
    longest_run_seconds: int = Field(default=540, ge=30, le=3600)
    call_timeout_seconds: int = Field(default=30, ge=1, le=300)

    @model_validator(mode="after")
    def _known_schemes(self) -> Self:
        if self.store.partition(":")[0] not in ("sqlite", "firestore"):
            raise ValueError(f"store {self.store!r}: start it with sqlite: or firestore:")
        if self.bus.partition(":")[0] not in ("memory", "pubsub"):
            raise ValueError(f"bus {self.bus!r}: start it with memory: or pubsub:")
        if self.objects is not None and not re.fullmatch(r"folder:.+|gcs:[^/]+(/.*)?", self.objects):
            raise ValueError(f"objects {self.objects!r}: give folder:PATH or gcs:BUCKET[/PREFIX]")
        if (self.secrets or "").startswith("secret-manager") and not _SECRET_MANAGER.fullmatch(self.secrets or ""):
            raise ValueError(f"secrets {self.secrets!r}: give a folder or secret-manager:PROJECT")
        return self

    @model_validator(mode="after")
    def _servers_are_here(self) -> Self:
        wrong = [one for one in (self.servers or "").split(",") if one and not _SERVER.fullmatch(one)]
        if wrong:
            raise ValueError(f"servers {', '.join(wrong)}: give NAME=127.0.0.1:PORT or NAME=localhost:PORT")
        if self.servers and not self.at_home:
            raise ValueError(f"servers: real accounts are not replaced in {self.runtime or self.environment}")
        return self

    @model_validator(mode="after")
    def _identity_fits(self) -> Self:
        if self.identity is None:
            return self
        scheme, _, names = self.identity.partition(":")
        if scheme not in ("iap", "google", "local") or (scheme != "local" and not all(names.split(","))):
            raise ValueError("identity: give iap:AUDIENCE, google:CLIENT_ID or local:")
        if scheme == "local" and self.environment not in ("local", "test"):
            raise ValueError(f"identity: local sign-in is not for {self.environment}; use iap: or google:")
        if scheme == "local" and self.runtime is not None:
            raise ValueError(
                f"identity: local sign-in is not for the cloud ({self.runtime} is set); use iap: or google:"
            )
        return self

    @model_validator(mode="after")
    def _keys_are_long(self) -> Self:
        if any(len(key) < SHORTEST_KEY for key in self.keys):
            raise ValueError(f"form_keys: each key needs at least {SHORTEST_KEY} characters")
        return self

    @model_validator(mode="after")
    def _agent_is_known(self) -> Self:
        missing = [name for name in ("agent_model", "agent_project") if not getattr(self, name)]
        if self.agent == "gemini" and missing:
            raise ValueError(f"agent gemini: {' and '.join(missing)} must be given too")
        return self

    @property
    def objects_at(self) -> str | None:
        """Where objects are kept: where `objects` says, or in a folder beside a SQLite file; otherwise nowhere."""
        scheme, _, file = self.store.partition(":")
        if self.objects is not None or scheme != "sqlite" or file == ":memory:":
            return self.objects
        return f"folder:{file.removesuffix('.db')}.objects"

    @property
    def project(self) -> str | None:
        """The Google Cloud project that the store or the bus is in; `None` on one machine."""
        places = (one.split(":", 1) for one in (self.store, self.bus))
        return next((where.partition("/")[0] for scheme, where in places if scheme in ("firestore", "pubsub")), None)

    @property
    def servers_at(self) -> dict[str, str]:
        """Where each source is served on this machine, by its name."""
        return dict(one.split("=", 1) for one in (self.servers or "").split(",") if one)  # pyright: ignore[reportUnknownVariableType]

    @property
    def at_home(self) -> bool:
        """Whether this is one machine: what serves there need not be shared, or last."""
        return self.environment in ("local", "test") and self.runtime is None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that sign forms and sessions, newest first."""
        return () if self.form_keys is None else tuple(self.form_keys.split(","))


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings that the environment gives.

    Raises:
        InvalidInput: unknown or wrong variables, all of them named.
    """
    given = os.environ if environment is None else environment
    named = {key.removeprefix(PREFIX).lower(): value for key, value in given.items() if key.startswith(PREFIX)}
    marker = next((name for name in MANAGED if given.get(name)), None)
    found = {"runtime": marker, "service": given.get("K_SERVICE") or "trimtab"}
    return parse(Settings, {**named, **found}, "the environment")
