"""The record of what a source says of a track's days: appended to, bounded, and true to what was known when."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from common.adapters.document_rules import encode
from common.domain.calendar import TenantCalendar
from common.domain.errors import InvalidInput
from common.domain.model import parse
from common.domain.performance import ROUNDS_A_DAY, STEPS, Answer, Figures, Performance, month_of, months
from common.ports.documents import Create

MAY = date(2026, 5, 1)
DAY = timedelta(days=1)
DAY_OF = TenantCalendar.of("Europe/Madrid").day_of
MIDNIGHT = TenantCalendar.of("Europe/Madrid").bounds
EMPTY = Performance(tenant_id="acme", track_id="north", month="202605", source="platform-google")


def morning(day: date, hours: float = 8) -> datetime:
    return MIDNIGHT(day)[0] + timedelta(hours=hours)


def told(day: date, said: Mapping[str, Mapping[date, Figures]], *, hours: float = 8, first: date = MAY) -> Answer:
    """What a source says on the morning of a day, three hours late."""
    return Answer(first, morning(day, hours), morning(day, hours) - timedelta(hours=3), said)


def counted(count: float, micros: int = 100) -> Figures:
    return {"micros": micros, "conversions": count}


def counts(record: Performance, day: date = MAY, entity: str = "search") -> list[float]:
    """How a day's count was seen to grow."""
    return [one.figures.get("conversions", 0) for one in record.observations(entity, DAY_OF).get(day, ())]


def grown(days: int, count: Mapping[int, float]) -> Performance:
    """May 1st asked for on each of the days after it; `count` from which age on it has what."""
    record = EMPTY
    for age in range(1, days + 1):
        now = max((when for when in count if when <= age), default=None)
        said = {} if now is None else {MAY: counted(count[now])}
        record = record.appended(told(MAY + age * DAY, {"search": said}), DAY_OF)
    return record


def test_a_day_is_written_down_again_when_it_has_changed_and_come_to_the_next_age() -> None:
    """It is asked for daily; what is counted at four days, just after it was written down, is seen at five."""
    record = grown(9, {1: 5, 2: 7, 3: 8, 4: 9})
    assert record.known()["search"].columns["conversions"] == (5, 7, 8, 9)
    assert counts(record) == [5, 7, 8, 9, 9]
    ages = [(DAY_OF(one.until) - MAY).days for one in record.observations("search", DAY_OF)[MAY]]
    assert ages == [1, 2, 3, 5, 8]


def test_a_day_that_had_not_changed_at_an_age_is_written_down_once_it_has() -> None:
    record = grown(9, {1: 5, 4: 8, 6: 9})
    assert record.known()["search"].columns["conversions"] == (5, 8, 9)
    assert counts(record) == [5, 5, 5, 8, 8, 9, 9]


def test_a_day_that_is_not_over_is_not_written_down() -> None:
    """Not before the source has told of its end, three hours after midnight."""
    said = {"search": {MAY: counted(3), MAY + DAY: counted(1)}}
    assert EMPTY.appended(told(MAY + DAY, said, hours=2.9), DAY_OF) is EMPTY
    after = EMPTY.appended(told(MAY + DAY, said, hours=3), DAY_OF)
    assert after.known()["search"].day == (1,)
    assert counts(after, MAY + DAY) == []


def test_the_same_answer_again_changes_nothing() -> None:
    once = EMPTY.appended(told(MAY + DAY, {"search": {MAY: counted(3)}}), DAY_OF)
    assert once.appended(told(MAY + DAY, {"search": {MAY: counted(3)}}, hours=9), DAY_OF) is once
    assert once.appended(told(MAY + DAY, {"search": {MAY: counted(4)}}, hours=9), DAY_OF) is once


def test_that_nothing_had_changed_is_noted_once_a_day() -> None:
    once = EMPTY.appended(told(MAY + DAY, {"search": {MAY: counted(3)}}), DAY_OF)
    later = once.appended(told(MAY + 2 * DAY, {"search": {MAY: counted(3)}}), DAY_OF)
    assert (len(later.rounds), later.entities) == (2, once.entities)
    assert later.appended(told(MAY + 2 * DAY, {"search": {MAY: counted(3)}}, hours=12), DAY_OF) is later
    assert counts(later) == [3, 3]


def test_what_was_written_down_is_never_rewritten() -> None:
    record = grown(4, {1: 5, 2: 7})
    longer = record.appended(told(MAY + 5 * DAY, {"search": {MAY: counted(9)}}), DAY_OF)
    old, new = record.known()["search"], longer.known()["search"]
    assert new.day[: len(old.day)] == old.day
    assert new.columns["conversions"] == (*old.columns["conversions"], 9)
    assert longer.rounds[: len(record.rounds)] == record.rounds


def test_what_was_known_at_an_instant_can_be_told() -> None:
    record = grown(9, {1: 5, 2: 7, 4: 8})
    seen = record.observations("search", DAY_OF)[MAY]
    by_third = [one.figures["conversions"] for one in seen if one.at <= morning(MAY + 3 * DAY)]
    assert by_third == [5, 7, 7]


def test_a_day_of_which_nothing_is_said_was_empty_and_one_that_lost_all_is_again() -> None:
    record = grown(3, {2: 4})
    assert counts(record) == [0, 4, 4]
    emptied = record.appended(told(MAY + 5 * DAY, {"search": {}}), DAY_OF)
    assert counts(emptied) == [0, 4, 4, 0]


def test_an_entity_that_was_not_answered_for_is_not_known() -> None:
    record = EMPTY.appended(told(MAY + DAY, {"search": {}}), DAY_OF)
    assert counts(record) == [0]
    assert record.observations("social", DAY_OF) == {}
    later = record.appended(told(MAY + 2 * DAY, {"social": {MAY: counted(2)}}), DAY_OF)
    assert (counts(later), counts(later, entity="social")[-1]) == ([0], 2)


