"""The advertising platforms: a module or package each, with `connect` and `check` as `SourceModule` has them."""

from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from common.adapters.opening import PlatformModule

KNOWN = tuple(sorted(module.name for module in iter_modules(__path__)))
"""Their names, as entities and accounts use them."""


def platform_module(platform: str) -> PlatformModule | None:
    """The module for a platform, imported now; `None`: there is none of this name."""
    if platform not in KNOWN:
        return None
    return cast("PlatformModule", import_module(f"{__name__}.{platform}"))
