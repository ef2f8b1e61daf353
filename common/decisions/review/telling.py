"""Whether a sentence about a proposal tells of numbers that the proposal does not show.

People decide by that sentence, so a model may round what was reckoned, and not reckon itself.
"""

import re
import unicodedata
from collections.abc import Iterator

from common.domain.change import Proposal
from common.domain.money import MICROS

_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")


def invents(why: str, proposal: Proposal) -> bool:
    """Whether a number in it stands neither in the proposal's own sentence, nor in its evidence, nor in its changes.

    An amount in micros may be told in units of the currency, a share in percent, a change as a difference or in
    percent, and each of them rounded.
    """
    shown = tuple(_shown(proposal))
    return any(not any(_rounds_to(known, said) for known in shown) for said in _said(why))


def _rounds_to(known: float, said: str) -> bool:
    decimals = len(said.partition(".")[2])
    return abs(abs(known) - float(said)) <= 0.500001 * 10**-decimals


def _said(text: str) -> list[str]:
    return [found.replace(",", "") for found in _NUMBER.findall(unicodedata.normalize("NFKC", text))]


def _shown(proposal: Proposal) -> Iterator[float]:
    for name in (proposal.why, *proposal.evidence, *proposal.entities, proposal.rule):
        yield from map(float, _said(name))
    for value in proposal.evidence.values():
        if isinstance(value, str):
            yield from map(float, _said(value))
        elif value is not None:
            yield from (value, 100 * value, value / MICROS)
    moved = 0
    for change in proposal.changes:
        before, after = change.before or 0, change.after or 0
        if isinstance(before, int) and isinstance(after, int):
            moved += max(0, after - before)
            yield from (before / MICROS, after / MICROS, (after - before) / MICROS)
            yield 100 * (after - before) / before if before else 100.0
    yield moved / MICROS
