"""`python -m bench.allocation_plot FIGURES.json FILE.svg`: draws what `python -m bench allocation --json` wrote."""

# pyright: basic

import argparse
import json
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from bench.allocation import PYMC
from bench.allocation_figures import GUARDED, OWN, UNGUARDED

WIDTH, HEIGHT = 8.0, 3.8
"""In inches."""
OURS, THEIRS, KNOWING = "#1f6feb", "#8a8f98", "#c9ccd1"
_WORDS = {
    OWN: "Trimtab",
    "static": "the plan, static",
    "equal_split": "equal split",
    "proportional_to_roas": "proportional to ROAS",
    "plan_times_roas": "the plan times ROAS",
    "greedy_weekly": "greedy, weekly",
    "thompson": "Thompson sampling",
    "weekly_slsqp": "weekly refit, SLSQP",
    PYMC: "pymc-marketing, weekly",
    GUARDED: "oracle, same guardrails",
    UNGUARDED: "oracle without guardrails",
}


def main(arguments: list[str] | None = None) -> None:
    """Read the figures and draw them."""
    parser = argparse.ArgumentParser(prog="python -m bench.allocation_plot", description="Draws capture by policy.")
    parser.add_argument("figures", type=Path, help="what python -m bench allocation --json FILE wrote")
    parser.add_argument("file", type=Path, help="the SVG file to write")
    asked = parser.parse_args(arguments)
    draw(json.loads(asked.figures.read_text())["allocation"], asked.file)


def draw(found: dict[str, Any], file: Path) -> None:
    """Capture by policy with its interval, the best at the top; the same figures give the same file."""
    shown = {OWN: found[OWN], **found["peers"], **found["oracles"]}
    names = sorted(shown, key=lambda name: shown[name]["capture_guarded"])
    with rc_context({"svg.hashsalt": "allocation"}):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.add_subplot()
        for row, name in enumerate(names):
            captured, (low, high) = shown[name]["capture_guarded"], shown[name]["ci95"]
            colour = OURS if name == OWN else KNOWING if name in found["oracles"] else THEIRS
            axes.barh(row, captured, color=colour, height=0.6)
            axes.plot([low, high], [row, row], color="#1b1f24", linewidth=1.2)
            axes.annotate(
                f"{captured:.2f}", (max(high, captured, 0), row), (5, 0), textcoords="offset points", va="center"
            )
        axes.set_yticks(range(len(names)), [_WORDS[name] for name in names])
        axes.axvline(0, color="#1b1f24", linewidth=0.8)
        axes.set_xlabel("share of the guarded oracle's gain over the plan, with 95% intervals")
        axes.set_title(f"{found['markets']} markets, what each policy makes of the same money", loc="left", fontsize=10)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.margins(x=0.08)
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, format="svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
