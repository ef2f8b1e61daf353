"""Objects in a dictionary."""

from collections.abc import Iterator

from common.adapters.object_rules import check_path
from common.domain.errors import NotFound, Unavailable
from common.ports.objects import AlreadyThere


class MemoryObjects:
    """Keeps objects; while it is `down` it does not answer. `asked` counts the calls."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.down = False
        self.asked = 0

    def create(self, path: str, data: bytes, *, content_type: str) -> None:
        """As the port says."""
        self._reach()
        if check_path(path) in self.kept:
            raise AlreadyThere(path)
        self.kept[path] = data

    def read(self, path: str) -> bytes:
        """As the port says."""
        self._reach()
        if check_path(path) not in self.kept:
            raise NotFound(f"there is no object {path}")
        return self.kept[path]

    def under(self, folder: str) -> Iterator[str]:
        """As the port says."""
        self._reach()
        prefix = f"{check_path(folder)}/"
        return iter(sorted(path for path in self.kept if path.startswith(prefix)))

    def _reach(self) -> None:
        self.asked += 1
        if self.down:
            raise Unavailable("the storage does not answer")
