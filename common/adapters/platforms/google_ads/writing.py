"""Changes written: read what is live, plan, validate, send, and say what became of each."""

from collections.abc import Mapping, Sequence
from typing import Any

from common.adapters.calls import CallFailed
from common.adapters.platforms.google_ads import campaigns as settings
from common.adapters.platforms.google_ads import queries
from common.adapters.platforms.google_ads.asking import Asking
from common.adapters.platforms.google_ads.deadline import Deadline
from common.adapters.platforms.google_ads.operations import Operation, Standing, planned, resources
from common.adapters.platforms.google_ads.places import Places
from common.adapters.platforms.google_ads.troubles import of_errors
from common.domain.change import Setting
from common.domain.trouble import Trouble, TroubleKind
from common.ports.ad_platform import Answer, PlatformChange, PlatformRefused
from common.ports.urgency import is_urgent

_MAY_COME_BACK = frozenset(
    {"unavailable", "timed_out", "internal_error", "wrong_account", "wrong_currency", "wrong_time_zone"}
)
"""Troubles after which nobody answers, rather than the platform saying no."""
Planned = tuple[int, tuple[Operation, ...]]
"""The place of a change, and the operations that make it so."""


def write(
    asking: Asking, places: Places, changes: Sequence[PlatformChange], currency: str, deadline: Deadline
) -> tuple[Answer, ...]:
    """One answer a change, in order.

    Raises:
        CallFailed: no answer; some of it may have landed.
        BadAnswer: the answer is not understood.
        PlatformRefused: nothing landed.
    """
    answers: dict[int, Answer] = {}
    try:
        standing = _standing(asking, places, changes, currency, deadline)
        plans: list[Planned] = []
        for place, change in enumerate(changes):
            plan = planned(change, standing)
            if isinstance(plan, Answer):
                answers[place] = plan
            elif plan:
                plans.append((place, plan))
            else:
                answers[place] = Answer(True)
        for round_ in _rounds(plans):
            answers |= _sent(asking, round_, deadline, first=not any(one.ok for one in answers.values()))
    finally:
        asking.memory.forget({part for change in changes for part in _ids(change.ref.external_id)})
    return tuple(answers[place] for place in range(len(changes)))


def _ids(external_id: str) -> tuple[str, str]:
    """What searches name it by: the whole, and an ad by its own number."""
    return external_id, external_id.rpartition("~")[2]


def _standing(
    asking: Asking, places: Places, changes: Sequence[PlatformChange], currency: str, deadline: Deadline
) -> Standing:
    """What is live of all that these changes are about, asked now."""
    ids = {change.ref.external_id for change in changes}
    campaign_ids = sorted(one for one in ids if one.isdecimal())
    ad_ids = sorted({one.rpartition("~")[2] for one in ids if "~" in one and one.replace("~", "").isdecimal()})
    try:
        rows = asking.just_read(queries.campaigns, campaign_ids)
        if rows is None:
            rows = asking.about("campaigns", queries.campaigns, campaign_ids, deadline, fresh=True)
        found = {one.campaign_id: one for one in settings.campaigns(rows).values() if not one.removed}
        ads = settings.ads(asking.about("ads", queries.ad_statuses, ad_ids, deadline, fresh=True))
        of_places = [one for one in changes if one.setting is Setting.EXCLUDED_GEOS and one.ref.external_id in found]
        named = {str(name) for one in of_places if isinstance(one.after, tuple) for name in one.after}
        where = sorted({one.ref.external_id for one in of_places})
        excluded = settings.exclusions(asking.about("exclusions", queries.exclusions, where, deadline, fresh=True))
        resolved = places.resolved(named, asking.constants(deadline))
        return Standing(
            asking.customer, currency, found, ads, excluded, resolved, _sharers(asking, changes, found, deadline)
        )
    except CallFailed as error:
        raise _refused(error) from error


def _sharers(
    asking: Asking, changes: Sequence[PlatformChange], found: Mapping[str, settings.Campaign], deadline: Deadline
) -> dict[str, list[str]]:
    """Who spends from the shared budgets that these changes would write."""
    budgets = {
        campaign.budget
        for change in changes
        if change.setting in (Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET)
        and (campaign := found.get(change.ref.external_id)) is not None
        and campaign.shared
    }
    sharers: dict[str, list[str]] = {}
    if budgets:
        for campaign in settings.campaigns(asking.all(queries.sharing(budgets), deadline)).values():
            sharers.setdefault(campaign.budget, []).append(f"{campaign.name} ({campaign.campaign_id})")
    return sharers


def _rounds(plans: Sequence[Planned]) -> list[list[Planned]]:
    """Requests that follow each other: one may not change the same thing twice."""
    rounds: list[tuple[list[Planned], set[str]]] = []
    for plan in plans:
        names = {resources(operation) for operation in plan[1]}
        for members, taken in rounds:
            if not taken & names:
                members.append(plan)
                taken.update(names)
                break
        else:
            rounds.append(([plan], names))
    return [members for members, _ in rounds]


def _sent(asking: Asking, plans: Sequence[Planned], deadline: Deadline, *, first: bool) -> dict[int, Answer]:
    """Validate, then send what is valid. A daily budget is one operation, and taken whole or refused alone.

    Validating costs an operation of the day's quota as writing does, and budgets are most of what is written. What
    stops spending goes out at once: had validating come to nothing, it would stay unsent until its lease ends.

    Raises:
        CallFailed: nobody can say whether it landed.
        PlatformRefused: nothing landed, and nothing had before.
    """
    try:
        unsure = [plan for plan in plans if not _is_a_daily_budget(plan) and not is_urgent()]
        answers = _mutated(asking, unsure, deadline, validate_only=True) if unsure else {}
        valid = [plan for plan in plans if plan[0] not in answers or answers[plan[0]].ok]
        return answers | (_mutated(asking, valid, deadline, validate_only=False) if valid else {})
    except CallFailed as error:
        if error.trouble.kind is TroubleKind.UNKNOWN or (first and error.trouble.code in _MAY_COME_BACK):
            raise
        if first:
            raise _refused(error) from error
        return {place: _answer_of(error.trouble) for place, _ in plans}


def _is_a_daily_budget(plan: Planned) -> bool:
    return all("amount_micros" in one.get("campaign_budget_operation", {}).get("update", {}) for one in plan[1])


def _mutated(asking: Asking, plans: Sequence[Planned], deadline: Deadline, *, validate_only: bool) -> dict[int, Answer]:
    """What became of each change: its errors, or those of the whole call."""
    operations = [operation for _, plan in plans for operation in plan]
    done = asking.service.mutate(operations, deadline, validate_only=validate_only)
    answers: dict[int, Answer] = {}
    start = 0
    for place, plan in plans:
        errors: list[Any] = [*done.errors.get(None, ())]
        errors += [error for number in range(start, start + len(plan)) for error in done.errors.get(number, ())]
        start += len(plan)
        answers[place] = (
            _answer_of(of_errors(errors, done.request_id)) if errors else Answer(True, None, None, done.request_id)
        )
    return answers


def _answer_of(trouble: Trouble) -> Answer:
    return Answer(False, trouble.code, trouble.said, trouble.request_id)


def _refused(error: CallFailed) -> Exception:
    """Nothing was sent: no answer where nobody answers, otherwise the platform's no."""
    trouble = error.trouble
    if trouble.code in _MAY_COME_BACK:
        return error
    return PlatformRefused(trouble.code, trouble.said, trouble.request_id)
