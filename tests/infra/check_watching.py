"""Metrics and alerts against the lines that the code writes, as `common/ports/journal.py` has them."""

import re
from collections.abc import Iterator

from common.ports import journal
from tests.infra.planned import ROOT, Plan, apart

_LINE = re.compile(r"^    (\w+) +(INFO|WARNING|ERROR) +([\w ]+)$", re.MULTILINE)
_FIELD = re.compile(r"jsonPayload\.([\w.]+)")
LINES = {name: set(fields.split()) for name, _, fields in _LINE.findall(journal.__doc__ or "")}
"""The fields of each line, by its name."""
VERDICTS = {"auto", "needs_approval", "needs_replan", "blocked"}


def metrics(plan: Plan) -> Iterator[str]:
    """Each counts a line that is written, by fields that it has; each line is counted."""
    counted: set[str] = set()
    for name, one in plan.of("google_logging_metric").items():
        line = _line_of(one["filter"])
        counted.add(line)
        used = f"{one['label_extractors']} {one['value_extractor']}"
        yield from _unknown(f"metric {name}", line, used)
    yield from apart("lines that are counted", counted, set(LINES))
    measured = {one["value_extractor"] for one in plan.of("google_logging_metric").values()}
    wanted = {f"EXTRACT(jsonPayload.verdicts.{verdict})" for verdict in VERDICTS}
    yield from apart("verdicts that are counted", wanted & measured, wanted)


def _line_of(text: str) -> str:
    found = re.search(r'jsonPayload\.message="(\w+)"', text)
    return found.group(1) if found else f"(none in {text})"


def _unknown(what: str, line: str, used: str) -> Iterator[str]:
    fields = {path.split(".")[0] for path in _FIELD.findall(used)}
    if line not in LINES:
        yield f"{what}: no line is called {line}"
    elif missing := fields - LINES[line]:
        yield f"{what}: the line {line} has no {', '.join(sorted(missing))}"


def alerts(plan: Plan) -> Iterator[str]:
    """Each looks at a line or a metric that there is, and what a person must hear of is told."""
    policies = plan.of("google_monitoring_alert_policy")
    metrics_made = {one["name"] for one in plan.of("google_logging_metric").values()}
    for name, one in policies.items():
        for condition in one["conditions"]:
            for matched in condition["condition_matched_log"]:
                yield from _unknown(f"alert {name}", _line_of(matched["filter"]), f"{matched['label_extractors']}")
            for threshold in condition["condition_threshold"]:
                for metric in re.findall(r"logging\.googleapis\.com/user/([\w/]+)", threshold["filter"]):
                    if metric not in metrics_made:
                        yield f"alert {name}: there is no metric {metric}"
    yield from (f"nothing tells of {line}" for line in MUST_TELL - _told_of(plan))


MUST_TELL = {"approval_expiring", "overspend", "stale_tick", "tick_late", "tick_missed", "verification_failed"}
"""Lines that a person must hear of. What was set aside is seen by the subscription that holds it, whoever did it."""


def _told_of(plan: Plan) -> set[str]:
    lines: set[str] = set()
    of_metric = {one["name"]: _line_of(one["filter"]) for one in plan.of("google_logging_metric").values()}
    for one in plan.of("google_monitoring_alert_policy").values():
        for condition in one["conditions"]:
            lines |= {_line_of(matched["filter"]) for matched in condition["condition_matched_log"]}
            for threshold in condition["condition_threshold"]:
                named = re.findall(r"logging\.googleapis\.com/user/([\w/]+)", threshold["filter"])
                lines |= {of_metric[name] for name in named if name in of_metric}
    return lines


def runbook(plan: Plan) -> Iterator[str]:
    """Each alert has its place in the runbook."""
    headings = _headings()
    for one in plan.all("google_monitoring_alert_policy"):
        anchor = one["documentation"][0]["content"].partition("#")[2]
        if anchor not in headings:
            yield f"docs/runbook.md has no heading {anchor}"


def _headings() -> set[str]:
    """The runbook's headings as links name them."""
    headings = re.findall(r"^#+ (.*)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    return {one.strip("` ").lower().replace(" ", "-") for one in headings}
