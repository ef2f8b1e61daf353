"""What a process remembers by a key, as much of it as was used lately: it lives long and meets every tenant."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The last so many that were used. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._held: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """What is remembered, which is used now."""
        with self._lock:
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key]

    def keep(self, key: K, value: V) -> V:
        """Remember this; what was used longest ago is forgotten where there is no room."""
        with self._lock:
            return self._kept(key, value)

    def first(self, key: K, value: V) -> V:
        """What is remembered, or else this from now on: of several threads that bring one, all get the first one's."""
        with self._lock:
            return self._kept(key, self._held.get(key, value))

    def forget(self, key: K) -> None:
        """Remember nothing of it."""
        with self._lock:
            self._held.pop(key, None)

    def _kept(self, key: K, value: V) -> V:
        self._held[key] = value
        self._held.move_to_end(key)
        if len(self._held) > self._most:
            self._held.popitem(last=False)
        return value
