"""What is tried again, for how long, and when an account is left alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st

from common.adapters.calls import SHARE_OF_A_TRY, TRIES, CallFailed, Calls
from common.adapters.circuit_breaker import FAILURES, FIRST_REST, LONGEST_ASKED, UNTIL_A_PERSON
from common.domain.trouble import Trouble, TroubleKind
from common.ports.urgency import urgently
from tests.fakes.clock import ManualClock
from tests.property.reach import holds

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER, PERSON, OURS, UNKNOWN = TroubleKind.LATER, TroubleKind.PERSON, TroubleKind.OURS, TroubleKind.UNKNOWN


class Said(Exception):
    """The service's answer, other than what was asked for."""

    def __init__(self, kind: TroubleKind, code: str, after: float | None = None) -> None:
        wait = None if after is None else timedelta(seconds=after)
        self.trouble = Trouble(kind, code, f"the service says {code}", wait, "req-1")


def judge(error: Exception) -> Trouble | None:
    return error.trouble if isinstance(error, Said) else None


DOWN = Said(LATER, "unavailable")
BUSY = Said(LATER, "rate_limited")
DEAD = Said(PERSON, "token_expired")


@dataclass
class Service:
    """Answers as it is told, then `"yes"`; each try takes `seconds`. Time passes here and nowhere else."""

    script: list[Exception] = field(default_factory=list[Exception])
    seconds: float = 0.0
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON))
    given: list[float] = field(default_factory=list[float])
    passed: float = 0.0

    def __call__(self, left: float) -> str:
        self.given.append(left)
        self.pause(min(self.seconds, left))
        if len(self.given) <= len(self.script):
            raise self.script[len(self.given) - 1]
        return "yes"

    def pause(self, seconds: float) -> None:
        self.passed += seconds
        self.clock.forward(seconds=seconds)

    def calls(self, units: int = 1000) -> Calls:
        return Calls("meta act_1", self.clock, units_a_day=units, timer=lambda: self.passed, pause=self.pause)


def outcome(call: Callable[[], str]) -> str:
    """What was answered, or the code of the trouble."""
    try:
        return call()
    except CallFailed as failure:
        return failure.trouble.code


@pytest.mark.parametrize(
    ("how", "script", "expected", "tries"),
    [
        ("read", [DOWN, DOWN], "yes", 3),
        ("read", [BUSY], "yes", 2),
        ("read", [Said(UNKNOWN, "timed_out")], "yes", 2),
        ("read", [DOWN] * 9, "unavailable", TRIES),
        ("read", [DEAD], "token_expired", 1),
        ("read", [Said(OURS, "bad_answer")], "bad_answer", 1),
        ("read", [Said(LATER, "quota_exhausted")], "quota_exhausted", 1),
        ("read", [Said(LATER, "rate_limited", after=5)], "yes", 2),
        ("read", [Said(LATER, "rate_limited", after=40_591)], "rate_limited", 1),
        ("write", [BUSY], "yes", 2),
        ("write", [Said(LATER, "concurrent_modification")], "yes", 2),
        ("write", [DOWN], "unavailable", 1),
        ("write", [Said(UNKNOWN, "timed_out")], "timed_out", 1),
        ("write", [Said(LATER, "timed_out")], "timed_out", 1),
        ("write", [DEAD], "token_expired", 1),
        ("write", [Said(OURS, "invalid_value")], "invalid_value", 1),
        ("write", [Said(LATER, "rate_limited", after=31)], "rate_limited", 1),
    ],
)
def test_what_is_tried_again_and_what_is_not(how: str, script: list[Exception], expected: str, tries: int) -> None:
    service = Service(script)
    calls = service.calls()
    assert outcome(lambda: getattr(calls, how)(service, judge, timeout=30)) == expected
    assert len(service.given) == tries
    assert service.passed <= 30


def test_a_failure_carries_what_the_service_said() -> None:
    service = Service([DEAD])
    with pytest.raises(CallFailed, match="token_expired: the service says") as failed:
        service.calls().read(service, judge, timeout=30)
    assert failed.value.trouble == DEAD.trouble


def test_what_is_no_answer_of_the_service_is_raised_as_it_is_and_says_nothing_of_it() -> None:
    service = Service([KeyError("ours")] * (FAILURES + 1))
    calls = service.calls()
    for _ in range(FAILURES + 1):
        with pytest.raises(KeyError):
            calls.read(service, judge, timeout=30)
    assert calls.read(service, judge, timeout=30) == "yes"


