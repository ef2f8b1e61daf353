"""The numbers that led to a proposal, as a page shows them."""

from dataclasses import dataclass

from common.domain.change import Proposal
from common.web.effect_words import KEYS, expected
from common.web.words import spelled

SOURCES = {"ga4": "GA4", "platform": "Platform", "crm": "CRM"}
"""Sources of a signal, by which evidence is named (`ga4_conversions`, `platform_conversions`), and their names."""


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One proposal's evidence."""

    why: str
    expected: str
    """What it is expected to bring; empty where that is not said."""
    numbers: list[tuple[str, str]]
    signals: list[tuple[str, list[str]]]
    """What each source says of the same thing, side by side: name, then a value for each of SOURCES."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the columns of `signals`."""
        return tuple(SOURCES.values())

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.expected or self.numbers or self.signals)


def evidence_view(proposal: Proposal) -> EvidenceView:
    """A proposal's evidence for a person."""
    signals: dict[str, dict[str, str]] = {}
    numbers: list[tuple[str, str]] = []
    effect = expected(proposal.evidence)
    said_together = KEYS if effect else frozenset[str]()
    for key, value in proposal.evidence.items():
        source, _, name = key.partition("_")
        if source in SOURCES and name:
            signals.setdefault(name, {})[source] = _plain(value)
        elif value is not None and key not in said_together:
            numbers.append((spelled(key), _plain(value)))
    lines = [(spelled(name), [said.get(source, "") for source in SOURCES]) for name, said in signals.items()]
    return EvidenceView(proposal.why, effect, numbers, lines)


def _plain(value: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or "none"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
