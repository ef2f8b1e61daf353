"""Settings: read once from the environment, checked all at once, frozen from then on."""

import os
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from common.domain.model import Frozen, parse

PREFIX = "TRIMTAB_"


class Settings(Frozen):
    """Where the outside world is. Each field is the variable `TRIMTAB_` + its name in capitals."""

    store: str = "sqlite:var/trimtab.db"
    """`sqlite:PATH`, `sqlite::memory:` or `firestore:PROJECT[/DATABASE]`."""
    bus: str = "memory:"
    """`memory:` or `pubsub:PROJECT`."""
    market_url: str | None = None
    """Where a simulated ad market is served; `None` where platforms are real."""
    environment: Literal["local", "test", "staging", "production"] = "local"
    longest_run_seconds: int = Field(default=540, ge=30, le=3600)
    call_timeout_seconds: int = Field(default=30, ge=1, le=300)

    @model_validator(mode="after")
    def _known_schemes(self) -> Self:
        if self.store.partition(":")[0] not in ("sqlite", "firestore"):
            raise ValueError(f"store {self.store!r}: start it with sqlite: or firestore:")
        if self.bus.partition(":")[0] not in ("memory", "pubsub"):
            raise ValueError(f"bus {self.bus!r}: start it with memory: or pubsub:")
        return self


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings that the environment gives.

    Raises:
        InvalidInput: unknown or wrong variables, all of them named.
    """
    given = os.environ if environment is None else environment
    named = {key.removeprefix(PREFIX).lower(): value for key, value in given.items() if key.startswith(PREFIX)}
    return parse(Settings, named, "the environment")