def test_a_read_that_hangs_leaves_time_for_another_and_a_write_has_all_of_it() -> None:
    service = Service([Said(LATER, "timed_out")], seconds=99)
    service.calls().read(service, judge, timeout=30)
    assert service.given[0] == pytest.approx(30 * SHARE_OF_A_TRY)
    assert 0 < service.given[1] < 12
    writing = Service()
    writing.calls().write(writing, judge, timeout=30)
    assert writing.given == [30]


def test_waits_grow_and_differ_from_process_to_process_by_their_seed_alone() -> None:
    def waits(seed: int) -> list[float]:
        service, waited = Service([DOWN] * 9), list[float]()
        calls = Calls("x", service.clock, timer=lambda: service.passed, pause=waited.append, seed=seed)
        outcome(lambda: calls.read(service, judge, timeout=30))
        return waited

    assert waits(1) == waits(1) != waits(2)
    assert waits(1) == sorted(waits(1))


def rested(service: Service, calls: Calls, script: Sequence[Exception], times: int = 1) -> list[str]:
    """What so many reads come to under this script, from here on."""
    service.script = [*[DEAD] * len(service.given), *script]
    return [outcome(lambda: calls.read(service, judge, timeout=30)) for _ in range(times)]


def test_after_failures_in_a_row_the_account_is_left_alone_and_then_one_call_finds_out() -> None:
    service = Service()
    calls = service.calls()
    rested(service, calls, [DOWN] * 99, FAILURES)
    tried = len(service.given)
    with pytest.raises(
        CallFailed, match=r"unavailable: .* \(meta act_1 is left alone until 12:\d\d:\d\d UTC\)"
    ) as held:
        calls.write(service, judge, timeout=30)
    assert held.value.trouble.after is not None
    assert timedelta() < held.value.trouble.after <= FIRST_REST
    assert len(service.given) == tried, "nobody was asked"
    service.pause(FIRST_REST.total_seconds())
    assert rested(service, calls, [DOWN] * 99) == ["unavailable"]
    service.pause(FIRST_REST.total_seconds())
    assert rested(service, calls, []) == ["unavailable"], "the second rest is longer"
    service.pause(FIRST_REST.total_seconds())
    assert rested(service, calls, [], 3) == ["yes"] * 3


def test_while_one_call_finds_out_the_others_are_turned_away() -> None:
    service = Service()
    calls = service.calls()
    rested(service, calls, [DOWN] * 99, FAILURES)
    service.pause(FIRST_REST.total_seconds())
    met: list[str] = []

    def finding_out(_: float) -> str:
        met.append(outcome(lambda: calls.read(service, judge, timeout=30)))
        return "yes"

    assert calls.read(finding_out, judge, timeout=30) == "yes"
    assert met == ["unavailable"]
    assert rested(service, calls, []) == ["yes"]


def test_a_row_is_broken_by_any_answer_also_by_a_no() -> None:
    service = Service()
    calls = service.calls()
    no: list[Exception] = [Said(OURS, "invalid_value")]
    for _ in range(5):
        assert rested(service, calls, [DOWN] * TRIES * (FAILURES - 1), FAILURES - 1) == ["unavailable"] * (FAILURES - 1)
        assert rested(service, calls, no) == ["invalid_value"]


@pytest.mark.parametrize("code", ["token_expired", "permission_missing", "account_disabled", "secret_missing"])
def test_a_trouble_for_a_person_burns_one_call_in_minutes_and_keeps_its_name(code: str) -> None:
    service = Service()
    calls = service.calls()
    assert rested(service, calls, [Said(PERSON, code)], 20) == [code] * 20
    assert len(service.given) == 1
    service.pause(UNTIL_A_PERSON.total_seconds())
    assert rested(service, calls, []) == ["yes"]


def test_what_a_person_must_mend_in_one_campaign_holds_up_no_other() -> None:
    service = Service()
    assert rested(service, service.calls(), [Said(PERSON, "shared_budget")], 2) == ["shared_budget", "yes"]


def test_an_account_whose_quota_is_used_up_is_asked_again_within_the_hour_however_long_it_says() -> None:
    service = Service()
    calls = service.calls()
    exhausted: list[Exception] = [Said(LATER, "quota_exhausted", after=40_591)]
    assert rested(service, calls, exhausted, 5) == ["quota_exhausted"] * 5
    assert len(service.given) == 1
    service.pause(LONGEST_ASKED.total_seconds())
    assert rested(service, calls, []) == ["yes"]


