"""What is known of a tenant's connection to one source: what it needs, and what of that is missing."""

from enum import StrEnum

from common.domain.calendar import Instant
from common.domain.model import Frozen, Id


class Need(Frozen):
    """One thing that a connection needs: a grant, a setting, a fit between the account and the tenant."""

    code: Id
    """As a `Trouble` has it: `permission_missing`, `wrong_currency`, `shared_budget`."""
    what: str
    """What is needed, in a few words: `Read access to the property`."""
    met: bool
    said: str
    """Where it is not met: what is wrong and what to do, for who can do it. Otherwise what was found."""
    required: bool = True
    """Without it the source is not used. Otherwise only less is known, or less can be done."""


class ConnectionState(StrEnum):
    """How a connection stands."""

    CONNECTED = "connected"
    LIMITED = "limited"
    """In use, but something that is not required is missing."""
    BROKEN = "broken"
    """Something that is required is missing: the source is silent, and nothing that needs it is raised."""
    UNANSWERED = "unanswered"
    """It did not answer when it was asked: nothing is known but what was known before."""
    ABSENT = "absent"
    """The tenant has none."""


class Connection(Frozen):
    """`tenants/{t}/connections/{source}`: replaced at a version when something about it changed."""

    tenant_id: Id
    source: Id
    """A platform's name, `ga4` or `crm`."""
    account_id: str | None = None
    state: ConnectionState
    needs: tuple[Need, ...] = ()
    since: Instant
    """Of this state."""
    checked_at: Instant
    """When all needs were looked at last; a run that meets a trouble adds it without looking at the others."""

    @property
    def missing(self) -> tuple[Need, ...]:
        """The needs that are not met, those that are required first."""
        return tuple(sorted((one for one in self.needs if not one.met), key=lambda one: not one.required))


def state_of(needs: tuple[Need, ...]) -> ConnectionState:
    """What these needs come to."""
    unmet = [one for one in needs if not one.met]
    if any(one.required for one in unmet):
        return ConnectionState.BROKEN
    return ConnectionState.LIMITED if unmet else ConnectionState.CONNECTED
