"""A reason in words: what its code means, with the numbers in the unit that a person reads."""

from common.domain.change import Reason
from common.domain.money import show

_BARE = {
    "advise_mode": "waits for a person: such changes are only advised",
    "awaiting_data": "no spend was reported yet",
    "awaiting_person": "left as it is: a person is being asked about an edit by hand",
    "changed_meanwhile": "it was changed meanwhile",
    "changed_since": "it was changed again since; undo that first",
    "declined_today": "a person said no to it today: it is not asked again before tomorrow",
    "entity_missing": "its platform does not know it any more",
    "nobody_decided": "left as it is: nobody decided in time",
    "nothing_to_undo": "its values are back already: there is nothing to undo",
    "pauses_are_lifted": "a pause is lifted, not undone: answer the request to resume",
    "kill_switch": "a kill switch is on",
    "master_cap": "the master cap leaves too little",
    "paused": "paused, not by Trimtab",
    "policy_adopt": "edits by hand are adopted: putting one back needs a person",
    "policy_ask": "an edit by hand: a person decides whether it is put back",
    "policy_sensitive": "an ad that a policy reviewer must look at",
    "resume_needs_person": "what was paused in an emergency is turned on by a person",
    "spend_increase": "more spend needs a person",
    "spend_unknown": "its spend is not known",
    "structural": "a structural change needs a new plan version",
    "within_bounds": "within every bound",
}
"""Codes that come without numbers."""

_MONEY = {
    "allocation_total": "the track's allocation would rise from {limit} to {measured}",
    "backstop_removed": "would take away the platform's own total of {measured}",
    "below_spent": "{measured} is less than the {limit} that may be spent already",
    "cap_in_danger": "lowered: more than {measured} a day could overspend before the next check",
    "channel_cap": "{measured} is over the channel's cap of {limit}",
    "demand_limited": "{measured} a day is wanted, but the demand is for {limit} at most",
    "exposure_over_allocation": "up to {measured} could be spent before the next check, of {limit}",
    "limit_binds:daily_budget_7d_pct": "{measured} a day is wanted; {limit} is the most after the week's lowest",
    "limit_binds:daily_budget_step_pct": "{measured} a day is wanted; over {limit} a person decides",
    "limit_binds:exposure": "{measured} a day is wanted; more than {limit} could overspend before the next check",
    "limit_binds:learning_step_pct": "{measured} a day is wanted; the learning phase bears {limit}",
    "lowered": "lowered: {measured} a day is enough",
    "master_cap": "{measured} more is needed under the master cap, {limit} is free",
    "on_pace": "on pace: {measured} a day would be exact; the difference is too small",
    "period_ceiling": "{measured} is over the {limit} of the period",
    "raised": "raised: {measured} a day is wanted",
    "restarted": "started again: at most {measured} is spent, of {limit}",
    "stopped_at_allocation": "stopped: up to {measured} may be spent by now, of {limit}",
    "total_budget": "the platform's own total is set to {limit}",
    "total_over_allocation": "a total of {measured} is over the allocation of {limit}",
    "unplanned_channel": "the plan has no money for this channel; {measured} would be allocated",
}
"""Codes whose numbers are micros."""

_PLAIN = {
    "advise_mode": "waits for a person: {measured} is only advised",
    "changed_since": "its {measured} was changed again since; undo that first",
    "edited_by_hand": "its {measured} was edited on the platform since; the next tick answers that first",
    "never_applied": "it was never applied: it is {measured}",
    "bid_days": "the bid target moved {measured} days ago, {limit} must pass",
    "bid_max_pct": "{measured}% of the plan's target; {limit}% is the most",
    "bid_min_pct": "{measured}% of the plan's target; {limit}% is the least",
    "bid_step_pct": "a step of {measured}%; over {limit}% a person decides",
    "budget_writes_per_day": "waits: {measured} budget writes today, {limit} are allowed",
    "cooldown_hours": "waits: changed {measured} h ago, {limit} h must pass",
    "ctr_floor_pct": "its click rate is {measured}%; only under {limit}% an ad is paused without a person",
    "daily_budget_7d_pct": "{measured}% over the lowest of seven days; over {limit}% a person decides",
    "daily_budget_step_pct": "a raise of {measured}%; from {limit}% a person decides",
    "degraded_shift_pct": "moves {measured}% of what is unspent; without GA4 a person decides over {limit}%",
    "degraded_step_pct": "a raise of {measured}%; without GA4 a person decides from {limit}%",
    "flight_over": "the flight ended on {limit}",
    "increases_frozen": "not raised: increases are frozen by {measured}",
    "learning_step_pct": "a step of {measured}% while its platform learns; over {limit}% a person decides",
    "not_begun": "the flight begins on {limit}",
    "outranked": "another change writes its {measured} first",
    "pause_in_force": "not raised: a pause stands, {measured}",
    "paused": "paused: {measured}",
    "plan_superseded": "made against plan v{measured}; v{limit} is active",
    "platform_silent": "{measured} does not answer",
    "protected_geos": "{measured} is protected",
    "resume_needs_person": "what was paused in an emergency is turned on by a person",
    "review_cooldown_hours": "waits: changed {measured} h ago, {limit} h must pass",
    "shift_max_pct": "moves {measured}% of what is unspent; over {limit}% a person decides",
    "shift_max_pct_7d": "{measured}% moved in seven days; over {limit}% a person decides",
    "stale_data": "not raised: the newest spend is {measured} h old, {limit} h is usual",
    "stale_tick": "came too late: the window of {measured} at {limit}",
    "window_done": "the window of {measured} was done before",
}
"""Codes whose numbers are what the words say."""

_NAMED = frozenset(
    {
        "advise_mode",
        "changed_since",
        "edited_by_hand",
        "increases_frozen",
        "never_applied",
        "outranked",
        "pause_in_force",
        "paused",
        "platform_silent",
    }
)
"""Codes that measured a name, be it of a setting, a state, a platform or a code: `daily_budget` is a daily budget."""


_SHADOWED = "shadowed:"


def in_words(reason: Reason, currency: str) -> str:
    """One line for a person. A code that has no words of its own is shown with its numbers as they are."""
    code, measured, limit = reason.code, reason.measured, reason.limit
    if code.startswith(_SHADOWED):
        return f"only tried out: {in_words(reason.but(code=code.removeprefix(_SHADOWED)), currency)}"
    if measured is None and limit is None:
        return _BARE.get(code) or _spelled(code)
    if code in _MONEY:
        return _MONEY[code].format(measured=_money(measured, currency), limit=_money(limit, currency))
    if code in _PLAIN:
        what = _plain(measured)
        return _PLAIN[code].format(measured=_spelled(what) if code in _NAMED else what, limit=_plain(limit))
    numbers = [
        f"{name} {_plain(value)}" for name, value in (("measured", measured), ("limit", limit)) if value is not None
    ]
    return f"{_spelled(code)} ({', '.join(numbers)})" if numbers else _spelled(code)


def _spelled(code: str) -> str:
    return code.replace("_", " ").replace(":", ": ")


def _money(value: float | int | str | None, currency: str) -> str:
    return show(round(value), currency) if isinstance(value, int | float) else _plain(value)


def _plain(value: float | int | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or "none"
    return f"{round(value, 1):,g}" if isinstance(value, float) else f"{value:,}"
