"""The shapes of Graph API answers: objects, lists, pages. What has another shape is refused."""

from collections.abc import Mapping
from typing import Any, cast

from common.adapters.platforms.meta.failure import unreadable

Json = Mapping[str, Any]


def objects(body: Any, what: str) -> Json:
    """The body, if it is an object.

    Raises:
        MetaFailure: it is something else.
    """
    if not isinstance(body, dict):
        raise unreadable(f"{what} is none")
    return cast("Json", body)


def listed(body: Any, what: str) -> list[Any]:
    """The list under `data`.

    Raises:
        MetaFailure: there is none.
    """
    data = objects(body, what).get("data")
    if not isinstance(data, list):
        raise unreadable(f"{what} have no list")
    return cast("list[Any]", data)


def next_cursor(body: Any, last: str | None) -> str | None:
    """Where the next page starts; `None`: this was the last one. A page may be empty and still have a next one.

    Raises:
        MetaFailure: it leads to where we come from.
    """
    paging = objects(objects(body, "a page").get("paging", {}), "paging")
    if "next" not in paging:
        return None
    cursors = paging.get("cursors")
    after: object = cast("Json", cursors).get("after") if isinstance(cursors, dict) else None
    if not isinstance(after, str) or not after or after == last:
        raise unreadable("its pages lead in a circle")
    return after


def text(node: Json, field: str) -> str:
    """A field that must be there.

    Raises:
        MetaFailure: it is not.
    """
    value = node.get(field)
    if not isinstance(value, str) or not value:
        raise unreadable(f"{field} is missing")
    return value
