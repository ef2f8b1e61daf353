"""A write that its platform turns down is not tried every hour; what keeps money safe is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from common.domain.change import Setting
from common.domain.log_entry import LogEntry
from common.ports.ad_platform import AdPlatform, Answer, PlatformChange
from tests.unit.sandbox.played_week import Week, begun, calm_week


class Stubborn:
    """A platform that turns down every write of a daily budget, whoever asks; the rest is the market's."""

    def __init__(self, inner: AdPlatform, code: str) -> None:
        self._inner, self._code = inner, code

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def apply(self, key: str, changes: Sequence[PlatformChange], *, timeout: float) -> tuple[Answer, ...]:
        """As the port says."""
        return tuple(
            Answer(False, self._code, "it says no")
            if change.setting is Setting.DAILY_BUDGET
            else self._inner.apply(key, [change], timeout=timeout)[0]
            for change in changes
        )


def two_days(code: str) -> Week:
    """Of a week whose platforms turn down daily budgets."""
    week = begun(calm_week())
    platforms = week.ports.platforms

    def stubborn(tenant_id: str, name: str) -> AdPlatform:
        return Stubborn(platforms(tenant_id, name), code)  # pyright: ignore[reportReturnType]

    week.player.ports = replace(week.ports, platforms=stubborn)
    for _ in range(48):
        week.ticks.extend(week.player.hour())
    return week


def refusals(week: Week) -> dict[str, list[LogEntry]]:
    """Entries of the log with a daily budget that was turned down, by entity."""
    found: dict[str, list[LogEntry]] = {}
    for entry in week.log():
        for change in entry.changes:
            if change.setting == Setting.DAILY_BUDGET and change.outcome == "failed":
                found.setdefault(f"{entry.track_id}/{change.entity_id}", []).append(entry)
    return found


@pytest.mark.parametrize("code", ["shared_budget", "budget_below_minimum", "invalid_value"])
def test_it_waits_as_long_as_a_write_that_landed_would(code: str) -> None:
    week = two_days(code)
    cooldown = timedelta(hours=week.player.scenario.guardrails.cooldown_hours)
    times = {name: [entry.at for entry in entries] for name, entries in refusals(week).items()}
    assert any(len(each) > 1 for each in times.values()), "it is tried again"
    for each in times.values():
        assert all(later - sooner >= cooldown for sooner, later in pairwise(each))
    told = [reason for tick in week.ticks for reason in tick.reasons if reason.code == "turned_down"]
    assert {reason.measured for reason in told} == {code}


def test_what_time_ends_is_tried_again_in_the_next_hour() -> None:
    week = two_days("rate_limited")
    gaps = [later.at - sooner.at for entries in refusals(week).values() for sooner, later in pairwise(entries)]
    assert timedelta(hours=1) in gaps
    assert not [reason for tick in week.ticks for reason in tick.reasons if reason.code == "turned_down"]


def test_what_lands_again_is_forgotten() -> None:
    week = two_days("shared_budget")
    assert any(manifest.turned_down for manifest in week.manifests())
    week.player.ports = replace(week.ports, platforms=week.player.world.platforms)
    for _ in range(30):
        week.ticks.extend(week.player.hour())
    assert not any(manifest.turned_down for manifest in week.manifests())
