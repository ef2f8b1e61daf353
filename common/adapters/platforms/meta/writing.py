"""Changing settings: all are validated first, then those that Meta takes are written, in as few calls as can be.

Nothing is written that is live already: a budget may change four times in an hour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.adapters.calls import CallFailed
from common.adapters.platforms.meta.account import SHUT
from common.adapters.platforms.meta.bodies import Json, listed, objects
from common.adapters.platforms.meta.caller import Caller, Deadline
from common.adapters.platforms.meta.errors import judge
from common.adapters.platforms.meta.failure import MetaFailure, unreadable
from common.adapters.platforms.meta.finding import find
from common.adapters.platforms.meta.geos import FindRegion
from common.adapters.platforms.meta.nodes import Node
from common.adapters.platforms.meta.posts import Impossible, Post, posts_for
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import Answer, PlatformChange, PlatformRefused, PlatformUnavailable
from common.ports.urgency import is_urgent

if TYPE_CHECKING:
    from common.adapters.platforms.meta.graph import Found

_SILENT = frozenset({"unavailable", "timed_out", "wrong_account", "wrong_currency", "wrong_time_zone", "unknown_unit"})
"""Troubles of looking first in which the account counts as giving no answer at all."""


@dataclass(slots=True)
class Item:
    """One change on its way: what must be sent for it, and its answer once that is known."""

    posts: Sequence[Post] = ()
    answer: Answer | None = None


def write(caller: Caller, changes: Sequence[PlatformChange], until: Deadline) -> tuple[Answer, ...]:
    """Write these changes; one answer each, in order.

    Raises:
        PlatformUnavailable: no answer; some of it may have landed.
        PlatformRefused: nothing landed.
    """
    try:
        items = _items(caller, changes, until)
    except PlatformUnavailable as error:
        if error.trouble is None or error.trouble.code in _SILENT:
            raise
        refused = _refused(error.trouble)
    else:
        if not is_urgent():  # what stops spending is not rehearsed: that would only be one more thing to fail
            _send(caller, items, until, validate=True)
        _send(caller, items, until, validate=False)
        return tuple(item.answer or Answer(ok=True) for item in items)
    raise refused


def _items(caller: Caller, changes: Sequence[PlatformChange], until: Deadline) -> list[Item]:
    """What must be sent for each change, by what is live now.

    Raises:
        PlatformUnavailable: that can't be seen, or the account is another than was meant.
        PlatformRefused: the account takes nothing.
    """
    account = caller.account(until)
    if account.status in SHUT and caller.read_account(until).status in SHUT:
        said = f"the account {caller.called} is shut on Meta: see Account quality in Business settings"
        raise PlatformRefused("account_disabled", said)
    nodes = find(caller, list({change.ref.entity_id: change.ref for change in changes}.values()), until)
    regions = _Regions(caller, until)
    return [_item(change, nodes.get(change.ref.entity_id), account.currency, regions) for change in changes]


def _item(change: PlatformChange, node: Node | None, currency: str, regions: FindRegion) -> Item:
    if node is None:
        return Item(answer=Answer(False, "entity_missing", f"Meta does not know {change.ref.entity_id} any more"))
    try:
        return Item(posts_for(change, node, currency, regions))
    except Impossible as error:
        return Item(answer=Answer(False, error.code, str(error)))


def _send(caller: Caller, items: Sequence[Item], until: Deadline, *, validate: bool) -> None:
    """Send what no answer stands for yet; an item's answer is its first refusal, or comes with its last post."""
    from common.adapters.platforms.meta.graph import BATCH, Asked

    options = {"execution_options": ["validate_only"]} if validate else {}
    going = [(item, post) for item in items if item.answer is None for post in item.posts]
    sent = False
    for some in (going[start : start + BATCH] for start in range(0, len(going), BATCH)):
        asked = [Asked("POST", post.path, {**post.params, **options}) for _, post in some]
        results = _batch(caller, asked, until, first=not sent, validate=validate)
        sent = not validate
        for (item, post), result in zip(some, results, strict=True):
            _take(caller, item, post, result, validate=validate)


def _batch(caller: Caller, asked: Sequence[Any], until: Deadline, *, first: bool, validate: bool) -> Sequence[Any]:
    """Raises PlatformRefused only where nothing of the changes can have landed."""
    try:
        return caller.write(asked, until)
    except CallFailed as error:
        trouble = error.trouble
    if validate and trouble.kind is TroubleKind.UNKNOWN:
        raise PlatformUnavailable(trouble.said, Trouble(TroubleKind.LATER, trouble.code, trouble.said, trouble.after))
    if trouble.kind is TroubleKind.UNKNOWN or not first or trouble.code in _SILENT:
        raise PlatformUnavailable(trouble.said, trouble)
    raise _refused(trouble)


def _take(caller: Caller, item: Item, post: Post, result: "Found | MetaFailure", *, validate: bool) -> None:
    """What became of one post.

    Raises:
        PlatformUnavailable: nobody can say.
    """
    if not isinstance(result, MetaFailure) and not isinstance(result.body, dict):
        result = unreadable("a change is answered with no object")
    if not isinstance(result, MetaFailure):
        if not validate and item.answer is None:
            item.answer = Answer(True, request_id=result.request_id) if post is item.posts[-1] else None
        return
    trouble = judge(caller.called, write=not validate)(result)
    assert trouble is not None
    if trouble.kind is TroubleKind.UNKNOWN:
        raise PlatformUnavailable(trouble.said, trouble)
    if item.answer is None or item.answer.ok:
        item.answer = Answer(False, trouble.code, trouble.said, trouble.request_id)


def _refused(trouble: Trouble) -> PlatformRefused:
    return PlatformRefused(trouble.code, trouble.said, trouble.request_id)


@dataclass(frozen=True)
class _Regions:
    """Looks regions up by their name, among those of the tenant's country where it names one."""

    caller: Caller
    until: Deadline

    def __call__(self, name: str) -> Json | None:
        asked: Mapping[str, str] = {"type": "adgeolocation", "location_types": '["region"]', "q": name, "limit": "100"}
        country = self.caller.opening.tenant.country
        params = {**asked, "country_code": country} if country else asked
        found = self.caller.get("search", params, self.until, lambda body: _regions(body, name))
        return found[0] if len(found) == 1 else None


def _regions(body: Any, name: str) -> list[Json]:
    places = [objects(one, "a place") for one in listed(body, "places")]
    return [one for one in places if one.get("name") == name and one.get("type") == "region" and _keyed(one)]


def _keyed(place: Json) -> bool:
    return isinstance(place.get("key"), str) and bool(place["key"])
