"""Meta's limits: what its headers say of them, and what is not asked for while one is nearly reached."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st

from common.adapters.platforms.meta.usage import Level, level_of
from common.domain.change import Setting
from common.domain.money import MICROS
from common.ports.ad_platform import PlatformUnavailable
from common.ports.urgency import urgently
from sandbox.servers.meta.faults import error
from tests.property.reach import holds
from tests.unit.adapters.meta.meta_rig import TIMEOUT, Account, account

JUNE = date(2026, 6, 1)


def business(**usage: Any) -> Mapping[str, str]:
    return {"X-Business-Use-Case-Usage": json.dumps({"700": [{"type": "ads_insights", "call_count": 1}, usage]})}


@pytest.mark.parametrize(
    ("headers", "level"),
    [
        ({}, Level(0, None)),
        (business(call_count=95, total_cputime=20), Level(95, None)),
        (business(total_time=91, estimated_time_to_regain_access=0), Level(91, None)),
        (business(call_count=12, estimated_time_to_regain_access=19), Level(100, timedelta(minutes=19))),
        (
            {"x-ad-account-usage": '{"acc_id_util_pct": 93.5, "reset_time_duration": 100}'},
            Level(93.5, timedelta(seconds=100)),
        ),
        ({"x-fb-ads-insights-throttle": '{"app_id_util_pct": 100, "acc_id_util_pct": 10}'}, Level(100, None)),
        ({"x-app-usage": '{"call_count": 28, "total_time": 25}'}, Level(28, None)),
        ({"x-app-usage": "not JSON"}, Level(0, None)),
        ({"x-app-usage": '["call_count"]'}, Level(0, None)),
        (business(call_count="95"), Level(1, None)),
        (business(call_count=99, estimated_time_to_regain_access=10**8), Level(100, timedelta(days=1))),
    ],
)
def test_minutes_are_minutes_seconds_are_seconds_and_what_is_no_number_says_nothing(
    headers: Mapping[str, str], level: Level
) -> None:
    assert level_of(headers) == level


def test_no_header_is_too_odd_to_be_passed_by() -> None:
    parts = st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda one: (
            st.lists(one)
            | st.dictionaries(st.sampled_from(["call_count", "700", "estimated_time_to_regain_access"]), one)
        ),
    )

    def law(value: Any) -> bool:
        level = level_of({"X-Business-Use-Case-Usage": json.dumps(value)})
        assert level.share >= 0
        assert level.wait is None or timedelta() < level.wait <= timedelta(days=1)
        return isinstance(value, dict | list)

    holds(parts, law)


def refusal(meta: Account) -> PlatformUnavailable:
    with pytest.raises(PlatformUnavailable) as raised:
        meta.platform.days([meta.ref()], JUNE, timeout=TIMEOUT)
    return raised.value


def test_near_a_limit_only_what_safety_needs_is_asked_for_until_there_is_room() -> None:
    with account() as meta:
        meta.server.faults.usage = business(call_count=95, estimated_time_to_regain_access=19)
        assert meta.values()
        error = refusal(meta)
        assert error.trouble is not None
        assert (error.trouble.code, error.trouble.after) == ("quota_exhausted", timedelta(minutes=19))
        for ask in (
            lambda: meta.platform.figures([meta.ref()], meta.world.market.start, timeout=TIMEOUT),
            lambda: meta.platform.geos([meta.ref()], JUNE, JUNE, timeout=TIMEOUT),
            lambda: meta.platform.ads([meta.ref()], JUNE, JUNE, timeout=TIMEOUT),
        ):
            with pytest.raises(PlatformUnavailable, match="nearly used up"):
                ask()
        assert meta.platform.spend([meta.ref()], meta.world.market.start, timeout=TIMEOUT).hours
        assert meta.set(Setting.DAILY_BUDGET, 90 * MICROS).ok
        meta.server.faults.usage = {}
        meta.world.market.advance(timedelta(minutes=20))
        assert meta.platform.days([meta.ref()], JUNE, timeout=TIMEOUT).days


def test_a_pause_in_an_emergency_is_never_held_back() -> None:
    with account() as meta:
        meta.server.faults.usage = business(call_count=100)
        assert meta.values()
        with urgently():
            assert meta.platform.days([meta.ref()], JUNE, timeout=TIMEOUT).days
            assert meta.set(Setting.STATUS, "paused").ok


def test_a_refusal_carries_how_long_meta_says_that_it_lasts() -> None:
    with account() as meta:
        assert meta.values()
        meta.server.faults.usage = business(call_count=100, estimated_time_to_regain_access=90)
        meta.server.faults.everything = error(80004, 2446079)
        with pytest.raises(PlatformUnavailable) as raised:
            meta.values()
        assert raised.value.trouble is not None
        assert (raised.value.trouble.code, raised.value.trouble.after) == ("quota_exhausted", timedelta(minutes=90))