def test_an_entity_that_is_left_out_later_keeps_what_was_known_of_it() -> None:
    """It is not taken for empty, and the days since are not known."""
    record = grown(2, {1: 4, 2: 6}).appended(told(MAY + 4 * DAY, {"social": {}}), DAY_OF)
    assert counts(record) == [4, 6]
    assert MAY + 3 * DAY not in record.observations("search", DAY_OF)
    again = record.appended(told(MAY + 6 * DAY, {"search": {MAY: counted(7), MAY + 3 * DAY: counted(2)}}), DAY_OF)
    assert counts(again) == [4, 6, 7]
    assert counts(again, day=MAY + 3 * DAY) == [2]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_an_entity_with_a_figure_that_is_no_number_was_not_answered_for(number: float) -> None:
    record = grown(2, {1: 4, 2: 6})
    said = {"search": {MAY: counted(number), MAY + 3 * DAY: counted(2)}}
    after = record.appended(told(MAY + 5 * DAY, said), DAY_OF)
    assert after.known() == record.known()
    assert after.observations("search", DAY_OF) == record.observations("search", DAY_OF)


def test_only_days_of_the_month_and_of_those_that_were_asked_for_count() -> None:
    """A day that was not asked for is not empty."""
    record = grown(1, {1: 5})
    asked = told(date(2026, 6, 3), {"search": {MAY + 30 * DAY: counted(2), date(2026, 6, 1): counted(1)}},
                 first=MAY + 29 * DAY)  # fmt: skip
    after = record.appended(asked, DAY_OF)
    assert after.known()["search"].day == (1, 31)
    june = EMPTY.but(month="202606").appended(asked, DAY_OF)
    assert june.known()["search"].day == (1,)


def test_days_are_the_tenants_where_the_clocks_change() -> None:
    """October 25th has 25 hours."""
    october, last = EMPTY.but(month="202610"), date(2026, 10, 25)
    said = {"search": {last: counted(2)}}
    early = Answer(last, morning(last, 26), MIDNIGHT(last)[0] + timedelta(hours=24), said)
    assert october.appended(early, DAY_OF) is october
    after = october.appended(Answer(last, morning(last, 28), MIDNIGHT(last)[0] + timedelta(hours=25), said), DAY_OF)
    assert after.known()["search"].day == (25,)


def test_months_of_days() -> None:
    assert months(date(2026, 11, 30), date(2027, 2, 1)) == ["202611", "202612", "202701", "202702"]
    assert months(MAY, MAY) == [month_of(MAY)] == ["202605"]
    assert months(MAY, MAY - DAY) == []


def full(entities: int) -> Performance:
    """A month and the time after it in which every day of every entity changes every day, and is asked for all day."""
    record, numbers = EMPTY.but(source="platform-" + "x" * 100), range(entities)
    names = list[str](("micros", "clicks", "impressions", "conversions", "value"))
    for round_ in range(1, 31 + STEPS[-1] + 2):
        today = MAY + round_ * DAY
        days = [MAY + n * DAY for n in range(31) if MAY + n * DAY < today]
        for again in range(2):
            figures: Figures = dict.fromkeys(names, 1e6 + 10 * round_ + again + 0.123456789)
            said = {f"campaign-with-a-name-{n:020}": dict.fromkeys(days, figures) for n in numbers}
            record = record.appended(told(today, said, hours=8 + again), DAY_OF)
    return record


def firestore_size(value: object) -> int:
    """What Firestore counts (firebase.google.com/docs/firestore/storage-size), less the path."""
    if isinstance(value, str):
        return len(value.encode()) + 1
    if isinstance(value, dict):
        return 32 + sum(firestore_size(str(key)) + firestore_size(item) for key, item in value.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return sum(map(firestore_size, value)) if isinstance(value, list) else 8  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def test_fifty_entities_whose_every_day_changes_every_day_stay_well_under_a_mebibyte() -> None:
    record = full(50)
    assert all(len(rows.day) == 31 * len(STEPS) for rows in record.entities)
    body = record.body()
    assert 0.65 * 2**20 < firestore_size(body) < 0.72 * 2**20
    assert encode([Create("tenants/acme/performance/north-202605-ga4", body)])
    assert parse(Performance, body, "the record") == record
    assert len(body["entities"]) + len(body["rounds"]) < 40_000 / 100, "Firestore's index has an entry for each"


def test_a_track_with_more_entities_is_written_down_at_fewer_ages() -> None:
    record = full(120)
    assert {len(rows.day) for rows in record.entities} == {31 * 3}
    assert firestore_size(record.body()) < 0.72 * 2**20


def test_whoever_asks_all_day_long_makes_no_more_than_a_few_rounds() -> None:
    record = EMPTY
    for minute in range(0, 600, 10):
        said = {f"campaign-{minute}": {MAY: counted(minute + 1)}}
        record = record.appended(told(MAY + DAY, said, hours=8 + minute / 60), DAY_OF)
    assert len(record.rounds) == ROUNDS_A_DAY


def test_columns_of_unlike_length_are_refused() -> None:
    body = grown(2, {1: 5}).body()
    body["entities"][0]["columns"]["micros"].append(3)
    with pytest.raises(InvalidInput, match="columns of unlike length: micros"):
        parse(Performance, body, "the record")


def test_how_far_a_source_has_told() -> None:
    assert EMPTY.heard() is None
    assert grown(2, {1: 5}).heard() == morning(MAY + 2 * DAY, 5).astimezone(UTC)
