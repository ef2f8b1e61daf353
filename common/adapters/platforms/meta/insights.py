"""Asking for insights: at once for short ranges, as a job for long ones, and for less where Meta wants less asked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from threading import Event
from typing import Any

from common.adapters.platforms.meta.bodies import objects
from common.adapters.platforms.meta.caller import Caller, Deadline
from common.adapters.platforms.meta.failure import How, MetaFailure, unreadable
from common.adapters.platforms.meta.figures import (
    ACTIONS,
    BY_HOUR,
    FIELDS,
    WINDOWS,
    Form,
    Row,
    each_once,
    of_one_day,
    of_span,
    row_of,
)
from common.adapters.platforms.meta.finding import known, pages
from common.ports.ad_platform import EntityRef, PlatformUnavailable

AT_ONCE_DAYS, AT_ONCE_HOURLY_DAYS = 31, 7
"""The longest ranges that are asked for without a job; a job takes longer, but has the longer time-out."""
LEVELS = {"campaign": "campaign", "ad_set": "adset"}
"""What bears figures, by its kind; those of ads are asked for by the campaign or ad set that they are in."""
_MOST_IDS = 100
"""Objects that one request is about."""
_FIRST_WAIT, _LONGEST_WAIT = 0.25, 5.0
"""Seconds between two looks at a job; doubled each time."""
_DONE, _ENDED_BADLY = "Job Completed", frozenset({"Job Failed", "Job Skipped"})
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which insights, of local days with both ends inclusive."""

    first: date
    last: date
    daily: bool = False
    """A row a day; otherwise one for all days together."""
    breakdown: str | None = None
    part: str | None = None
    """The field that names the part that a row is about."""
    level: str | None = None
    """Of the rows, where it is not that of the objects."""

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def in_halves(self) -> tuple["Wanted", "Wanted"]:
        """The same in two parts."""
        middle = self.first + _DAY * (self.days // 2)
        return replace(self, last=middle - _DAY), replace(self, first=middle)


def bearing(caller: Caller, refs: Sequence[EntityRef], until: Deadline) -> tuple[EntityRef, ...]:
    """Those of them that exist and bear figures: an absent row of one that does not exist is no zero.

    Raises:
        PlatformUnavailable: no answer, or one that can't be understood.
    """
    caller.account(until)
    return known(caller, [ref for ref in refs if ref.kind in LEVELS], until)


def report(
    caller: Caller, there: Sequence[EntityRef], wanted: Wanted, until: Deadline
) -> Mapping[str, tuple[Row, ...]]:
    """Rows by entity id, as Meta orders them. Of an entity that has none, none: nothing was delivered.

    Raises:
        PlatformUnavailable: no answer, or one that can't be understood.
    """
    account_id = caller.account(until).account_id
    found: list[Row] = []
    for kind, owner in LEVELS.items():
        ids = sorted(ref.external_id for ref in there if ref.kind == kind)
        for some in (ids[start : start + _MOST_IDS] for start in range(0, len(ids), _MOST_IDS)):
            form = Form(account_id, frozenset(some), owner, wanted.part, hourly=wanted.breakdown == BY_HOUR)
            found += _understood(caller, _bodies(caller, form, wanted, until), form, wanted)
    return {ref.entity_id: tuple(row for row in found if row.of == ref.external_id) for ref in there}


def _understood(caller: Caller, bodies: Sequence[Any], form: Form, wanted: Wanted) -> Sequence[Row]:
    actions = ACTIONS[caller.opening.tenant.vertical]
    within = of_one_day if wanted.daily else of_span
    try:
        return each_once(within((row_of(body, form, actions) for body in bodies), wanted.first, wanted.last))
    except MetaFailure as error:
        failure = error
    raise caller.unavailable(failure)


def _params(form: Form, wanted: Wanted) -> Mapping[str, str]:
    """The request as the API has it."""
    filtering = [{"field": f"{form.owner}.id", "operator": "IN", "value": sorted(form.asked)}]
    asked = {
        "level": wanted.level or form.owner,
        "fields": FIELDS,
        "filtering": json.dumps(filtering),
        "time_range": json.dumps({"since": wanted.first.isoformat(), "until": wanted.last.isoformat()}),
        "action_attribution_windows": json.dumps(WINDOWS),
        "action_report_time": "impression",  # a conversion counts on the day of its click or view
    }
    if wanted.daily:
        asked["time_increment"] = "1"
    if wanted.breakdown is not None:
        asked["breakdowns"] = json.dumps([wanted.breakdown])
    return asked


def _bodies(caller: Caller, form: Form, wanted: Wanted, until: Deadline) -> list[Any]:
    if wanted.days < 1:
        return []
    params = _params(form, wanted)
    try:
        return _at_once_or_by_job(caller, params, until, at_once=wanted.days <= _longest(form))
    except PlatformUnavailable as error:
        if _code(error) != "too_much_data" or wanted.days == 1 or not wanted.daily:
            raise
    return [row for half in wanted.in_halves() for row in _bodies(caller, form, half, until)]


def _at_once_or_by_job(caller: Caller, params: Mapping[str, str], until: Deadline, *, at_once: bool) -> list[Any]:
    """Where Meta fails on a request that was made at once, it may have been too much for that: a job has more time.

    Only the words of that error say so, in some language; its code is the one of every failure.
    """
    if at_once:
        try:
            return pages(caller, f"{caller.node}/insights", params, until)
        except PlatformUnavailable as error:
            if _code(error) != "unavailable":
                raise
    return _by_job(caller, params, until)


def _longest(form: Form) -> int:
    return AT_ONCE_HOURLY_DAYS if form.hourly else AT_ONCE_DAYS


def _code(error: PlatformUnavailable) -> str | None:
    return error.trouble and error.trouble.code


def _by_job(caller: Caller, params: Mapping[str, str], until: Deadline) -> list[Any]:
    """Have a report made, look at it until it is, and read it."""
    run = caller.start(f"{caller.node}/insights", params, until, _run_id)
    waited, wait = Event(), _FIRST_WAIT
    while not caller.get(
        run, {"fields": "async_status,async_percent_completion,error_code,error_subcode"}, until, _done
    ):
        if wait >= until.left:
            raise caller.unavailable(MetaFailure(How.TIMED_OUT))
        waited.wait(wait)
        wait = min(2 * wait, _LONGEST_WAIT)
    return pages(caller, f"{run}/insights", {}, until)


def _run_id(body: Any) -> str:
    run = objects(body, "a job").get("report_run_id")
    name = str(run) if isinstance(run, str | int) and not isinstance(run, bool) else ""
    if not (name.isascii() and name.isdigit()):
        raise unreadable("a job has no id")
    return name


def _done(body: Any) -> bool:
    """Whether a job is done.

    Raises:
        MetaFailure: it failed. That is told with HTTP 200, and with a code only sometimes.
    """
    job = objects(body, "a job")
    status, percent = job.get("async_status"), job.get("async_percent_completion")
    code, subcode = job.get("error_code"), job.get("error_subcode")
    if status in _ENDED_BADLY or isinstance(code, int):
        known = code if isinstance(code, int) else None
        raise MetaFailure(How.ANSWERED, known, subcode if isinstance(subcode, int) else None, http_status=500)
    if not isinstance(status, str):
        raise unreadable("a job has no status")
    return status == _DONE and percent in (None, 100)
