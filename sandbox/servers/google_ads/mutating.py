# pyright: basic
"""Operations on the account's campaigns, budgets, criteria and ads: what each would do, or why it is refused."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from common.domain.money import MICROS, minor_unit
from sandbox.servers.google_ads.account import Account
from sandbox.servers.google_ads.failures import Error, Failed, Fault, error

Deed = Callable[[], object]
_TARGETS = {
    "target_cpa.target_cpa_micros": ("TARGET_CPA", MICROS),
    "maximize_conversions.target_cpa_micros": ("MAXIMIZE_CONVERSIONS", MICROS),
    "target_roas.target_roas": ("TARGET_ROAS", 1),
    "maximize_conversion_value.target_roas": ("MAXIMIZE_CONVERSION_VALUE", 1),
}


class Rejected(Exception):
    """An operation that is refused: the error's group and name, what it says, and more of it."""

    def __init__(self, group: str, name: str, said: str, **more: Any) -> None:
        self.group, self.name, self.more = group, name, more
        super().__init__(said)


def deeds(account: Account, operations: Sequence[Any]) -> tuple[list[Deed | None], list[Error]]:
    """What each operation does (`None`: it is refused), and the errors of those that are refused.

    Raises:
        Failed: the whole request is refused.
    """
    names = [_resource(operation) for operation in operations]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        said = "Cannot mutate the same resource twice in one request."
        raise Failed(Fault("INVALID_ARGUMENT", [error("mutate_error", "ID_EXISTS_IN_MULTIPLE_MUTATES", said)]))
    found: list[Deed | None] = []
    errors: list[Error] = []
    for place, operation in enumerate(operations):
        try:
            found.append(_deed(account, operation))
        except Rejected as no:
            found.append(None)
            errors.append({**error(no.group, no.name, str(no), operation=place), **no.more})
    return found, errors


def _resource(operation: Any) -> str:
    inner = getattr(operation, operation.WhichOneof("operation"))
    done = inner.WhichOneof("operation")
    value = getattr(inner, done)
    return value if done == "remove" else value.resource_name or f"{value.campaign}~{value.location}"


def _deed(account: Account, operation: Any) -> Deed:
    kind = operation.WhichOneof("operation")
    inner = getattr(operation, kind)
    if account.read_only:
        raise Rejected("authorization_error", "ACTION_NOT_PERMITTED", "Permission was not granted.")
    if kind not in _DEEDS:
        raise Rejected("mutate_error", "MUTATE_NOT_ALLOWED", f"{kind} is not served.")
    return _DEEDS[kind](account, inner)


def _campaign(account: Account, inner: Any) -> Deed:
    line = _line(account, inner.update.resource_name)
    steps: list[Deed] = []
    for path in inner.update_mask.paths:
        if path == "status":
            status = _status(inner.update)
            steps.append(partial(account.world.market.set, line, "status", status))
        elif path in _TARGETS and _TARGETS[path][0] == account.strategy(line) and line not in account.portfolio:
            message, field = path.split(".")
            target = getattr(getattr(inner.update, message), field) / _TARGETS[path][1]
            steps.append(partial(account.world.market.set, line, "bid_target", target or None))
        else:
            raise Rejected("campaign_error", "CANNOT_SET_CAMPAIGN_BIDDING_STRATEGY", f"{path} can't be set here.")
    return lambda: [step() for step in steps]


