"""The KPI by vertical, against numbers worked out by hand and against the truth of simulated markets."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import exp, isfinite
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.decisions.kpi import Kpis, Yardstick, Z, gamma_quantile, kpis
from common.decisions.lag import LagCurve
from common.domain.calendar import TenantCalendar
from common.domain.guardrails import Guardrails
from common.domain.kpi import KpiReading
from common.domain.money import MICROS
from common.domain.track_days import Counted, EntityDay, TrackDays
from common.domain.verticals import Kpi, Metric, Vertical
from sandbox.analytics import SandboxAnalytics
from sandbox.market import Market
from sandbox.platform import SandboxPlatform
from sandbox.scenario import parse_scenario
from tests.contract.market_rig import SEARCH, TIMEOUT
from tests.unit.sandbox.scenarios import channel_file, scenario_file
from tests.world import plan, tenant

FIRST = date(2026, 6, 1)
MADRID = TenantCalendar.of("Europe/Madrid")
CPA, ROAS = Yardstick(Metric.CPA), Yardstick(Metric.ROAS)
DAY = timedelta(days=1)


def day(
    number: int,
    spend: float | None,
    conversions: float = 0.0,
    value: float = 0.0,
    *,
    first_user: float = 0.0,
    age: float = 1000.0,
    channel: str = "search",
    source: str = "ga4",
) -> EntityDay:
    """A day in euros, counted by one source when it was `age` days old."""
    when = FIRST + number * DAY
    counted = Counted(
        MADRID.bounds(when)[0] + age * DAY, conversions, round(value * MICROS), round(first_user * MICROS)
    )
    spent = None if spend is None else round(spend * MICROS)
    by_ga4, by_platform = (counted, None) if source == "ga4" else (None, counted)
    return EntityDay(when, f"{channel}-1", channel, spend=spent, ga4=by_ga4, platform=by_platform)


def read(
    rows: Sequence[EntityDay],
    yardstick: Yardstick = CPA,
    source: str = "ga4",
    curves: Mapping[str, LagCurve] | None = None,
) -> Kpis:
    return kpis(TrackDays(FIRST, FIRST + 60 * DAY, source, tuple(rows)), yardstick, curves or {}, MADRID)


def track(rows: Sequence[EntityDay], yardstick: Yardstick = CPA, source: str = "ga4", mean: float = 2.0) -> KpiReading:
    found = read(rows, yardstick, source, {"search": LagCurve(mean)}).track
    assert found is not None
    return found


def ends(reading: KpiReading) -> tuple[float, float]:
    assert reading.low is not None
    assert reading.high is not None
    return reading.low, reading.high


def test_a_cpa_is_spend_over_conversions_with_the_posterior_of_a_poisson_rate() -> None:
    """Gamma(10) has its 5% and 95% quantiles at 5.4254 and 15.7052, half of what tables of chi-squared have for 20."""
    found = track([day(0, 190, 9.5)])
    assert (found.metric, found.value, found.spend, found.conversions) == (Metric.CPA, 20.0, 190 * MICROS, 9.5)
    assert found.low == pytest.approx(190 / 15.7052, rel=0.005)
    assert found.high == pytest.approx(190 / 5.4254, rel=0.005)
    assert (found.source, found.proxy, found.since, found.until) == ("ga4", False, FIRST, FIRST)


def test_a_roas_is_value_over_spend() -> None:
    """9.5 conversions of one day, 40 euros each: nothing is known of their scatter but that they are counted."""
    found = track([day(0, 190, 9.5, 380)], ROAS)
    assert found.value == 2.0
    assert found.low == pytest.approx(5.4254 * 40 / 190, rel=0.005)
    assert found.high == pytest.approx(15.7052 * 40 / 190, rel=0.005)


@pytest.mark.parametrize(
    ("shape", "low", "high"), [(4, 1.3663, 7.7537), (5, 1.9701, 9.1535), (10, 5.4254, 15.7052), (50, 38.9647, 62.1711)]
)
def test_quantiles_of_the_gamma_distribution(shape: float, low: float, high: float) -> None:
    """Half of what tables of chi-squared have for twice the shape."""
    assert gamma_quantile(shape, -Z) == pytest.approx(low, rel=0.01)
    assert gamma_quantile(shape, Z) == pytest.approx(high, rel=0.01)


def test_counts_that_scatter_more_than_poisson_widen_the_interval() -> None:
    """Days of 5 and 15 where 10 are expected: chi-squared is 2.5 a day, over nine days that are free 2.78."""
    even = track([day(n, 100, 10) for n in range(10)])
    odd = track([day(n, 100, 5 + 10 * (n % 2)) for n in range(10)])
    assert even.value == odd.value == 10
    phi = 10 * 2.5 / 9
    shape = 100 / phi + 0.5
    assert odd.low == pytest.approx(1000 / (gamma_quantile(shape, Z) * phi), rel=1e-4)
    assert odd.high == pytest.approx(1000 / (gamma_quantile(shape, -Z) * phi), rel=1e-4)
    assert ends(odd)[0] < ends(even)[0] < 10 < ends(even)[1] < ends(odd)[1]


def test_what_a_conversion_is_worth_scatters_too() -> None:
    same = track([day(n, 100, 10, 500) for n in range(10)], ROAS)
    unlike = track([day(n, 100, 10, 100 + 800 * (n % 2)) for n in range(10)], ROAS)
    assert same.value == unlike.value == 5
    assert ends(unlike)[0] < ends(same)[0] < 5 < ends(same)[1] < ends(unlike)[1]


def test_a_day_with_hardly_any_spend_does_not_make_all_days_uncertain() -> None:
    """Campaigns that were stopped go on converting for some days."""
    running = [day(n, 100, 10) for n in range(10)]
    low, high = ends(track([*running, day(10, 0.01, 3), day(11, 0, 2)]))
    plain = ends(track(running))
    assert high - low < 1.3 * (plain[1] - plain[0])


def test_half_seen_days_of_a_platform_count_by_half() -> None:
    """A day that is as old as the mean lag has shown 1 - 1/e of its conversions."""
    seen = 1 - exp(-1)
    rows = [day(0, 100, 10, source="platform"), day(1, 100, 10 * seen, age=2.0, source="platform")]
    found = track(rows, source="platform")
    assert found.value == pytest.approx(10)
    assert found.maturity == pytest.approx((1 + seen) / 2)
    assert found.conversions == pytest.approx(10 + 10 * seen)
    assert found.source == "platform"


def test_days_that_ga4_may_still_change_are_counted() -> None:
    """Until 48 hours after a day's end; a platform's own days mature instead."""
    rows = [
        day(number, 100, 10, age=age, channel=channel) for number, age in enumerate((4, 3, 2.9, 1)) for channel in "ab"
    ]
    found = read(rows)
    assert found.track is not None
    assert (found.track.changing, found.channels["a"].changing) == (2, 2)
    by_platform = read([day(0, 100, 10, age=1, source="platform")], source="platform").track
    assert by_platform is not None
    assert by_platform.changing == 0


def test_ga4_dates_by_event_so_nothing_is_corrected_but_maturity_says_how_much_is_still_to_come() -> None:
    found = track([day(0, 100, 10), day(1, 300, 10, age=2.0)])
    assert found.value == 20
    assert found.maturity == pytest.approx((100 + 300 * (1 - exp(-1))) / 400)


def test_channels_and_the_track_of_all_of_them() -> None:
    """Each is corrected by its own curve."""
    age = {"age": 2.0, "source": "platform"}
    rows = [day(0, 100, 10, channel="a", **age), day(0, 400, 8, channel="b", **age)]  # pyright: ignore[reportArgumentType]
    found = read(rows, source="platform", curves={"a": LagCurve(1.0), "b": LagCurve(4.0)})
    seen = {"a": 1 - exp(-2), "b": 1 - exp(-0.5)}
    assert found.channels.keys() == {"a", "b"}
    assert found.channels["a"].value == pytest.approx(100 * seen["a"] / 10, abs=1e-6)
    assert found.channels["b"].value == pytest.approx(400 * seen["b"] / 8, abs=1e-6)
    assert found.track is not None
    assert found.track.value == pytest.approx((100 * seen["a"] + 400 * seen["b"]) / 18, abs=1e-6)
    assert found.track.spend == 500 * MICROS


def test_only_days_of_which_both_spend_and_count_are_known_are_in() -> None:
    """A day that GA4 has not reported yet would make every conversion dearer."""
    unreported = day(2, 500, source="platform")
    found = track([day(0, 100, 10), day(1, None, 5), unreported])
    assert (found.value, found.since, found.until) == (10, FIRST, FIRST)


def test_nothing_recorded_is_no_reading() -> None:
    assert read([]) == Kpis(None, {})
    assert read([day(0, None, 3)]) == Kpis(None, {})


def test_spend_without_a_conversion_has_no_cpa_but_one_that_it_is_at_least() -> None:
    """No more than 1.92 are likely where none was seen: the 95% quantile of Gamma(1/2)."""
    found = track([day(0, 192, 0)])
    assert (found.value, found.high) == (None, None)
    assert found.low == pytest.approx(100, rel=0.03)


def test_spend_without_value_is_a_roas_of_nothing_with_no_upper_end() -> None:
    found = track([day(0, 100, 0)], ROAS)
    assert (found.value, found.low, found.high) == (0, 0, None)


def test_conversions_without_spend_have_no_roas_and_cost_nothing() -> None:
    roas = track([day(0, 0, 4, 200)], ROAS)
    assert (roas.value, roas.low, roas.high, roas.maturity) == (None, None, None, None)
    assert track([day(0, 0, 4)]).value == 0


def test_a_value_that_was_taken_back_is_none_at_all() -> None:
    found = track([day(0, 100, 0, -30)], ROAS)
    assert (found.value, found.low) == (0, 0)


@pytest.mark.parametrize(
    ("vertical", "metric", "proxy"),
    [
        (Vertical.HEALTH, Metric.CPA, False),
        (Vertical.SCHOOLS, Metric.CPA, False),
        (Vertical.ECOMMERCE, Metric.ROAS, False),
        (Vertical.TOURISM, Metric.ROAS, True),
        (Vertical.CUSTOM, Metric.CPA, False),
    ],
)
def test_a_vertical_is_measured_by_its_own_kpi(vertical: Vertical, metric: Metric, *, proxy: bool) -> None:
    found = Yardstick.of(tenant(vertical=vertical), plan().slice("north"))
    assert (found.metric, found.target, found.proxy) == (metric, None, proxy)


def test_the_plans_own_kpi_goes_first_and_gives_the_target() -> None:
    own = plan().slice("north").but(kpi=Kpi(metric=Metric.CPA, target=12.5))
    yardstick = Yardstick.of(tenant(vertical=Vertical.ECOMMERCE), own)
    found = track([day(0, 100, 10, 999)], yardstick)
    assert (found.metric, found.value, found.target) == (Metric.CPA, 10, 12.5)


def test_tourism_weighs_what_brought_the_user_against_the_last_click_and_says_that_it_is_a_proxy() -> None:
    of = tenant(vertical=Vertical.TOURISM, guardrails=Guardrails(tourism_first_user_weight=0.25))
    yardstick = Yardstick.of(of, plan().slice("north"))
    found = track([day(0, 100, 10, 400, first_user=800)], yardstick)
    assert (found.value, found.proxy) == (5.0, True)
    by_platform = track([day(0, 100, 10, 400, source="platform")], yardstick, "platform")
    assert (by_platform.value, by_platform.proxy) == (4.0, True)


AMOUNT = st.floats(0, 1e7)
ROWS = st.lists(
    st.builds(
        day,
        st.integers(0, 40),
        AMOUNT,
        AMOUNT,
        AMOUNT,
        first_user=AMOUNT,
        age=st.floats(-1, 90),
        channel=st.sampled_from(["search", "social"]),
        source=st.just("platform"),
    ),
    max_size=12,
)


@given(rows=ROWS, metric=st.sampled_from(Metric))
def test_whatever_is_counted_no_number_is_nan_and_the_value_lies_in_its_interval(
    rows: list[EntityDay], metric: Metric
) -> None:
    found = read(rows, Yardstick(metric, proxy=True, first_user_weight=0.5), "platform")
    for one in (*found.channels.values(), *([found.track] if found.track else [])):
        numbers = [one.value, one.low, one.high, one.maturity, one.conversions]
        assert all(isfinite(number) and number >= 0 for number in numbers if number is not None)
        if one.value is not None and one.low is not None:
            assert one.low <= one.value
        if one.value is not None and one.high is not None:
            assert one.value <= one.high


@given(rows=ROWS.filter(len), number=st.integers(0, 40), more=st.integers(0, 10**12))
def test_more_spend_at_the_same_conversions_never_lowers_the_cpa(rows: list[EntityDay], number: int, more: int) -> None:
    before = read(rows, source="platform").track
    number %= len(rows)
    raised = [row if n != number else dearer(row, more) for n, row in enumerate(rows)]
    after = read(raised, source="platform").track
    assert before is not None
    assert after is not None
    assert (before.value is None) == (after.value is None)
    if before.value is not None and after.value is not None:
        assert after.value >= before.value * (1 - 1e-9) - 1e-6


def dearer(row: EntityDay, more: int) -> EntityDay:
    return EntityDay(row.day, row.entity_id, row.channel, spend=(row.spend or 0) + more, platform=row.platform)


def simulated(seed: int, *, days: int = 28, top: float = 60) -> tuple[TrackDays, float, float]:
    """A market's days as they are seen on the morning after them; what was spent, and the conversions that it brings
    on average."""
    curve = {"kind": "hill", "top": top, "half": 100, "shape": 1.0}
    channel = channel_file(plan_budget=100 * (days + 5), curve=curve, lag_days={"mean": 2.0, "max": 14})
    flight = {"start": str(FIRST), "end": str(FIRST + (days + 4) * DAY)}
    market = Market(parse_scenario(scenario_file(channel, seed=seed, history_days=14, flight=flight)))
    market.advance_to(market.start + days * DAY + timedelta(hours=7))
    by_platform = SandboxPlatform(market, "google_ads").days([SEARCH], FIRST, timeout=TIMEOUT)
    by_ga4 = SandboxAnalytics(market).days([SEARCH], FIRST, timeout=TIMEOUT)
    assert by_ga4 is not None
    rows: list[EntityDay] = []
    in_ga4 = {row.day: row for row in by_ga4.days["search"]}
    for claimed in by_platform.days["search"]:
        if claimed.day < FIRST + days * DAY:
            seen = in_ga4[claimed.day]
            platform = Counted(by_platform.complete_until, claimed.conversions, claimed.value)
            ga4 = Counted(by_ga4.complete_until, seen.conversions, seen.value)
            rows.append(EntityDay(claimed.day, "search", "search", spend=claimed.micros, platform=platform, ga4=ga4))
    end = market.hours.first[market.hours.flight_day + days]
    means = market.responses["t/search"].through(end)[market.hours.flight_start : end]
    return (
        TrackDays(FIRST, FIRST + days * DAY, "", tuple(rows)),
        sum(row.spend or 0 for row in rows) / MICROS,
        sum(means),
    )


@pytest.mark.parametrize(("days", "top"), [(28, 60), (14, 8)])
def test_the_interval_holds_the_truth_in_nine_of_ten_markets(days: int, top: float) -> None:
    """Each of 200 markets, seen by GA4 and by its platform, which claims 15% more than there is, some of it twice.

    With 200 draws a true 90% comes out between 84% and 96% in 99 of 100 cases. That response bends and demand changes
    widens GA4's a little more than it must.
    """
    held = {(source, metric): 0 for source in ("ga4", "platform") for metric in Metric}
    for seed in range(200):
        seen, spend, mean = simulated(seed, days=days, top=top)
        for source, share in (("ga4", 0.85), ("platform", 1.15)):
            truth = {Metric.CPA: spend / (mean * share), Metric.ROAS: mean * share * 50 / spend}
            for metric in Metric:
                days_of = TrackDays(seen.since, seen.until, source, seen.rows)
                found = kpis(days_of, Yardstick(metric), {"search": LagCurve(2.0)}, MADRID).track
                assert found is not None
                low, high = ends(found)
                held[(source, metric)] += low <= truth[metric] <= high
    shares = {key: number / 200 for key, number in held.items()}
    assert all(0.84 <= share <= 0.97 for share in shares.values()), shares


def sold(seed: int, days: int = 28) -> list[EntityDay]:
    """Days of 100 euros that bring eight sales each on average, of 50 euros on average, as unlike as an exponential."""
    rng, rows = Random(seed), list[EntityDay]()
    for number in range(days):
        values, at = list[float](), rng.expovariate(8)
        while at < 1:
            values.append(rng.expovariate(1 / 50))
            at += rng.expovariate(8)
        rows.append(day(number, 100, len(values), sum(values)))
    return rows


def test_the_interval_of_a_roas_holds_the_truth_where_every_sale_is_worth_something_else() -> None:
    """Counting sales alone would make it too narrow: it would hold the truth in 78 of 100."""
    found = [ends(track(sold(seed), ROAS)) for seed in range(400)]
    held = sum(low <= 4.0 <= high for low, high in found) / len(found)
    assert 0.86 <= held <= 0.94
