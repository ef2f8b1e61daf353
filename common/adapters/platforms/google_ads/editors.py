"""Who changed a campaign or ad last, and when, where it was done by hand.

`change_event` is only asked where something is seen for the first time by this process, or otherwise than it was seen
before: one operation, whatever changed. It is up to three minutes late: until then what differs stays without a name
and is asked for again.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from common.adapters.platforms.google_ads import queries
from common.adapters.platforms.google_ads.rows import BadAnswer, Row, choice, text
from common.domain.calendar import TenantCalendar
from common.domain.change import Setting, Value

LATE = timedelta(minutes=3)
REACH = timedelta(days=29)
"""`change_event` goes back 30 days; a day less, whatever the clocks."""
_API = "GOOGLE_ADS_API"
Values = Mapping[Setting, Value]


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that was made by hand."""

    by: str
    at: datetime


@dataclass(slots=True)
class Editors:
    """What was seen of one account, and who made it so."""

    calendar: TenantCalendar
    _seen: dict[str, Values] = field(default_factory=dict[str, Values])
    _looked: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """When it was last seen as it is in `_seen`."""
    _since: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """Since when somebody is looked for."""
    _edits: dict[str, Edit] = field(default_factory=dict[str, Edit])

    def of(
        self,
        shown: Mapping[str, Values],
        budgets: Mapping[str, str],
        now: datetime,
        search: Callable[[str], list[Row]],
        email: str | None,
    ) -> Mapping[str, Edit]:
        """Who made it so, by campaign or ad; absent where it was us, or nobody is known.

        Args:
            shown: what is live now.
            budgets: the resource names of campaigns' budgets.
            search: asks the account.
            email: who we are there, where that is known.
        """
        new = {key for key, values in shown.items() if not self._as_seen(key, values)}
        if new:
            last = _last_changes(search(self._query(now)), budgets, self.calendar)
            for key in new:
                self._found(key, shown[key], last.get(key), now, email)
        self._looked |= {key: now for key, values in shown.items() if self._as_seen(key, values)}
        edits = self._edits.copy()  # other threads take from it
        return {key: edits[key] for key in shown if key in edits}

    def _as_seen(self, key: str, values: Values) -> bool:
        """Whether these of its settings were seen so before."""
        seen = self._seen.get(key, {})
        return all(setting in seen and seen[setting] == value for setting, value in values.items())

    def wrote(self, key: str, setting: Setting, value: Value) -> None:
        """We changed it ourselves."""
        self._edits.pop(key, None)
        if key in self._seen:
            self._seen[key] = {**self._seen[key], setting: value}

    def _query(self, now: datetime) -> str:
        return queries.changes(self.calendar.local(now - REACH), self.calendar.local(now + LATE))

    def _found(self, key: str, values: Values, last: "_Event | None", now: datetime, email: str | None) -> None:
        since, looked = self._since.setdefault(key, now), self._looked.get(key)
        told = looked is None or (last is not None and last.at > looked - LATE)
        if last is not None and not last.is_ours(email):
            self._edits[key] = Edit(last.by, last.at)
        else:
            self._edits.pop(key, None)
        if told or now - since > LATE:
            self._seen[key] = {**self._seen.get(key, {}), **values}
            self._since.pop(key, None)  # another thread may have seen it too


@dataclass(frozen=True, slots=True)
class _Event:
    at: datetime
    client: str
    email: str

    @property
    def by(self) -> str:
        return self.email or self.client.replace("_", " ").lower()

    def is_ours(self, email: str | None) -> bool:
        """Whether we made it. Where nobody knows who we are, whatever came through the API is taken for ours."""
        return self.client == _API and (email is None or self.email == email)


def _last_changes(rows: Iterable[Row], budgets: Mapping[str, str], calendar: TenantCalendar) -> dict[str, _Event]:
    """The last change of each campaign and ad."""
    spending: dict[str, list[str]] = {}
    for campaign, budget in budgets.items():
        spending.setdefault(budget, []).append(campaign)
    last: dict[str, _Event] = {}
    for row in rows:
        event = _event(row, calendar)
        resource = row.change_event.change_resource_name
        for key in _about(resource, row.change_event.campaign, spending):
            if key not in last or last[key].at < event.at:
                last[key] = event
    return last


def _about(resource: str, campaign: str, spending: Mapping[str, list[str]]) -> list[str]:
    if resource in spending:
        return spending[resource]
    named = re.fullmatch(r"customers/\d+/(campaigns|adGroupAds)/(\d+(?:~\d+)?)", resource)
    if named is not None:
        return [named[2]]
    of = re.fullmatch(r"customers/\d+/campaigns/(\d+)", campaign)
    return [of[1]] if of is not None else []


def _event(row: Row, calendar: TenantCalendar) -> _Event:
    written = text(row.change_event, "change_date_time")
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise BadAnswer("a change's time can't be read") from None
    local = at.replace(tzinfo=calendar.zone) if at.tzinfo is None else at
    return _Event(local.astimezone(UTC), choice(row.change_event, "client_type"), row.change_event.user_email)
