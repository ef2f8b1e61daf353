"""A reason in words: what its code means, with the numbers in the unit that a person reads."""

from common.decisions.trouble_words import TROUBLES
from common.domain.change import Reason
from common.domain.money import show

_BARE = {
    "advise_mode": "waits for a person: such changes are only advised",
    "agent_added": "the agent's own idea: a person decides",
    "awaiting_data": "no spend was reported yet",
    "awaiting_person": "left as it is: a person is being asked about an edit by hand",
    "budget_edited_by_hand": "not paused: its budget was raised by hand on the platform",
    "busy": "another change is being made: what follows is asked for at the next check",
    "changed_meanwhile": "it was changed meanwhile",
    "changed_since": "it was changed again since; undo that first",
    "crm_unreadable": "the CRM's last upload says numbers that can't be",
    "declined_today": "a person said no to it today: it is not asked again before tomorrow",
    "entity_missing": "its platform does not know it any more",
    "ga4_stale": "GA4 has told nothing yet",
    "key_events_stopped": "key events do not come any more, though the site is visited",
    "landing_failure": "its clicks do not arrive on the site any more",
    "name_withheld": "its name was not shown to the agent: too long, or it reads like an order",
    "nobody_decided": "left as it is: nobody decided in time",
    "not_answered_for": "its platform's report leaves it out",
    "nothing_to_undo": "its values are back already: there is nothing to undo",
    "pauses_are_lifted": "a pause is lifted, not undone: answer the request to resume",
    "kill_switch": "a kill switch is on",
    "master_cap": "the master cap leaves too little",
    "best_as_it_is": "no other division of the money is expected to bring more",
    "nothing_to_shift": "there is no other channel that money could move to or from",
    "nothing_to_improve": "nothing about it is worth a change",
    "paused": "paused, not by Trimtab",
    "platform_days_stale": "its platform has told of no day yet",
    "platform_counts_stopped": "its platform does not count conversions any more",
    "policy_adopt": "edits by hand are adopted: putting one back needs a person",
    "policy_ask": "an edit by hand: a person decides whether it is put back",
    "policy_sensitive": "an ad that a policy reviewer must look at",
    "price_anomaly": "its clicks cost more than they bring",
    "resume_needs_person": "what was paused in an emergency is turned on by a person",
    "return_to_plan": "a person decides whether live goes back to the plan",
    "spend_anomaly": "it spends more than its budget makes usual",
    "spend_increase": "more spend needs a person",
    "spend_unknown": "its spend is not known",
    "response_unknown": "not enough is known of what its money brings",
    "still_learning": "how it usually spends is not known yet: only what is plain is seen",
    "structural": "a structural change needs a new plan version",
    "tracking_failure": "the site is not seen any more, though clicks go on",
    "within_bounds": "within every bound",
    "clicks_unknown": "its platform did not say how often it was clicked, or said what can't be",
    "geos_unknown": "its platform did not say what its geos brought",
    "lag_unreadable": "left alone: how late its conversions come is no number",
    "kpi_unknown": "the plan names no target by which it could be judged",
    "maturity_min": "nothing is known yet of what its last weeks brought",
    "moving_goes_first": "worth more money, but others return less than the plan wants: moving goes first",
    "asked_once_a_week": "worth more money: a person is asked once a week",
    "another_goes_first": "worth more money, but another channel returns more",
    "one_ad_at_a_time": "hardly clicked too, but one ad of a group is paused at a time",
    "ratio_unknown": "too little is known of how its platform counts against GA4",
    "replan_was_recommended": "no channel can make more of its money: a new plan is recommended once a week",
}
"""Codes that come without numbers."""

