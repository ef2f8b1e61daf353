"""Exclusions of geos: protected ones stay in."""

from collections.abc import Iterator

from common.decisions.guardrails.context import Context, Step
from common.decisions.guardrails.findings import Finding, block
from common.domain.change import Value


def geo_findings(step: Step, context: Context) -> Iterator[Finding]:
    """Protected geos that would be excluded."""
    protected = set(context.rails.protected_geos)
    for geo in sorted(added_geos(step) & protected):
        yield block("protected_geos", step.entity.entity_id, measured=geo)


def added_geos(step: Step) -> set[str]:
    """The geos that the change excludes newly."""
    return _geos(step.change.after) - _geos(step.change.before)


def _geos(value: Value) -> set[str]:
    return set(value) if isinstance(value, tuple) else set()
