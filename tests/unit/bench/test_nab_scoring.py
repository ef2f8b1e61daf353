"""The benchmark's scoring: by hand where it is easy, and the published detectors' own scores where it is not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.nab_run import run
from bench.nab_scoring import PROFILES, Series, corpora, normalised, score
from common.domain.errors import InvalidInput

STANDARD = PROFILES["standard"]
START = datetime(2026, 5, 4, tzinfo=UTC)


def series(count: int = 200, *windows: tuple[int, int]) -> Series:
    """Hourly rows with these windows."""
    return Series("file", [START + timedelta(hours=n) for n in range(count)], [1.0] * count, windows)


def alarms(count: int, *rows: int) -> list[bool]:
    """Alarms at these rows."""
    return [row in rows for row in range(count)]


@pytest.mark.parametrize(
    ("rows", "earned"),
    [
        ((), -1.0),
        ((100,), 1.0),
        ((100, 105, 119), 1.0),
        ((110,), 0.86),
        ((119,), 0.126),
        ((50,), -1.11),
        ((100, 199), 0.89),
        ((100, 10), 1.0),
    ],
    ids=["missed", "at once", "the earliest counts", "half way", "late", "before", "far behind", "in probation"],
)
def test_what_alarms_earn(rows: tuple[int, ...], earned: float) -> None:
    assert score(series(200, (100, 119)), alarms(200, *rows), STANDARD) == pytest.approx(earned, abs=0.005)


def test_an_alarm_just_behind_a_window_costs_little() -> None:
    behind = [score(series(200, (100, 119)), alarms(200, 100, row), STANDARD) for row in (120, 130, 180)]
    assert behind == sorted(behind, reverse=True)
    assert behind[0] == pytest.approx(1.0, abs=0.02)


def test_a_window_in_the_ignored_beginning_counts_for_nothing() -> None:
    assert score(series(200, (5, 20)), alarms(200), STANDARD) == 0


def test_nothing_is_0_and_perfect_is_100() -> None:
    assert (normalised(-3, 3, STANDARD), normalised(3, 3, STANDARD)) == (0, 100)


def test_the_detector_reaches_what_is_promised_on_the_shipped_files() -> None:
    figures = run()
    assert figures["nab"]["realAdExchange"]["standard"] >= 85
    assert figures["peers"]["numenta"]["standard"] == pytest.approx(89.4, abs=0.05)


def test_a_folder_that_is_laid_out_otherwise_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"labels: has none of combined_windows\.json"):
        corpora(tmp_path)
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "windows.json").write_text("{}")
    with pytest.raises(InvalidInput, match="data: has no"):
        corpora(tmp_path)
    (tmp_path / "data" / "one").mkdir(parents=True)
    (tmp_path / "data" / "one" / "a.csv").write_text("timestamp,value\n")
    with pytest.raises(InvalidInput, match=r"data/one/a\.csv: not in windows\.json"):
        corpora(tmp_path)
