# pyright: basic
"""One report as GA4 answered it, taken only where it is sound: what was asked for, all of it, and counted in full.

An answer that is less than that is refused by name. So a report without rows is zero only where its headers say that it
is the report that was asked for, and nothing says why it is empty.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from common.adapters.calls import CallFailed
from common.adapters.ga4.asked import Wanted
from common.adapters.ga4.troubles import bad_answer
from common.domain.trouble import Trouble, TroubleKind

OTHER = "(other)"
"""Where GA4 has more combinations than it keeps, the smaller ones are rolled into rows of this name."""
SAMPLED_LEAST = 0.9
"""The share of events that a sampled report must have read to be used."""
MOST = 1e12
"""More than this of anything is no count of a site's, nor its revenue."""
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_MONEY = frozenset({"purchaseRevenue", "eventValue"})
"""Refunds and corrections make these negative; a count never is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report was asked for, and of whom."""

    property_id: str
    wanted: Wanted

    def refuse(self, what: str, code: str = "bad_answer") -> NoReturn:
        """This answer is none."""
        raise CallFailed(bad_answer(self.property_id, what, code))


@dataclass(frozen=True, slots=True)
class Row:
    """One combination of the dimensions' values, with its numbers in the order of the metrics."""

    labels: tuple[str, ...]
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A sound report."""

    rows: tuple[Row, ...]
    zone: ZoneInfo | None
    """The property's; `None` where it is not told: realtime never does."""
    currency: str = ""
    """Of its money; blank where it is not told."""


def page(answer: Any, asked: Asked, offset: int = 0) -> tuple[Row, ...]:
    """The rows of one answer, which must be those of the report that was asked for."""
    dimensions = tuple(header.name for header in answer.dimension_headers)
    metrics = tuple(header.name for header in answer.metric_headers)
    if (dimensions, metrics) != (asked.wanted.dimensions, asked.wanted.metrics):
        asked.refuse("has other columns than were asked for" if dimensions or metrics else "has no columns at all")
    rows = tuple(_row(row, asked) for row in answer.rows)
    if answer.row_count < offset + len(rows):
        asked.refuse(f"has {offset + len(rows)} rows and says that there are {answer.row_count}")
    return rows


def report(pages: Iterable[Sequence[Row]], metadata: Any, asked: Asked) -> Report:
    """All pages of a report together, with what its metadata says about how far it can be believed."""
    rows = tuple(row for page in pages for row in page)
    if len({row.labels for row in rows}) < len(rows):
        asked.refuse("has the same row twice: it changed while it was read")
    has_other = any(OTHER in row.labels for row in rows)
    if metadata is not None:
        _believe(metadata, rows, asked, has_other=has_other)
    if metadata is None:
        return Report(rows, None)
    return Report(rows, zone_of(metadata.time_zone), metadata.currency_code)


def zone_of(name: str) -> ZoneInfo | None:
    """The time zone of this name; `None` where there is none."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _row(row: Any, asked: Asked) -> Row:
    metrics, labels = asked.wanted.metrics, tuple(one.value for one in row.dimension_values)
    texts = tuple(one.value for one in row.metric_values)
    if (len(labels), len(texts)) != (len(asked.wanted.dimensions), len(metrics)):
        asked.refuse("has rows of another width than its columns")
    return Row(
        labels, tuple(_number(name, text, asked) for name, text in zip(asked.wanted.metrics, texts, strict=True))
    )


def _number(metric: str, text: str, asked: Asked) -> float:
    if not _NUMBER.fullmatch(text):
        asked.refuse(f"has something in {metric} that is no number")
    number = float(text)
    if abs(number) > MOST or (number < 0 and metric not in _MONEY):
        asked.refuse(f"has a number in {metric} that can't be")
    return number


def _believe(metadata: Any, rows: Sequence[Row], asked: Asked, *, has_other: bool) -> None:
    """Refuse what was cut, held back, or counted in part."""
    for what, code in _reservations(metadata, asked, has_other=has_other):
        asked.refuse(what, code)
    if metadata.subject_to_thresholding:
        said = (
            f"GA4 property {asked.property_id} holds back small numbers: its administrator chooses the reporting "
            "identity Device-based (Admin, Data display)"
        )
        raise CallFailed(Trouble(TroubleKind.PERSON, "thresholded", said))
    if asked.wanted.currency is not None and metadata.currency_code != asked.wanted.currency:
        said = f"GA4 property {asked.property_id} does not answer in {asked.wanted.currency}, the tenant's currency"
        raise CallFailed(Trouble(TroubleKind.PERSON, "wrong_currency", said))
    if not rows and metadata.empty_reason:
        asked.refuse("is empty for a reason, which is not that nothing happened", "empty_for_a_reason")


def _reservations(metadata: Any, asked: Asked, *, has_other: bool) -> Iterator[tuple[str, str]]:
    if metadata.data_loss_from_other_row and not has_other:
        yield "has lost rows to (other), and does not show how much", "rows_cut"
    if any(_cuts(reason, asked.wanted.first) for reason in metadata.data_truncation_reasons):
        yield "does not reach back as far as was asked for", "data_truncated"
    for one in metadata.sampling_metadatas:
        if one.sampling_space_size <= 0:
            yield "was sampled from nothing", "sampled"
        elif one.samples_read_count < SAMPLED_LEAST * one.sampling_space_size:
            share = one.samples_read_count / one.sampling_space_size
            yield f"counts only {share:.0%} of its events, the rest is estimated", "sampled"
    restrictions = metadata.schema_restriction_response.active_metric_restrictions
    if any(one.metric_name in asked.wanted.metrics for one in restrictions):
        yield "leaves out numbers that the credentials' role may not see", "metric_restricted"


def _cuts(reason: Any, first: str) -> bool:
    """Whether something is cut from the days that were asked for: what is older than the day named, if one is."""
    return not reason.data_truncation_date or reason.data_truncation_date > first
