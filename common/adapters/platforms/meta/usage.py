"""How much of its limits an account has used, as Meta says with each answer, and when to leave it alone.

`X-Business-Use-Case-Usage` gives minutes until access comes back, `X-Ad-Account-Usage` seconds; all shares are percent.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, cast

FULL = 90.0
"""Percent of a limit from which on only what safety needs is still asked for."""
_PAUSE = timedelta(minutes=5)
"""Where Meta does not say how long: its limits roll, and a score decays within 300 s (page on rate limits)."""
_LONGEST = timedelta(days=1)
_SHARES = ("call_count", "total_cputime", "total_time", "acc_id_util_pct", "app_id_util_pct")
_HEADERS = ("x-business-use-case-usage", "x-ad-account-usage", "x-fb-ads-insights-throttle", "x-app-usage")


@dataclass(frozen=True, slots=True)
class Level:
    """The fullest of an account's limits."""

    share: float
    wait: timedelta | None
    """How long until there is room again, where Meta says so."""


def level_of(headers: Mapping[str, str]) -> Level:
    """The fullest limit that these headers tell of; one that can't be read tells nothing."""
    names = {name.lower(): value for name, value in headers.items()}
    levels = [_level(one) for name in _HEADERS if name in names for one in _entries(names[name])]
    return max(levels, key=lambda level: (level.share, level.wait or timedelta()), default=Level(0.0, None))


def _entries(header: str) -> Iterator[Mapping[str, Any]]:
    """A header holds one object, or lists of them by the business or account that they are about."""
    try:
        found: object = json.loads(header)
    except (ValueError, RecursionError):
        return
    if not isinstance(found, dict):
        return
    top = cast("dict[str, Any]", found)
    yield top
    for below in top.values():
        for one in cast("list[Any]", below) if isinstance(below, list) else ():
            if isinstance(one, dict):
                yield cast("dict[str, Any]", one)


def _level(entry: Mapping[str, Any]) -> Level:
    share = max((_number(entry.get(name)) for name in _SHARES), default=0.0)
    minutes, seconds = _number(entry.get("estimated_time_to_regain_access")), _number(entry.get("reset_time_duration"))
    wait = min(timedelta(seconds=min(minutes * 60 + seconds, _LONGEST.total_seconds())), _LONGEST)
    return Level(100.0 if minutes else share, wait or None)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1e9 else 0.0


class Usage:
    """Until when an account is left alone, for all threads that ask for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._until: datetime | None = None

    def note(self, headers: Mapping[str, str], now: datetime) -> Level:
        """Take in an answer's headers."""
        level = level_of(headers)
        if level.share >= FULL:
            with self._lock:
                self._until = max(now + (level.wait or _PAUSE), self._until or now)
        return level

    def wait(self, now: datetime) -> timedelta | None:
        """How long nothing that can wait should be asked; `None`: there is room."""
        with self._lock:
            until = self._until
        return until - now if until is not None and now < until else None