def _budget(account: Account, inner: Any) -> Deed:
    spenders = account.spenders(inner.update.resource_name)
    if not spenders:
        raise Rejected("mutate_error", "RESOURCE_NOT_FOUND", "There is no such budget.")
    (path,) = inner.update_mask.paths
    amount, total = getattr(inner.update, path), spenders[0] in account.for_all_time
    if total != (path == "total_amount_micros"):
        name = "BUDGET_AMOUNT_MUST_BE_UNSET_FOR_CUSTOM_BUDGET_PERIOD" if total else "INVALID_PERIOD"
        raise Rejected("campaign_budget_error", name, "The budget is of another period.")
    if amount % minor_unit(account.currency):
        raise Rejected("campaign_budget_error", "NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT", "Not a multiple.")
    if amount < account.least_budget:
        details = {
            "budget_per_day_minimum_error_details": {
                "currency_code": account.currency,
                "budget_per_day_minimum_micros": str(account.least_budget),
                "minimum_budget_amount_micros": str(account.least_budget),
                "failed_budget_amount_micros": str(amount),
            }
        }
        raise Rejected("campaign_budget_error", "BUDGET_BELOW_PER_DAY_MINIMUM", "Too low.", details=details)
    field = "native_total" if total else "daily_budget"
    return lambda: [account.world.market.set(line, field, amount / MICROS) for line in spenders]


def _criterion(account: Account, inner: Any) -> Deed:
    if inner.WhichOneof("operation") == "remove":
        named = re.fullmatch(r"customers/\d+/campaignCriteria/(\d+)~(\d+)", inner.remove)
        line = named and account.market_name(named[1])
        if named is None or line is None or named[2] not in _excluded(account, line):
            raise Rejected("mutate_error", "RESOURCE_NOT_FOUND", "There is no such criterion.")
        place = named[2]
        return lambda: _exclude(account, line, _excluded(account, line) - {place})
    line = _line(account, inner.create.campaign)
    place = inner.create.location.geo_target_constant.removeprefix("geoTargetConstants/")
    if place not in {*account.geos().values(), *(str(one.place_id) for one in account.places)}:
        raise Rejected("criterion_error", "INVALID_CRITERION_ID", "There is no such place.")
    if place in _excluded(account, line):
        raise Rejected("mutate_error", "RESOURCE_ALREADY_EXISTS", "It is excluded already.")
    return lambda: _exclude(account, line, _excluded(account, line) | {place})


def _excluded(account: Account, line: str) -> set[str]:
    geos = account.geos()
    live = {geos[geo] for geo in account.world.market.live(line).excluded_geos}
    return live | {str(place) for place in account.more_excluded.get(line, ())}


def _exclude(account: Account, line: str, places: set[str]) -> None:
    geos = {place: geo for geo, place in account.geos().items()}
    account.more_excluded[line] = {int(place) for place in places if place not in geos}
    account.world.market.set(line, "excluded_geos", frozenset(geos[place] for place in places if place in geos))


def _ad(account: Account, inner: Any) -> Deed:
    name = account.market_name(inner.update.resource_name.rpartition("/")[2])
    line, _, ad = (name or "").rpartition("/")
    if not line or line in account.removed or not inner.update.resource_name.startswith(f"customers/{account.number}/"):
        raise Rejected("mutate_error", "RESOURCE_NOT_FOUND", "There is no such ad.")
    status = _status(inner.update)

    def turn() -> None:
        others = account.world.market.live(line).paused_ads - {ad}
        account.world.market.set(line, "paused_ads", others | {ad} if status == "paused" else others)

    return turn


def _line(account: Account, resource: str) -> str:
    named = re.fullmatch(rf"customers/{account.number}/campaigns/(\d+)", resource)
    line = account.market_name(named[1]) if named else None
    if line is None:
        raise Rejected("mutate_error", "RESOURCE_NOT_FOUND", "There is no such campaign.")
    if line in account.removed:
        said = "The campaign was removed."
        raise Rejected("context_error", "OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE", said)
    return line


def _status(message: Any) -> str:
    status = message.DESCRIPTOR.fields_by_name["status"].enum_type.values_by_number[message.status].name
    if status not in ("ENABLED", "PAUSED"):
        raise Rejected("enum_error", "ENUM_VALUE_NOT_PERMITTED", f"{status} is not served.")
    return status.lower()


_DEEDS: dict[str, Callable[[Account, Any], Deed]] = {
    "campaign_operation": _campaign,
    "campaign_budget_operation": _budget,
    "campaign_criterion_operation": _criterion,
    "ad_group_ad_operation": _ad,
}
