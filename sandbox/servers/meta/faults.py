"""How the server misbehaves, as Meta does; set and changed while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Answered = tuple[int, Any]
"""An HTTP status, and a body that is sent as JSON."""


@dataclass
class Faults:
    """Nothing is wrong by default. What the scenario's `platform_error` events say comes on top."""

    dead_token: int | None = None
    """The subcode with which the token is refused."""
    everything: Answered | None = None
    """What is answered to whatever is asked."""
    at: dict[str, Answered] = field(default_factory=dict[str, Answered])
    """What is answered at one path."""
    ignores_writes: bool = False
    """They are answered with success and change nothing, which developers have seen."""
    currency: str | None = None
    """Another than the tenant's."""
    time_zone: str | None = None
    account_id: str | None = None
    """The account that answers in the place of the one that was asked for."""
    account_status: int = 1
    spend_cap: tuple[int, int] | None = None
    """The account's spending limit, and what of it is spent, in Meta's units."""
    deleted: set[str] = field(default_factory=set[str])
    """Lines of the market whose campaigns somebody deleted."""
    mistaken: dict[str, str] = field(default_factory=dict[str, str])
    """Ids for which another object is answered."""
    items: dict[int, Any] = field(default_factory=dict[int, Any])
    """Items of the next batch that changes something, by their place: what comes in the place of their answers."""
    too_much_over_days: int | None = None
    """Insights of more days are too much at once."""
    job_looks: int = 2
    """How often a job must be looked at until it is done."""
    job_error: tuple[int, int | None] | None = None
    """The code and subcode with which it fails."""
    page_size: int = 100
    """The most rows of a page."""
    empty_first_page: bool = False
    """The first page has nothing on it and says that there is another."""
    usage: Mapping[str, str] = field(default_factory=dict[str, str])
    """Headers about limits, sent with each answer."""
    permissions: tuple[str, ...] | None = ("ads_read", "ads_management")
    """`None`: this token may not ask."""
    token_ends: int | None = 0
    """As seconds since 1970, 0 for never; `None`: this token may not ask."""


def error(code: int, subcode: int | None = None, *, status: int = 400, transient: bool = False) -> Answered:
    """An error as Meta answers it; its message says nothing that a program should read."""
    body: dict[str, Any] = {
        "message": "Ha ocurrido un error",
        "type": "OAuthException",
        "code": code,
        "is_transient": transient,
        "fbtrace_id": f"A{code}t{subcode or 0}",
    }
    return status, {"error": body if subcode is None else body | {"error_subcode": subcode}}


DOWN = error(2, status=503, transient=True)
BUSY = error(17, 2446079)
GONE = error(100, 33)
INVALID = error(100)
TOO_LITTLE = error(100, 1885272)
TOO_OFTEN = error(613, 1487632)
TOO_MUCH = error(100, 1487534)
FAILED_ITEM = error(100, 1885316)
"""A definite refusal of one change among several."""
