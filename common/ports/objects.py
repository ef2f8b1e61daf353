"""Object storage: whole files, each written once and never changed. The log's anchors are kept there, and reports."""

from collections.abc import Iterator
from typing import Protocol

from common.domain.errors import TrimtabError


class AlreadyThere(TrimtabError):
    """There is an object of this path; it was left as it is."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"{path} was written before")


class Objects(Protocol):
    """Where objects live. A path is `name[/name ...]`, of names as ids of documents are; none leads through an object.

    There is no way to replace or remove one: what must outlive a mistake, or a thief, is under retention. Something
    newer gets a path of its own.

    Every call may raise InvalidInput for a path that can't be (`common.adapters.object_rules`), and Unavailable where
    the storage does not answer in time, or does not let us.
    """

    def create(self, path: str, data: bytes, *, content_type: str) -> None:
        """Write an object that must not exist yet, whole or not at all.

        Args:
            content_type: told to whoever fetches the object from the storage itself, where that can keep it.

        Raises:
            AlreadyThere: somebody wrote it before. It may be one's own first try, whose answer was lost.
        """
        ...

    def read(self, path: str) -> bytes:
        """What an object holds.

        Raises:
            NotFound: there is none.
        """
        ...

    def under(self, folder: str) -> Iterator[str]:
        """The paths that begin with `folder/`, in the order of their characters. Fetched as they are asked for."""
        ...