_MONEY = {
    "allocation_total": "the track's allocation would rise from {limit} to {measured}",
    "backstop_removed": "would take away the platform's own total of {measured}",
    "below_spent": "{measured} is less than the {limit} that may be spent already",
    "cap_in_danger": "lowered: more than {measured} a day could overspend before the next check",
    "channel_cap": "{measured} is over the channel's cap of {limit}",
    "counter_went_back": "hours that were known have less now: {measured}, not {limit}",
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
    "restated": "hours that were known have more now: {measured}, not {limit}",
    "restarted": "started again: at most {measured} is spent, of {limit}",
    "spend_without_clicks": "{measured} was spent without a click",
    "stopped_at_allocation": "stopped: up to {measured} may be spent by now, of {limit}",
    "total_budget": "the platform's own total is set to {limit}",
    "total_over_allocation": "a total of {measured} is over the allocation of {limit}",
    "unplanned_money": "{measured} is live where the plan has no money",
    "unplanned_channel": "the plan has no money for this channel; {measured} would be allocated",
    "at_its_cap": "{measured} is allocated, and the plan's cap is {limit}",
    "bid_on_target:cpa": "its target CPA of {measured} is where the plan's lies by its platform's count: {limit}",
}
"""Codes whose numbers are micros."""

_PLAIN = {
    "advise_mode": "waits for a person: {measured} is only advised",
    "changed_since": "its {measured} was changed again since; undo that first",
    "dropped_by_agent": "left alone on the agent's advice: {measured}",
    "edited_by_hand": "its {measured} was edited on the platform since; the next tick answers that first",
    "never_applied": "it was never applied: it is {measured}",
    "bid_days": "the bid target moved {measured} days ago, {limit} must pass",
    "bid_max_pct": "{measured}% of the plan's target; {limit}% is the most",
    "bid_min_pct": "{measured}% of the plan's target; {limit}% is the least",
    "bid_step_pct": "a step of {measured}%; over {limit}% a person decides",
    "budget_writes_per_day": "waits: {measured} budget writes today, {limit} are allowed",
    "cooldown_hours": "waits: changed {measured} h ago, {limit} h must pass",
    "crm_late": "the CRM's last upload is {measured} h old; over {limit} h it is late",
    "crm_match_fell": "the CRM's match rate fell by {measured}% in four weeks; over {limit}% it says nothing",
    "crm_match_floor": "{measured}% of the CRM's records match; {limit}% is the least",
    "crm_stale": "the CRM's newest upload is {measured} h old; over {limit} h it says nothing",
    "ctr_floor_pct": "its click rate is {measured}%; only under {limit}% an ad is paused without a person",
    "daily_budget_7d_pct": "{measured}% over the lowest of seven days; over {limit}% a person decides",
    "daily_budget_step_pct": "a raise of {measured}%; from {limit}% a person decides",
    "degraded_shift_pct": "moves {measured}% of what is unspent; without GA4 a person decides over {limit}%",
    "degraded_step_pct": "a raise of {measured}%; without GA4 a person decides from {limit}%",
    "drift_threshold": "{measured}% away from the plan; over {limit}% a new version is drafted",
    "flapping": "paused {measured} times in seven days; from {limit} on only a person turns it on",
    "flight_over": "the flight ended on {limit}",
    "ga4_diverges": "its platform counts {measured} times what is usual for it against GA4; {limit}% off is tolerated",
    "ga4_down_crm_up": "GA4's conversions a day changed by {measured}%, the CRM's by {limit}%",
    "ga4_ratio_alarm": "its platform counts {measured} conversions for one of GA4's; over {limit} is an alarm",
    "ga4_stale": "GA4's newest numbers are {measured} h old; over {limit} h they say nothing",
    "ga4_up_crm_down": "GA4's conversions a day changed by {measured}%, the CRM's by {limit}%",
    "hours_from_the_future": "its platform reports on {measured}, at {limit}: the report is left out",
    "impossible_figures": "its platform reports {measured} for {limit}: the report is left out",
    "inconclusive:claims": "its platform counted {measured} conversions where {limit} are usual; too little to tell",
    "inconclusive:events": "{measured} key events where {limit} are usual; too little to tell",
    "inconclusive:landing": "{measured} of its visits arrived where {limit} are usual; too little to tell",
    "inconclusive:site": "{measured} visits to the site where {limit} are usual; too little to tell",
    "increases_frozen": "not raised: increases are frozen by {measured}",
    "learning_step_pct": "a step of {measured}% while its platform learns; over {limit}% a person decides",
    "not_begun": "the flight begins on {limit}",
    "outranked": "another change writes its {measured} first",
    "pause_in_force": "not raised: a pause stands, {measured}",
    "paused": "paused: {measured}",
    "plan_superseded": "made against plan v{measured}; v{limit} is active",
    "platform_days_stale": "its platform's newest day is {measured} h old; over {limit} h it says nothing",
    "platform_silent": "{measured} does not answer",
    "protected_geos": "{measured} is protected",
    "repeats_yesterday": "{measured} hours in a row are yesterday's to the last digit: a copy says nothing",
    "report_late": "its platform's report is {measured} h old; {limit} h are usual",
    "report_went_back": "its platform reports only until {measured}, though it went to {limit} before",
    "resume_needs_person": "what was paused in an emergency is turned on by a person",
    "review_cooldown_hours": "waits: changed {measured} h ago, {limit} h must pass",
    "shift_max_pct": "moves {measured}% of what is unspent; over {limit}% a person decides",
    "shift_max_pct_7d": "{measured}% moved in seven days; over {limit}% a person decides",
    "signals_disagree": "a person decides on increases: {measured}",
    "source_silent": "{measured} does not answer; the other sources are judged",
    "spends_nothing": "it spent nothing for {measured} hours in a row, though it is on",
    "spends_while_off": "it spent for {measured} hours in a row, though it is off",
    "stale_data": "not raised: the newest spend is {measured} h old, {limit} h is usual",
    "turned_down": "its platform turned this down {limit} h ago: {measured}",
    "nothing_due": "no source has anything new to judge",
    "stale_tick": "came too late: the window of {measured} at {limit}",
    "window_done": "the window of {measured} was done before",
    "bid_on_target:roas": "its target ROAS of {measured} is where the plan's lies by its platform's count: {limit}",
    "clicked_enough": "its click rate is {measured}%; {limit}% is the least",
    "few_impressions": "it was shown {measured} times; under {limit} nothing is said of an ad",
    "conversions_unpaid": "left alone: {measured} of its {limit} conversions came on days without spend",
    "days_missing": "left alone: of its last {limit} days {measured} are not recorded",
    "days_twice": "left alone: {measured} of its days are recorded more than once",
    "figures_negative": "left alone: its figures of {measured} are less than nothing",
    "figures_unreadable": "left alone: its figures of {measured} are no numbers",
    "geos_in_bounds": "its dearest geo costs {measured} times what the plan allows: not surely over {limit} times",
    "kpi_unknown": "the plan has no target by {measured}",
    "last_live_ad": "no other ad of its group is live",
    "maturity_min": "{measured} of its conversions should be visible by now, {limit} are needed",
    "min_conversions_cpa": "{measured} conversions in 30 days; {limit} are needed",
    "min_conversions_roas": "{measured} conversions in 30 days; {limit} are needed",
    "beats_target:cpa": "not bid down: a conversion costs {measured}, the plan allows {limit}",
    "beats_target:roas": "not bid down: its ROAS is {measured}, the plan is content with {limit}",
    "misses_target:cpa": "not bid up: a conversion costs {measured}, the plan wants {limit}",
    "misses_target:roas": "not bid up: its ROAS is {measured}, the plan wants {limit}",
    "not_worth_more": "its next money returns {measured}% of what the plan wants; over {limit}% more is asked for",
    "parts_unreadable": "left alone: what its platform says of {measured} are no numbers",
    "parts_silent": "{measured} does not say what its geos and ads brought: they are left alone",
    "saturated": "its next money returns {measured}% of what the plan wants; under {limit}% it is saturated",
    **TROUBLES,
    "whole_campaign_dear": "it costs {measured} times what the plan allows as a whole: no geo is to blame",
}
"""Codes whose numbers are what the words say."""

