"""Every error of Meta by its code and subcode: who ends it, what it is called, and whether a write may have landed."""

from datetime import timedelta

import pytest

from common.adapters.platforms.meta.errors import MEANINGS, judge, trouble_of
from common.adapters.platforms.meta.failure import How, MetaFailure
from common.domain.trouble import TroubleKind

LATER, PERSON, OURS, UNKNOWN = TroubleKind.LATER, TroubleKind.PERSON, TroubleKind.OURS, TroubleKind.UNKNOWN
HOUR = timedelta(hours=1)
CASES = [
    # code, subcode, kind of a read, kind of a write, code of the trouble
    (1, None, LATER, UNKNOWN, "unavailable"),
    (1, 99, LATER, UNKNOWN, "unavailable"),
    (1, 2853001, PERSON, PERSON, "permission_missing"),
    (2, None, LATER, UNKNOWN, "unavailable"),
    (3, None, PERSON, PERSON, "permission_missing"),
    (4, None, LATER, LATER, "quota_exhausted"),
    (4, 1504022, LATER, LATER, "quota_exhausted"),
    (10, None, PERSON, PERSON, "permission_missing"),
    (17, None, LATER, LATER, "rate_limited"),
    (17, 2446079, LATER, LATER, "rate_limited"),
    (31, 3858385, PERSON, PERSON, "account_restricted"),
    (32, None, LATER, LATER, "quota_exhausted"),
    (100, None, OURS, OURS, "invalid_value"),
    (100, 33, OURS, OURS, "entity_missing"),
    (100, 1487534, OURS, OURS, "too_much_data"),
    (100, 1487694, OURS, OURS, "invalid_value"),
    (100, 1885272, OURS, OURS, "budget_below_minimum"),
    (102, None, PERSON, PERSON, "token_expired"),
    (104, None, PERSON, PERSON, "secret_unreadable"),
    (190, None, PERSON, PERSON, "token_expired"),
    *((190, subcode, PERSON, PERSON, "token_expired") for subcode in (458, 459, 460, 463, 464, 467, 492, 99)),
    (200, None, PERSON, PERSON, "permission_missing"),
    (270, None, PERSON, PERSON, "permission_missing"),
    (294, None, PERSON, PERSON, "permission_missing"),
    (299, 1870034, PERSON, PERSON, "permission_missing"),
    (368, None, PERSON, PERSON, "account_restricted"),
    (613, None, LATER, LATER, "quota_exhausted"),
    (613, 1487632, LATER, LATER, "quota_exhausted"),
    (613, 1487742, LATER, LATER, "rate_limited"),
    (613, 1996, LATER, LATER, "rate_limited"),
    (613, 5044001, LATER, LATER, "rate_limited"),
    (960, None, LATER, UNKNOWN, "timed_out"),
    (2500, None, PERSON, PERSON, "token_expired"),
    (2635, None, OURS, OURS, "api_version_gone"),
    (3018, None, OURS, OURS, "too_far_back"),
    (80000, None, LATER, LATER, "quota_exhausted"),
    (80003, 2446079, LATER, LATER, "quota_exhausted"),
    (80004, 2446079, LATER, LATER, "quota_exhausted"),
    (-3, None, LATER, UNKNOWN, "unavailable"),
]


@pytest.mark.parametrize(("code", "subcode", "read", "write", "called"), CASES)
def test_an_error_is_told_by_its_numbers(
    code: int, subcode: int | None, read: TroubleKind, write: TroubleKind, called: str
) -> None:
    """Whatever its HTTP status, which is 400 for a limit and for a dead token alike."""
    for status in (200, 400, 403):
        failure = MetaFailure(How.ANSWERED, code, subcode, status, request_id="Trace")
        asked, wrote = (trouble_of(failure, "act_1", write=one) for one in (False, True))
        assert (asked.kind, asked.code) == (read, called)
        assert (wrote.kind, wrote.code) == (write, called)
        assert asked.request_id == "Trace"
        assert "act_1" in asked.said
        assert str(code) in asked.said
        assert "{" not in asked.said


def test_every_error_that_has_a_meaning_is_among_the_cases() -> None:
    assert MEANINGS.keys() <= {(code, subcode) for code, subcode, *_ in CASES} | {(31, None)}


def test_each_way_in_which_a_token_dies_has_a_sentence_of_its_own() -> None:
    said = [
        trouble_of(MetaFailure(How.ANSWERED, 190, one), "act_1", write=False).said
        for one in (458, 459, 460, 463, 464, 467, 492)
    ]
    assert len({one.partition("(")[0] for one in said}) == 7


@pytest.mark.parametrize(
    ("code", "status", "transient", "kind", "called", "lands"),
    [
        (987654, 400, True, LATER, "unavailable", True),
        (987654, 400, False, OURS, "refused", False),
        (987654, 400, None, OURS, "refused", False),
        (987654, 500, None, LATER, "unavailable", True),
        (987654, 429, None, LATER, "rate_limited", False),
        (987654, 401, None, PERSON, "token_expired", False),
        (987654, 403, None, PERSON, "permission_missing", False),
        (None, 503, None, LATER, "unavailable", True),
        (None, 200, None, LATER, "bad_answer", True),
    ],
)
def test_an_error_that_nobody_listed_goes_by_what_meta_says_of_it_and_its_status(
    code: int | None, status: int, transient: bool | None, kind: TroubleKind, called: str, lands: bool
) -> None:
    failure = MetaFailure(How.ANSWERED, code, None, status, transient)
    trouble = trouble_of(failure, "act_1", write=False)
    assert (trouble.kind, trouble.code) == (kind, called)
    assert trouble_of(failure, "act_1", write=True).kind is (UNKNOWN if lands else kind)


@pytest.mark.parametrize(
    ("how", "read", "write", "called"),
    [
        (How.TIMED_OUT, LATER, UNKNOWN, "timed_out"),
        (How.CUT_OFF, LATER, UNKNOWN, "unavailable"),
        (How.NO_CONNECTION, LATER, LATER, "unavailable"),
        (How.UNREADABLE, OURS, UNKNOWN, "bad_answer"),
    ],
)
def test_a_call_without_an_answer_may_have_landed_unless_it_was_never_sent(
    how: How, read: TroubleKind, write: TroubleKind, called: str
) -> None:
    asked, wrote = (trouble_of(MetaFailure(how), "act_1", write=one) for one in (False, True))
    assert (asked.kind, asked.code, wrote.kind) == (read, called, write)


@pytest.mark.parametrize(
    ("code", "subcode", "said", "after"),
    [
        (613, 1487632, None, HOUR),
        (80004, None, None, HOUR),
        (17, None, None, timedelta(minutes=5)),
        (80004, None, timedelta(minutes=90), timedelta(minutes=90)),
        (17, None, timedelta(minutes=19), timedelta(minutes=19)),
        (613, 1487632, timedelta(seconds=30), HOUR),
    ],
)
def test_a_limit_is_left_alone_for_as_long_as_it_lasts_or_meta_says(
    code: int, subcode: int | None, said: timedelta | None, after: timedelta
) -> None:
    failure = MetaFailure(How.ANSWERED, code, subcode, 400, after=said)
    assert trouble_of(failure, "act_1", write=True).after == after


def test_what_is_none_of_metas_is_not_judged() -> None:
    assert judge("act_1")(ValueError("a fault of ours")) is None
