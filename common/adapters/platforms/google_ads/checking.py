"""What a connection to Google Ads needs, asked of the account itself."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from common.adapters.calls import CallFailed
from common.adapters.opening import Opening
from common.adapters.platforms.google_ads import campaigns as settings
from common.adapters.platforms.google_ads import queries
from common.adapters.platforms.google_ads.asking import Asking, answering
from common.adapters.platforms.google_ads.deadline import Deadline
from common.adapters.platforms.google_ads.rows import Row, choice
from common.adapters.platforms.google_ads.troubles import of_errors
from common.domain.connection import Need
from common.domain.trouble import Trouble, TroubleKind

_ENABLED = ("UNSPECIFIED", "ENABLED")
_GRANT = "A grant that reads the account"


def needs(opening: Opening, timeout: float) -> tuple[Need, ...]:
    """Each need, met or not. The account is asked four times at the most: four operations.

    Raises:
        PlatformUnavailable: it does not answer.
    """
    asking = Asking(opening)
    with answering(timeout) as deadline:
        try:
            rows = asking.service.search(queries.ACCOUNT, deadline)
        except CallFailed as error:
            return (_of_grant(error),)
        customer = rows[0].customer if len(rows) == 1 else None
        if customer is None:
            said = f"google_ads shows no account {asking.customer}: put its number right in the tenant"
            return (Need(code="account_missing", what=_GRANT, met=False, said=said),)
        fits = _fits(asking, customer, opening)
        if not all(need.met for need in fits):
            return fits
        found = list(settings.campaigns(asking.all(queries.all_campaigns(), deadline)).values())
        return (*fits, _writes(asking, found, deadline), _campaigns(found), _own_budgets(found), _own_targets(found))


def _of_grant(error: CallFailed) -> Need:
    if error.trouble.kind is not TroubleKind.PERSON:
        raise error
    return Need(code=error.trouble.code, what=_GRANT, met=False, said=error.trouble.said)


def _fits(asking: Asking, customer: Row, opening: Opening) -> tuple[Need, ...]:
    """Whether the account is open, and the tenant's."""
    misfit = asking.misfit(customer)
    name = customer.descriptive_name or asking.customer
    enabled = choice(customer, "status") in _ENABLED
    return (
        Need(code="permission_missing", what=_GRANT, met=True, said=f"reads {name}"),
        Need(
            code="account_disabled",
            what="An account that is open",
            met=enabled,
            said="it is enabled" if enabled else "the account was cancelled, suspended or closed: have it opened again",
        ),
        Need(
            code="manager_account",
            what="An account with campaigns of its own",
            met=not customer.manager,
            said=f"{asking.customer} is a manager account: name the account under it that has the campaigns"
            if customer.manager
            else "it is no manager account",
        ),
        _fit("wrong_account", "The account that the tenant names", misfit, asking.customer),
        _fit("wrong_currency", "The tenant's currency", misfit, opening.tenant.currency),
        _fit("wrong_time_zone", "The tenant's time zone", misfit, opening.tenant.time_zone),
    )


def _fit(code: str, what: str, misfit: Trouble | None, found: str) -> Need:
    wrong = misfit is not None and misfit.code == code
    return Need(code=code, what=what, met=not wrong, said=misfit.said if misfit is not None and wrong else found)


def _writes(asking: Asking, found: Sequence[settings.Campaign], deadline: Deadline) -> Need:
    """Whether settings may be written: a status that changes nothing is validated, and not sent."""
    what, one = "A grant that changes campaigns", next((campaign for campaign in found if campaign.status), None)
    if one is None or one.status is None:
        said = "there is no campaign yet on which to try it"
        return Need(code="read_only", what=what, met=True, said=said, required=False)
    update = {
        "resource_name": f"customers/{asking.customer}/campaigns/{one.campaign_id}",
        "status": one.status.upper(),
    }
    operation = {"campaign_operation": {"update": update, "update_mask": {"paths": ["status"]}}}
    trouble: Trouble | None = None
    try:
        done = asking.service.mutate([operation], deadline, validate_only=True)
        errors = [error for some in done.errors.values() for error in some]
        trouble = of_errors(errors, done.request_id) if errors else None
    except CallFailed as error:
        if error.trouble.kind is not TroubleKind.PERSON:
            raise
        trouble = error.trouble
    said = "settings can be changed" if trouble is None else f"campaigns can be read, but not changed: {trouble.said}"
    return Need(code="read_only", what=what, met=trouble is None, said=said, required=False)


def _campaigns(found: Sequence[settings.Campaign]) -> Need:
    """Which there are: nothing that is missing, but what explains how they do."""
    learning = [f"{_named([one])}: {one.system_status}" for one in found if one.learning]
    ended = [one for one in found if one.serving == "ENDED"]
    said = [f"{len(found)} that were not removed"]
    said += [f"still learning: {', '.join(learning)}"] if learning else []
    said += [f"past their end date: {_named(ended)}"] if ended else []
    return Need(code="campaigns", what="Campaigns", met=True, said="; ".join(said), required=False)


def _own_budgets(found: Sequence[settings.Campaign]) -> Need:
    shared = sorted((one for one in found if one.shared), key=lambda one: one.budget)
    groups = ["; ".join([_named(group)]) for _, group in groupby(shared, lambda one: one.budget)]
    said = "no budget is shared"
    if groups:
        said = f"give each a budget of its own in Google Ads; until then theirs is not written: {'; '.join(groups)}"
    return Need(code="shared_budget", what="A budget for each campaign", met=not groups, said=said, required=False)


def _own_targets(found: Sequence[settings.Campaign]) -> Need:
    of_portfolios = [one for one in found if one.portfolio]
    said = f"their target is a portfolio's and is not written; give each a strategy of its own: {_named(of_portfolios)}"
    return Need(
        code="shared_bid_target",
        what="A bid target for each campaign",
        met=not of_portfolios,
        said=said if of_portfolios else "no bid target is shared",
        required=False,
    )


def _named(group: Iterable[settings.Campaign]) -> str:
    return ", ".join(f"{one.name} ({one.campaign_id})" for one in group)