_NAMED = frozenset(
    {
        "advise_mode",
        "changed_since",
        "edited_by_hand",
        "increases_frozen",
        "kind",
        "never_applied",
        "no_change",
        "outranked",
        "pause_in_force",
        "paused",
        "platform_silent",
        "signals_disagree",
        "turned_down",
        *TROUBLES,
    }
)
"""Codes that measured a name, be it of a setting, a state, a platform or a code: `daily_budget` is a daily budget."""

_FOUND = {
    "key_events_stopped": "{share} of the usual key events are seen on the site ({sure}% sure)",
    "landing_failure": "{share} of its usual visits arrive on the site ({sure}% sure)",
    "platform_counts_stopped": "its platform counts {share} of the usual conversions ({sure}% sure)",
    "price_anomaly": "its clicks cost {times} times the usual ({sure}% sure)",
    "spend_anomaly": "it spends {times} times what its budget makes usual ({sure}% sure)",
    "tracking_failure": "{share} of the usual visits are seen on the site ({sure}% sure)",
}
"""Codes of the watch that measured how many times the usual, with a probability for a limit."""

_SHADOWED, _UNUSUAL, _ADVICE = "shadowed:", "unusual:", "advice_refused:"

_REFUSED = {
    "kind": "a proposal of the kind {measured} is not its to add",
    "no_change": "its {measured} is that already",
    "number": "its words tell of numbers that the proposal does not show",
    "text": "its words are not one plain sentence",
    "too_many": "of {measured} parts only {limit} are looked at",
    "total": "the track's total would not fit such a change",
    "unknown_entity": "the track has no {measured}",
    "unknown_geo": "nothing is known of {measured}",
    "unknown_proposal": "there is no proposal {measured}, or not any more",
    "wrong_setting": "{measured} is not what such a change writes",
}
"""Codes of what is not taken from an agent's advice; those of guardrails mean what they always mean."""


