"""The detector of spend and prices on the Numenta Anomaly Benchmark, beside the published detectors.

One configuration for all files. `--nab DIR` takes any folder laid out like the benchmark's; without it, the four files
of advertising prices that lie in `bench/nab`, where the published detectors' scores are known.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.nab_scoring import PROFILES, Series, corpora, normalised, score, windows_of
from common.decisions.anomaly.stream import When, begin, read

OWN = Path(__file__).parent / "nab"
CORPUS = "realAdExchange"
IN_PUBLISHED = {
    "standard": "standard",
    "reward_low_FP": "reward_low_FP_rate",
    "reward_low_FN": "reward_low_FN_rate",
}
SHOWN = 6
"""Peers in the table, the best first."""


def run(nab: Path | None = None) -> dict[str, Any]:
    """Measure. Scores are 0 for a detector that says nothing, 100 for a perfect one."""
    figures: dict[str, Any] = {corpus: _scores(files) for corpus, files in corpora(nab or OWN).items()}
    return {"nab": figures, "peers": _peers() if nab is None else {}}


def _scores(files: Sequence[Series]) -> Mapping[str, float]:
    alarms = [list(alarms_of(series)) for series in files]
    found: dict[str, float] = {}
    for name, profile in PROFILES.items():
        total = sum(score(series, raised, profile) for series, raised in zip(files, alarms, strict=True))
        found[name] = round(normalised(total, windows_of(files), profile), 2)
    return found


def alarms_of(series: Series) -> Iterator[bool]:
    """Whether each row raises an alarm, seeing only the rows up to it."""
    memory, before = None, series.stamps[0]
    for stamp, value in zip(series.stamps, series.values, strict=True):
        if memory is None:
            if value > 0:
                memory = begin(value)
            yield False
            continue
        reading = read(memory, value, When(stamp.hour, stamp.weekday()), (stamp - before).total_seconds() / 3600)
        before = stamp
        memory = reading.memory
        yield reading.alarm


def _peers() -> Mapping[str, Mapping[str, float]]:
    """What the published detectors score on the shipped files."""
    published: dict[str, dict[str, dict[str, float]]] = json.loads((OWN / "published.json").read_text())["scores"]
    windows = windows_of(corpora(OWN)[CORPUS])
    return {
        detector: {
            name: round(normalised(sum(scores[IN_PUBLISHED[name]].values()), windows, profile), 2)
            for name, profile in PROFILES.items()
        }
        for detector, scores in published.items()
    }


def table(figures: dict[str, Any]) -> None:
    """Print what was measured."""
    found = figures["anomaly"]
    shown = Table(title="Numenta Anomaly Benchmark, normalised scores")
    for column in ("corpus", "detector", *PROFILES):
        shown.add_column(column)
    for corpus, scores in found["nab"].items():
        shown.add_row(corpus, "trimtab", *(f"{scores[name]:.1f}" for name in PROFILES))
    best = sorted(found["peers"].items(), key=lambda one: -one[1]["standard"])[:SHOWN]
    for detector, scores in best:
        shown.add_row(CORPUS, detector, *(f"{scores[name]:.1f}" for name in PROFILES))
    Console().print(shown)
