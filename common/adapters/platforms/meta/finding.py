"""Finding objects by their ids: one batch for fifty, whatever their kinds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from common.adapters.platforms.meta.bodies import listed, next_cursor, objects
from common.adapters.platforms.meta.caller import Caller, Deadline
from common.adapters.platforms.meta.errors import meaning_of
from common.adapters.platforms.meta.failure import How, MetaFailure, unreadable
from common.adapters.platforms.meta.nodes import AD_SET_FIELDS, FIELDS, Node, parsed
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import EntityRef, PlatformUnavailable

_EXISTS = "id,account_id,name,status,effective_status"
_MOST_PAGES = 100


def find(caller: Caller, refs: Sequence[EntityRef], until: Deadline) -> Mapping[str, Node]:
    """The objects by entity id; one that does not exist any more is absent.

    Raises:
        PlatformUnavailable: no answer, or one that can't be understood.
    """
    nodes: dict[str, Node] = {}
    for ref, body in _bodies(caller, refs, FIELDS, until):
        nodes |= _known(caller, ref, body, _more(caller, ref, body, until))
    return nodes


def known(caller: Caller, refs: Sequence[EntityRef], until: Deadline) -> tuple[EntityRef, ...]:
    """Those of them that exist.

    Raises:
        PlatformUnavailable: no answer, or one that can't be understood.
    """
    bodies = _bodies(caller, refs, dict.fromkeys(FIELDS, _EXISTS), until)
    return tuple(ref for ref, body in bodies if _known(caller, EntityRef(ref.entity_id, ref.external_id, "ad"), body))


def _bodies(
    caller: Caller, refs: Sequence[EntityRef], fields: Mapping[str, str], until: Deadline
) -> Iterable[tuple[EntityRef, Any]]:
    """What Meta has for each ref that it knows.

    A token that lost the account is told the same of each object as if it had been deleted. So where none is left the
    account is asked for, which then is not there either.
    """
    from common.adapters.platforms.meta.graph import BATCH, Asked

    found = False
    nameable = [ref for ref in refs if ref.external_id.isascii() and ref.external_id.isdigit() and ref.kind in fields]
    for some in (nameable[start : start + BATCH] for start in range(0, len(nameable), BATCH)):
        asked = [Asked("GET", ref.external_id, {"fields": fields[ref.kind]}) for ref in some]
        for ref, item in zip(some, caller.batch(asked, until), strict=True):
            if not isinstance(item, MetaFailure):
                found = True
                yield ref, item.body
            elif not (item.how is How.ANSWERED and meaning_of(item).code == "entity_missing"):
                raise caller.unavailable(item)
    if nameable and not found:
        caller.read_account(until)


def _known(caller: Caller, ref: EntityRef, body: Any, more: Sequence[Any] = ()) -> Mapping[str, Node]:
    """The object under its entity's id, if it is ours.

    Raises:
        PlatformUnavailable: it is another one, or can't be understood.
    """
    try:
        node = parsed(ref.kind, body, more)
        if node is not None and node.id != ref.external_id:
            raise unreadable("it is about another object")
    except MetaFailure as failure:
        wrong = caller.unavailable(failure)
    else:
        if node is None or f"act_{node.account_id}" == caller.node:
            return {} if node is None else {ref.entity_id: node}
        said = f"{ref.entity_id} lies in another account of Meta than {caller.called}: name the account that it lies in"
        wrong = PlatformUnavailable(said, Trouble(TroubleKind.PERSON, "wrong_account", said))
    raise wrong


def _more(caller: Caller, ref: EntityRef, body: Any, until: Deadline) -> list[Any]:
    """The ad sets of a campaign beyond those that came with it."""
    try:
        ad_sets = objects(body, "an object").get("adsets") if ref.kind == "campaign" else None
        after = None if ad_sets is None else next_cursor(ad_sets, None)
    except MetaFailure as failure:
        wrong = caller.unavailable(failure)
    else:
        return pages(caller, f"{ref.external_id}/adsets", {"fields": AD_SET_FIELDS}, until, after) if after else []
    raise wrong


def pages(caller: Caller, path: str, params: Mapping[str, Any], until: Deadline, after: str | None = None) -> list[Any]:
    """Everything that an edge lists, page by page, by cursors: the addresses of pages hold the token.

    Raises:
        PlatformUnavailable: no answer, one that can't be understood, or one without an end.
    """
    rows: list[Any] = []
    for _ in range(_MOST_PAGES):
        here = after
        asked = {**params, "limit": "200", **({"after": after} if after else {})}
        page, after = caller.get(
            path, asked, until, lambda body, here=here: (listed(body, "a page"), next_cursor(body, here))
        )
        rows += page
        if after is None:
            return rows
    raise caller.unavailable(unreadable("its pages have no end"))