def test_a_limit_on_writes_leaves_reading_alone() -> None:
    service = Service([Said(LATER, "rate_limited", after=300)])
    calls = service.calls()
    assert outcome(lambda: calls.write(service, judge, timeout=30)) == "rate_limited"
    assert rested(service, calls, [], 2) == ["yes", "yes"]
    assert outcome(lambda: calls.write(service, judge, timeout=30)) == "rate_limited"
    service.pause(300)
    assert outcome(lambda: calls.write(service, judge, timeout=30)) == "yes"


@pytest.mark.parametrize("held_by", ["failures", "token", "budget", "quota"])
def test_what_stops_spending_is_never_held_back(held_by: str) -> None:
    service = Service()
    calls = service.calls(units=100)
    if held_by == "budget":
        calls.write(service, judge, timeout=30, cost=100)
    else:
        says = {"token": DEAD, "failures": DOWN, "quota": Said(LATER, "quota_exhausted", after=3600)}
        rested(service, calls, [says[held_by]] * 99, FAILURES)
    service.script = []
    assert outcome(lambda: calls.write(service, judge, timeout=30)) != "yes"
    with urgently():
        assert calls.read(service, judge, timeout=30) == "yes"
        assert calls.write(service, judge, timeout=30) == "yes"


def test_reading_leaves_a_tenth_of_the_days_units_to_writing_and_they_come_back_after_a_day() -> None:
    service = Service()
    calls = service.calls(units=100)
    assert rested(service, calls, [], 91) == ["yes"] * 90 + ["quota_exhausted"]
    writes = [outcome(lambda: calls.write(service, judge, timeout=30)) for _ in range(11)]
    assert writes == ["yes"] * 10 + ["quota_exhausted"]
    service.pause(timedelta(hours=24).total_seconds())
    assert rested(service, calls, []) == ["quota_exhausted"], "the hour in which they were taken is not over by a day"
    service.pause(timedelta(hours=1).total_seconds())
    assert rested(service, calls, []) == ["yes"]


ANSWERS = st.sampled_from(
    [
        None,
        DOWN,
        BUSY,
        Said(LATER, "rate_limited", after=3),
        Said(LATER, "rate_limited", after=40_591),
        Said(LATER, "quota_exhausted", after=60),
        Said(UNKNOWN, "timed_out"),
        Said(OURS, "invalid_value"),
        DEAD,
    ]
)
DAYS = st.tuples(
    st.integers(5, 40),
    st.lists(
        st.tuples(
            st.sampled_from(["read", "write"]),
            st.integers(1, 5),
            st.floats(0, 900),
            st.lists(ANSWERS, min_size=1, max_size=6),
        ),
        min_size=20,
        max_size=60,
    ),
)


def test_no_24_hours_ever_take_more_than_their_budget_and_no_call_more_than_its_time() -> None:
    """However calls are spread over hours and whatever they are answered. Reached: calls that the budget held back."""

    def law(case: tuple[int, list[tuple[str, int, float, list[Said | None]]]]) -> bool:
        units, wanted = case
        service, taken, held = Service(), list[tuple[datetime, int]](), False
        calls = service.calls(units)
        for how, cost, pause, answers in wanted:
            service.pause(pause)
            script, started = iter(answers), service.passed

            def call(left: float, cost: int = cost, script: object = script, started: float = started) -> str:
                assert 0 < left <= 30 - (service.passed - started) + 1e-9
                taken.append((service.clock.now(), cost))
                service.pause(min(left, 2.5))
                if (said := next(script, None)) is not None:  # pyright: ignore[reportCallIssue, reportArgumentType, reportUnknownVariableType]
                    raise said
                return "yes"

            try:
                getattr(calls, how)(call, judge, timeout=30, cost=cost)
            except CallFailed as failure:
                held |= "units of calls" in failure.trouble.said
            assert service.passed - started <= 30 + 1e-9
        for at, _ in taken:
            day = sum(cost for when, cost in taken if at <= when < at + timedelta(days=1))
            assert day <= units
        return held

    holds(DAYS, law)


@pytest.mark.parametrize("writes", [False, True])
def test_no_try_begins_when_the_time_is_over_though_the_wait_was_to_end_before(writes: bool) -> None:
    """Machines sleep longer than they are told to; what a client makes of less than no time is its own affair."""
    service = Service([Said(LATER, "rate_limited", 1)])
    calls = Calls("meta act_1", service.clock, timer=lambda: service.passed, pause=lambda _: service.pause(5))
    with pytest.raises(CallFailed) as failed:
        (calls.write if writes else calls.read)(service, judge, timeout=3)
    assert (failed.value.trouble.kind, failed.value.trouble.code) == (LATER, "timed_out")
    assert all(seconds > 0 for seconds in service.given)
    assert len(service.given) == 1
