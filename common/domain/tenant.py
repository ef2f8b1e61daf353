"""The tenant and the global control document."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self, cast

from pydantic import Field, StringConstraints, computed_field, model_validator

from common.domain.account import Account
from common.domain.calendar import Instant, TimeZone
from common.domain.crm import CrmSource
from common.domain.ga4_mapping import Ga4Mapping
from common.domain.guardrails import Guardrails
from common.domain.model import Frozen, Name
from common.domain.money import Currency, Micros
from common.domain.notifications import Notifications
from common.domain.verticals import Vertical

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", to_lower=True)]


class KillSwitch(Frozen):
    """Stops every automatic change but emergency pauses while it is on."""

    on: bool = False
    by: str | None = None
    since: Instant | None = None
    reason: str | None = None


class GlobalControl(Frozen):
    """`control/global`: the kill switch for everybody."""

    kill_switch: KillSwitch = KillSwitch()


class Role(StrEnum):
    """What a person may do for a tenant."""

    VIEWER = "viewer"
    APPROVER = "approver"
    PLANNER = "planner"
    """Approves plan versions too."""
    OPERATOR = "operator"
    """Turns kill switches and resumes pauses too."""


class Approver(Frozen):
    """A person who may see, and perhaps decide."""

    email: Email
    roles: tuple[Role, ...] = (Role.APPROVER,)
    limit: Micros | None = None
    """The most money a change may move for this person to decide it, over the flight; `None`: no limit."""


LocalHour = Annotated[int, Field(ge=0, le=23)]
Weekdays = tuple[Annotated[int, Field(ge=0, le=6)], ...]
EVERY_DAY: Weekdays = tuple(range(7))


class Cadences(Frozen):
    """When the daily work of a tenant happens, in its own time zone. Weekdays count from Monday, 0."""

    review_hour: LocalHour = 6
    review_weekdays: Weekdays = EVERY_DAY
    sweep_hour: LocalHour = 4
    """Of the daily look at how far live has moved from the plan."""
    report_hour: LocalHour = 8
    report_weekdays: Weekdays = EVERY_DAY


SLOTS = 60
"""Minutes of an hour over which hourly work is spread."""


def slot_of(tenant_id: str) -> int:
    """The minute of the hour at which a tenant's hourly work starts: even over tenants, always the same for one."""
    return int.from_bytes(hashlib.sha256(tenant_id.encode()).digest()[:8]) % SLOTS


class Tenant(Frozen):
    """`tenants/{t}`: a client's configuration. Every change of it raises `config_epoch`."""

    tenant_id: Name
    name: str
    currency: Currency
    time_zone: TimeZone
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    """Where its customers are, as ISO 3166 has it (`ES`): their public holidays are no ordinary days."""
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?$")] = "en_GB"
    """How its reports write numbers and dates, as CLDR names it (`es_ES`); their words are English."""
    vertical: Vertical
    guardrails: Guardrails = Guardrails()
    cadences: Cadences = Cadences()
    approvers: tuple[Approver, ...] = ()
    notifications: Notifications = Notifications()
    tracks: Annotated[tuple[Name, ...], Field(min_length=1)]
    """A tenant without one would be a tenant for whom nothing is ever done."""
    accounts: tuple[Account, ...] = ()
    """Its accounts on the platforms, one each. GA4 is named by its property, the CRM by `crm`."""
    ga4_property: str | None = None
    ga4: Ga4Mapping = Ga4Mapping()
    """How what GA4 calls a campaign leads to the entities of the manifests."""
    crm: CrmSource = CrmSource()
    degraded_attribution: bool = False
    kill_switch: KillSwitch = KillSwitch()
    config_epoch: Annotated[int, Field(ge=0)] = 0
    slot: Annotated[int, Field(ge=0, lt=SLOTS)] | None = None
    """The minute of its hourly work; given when it is taken on."""

    @computed_field
    @property
    def people(self) -> tuple[Email, ...]:
        """Who may see it: kept in the document, so that a person's tenants are found without reading all."""
        return tuple(sorted(one.email for one in self.approvers if one.roles))

    def account(self, platform: str) -> Account | None:
        """Its account on a platform, if it has one."""
        return next((one for one in self.accounts if one.platform == platform), None)

    @model_validator(mode="before")
    @classmethod
    def _people_follow(cls, data: Any) -> Any:
        """The list of people is made anew from the approvers, whatever a document says."""
        if not isinstance(data, Mapping):
            return data
        said = cast("Mapping[str, Any]", data)
        return {key: value for key, value in said.items() if key != "people"}

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for what, values in (
            ("tracks", self.tracks),
            ("approvers", [a.email for a in self.approvers]),
            ("platforms of accounts", [a.platform for a in self.accounts]),
        ):
            twice = sorted({value for value in values if list(values).count(value) > 1})
            if twice:
                raise ValueError(f"{what} named more than once: {', '.join(twice)}")
        return self
