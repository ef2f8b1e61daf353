"""The Numenta Anomaly Benchmark's scoring (A. Lavin, S. Ahmad, arXiv 1510.03336, 2015; numenta/NAB at ea702d75).

In a labelled window only the earliest alarm counts, the more the earlier it is; each alarm outside costs, the more the
farther it is behind the last window; a window without an alarm costs. 0 is a detector that says nothing, 100 a perfect
one. The first 15% of a file, at most 750 rows, are ignored.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, floor
from pathlib import Path

from common.domain.errors import Fault, InvalidInput

LABELS = ("combined_windows.json", "shared_windows.json", "windows.json")
"""Names of the file of windows in the folder `labels`; the first that is there."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What is gained by an alarm in a window, and lost by one outside and by a window without."""

    hit: float
    false_alarm: float
    miss: float


PROFILES = {
    "standard": Profile(1, 0.11, 1),
    "reward_low_FP": Profile(1, 0.22, 1),
    "reward_low_FN": Profile(1, 0.11, 2),
}


@dataclass(frozen=True, slots=True)
class Series:
    """One file: its rows, and its windows as their first and last row."""

    name: str
    stamps: Sequence[datetime]
    values: Sequence[float]
    windows: Sequence[tuple[int, int]]

    @property
    def probation(self) -> int:
        """Rows at the beginning that are ignored."""
        return min(floor(0.15 * len(self.stamps)), 750)


def corpora(folder: Path) -> Mapping[str, Sequence[Series]]:
    """Every labelled file of a folder that is laid out like the benchmark's own, by the folder that it lies in.

    Raises:
        InvalidInput: with everything that is missing.
    """
    labels = next((folder / "labels" / name for name in LABELS if (folder / "labels" / name).exists()), None)
    if labels is None:
        raise InvalidInput(str(folder), [Fault("labels", f"has none of {', '.join(LABELS)}")])
    windows: dict[str, list[list[str]]] = json.loads(labels.read_text())
    files = sorted((folder / "data").glob("*/*.csv"))
    faults = [Fault(f"data/{_key(file)}", f"not in {labels.name}") for file in files if _key(file) not in windows]
    if faults or not files:
        raise InvalidInput(str(folder), faults or [Fault("data", "has no */*.csv")])
    found: dict[str, list[Series]] = {}
    for file in files:
        found.setdefault(file.parent.name, []).append(_series(file, windows[_key(file)]))
    return found


def _key(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def _series(file: Path, windows: Sequence[Sequence[str]]) -> Series:
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    stamps = [datetime.fromisoformat(row["timestamp"]) for row in rows]
    place = {stamp: number for number, stamp in enumerate(stamps)}
    spans = [(place[datetime.fromisoformat(first)], place[datetime.fromisoformat(last)]) for first, last in windows]
    return Series(file.name, stamps, [float(row["value"]) for row in rows], spans)


def score(series: Series, alarms: Sequence[bool], profile: Profile) -> float:
    """What a file's alarms earn; a window that lies wholly in the ignored beginning counts for nothing."""
    best = dict.fromkeys(_counting(series), -profile.miss)
    lost = 0.0
    for row, alarm in enumerate(alarms):
        if not alarm or row < series.probation:
            continue
        window = next((one for one in series.windows if one[0] <= row <= one[1]), None)
        if window is None:
            lost += profile.false_alarm * _behind(series, row)
        else:
            best[window] = max(best[window], profile.hit * _early(window, row))
    return sum(best.values()) + lost


def _counting(series: Series) -> Iterator[tuple[int, int]]:
    return (one for one in series.windows if one[1] >= series.probation)


def _early(window: tuple[int, int], row: int) -> float:
    first, last = window
    return _sigmoid(-(last - row + 1) / (last - first + 1)) / _sigmoid(-1)


def _behind(series: Series, row: int) -> float:
    past = [one for one in series.windows if one[1] < row]
    if not past:
        return -1.0
    first, last = past[-1]
    away = (row - last) / (last - first)
    return -1.0 if away > 3 else _sigmoid(away)


def _sigmoid(value: float) -> float:
    return 2 / (1 + exp(5 * value)) - 1


def normalised(total: float, windows: int, profile: Profile) -> float:
    """The sum of files' scores, where saying nothing is 0 and perfect is 100."""
    nothing = -profile.miss * windows
    return 100 * (total - nothing) / (profile.hit * windows - nothing)


def windows_of(several: Sequence[Series]) -> int:
    """How many windows count."""
    return sum(1 for series in several for _ in _counting(series))