def in_words(reason: Reason, currency: str) -> str:
    """One line for a person. A code that has no words of its own is shown with its numbers as they are."""
    code, measured, limit = reason.code, reason.measured, reason.limit
    if code.startswith((_SHADOWED, _ADVICE)):
        return _quoted(reason, currency)
    if code.removeprefix(_UNUSUAL) in _FOUND and isinstance(limit, float):
        worth = "not worth a pause" if code.startswith(_UNUSUAL) else "worth a pause"
        return f"{worth}: {_found(code.removeprefix(_UNUSUAL), measured, limit)}"
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


def _quoted(reason: Reason, currency: str) -> str:
    """A reason about another one, whose code follows after a colon."""
    prefix, _, code = reason.code.partition(":")
    if prefix == _SHADOWED[:-1]:
        return f"only tried out: {in_words(reason.but(code=code), currency)}"
    if code not in _REFUSED:
        return f"not taken from the agent: {in_words(reason.but(code=code), currency)}"
    what = _plain(reason.measured)
    named = _spelled(what) if code in _NAMED else what
    return f"not taken from the agent: {_REFUSED[code].format(measured=named, limit=_plain(reason.limit))}"


def _found(code: str, measured: float | int | str | None, probability: float) -> str:
    sure = f"{min(99.9, 100 * probability):.3g}"
    if not isinstance(measured, int | float):  # nothing at all was usual
        return _FOUND[code].format(share="none", times="many", sure=sure)
    return _FOUND[code].format(share=f"{100 * measured:.2g}%", times=_plain(measured), sure=sure)


def _spelled(code: str) -> str:
    return code.replace("_", " ").replace(":", ": ")


def _money(value: float | int | str | None, currency: str) -> str:
    return show(round(value), currency) if isinstance(value, int | float) else _plain(value)


def _plain(value: float | int | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or "none"
    return f"{round(value, 1):,g}" if isinstance(value, float) else f"{value:,}"
