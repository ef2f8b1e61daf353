"""Objects as files in a folder: for one machine, or for a mounted volume whose file system knows hard links."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from common.adapters.object_rules import check_path
from common.domain.errors import NotFound, Unavailable
from common.ports.objects import AlreadyThere


class FolderObjects:
    """Keeps each object in a file of its path. The folder is made when something is first written."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def create(self, path: str, data: bytes, *, content_type: str) -> None:
        """As the port says. A file that is there whole gets its name by a link, which fails where the name is taken."""
        target = self._folder / check_path(path)
        with self._told(path):
            target.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self._folder, prefix=".new-") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).chmod(0o444)
                try:
                    target.hardlink_to(file.name)
                except FileExistsError as error:
                    raise AlreadyThere(path) from error

    def read(self, path: str) -> bytes:
        """As the port says."""
        check_path(path)
        with self._told(path):
            try:
                return (self._folder / path).read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
                raise NotFound(f"there is no object {path} in {self._folder}") from error

    def under(self, folder: str) -> Iterator[str]:
        """As the port says."""
        base = self._folder / check_path(folder)
        with self._told(folder):
            found = [path for path in base.rglob("*") if path.is_file()]
        yield from sorted(path.relative_to(self._folder).as_posix() for path in found)

    @contextmanager
    def _told(self, path: str) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise Unavailable(f"object {path} in {self._folder}: {error.strerror or error}") from error
