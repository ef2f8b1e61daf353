# pyright: basic
"""Run by the Python of pymc-marketing's own environment: one question a line on stdin, one answer a line on stdout.

A question has `days` (ISO dates), `spend` (by channel, a list as long), `worth` (what came of all channels on each
day), `now` (by channel, what it would spend a day) and `until` (the flight's last day). The answer has what each
channel should spend a day, by pymc-marketing's model and optimizer as they come.
"""

import json
import sys
from typing import Any

import pandas as pd  # pyright: ignore[reportMissingImports]
import xarray as xr  # pyright: ignore[reportMissingImports]
from pymc_marketing.mmm import GeometricAdstock, LogisticSaturation  # pyright: ignore[reportMissingImports]
from pymc_marketing.mmm.multidimensional import (  # pyright: ignore[reportMissingImports]
    MMM,
    MultiDimensionalBudgetOptimizerWrapper,
)

CARRIED_DAYS = 4
SAMPLER = {"draws": 200, "tune": 300, "chains": 1, "target_accept": 0.9, "random_seed": 1, "progressbar": False}
LEAST, MOST = 0.5, 2.0
"""How far a channel may go from what it would spend, as multiples of it: as wide as for the weekly refit."""


def answer(question: dict[str, Any]) -> dict[str, float]:
    """Fit, then optimize."""
    now, channels = question["now"], list(question["spend"])
    model = MMM(
        date_column="date",
        channel_columns=channels,
        target_column="worth",
        adstock=GeometricAdstock(l_max=CARRIED_DAYS),
        saturation=LogisticSaturation(),
    )
    days = pd.DataFrame({"date": pd.to_datetime(question["days"]), **question["spend"]})
    model.fit(days, pd.Series(question["worth"], name="worth"), **SAMPLER)
    first = days["date"].max() + pd.Timedelta(days=1)
    optimizer = MultiDimensionalBudgetOptimizerWrapper(model, start_date=str(first.date()), end_date=question["until"])
    bounds = xr.DataArray(
        [[LEAST * now[name], MOST * now[name]] for name in channels],
        dims=("channel", "bound"),
        coords={"channel": channels, "bound": ["lower", "upper"]},
    )
    budgets, found = optimizer.optimize_budget(budget=sum(now.values()), budget_bounds=bounds)
    return {name: float(budgets.sel(channel=name)) for name in channels} if found.success else now


def main() -> None:
    """Answer until there are no more questions; what libraries print goes to stderr."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
